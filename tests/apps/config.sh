#!/usr/bin/env bash
# Configuration files: each run's run.toml repeats it, and what makes no sense is refused with its line.
. "$(dirname "$0")/common.sh" "$1"
cd "$work"

# Repeated from the file alone, into another folder.
expect_exit 0 "$program" mnist train --data synthetic --quick --model lenet --images 200 --batch 50 --epochs 2 --out a
expect_exit 0 "$program" --config a/run.toml
cmp a/model.safetensors runs/mnist-1/model.safetensors || failed "run.toml gives another model"
cmp a/run.toml runs/mnist-1/run.toml || failed "run.toml gives another run.toml: $(diff a/run.toml runs/mnist-1/run.toml)"
expect_exit 0 "$program" text train --quick --steps 20 --every 10 --units 8 --seed 3 --out t
expect_exit 0 "$program" text train --config t/run.toml --out u
cmp t/model.safetensors u/model.safetensors || failed "run.toml gives another text model"
expect_exit 0 "$program" study --data synthetic --quick --layers 2 --units 5 --settings 1,relu-bad --seeds 2..3 --out s
expect_exit 0 "$program" study --config s/run.toml --out v
cmp s/curves.csv v/curves.csv || failed "run.toml gives another study"
expect_exit 0 "$program" activations --layers 2 --units 5 --samples 10 --std 0.1 --out n
expect_exit 0 "$program" --config n/run.toml
cmp n/statistics.csv runs/activations-1/statistics.csv || failed "run.toml gives other activations"

# The command line goes before the file; a resumed run's file is that of the whole run.
expect_exit 0 "$program" mnist train --config a/run.toml --epochs 1 --out b
grep -q '^epochs = 1$' b/run.toml || failed "the command line does not go before the file: $(cat b/run.toml)"
cp a/run.toml whole.toml
expect_exit 0 "$program" mnist train --data synthetic --quick --hidden 5 --epochs 1 --out c
expect_exit 0 "$program" mnist train --data synthetic --quick --epochs 3 --resume --out c
expect_exit 0 "$program" --config c/run.toml
cmp c/model.safetensors runs/mnist-2/model.safetensors || failed "the run.toml of a resumed run is not that of the whole"

# Files by hand: values above all tables, several tables, texts with marks.
mkdir 'a, b # c'
cat >mine.toml <<'END'
# of all commands
data = "synthetic"

[mnist.train]
hidden = [6, 5]
quick = true
out = "a, b # c/run"

[mnist.eval]
run = 'a, b # c/run'
END
expect_exit 0 "$program" mnist train --config mine.toml
expect_exit 0 "$program" mnist eval --config mine.toml
grep -q '784-6-5-10' stdout || failed "not the model of the file: $(cat stdout)"

# refused TEXT WORDS...: what a file with these lines is refused with, with exit code 2 and in one line.
refused() {
  local text=$1
  shift
  printf '%s\n' "$@" >bad.toml
  expect_exit 2 "$program" mnist train --config bad.toml
  expect_said "$text"
  [ "$(wc -l <stderr)" -eq 1 ] || failed "not one line: $(cat stderr)"
}
refused "line 2: 'mnist train' has no value 'epoch'; did you mean 'epochs'?" '[mnist.train]' 'epoch = 3'
refused "there is no command [mnist.trian]; did you mean 'train'?" '[mnist.trian]' 'epochs = 3'
refused "there is no command [minst]; did you mean 'mnist'?" '[minst.train]' 'epochs = 3'
refused "line 2: no TOML" '[mnist.train]' 'epochs = = 3'
refused "--epochs: '0' is not" '[mnist.train]' 'epochs = 0'
refused "--epochs: 'many' is not" '[mnist.train]' 'epochs = "many"'
refused "--lr: 'nan' is not" '[mnist.train]' 'lr = nan'
refused "--model: 'cn' is not" '[mnist.train]' 'model = "cn"'
refused "line 2: 'mnist train' has no value 'config'" 'epochs = 1' 'config = "other.toml"'
refused "it has 200000 dots" "[$(yes a. | head -n 200000 | tr -d '\n')b]"
expect_exit 2 "$program" mnist train --config nowhere.toml
expect_said nowhere.toml
expect_exit 2 "$program" --config mine.toml
expect_said 'has values of 2 commands; name one on the command line'
printf 'epochs = 3\n' >bare.toml
expect_exit 2 "$program" --config bare.toml
expect_said 'names no command'
expect_exit 2 "$program" mnist --config a/run.toml
