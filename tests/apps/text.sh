#!/usr/bin/env bash
# A character model: training, stopping, resuming, evaluating and sampling, whole.
. "$(dirname "$0")/common.sh" "$1"

for model in lstm transformer; do
  run=(text train --quick --model $model --layers 2 --units 16 --dropout 0.2 --steps 60 --every 20)

  expect_exit 0 "$program" "${run[@]}" --out "$work/$model/whole"
  expect_said 'baseline, counts of up to 5 characters before: '
  grep -q "% of the baseline's" "$work/stdout" || failed "no comparison: $(cat "$work/stdout")"
  [ "$(grep -c '^step ' "$work/stdout")" -eq 3 ] || failed "not three validations: $(cat "$work/stdout")"
  expect_rows "$work/$model/whole/log.csv" 3 3
  awk -F, 'NR > 1 { if (NR > 2 && $3 >= last) exit 1; last = $3 }' "$work/$model/whole/log.csv" ||
    failed "it does not learn: $(cat "$work/$model/whole/log.csv")"

  # Ctrl-C somewhere, then the rest of it.
  interrupt_when 'step 20: ' INT "$program" "${run[@]}" --out "$work/$model/cut"
  if [ $interrupted_code -ne 0 ]; then
    [ $interrupted_code -eq 130 ] || failed "exit code $interrupted_code: $(cat "$work/stdout")"
    grep -q '^Interrupted after [0-9]* steps' "$work/stdout" || failed "no word of it: $(cat "$work/stdout")"
    expect_exit 0 "$program" text train --quick --resume --out "$work/$model/cut"
  fi
  cmp "$work/$model/whole/model.safetensors" "$work/$model/cut/model.safetensors" || failed "a resumed run is another one"
  cmp "$work/$model/whole/log.csv" "$work/$model/cut/log.csv" || failed "a resumed run's CSV is another one"

  # A run that is over stays as it is.
  expect_exit 0 "$program" text train --quick --resume --out "$work/$model/cut"
  cmp "$work/$model/whole/model.safetensors" "$work/$model/cut/model.safetensors" || failed "a finished run was changed"

  # A damaged checkpoint, and the one before it.
  cp -r "$work/$model/whole" "$work/$model/worn"
  printf x | dd of="$work/$model/worn/model.safetensors" bs=1 seek=5000 conv=notrunc status=none
  expect_exit 0 "$program" text train --quick --resume --out "$work/$model/worn"
  expect_said 'goes on from the checkpoint before'
  cmp "$work/$model/whole/model.safetensors" "$work/$model/worn/model.safetensors" || failed "from the one before comes another run"

  expect_exit 0 "$program" text eval --run "$work/$model/whole/best.safetensors"
  expect_exit 0 "$program" text eval --run "$work/$model/whole"
  grep -q '^[0-9.]* bits per character on 200000 characters$' "$work/stdout" || failed "$(cat "$work/stdout")"

  # The same seed draws the same, and temperature 0 draws nothing.
  draw=(text sample --prompt 'The ' --length 50 --run "$work/$model/whole")
  expect_exit 0 "$program" "${draw[@]}" --seed 3
  [ "$(wc -m <"$work/stdout")" -eq 55 ] || failed "not 54 characters and a line's end: $(cat "$work/stdout")"
  grep -q '^The ' "$work/stdout" || failed "not the prompt: $(cat "$work/stdout")"
  cp "$work/stdout" "$work/first"
  expect_exit 0 "$program" "${draw[@]}" --seed 3
  cmp "$work/first" "$work/stdout" || failed "the same seed draws another text"
  expect_exit 0 "$program" "${draw[@]}" --seed 4
  ! cmp -s "$work/first" "$work/stdout" || failed "another seed draws the same text"
  expect_exit 0 "$program" "${draw[@]}" --temperature 0 --seed 3
  cp "$work/stdout" "$work/first"
  expect_exit 0 "$program" "${draw[@]}" --top-k 1 --seed 4
  cmp "$work/first" "$work/stdout" || failed "the likeliest characters depend on the seed"
done
expect_no_leftovers "$work"

# Refusals.
good=$work/lstm/whole
expect_flips_noticed "$good/model.safetensors" "$program" text eval --run "$good"
expect_exit 1 "$program" text train --quick --out "$good"
expect_said --overwrite
expect_exit 1 "$program" text train --quick --resume --units 32 --out "$good"
expect_said '--units 32 (it has 16)'
printf 'Another text, of no interest at all, but long enough for two parts.' >"$work/other.txt"
expect_exit 1 "$program" text train --text "$work/other.txt" --resume --out "$good"
expect_said 'another text'
expect_exit 1 "$program" text train --text "$work/none.txt" --out "$work/a"
expect_said none.txt
printf 'fine until \xff here' >"$work/broken.txt"
expect_exit 1 "$program" text train --text "$work/broken.txt" --out "$work/a"
expect_said 'offset 11'
: >"$work/empty.txt"
expect_exit 1 "$program" text train --text "$work/empty.txt" --out "$work/a"
expect_said 'is empty'
printf 'abc' >"$work/short.txt"
expect_exit 1 "$program" text train --text "$work/short.txt" --out "$work/a"
expect_said '3 characters'
expect_exit 1 "$program" text train --quick --model transformer --units 10 --heads 4 --out "$work/a"
expect_said 'heads to divide units'
expect_exit 1 "$program" text train --quick --lr 1e30 --out "$work/a"
expect_said diverged
[ ! -e "$work/a/model.safetensors" ] || failed "a checkpoint of a run that was refused"
expect_exit 1 "$program" text sample --prompt 'ü' --run "$good"
expect_said "'ü' (U+00FC)"
mkdir "$work/torn"
head -c 1000 "$good/model.safetensors" >"$work/torn/model.safetensors"
expect_exit 1 "$program" text sample --run "$work/torn"
expect_said torn/model.safetensors
