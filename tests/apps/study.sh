#!/usr/bin/env bash
# The study, whole: files, exit codes, repeatability, an interrupt.
. "$(dirname "$0")/common.sh" "$1"

small=(--data synthetic --quick --layers 3 --units 20)

expect_exit 0 "$program" study "${small[@]}" --settings 1,relu-bad --steps 45 --eval-every 20 --out "$work/a"
expect_rows "$work/a/curves.csv" 6 9
grep -q '^tanh-good,1,41,' "$work/a/curves.csv" || failed "no evaluation after step 41"
for name in tanh-good relu-bad; do
  for plot in accuracy gradients gradient-map; do expect_picture "$work/a/$plot-$name"; done
  expect_rows "$work/a/gradients-$name.csv" 3 8
  grep -q "$name" "$work/a/report.html" || failed "the report does not show $name"
done
tail -n 1 "$work/a/report.html" | grep -q '</html>' || failed "the report is not whole"
expect_no_leftovers "$work/a"
! grep -qE '(src|href)="?(http|/|[a-z-]+\.)' "$work/a/report.html" || failed "the report needs other files"
for part in 'validation images right at the end' 'Gradients by layer' 'AMD\|Intel\|processor' '\[study\]' 'steps/s\|plans:'; do
  grep -q "$part" "$work/a/report.html" || failed "the report says nothing of '$part'"
done
grep -q '^tanh-good  *45 ' "$work/stdout" || failed "no summary row: $(cat "$work/stdout")"

# The paper's experiment has the percentiles of a unit's inputs as well.
expect_exit 0 "$program" paper --data synthetic --quick --out "$work/paper"
expect_rows "$work/paper/inputs-paper.csv" 7 8
expect_picture "$work/paper/accuracy-paper"
expect_picture "$work/paper/inputs-paper"
grep -q '15th percentile' "$work/paper/report.html" || failed "the report does not show the inputs"
awk -F, 'NR > 1 && !($3 < $4 && $4 < $5 && $6 < $7 && $7 < $8) { exit 1 }' "$work/paper/inputs-paper.csv" ||
  failed "percentiles out of order: $(cat "$work/paper/inputs-paper.csv")"

# The same seed gives the same curves, alone or among other settings; another seed gives others.
expect_exit 0 "$program" study "${small[@]}" --settings relu-bad --steps 45 --eval-every 20 --out "$work/b"
cmp <(grep relu-bad "$work/a/curves.csv") <(grep relu-bad "$work/b/curves.csv") || failed "the curves do not repeat"
expect_exit 0 "$program" study "${small[@]}" --settings relu-bad --steps 45 --eval-every 20 --out "$work/b" --seed 2 --overwrite
cmp -s <(grep relu-bad "$work/a/curves.csv") <(grep relu-bad "$work/b/curves.csv") && failed "the seed does nothing"

# Several seeds: all of them in the curves, mean and spread in the table; each seed's curves are what it gives alone.
expect_exit 0 "$program" study "${small[@]}" --settings tanh-good --steps 45 --eval-every 20 --seeds 1..3 --out "$work/seeds"
expect_rows "$work/seeds/curves.csv" 9 9
cmp <(grep '^tanh-good,1,' "$work/a/curves.csv") <(grep '^tanh-good,1,' "$work/seeds/curves.csv") ||
  failed "a seed's curves depend on the other seeds"
grep -q '^tanh-good .* 0\.[0-9]* ± 0\.[0-9]*' "$work/stdout" || failed "no mean and spread: $(cat "$work/stdout")"
expect_exit 0 "$program" study "${small[@]}" --settings relu-bad --lr 1e30 --steps 21 --eval-every 20 --seeds 1,2 --out "$work/lost"
grep -q 'with 2 of 2 seeds' "$work/stdout" || failed "does not say how many diverged: $(cat "$work/stdout")"
if command -v python3 >/dev/null; then
  expect_exit 0 "$program" study "${small[@]}" --settings 1 --steps 21 --eval-every 20 --seeds 1,2 --json --out "$work/json"
  python3 -c 'import json, sys
d = json.load(open(sys.argv[1]))["settings"][0]
assert [s["seed"] for s in d["seeds"]] == [1, 2] and d["bn"]["end"]["seeds"] == 2 and d["bn"]["end"]["std"] >= 0, d' \
    "$work/stdout" || failed "not the study as JSON: $(cat "$work/stdout")"
fi

# A study that is there is replaced only where that is asked for.
cp -r "$work/b" "$work/before"
expect_exit 1 "$program" study "${small[@]}" --settings relu-bad --steps 45 --eval-every 20 --out "$work/b"
expect_said '--overwrite'
diff -r "$work/before" "$work/b" || failed "a study was replaced unasked"

# A network that blows up is shown, not a reason to stop; and it is said, wherever its accuracy would stand.
expect_exit 0 "$program" study "${small[@]}" --settings relu-bad --lr 1e30 --steps 45 --eval-every 20 --out "$work/c"
step=$(sed -n '/^relu-bad /s/diverged at step \([0-9]*\).*/@\1/; s/.*@//p' "$work/stdout")  # the plain one's
[ -n "$step" ] || failed "the table does not say where: $(cat "$work/stdout")"
awk -F, -v step="$step" 'NR > 1 && $3 >= step && !($4 ~ /^(nan|inf)$/ && $6 == "nan" && $8 == step) { exit 1 }' "$work/c/curves.csv" ||
  failed "not the curves of a network lost at step $step: $(cat "$work/c/curves.csv")"
[ "$(grep -o "diverged at step $step" "$work/c/report.html" | wc -l)" -ge 3 ] || failed "the report does not say where"
expect_said "plain diverged at step $step"

# Flags that make no sense.
expect_exit 2 "$program" study --settings nonsense
expect_said 'tanh-bad-lr1'
expect_exit 2 "$program" study --lr=-1
expect_exit 2 "$program" study --lr nan
expect_exit 2 "$program" study --steps 0
expect_exit 2 "$program" study --activation cube
expect_exit 2 "$program" study --decay 1
expect_exit 2 "$program" study --no-such-flag
expect_exit 0 "$program" study --help

# Things that are not there.
expect_exit 1 "$program" study --data "$work/nowhere" --out "$work/d"
expect_said 'scripts/fetch-mnist'
expect_said '--data synthetic'
touch "$work/file"
expect_exit 1 "$program" study "${small[@]}" --out "$work/file"
expect_exit 1 "$program" study "${small[@]}" --out "$work/d" --batch 3000
expect_said '2000 training images'
expect_exit 1 "$program" study --data synthetic --out "$work/d" --layers 1000 --units 10000
expect_said 'weights; expected at most'
[ ! -e "$work/d" ] || failed "a run that cannot be has made its directory"

# Ctrl-C, once it has begun: what there is so far is whole.
for signal in INT TERM; do
  rm -rf "$work/e"
  interrupt_when tanh-good: $signal "$program" study "${small[@]}" --steps 20000 --eval-every 500 --settings 1,2 --out "$work/e"
  [ $interrupted_code -eq 130 ] || failed "SIG$signal: exit code $interrupted_code: $(cat "$work/stdout")"
  expect_whole_rows "$work/e/curves.csv" 9
  [ "$(wc -l <"$work/e/curves.csv")" -gt 2 ] || failed "no rows before the interrupt"
  expect_picture "$work/e/accuracy-tanh-good"
  grep -q interrupted "$work/e/report.html" || failed "the report does not say that it was interrupted"
  [ ! -e "$work/e/accuracy-tanh-bad.svg" ] || failed "the next setting was begun"
  expect_no_leftovers "$work/e"
done
