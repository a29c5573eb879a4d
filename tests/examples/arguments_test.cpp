#include <examples/arguments.hpp>

#include <doctest/doctest.h>

#include <autograd/error.hpp>

using namespace xgrad;
using namespace xgrad::examples;

namespace {

int run(std::vector<std::string> words, const std::function<int(const Arguments&)>& example) {
  words.insert(words.begin(), "folder/program");
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  return run_example(static_cast<int>(argv.size()), argv.data(), {{"--mnist", "DIR", "digits"}}, example);
}

}  // namespace

TEST_CASE("an example sees what its command line says") {
  const auto example = [](const Arguments& arguments) {
    CHECK(arguments.brief);
    CHECK(arguments.value("--mnist") == "here");
    return 0;
  };
  CHECK(run({"--mnist", "here", "--short"}, example) == 0);
  CHECK(run({}, [](const Arguments& arguments) {
          CHECK(!arguments.brief);
          CHECK(arguments.value("--mnist").empty());
          return 1;
        }) == 1);
}

TEST_CASE("a command line that makes no sense runs nothing") {
  const auto example = [](const Arguments&) {
    FAIL("it ran");
    return 0;
  };
  CHECK(run({"--long"}, example) == 2);
  CHECK(run({"--mnist"}, example) == 2);
  CHECK(run({"--help"}, example) == 0);
}

TEST_CASE("an Error of an example is its exit code") {
  CHECK(run({}, [](const Arguments&) -> int { fail("example", "no"); }) == 1);
}
