#!/usr/bin/env bash
# Training, stopping, resuming, evaluating and predicting, whole.
. "$(dirname "$0")/common.sh" "$1"

images=(--data synthetic)
small=("${images[@]}" --quick)
run=(mnist train "${small[@]}" --hidden 16,12 --images 600 --batch 50)
long=(mnist train "${small[@]}" --hidden 16,12 --batch 20)

# An uninterrupted run, and the same one in two parts.
expect_exit 0 "$program" "${run[@]}" --epochs 3 --out "$work/whole"
grep -q '^test accuracy' "$work/stdout" || failed "no test accuracy: $(cat "$work/stdout")"
expect_rows "$work/whole/log.csv" 3 4
expect_exit 0 "$program" "${run[@]}" --epochs 1 --out "$work/parts"
expect_exit 0 "$program" mnist train "${small[@]}" --images 600 --epochs 3 --out "$work/parts" --resume
cmp "$work/whole/model.safetensors" "$work/parts/model.safetensors" || failed "a resumed run is not the uninterrupted one"
cmp "$work/whole/log.csv" "$work/parts/log.csv" || failed "a resumed run's CSV is not the uninterrupted one's"
expect_no_leftovers "$work"

# The best epoch by validation has a file of its own; and where the newest checkpoint is damaged, a run goes on from the
# one before it, to the same end.
expect_exit 0 "$program" mnist eval "${images[@]}" --part validation --run "$work/whole/best.safetensors"
best=$(sed -n 's/^validation accuracy \([0-9.]*\) .*/\1/p' "$work/stdout")
awk -F, -v best="$best" 'NR > 1 && $4 > most { most = $4 } END { exit sprintf("%.2f", 100 * most) != best }' \
  "$work/whole/log.csv" || failed "the best has $best %: $(cat "$work/whole/log.csv")"
mkdir "$work/worn"
cp "$work/whole/previous.safetensors" "$work/worn"
head -c 5000 "$work/whole/model.safetensors" >"$work/worn/model.safetensors"
expect_exit 0 "$program" mnist train "${small[@]}" --images 600 --epochs 3 --out "$work/worn" --resume
expect_said 'goes on from the checkpoint before'
cmp "$work/whole/model.safetensors" "$work/worn/model.safetensors" || failed "from the one before comes another run"

# The learning rate decays: the first epoch is as before, the second is not.
expect_exit 0 "$program" "${run[@]}" --lr-decay 0.01 --epochs 2 --out "$work/decayed"
[ "$(sed -n 2p "$work/decayed/log.csv")" = "$(sed -n 2p "$work/whole/log.csv")" ] || failed "another first epoch"
[ "$(sed -n 3p "$work/decayed/log.csv" | cut -d, -f3)" != "$(sed -n 3p "$work/whole/log.csv" | cut -d, -f3)" ] ||
  failed "--lr-decay does nothing"

# Ctrl-C anywhere in an epoch, then the rest of it.
interrupt_when 'epoch 2: ' INT "$program" "${long[@]}" --epochs 100000 --out "$work/cut"
[ $interrupted_code -eq 130 ] || failed "exit code $interrupted_code: $(cat "$work/stdout")"
done=$(sed -n 's/^Interrupted after \([0-9]*\) epochs.*/\1/p' "$work/stdout")
expect_rows "$work/cut/log.csv" "$done" 4
expect_exit 0 "$program" mnist eval "${images[@]}" --run "$work/cut"
expect_exit 0 "$program" "${long[@]}" --epochs $((done + 1)) --out "$work/cut" --resume
expect_exit 0 "$program" "${long[@]}" --epochs $((done + 1)) --out "$work/uncut"
cmp "$work/cut/model.safetensors" "$work/uncut/model.safetensors" || failed "a run resumed after Ctrl-C is not the uninterrupted one"

