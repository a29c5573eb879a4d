#!/usr/bin/env bash
# Command lines that make no sense: bad_flags.sh PROGRAM [COMMAND]. The flags come from the program's own --help, so a new
# one is tried as well. Each bad line ends at once with exit code 2, nothing on stdout, one line on stderr that names the
# flag, the value and what was expected, and no file.
. "$(dirname "$0")/common.sh" "$1"
command=("$program" "${@:2}")
mkdir "$work/empty"
cd "$work/empty"

tried=0
# refused FLAG VALUE WORDS...: runs the command with the words.
refused() {
  local flag=$1 value=$2 code=0
  shift 2
  timeout 10 "${command[@]}" "$@" >"$work/stdout" 2>"$work/stderr" </dev/null || code=$?
  [ $code -eq 2 ] || failed "exit code $code, expected 2: ${command[*]} $*: $(cat "$work/stderr")"
  [ ! -s "$work/stdout" ] || failed "something on stdout: ${command[*]} $*"
  [ "$(wc -l <"$work/stderr")" -eq 1 ] || failed "not one line: ${command[*]} $*: $(cat "$work/stderr")"
  expect_said "$flag"
  expect_said "$value"
  [ -z "$(ls -A)" ] || failed "left something behind: $(ls -A): ${command[*]} $*"
  tried=$((tried + 1))
}

expect_exit 0 "${command[@]}" --help
# "  --lr NUMBER=0.002   Adam's learning rate" as "--lr NUMBER".
sed -nE 's/^ +(--[a-z0-9-]+)(,--[a-z]+)? ?(INTEGER|NUMBER|SEEDS|\{|TEXT)?.*/\1 \3/p' "$work/stdout" >"$work/flags"
[ "$(grep -c . "$work/flags")" -ge 3 ] || failed "found no flags in the help: $(cat "$work/stdout")"

while read -r flag type <&3; do
  case $type in
    INTEGER) values=(x 1x -1 1.5 1e3 nan 99999999999999999999 0x10 ' 1') ;;
    NUMBER) values=(x 1x -1 nan inf 1e300 1e999 0x10 ' 1' 1..5) ;;
    SEEDS) values=(x -1 1.5 3..1 1.. ..3 1..x 1,1 1,1..3 1,,2 1, 0..1000 99999999999999999999) ;;
    '{') values=(nonsense) ;;
    *) values=() ;;
  esac
  for value in "${values[@]}"; do
    refused "$flag" "'$value' is not" "$flag" "$value"
    refused "$flag" "'$value' is not" "$flag=$value"
  done
  [ -z "$type" ] || refused "$flag" "'' is not" "$flag" ''
  [ -z "$type" ] || refused "$flag" missing "$flag"
  # Two letters swapped, and one too many.
  swapped="--${flag:3:1}${flag:2:1}${flag:4}"
  [ "$swapped" = "$flag" ] || grep -q "^$swapped " "$work/flags" || refused "'$swapped'" "did you mean '--" "$swapped"
  refused "'${flag}x'" "did you mean '$flag'" "${flag}x"
  refused "'${flag}x'" "did you mean '$flag'" "${flag}x=1"
done 3<"$work/flags"
refused "'--banana'" 'no flag' --banana 3
[ $tried -gt 30 ] || failed "tried only $tried command lines"
echo "$tried command lines were refused"
