#include <examples/report.hpp>

#include <cmath>

#include <doctest/doctest.h>

using namespace xgrad::examples;

TEST_CASE("a report fails where a bound is missed, or the value is NaN") {
  const auto exit_code = [](const auto& say) {
    Report report("A report of the tests");
    report.note("nothing is expected of this", 7);
    report.at_most("within its bound", 1, 1);
    report.at_least("within its bound", 1, 1);
    say(report);
    report.seconds();
    return report.exit_code();
  };
  CHECK(exit_code([](Report&) {}) == 0);
  CHECK(exit_code([](Report& report) { report.at_most("too large", 1.1, 1); }) == 1);
  CHECK(exit_code([](Report& report) { report.at_least("too small", 0.9, 1); }) == 1);
  CHECK(exit_code([](Report& report) { report.at_most("no number", std::nan(""), 1); }) == 1);
  CHECK(exit_code([](Report& report) { report.at_least("no number", std::nan(""), 1); }) == 1);
}
