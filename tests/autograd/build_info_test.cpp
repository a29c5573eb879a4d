#include <autograd/run/build_info.hpp>

#include <doctest/doctest.h>

#include <algorithm>

using namespace xgrad;

TEST_CASE("the library tells its version, and what it was built for") {
  const std::string text = version();
  CHECK(std::ranges::count(text, '.') == 2);
  CHECK(text.find_first_not_of("0123456789.") == std::string::npos);
  const BuildInfo info = build_info();
  CHECK(info.version == text);
  CHECK_FALSE(info.compiler.empty());
  CHECK(info.cores >= 1);
  // What is used of a processor builds on what comes before it.
  const auto has = [&](const char* name) { return std::ranges::count(info.instruction_sets, name) == 1; };
  if (has("AVX-512 BF16")) CHECK(has("AVX-512"));
  if (info.architecture != "x86_64") CHECK(info.instruction_sets.empty());
  if (info.compiles_loops) CHECK(info.architecture == "x86_64");
}
