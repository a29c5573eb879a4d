#include <doctest/doctest.h>

#include <cmath>

#include "csv_files.hpp"

namespace xgrad::data {
namespace {

using test::Doubles;
using test::Floats;
using test::Integers;
using test::table_of;
using test::Texts;
using test::values_of;

TEST_CASE("columns are of integers, numbers or text, the first that all of their fields are") {
  const CsvTable table = table_of("age,height,name\n3,1.5,Bo\n-4,2,Al\n0,-1e-3,Bo\n");
  CHECK(table.rows() == 3);
  CHECK(table.names() == Texts{"age", "height", "name"});
  CHECK(table.has("age"));
  CHECK_FALSE(table.has("Age"));
  CHECK(table.type("age") == CsvType::integer);
  CHECK(table.column("age").dtype() == int64);
  CHECK(values_of<std::int64_t>(table.column("age")) == Integers{3, -4, 0});
  CHECK(table.type("height") == CsvType::number);
  CHECK(table.column("height").dtype() == float32);
  CHECK(values_of<float>(table.column("height")) == Floats{1.5F, 2.0F, -1e-3F});
  CHECK(table.type("name") == CsvType::text);
  CHECK(table.categories("name") == Texts{"Al", "Bo"});
  CHECK(values_of<std::int64_t>(table.column("name")) == Integers{1, 0, 1});
}

TEST_CASE("numbers are rounded once to their dtype") {
  // Between two floats, and a little above the middle in the double: by way of double it would be rounded down.
  const char* text = "x\n1.00000005960464477540\n0.1\n";
  CHECK(values_of<float>(table_of(text).column("x")) == Floats{1.00000012F, 0.1F});
  const Tensor wide = table_of(text, {.number_dtype = float64}).column("x");
  CHECK(values_of<double>(wide) == Doubles{1.00000005960464477540, 0.1});
}

TEST_CASE("signs, exponents, infinities and numbers that are too small for a float are read") {
  const CsvTable table = table_of("x\n+1.5\n-.5\n2.\n1E2\ninf\n-inf\n1e-60\n-1e-400\n");
  const Floats x = values_of<float>(table.column("x"));
  CHECK(x == Floats{1.5F, -0.5F, 2.0F, 100.0F, INFINITY, -INFINITY, 0.0F, 0.0F});
  CHECK(std::signbit(x[7]));
  CHECK(table_of("x\n+7\n").type("x") == CsvType::integer);
  for (const char* text : {"+-7", "0x10", "1,5", "1e", "nan(1)", "--1", "1 2", "1_000", "+"}) {
    CAPTURE(text);
    CHECK(table_of("x\n" + std::string(text) + "\n", {.separator = ';'}).type("x") == CsvType::text);
  }
}

TEST_CASE("integers beyond int64 make a column one of numbers") {
  const CsvTable table = table_of("a,b\n9223372036854775807,9223372036854775808\n-9223372036854775808,1\n");
  CHECK(values_of<std::int64_t>(table.column("a")) == Integers{INT64_MAX, INT64_MIN});
  CHECK(values_of<float>(table.column("b")) == Floats{0x1p63F, 1.0F});
}

TEST_CASE("quoted fields hold separators, line breaks and doubled quotes (RFC 4180)") {
  const CsvTable table =
      table_of("\"a,1\",b\r\n\"x, y\",\"1\"\r\n\"say \"\"hi\"\"\",2\r\n\"two\r\nlines\",3\r\n\"\"\"\",4");
  CHECK(table.names() == Texts{"a,1", "b"});
  CHECK(table.categories("a,1") == Texts{"\"", "say \"hi\"", "two\r\nlines", "x, y"});
  CHECK(values_of<std::int64_t>(table.column("a,1")) == Integers{3, 1, 2, 0});
  CHECK(values_of<std::int64_t>(table.column("b")) == Integers{1, 2, 3, 4});
}

TEST_CASE("line ends are LF, CRLF or CR; the last may be missing; empty lines and a byte order mark are left out") {
  for (const char* text : {"a,b\n1,2\n3,4\n", "a,b\r\n1,2\r\n3,4", "a,b\r1,2\r3,4\r",
                           "\xef\xbb\xbf"
                           "a,b\n1,2\n\n\r\n3,4\n\n"}) {
    CAPTURE(text);
    const CsvTable table = table_of(text);
    CHECK(table.names() == Texts{"a", "b"});
    CHECK(values_of<std::int64_t>(table.column("a")) == Integers{1, 3});
    CHECK(values_of<std::int64_t>(table.column("b")) == Integers{2, 4});
  }
}

TEST_CASE("spaces around numbers, names and missing values do not count; those of texts do") {
  const CsvTable table = table_of("a , b,\tc\n 1 ,\t2.5, x\n3, NA ,x \n", {.fill = 0});
  CHECK(table.names() == Texts{"a", "b", "c"});
  CHECK(values_of<std::int64_t>(table.column("a")) == Integers{1, 3});
  CHECK(values_of<float>(table.column("b")) == Floats{2.5F, 0.0F});
  CHECK(table.categories("c") == Texts{" x", "x "});
}

TEST_CASE("separator, quote, comments and names are as the options say") {
  const CsvTable table =
      table_of("# of last year\n1;'a;b'\n#2;c\n3;d\n",
               {.separator = ';', .quote = '\'', .header = false, .comment = '#', .names = {"n", "t"}});
  CHECK(values_of<std::int64_t>(table.column("n")) == Integers{1, 3});
  CHECK(table.categories("t") == Texts{"a;b", "d"});

  const CsvTable plain = table_of("5'10\"\t\"x\n", {.separator = '\t', .quote = {}, .header = false});
  CHECK(plain.names() == Texts{"0", "1"});
  CHECK(plain.categories("0") == Texts{"5'10\""});
  CHECK(plain.categories("1") == Texts{"\"x"});

  CHECK(table_of("a,b\n1,2\n", {.names = {"c", "d"}}).names() == Texts{"c", "d"});
}

TEST_CASE("a file compressed by gzip reads like a plain one") {
  const test::TemporaryDirectory directory;
  test::write_file(directory / "table", test::gzip(test::bytes_of("a\n1\n2\n")));
  CHECK(values_of<std::int64_t>(read_csv(directory / "table").column("a")) == Integers{1, 2});
}

TEST_CASE("a header alone is a table without rows") {
  const CsvTable table = table_of("a,b\n");
  CHECK(table.rows() == 0);
  CHECK(table.column("b").shape() == Shape{0});
  CHECK(table.column("b").dtype() == float32);
}

TEST_CASE("types can be asked for") {
  const CsvTable table =
      table_of("zip,price\n0123,4\n99,5\n", {.types = {{"zip", CsvType::text}, {"price", CsvType::number}}});
  CHECK(table.categories("zip") == Texts{"0123", "99"});
  CHECK(values_of<float>(table.column("price")) == Floats{4, 5});
}

TEST_CASE("codes are those of the given categories") {
  const CsvOptions options{.categories = {{"size", {"small", "large", "huge"}}, {"n", {"2", "1"}}}};
  const CsvTable table = table_of("size,n\nlarge,1\nsmall,2\n", options);
  CHECK(table.categories("size") == Texts{"small", "large", "huge"});
  CHECK(values_of<std::int64_t>(table.column("size")) == Integers{1, 0});
  CHECK(values_of<std::int64_t>(table.column("n")) == Integers{1, 0});
}

TEST_CASE("a number, a text or the mean stands in for missing values") {
  const char* text = "a,b,c\n1,1.5,x\nNA,,\n4,2.5,y\n";
  const CsvTable table = table_of(text, {.fill = 7, .fills = {{"b", CsvStatistic::mean}, {"c", "?"}}});
  CHECK(values_of<std::int64_t>(table.column("a")) == Integers{1, 7, 4});
  CHECK(values_of<float>(table.column("b")) == Floats{1.5F, 2.0F, 2.5F});
  CHECK(table.categories("c") == Texts{"?", "x", "y"});
  CHECK(values_of<std::int64_t>(table.column("c")) == Integers{1, 0, 2});

  const CsvTable means = table_of(text, {.fill = CsvStatistic::mean, .fills = {{"c", "x"}}});
  CHECK(values_of<float>(means.column("a")) == Floats{1.0F, 2.5F, 4.0F});  // no longer integers
  CHECK(means.categories("c") == Texts{"x", "y"});
  CHECK(std::isnan(table_of(text, {.fill = NAN, .fills = {{"c", "x"}}}).column("b").data<float>()[1]));
}

TEST_CASE("which fields are missing can be set") {
  const CsvTable table = table_of("a,b\n-,NA\n3,\n", {.missing = {"-"}, .fill = 0});
  CHECK(values_of<std::int64_t>(table.column("a")) == Integers{0, 3});
  CHECK(table.categories("b") == Texts{"", "NA"});
}

TEST_CASE("a column of missing values only has the type of their fill") {
  CHECK(values_of<float>(table_of("a,b\n1,\n2,\n", {.fill = 3}).column("b")) == Floats{3, 3});
  CHECK(table_of("a,b\n1,\n2,\n", {.fill = "none"}).categories("b") == Texts{"none"});
}

TEST_CASE("many rows are read") {
  std::string text = "i,x,t\n";
  for (int i = 0; i < 100'000; ++i)
    text += std::to_string(i) + "," + std::to_string(i) + ".25,t" + std::to_string(i % 7) + "\n";
  const CsvTable table = table_of(text);
  REQUIRE(table.rows() == 100'000);
  bool equal = true;
  for (std::size_t i = 0; i < 100'000; ++i)
    equal = equal && table.column("i").data<std::int64_t>()[i] == static_cast<std::int64_t>(i) &&
            table.column("x").data<float>()[i] == static_cast<float>(i) + 0.25F &&
            table.column("t").data<std::int64_t>()[i] == static_cast<std::int64_t>(i % 7);
  CHECK(equal);
}

}  // namespace
}  // namespace xgrad::data
