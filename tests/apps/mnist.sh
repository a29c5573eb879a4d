#!/usr/bin/env bash
# Training, stopping, resuming, evaluating and predicting, whole.
. "$(dirname "$0")/common.sh" "$1"

images=(--data synthetic)
small=("${images[@]}" --quick)
run=(train "${small[@]}" --hidden 16,12 --images 600 --batch 50)
long=(train "${small[@]}" --hidden 16,12 --batch 20)

# An uninterrupted run, and the same one in two parts.
expect_exit 0 "$program" "${run[@]}" --epochs 3 --checkpoint "$work/whole/run.safetensors"
grep -q '^test accuracy' "$work/stdout" || failed "no test accuracy: $(cat "$work/stdout")"
expect_rows "$work/whole/run.csv" 3 4
expect_exit 0 "$program" "${run[@]}" --epochs 1 --checkpoint "$work/parts/run.safetensors"
expect_exit 0 "$program" train "${small[@]}" --images 600 --epochs 3 --checkpoint "$work/parts/run.safetensors" --resume
cmp "$work/whole/run.safetensors" "$work/parts/run.safetensors" || failed "a resumed run is not the uninterrupted one"
cmp "$work/whole/run.csv" "$work/parts/run.csv" || failed "a resumed run's CSV is not the uninterrupted one's"
expect_no_leftovers "$work"

# The learning rate decays: the first epoch is as before, the second is not.
expect_exit 0 "$program" "${run[@]}" --lr-decay 0.01 --epochs 2 --checkpoint "$work/decayed.safetensors"
[ "$(sed -n 2p "$work/decayed.csv")" = "$(sed -n 2p "$work/whole/run.csv")" ] || failed "another first epoch"
[ "$(sed -n 3p "$work/decayed.csv" | cut -d, -f3)" != "$(sed -n 3p "$work/whole/run.csv" | cut -d, -f3)" ] ||
  failed "--lr-decay does nothing"

# Ctrl-C anywhere in an epoch, then the rest of it.
interrupt_when 'epoch 2: ' INT "$program" "${long[@]}" --epochs 100000 --checkpoint "$work/cut.safetensors"
[ $interrupted_code -eq 130 ] || failed "exit code $interrupted_code: $(cat "$work/stdout")"
done=$(sed -n 's/^Interrupted after \([0-9]*\) epochs.*/\1/p' "$work/stdout")
expect_rows "$work/cut.csv" "$done" 4
expect_exit 0 "$program" eval "${images[@]}" --checkpoint "$work/cut.safetensors"
expect_exit 0 "$program" "${long[@]}" --epochs $((done + 1)) --checkpoint "$work/cut.safetensors" --resume
expect_exit 0 "$program" "${long[@]}" --epochs $((done + 1)) --checkpoint "$work/uncut.safetensors"
cmp "$work/cut.safetensors" "$work/uncut.safetensors" || failed "a run resumed after Ctrl-C is not the uninterrupted one"

# A network of images, in one cycle, with averaged weights and dropout: resumed to the bit as well.
net=(train --data synthetic --model lenet --dropout 0.2 --images 300 --batch 50)
expect_exit 0 "$program" "${net[@]}" --epochs 3 --checkpoint "$work/net.safetensors"
interrupt_when 'epoch 2: ' INT "$program" "${net[@]}" --epochs 3 --checkpoint "$work/netcut.safetensors"
expect_exit 0 "$program" train --data synthetic --images 300 --resume --checkpoint "$work/netcut.safetensors"
cmp "$work/net.safetensors" "$work/netcut.safetensors" || failed "a resumed network of images is another one"
# Weights in bfloat16 resume to the bit, too, in a file of half their bytes, which can be evaluated.
narrow=(train "${small[@]}" --dtype bfloat16 --images 600 --batch 50)
expect_exit 0 "$program" "${narrow[@]}" --epochs 2 --checkpoint "$work/narrow.safetensors"
expect_exit 0 "$program" "${narrow[@]}" --epochs 1 --checkpoint "$work/narrowcut.safetensors"
expect_exit 0 "$program" train "${small[@]}" --images 600 --epochs 2 --checkpoint "$work/narrowcut.safetensors" --resume
cmp "$work/narrow.safetensors" "$work/narrowcut.safetensors" || failed "a resumed run in bfloat16 is another one"
grep -aq '"model\.[^}]*BF16' "$work/narrow.safetensors" || failed "the weights are not stored as BF16"
expect_exit 0 "$program" eval "${images[@]}" --checkpoint "$work/narrow.safetensors"
# Images are augmented by the loader: the run does not depend on the number of threads that make batches.
for threads in 1 2; do
  expect_exit 0 "$program" train --data synthetic --quick --augment elastic --hidden 8 --images 200 --batch 32 --epochs 2 \
    --threads $threads --checkpoint "$work/bent$threads.safetensors"
