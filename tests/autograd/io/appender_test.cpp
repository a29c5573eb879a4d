#include <doctest/doctest.h>

#include <filesystem>
#include <string>

#include <autograd/io/appender.hpp>
#include <autograd/io/file.hpp>

#include "../../data/files.hpp"
#include "../expect.hpp"

namespace xgrad::io {

using test::error_of;
using test::lacks;

namespace {

std::string contents(const std::string& path) { return read_file({"test", path}); }

}  // namespace

TEST_CASE("an appender writes records when it is told to and when it goes") {
  const test::TemporaryDirectory directory;
  const std::string path = directory / "log";
  {
    Appender file("f", path, Appender::Open::existing_too);
    file.append("one\n");
    CHECK(contents(path) == "");
    file.flush();
    CHECK(contents(path) == "one\n");
    CHECK(file.waiting() == 0);
    file.append("two\n");
    file.append("three");
    CHECK(file.waiting() == 9);
    CHECK(file.path() == path);
  }
  CHECK(contents(path) == "one\ntwo\nthree");
  Appender("f", path, Appender::Open::existing_too).append("four");
  CHECK(contents(path).ends_with("threefour"));
}

TEST_CASE("an appender names the file that cannot be opened or written") {
  const test::TemporaryDirectory directory;
  const std::string path = directory / "log", none = directory / "none/log";
  Appender("f", path, Appender::Open::must_be_new).append("x");
  CHECK(lacks(error_of([&] { Appender("f", path, Appender::Open::must_be_new); }), {"f: '", path, "opened"}) == "");
  CHECK(lacks(error_of([&] { Appender("f", none, Appender::Open::existing_too); }), {"f: '", none, "opened"}) == "");
  if (!std::filesystem::exists("/dev/full")) return;
  Appender full("f", "/dev/full", Appender::Open::existing_too);
  full.append("x");
  CHECK(lacks(error_of([&] { full.flush(); }), {"f: '/dev/full'", "cannot be written"}) == "");
  CHECK(full.waiting() == 1);
}

}  // namespace xgrad::io
