#include <cmath>
#include <cstring>
#include <limits>
#include <numbers>

#include <autograd/kernel/functors.hpp>

// ------------------------------------------------------------------------------------------------- kernels

namespace xgrad::kernels {
namespace {

constexpr int max_polygamma = 100;

/// log |Gamma(x)|. std::lgamma writes a global variable, which threads would share.
double log_gamma(double x) noexcept {
#ifdef __GLIBC__
  int sign = 0;
  return ::lgamma_r(x, &sign);
#else
  return std::lgamma(x);
#endif
}

/// Bernoulli numbers B_2, B_4, ..., B_20.
constexpr double bernoulli_numbers[] = {1. / 6,       -1. / 30, 1. / 42,      -1. / 30,     5. / 66,
                                        -691. / 2730, 7. / 6,   -3617. / 510, 43867. / 798, -174611. / 330};

/// Digamma for x > 0. psi(x) = psi(x + 1) - 1/x leads to an x where the asymptotic series is accurate.
double positive_digamma(double x) noexcept {
  double below = 0;
  for (; x < 13; x += 1) below += 1 / x;
  const double square = 1 / (x * x);
  double power = square, series = 0.5 / x;
  for (int k = 1; k <= 10; ++k, power *= square) series += bernoulli_numbers[k - 1] / (2 * k) * power;
  return std::log(x) - series - below;
}

/// |polygamma(n, x)| for n >= 1, x > 0, which is n! times the sum of (x + k)^-(n+1) over k >= 0. Terms are summed up to
/// an x where the asymptotic series is accurate.
double positive_polygamma(int n, double x) noexcept {
  double sum = 0;
  for (; x < n + 12; x += 1) {
    double term = 1 / x;
    for (int j = 1; j <= n; ++j) term *= j / x;
    sum += term;
  }
  double first = 1 / x;  // (n-1)! / x^n
  for (int j = 1; j < n; ++j) first *= j / x;
  double coefficient = 1, series = 1 + n / (2 * x);
  for (int k = 1; k <= 10; ++k) {
    coefficient *= (2. * k + n - 2) / (2. * k - 1) / x * ((2. * k + n - 1) / (2. * k) / x);
    series += bernoulli_numbers[k - 1] * coefficient;
  }
  return sum + first * series;
}

/// The n-th derivative of pi cot(pi x), x no integer: a polynomial in c = cot(pi x), as dc/dx = -pi (1 + c^2). Its
/// coefficients of c^n, c^(n-2), ... have one sign.
double cotangent_derivative(int n, double x) noexcept {
  double polynomial[max_polygamma + 2] = {0, 1};
  for (int m = 0; m < n; ++m) {
    double next[max_polygamma + 2] = {};
    for (int j = 0; j <= m + 1; ++j) {
      if (j > 0) next[j - 1] -= j * polynomial[j];
      next[j + 1] -= j * polynomial[j];
    }
    std::memcpy(polynomial, next, sizeof(next));
  }
  const double c = 1 / std::tan(std::numbers::pi * (x - std::nearbyint(x)));
  double value = 0;
  for (int j = n + 1; j >= 0; --j) value = value * c + polynomial[j];
  return value * std::pow(std::numbers::pi, n + 1);
}

/// Below 0 it uses the reflection psi(1 - x) - psi(x) = pi cot(pi x) and its derivatives.
double polygamma_of(int n, double x) noexcept {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  const bool even = n % 2 == 0;
  if (std::isnan(x) || x == -infinity) return nan;
  if (x == infinity) return n == 0 ? infinity : 0;
  if (x <= 0 && x == std::floor(x)) {
    if (!even) return infinity;
    return x < 0 ? nan : std::copysign(infinity, -x);
  }
  const double y = x > 0 ? x : 1 - x;
  double value = n == 0 ? positive_digamma(y) : positive_polygamma(n, y);
  if (n > 0 && even) value = -value;
  if (x > 0) return value;
  return (even ? value : -value) - cotangent_derivative(n, x);
}

/// Giles, Approximating the erfinv function, 2011 (single precision), and steps of Newton's method in float64.
double inverse_erf(double x) noexcept {
  if (std::isnan(x) || std::abs(x) > 1) return std::numeric_limits<double>::quiet_NaN();
  if (std::abs(x) == 1) return std::copysign(std::numeric_limits<double>::infinity(), x);
  if (x == 0) return x;
  const double w = -std::log1p(-x * x);
  constexpr double central[] = {2.81022636e-08, 3.43273939e-07, -3.5233877e-06, -4.39150654e-06, 0.00021858087,
                                -0.00125372503, -0.00417768164, 0.246640727,    1.50140941};
  constexpr double tail[] = {-0.000200214257, 0.000100950558, 0.00134934322, -0.00367342844, 0.00573950773,
                             -0.0076224613,   0.00943887047,  1.00167406,    2.83297682};
  const bool near = w < 5;
  const double place = near ? w - 2.5 : std::sqrt(w) - 3;
  double polynomial = 0;
  for (int i = 0; i < 9; ++i) polynomial = polynomial * place + (near ? central[i] : tail[i]);
  double y = polynomial * x;
  // Of the smaller of erf and its complement, so that no digits are lost near 1.
  for (int i = 0; i < 3; ++i) {
    const double beyond = (1 - std::abs(x)) - std::erfc(std::abs(y));
    const double excess = std::abs(x) < 0.5 ? std::erf(y) - x : x < 0 ? -beyond : beyond;
    const double slope = 2 * std::numbers::inv_sqrtpi * std::exp(-y * y);
    y -= excess / (slope + y * excess);
  }
  return y;
}

/// The modified Bessel function of the first kind, of a whole order: by its series, or where that has many terms by its
/// asymptotic expansion.
double bessel_i(int n, double x) noexcept {
  const double z = std::abs(x), sign = x < 0 && n % 2 != 0 ? -1 : 1;
  if (std::isnan(x)) return x;
  if (z > 720) return sign * std::numeric_limits<double>::infinity();
  if (z < 40 + 0.5 * n * n) {
    double term = 1;
    for (int k = 1; k <= n; ++k) term *= z / 2 / k;
    double sum = term;
    for (int k = 1; term > sum * 1e-18; ++k) sum += term *= z / 2 / k * (z / 2 / (k + n));
    return sign * sum;
  }
  double term = 1, sum = 1;
  for (int k = 1; k <= 30 && std::abs(term) > 1e-18; ++k) {
    const double odd = 2. * k - 1;
    sum += term *= -(4. * n * n - odd * odd) / (8 * k * z);
  }
  // exp(z) in two halves, since the result may fit where exp(z) does not.
  return sign * std::exp(z / 2) * (sum / std::sqrt(2 * std::numbers::pi * z)) * std::exp(z / 2);
}

}  // namespace

template <class>
struct ErfInv : Unary {
  template <class V>
  static V apply(const V& x) noexcept {
    return by_lane(x, [](auto lane) { return static_cast<decltype(lane)>(inverse_erf(lane)); });
  }
};
/// Operands: n, a whole number, and x.
template <class>
struct BesselI : Binary {
  static constexpr Domain domain = Domain::real;
  template <class V>
  static V apply(const V& n, const V& x) noexcept {
    return by_lane(n, x, [](auto order, auto lane) {
      return static_cast<decltype(lane)>(bessel_i(static_cast<int>(order), lane));
    });
  }
};
template <class>
struct Erf : Unary {
  /// xsimd's is good to 3 units in the last place of float32, but only to 70 of float64.
  template <class V>
  static V apply(const V& x) noexcept {
    if constexpr (std::is_same_v<typename V::value_type, float>)
      return xsimd::erf(x);
    else
      return by_lane(x, [](double lane) { return std::erf(lane); });
  }
};
template <class>
struct Erfc : Unary {
  template <class V>
  static V apply(const V& x) noexcept {
    return by_lane(x, [](auto lane) { return std::erfc(lane); });
  }
};
template <class>
struct Lgamma : Unary {
  template <class V>
  static V apply(const V& x) noexcept {
    return by_lane(x, [](auto lane) { return static_cast<decltype(lane)>(log_gamma(lane)); });
  }
};
/// Operands: n, a whole number, and x.
template <class>
struct Polygamma : Binary {
  static constexpr Domain domain = Domain::real;
  template <class V>
  static V apply(const V& n, const V& x) noexcept {
    return by_lane(n, x, [](auto order, auto lane) {
      return static_cast<decltype(lane)>(polygamma_of(static_cast<int>(order), lane));
    });
  }
};

template struct Compiled<Erf, Erfc, ErfInv, BesselI, Lgamma, Polygamma>;

}  // namespace xgrad::kernels

