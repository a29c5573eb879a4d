#include <doctest/doctest.h>

#include <xtensor/xadapt.hpp>
#include <xtensor/xarray.hpp>
#include <xtensor/xfixed.hpp>
#include <xtensor/xmath.hpp>
#include <xtensor/xstrided_view.hpp>
#include <xtensor/xtensor.hpp>
#include <xtensor/xview.hpp>

#include <autograd/autograd.hpp>
#include <autograd/xtensor.hpp>

#include "autograd/expect.hpp"

namespace xgrad {

using test::error_of;
using test::lacks;

namespace {

Tensor sample() { return xgrad::tensor({{1, 2, 3}, {4, 5, 6}}); }

template <class A, class B>
bool same(const A& a, const B& b) {
  return xt::has_shape(a, b.shape()) && xt::all(xt::equal(a, b));
}

const xt::xarray<float>& expected() {
  static const xt::xarray<float> array{{1, 2, 3}, {4, 5, 6}};
  return array;
}

}  // namespace

TEST_CASE("containers take on a tensor's shape and values") {
  xt::xarray<float> a;
  assign(a, sample());
  CHECK(same(a, expected()));
  const float* memory = a.data();
  assign(a, sample() * 2);
  CHECK(a.data() == memory);  // of the same shape it keeps its memory
  CHECK(a(1, 2) == 12);
  assign(a, transpose(sample()));
  CHECK(same(a, xt::transpose(expected())));
  assign(a, zeros({0, 4}));
  CHECK(a.shape()[1] == 4);
  CHECK(a.size() == 0);
  assign(a, Tensor(1.5f));
  CHECK(a.dimension() == 0);
  CHECK(a() == 1.5f);

  xt::xtensor<float, 2> b;
  assign(b, sample());
  CHECK(same(b, expected()));
  xt::xtensor_fixed<float, xt::xshape<2, 3>> c;
  assign(c, sample());
  CHECK(same(c, expected()));
  PoolArray<float> d;
  assign(d, sample());
  CHECK(same(d, expected()));
}

TEST_CASE("column-major containers get the values at their indices") {
  xt::xarray<float, xt::layout_type::column_major> a;
  assign(a, sample());
  CHECK(a(0, 2) == 3);
  CHECK(same(a, expected()));
  xt::xtensor<double, 2, xt::layout_type::column_major> b;
  assign(b, sample());
  CHECK(b(1, 0) == 4);
}

TEST_CASE("views and adaptors are written where they lie") {
  xt::xarray<float> a = xt::zeros<float>({3, 4});
  assign(xt::view(a, xt::range(0, 2), xt::range(1, 4)), sample());
  CHECK(same(a, xt::xarray<float>{{0, 1, 2, 3}, {0, 4, 5, 6}, {0, 0, 0, 0}}));
  a.fill(0);
  assign(xt::view(xt::transpose(a), xt::range(0, 4, 2), xt::all()), sample());
  CHECK(same(a, xt::xarray<float>{{1, 0, 4, 0}, {2, 0, 5, 0}, {3, 0, 6, 0}}));
  assign(xt::strided_view(a, {0, xt::ellipsis()}), full({4}, 9));
  CHECK(a(0, 3) == 9);
  assign(xt::view(a, xt::keep(2, 0), xt::range(0, 3)), sample());
  CHECK(a(2, 1) == 2);
  CHECK(a(0, 1) == 5);
  std::vector<float> memory(6);
  assign(xt::adapt(memory, std::vector<std::size_t>{2, 3}), sample());
  CHECK(memory[5] == 6);
}

TEST_CASE("shapes that an array cannot take on are refused, and leave it as it was") {
  xt::xtensor<float, 1> vector{7};
  CHECK(lacks(error_of([&] { assign(vector, sample()); }), {"assign", "(2, 3)", "1 axes"}) == "");
  CHECK(vector(0) == 7);
  xt::xtensor_fixed<float, xt::xshape<3, 2>> fixed;
  CHECK(lacks(error_of([&] { assign(fixed, sample()); }), {"assign", "(2, 3)", "(3, 2)"}) == "");
  xt::xarray<float> a = xt::ones<float>({2, 2});
  CHECK(lacks(error_of([&] { assign(xt::view(a, 0), sample()); }), {"assign", "(2, 3)", "(2,)"}) == "");
  CHECK(lacks(error_of([&] { assign(xt::view(a, xt::all()), ones({2})); }), {"(2,)", "(2, 2)"}) == "");
  std::vector<float> memory(4);
  auto adapted = xt::adapt(memory, std::vector<std::size_t>{2, 2});
  CHECK(lacks(error_of([&] { assign(adapted, sample()); }), {"(2, 3)", "(2, 2)"}) == "");
  CHECK(same(a, xt::ones<float>({2, 2})));
  CHECK(lacks(error_of([&] { assign(a, Tensor()); }), {"assign", "undefined"}) == "");
}

TEST_CASE("elements that keep every value are converted, others refused") {
  CHECK(to_xarray<double>(sample())(1, 2) == 6.0);
  CHECK(to_xarray<long double>(sample())(1, 2) == 6.0L);
  CHECK(to_xarray<int>(test::i64({-5, 7}))(0) == -5);
  CHECK(to_xarray<std::uint8_t>(test::i64({255}))(0) == 255);
  CHECK(to_xarray<std::uint64_t>(test::i64({9}))(0) == 9);
  CHECK(to_xarray<float>(tensor({1, 0}, boolean))(0) == 1);
  CHECK(to_xarray<int>(tensor({1, 0}, boolean))(0) == 1);
  CHECK(to_xarray<bool>(tensor({1, 0}, boolean))(1) == false);
  CHECK(to_xtensor<float, 2>(sample())(1, 2) == 6);

  CHECK(lacks(error_of([&] { to_xarray<float>(test::f64({0.1})); }), {"assign", "float64", "float32", "to()"}) == "");
  CHECK(lacks(error_of([&] { to_xarray<int>(sample()); }), {"float32", "int32", "to()"}) == "");
  CHECK(lacks(error_of([&] { to_xarray<double>(test::i64({1})); }), {"int64", "float64", "to()"}) == "");
  CHECK(lacks(error_of([&] { to_xarray<bool>(test::i64({1})); }), {"int64", "bool", "to()"}) == "");
  CHECK(lacks(error_of([&] { to_xarray<std::uint8_t>(test::i64({1, 256})); }), {"256", "uint8"}) == "");
  CHECK(lacks(error_of([&] { to_xarray<std::int8_t>(test::i64({-129})); }), {"-129", "int8"}) == "");
  CHECK(lacks(error_of([&] { to_xarray<std::uint64_t>(test::i64({-1})); }), {"-1", "uint64"}) == "");
  CHECK(lacks(error_of([&] { to_xtensor<float, 1>(sample()); }), {"(2, 3)", "1 axes"}) == "");
}

TEST_CASE("arrays go through tensors and come back") {
  xt::xarray<double> a = xt::arange<double>(24).reshape({2, 3, 4});
  CHECK(same(to_xarray<double>(tensor(a)), a));
  CHECK(same(to_xarray<double>(tensor(xt::transpose(a))), xt::transpose(a)));
  const xt::xarray<std::int16_t> b{{-3, 4}};
  CHECK(same(to_xarray<std::int16_t>(tensor(b)), b));
}

}  // namespace xgrad
