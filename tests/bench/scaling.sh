#!/usr/bin/env bash
# scripts/scaling runs the benchmark on one rank and on two, adds to a file, reports, and refuses what it cannot do.
#
#   scaling.sh SCRIPT BUILD
set -euo pipefail
script=$1 build=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

failed() {
  echo "FAILED: $*" >&2
  cat "$work"/out "$work"/err >&2 || true
  exit 1
}
run() { "$script" --build "$build" "$@" >"$work/out" 2>"$work/err"; }
refused() {  # MESSAGE ARGUMENT...
  if run "${@:2}"; then failed "it takes ${*:2}"; fi
  grep -qF -- "$1" "$work/err" || failed "expected '$1' for ${*:2}"
}

refused "unknown flag --rank" --rank 2
refused "--ranks: expected numbers with commas between, not '2;4'" --ranks '2;4'
refused "--algorithm: expected ring, tree, halving or doubling, not 'star'" --algorithm star
refused "build it first" --build "$work"

run --ranks 1,2 --rounds 2 --out "$work/lines.csv" -- --network conv --batch 8 --rank-batch 4 --steps 2 \
  --most-kilobytes 64 || failed "the first run"
# A round: two steps of three times each on one rank; on two also all_reduce of 1, 4, 16 and 64 KiB.
lines=$(wc -l <"$work/lines.csv")
[ "$lines" -eq $((1 + 2 * (6 + 6 + 4))) ] || failed "$lines lines"
awk -F, 'NR > 1 && !(NF == 12 && $11 >= $12 && $12 > 0) { exit 1 }' "$work/lines.csv" || failed "a line is not whole"
for scaling in strong weak; do
  grep -q "^conv  *$scaling  *none  *tree  *2 .* %$" "$work/out" || failed "no efficiency of $scaling scaling on 2 ranks"
done
grep -q "^conv  *1024 " "$work/out" || failed "no prediction"

run --ranks 2 --rounds 1 --algorithm ring --out "$work/lines.csv" -- --network conv --batch 8 --rank-batch 4 --steps 2 \
  --most-kilobytes 64 || failed "the second run"
[ "$(wc -l <"$work/lines.csv")" -eq $((lines + 6 + 4)) ] || failed "the second run does not add its lines"
grep -q "^link none, tree: " "$work/out" || failed "no fit of the first run's algorithm"
grep -q "^link none, ring: " "$work/out" || failed "no fit of the second run's algorithm"
