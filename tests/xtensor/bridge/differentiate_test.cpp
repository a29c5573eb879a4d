#include <doctest/doctest.h>

#include <xtensor/xarray.hpp>
#include <xtensor/xfixed.hpp>
#include <xtensor/xmath.hpp>
#include <xtensor/xtensor.hpp>
#include <xtensor/xview.hpp>

#include <autograd/autograd.hpp>
#include <autograd/xtensor.hpp>

#include "autograd/expect.hpp"

namespace xgrad {

using test::error_of;
using test::lacks;

namespace {

template <class A, class B>
bool close(const A& a, const B& b) {
  return xt::has_shape(a, b.shape()) && xt::allclose(a, b, 1e-12, 1e-12);
}

}  // namespace

TEST_CASE("a function of an array is differentiated in one line") {
  const xt::xarray<double> x{{1, 2, 3}, {4, 5, 6}};
  const auto [value, gradient] = value_and_gradient([](const Tensor& t) { return sum(t * t + exp(t)); }, x);
  static_assert(std::is_same_v<decltype(value), const double>);
  static_assert(std::is_same_v<decltype(gradient), const xt::xarray<double>>);
  CHECK(value == doctest::Approx(xt::sum(x * x + xt::exp(x))()).epsilon(1e-14));
  CHECK(close(gradient, xt::xarray<double>(2 * x + xt::exp(x))));
}

TEST_CASE("the same generic function works on arrays and on tensors") {
  const auto f = [](const auto& x) { return sum(x * x + exp(x)); };
  const xt::xarray<double> x{0.5, -1, 2};
  const auto [value, slope] = value_and_gradient(f, x);
  CHECK(value == doctest::Approx(double(f(x)())).epsilon(1e-14));
  CHECK(close(slope, xt::xarray<double>(2 * x + xt::exp(x))));
  CHECK(close(gradient(f, x), slope));
  CHECK(close(hessian(f, x),
              xt::xarray<double>{{2 + std::exp(0.5), 0, 0}, {0, 2 + std::exp(-1.0), 0}, {0, 0, 2 + std::exp(2.0)}}));
  CHECK(gradient(f, tensor(x)).shape() == Shape{3});
  CHECK(value_and_gradient(f, tensor(x)).second.shape() == Shape{3});
}

TEST_CASE("gradients are containers of their arrays' kind") {
  const auto f = [](const Tensor& x) { return sum(x * x * x); };
  const xt::xtensor<float, 2> ranked{{1, 2}, {3, 4}};
  const auto of_ranked = gradient(f, ranked);
  static_assert(std::is_same_v<decltype(of_ranked), const xt::xtensor<float, 2>>);
  CHECK(of_ranked(1, 1) == 48);
  const xt::xtensor_fixed<double, xt::xshape<2>> fixed{1, 2};
  const auto of_fixed = gradient(f, fixed);
  static_assert(std::is_same_v<decltype(of_fixed), const xt::xtensor_fixed<double, xt::xshape<2>>>);
  CHECK(of_fixed(1) == 12);
  const xt::xarray<double, xt::layout_type::column_major> columns{{1, 2, 3}, {4, 5, 6}};
  const auto of_columns = gradient(f, columns);
  static_assert(std::is_same_v<decltype(of_columns), const xt::xarray<double, xt::layout_type::column_major>>);
  CHECK(of_columns(0, 2) == 27);
  CHECK(of_columns(1, 0) == 48);
  const auto of_view = gradient(f, xt::view(columns, xt::all(), xt::range(1, 3)));
  CHECK(of_view(1, 0) == 75);
  CHECK(gradient(f, ranked + 1.f)(0, 0) == 12);
}

TEST_CASE("several arrays give a tuple of gradients, zeros where the function uses an array not") {
  const xt::xarray<double> w{{1, 2}, {3, 4}}, unused{1};
  const xt::xtensor<double, 1> b{10, 20};
  const auto [value, gradients] = value_and_gradient(
      [](const Tensor& m, const Tensor& v, const Tensor&) { return sum(square(m + v)); }, w, b, unused);
  CHECK(value == 11 * 11 + 22 * 22 + 13 * 13 + 24 * 24);
  const auto& [of_w, of_b, of_unused] = gradients;
  CHECK(close(of_w, xt::xarray<double>{{22, 44}, {26, 48}}));
  CHECK(close(of_b, xt::xtensor<double, 1>{48, 92}));
  CHECK(close(of_unused, xt::xarray<double>{0}));
}

TEST_CASE("float and double meet in double") {
  const xt::xarray<float> a{1, 2};
  const xt::xarray<double> b{3, 4};
  const auto [value, gradients] = value_and_gradient([](const Tensor& x, const Tensor& y) { return sum(x * y); }, a, b);
  static_assert(std::is_same_v<decltype(value), const double>);
  CHECK(std::get<0>(gradients)(0) == 3.f);
  CHECK(std::get<1>(gradients)(1) == 2.0);
  static_assert(std::is_same_v<decltype(value_and_gradient([](const Tensor& x) { return sum(x); }, a).value), float>);
}

TEST_CASE("arrays that a function captures are constants of its") {
  const xt::xarray<double> x{{1, 2}, {3, 4}}, y{5, 6}, w{0.5, -1};
  const auto f = [&](const Tensor& t) {
    return sum(square(y - sum(x * t, 1)) + (t < xt::xarray<double>{0, 0}) * 0.0 + y / 2.0 * t);
  };
  const xt::xarray<double> residual = y - xt::sum(x * w, {1});
  const xt::xarray<double> expected = xt::xarray<double>(-2 * xt::sum(xt::transpose(x) * residual, {1}) + y / 2);
  CHECK(close(gradient(f, w), expected));
}

TEST_CASE("an operator of a tensor and an expression gives a tensor, in either order") {
  const xt::xarray<double> a{1, 2};
  const Tensor t = test::f64({3, 5});
  const auto is = [](const Tensor& result, const NestedList& expected) {
    return test::difference(result, expected) == "";
  };
  CHECK(is(a + t, {4, 7}));
  CHECK(is(t + a, {4, 7}));
  CHECK(is(a - t, {-2, -3}));
  CHECK(is(t - a * 2, {1, 1}));
  CHECK(is(a * t, {3, 10}));
  CHECK(is(t * xt::view(a, xt::range(0, 1)), {3, 5}));
  CHECK(is(t / a, {3, 2.5}));
  CHECK(is(a / t, {1. / 3, 0.4}));
  CHECK(is(a < t, {1, 1}));
  CHECK(is(a <= t, {1, 1}));
  CHECK(is(t > a, {1, 1}));
  CHECK(is(t >= a, {1, 1}));
}

TEST_CASE("jacobians and hessians are arrays") {
  const xt::xarray<double> x{1, 2};
  const auto f = [](const Tensor& t) { return stack({t[0] * t[1], t[0] + t[1], square(t[0])}); };
  CHECK(close(jacobian(f, x), xt::xarray<double>{{2, 1}, {1, 1}, {2, 0}}));
  const auto g = [](const Tensor& t) { return t[0] * t[0] * t[1]; };
  CHECK(close(hessian(g, x), xt::xarray<double>{{4, 2}, {2, 0}}));
  CHECK(close(hessian(g, xt::xtensor<float, 1>{1, 2}), xt::xarray<float>{{4, 2}, {2, 0}}));
}

TEST_CASE("functions of several elements are refused, in the function's name") {
  const xt::xarray<double> x{1, 2};
  CHECK(lacks(error_of([&] { value_and_gradient([](const Tensor& t) { return t * 2; }, x); }),
              {"value_and_gradient", "(2,)", "one element"}) == "");
  CHECK(lacks(error_of([&] { hessian([](const Tensor& t) { return t * 2; }, x); }), {"hessian", "(2,)"}) == "");
  CHECK(error_of([&] { value_and_gradient([](const Tensor&) { return Tensor(); }, x); }) != "no Error");
}

TEST_CASE("a loop of gradients descends") {
  xt::xarray<double> x{3, -4};
  for (int i = 0; i < 200; ++i) {
    const auto [value, slope] = value_and_gradient([](const Tensor& t) { return sum(square(t - 1)); }, x);
    x -= 0.1 * slope;
  }
  CHECK(xt::allclose(x, 1, 1e-9, 1e-9));
}

}  // namespace xgrad
