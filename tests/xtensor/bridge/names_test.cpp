#include <doctest/doctest.h>

#include <xtensor-blas/xlinalg.hpp>
#include <xtensor/xarray.hpp>
#include <xtensor/xmath.hpp>
#include <xtensor/xtensor.hpp>
#include <xtensor/xview.hpp>

#include <autograd/autograd.hpp>
#include <autograd/xtensor/linalg_names.hpp>

#include "autograd/expect.hpp"

namespace xgrad {

using test::error_of;
using test::lacks;
namespace xn = xt_names;

namespace {

/// "" where a generic function gives a tensor what it gives an array, else the first difference.
template <class F, class... E>
std::string differs(const F& f, const E&... arrays) {
  const xt::xarray<double> expected = f(arrays...);
  const Tensor actual = f(tensor(arrays)...);
  return test::difference(actual.to(float64), tensor(expected), {.rtol = 1e-12, .atol = 1e-12});
}

const xt::xarray<double> a{{0.1, 0.2, 0.3}, {0.4, -0.5, 0.6}}, square_matrix{{4, 1, 0}, {1, 3, 0.5}, {0, 0.5, 2}},
    vector{1, -2, 0.5};

}  // namespace

TEST_CASE("elementwise functions give tensors what they give arrays") {
  CHECK(differs([](const auto& x) { return xn::exp(x) + xn::exp2(x) + xn::expm1(x); }, a) == "");
  CHECK(differs([](const auto& x) { return xn::log(x + 1.) + xn::log2(x + 1.) + xn::log10(x + 1.) + xn::log1p(x); },
                a) == "");
  CHECK(differs([](const auto& x) { return xn::sqrt(x + 1.) + xn::cbrt(x) + xn::abs(x) + xn::fabs(x) + xn::sign(x); },
                a) == "");
  CHECK(
      differs(
          [](const auto& x) { return xn::sin(x) + xn::cos(x) + xn::tan(x) + xn::asin(x) + xn::acos(x) + xn::atan(x); },
          a) == "");
  CHECK(differs(
            [](const auto& x) {
              return xn::sinh(x) + xn::cosh(x) + xn::tanh(x) + xn::asinh(x) + xn::acosh(x + 2.) + xn::atanh(x);
            },
            a) == "");
  CHECK(differs([](const auto& x) { return xn::erf(x) + xn::erfc(x) + xn::lgamma(x + 3.); }, a) == "");
  CHECK(differs(
            [](const auto& x) {
              return xn::ceil(x * 7.) + xn::floor(x * 7.) + xn::trunc(x * 7.) + xn::nearbyint(x * 5.);
            },
            a) == "");
  CHECK(differs(
            [](const auto& x) {
              return xn::square(x) + xn::cube(x) + xn::deg2rad(x) + xn::rad2deg(x) + xn::clip(x, -0.2, 0.3);
            },
            a) == "");
  CHECK(differs(
            [](const auto& x, const auto& y) { return xn::pow(x + 1., y) + xn::maximum(x, y) + xn::minimum(x, 0.25); },
            a, vector) == "");
  CHECK(differs([](const auto& x,
                   const auto& y) { return xn::atan2(x, y) + xn::hypot(x, y) + xn::fmod(x, y) + xn::fma(x, y, 2.); },
                a, vector) == "");
  CHECK(differs([](const auto& x, const auto& y) { return xn::where(x > 0.25, x, y); }, a, vector) == "");
  CHECK(differs([](const auto& x) { return xn::isnan(x * xn::isinf(x / 0.)); }, a) == "");
  CHECK(differs([](const auto& x) { return xn::isfinite(x / (x - 0.2)); }, a) == "");
  CHECK(differs([](const auto& x) { return xn::equal(x, 0.2); }, a) == "");
  CHECK(differs([](const auto& x) { return xn::not_equal(x, 0.2); }, a) == "");
  CHECK(differs([](const auto& x) { return xn::isclose(x, 0.2); }, a) == "");
}

TEST_CASE("reductions give tensors what they give arrays, over all axes and some, with extents of 1 or without") {
  CHECK(differs([](const auto& x) { return xn::sum(x); }, a) == "");
  CHECK(differs([](const auto& x) { return xn::sum(x, 1); }, a) == "");
  CHECK(differs([](const auto& x) { return xn::sum(x, {0, 1}); }, a) == "");
  CHECK(differs([](const auto& x) { return xn::sum(x, std::vector<std::size_t>{1}); }, a) == "");
  CHECK(differs([](const auto& x) { return xn::sum(x, {1}, xn::keep_dims); }, a) == "");
  CHECK(differs([](const auto& x) { return x / xn::sum(x, {1}, xn::keep_dims); }, a) == "");
  CHECK(differs([](const auto& x) { return x - xn::mean(x, xn::keep_dims); }, a) == "");
  CHECK(differs([](const auto& x) { return xn::sum(x, {0}, xt::evaluation_strategy::immediate); }, a) == "");
  CHECK(differs([](const auto& x) { return xn::prod(x, {0}); }, a) == "");
  CHECK(differs([](const auto& x) { return xn::mean(x, {0}); }, a) == "");
  CHECK(differs([](const auto& x) { return xn::amax(x, {0}); }, a) == "");
  CHECK(differs([](const auto& x) { return xn::amin(x, {1}); }, a) == "");
  CHECK(differs([](const auto& x) { return xn::variance(x, {0}); }, a) == "");
  CHECK(differs([](const auto& x) { return xn::stddev(x, {1}); }, a) == "");
  CHECK(differs([](const auto& x) { return xn::variance(x) + xn::stddev(x); }, a) == "");
  CHECK(differs([](const auto& x) { return xn::variance(x, xn::keep_dims); }, a) == "");
  CHECK(differs([](const auto& x) { return x / xn::stddev(x, 1, xn::keep_dims); }, a) == "");
  CHECK(differs([](const auto& x) { return xn::norm_l1(x, {1}) + xn::norm_sq(x, {1}); }, a) == "");
  CHECK(differs([](const auto& x) { return xn::norm_l2(x, {0}) + xn::norm_linf(x, {0}); }, a) == "");
}

TEST_CASE("functions along an axis give tensors what they give arrays") {
  CHECK(differs([](const auto& x) { return xn::cumsum(x, 1); }, a) == "");
  CHECK(differs([](const auto& x) { return xn::cumsum(x); }, a) == "");
  CHECK(differs([](const auto& x) { return xn::cumprod(x, 0); }, a) == "");
  CHECK(differs([](const auto& x) { return xn::sort(x, 0); }, a) == "");
  CHECK(differs([](const auto& x) { return xn::sort(x); }, a) == "");
  CHECK(differs([](const auto& x) { return xn::argsort(x, 1); }, a) == "");
  CHECK(differs([](const auto& x) { return xn::argmax(x, 1); }, a) == "");
  CHECK(differs([](const auto& x) { return xn::argmin(x); }, a) == "");
}

TEST_CASE("views take xtensor's slices") {
  using namespace xt::placeholders;
  CHECK(differs([](const auto& x) { return xn::view(x, 1); }, a) == "");
  CHECK(differs([](const auto& x) { return xn::view(x, -1, xn::all()); }, a) == "");
  CHECK(differs([](const auto& x) { return xn::view(x, xn::all(), xn::range(1, 3)); }, a) == "");
  CHECK(differs([](const auto& x) { return xn::view(x, xn::all(), xn::range(_, _, -1)); }, a) == "");
  CHECK(differs([](const auto& x) { return xn::view(x, xn::all(), xn::range(2, 0, -1)); }, a) == "");
  CHECK(differs([](const auto& x) { return xn::view(x, xn::all(), xn::range(_, 3, 2)); }, a) == "");
  CHECK(differs([](const auto& x) { return xn::view(x, xn::all(), xn::range(-2, _)); }, a) == "");
  CHECK(differs([](const auto& x) { return xn::view(x, xn::range(1, 1)); }, a) == "");
  CHECK(differs([](const auto& x) { return xn::view(x, xn::newaxis(), 0, xn::newaxis(), xn::all()); }, a) == "");
  CHECK(differs([](const auto& x) { return xn::view(x, xn::keep(1, 0, 1), xn::all()); }, a) == "");
  CHECK(differs([](const auto& x) { return xn::view(x, xn::all(), xn::drop(1)); }, a) == "");
  CHECK(test::difference(xn::view(tensor(a), xn::ellipsis(), xn::newaxis()), tensor(a).reshape({2, 3, 1})) == "");
}

TEST_CASE("manipulations give tensors what they give arrays") {
  CHECK(differs([](const auto& x) { return xn::transpose(x); }, a) == "");
  CHECK(differs([](const auto& x) { return xn::transpose(x, {1, 0}); }, a) == "");
  CHECK(differs([](const auto& x) { return xn::reshape_view(x, std::vector<std::size_t>{3, 2}); }, a) == "");
  CHECK(differs([](const auto& x) { return xn::broadcast(x, std::vector<std::size_t>{2, 2, 3}); }, a) == "");
  CHECK(differs([](const auto& x) { return xn::broadcast(x, {2, 2, 3}); }, a) == "");
  CHECK(differs([](const auto& x) { return xn::ravel(x); }, a) == "");
  CHECK(differs([](const auto& x) { return xn::flatten(x); }, a) == "");
  CHECK(differs([](const auto& x) { return xn::squeeze(xn::view(x, xn::range(0, 1), xn::all())); }, a) == "");
  CHECK(differs([](const auto& x) { return xn::expand_dims(x, 1); }, a) == "");
  CHECK(differs([](const auto& x) { return xn::flip(x, 1); }, a) == "");
  CHECK(differs([](const auto& x) { return xn::roll(x, 1); }, a) == "");
  CHECK(differs([](const auto& x) { return xn::roll(x, 2, 1); }, a) == "");
  CHECK(differs([](const auto& x) { return xn::repeat(x, 2, 1); }, a) == "");
  CHECK(differs([](const auto& x) { return xn::diag(x); }, vector) == "");
  CHECK(differs([](const auto& x) { return xn::diagonal(x, 1); }, a) == "");
  CHECK(differs([](const auto& x) { return xn::tril(x); }, a) == "");
  CHECK(differs([](const auto& x) { return xn::triu(x, 1); }, a) == "");
  CHECK(differs([](const auto& x, const auto& y) { return xn::concatenate(xn::xtuple(x, y), 1); }, a, a) == "");
  CHECK(differs([](const auto& x, const auto& y) { return xn::stack(xn::xtuple(x, y)); }, a, a) == "");
  CHECK(differs([](const auto& x) { return xn::zeros_like(x) + xn::ones_like(x); }, a) == "");
  CHECK(bool(xn::any(tensor(a))));
  CHECK(!bool(xn::all(tensor(a) > 0)));
  CHECK(!xn::all(a > 0));
}

TEST_CASE("linear algebra gives tensors what it gives arrays") {
  CHECK(differs([](const auto& x, const auto& y) { return xn::linalg::dot(x, y); }, a, vector) == "");
  CHECK(differs([](const auto& x, const auto& y) { return xn::linalg::dot(x, y); }, a, square_matrix) == "");
  CHECK(xn::linalg::dot(tensor(vector), vector).shape() == Shape{});  // where xtensor-blas gives shape (1,)
  CHECK(xn::linalg::dot(vector, tensor(vector)).item() == xn::linalg::dot(vector, vector)(0));
  CHECK(differs([](const auto& x, const auto& y) { return xn::linalg::outer(x, y); }, vector, vector) == "");
  CHECK(differs([](const auto& x, const auto& y) { return xn::linalg::solve(x, y); }, square_matrix, vector) == "");
  CHECK(differs([](const auto& x) { return xn::linalg::inv(x); }, square_matrix) == "");
  CHECK(xn::linalg::det(tensor(square_matrix)).item() == doctest::Approx(xn::linalg::det(square_matrix)));
  CHECK(xn::linalg::norm(tensor(a)).item() == doctest::Approx(xn::linalg::norm(a)));
  CHECK(differs([](const auto& x) { return xn::linalg::cholesky(x); }, square_matrix) == "");
  CHECK(differs([](const auto& x) { return xn::linalg::trace(x); }, square_matrix) == "");
  CHECK(lacks(error_of([] { xn::linalg::dot(tensor({{{1}}}), tensor({1})); }), {"linalg::dot", "(1, 1, 1)"}) == "");
}

TEST_CASE("eval gives a container of an expression's values, and a tensor as it is") {
  const auto product = [](const auto& x, const auto& y) {
    const auto scaled = x * 2.;
    return xn::eval(scaled + y);
  };
  static_assert(std::is_same_v<decltype(product(a, vector)), xt::xarray<double>>);
  CHECK(differs(product, a, vector) == "");
  const xt::xtensor<float, 2> ranked{{1, 2}};
  static_assert(std::is_same_v<decltype(xn::eval(ranked * 2.f)), xt::xtensor<float, 2>>);
  const Tensor t = tensor(a);
  CHECK(xn::eval(t).same_as(t));
}

TEST_CASE("arrays beside a tensor are constants") {
  const auto loss = [](const auto& w) { return xn::sum(xn::square(xn::linalg::dot(a, w) - xt::xarray<double>{1, 2})); };
  const xt::xarray<double> residual = xt::linalg::dot(a, vector) - xt::xarray<double>{1, 2};
  const xt::xarray<double> expected = 2 * xt::linalg::dot(xt::transpose(a), residual);
  const auto [value, slope] = value_and_gradient(loss, vector);
  CHECK(value == doctest::Approx(double(loss(vector)())).epsilon(1e-13));
  CHECK(xt::allclose(slope, expected, 1e-12, 1e-12));
  CHECK(test::difference(xn::maximum(a, Tensor(0.0)), tensor(xt::xarray<double>(xt::maximum(a, 0.)))) == "");
  CHECK(test::difference(xn::concatenate(xn::xtuple(a, tensor(a)), 0), concatenate({tensor(a), tensor(a)})) == "");
}

}  // namespace xgrad
