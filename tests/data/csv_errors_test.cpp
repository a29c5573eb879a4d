#include <doctest/doctest.h>

#include "csv_files.hpp"

namespace xgrad::data {
namespace {

using test::holds;
using test::refusal;
using test::table_of;

/// Checks that reading the text is an Error that names the file and holds these parts.
void check_refused(std::string_view text, std::initializer_list<std::string> parts, const CsvOptions& options = {}) {
  const std::string message = refusal(text, options);
  CHECK_MESSAGE(message.starts_with("read_csv: '"), message);
  CHECK_MESSAGE(holds(message, {"table.csv'"}), message);
  CHECK_MESSAGE(holds(message, parts), message);
}

TEST_CASE("a file that is not there, or is a directory, is refused by name") {
  CHECK(holds(test::error_of([] { read_csv("no/such.csv"); }), {"read_csv: 'no/such.csv'", "cannot be opened"}));
  CHECK(holds(test::error_of([] { read_csv("/"); }), {"read_csv: '/'"}));
}

TEST_CASE("a file without rows is refused") {
  for (const char* text : {"", "\n\n", "\xef\xbb\xbf", "\r\n"}) check_refused(text, {"no rows", "names"});
  check_refused("#a\n", {"no rows"}, {.header = false, .comment = '#'});
}

TEST_CASE("rows of another length are refused with their line") {
  check_refused("a,b\n1,2\n3\n", {"line 3", "1 fields; expected 2, as in line 1"});
  check_refused("\n#\na,b\n\"1\n\",2\n3,4,5\n", {"line 6", "3 fields; expected 2, as in line 3"}, {.comment = '#'});
  check_refused("1,2\n3,4,\n", {"line 2", "3 fields; expected 2, as in line 1"}, {.header = false});
  check_refused("a,b\n", {"line 1", "2 fields; expected 3, as .names has"}, {.names = {"a", "b", "c"}});
}

TEST_CASE("missing values without a fill are refused with line and column") {
  check_refused("a,b\n1,x\n2,y\nNA,\n", {"line 4", "column 'a' (1)", "missing value", ".fill"});
  check_refused("a,b\n1,x\n2,\nNA,z\n", {"line 3", "column 'b' (2)", "missing value"});
  check_refused("a\n1\n\"\"\n", {"line 3", "column 'a' (1)", "missing value"});
}

TEST_CASE("fills that do not suit the type of a column are refused") {
  check_refused("a,b\n1,x\n2,\n", {"line 3", "column 'b' (2)", "a number; expected a text"}, {.fill = 0});
  check_refused("a\n1\nNA\n2\n", {"line 3", "column 'a' (1)", "a text; expected a number"},
                {.types = {{"a", CsvType::number}}, .fill = "x"});
  check_refused("a\n1\nNA\n", {"line 3", "the mean; expected an integer"},
                {.types = {{"a", CsvType::integer}}, .fill = CsvStatistic::mean});
  check_refused("a\n1\nNA\n", {"line 3", "a number; expected an integer"},
                {.types = {{"a", CsvType::integer}}, .fill = 0.5});
  check_refused("a,b\n1,NA\n", {"line 2", "column 'b' (2)", "the column has no values"}, {.fill = CsvStatistic::mean});
}

TEST_CASE("fields that are not of the type asked for are refused with line and column") {
  const auto types = [](CsvType type) { return CsvOptions{.types = {{"b", type}}}; };
  check_refused("a,b\n1,2\n1,2.5\n", {"line 3", "column 'b' (2)", "'2.5'; expected an integer"},
                types(CsvType::integer));
  check_refused("a,b\n1,9223372036854775808\n", {"line 2", "column 'b' (2)", "an integer that int64 holds"},
                types(CsvType::integer));
  check_refused("a,b\n1,\"2\nx\"\n", {"line 2", "column 'b' (2)", "expected a number"}, types(CsvType::number));
  check_refused("a\nsmall\nmedium\n", {"line 3", "column 'a' (1)", "'medium'; expected one of its .categories"},
                {.categories = {{"a", {"small", "large"}}}});
}

TEST_CASE("numbers beyond their dtype are refused with line and column") {
  check_refused("a\n1.5\n1e39\n", {"line 3", "column 'a' (1)", "'1e39'", "float32", ".number_dtype = float64"});
  check_refused("a\n1.5\n-1e309\n", {"line 3", "column 'a' (1)", "'-1e309'", "float64 holds"},
                {.number_dtype = float64});
  CHECK(table_of("a\n1e39\n", {.number_dtype = float64}).column("a").data<double>()[0] == 1e39);
}

TEST_CASE("wrong quotes are refused with the line of the field") {
  check_refused("a,b\n1,\"x\n2,y\n", {"line 2", "field 2", "not closed"});
  check_refused("a,b\n1,x\"y\n", {"line 2", "field 2", "a quote (\") within a field"});
  check_refused("a,b\n1,\"x\"y\n", {"line 2", "field 2", "text after the closing quote"});
  check_refused("a,b\n1,'x' \n", {"line 2", "text after the closing quote (')"}, {.quote = '\''});
  check_refused("a,b\n1,\"", {"line 2", "not closed"});
}

TEST_CASE("what is no text is refused with its byte") {
  check_refused(std::string_view("\xff\xfe"
                                 "a\0",
                                 4),
                {"byte 0", "UTF-16"});
  check_refused(std::string_view("a\n1\0", 4), {"byte 3", "byte 0, which text does not have"});
}

TEST_CASE("names that come twice are refused") {
  check_refused("a,b,a\n1,2,3\n", {"line 1", "column 3", "'a' comes twice"});
  check_refused("a,b\n", {"'x' comes twice"}, {.names = {"x", "x"}});
}

TEST_CASE("options that name no column, or contradict each other, are refused") {
  check_refused("a,b\n1,2\n", {".types names a column 'c'", "the columns are 'a', 'b'"},
                {.types = {{"c", CsvType::text}}});
  check_refused("a,b\n1,2\n", {".fills names a column 'c'"}, {.fills = {{"c", 0}}});
  check_refused("a,b\n1,2\n", {".categories names a column 'c'"}, {.categories = {{"c", {}}}});
  check_refused("a\n1\n", {"'a' has .categories, and .types that is not text"},
                {.types = {{"a", CsvType::integer}}, .categories = {{"a", {"1"}}}});
  check_refused("a\n1\n", {".categories of column 'a' has '1' twice"}, {.categories = {{"a", {"1", "1"}}}});
  check_refused("a\n1\n", {".quote is ','"}, {.quote = ','});
  check_refused("a\n1\n", {".comment is '\"'"}, {.comment = '"'});
  check_refused("a\n1\n", {".separator is the character 10"}, {.separator = '\n'});
  check_refused("a\n1\n", {".number_dtype is int64; expected float32 or float64"}, {.number_dtype = int64});
  check_refused("a\n1\n", {".max_bytes is -1"}, {.max_bytes = -1});
  check_refused("a\n1\n", {"more than 3 bytes", ".max_bytes"}, {.max_bytes = 3});
}

TEST_CASE("damaged compressed data are refused, and those that inflate to too much") {
  const test::TemporaryDirectory directory;
  test::Bytes bytes = test::gzip(test::bytes_of("a\n" + std::string(4000, '1') + "\n"));
  test::write_file(directory / "x", bytes);
  const auto message = [&](const CsvOptions& options = {}) {
    return test::error_of([&] { read_csv(directory / "x", options); });
  };
  CHECK_MESSAGE(holds(message({.max_bytes = 100}), {"read_csv", "more than 100 bytes"}), message({.max_bytes = 100}));
  bytes.pop_back();
  test::write_file(directory / "x", bytes);
  CHECK_MESSAGE(holds(message(), {"read_csv: '", "x', byte"}), message());
  bytes.resize(2000);
  test::write_file(directory / "x", bytes);
  CHECK_MESSAGE(holds(message(), {"read_csv: '", "x', byte"}), message());
}

TEST_CASE("every prefix of a file, and every byte of it changed, is read or refused") {
  const std::string text = "a,\"b\"\r\n1,\"x\"\"y\"\r\n2.5,z\n";
  for (std::size_t length = 0; length < text.size(); ++length) refusal(text.substr(0, length));
  std::size_t refused = 0;
  for (std::size_t i = 0; i < text.size(); ++i)
    for (const char byte : {'"', ',', '\n', '\r', '\0', 'x', '\xff'}) {
      std::string changed = text;
      changed[i] = byte;
      refused += !refusal(changed).empty();
    }
  CHECK(refused > 20);
}

TEST_CASE("a table names the columns that it has") {
  const CsvTable table = table_of("a,b\n1,x\n");
  CHECK(holds(test::error_of([&] { table.column("c"); }), {"CsvTable: there is no column 'c'", "'a', 'b'"}));
  CHECK(holds(test::error_of([&] { table.type("c"); }), {"no column 'c'"}));
  CHECK(holds(test::error_of([&] { table.categories("a"); }), {"CsvTable.categories: column 'a' is of numbers"}));
  const auto made = [](Tensor values, CsvType type) {
    return test::error_of([&] {
      CsvTable({{"x", CsvType::integer, tensor({1, 2}, int64), {}}, {"y", type, values, {}}});
    });
  };
  CHECK(made(tensor({1.5, 2}), CsvType::number).empty());
  CHECK(holds(made(tensor({1.5}), CsvType::number), {"CsvTable: column 'y'", "(1,)", "(2,)"}));
  CHECK(holds(made(tensor({1.5, 2}), CsvType::integer), {"column 'y' of float32; expected int64"}));
  CHECK(holds(made({}, CsvType::integer), {"column 'y' of no values"}));
}

}  // namespace
}  // namespace xgrad::data