#ifndef XGRAD_TARGET_AVX2

#include <autograd/ops/elementwise.hpp>

namespace xgrad {
namespace {

using ops::elementwise;
using ops::reads0;
using ops::real_samples;
using ops::unary_real;
using ops::unary_sample;

// ------------------------------------------------------------------------------------------------- samples

template <int n>
Tensor polygamma_sample(const Operand& x) {
  return polygamma(n, x);
}

std::vector<Sample> polygamma_samples() {
  return {unary_sample<polygamma_sample<0>>("digamma above 0", 0.4, 5),
          unary_sample<polygamma_sample<0>>("digamma, large", 20, 50),
          unary_sample<polygamma_sample<0>>("digamma between poles", -1.7, -1.3),
          unary_sample<polygamma_sample<1>>("n = 1", 0.7, 5),
          unary_sample<polygamma_sample<1>>("n = 1, between poles", -0.7, -0.3),
          unary_sample<polygamma_sample<2>>("n = 2", 0.9, 5),
          unary_sample<polygamma_sample<2>>("n = 2, between poles", -2.65, -2.35),
          unary_sample<polygamma_sample<5>>("n = 5", 2, 6)};
}

// ------------------------------------------------------------------------------------------------- derivatives

/// 2 / sqrt(pi) exp(-x^2).
Tensor erf_slope(Vjp& v) { return v.cotangent() * (2 * std::numbers::inv_sqrtpi * exp(-square(v.input(0)))); }

void erf_vjp(Vjp& v) { v.give(0, erf_slope(v)); }
void erfc_vjp(Vjp& v) { v.give(0, -erf_slope(v)); }
void lgamma_vjp(Vjp& v) { v.give(0, v.cotangent() * digamma(v.input(0))); }
struct PolygammaAttributes {
  std::int64_t n;
};

void polygamma_vjp(Vjp& v) {
  if (!v.wants(1)) return;
  const auto n = static_cast<int>(v.attributes().as<PolygammaAttributes>().n);
  v.give(1, v.cotangent() * polygamma(n + 1, v.input(1)));
}

void erfinv_vjp(Vjp& v) { v.give(0, v.cotangent() * (0.5 / std::numbers::inv_sqrtpi * exp(square(v.output())))); }

struct BesselAttributes {
  std::int64_t n;
};

Tensor bessel_i(int n, const Tensor& x);

/// I_n' = (I_(n-1) + I_(n+1)) / 2, and I_(-1) = I_1.
void bessel_vjp(Vjp& v) {
  if (!v.wants(1)) return;
  const auto n = static_cast<int>(v.attributes().as<BesselAttributes>().n);
  const Tensor above = bessel_i(n + 1, v.input(1));
  v.give(1, v.cotangent() * (n == 0 ? above : 0.5 * (bessel_i(n - 1, v.input(1)) + above)));
}

// ------------------------------------------------------------------------------------------------- primitives

constexpr Primitive erf_primitive =
    elementwise<kernels::Erf>("erf", "error function of x", &erf_vjp, reads0, &real_samples<erf>);
constexpr Primitive erfc_primitive =
    elementwise<kernels::Erfc>("erfc", "1 - erf(x), accurate for large x", &erfc_vjp, reads0, &real_samples<erfc>);
constexpr Primitive lgamma_primitive =
    elementwise<kernels::Lgamma>("lgamma", "log |Gamma(x)|", &lgamma_vjp, reads0, [] {
      return std::vector<Sample>{unary_sample<lgamma>("above 0", 0.4, 5), unary_sample<lgamma>("large", 20, 50),
                                 unary_sample<lgamma>("between poles", -1.7, -1.3)};
    });
constexpr Primitive erfinv_primitive =
    elementwise<kernels::ErfInv>("erfinv", "inverse of erf", &erfinv_vjp, reads_output, [] {
      return std::vector<Sample>{unary_sample<erfinv>("in the middle", -0.7, 0.8),
                                 unary_sample<erfinv>("near 1", 0.93, 0.97)};
    });
/// Reads n, a plain number, as operand 0; the attribute n is for the derivative.
constexpr Primitive bessel_primitive = elementwise<kernels::BesselI>(
    "bessel_i", "modified Bessel function of the first kind, of order n", &bessel_vjp, ops::reads1, [] {
      return std::vector<Sample>{unary_sample<i0>("over the reals", -2, 2), unary_sample<i0>("far out", -7, 6)};
    });
/// Reads n, a plain number, as operand 0; the attribute n is for the derivative.
constexpr Primitive polygamma_primitive = elementwise<kernels::Polygamma>(
    "polygamma", "n-th derivative of digamma at x", &polygamma_vjp, ops::reads1, &polygamma_samples);

Tensor bessel_i(int n, const Tensor& x) {
  return record2(bessel_primitive, static_cast<double>(n), x, x.shape(), x.dtype(), BesselAttributes{n});
}

}  // namespace

Tensor erfinv(const Operand& x) { return unary_real<erfinv_primitive>(x); }

Tensor i0(const Operand& x) {
  const Called called("i0");
  ops::check_defined("i0", "x", x);
  return bessel_i(0, cast(x, ops::real(x.dtype())));
}

Tensor erf(const Operand& x) { return unary_real<erf_primitive>(x); }
Tensor erfc(const Operand& x) { return unary_real<erfc_primitive>(x); }
Tensor lgamma(const Operand& x) { return unary_real<lgamma_primitive>(x); }

Tensor digamma(const Operand& x) {
  ops::check_defined("digamma", "x", x);
  return polygamma(0, x);
}

Tensor polygamma(int n, const Operand& x) {
  ops::check_defined("polygamma", "x", x);
  if (n < 0 || n > kernels::max_polygamma) {
    fail("polygamma", "argument 'n' is " + std::to_string(n) + ", for x of shape " + to_string(x.shape()) +
                          "; expected 0 to " + std::to_string(kernels::max_polygamma));
  }
  const DType dtype = ops::real(x.dtype());
  return record2(polygamma_primitive, static_cast<double>(n), ops::Converted(x, dtype), x.shape(), dtype,
                 PolygammaAttributes{n});
}

std::span<const Primitive* const> special_primitives() {
  static constexpr const Primitive* list[] = {&erf_primitive,    &erfc_primitive,   &erfinv_primitive,
                                              &bessel_primitive, &lgamma_primitive, &polygamma_primitive};
  return list;
}

}  // namespace xgrad

#endif