# A network of images, in one cycle, with averaged weights and dropout: resumed to the bit as well.
net=(mnist train --data synthetic --model lenet --dropout 0.2 --images 300 --batch 50)
expect_exit 0 "$program" "${net[@]}" --epochs 3 --out "$work/net"
interrupt_when 'epoch 2: ' INT "$program" "${net[@]}" --epochs 3 --out "$work/netcut"
expect_exit 0 "$program" mnist train --data synthetic --images 300 --resume --out "$work/netcut"
cmp "$work/net/model.safetensors" "$work/netcut/model.safetensors" || failed "a resumed network of images is another one"
# Weights in bfloat16 resume to the bit, too, in a file of half their bytes, which can be evaluated.
narrow=(mnist train "${small[@]}" --dtype bfloat16 --images 600 --batch 50)
expect_exit 0 "$program" "${narrow[@]}" --epochs 2 --out "$work/narrow"
expect_exit 0 "$program" "${narrow[@]}" --epochs 1 --out "$work/narrowcut"
expect_exit 0 "$program" mnist train "${small[@]}" --images 600 --epochs 2 --out "$work/narrowcut" --resume
cmp "$work/narrow/model.safetensors" "$work/narrowcut/model.safetensors" || failed "a resumed run in bfloat16 is another one"
grep -aq '"model\.[^}]*BF16' "$work/narrow/model.safetensors" || failed "the weights are not stored as BF16"
expect_exit 0 "$program" mnist eval "${images[@]}" --run "$work/narrow"
# Images are augmented by the loader: the run does not depend on the number of threads that make batches.
for threads in 1 2; do
  expect_exit 0 "$program" mnist train --data synthetic --quick --augment elastic --hidden 8 --images 200 --batch 32 --epochs 2 \
    --threads $threads --out "$work/bent$threads"
done
cmp "$work/bent1/model.safetensors" "$work/bent2/model.safetensors" || failed "a run with one thread is not one with two"
expect_exit 1 "$program" mnist train --data synthetic --images 300 --resume --epochs 5 --out "$work/net"
expect_said 'one cycle of 3 epochs'
expect_exit 0 "$program" mnist eval "${images[@]}" --run "$work/net"
grep -q '^Model: lenet, after 3 epochs' "$work/stdout" || failed "not the model: $(cat "$work/stdout")"

# Fashion-MNIST by name, or the package that has it.
fashion=(mnist train --data fashion --hidden 16 --images 500 --batch 50 --epochs 1 --out "$work/fashion")
if [ -d /usr/share/datasets/fashion-mnist ]; then
  expect_exit 0 "$program" "${fashion[@]}"
  grep -q 'of 10000 images' <("$program" mnist eval --data fashion --run "$work/fashion") ||
    failed "not evaluated on Fashion-MNIST"
else
  expect_exit 1 "$program" "${fashion[@]}"
  expect_said dataset-fashion-mnist
fi

# A resume that contradicts its checkpoint, or has none.
expect_exit 1 "$program" "${long[@]}" --resume --lr 0.5 --out "$work/cut"
expect_said '--lr 0.5'
expect_exit 1 "$program" mnist train "${small[@]}" --images 500 --resume --out "$work/cut"
expect_said '2000 training images'
expect_exit 1 "$program" "${run[@]}" --resume --out "$work/none"
expect_said none/model.safetensors
mkdir "$work/torn"
head -c 1000 "$work/cut/model.safetensors" >"$work/torn/model.safetensors"
expect_exit 1 "$program" mnist eval "${images[@]}" --run "$work/torn"
expect_said torn/model.safetensors
expect_flips_noticed "$work/net/model.safetensors" "$program" mnist eval "${images[@]}" --run "$work/net"

# A useful model: accuracy and confusion matrix agree, and it reads images.
expect_exit 0 "$program" mnist train "${small[@]}" --epochs 4 --out "$work/good"
expect_exit 0 "$program" mnist eval "${images[@]}" --run "$work/good"
awk '/^test accuracy/ { correct = substr($5, 2); if ($3 < 80) exit 1 }
     /^[0-9] / { diagonal += $($1 + 2) }
     END { exit correct != diagonal }' "$work/stdout" || failed "not an accuracy and its matrix: $(cat "$work/stdout")"
