#!/usr/bin/env bash
# The program as a newcomer meets it: help, versions, slips of the hand, completion, what it knows of itself.
. "$(dirname "$0")/common.sh" "$1"
root=$(realpath "$(dirname "$0")/../..")
cd "$work"

version=$(sed -n 's/.*project(xgrad VERSION \([0-9.]*\).*/\1/p' "$root/CMakeLists.txt")
expect_exit 0 "$program" --version
[ "$(cat stdout)" = "xgrad $version" ] || failed "another version than $version: $(cat stdout)"

# Each command says what it does, how it is called, and is listed by the one above it.
expect_exit 0 "$program" --help
for command in study activations paper mnist text info completion; do
  grep -q "^  $command  " stdout || failed "--help does not list $command: $(cat stdout)"
done
for command in study activations paper 'mnist train' 'mnist eval' 'mnist predict' 'mnist export' 'text train' 'text eval' \
  'text sample' info completion; do
  expect_exit 0 "$program" $command --help
  grep -q '^Example' stdout || failed "$command --help has no examples"
  # The examples are command lines that it understands: with --help behind them nothing is done.
  sed -n '/^Example/,$s/^  xgrad //p' stdout | grep -v -e ' > ' -e '--config' >examples || true
  while read -r example <&3; do
    eval "expect_exit 0 '$program' $example --help"
  done 3<examples
done
for group in '' mnist text; do
  expect_exit 2 "$program" $group
  expect_said 'a command is missing; expected one of '
  [ "$(wc -l <stderr)" -eq 1 ] || failed "not one line: $(cat stderr)"
done
expect_exit 2 "$program" stuyd
expect_said "there is no command 'stuyd'"
expect_said "did you mean 'study'?"
expect_exit 2 "$program" mnist evla
expect_said "did you mean 'eval'?"
expect_exit 2 "$program" mnist train --epoch 3
expect_said "did you mean '--epochs'?"
expect_exit 2 "$program" study 3
expect_said "'3' has no place here"

expect_exit 0 "$program" info
for word in "xgrad  *$version" 'built with' processor BLAS threads caches 'instruction sets' ONNX; do
  grep -q "^$word" stdout || failed "info says nothing of $word: $(cat stdout)"
done
XGRAD_DISABLE_AVX2=1 expect_exit 0 "$program" info
grep -q "baseline$" stdout || failed "info does not see that AVX2 is off: $(cat stdout)"
expect_exit 0 "$program" info --json --threads 3
grep -q '"threads": 3' stdout || failed "info --json: $(cat stdout)"

# complete WORDS...: what bash offers for the last word.
"$program" completion bash >complete.bash
complete() {
  bash -c 'source complete.bash; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _xgrad; printf "%s\n" "${COMPREPLY[@]}"' - "$@"
}
[ "$(complete xgrad stu)" = study ] || failed "bash: $(complete xgrad stu)"
[ "$(complete xgrad mnist tr)" = train ] || failed "bash: $(complete xgrad mnist tr)"
[ "$(complete xgrad mnist train --epo)" = --epochs ] || failed "bash: $(complete xgrad mnist train --epo)"
[ "$(complete xgrad mnist train --model l)" = lenet ] || failed "bash: $(complete xgrad mnist train --model l)"
[ "$(complete xgrad --config complete.b)" = complete.bash ] || failed "bash: $(complete xgrad --config complete.b)"
[ -z "$(complete xgrad mnist train --epochs 1)" ] || failed "bash offers a number of epochs"
expect_exit 0 "$program" completion zsh
head -n 1 stdout | grep -q '^#compdef xgrad$' || failed "zsh: $(head -n 1 stdout)"
expect_exit 0 "$program" completion fish
grep -q "complete -c xgrad .* -a train " stdout || failed "fish: no train"
if command -v fish >/dev/null; then
  fish -c 'source stdout; complete -C "xgrad mnist tr"' | grep -q '^train' || failed "fish does not complete"
fi
expect_exit 2 "$program" completion tcsh
expect_said "one of bash, zsh, fish"