done
cmp "$work/bent1.safetensors" "$work/bent2.safetensors" || failed "a run with one thread is not one with two"
expect_exit 1 "$program" train --data synthetic --images 300 --resume --epochs 5 --checkpoint "$work/net.safetensors"
expect_said 'one cycle of 3 epochs'
expect_exit 0 "$program" eval "${images[@]}" --checkpoint "$work/net.safetensors"
grep -q '^Model: lenet, after 3 epochs' "$work/stdout" || failed "not the model: $(cat "$work/stdout")"

# Fashion-MNIST by name, or the package that has it.
fashion=(train --data fashion --hidden 16 --images 500 --batch 50 --epochs 1 --checkpoint "$work/fashion.safetensors")
if [ -d /usr/share/datasets/fashion-mnist ]; then
  expect_exit 0 "$program" "${fashion[@]}"
  grep -q 'of 10000 images' <("$program" eval --data fashion --checkpoint "$work/fashion.safetensors") ||
    failed "not evaluated on Fashion-MNIST"
else
  expect_exit 1 "$program" "${fashion[@]}"
  expect_said dataset-fashion-mnist
fi

# A resume that contradicts its checkpoint, or has none.
expect_exit 1 "$program" "${long[@]}" --resume --lr 0.5 --checkpoint "$work/cut.safetensors"
expect_said '--lr 0.5'
expect_exit 1 "$program" train "${small[@]}" --images 500 --resume --checkpoint "$work/cut.safetensors"
expect_said '2000 training images'
expect_exit 1 "$program" "${run[@]}" --resume --checkpoint "$work/none.safetensors"
expect_said none.safetensors
head -c 1000 "$work/cut.safetensors" >"$work/torn.safetensors"
expect_exit 1 "$program" eval "${images[@]}" --checkpoint "$work/torn.safetensors"
expect_said torn.safetensors

# A useful model: accuracy and confusion matrix agree, and it reads images.
expect_exit 0 "$program" train "${small[@]}" --epochs 4 --checkpoint "$work/good.safetensors"
expect_exit 0 "$program" eval "${images[@]}" --checkpoint "$work/good.safetensors"
awk '/^test accuracy/ { correct = substr($5, 2); if ($3 < 80) exit 1 }
     /^[0-9] / { diagonal += $($1 + 2) }
     END { exit correct != diagonal }' "$work/stdout" || failed "not an accuracy and its matrix: $(cat "$work/stdout")"
expect_exit 0 "$program" predict "${images[@]}" --index 0 1 2 --checkpoint "$work/good.safetensors"
[ "$(grep -c '^test image' "$work/stdout")" -eq 3 ] || failed "not three predictions: $(cat "$work/stdout")"
awk '/^test image/ { sum = 0; for (i = NF - 9; i <= NF; ++i) sum += $i; if (sum < 0.99 || sum > 1.01) exit 1 }' \
  "$work/stdout" || failed "probabilities that do not sum to 1: $(cat "$work/stdout")"

# An upright bar of light ink, drawn as a PGM of 28x28; of 56x56; and dark on light.
bar() {
  awk -v side="$1" -v ink="$2" -v paper="$3" 'BEGIN {
    printf "P2\n# a one\n%d %d\n255\n", side, side
    for (y = 0; y < side; ++y)
      for (x = 0; x < side; ++x)
        print (x * 28 / side >= 13 && x * 28 / side < 16 && y * 28 / side >= 4 && y * 28 / side < 24) ? ink : paper }'
}
bar 28 255 0 >"$work/one.pgm"
bar 56 255 0 >"$work/large.pgm"
bar 28 0 255 >"$work/paper.pgm"
expect_exit 0 "$program" predict --checkpoint "$work/good.safetensors" "$work/one.pgm" --show
[ ! -s "$work/stderr" ] || failed "a note about a good image: $(cat "$work/stderr")"
tail -n 1 "$work/stdout" | cut -d' ' -f2- >"$work/one"
expect_exit 0 "$program" predict --checkpoint "$work/good.safetensors" "$work/large.pgm"
expect_said 'large.pgm has 56x56 pixels, not 28x28'
tail -n 1 "$work/stdout" | cut -d' ' -f2- | diff -b "$work/one" - || failed "the scaled image gives something else"
expect_exit 0 "$program" predict --checkpoint "$work/good.safetensors" "$work/paper.pgm"
expect_said 'try --invert'
expect_exit 0 "$program" predict --checkpoint "$work/good.safetensors" "$work/paper.pgm" --invert
tail -n 1 "$work/stdout" | cut -d' ' -f2- | diff -b "$work/one" - || failed "the inverted image gives something else"

