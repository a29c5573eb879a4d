#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include <autograd/autograd.hpp>

#include "autograd/expect.hpp"

namespace xgrad {
namespace {

using test::difference;
using test::f64;
using test::gradient_of;
using test::i64;

[[maybe_unused]] constexpr double nan = std::numeric_limits<double>::quiet_NaN();
[[maybe_unused]] constexpr double inf = std::numeric_limits<double>::infinity();

}  // namespace

namespace {

/// The derivative of f at each entry.
Tensor slope(const TensorFunction& f, const Tensor& x) { return gradient_of(f, x); }

constexpr test::Tolerance rounding{.rtol = 1e-14, .atol = 1e-15};

}  // namespace

TEST_CASE("functions of real numbers give PyTorch's values and derivatives") {
  const auto plain = [](const Tensor& x) { return logit(x); };
  CHECK(difference(logit(f64({0, 1, 0.5, -1, nan})), f64({-inf, inf, 0, nan, nan}), rounding) == "");
  CHECK(difference(slope(plain, f64({0, 1, 0.5})), f64({inf, inf, 4})) == "");
  const auto limited = [](const Tensor& x) { return logit(x, 0.1); };
  CHECK(difference(limited(f64({0, 1, 0.9})), f64({-2.197224577336219, 2.197224577336219, 2.197224577336219}),
                   rounding) == "");
  CHECK(difference(slope(limited, f64({0, 1, 0.9})), f64({0, 0, 11.111111111111112}), rounding) == "");

  CHECK(difference(sinc(f64({0, 1, 0.5, inf})), f64({1, 0, 0.6366197723675814, nan}), rounding) == "");
  CHECK(difference(slope(sinc, f64({0, 1, 0.5})), f64({0, -1, -1.2732395447351625}), rounding) == "");
  const auto sinc_slope = [](const Tensor& x) { return jvp(sinc, x, ones_like(x)).second; };
  CHECK(difference(slope(sinc_slope, f64({0})), f64({-3.2898681336964524}), rounding) == "");  // -pi^2 / 3

  CHECK(difference(erfinv(f64({0, 1, -1, 2, 0.5})), f64({0, inf, -inf, nan, 0.4769362762044699}), rounding) == "");
  CHECK(difference(slope(erfinv, f64({0, 1, -1, 0.5})), f64({0.8862269254527579, inf, inf, 1.1125848189719496}),
                   rounding) == "");
  const Tensor y = f64({1e-300, 1e-8, 0.3, 1.5, 3, 5.5});
  CHECK(difference(erfinv(erf(slice(y, 0, 0, 4))), slice(y, 0, 0, 4), {.rtol = 1e-14}) == "");

  CHECK(difference(ndtr(f64({0, inf, -inf})), f64({0.5, 1, 0})) == "");
  CHECK(difference(log_ndtr(f64({-40, 0, inf, -inf, -9.99, -10.01})),
                   f64({-804.6084420137539, -0.6931471805599453, 0, -inf, -53.13035374560602, -53.332315610880734}),
                   {.rtol = 1e-9}) == "");
  CHECK(difference(log_ndtr(f64({-40})), f64({-804.6084420137539}), rounding) == "");
  CHECK(difference(slope(log_ndtr, f64({-40, 0, inf})), f64({40.02496884720726, 0.7978845608028654, 0}), rounding) ==
        "");
  CHECK(difference(i0(f64({0, 1, -1, 50, inf})),
                   f64({1, 1.2660658777520082, 1.2660658777520082, 2.93255378384933633e20, inf}), rounding) == "");
  CHECK(difference(slope(i0, f64({0, 1})), f64({0, 0.5651591039924851}), rounding) == "");
  CHECK(difference(entr(f64({0, 1, -1, nan, 0.5})), f64({0, 0, -inf, nan, 0.34657359027997264}), rounding) == "");
  CHECK(difference(xlog1py(f64({0, 0, 1}), f64({-1, nan, -1})), f64({0, nan, -inf})) == "");
  CHECK(difference(logaddexp2(f64({0, -inf, inf}), f64({1, -inf, inf})), f64({1.584962500721156, -inf, inf}),
                   rounding) == "");
  CHECK(difference(multigammaln(f64({2, 3}), 2), f64({0.4515827052894549, 1.5501949939575645}), rounding) == "");
  CHECK(float_power(i64({2, 3}), 2).dtype() == float64);
  CHECK(difference(ldexp(f64({1, 2}), i64({3, -1})), f64({8, 1})) == "");
  CHECK(difference(rad2deg(deg2rad(f64({180, 30}))), f64({180, 30}), rounding) == "");
}

TEST_CASE("erfinv agrees with the inverse found by bisection of std::erf") {
  for (const double x : {-0.999999, -0.7, -1e-5, 0.2, 0.49, 0.51, 0.9, 0.99999}) {
    double low = -6, high = 6;
    for (int i = 0; i < 200; ++i) (std::erf((low + high) / 2) < x ? low : high) = (low + high) / 2;
    CAPTURE(x);
    CHECK(difference(erfinv(f64({x})), f64({low}), {.rtol = 1e-10, .atol = 1e-20}) == "");
  }
}

TEST_CASE("parts and signs are PyTorch's") {
  CHECK(difference(copysign(f64({1, -2, 0, 3}), f64({-1, 0, -0.0, -0.0})), f64({-1, 2, -0.0, -3})) == "");
  CHECK(difference(slope(
                       [](const Tensor& a) {
                         return copysign(a, f64({-1, 0, -0.0, -0.0}));
                       },
                       f64({1, -2, 0, 3})),
                   f64({-1, -1, 0, -1})) == "");
  CHECK(difference(frac(f64({1.5, -1.5, 2})), f64({0.5, -0.5, 0})) == "");
  CHECK(signbit(f64({-0.0, 1, -3, 0})).to_vector<bool>() == std::vector<bool>{true, false, true, false});
  CHECK(difference(heaviside(f64({-1, 0, 2, nan}), 0.5), f64({0, 0.5, 1, 0})) == "");
  CHECK(difference(nan_to_num(f64({nan, inf, -inf, 1}), {.nan = 1, .posinf = 2, .neginf = 3}), f64({1, 2, 3, 1})) ==
        "");
  CHECK(nan_to_num(tensor({inf})).item() == static_cast<double>(std::numeric_limits<float>::max()));
  CHECK(difference(fmax(f64({1, nan, 2, nan, 3}), f64({1, 2, nan, nan, 1})), f64({1, 2, 2, nan, 3})) == "");
  CHECK(difference(fmin(f64({1, nan, 2}), f64({1, 2, nan})), f64({1, 2, 2})) == "");
  const Tensor b = f64({1, 2, nan, nan, 1});
  CHECK(difference(slope([&](const Tensor& a) { return fmax(a, b); }, f64({1, nan, 2, nan, 3})),
                   f64({1, 0, 1, 1, 1})) == "");
  const Tensor x = f64({1, 5, 3, nan, 1}), low = f64({2, 2, 3, 0, 3}), high = f64({4, 4, 3, 1, 2});
  CHECK(difference(clamp(x, low, high), f64({2, 4, 3, nan, 2})) == "");
  CHECK(difference(clip(x, 0, f64({2, 2, 2, 2, 2})), f64({1, 2, 2, nan, 1})) == "");
  CHECK(difference(slope([&](const Tensor& t) { return clip(x, t, high); }, low), f64({1, 0, 0, 0, 0})) == "");
  CHECK(difference(slope([&](const Tensor& t) { return clip(x, low, t); }, high), f64({0, 1, 0, 0, 1})) == "");
}

TEST_CASE("round to decimals, and activations") {
  CHECK(difference(round(f64({1234.567, -1.25, 2.5}), 1), f64({1234.6, -1.2, 2.5})) == "");
  CHECK(difference(round(f64({1250, 1350}), -2), f64({1200, 1400})) == "");
  CHECK(difference(round(i64({125}), 1), i64({125})) == "");
  CHECK(difference(f64({0.123}).round(2), f64({0.12})) == "");
  const Tensor x = f64({0.5, -0.5, 1, nan, 0});
  CHECK(difference(softshrink(x), f64({0, 0, 0.5, nan, 0})) == "");
  CHECK(difference(hardshrink(x), f64({0, 0, 1, nan, 0})) == "");
  CHECK(difference(slope([](const Tensor& t) { return hardshrink(t); }, x), f64({0, 0, 1, 1, 0})) == "");
  CHECK(difference(threshold(f64({0.5, 0.6, 0, nan}), 0.5, 9), f64({9, 0.6, 9, nan})) == "");
  CHECK(difference(softmin(f64({1, 2}), 0), f64({0.7310585786300049, 0.26894142136999516}), rounding) == "");
  CHECK(difference(rrelu(f64({-1, 2, 0})), f64({-0.22916666666666666, 2, 0}), rounding) == "");
}

TEST_CASE("operations on integers are exact") {
  const Tensor a = i64({12, -4, 0}), b = i64({18, 6, 0});
  CHECK(difference(gcd(a, b), i64({6, 2, 0})) == "");
  CHECK(difference(lcm(i64({4, 0, -3}), i64({6, 5, 2})), i64({12, 0, 6})) == "");
  CHECK(difference(bitwise_left_shift(i64({1, 1, 3}), i64({63, 64, 1})),
                   tensor({std::numeric_limits<std::int64_t>::min(), std::int64_t{0}, std::int64_t{6}}, int64)) == "");
  CHECK(difference(bitwise_right_shift(i64({-8, -8, 9}), i64({1, 64, 2})), i64({-4, -1, 2})) == "");
  CHECK(difference(bitwise_not(i64({5})), i64({-6})) == "");
  const Tensor bools = equal(i64({1, 0}), 1);
  CHECK(bitwise_and(bools, true).dtype() == boolean);
  CHECK(difference(bitwise_and(bools, i64({3, 3})), i64({1, 0})) == "");
  CHECK(difference(floor_divide(i64({7, -7, 5}), i64({2, 2, 0})), i64({3, -4, 0})) == "");
  CHECK(difference(floor_divide(f64({7, -7, 1, 1}), f64({2, 2, 0, 0.1})), f64({3, -4, inf, 9})) == "");
  const std::int64_t most = std::numeric_limits<std::int64_t>::max();
  CHECK(floor_divide(tensor({most}, int64), 3).item<std::int64_t>() == most / 3);
}

TEST_CASE("products, distances and norms give PyTorch's values") {
  const Tensor two = ones({2, 2}, float64);
  CHECK(difference(addmm(f64({nan}), two, two, {.beta = 0}), {{2, 2}, {2, 2}}) == "");
  CHECK(difference(gradient_of([&](const Tensor& x) { return addmm(x, two, two, {.beta = 0}); }, f64({nan, 1})),
                   f64({0, 0})) == "");
  CHECK(difference(baddbmm(1, ones({1, 2, 2}), ones({1, 2, 2}), {.beta = 0.5, .alpha = 2}),
                   {{{4.5, 4.5}, {4.5, 4.5}}}) == "");
  CHECK(difference(addbmm(1, ones({2, 2, 2}), ones({2, 2, 2})), {{5, 5}, {5, 5}}) == "");
  CHECK(difference(addr(1, f64({1, 2}), f64({3, 4})), {{4, 5}, {7, 9}}) == "");
  CHECK(difference(addcmul(f64({1}), f64({2}), f64({3}), 2), f64({13})) == "");
  CHECK(difference(inner(f64({{1, 2}, {3, 4}}), f64({{5, 6}})), {{17}, {39}}) == "");
  CHECK(difference(kron(f64({1, 2}), f64({{1, 1}})), {{1, 1, 2, 2}}) == "");
  CHECK(difference(vdot(i64({1, 2}), i64({3, 4})), tensor(11, int64)) == "");
  CHECK(difference(dist(f64({1, 2}), f64({{0}, {1}})), tensor(2.449489742783178, float64), rounding) == "");
  CHECK(difference(normalize(f64({0, 0}), 2, 0), f64({0, 0})) == "");
  CHECK(difference(normalize(f64({1, 2}), 2, 0, 10), f64({0.1, 0.2}), rounding) == "");
  CHECK(difference(cosine_similarity(f64({0.1, 0.2}), f64({1, 2}), 0, 0.5), tensor(0.4472135954999579, float64),
                   rounding) == "");
  CHECK(difference(pairwise_distance(f64({{1, 2}}), f64({{1, 2}}), 2, 1e-6, true), {{1.414213562373095e-06}},
                   rounding) == "");
  CHECK(difference(renorm(f64({{3, 4}, {0.1, 0.1}}), 2, 0, 1), {{0.5999999880000002, 0.7999999840000003}, {0.1, 0.1}},
                   rounding) == "");
}

TEST_CASE("norms of any order, with their derivatives at zeros") {
  const Tensor x = f64({3, 0, -4, 2}), positive = f64({3, -4, 2});
  const auto of = [](double p) { return [p](const Tensor& t) { return norm(t, p); }; };
  const test::Tolerance digits{.rtol = 1e-4, .atol = 1e-4};
  CHECK(norm(x, 0).item() == 3);
  CHECK(difference(slope(of(0), x), f64({0, 0, 0, 0})) == "");
  CHECK(norm(f64({nan, inf, 0}), 0).item() == 2);
  CHECK(norm(x, -1).item() == 0);
  CHECK(difference(slope(of(-1), x), f64({0, 0, 0, 0})) == "");
  CHECK(difference(norm(positive, -1), tensor(12. / 13, float64), rounding) == "");
  CHECK(difference(slope(of(-1), positive), f64({0.0947, -0.0533, 0.2130}), digits) == "");
  CHECK(norm(x, -inf).item() == 0);
  CHECK(difference(slope(of(-inf), x), f64({0, 0, 0, 0})) == "");
  CHECK(difference(slope(of(-inf), positive), f64({0, 0, 1})) == "");
  CHECK(difference(slope(of(0.5), x), f64({2.9712, 0, -2.5731, 3.6390}), digits) == "");
  CHECK(norm(zeros({0}), 0).item() == 0);
}

}  // namespace xgrad
