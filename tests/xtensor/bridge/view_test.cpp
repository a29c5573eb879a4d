#include <doctest/doctest.h>

#include <type_traits>
#include <xtensor/xarray.hpp>
#include <xtensor/xmath.hpp>
#include <xtensor/xtensor.hpp>
#include <xtensor/xview.hpp>

#include <autograd/autograd.hpp>
#include <autograd/xtensor.hpp>

#include "autograd/expect.hpp"

namespace xgrad {

using test::error_of;
using test::lacks;

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

TEST_CASE("a view with a number of axes that the compiler knows") {
  const Tensor x = xgrad::tensor({{1, 2, 3}, {4, 5, 6}}, float64);
  const auto view = as_xtensor<double, 2>(x);
  static_assert(std::tuple_size_v<std::remove_cvref_t<decltype(view.shape())>> == 2);
  CHECK(view(1, 0) == 4);
  CHECK(view.data() == x.data<double>().data());
  CHECK(lacks(error_of([&] { (void)as_xtensor<double, 1>(x); }), {"as_xtensor", "(2, 3)", "1 axes"}) == "");
}

TEST_CASE("a view is read-only") {
  const Tensor x = ones({2, 2});
  auto view = as_xtensor<float>(x);
  auto strided = as_strided_xtensor<float>(x);
  static_assert(std::is_const_v<std::remove_reference_t<decltype(view(0, 0))>>);
  static_assert(std::is_const_v<std::remove_reference_t<decltype(strided(0, 0))>>);
  static_assert(std::is_same_v<decltype(view.data()), const float*>);
}

TEST_CASE("an xtensor view runs what its tensor waits for, in row-major order") {
  const Tensor y = transpose(xgrad::tensor({{1, 2, 3}, {4, 5, 6}}, float64) * 2);
  const auto view = as_xtensor<double>(y);
  CHECK(view(2, 0) == 6);
  CHECK(view(0, 1) == 8);
}

TEST_CASE("a view keeps the values alive, also of a tensor that ends with the expression") {
  const auto view = as_xtensor<float>(full({1000}, 3) + 1);
  const auto strided = as_strided_xtensor<float>(transpose(full({20, 50}, 5) + 1));
  for (int i = 0; i < 100; ++i) eval(full({1000}, -1) * 2);  // takes freed memory, if any was
  CHECK(xt::all(xt::equal(view, 4)));
  CHECK(xt::all(xt::equal(strided, 6)));
}

TEST_CASE("a tensor with a view is not written over by an update in place") {
  Tensor x = full({1000}, 3);
  eval(x);
  const auto view = as_xtensor<float>(x);
  std::vector<Tensor> donated{x};
  x = x * 2;
  eval(std::span(&x, 1), donated);
  CHECK(xt::all(xt::equal(view, 3)));
  CHECK(x.data<float>()[0] == 6);
}

TEST_CASE("transposes, slices and broadcasts of values are seen without a copy") {
  const Tensor x = xgrad::tensor({{1, 2, 3}, {4, 5, 6}});
  const float* memory = x.data<float>().data();
  const Tensor transposed = transpose(x), sliced = slice(x, 1, 0, 3, 2), flipped = x[{Slice{}, Slice{.step = -1}}],
               repeated = broadcast_to(x, {2, 2, 3}), chain = transpose(slice(x, 0, 1, 2));
  const auto a = as_strided_xtensor<float>(transposed);
  CHECK(a.data() == memory);
  CHECK(xt::all(xt::equal(a, xt::xarray<float>{{1, 4}, {2, 5}, {3, 6}})));
  const auto b = as_strided_xtensor<float>(sliced);
  CHECK(b.data() == memory);
  CHECK(xt::all(xt::equal(b, xt::xarray<float>{{1, 3}, {4, 6}})));
  const auto c = as_strided_xtensor<float>(flipped);
  CHECK(xt::all(xt::equal(c, xt::xarray<float>{{3, 2, 1}, {6, 5, 4}})));
  const auto d = as_strided_xtensor<float>(repeated);
  CHECK(d.data() == memory);
  CHECK(xt::all(xt::equal(d, xt::xarray<float>{{{1, 2, 3}, {4, 5, 6}}, {{1, 2, 3}, {4, 5, 6}}})));
  const auto e = as_strided_xtensor<float>(chain);
  CHECK(e.data() == memory + 3);
  CHECK(xt::all(xt::equal(e, xt::xtensor<float, 2>({{4}, {5}, {6}}))));
  const xt::xarray<float> sums = xt::sum(a, {0});
  CHECK(xt::all(xt::equal(sums, xt::xarray<float>{6, 15})));
}

TEST_CASE("what strides cannot express, and what is computed, is run and seen contiguous") {
  const Tensor x = xgrad::tensor({{1, 2, 3}, {4, 5, 6}});
  const Tensor reshaped = reshape(transpose(x), {6}), computed = transpose(x * 2);
  CHECK(xt::all(xt::equal(as_strided_xtensor<float>(reshaped), xt::xarray<float>{1, 4, 2, 5, 3, 6})));
  CHECK(xt::all(xt::equal(as_strided_xtensor<float>(computed), xt::xarray<float>{{2, 8}, {4, 10}, {6, 12}})));
  CHECK(as_strided_xtensor<float>(Tensor(2.5))() == 2.5);
  CHECK(as_strided_xtensor<float>(broadcast_to(Tensor(2.5), {2}))(1) == 2.5);
  CHECK(as_strided_xtensor<float>(transpose(zeros({0, 3}))).shape()[0] == 3);
}

TEST_CASE("views of another element type, and of no tensor, are refused") {
  const Tensor x = ones({2});
  CHECK(lacks(error_of([&] { (void)as_xtensor<double>(x); }), {"as_xtensor", "float32", "float64"}) == "");
  CHECK(lacks(error_of([&] { (void)as_strided_xtensor<bool>(x); }), {"as_strided_xtensor", "float32", "bool"}) == "");
  CHECK(lacks(error_of([&] { (void)as_xtensor<float>(Tensor()); }), {"as_xtensor", "undefined"}) == "");
  CHECK(lacks(error_of([&] { (void)as_xtensor<float, 1>(Tensor()); }), {"as_xtensor", "undefined"}) == "");
}

}  // namespace xgrad