head -c 100 "$work/one.pgm" >"$work/torn.pgm"
expect_exit 1 "$program" predict --checkpoint "$work/good.safetensors" "$work/torn.pgm"
expect_said 'torn.pgm: broken PGM'
expect_exit 1 "$program" predict "${images[@]}" --checkpoint "$work/good.safetensors" --index 500
expect_exit 1 "$program" eval --checkpoint "$work/good.safetensors" --data "$work/nowhere"
expect_said 'scripts/fetch-mnist'

# A model whose training was stopped by a full disk, or diverged, is not lost: the checkpoint is the last good one.
cp "$work/good.safetensors" "$work/kept.safetensors"
sed -n 1,3p "$work/good.csv" >"$work/kept.csv"
before=$(cat "$work/kept.safetensors" "$work/kept.csv" | cksum)
expect_exit 1 "$program" "${run[@]}" --checkpoint "$work/kept.safetensors"
expect_said '--overwrite'
expect_exit 1 "$program" "${run[@]}" --overwrite --lr 1e30 --checkpoint "$work/kept.safetensors"
expect_said 'diverged in epoch 1'
expect_said 'kept.safetensors is as it was'
(trap '' XFSZ; ulimit -f 8; expect_exit 1 "$program" "${run[@]}" --overwrite --checkpoint "$work/kept.safetensors"
 expect_said 'File too large')
[ "$(cat "$work/kept.safetensors" "$work/kept.csv" | cksum)" = "$before" ] || failed "a good checkpoint is lost"
expect_no_leftovers "$work"

# A last batch of one image is left out, with a word.
expect_exit 0 "$program" train "${small[@]}" --hidden 8 --images 64 --batch 63 --checkpoint "$work/odd.safetensors"
expect_said '64 images in batches of 63 leave one over'
expect_exit 0 "$program" eval "${images[@]}" --checkpoint "$work/odd.safetensors"
grep -q '^Model: 784-8-10, after 1 epochs and 0 steps on 64 images' "$work/stdout" ||
  failed "does not say what the model is: $(cat "$work/stdout")"

# No checkpoint, and how to get one.
for command in eval 'predict --index 0'; do
  expect_exit 1 "$program" $command "${images[@]}" --checkpoint "$work/none.safetensors"
  expect_said '`mnist train --checkpoint'
done
expect_exit 1 "$program" train "${small[@]}" --images 2001 --checkpoint "$work/none.safetensors"
expect_said 'expected at most 2000'
expect_exit 1 "$program" train "${small[@]}" --hidden 100000,100000 --checkpoint "$work/none.safetensors"
expect_said 'expected at most 100000000'
expect_exit 1 "$program" train "${small[@]}" --checkpoint "$work/none.csv"
expect_said 'none.safetensors'
[ ! -e "$work/none.safetensors" ] || failed "a refused run has made its checkpoint"

# A blank image is said to be blank.
bar 28 0 0 >"$work/blank.pgm"
expect_exit 0 "$program" predict --checkpoint "$work/good.safetensors" "$work/blank.pgm" "$work/one.pgm"
expect_said 'blank.pgm is blank'
grep -q 'blank.pgm  *blank  *–' "$work/stdout" || failed "a blank image got a digit: $(cat "$work/stdout")"

# Slips of the hand.
expect_exit 2 "$program" trian
expect_said "did you mean 'train'?"
expect_exit 2 "$program" train --resume --overwrite
for threads in 0 -1 1000000000 two 1.5 ' 2' +2; do
  code=0
  XGRAD_NUM_THREADS=$threads "$program" eval >"$work/stdout" 2>"$work/stderr" || code=$?
  [ $code -eq 1 ] || failed "XGRAD_NUM_THREADS=$threads: exit code $code"
  expect_said "XGRAD_NUM_THREADS: is '$threads'; expected a whole number from 1 to 1024"
done
for flag in --quick --epochs --lr --resume; do  # of training
  expect_exit 2 "$program" eval $flag 1
  expect_exit 2 "$program" predict $flag 1
done

expect_exit 2 "$program"
expect_exit 2 "$program" train --lr 0
expect_exit 2 "$program" train --hidden 10,x
expect_exit 2 "$program" predict
expect_exit 0 "$program" predict --help
