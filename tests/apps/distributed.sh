#!/usr/bin/env bash
# Training on several ranks: as on one, what is said once, going on with another number of ranks, a rank that is killed.
#
#   distributed.sh PROGRAM MPIEXEC
. "$(dirname "$0")/common.sh" "$1"
mpiexec=$2

ranks() { expect_exit "$1" "$mpiexec" -n "$2" "$program" "${@:3}"; }
small=(mnist train --data synthetic --quick --hidden 16,12 --images 600 --threads 1)
run=("${small[@]}" --batch 60)

# alike A B: the same epochs, up to the order of sums.
alike() {
  awk -F, 'NR == FNR { for (i = 2; i <= NF; ++i) cell[FNR, i] = $i; next }
           FNR > 1 { for (i = 2; i <= NF; ++i) { d = $i - cell[FNR, i]; if (d < 0) d = -d
                       if (!((FNR, i) in cell) || d > (i == 4 ? 0.01 : 2e-4)) exit 1 }; ++rows }
           END { if (rows < 1) exit 1 }' "$1/log.csv" "$2/log.csv" ||
    failed "$(paste -d' ' "$1/log.csv" "$2/log.csv")"
}

expect_exit 0 "$program" "${run[@]}" --epochs 3 --out "$work/alone"
for count in 2 4; do
  ranks 0 "$count" "${run[@]}" --epochs 3 --distributed --out "$work/on$count"
  [ "$(grep -c '^test accuracy' "$work/stdout")" -eq 1 ] || failed "not one rank tells: $(cat "$work/stdout")"
  expect_rows "$work/on$count/log.csv" 3 4
  alike "$work/alone" "$work/on$count"
done
expect_no_leftovers "$work"

# Without a launcher, one rank: the same bits.
expect_exit 0 "$program" "${run[@]}" --epochs 3 --distributed --out "$work/one"
cmp "$work/alone/log.csv" "$work/one/log.csv" || failed "one rank trains otherwise than none"

# Going on: one rank, then two, then four.
expect_exit 0 "$program" "${run[@]}" --epochs 1 --out "$work/parts"
ranks 0 2 "${run[@]}" --epochs 2 --distributed --out "$work/parts" --resume
ranks 0 4 "${run[@]}" --epochs 3 --distributed --out "$work/parts" --resume
alike "$work/alone" "$work/parts"

# Batches that do not divide; every rank's line is the same.
ranks 1 2 "${small[@]}" --batch 61 --distributed --out "$work/odd"
expect_said "--batch: 61 images of a batch do not divide by 2 ranks"
[ ! -e "$work/odd" ] || failed "a run that was refused left a folder"

# A rank is killed in the middle: the others say which and mpirun's code is not 0; the same command goes on.
code=0
"$mpiexec" -n 3 "$program" "${run[@]}" --epochs 100000 --distributed --deadline 5 --out "$work/killed" \
  >"$work/stdout" 2>"$work/stderr" &
for ((i = 0; i < 600; ++i)); do
  [ -e "$work/killed/model.safetensors" ] && break
  sleep 0.1
done
[ -e "$work/killed/model.safetensors" ] || failed "no checkpoint: $(cat "$work/stderr")"
victim=
for process in $(pgrep -f -- "--out $work/killed"); do
  if tr '\0' '\n' <"/proc/$process/environ" | grep -qx 'OMPI_COMM_WORLD_RANK=1'; then victim=$process; fi
done
[ -n "$victim" ] || failed "rank 1 was not found"
kill -KILL "$victim"
wait $! || code=$?
[ "$code" -ne 0 ] || failed "mpirun's code is 0"
expect_said "rank 1"
done=$(tail -n +2 "$work/killed/log.csv" | wc -l)
ranks 0 2 "${run[@]}" --epochs "$((done + 1))" --distributed --out "$work/killed" --resume
expect_rows "$work/killed/log.csv" "$((done + 1))" 4
