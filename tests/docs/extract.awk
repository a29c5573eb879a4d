# Takes the code blocks out of a Markdown page, so that the tests can compile and run what the page shows.
#
#   awk -v stem=README -v page=/path/README.md -v out=DIR -f extract.awk /path/README.md
#
# ```cpp     with an int main(): a program of its own, out/STEM_N.cpp. Without: all such blocks of a page continue
#            each other and make up one program, out/STEM.cpp, with #include lines moved to the top and the rest in
#            main(). Prints the names of the programs.
# ```output  what the program of the block before prints there; all of a program together are out/PROGRAM.expected.
# ```sh      commands; all of them, with the line each stands in, are out/STEM.commands.
# tables    with a last column "xgrad" or "Write": its entries, in backticks, are statements, each row a block of its own
#           that continues the code before it.
# ```toml    a configuration file of the program, out/STEM.toml.
# ```cmake, ```text and fences without a language are not looked at. Others are an error, so that no block escapes.

function refuse(message) {
  printf "%s:%d: %s\n", page, NR, message > "/dev/stderr"
  failed = 1
  exit 1
}

function finish_cpp(   name) {
  if (block ~ /int main\(/) {
    shown = name = stem "_" ++programs
    printf "#line %d \"%s\"\n%s", first + 1, page, block > (out "/" name ".cpp")
    print name
  } else {
    shown = stem
    includes = includes included
    body = body sprintf("#line %d \"%s\"\n%s", first + 1, page, rest)
  }
}

/^ *```/ {
  sub(/^ *```/, "")
  if (!inside) {
    inside = 1
    language = $0
    first = NR
    block = included = rest = ""
    if (language == "output") printf "" > (out "/" shown ".expected")
    if (language !~ /^(cpp|output|sh|toml|cmake|text|)$/) refuse("a block in a language that is not known here: " language)
  } else {
    if ($0 != "") refuse("a block begins inside the one of line " first)
    if (language == "cpp") finish_cpp()
    inside = 0
  }
  next
}

# The last cell of a row of a table, without its backticks.
function last_cell(row) {
  gsub(/\\\|/, "\001", row)
  sub(/ *\| *$/, "", row)
  sub(/^.*\| */, "", row)
  gsub(/\001/, "|", row)
  return row
}

!inside && /^\|/ {
  cell = last_cell($0)
  if (!in_table) {
    in_table = 1
    compiled = cell == "xgrad" || cell == "Write"
  } else if (compiled && cell !~ /^-+$/) {
    if (cell !~ /^`[^`]*`$/) refuse("the last cell of this row is no code in one pair of backticks: " cell)
    gsub(/`/, "", cell)
    body = body sprintf("#line %d \"%s\"\n{ %s; }\n", NR, page, cell)
    rows = 1
  }
  next
}
{ in_table = 0 }

!inside { next }
language == "cpp" {
  block = block $0 "\n"
  if (/^#include/) included = included $0 "\n"
  rest = rest (/^#include/ ? "" : $0) "\n"
}
language == "output" { print > (out "/" shown ".expected") }
language == "toml" { print > (out "/" stem ".toml") }
language == "sh" && !/^ *(#.*)?$/ {
  sub(/ +#.*$/, "")
  if (command == "") command_line = NR
  command = command $0
  if (command ~ /\\$/) {
    sub(/\\$/, "", command)
  } else {
    printf "%d\t%s\n", command_line, command > (out "/" stem ".commands")
    command = ""
  }
}

END {
  if (failed) exit 1
  if (inside) refuse("the block of line " first " has no end")
  if (body != "") {
    # Rows of tables show expressions, whose values nobody uses.
    if (rows) includes = includes "#pragma GCC diagnostic ignored \"-Wunused-variable\"\n" \
                         "#pragma GCC diagnostic ignored \"-Wunused-value\"\n"
    printf "%s\nint main() {\n%s}\n", includes, body > (out "/" stem ".cpp")
    print stem
  }
}
