#!/usr/bin/env bash
# The study, whole: files, exit codes, repeatability, an interrupt.
. "$(dirname "$0")/common.sh" "$1"

small=(--data synthetic --quick --layers 3 --units 20)

expect_exit 0 "$program" "${small[@]}" --settings 1,relu-bad --steps 45 --eval-every 20 --out "$work/a"
expect_rows "$work/a/curves.csv" 6 8
grep -q '^tanh-good,41,' "$work/a/curves.csv" || failed "no evaluation after step 41"
for name in tanh-good relu-bad; do
  expect_picture "$work/a/accuracy-$name"
  grep -q "<figcaption><p>$name: " "$work/a/report.html" || failed "the report does not show $name"
done
tail -n 1 "$work/a/report.html" | grep -q '</html>' || failed "the report is not whole"
expect_no_leftovers "$work/a"
grep -q '^tanh-good  *45 ' "$work/stdout" || failed "no summary row: $(cat "$work/stdout")"

# The paper's experiment has the percentiles of a unit's inputs as well.
expect_exit 0 "$program" --data synthetic --quick --settings paper --out "$work/paper"
expect_rows "$work/paper/inputs-paper.csv" 7 7
expect_picture "$work/paper/accuracy-paper"
expect_picture "$work/paper/inputs-paper"
grep -q '<figcaption><p>paper: the 15th' "$work/paper/report.html" || failed "the report does not show the inputs"
awk -F, 'NR > 1 && !($2 < $3 && $3 < $4 && $5 < $6 && $6 < $7) { exit 1 }' "$work/paper/inputs-paper.csv" ||
  failed "percentiles out of order: $(cat "$work/paper/inputs-paper.csv")"

# The same seed gives the same curves, alone or among other settings; another seed gives others.
expect_exit 0 "$program" "${small[@]}" --settings relu-bad --steps 45 --eval-every 20 --out "$work/b"
cmp <(grep relu-bad "$work/a/curves.csv") <(grep relu-bad "$work/b/curves.csv") || failed "the curves do not repeat"
expect_exit 0 "$program" "${small[@]}" --settings relu-bad --steps 45 --eval-every 20 --out "$work/b" --seed 2 --overwrite
cmp -s <(grep relu-bad "$work/a/curves.csv") <(grep relu-bad "$work/b/curves.csv") && failed "the seed does nothing"

# A study that is there is replaced only where that is asked for.
cp -r "$work/b" "$work/before"
expect_exit 1 "$program" "${small[@]}" --settings relu-bad --steps 45 --eval-every 20 --out "$work/b"
expect_said '--overwrite'
diff -r "$work/before" "$work/b" || failed "a study was replaced unasked"

# A network that blows up is shown, not a reason to stop; and it is said, wherever its accuracy would stand.
expect_exit 0 "$program" "${small[@]}" --settings relu-bad --lr 1e30 --steps 45 --eval-every 20 --out "$work/c"
step=$(sed -n '/^relu-bad /s/diverged at step \([0-9]*\).*/@\1/; s/.*@//p' "$work/stdout")  # the plain one's
[ -n "$step" ] || failed "the table does not say where: $(cat "$work/stdout")"
awk -F, -v step="$step" 'NR > 1 && $2 >= step && !($3 ~ /^(nan|inf)$/ && $5 == "nan" && $7 == step) { exit 1 }' "$work/c/curves.csv" ||
  failed "not the curves of a network lost at step $step: $(cat "$work/c/curves.csv")"
[ "$(grep -c "diverged at step $step" "$work/c/report.html")" -ge 3 ] || failed "the report does not say where"
expect_said "plain diverged at step $step"

# Flags that make no sense.
expect_exit 2 "$program" --settings nonsense
expect_said 'tanh-bad-lr1'
expect_exit 2 "$program" --lr=-1
expect_exit 2 "$program" --lr nan
expect_exit 2 "$program" --steps 0
expect_exit 2 "$program" --activation cube
expect_exit 2 "$program" --decay 1
expect_exit 2 "$program" --no-such-flag
expect_exit 0 "$program" --help

# Things that are not there.
expect_exit 1 "$program" --data "$work/nowhere" --out "$work/d"
expect_said 'scripts/fetch-mnist'
expect_said '--data synthetic'
touch "$work/file"
expect_exit 1 "$program" "${small[@]}" --out "$work/file"
expect_exit 1 "$program" "${small[@]}" --out "$work/d" --batch 3000
expect_said '2000 training images'
expect_exit 1 "$program" --data synthetic --out "$work/d" --layers 1000 --units 10000
expect_said 'weights; expected at most'
[ ! -e "$work/d" ] || failed "a run that cannot be has made its directory"

# Ctrl-C, once it has begun: what there is so far is whole.
for signal in INT TERM; do
  rm -rf "$work/e"
  interrupt_when tanh-good: $signal "$program" "${small[@]}" --steps 20000 --eval-every 500 --settings 1,2 --out "$work/e"
  [ $interrupted_code -eq 130 ] || failed "SIG$signal: exit code $interrupted_code: $(cat "$work/stdout")"
  expect_whole_rows "$work/e/curves.csv" 8
  [ "$(wc -l <"$work/e/curves.csv")" -gt 2 ] || failed "no rows before the interrupt"
  expect_picture "$work/e/accuracy-tanh-good"
  grep -q interrupted "$work/e/report.html" || failed "the report does not say that it was interrupted"
  [ ! -e "$work/e/accuracy-tanh-bad.svg" ] || failed "the next setting was begun"
  expect_no_leftovers "$work/e"
done