expect_exit 0 "$program" mnist predict "${images[@]}" --index 0 1 2 --run "$work/good"
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
expect_exit 0 "$program" mnist predict --run "$work/good" "$work/one.pgm" --show
[ ! -s "$work/stderr" ] || failed "a note about a good image: $(cat "$work/stderr")"
tail -n 1 "$work/stdout" | cut -d' ' -f2- >"$work/one"
expect_exit 0 "$program" mnist predict --run "$work/good" "$work/large.pgm"
expect_said 'large.pgm has 56x56 pixels, not 28x28'
tail -n 1 "$work/stdout" | cut -d' ' -f2- | diff -b "$work/one" - || failed "the scaled image gives something else"
expect_exit 0 "$program" mnist predict --run "$work/good" "$work/paper.pgm"
expect_said 'try --invert'
expect_exit 0 "$program" mnist predict --run "$work/good" "$work/paper.pgm" --invert
tail -n 1 "$work/stdout" | cut -d' ' -f2- | diff -b "$work/one" - || failed "the inverted image gives something else"

head -c 100 "$work/one.pgm" >"$work/torn.pgm"
expect_exit 1 "$program" mnist predict --run "$work/good" "$work/torn.pgm"
expect_said 'torn.pgm: broken PGM'
expect_exit 1 "$program" mnist predict "${images[@]}" --run "$work/good" --index 500
expect_exit 1 "$program" mnist eval --run "$work/good" --data "$work/nowhere"
expect_said 'scripts/fetch-mnist'

# A model whose training was stopped by a full disk, or diverged, is not lost: the checkpoint is the last good one.
mkdir "$work/kept"
cp "$work/good/model.safetensors" "$work/kept/model.safetensors"
sed -n 1,3p "$work/good/log.csv" >"$work/kept/log.csv"
before=$(cat "$work/kept/model.safetensors" "$work/kept/log.csv" | cksum)
expect_exit 1 "$program" "${run[@]}" --out "$work/kept"
expect_said '--overwrite'
expect_exit 1 "$program" "${run[@]}" --overwrite --lr 1e30 --out "$work/kept"
expect_said 'diverged in epoch 1'
expect_said 'kept/model.safetensors is as it was'
(trap '' XFSZ; ulimit -f 8; expect_exit 1 "$program" "${run[@]}" --overwrite --out "$work/kept"
 expect_said 'File too large')
[ "$(cat "$work/kept/model.safetensors" "$work/kept/log.csv" | cksum)" = "$before" ] || failed "a good checkpoint is lost"
expect_no_leftovers "$work"

# A last batch of one image is left out, with a word.
expect_exit 0 "$program" mnist train "${small[@]}" --hidden 8 --images 64 --batch 63 --out "$work/odd"
expect_said '64 images in batches of 63 leave one over'
expect_exit 0 "$program" mnist eval "${images[@]}" --run "$work/odd"
grep -q '^Model: 784-8-10, after 1 epochs and 0 steps on 64 images' "$work/stdout" ||
  failed "does not say what the model is: $(cat "$work/stdout")"

# No checkpoint, and how to get one.
for command in eval 'predict --index 0'; do
  expect_exit 1 "$program" mnist $command "${images[@]}" --run "$work/none"
  expect_said '`xgrad mnist train` makes one'
done
expect_exit 1 "$program" mnist train "${small[@]}" --images 2001 --out "$work/none"
expect_said 'expected at most 2000'
expect_exit 1 "$program" mnist train "${small[@]}" --hidden 100000,100000 --out "$work/none"
expect_said 'expected at most 100000000'
[ ! -e "$work/none" ] || failed "a refused run has made its folder"

# A blank image is said to be blank.
bar 28 0 0 >"$work/blank.pgm"
expect_exit 0 "$program" mnist predict --run "$work/good" "$work/blank.pgm" "$work/one.pgm"
expect_said 'blank.pgm is blank'
grep -q 'blank.pgm  *blank  *–' "$work/stdout" || failed "a blank image got a digit: $(cat "$work/stdout")"

