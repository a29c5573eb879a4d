#!/usr/bin/env bash
# The activation statistics, whole: numbers, files, exit codes.
. "$(dirname "$0")/common.sh" "$1"

expect_exit 0 "$program" activations --out "$work/a"
expect_rows "$work/a/statistics.csv" 30 4
for name in statistics histograms-normal histograms-xavier histograms-batch-norm; do expect_picture "$work/a/$name"; done
expect_no_leftovers "$work/a"

# Small weights shrink the activations by 0.01 * sqrt(200) = 0.14 a layer; Xavier's keep them within a factor of two of
# each other for ten layers; batch norm gives each layer the std of tanh of a standard normal, 0.628.
awk -F, '
  $1 == "normal" && $2 == 10 && !($4 < 1e-7 && $4 > 1e-10) { exit 1 }
  $1 == "xavier" && $2 == 10 && !($4 > 0.2 && $4 < 0.4) { exit 1 }
  $1 == "batch-norm" && !($4 > 0.61 && $4 < 0.64) { exit 1 }
  NR > 1 && ($3 > 0.02 || $3 < -0.02) { exit 1 }' "$work/a/statistics.csv" ||
  failed "not the activations of such networks: $(cat "$work/a/statistics.csv")"

expect_exit 0 "$program" activations --out "$work/b" --layers 3 --units 20 --samples 50 --std 0.1 --seed 2
expect_rows "$work/b/statistics.csv" 9 4
expect_exit 0 "$program" activations --out "$work/c" --layers 3 --units 20 --samples 50 --std 0.1 --seed 2
cmp "$work/b/statistics.csv" "$work/c/statistics.csv" || failed "the numbers do not repeat"
cmp "$work/b/statistics.png" "$work/c/statistics.png" || failed "the plot does not repeat"

expect_exit 2 "$program" activations --layers 0
expect_exit 2 "$program" activations --std 0
expect_exit 1 "$program" activations --out /dev/null/below
expect_said '/dev/null/below'
expect_exit 1 "$program" activations --out "$work/d" --samples 100000000 --units 10000
expect_said 'values; expected at most'
[ ! -e "$work/d" ] || failed "a run that cannot be has made its directory"

# Weights so small that nothing is left, or so large that nothing is finite: shown, in words.
expect_exit 0 "$program" activations --out "$work/small" --layers 4 --units 20 --samples 50 --std 1e-20
expect_picture "$work/small/statistics"
expect_exit 0 "$program" activations --out "$work/large" --layers 4 --units 20 --samples 50 --std 1e38
grep -q NaN "$work/stdout" || failed "expected what is not finite: $(cat "$work/stdout")"
grep -q ',nan,nan$' "$work/large/statistics.csv" || failed "no nan: $(cat "$work/large/statistics.csv")"
! grep -q -- '-nan' "$work/large/statistics.csv" || failed "a -nan: $(cat "$work/large/statistics.csv")"

# The report has all of it.
grep -q '<title>How activations spread' "$work/a/report.html" || failed "no report"
grep -q 'shrink from layer to layer' "$work/a/report.html" || failed "the report does not say that activations shrink"
expect_exit 1 "$program" activations --out "$work/a"
expect_said --overwrite
