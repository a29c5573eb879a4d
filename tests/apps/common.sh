# What the programs' tests share: sourced with the program's path as $1.
set -euo pipefail
program=$(realpath "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

failed() {
  echo "FAILED: $*" >&2
  exit 1
}

# expect_exit CODE COMMAND...: runs it, with its output in $work/stdout and $work/stderr, and compares its exit code.
expect_exit() {
  local expected=$1 code=0
  shift
  "$@" >"$work/stdout" 2>"$work/stderr" || code=$?
  [ "$code" -eq "$expected" ] || {
    cat "$work/stdout" "$work/stderr" >&2
    failed "exit code $code, expected $expected: $*"
  }
}

# expect_said TEXT: stderr of the last command has it.
expect_said() {
  grep -qF -- "$1" "$work/stderr" || failed "expected '$1' on stderr, which has: $(cat "$work/stderr")"
}

# expect_rows FILE ROWS COLUMNS: a CSV of that many rows below its header, each as wide as the header, with a line end
# after the last one.
expect_rows() {
  [ "$(wc -l <"$1")" -eq $(($2 + 1)) ] || failed "$1 has $(wc -l <"$1") lines, expected a header and $2 rows"
  expect_whole_rows "$1" "$3"
}

expect_whole_rows() {
  [ -z "$(tail -c 1 "$1")" ] || failed "$1 ends within a line"
  awk -F, -v columns="$2" 'NF != columns { exit 1 }' "$1" || failed "$1 has a row that is not of $2 cells"
}

expect_picture() {
  [ "$(head -c 8 "$1.png" | od -An -tx1 | tr -d ' ')" = 89504e470d0a1a0a ] || failed "$1.png is not a PNG"
  [ "$(tail -c 8 "$1.png" | od -An -tx1 | tr -d ' ')" = 49454e44ae426082 ] || failed "$1.png has no end"
  grep -q '^<svg' "$1.svg" && [ "$(tail -n 1 "$1.svg")" = '</svg>' ] || failed "$1.svg is not a whole SVG"
}

# expect_no_leftovers DIRECTORY: no temporary files.
expect_no_leftovers() {
  [ -z "$(find "$1" -name '*.tmp')" ] || failed "temporary files are left: $(find "$1" -name '*.tmp')"
}

# expect_flips_noticed FILE COMMAND...: the command refuses the file by its name with any one byte changed. FILE is restored.
expect_flips_noticed() {
  local file=$1 whole=$work/unflipped size at byte seed
  shift
  cp "$file" "$whole"
  size=$(stat -c %s "$file")
  for seed in {1..15}; do
    RANDOM=$seed
    at=$(((RANDOM * 32768 + RANDOM) % size))
    byte=$(od -An -tu1 -j $at -N 1 "$file")
    printf "\\x$(printf %02x $((byte ^ (1 + RANDOM % 255))))" | dd of="$file" bs=1 seek=$at conv=notrunc status=none
    ! cmp -s "$file" "$whole" || failed "byte $at of $file was not changed"
    expect_exit 1 "$@"
    expect_said "$file"
    cp "$whole" "$file"
  done
}

# interrupt_when PATTERN SIGNAL COMMAND...: runs it in the background, sends the signal once it has printed a line with
# the pattern (on stdout or stderr), and leaves its exit code in $interrupted_code.
interrupt_when() {
  local pattern=$1 signal=$2
  shift 2
  mkfifo "$work/output"
  "$@" >"$work/output" 2>&1 &
  local pid=$!
  : >"$work/stdout"
  while read -r line; do
    echo "$line" >>"$work/stdout"
    if [[ $line == *$pattern* ]]; then
      kill -"$signal" $pid
      cat >>"$work/stdout"
      break
    fi
  done <"$work/output"
  rm "$work/output"
  interrupted_code=0
  wait $pid || interrupted_code=$?
}