# Slips of the hand.
expect_exit 2 "$program" mnist trian
expect_said "did you mean 'train'?"
expect_exit 2 "$program" mnist train --resume --overwrite
for threads in 0 -1 1000000000 two 1.5 ' 2' +2; do
  code=0
  XGRAD_NUM_THREADS=$threads "$program" mnist eval >"$work/stdout" 2>"$work/stderr" || code=$?
  [ $code -eq 1 ] || failed "XGRAD_NUM_THREADS=$threads: exit code $code"
  expect_said "XGRAD_NUM_THREADS: is '$threads'; expected a whole number from 1 to 1024"
done
for flag in --quick --epochs --lr --resume; do  # of training
  expect_exit 2 "$program" mnist eval $flag 1
  expect_exit 2 "$program" mnist predict $flag 1
done

expect_exit 2 "$program" mnist
expect_exit 2 "$program" mnist train --lr 0
expect_exit 2 "$program" mnist train --hidden 10,x
expect_exit 2 "$program" mnist predict
expect_exit 0 "$program" mnist predict --help

# Without --out a run has a folder of its own in runs/, and what comes next finds the newest.
mkdir "$work/here"
cd "$work/here"
for i in 1 2; do expect_exit 0 "$program" "${run[@]}" --epochs 1 --seed $i; done
grep -q '^Run: runs/mnist-2$' "$work/stdout" || failed "not where the run is: $(cat "$work/stdout")"
[ "$(ls runs)" = "$(printf 'mnist-1\nmnist-2')" ] || failed "not two runs: $(ls runs)"
expect_exit 0 "$program" "${run[@]}" --epochs 2 --seed 2 --resume
[ "$(wc -l <runs/mnist-2/log.csv)" -eq 3 ] || failed "the newest run did not go on"
expect_exit 0 "$program" mnist eval "${images[@]}"
cp "$work/stdout" newest
expect_exit 0 "$program" mnist eval "${images[@]}" --run runs/mnist-2/model.safetensors
cmp newest "$work/stdout" || failed "the newest run is not the default"
expect_exit 1 "$program" "${run[@]}" --overwrite
expect_said 'expected --out as well'

# What other programs read, and results as JSON.
expect_exit 0 "$program" mnist export --to weights.npz
[ "$(head -c 2 weights.npz)" = PK ] || failed "no npz file"
expect_exit 0 "$program" mnist export --to weights.safetensors
grep -aq '"0.weight"' weights.safetensors || failed "no PyTorch names"
expect_exit 1 "$program" mnist export --to weights.pt
expect_said "expected .onnx, .safetensors or .npz"
expect_exit 2 "$program" mnist export
code=0
"$program" mnist export --to digits.onnx >"$work/stdout" 2>"$work/stderr" || code=$?
if [ $code -ne 0 ]; then expect_said 'without ONNX'; else [ -s digits.onnx ] || failed "no ONNX file"; fi
python='import json, sys; d = json.load(open(sys.argv[1])); assert eval(sys.argv[2]), d'
if command -v python3 >/dev/null; then
  expect_exit 0 "$program" mnist eval "${images[@]}" --json
  python3 -c "$python" "$work/stdout" 'd["correct"] == sum(d["confusion"][i][i] for i in range(10)) and d["images"] == 500' ||
    failed "not the evaluation as JSON"
  expect_exit 0 "$program" mnist predict "${images[@]}" --index 0,1 --json
  python3 -c "$python" "$work/stdout" 'len(d) == 2 and abs(sum(d[0]["probabilities"]) - 1) < 1e-5' ||
    failed "not the predictions as JSON"
  expect_exit 0 "$program" "${run[@]}" --epochs 2 --json
  python3 -c "$python" "$work/stdout" 'd["complete"] and len(d["epochs"]) == 2 and d["test"]["images"] == 500' ||
    failed "not the run as JSON"
  expect_said 'epoch 2: '
fi
