#include <doctest/doctest.h>

#include <autograd/ops.hpp>
#include <nn/flatten.hpp>

#include "../autograd/expect.hpp"

namespace xgrad::nn {

using test::difference;
using test::error_of;
using test::lacks;

TEST_CASE("flatten joins the axes from start_axis on, in row-major order") {
  const Tensor x = reshape(arange(24), {2, 3, 2, 2});
  CHECK(difference(Flatten()(x), reshape(arange(24), {2, 12})) == "");
  CHECK(Flatten(0)(x).shape() == Shape{24});
  CHECK(Flatten(2)(x).shape() == Shape{2, 3, 4});
  CHECK(Flatten(-2)(x).shape() == Shape{2, 3, 4});
  CHECK(Flatten(0, 1)(x).shape() == Shape{6, 2, 2});
  CHECK(Flatten(1, -2)(x).shape() == Shape{2, 6, 2});
  CHECK(Flatten()(zeros({0, 3, 2})).shape() == Shape{0, 6});
  CHECK(Flatten()(ones({4, 5})).shape() == Shape{4, 5});
}

TEST_CASE("flatten refuses inputs without that axis") {
  CHECK(lacks(error_of([] { Flatten()(ones({3})); }), {"Flatten", "(3,)", "no axis 1"}) == "");
  CHECK(lacks(error_of([] { Flatten(0, 2)(ones({3, 4})); }), {"Flatten", "(3, 4)", "no axis 2"}) == "");
  CHECK(lacks(error_of([] { Flatten(1, 0)(ones({3, 4})); }), {"start_axis 1", "(3, 4)", "end_axis 0"}) == "");
}

}  // namespace xgrad::nn
