#include <apps/common/live.hpp>

#include <doctest/doctest.h>

#include <autograd/error.hpp>

TEST_CASE("a program that was built without a server says so, and what it would take") {
  CHECK_THROWS_WITH_AS(
      xgrad::apps::LiveView({.title = "t"}),
      doctest::Contains("--serve: this program was built without cpp-httplib (Debian: libcpp-httplib-dev)"),
      xgrad::Error);
}
