#include <doctest/doctest.h>

#include <xtensor/xarray.hpp>
#include <xtensor/xbuilder.hpp>
#include <xtensor/xmath.hpp>
#include <xtensor/xtensor.hpp>
#include <xtensor/xview.hpp>

#include <autograd/autograd.hpp>
#include <autograd/xtensor.hpp>

#include "expect.hpp"

namespace xgrad {

using test::difference;
using test::error_of;
using test::lacks;

TEST_CASE("xtensor's containers of every element type become tensors") {
  CHECK(difference(tensor(xt::xarray<float>{{1, 2}, {3, 4}}), xgrad::tensor({{1, 2}, {3, 4}})) == "");
  CHECK(difference(tensor(xt::xtensor<double, 1>{0.1, 0.2}), xgrad::tensor({0.1, 0.2}, float64)) == "");
  CHECK(difference(tensor(xt::xarray<std::int64_t>{1, -2}), test::i64({1, -2})) == "");
  CHECK(difference(tensor(xt::xarray<bool>{true, false}), xgrad::tensor({1, 0}, boolean)) == "");
  CHECK(difference(tensor(xt::xarray<int>{1, -2}), test::i64({1, -2})) == "");
  CHECK(difference(tensor(xt::xarray<unsigned char>{255}), test::i64({255})) == "");
}

TEST_CASE("lazy expressions are evaluated on the way") {
  const xt::xarray<double> a = {{1, 2, 3}, {4, 5, 6}};
  CHECK(difference(tensor(a * a + 1), test::f64({{2, 5, 10}, {17, 26, 37}})) == "");
  CHECK(difference(tensor(xt::transpose(a)), test::f64({{1, 4}, {2, 5}, {3, 6}})) == "");
  CHECK(difference(tensor(xt::view(a, xt::all(), xt::range(1, 3))), test::f64({{2, 3}, {5, 6}})) == "");
  CHECK(difference(tensor(xt::sum(a, {0})), test::f64({5, 7, 9})) == "");
  CHECK(difference(tensor(xt::arange<float>(3)), xgrad::tensor({0, 1, 2})) == "");
  CHECK(tensor(a > 2).dtype() == boolean);
}

TEST_CASE("column-major containers keep their indices") {
  xt::xarray<float, xt::layout_type::column_major> a = {{1, 2, 3}, {4, 5, 6}};
  CHECK(difference(tensor(a), xgrad::tensor({{1, 2, 3}, {4, 5, 6}})) == "");
}

TEST_CASE("scalars and empty containers keep their shape") {
  CHECK(tensor(xt::xarray<float>(2.5f)).shape() == Shape{});
  CHECK(tensor(xt::xarray<float>(2.5f)).item() == 2.5);
  CHECK(tensor(xt::xarray<float>::from_shape({0, 3})).shape() == Shape{0, 3});
}

TEST_CASE("an xtensor view of a tensor shows its memory, without a copy") {
  const Tensor x = xgrad::tensor({{1, 2, 3}, {4, 5, 6}});
  const auto view = as_xtensor<float>(x);
  CHECK(view.dimension() == 2);
  CHECK(view.shape()[1] == 3);
  CHECK(view(1, 2) == 6);
  CHECK(view.data() == x.data<float>().data());
  const xt::xarray<float> doubled = view * 2;
  CHECK(doubled(0, 1) == 4);
}

TEST_CASE("an xtensor view runs what its tensor waits for, in row-major order") {
  const Tensor y = transpose(xgrad::tensor({{1, 2, 3}, {4, 5, 6}}, float64) * 2);
  const auto view = as_xtensor<double>(y);
  CHECK(view(2, 0) == 6);
  CHECK(view(0, 1) == 8);
}

TEST_CASE("an xtensor view of another element type is refused") {
  const Tensor x = ones({2});
  CHECK(lacks(error_of([&] { (void)as_xtensor<double>(x); }), {"float32", "float64"}) == "");
}

TEST_CASE("gradients go from xtensor to xtensor") {
  const Tensor x = tensor(xt::xarray<double>{1, 2, 3});
  const Tape tape;
  const Tensor slope = tape.gradient(sum(x * x), x);
  CHECK(xt::all(xt::equal(as_xtensor<double>(slope), xt::xarray<double>{2, 4, 6})));
}

}  // namespace xgrad
