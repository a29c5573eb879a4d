#include <doctest/doctest.h>

#include <autograd/run/plan/helping.hpp>

// Which of both ways a plan's runs take, given what each would take.
namespace xgrad::run {
namespace {

using std::chrono::microseconds;

/// How many of so many runs are helped.
int helped_of(Helping& helping, int runs, microseconds alone, microseconds together) {
  int count = 0;
  for (int i = 0; i < runs; ++i) {
    const bool helped = helping.next();
    helping.took(helped, helped ? together : alone);
    count += helped ? 1 : 0;
  }
  return count;
}

TEST_CASE("runs that help makes faster are helped, but for a few that try the other way") {
  Helping helping;
  const int helped = helped_of(helping, 1000, microseconds(600), microseconds(400));
  CHECK(helped > 950);
  CHECK(helped < 1000);
}

TEST_CASE("runs that help makes slower soon are not helped any more, until that changes") {
  Helping helping;
  CHECK(helped_of(helping, 1000, microseconds(600), microseconds(900)) < 60);
  helped_of(helping, 300, microseconds(600), microseconds(400));
  CHECK(helped_of(helping, 1000, microseconds(600), microseconds(400)) > 950);
}

TEST_CASE("long runs are always helped") {
  Helping helping;
  CHECK(helped_of(helping, 1000, microseconds(6000), microseconds(9000)) == 1000);
}

TEST_CASE("a copy has seen nothing") {
  Helping helping;
  helped_of(helping, 300, microseconds(600), microseconds(900));
  Helping copy(helping);
  CHECK(copy.next());
}

}  // namespace
}  // namespace xgrad::run
