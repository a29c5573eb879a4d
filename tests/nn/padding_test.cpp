#include <doctest/doctest.h>

#include <nn/padding.hpp>

#include "../autograd/expect.hpp"

namespace xgrad::nn {

using test::difference;
using test::f64;

TEST_CASE("padding layers add what their class says, the last axis first") {
  const Tensor row = f64({{1, 2, 3}}), image = f64({{{1, 2}, {3, 4}}});
  CHECK(difference(ConstantPad1d({1, 2}, 7)(row), f64({{7, 1, 2, 3, 7, 7}})) == "");
  CHECK(difference(ZeroPad1d(1)(row), f64({{0, 1, 2, 3, 0}})) == "");
  CHECK(difference(ReflectionPad1d({2, 1})(row), f64({{3, 2, 1, 2, 3, 2}})) == "");
  CHECK(difference(ReplicationPad1d({2, 1})(row), f64({{1, 1, 1, 2, 3, 3}})) == "");
  CHECK(difference(CircularPad1d({2, 1})(row), f64({{2, 3, 1, 2, 3, 1}})) == "");
  // (left, right, top, bottom)
  CHECK(difference(ZeroPad2d({1, 0, 0, 1})(image), f64({{{0, 1, 2}, {0, 3, 4}, {0, 0, 0}}})) == "");
  CHECK(difference(ReplicationPad2d({0, 1, 1, 0})(image), f64({{{1, 2, 2}, {1, 2, 2}, {3, 4, 4}}})) == "");
  CHECK(difference(ReflectionPad2d({1, 0, 1, 0})(image), f64({{{4, 3, 4}, {2, 1, 2}, {4, 3, 4}}})) == "");
  CHECK(difference(CircularPad2d({0, 1, 1, 0})(image), f64({{{3, 4, 3}, {1, 2, 1}, {3, 4, 3}}})) == "");
  CHECK(difference(ConstantPad2d({0, -1, 0, 0}, 0)(image), f64({{{1}, {3}}})) == "");
  // (left, right, top, bottom, front, back)
  const Tensor volume = image.reshape({1, 1, 1, 2, 2});
  CHECK(difference(ConstantPad3d({0, 0, 0, 0, 1, 0}, 5)(volume), f64({{{{{5, 5}, {5, 5}}, {{1, 2}, {3, 4}}}}})) == "");
  CHECK(difference(ReplicationPad3d({0, 0, 0, 0, 0, 1})(volume), f64({{{{{1, 2}, {3, 4}}, {{1, 2}, {3, 4}}}}})) == "");
  CHECK(ZeroPad3d(1)(volume).shape() == Shape{1, 1, 3, 4, 4});
  CHECK(CircularPad3d({1, 0, 0, 0, 0, 0})(volume).shape() == Shape{1, 1, 1, 2, 3});
  CHECK(ReflectionPad3d({1, 0, 0, 0, 0, 0})(volume).shape() == Shape{1, 1, 1, 2, 3});
}

TEST_CASE("padding layers print as PyTorch's") {
  CHECK(to_string(ZeroPad2d(1)) == "ZeroPad2d((1, 1, 1, 1))");
  CHECK(to_string(ConstantPad1d({1, 2}, 3.5)) == "ConstantPad1d(padding=(1, 2), value=3.5)");
  CHECK(to_string(ConstantPad3d(1, 2)) == "ConstantPad3d(padding=(1, 1, 1, 1, 1, 1), value=2)");
  CHECK(to_string(ReflectionPad2d({1, 2, 3, 4})) == "ReflectionPad2d((1, 2, 3, 4))");
}

}  // namespace xgrad::nn
