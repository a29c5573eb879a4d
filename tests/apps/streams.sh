#!/usr/bin/env bash
# Standard streams that are closed, full or read by nobody: whether results could be written decides a program's exit
# code, whether its remarks could does not, and neither lands in another file.
. "$(dirname "$0")/common.sh" "$1"

case $2 in
  mnist) run=(mnist train --data synthetic --quick --images 60 --batch 20 --hidden 3 --overwrite --log none --out out) ;;
  text) run=(text train --quick --steps 20 --every 20 --units 8 --overwrite --log none --out out) ;;
  study) run=(study --data synthetic --quick --layers 2 --units 4 --settings 1 --steps 30 --overwrite --log none --out out) ;;
  activations) run=(activations --layers 2 --units 4 --samples 10 --overwrite --out out) ;;
  *) failed "no command line for $2" ;;
esac
cd "$work"
expect_exit 0 "$program" "${run[@]}"
mv out expected

# The program, with its remarks in $work/stderr unless told otherwise, and its exit code in $work/code.
cat >run <<END
code=0
$(printf '%q ' "$program" "${run[@]}") || code=\$?
echo \$code >'$work/code'
END

# expect_code CODE WHAT: compares the exit code, and the files with an ordinary run's. The report says how long it took.
expect_code() {
  [ "$(cat code)" -eq "$1" ] || failed "$2: exit code $(cat code), expected $1: $(cat stderr)"
  diff -r -x report.html expected out || failed "$2: other files than in an ordinary run"
  rm -r out code
}

# A pipe that has been opened for writing, and whose reader is gone.
mkfifo unread
exec 7<>unread 8>unread 7<&-
for what in closed full unread; do
  : >stderr
  case $what in
    closed) bash run >stdout 2>&- ;;
    full) bash run >stdout 2>/dev/full ;;
    unread) bash run >stdout 2>&8 ;;
  esac
  expect_code 0 "stderr $what"
  [ -s stdout ] || failed "stderr $what: no results"

  case $what in
    closed) bash run >&- 2>stderr ;;
    full) bash run >/dev/full 2>stderr ;;
    unread) bash run >&8 2>stderr ;;
  esac
  expect_said 'stdout: cannot be written'
  expect_code 1 "stdout $what"
done
bash run <&- >stdout 2>stderr
expect_code 0 'stdin closed'

# Help is a result, too.
code=0
"$program" --help >/dev/full 2>stderr || code=$?
[ $code -eq 1 ] || failed "help that could not be written: exit code $code"
