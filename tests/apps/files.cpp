#include <apps/common/files.hpp>

#include <doctest/doctest.h>

#include <autograd/error.hpp>

#include "scratch.hpp"

using namespace xgrad;
using namespace xgrad::apps;

TEST_CASE("a CSV's rows are on disk as soon as they are given") {
  const Scratch scratch;
  CsvWriter csv(scratch / "a.csv", {"x", "y"});
  CHECK(contents(scratch / "a.csv") == "x,y\n");
  csv.row({"1", "nan"});
  CHECK(contents(scratch / "a.csv") == "x,y\n1,nan\n");
}

TEST_CASE("a CSV replaces the file that was there") {
  const Scratch scratch;
  put_file(scratch / "a.csv", "an older run,\nwith more rows\n1,2\n");
  CsvWriter csv(scratch / "a.csv", {"x"});
  CHECK(contents(scratch / "a.csv") == "x\n");
}

TEST_CASE("a CSV's cells are quoted where they need to be") {
  const Scratch scratch;
  CsvWriter csv(scratch / "a.csv", {"N(0, 1)", "b"});
  csv.row({"say \"a\"", "plain text"});
  csv.row({"", ""});
  CHECK(contents(scratch / "a.csv") == "\"N(0, 1)\",b\n\"say \"\"a\"\"\",plain text\n,\n");
}

TEST_CASE("a CSV row of the wrong width is refused and leaves the file as it was") {
  const Scratch scratch;
  CsvWriter csv(scratch / "a.csv", {"x", "y"});
  CHECK_THROWS_WITH_AS(csv.row({"1"}), doctest::Contains("a row of 1 cells for 2 columns"), Error);
  CHECK(contents(scratch / "a.csv") == "x,y\n");
}

TEST_CASE("a full disk is an error that names the file") {
  if (!std::filesystem::exists("/dev/full")) return;
  CHECK_THROWS_WITH_AS(CsvWriter("/dev/full", {"x"}), doctest::Contains("/dev/full: cannot be written: No space left"),
                       Error);
}

TEST_CASE("a directory is made with those above it, and something in its way is named") {
  const Scratch scratch;
  make_directory(scratch / "a/b");
  make_directory(scratch / "a/b");
  CHECK(std::filesystem::is_directory(scratch / "a/b"));
  put_file(scratch / "file", "");
  CHECK_THROWS_WITH_AS(make_directory(scratch / "file"), doctest::Contains("file"), Error);
  CHECK_THROWS_WITH_AS(make_directory(scratch / "file/below"), doctest::Contains("below"), Error);
}

TEST_CASE("whether a directory can be made is known without making it") {
  const Scratch scratch;
  put_file(scratch / "file", "");
  check_directory(scratch / "");
  check_directory(scratch / "a/b/c");
  check_directory("nowhere-yet/b");
  CHECK_FALSE(std::filesystem::exists(scratch / "a"));
  for (const char* name : {"file", "file/below", "file/below/that"})
    CHECK_THROWS_WITH_AS(check_directory(scratch / name), doctest::Contains("is not one"), Error);
}
