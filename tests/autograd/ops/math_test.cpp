#include <doctest/doctest.h>

#include <cmath>
#include <functional>
#include <limits>

#include <autograd/autograd.hpp>

#include "../expect.hpp"

namespace xgrad {
namespace {

using test::difference;
using test::f64;
using test::i64;

constexpr double inf = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr test::Tolerance rounding{.rtol = 1e-15, .atol = 1e-300};

/// The gradient of the sum of f at x.
Tensor slope(const TensorFunction& f, const Tensor& x) {
  return gradient([&](const Tensor& t) { return sum(f(t)); }, x);
}

/// The gradients of the sum of f in both arguments.
std::vector<Tensor> slopes(Tensor (*f)(const Operand&, const Operand&), const Tensor& a, const Tensor& b) {
  return gradient([&](const std::vector<Tensor>& x) { return sum(f(x[0], x[1])); }, {a, b});
}

/// Distance in units in the last place; infinite where only one is NaN, or an infinity differs.
template <class T>
double ulps(T actual, long double exact) {
  const T expected = static_cast<T>(exact);
  if (std::isnan(actual) || std::isnan(expected)) return std::isnan(actual) && std::isnan(expected) ? 0 : inf;
  if (std::isinf(actual) || std::isinf(expected)) return actual == expected ? 0 : inf;
  const T magnitude = std::max(std::abs(expected), std::numeric_limits<T>::min());
  const T unit = std::nextafter(magnitude, std::numeric_limits<T>::infinity()) - magnitude;
  return static_cast<double>(std::abs(static_cast<long double>(actual) - exact) / static_cast<long double>(unit));
}

/// 2,003 numbers (no multiple of a vector's length) from low to high.
template <class T>
std::vector<T> range(double low, double high) {
  constexpr std::size_t count = 2003;
  std::vector<T> values(count);
  for (std::size_t i = 0; i < count; ++i)
    values[i] = static_cast<T>(low + (high - low) * static_cast<double>(i) / static_cast<double>(count - 1));
  return values;
}

struct Function {
  const char* name;
  Tensor (*f)(const Operand&);
  long double (*exact)(long double);
  double low, high;
};

/// The largest error of a function over its range, in units in the last place.
template <class T>
double worst(const Function& function) {
  const std::vector<T> x = range<T>(function.low, function.high);
  const Tensor y = function.f(tensor(std::span(x), {static_cast<std::int64_t>(x.size())}));
  double largest = 0;
  for (std::size_t i = 0; i < x.size(); ++i) largest = std::max(largest, ulps(y.data<T>()[i], function.exact(x[i])));
  return largest;
}

using Long = long double;

const std::vector<Function> functions = {
    {"sin", sin, [](Long x) { return std::sin(x); }, -10, 10},
    {"sin", sin, [](Long x) { return std::sin(x); }, -1e9, 1e9},
    {"cos", cos, [](Long x) { return std::cos(x); }, -10, 10},
    {"cos", cos, [](Long x) { return std::cos(x); }, -1e9, 1e9},
    {"tan", tan, [](Long x) { return std::tan(x); }, -10, 10},
    {"asin", asin, [](Long x) { return std::asin(x); }, -1.1, 1.1},
    {"acos", acos, [](Long x) { return std::acos(x); }, -1.1, 1.1},
    {"atan", atan, [](Long x) { return std::atan(x); }, -10, 10},
    {"sinh", sinh, [](Long x) { return std::sinh(x); }, -5, 5},
    {"sinh", sinh, [](Long x) { return std::sinh(x); }, -89, 89},
    {"cosh", cosh, [](Long x) { return std::cosh(x); }, -89, 89},
    {"asinh", asinh, [](Long x) { return std::asinh(x); }, -2, 2},
    {"asinh", asinh, [](Long x) { return std::asinh(x); }, -1e30, 1e30},
    {"acosh", acosh, [](Long x) { return std::acosh(x); }, -3, 3},
    {"acosh", acosh, [](Long x) { return std::acosh(x); }, 1, 1e5},
    {"atanh", atanh, [](Long x) { return std::atanh(x); }, -1, 1},
    {"expm1", expm1, [](Long x) { return std::expm1(x); }, -1, 1},
    {"expm1", expm1, [](Long x) { return std::expm1(x); }, -100, 88},
    {"exp2", exp2, [](Long x) { return std::exp2(x); }, -126, 128},
    {"log2", log2, [](Long x) { return std::log2(x); }, 0, 2},
    {"log2", log2, [](Long x) { return std::log2(x); }, -5, 1e5},
    {"log2", log2, [](Long x) { return std::log2(x); }, 0, 1e-310},
    {"log2", log2, [](Long x) { return std::log2(x); }, 0, 1e-39},
    {"log10", log10, [](Long x) { return std::log10(x); }, 0, 1e-310},
    {"log10", log10, [](Long x) { return std::log10(x); }, 0, 1e-39},
    {"log10", log10, [](Long x) { return std::log10(x); }, 0, 2},
    {"log10", log10, [](Long x) { return std::log10(x); }, -5, 1e5},
    {"cbrt", cbrt, [](Long x) { return std::cbrt(x); }, -100, 100},
    {"cbrt", cbrt, [](Long x) { return std::cbrt(x); }, -1e-39, 1e-39},
    {"cbrt", cbrt, [](Long x) { return std::cbrt(x); }, -1e-310, 1e-310},
    {"rsqrt", rsqrt, [](Long x) { return 1 / std::sqrt(x); }, 0.01, 10},
    {"reciprocal", reciprocal, [](Long x) { return 1 / x; }, 0.1, 10},
    {"erf", erf, [](Long x) { return std::erf(x); }, -1, 1},
    {"erf", erf, [](Long x) { return std::erf(x); }, -7, 7},
    {"erfc", erfc, [](Long x) { return std::erfc(x); }, -5, 9},
    {"lgamma", lgamma, [](Long x) { return std::lgamma(x); }, 3, 100},
    {"floor", floor, [](Long x) { return std::floor(x); }, -5, 5},
    {"ceil", ceil, [](Long x) { return std::ceil(x); }, -5, 5},
    {"round", round, [](Long x) { return std::nearbyint(x); }, -1001, 1001},  // every half
    {"trunc", trunc, [](Long x) { return std::trunc(x); }, -5, 5},
};

}  // namespace

TEST_CASE("functions agree with those of long double to 4 units in the last place") {
  for (const Function& function : functions) {
    INFO(std::string(function.name), " from ", function.low, " to ", function.high);
    CHECK(worst<float>(function) <= 4);
    CHECK(worst<double>(function) <= 4);
  }
}

TEST_CASE("functions at zeros, infinities and NaN have the values of the C++ functions, signs of zeros included") {
  const std::vector<double> special = {0, -0.0, 1, -1, inf, -inf, nan, 0.5, -0.5, 1e30, -1e30};
  const Tensor wide = tensor(std::span(special), {11});
  for (const Function& function : functions) {
    INFO(std::string(function.name));
    const Tensor y = function.f(wide), narrow = function.f(wide.to(float32));
    for (std::size_t i = 0; i < special.size(); ++i) {
      INFO("at ", special[i]);
      const Long exact = function.exact(special[i]);
      CHECK(ulps(y.data<double>()[i], exact) <= 4);
      CHECK(ulps(narrow.data<float>()[i], function.exact(static_cast<float>(special[i]))) <= 4);
      if (exact == 0) CHECK(std::signbit(y.data<double>()[i]) == std::signbit(exact));
    }
  }
}

TEST_CASE("functions of two numbers agree with those of long double to 2 units in the last place") {
  struct Function2 {
    const char* name;
    Tensor (*f)(const Operand&, const Operand&);
    Long (*exact)(Long, Long);
  };
  const std::vector<Function2> of_two = {
      {"atan2", atan2, [](Long a, Long b) { return std::atan2(a, b); }},
      {"hypot", hypot, [](Long a, Long b) { return std::hypot(a, b); }},
      {"fmod", fmod, [](Long a, Long b) { return std::fmod(a, b); }},
      {"logaddexp", logaddexp,
       [](Long a, Long b) {
         return a == b ? a + std::log(Long(2)) : std::max(a, b) + std::log1p(std::exp(-std::abs(a - b)));
       }},
  };
  const std::vector<double> numbers = {0, -0.0, 1, -1, inf, -inf, 0.3, -2.5, 7.25, 1e30, -1e30, 3, 1e-30};
  const Tensor a = reshape(tensor(std::span(numbers), {13}), {13, 1}), b = reshape(a, {13});
  for (const Function2& function : of_two) {
    const Tensor y = function.f(a, b), narrow = function.f(a.to(float32), b.to(float32));
    for (std::size_t i = 0; i < 13 * 13; ++i) {
      const double p = numbers[i / 13], q = numbers[i % 13];
      INFO(std::string(function.name), " of ", p, " and ", q);
      CHECK(ulps(y.data<double>()[i], function.exact(p, q)) <= 2);
      CHECK(ulps(narrow.data<float>()[i], function.exact(static_cast<float>(p), static_cast<float>(q))) <= 2);
    }
    CHECK(difference(function.f(f64({nan, 1, nan}), f64({1, nan, nan})), {nan, nan, nan}) == "");
  }
}

TEST_CASE("hypot and logaddexp neither overflow nor vanish where their formulas would") {
  CHECK(difference(hypot(f64({3e200, 3e-200}), f64({4e200, 4e-200})), {5e200, 5e-200}, rounding) == "");
  CHECK(difference(hypot(tensor({3e30}), tensor({4e30})), tensor({5e30}), {.rtol = 2e-7}) == "");
  CHECK(difference(logaddexp(f64({1000, -1000}), f64({1000, -1000})), {1000 + std::log(2), -1000 + std::log(2)},
                   rounding) == "");
}

// ---------------------------------------------------------------------------------------------- gamma function

TEST_CASE("digamma and polygamma have their known values") {
  const double euler = 0.57721566490153286061, pi = 3.14159265358979323846, zeta3 = 1.2020569031595942854;
  constexpr test::Tolerance close{.rtol = 1e-14, .atol = 1e-14};
  CHECK(difference(digamma(f64({1, 0.5, 2, 0.25})),
                   {-euler, -euler - 2 * std::log(2), 1 - euler, -euler - pi / 2 - 3 * std::log(2)}, close) == "");
  CHECK(difference(digamma(f64({-0.5, -1.5})), {2 - euler - 2 * std::log(2), 2 + 2. / 3 - euler - 2 * std::log(2)},
                   close) == "");
  CHECK(difference(digamma(f64({1.4616321449683623413})), f64({0}), close) == "");
  CHECK(difference(polygamma(1, f64({1, 0.5, -0.5})), {pi * pi / 6, pi * pi / 2, pi * pi / 2 + 4}, close) == "");
  CHECK(difference(polygamma(2, f64({1, 0.5, -0.5})), {-2 * zeta3, -14 * zeta3, -14 * zeta3 + 16}, close) == "");
  CHECK(difference(polygamma(3, f64({1, 0.5})), {std::pow(pi, 4) / 15, std::pow(pi, 4)}, close) == "");
  CHECK(difference(polygamma(3, f64({-0.5})), f64({std::pow(pi, 4) + 96}), close) == "");
}

TEST_CASE("polygamma obeys its recurrence psi_n(x + 1) = psi_n(x) + (-1)^n n! / x^(n+1) on both sides of 0") {
  for (const int n : {0, 1, 2, 3, 7, 20}) {
    const Tensor x = f64({0.3, 2.7, 11.5, 40.1, -0.4, -3.6, -20.3});
    const double factorial = std::tgamma(n + 1.0) * (n % 2 == 0 ? 1 : -1);
    const Tensor step = factorial / pow(x, n + 1);
    INFO("n = ", n);
    const Tensor next = polygamma(n, x + 1), here = polygamma(n, x);
    // Relative to the largest of the three terms, as near a pole two of them nearly cancel.
    const Tensor scale = maximum(maximum(abs(next), abs(here)), abs(step));
    CHECK(difference((here + step - next) / scale, zeros({7}, float64), {.atol = 1e-13}) == "");
  }
}

TEST_CASE("lgamma, digamma and polygamma at their poles and at infinity") {
  CHECK(difference(lgamma(f64({0, -1, -2, inf, 1, 2})), {inf, inf, inf, inf, 0, 0}) == "");
  CHECK(difference(digamma(f64({0, -0.0, -1, -7, inf, -inf, nan})), {-inf, inf, nan, nan, inf, nan, nan}) == "");
  CHECK(difference(polygamma(1, f64({0, -1, inf, -inf, nan})), {inf, inf, 0, nan, nan}) == "");
  CHECK(difference(polygamma(2, f64({0, -0.0, -1, inf})), {-inf, inf, nan, 0}) == "");
}

TEST_CASE("lgamma has derivatives of any order: the n-th is polygamma(n - 1)") {
  const Tape tape;
  const Tensor x = f64({0.7, 3.2, -1.4});
  Tensor y = lgamma(x);
  for (int n = 0; n < 5; ++n) {
    y = tape.gradient(sum(y), x);
    CHECK(difference(y, polygamma(n, x)) == "");
  }
}

// ---------------------------------------------------------------------------------------------- rounding, logic

TEST_CASE("round takes halves to even, and rounding has a derivative of 0") {
  CHECK(difference(round(f64({0.5, 1.5, 2.5, -0.5, -1.5})), {0, 2, 2, 0, -2}) == "");
  for (Tensor (*const f)(const Operand&) : {&floor, &ceil, static_cast<Tensor (*)(const Operand&)>(&round), &trunc}) {
    CHECK(difference(slope(f, f64({0.5, 1, -2.7, inf, nan})), {0, 0, 0, 0, 0}) == "");
    CHECK(difference(f(i64({3, -4})), i64({3, -4})) == "");
    CHECK(difference(f(tensor({1, 0}, boolean)), tensor({1, 0}, boolean)) == "");
  }
}

TEST_CASE("fmod has the sign of the dividend, remainder that of the divisor, as Python's %") {
  const Tensor a = f64({7, -7, 7, -7, 6, -6}), b = f64({3, 3, -3, -3, 3, 3});
  CHECK(difference(fmod(a, b), {1, -1, 1, -1, 0, 0}) == "");
  CHECK(difference(remainder(a, b), {1, 2, -2, -1, 0, 0}) == "");
  CHECK(difference(fmod(cast(a, int64), cast(b, int64)), i64({1, -1, 1, -1, 0, 0})) == "");
  CHECK(difference(remainder(cast(a, int64), cast(b, int64)), i64({1, 2, -2, -1, 0, 0})) == "");
  CHECK(difference(remainder(a, b), a - b * floor(a / b)) == "");
  CHECK(difference(remainder(f64({5, -5, inf, 1, nan}), f64({inf, inf, 2, 0, 1})), {5, inf, nan, nan, nan}) == "");
  constexpr std::int64_t lowest = std::numeric_limits<std::int64_t>::min();
  const std::vector<std::int64_t> numbers = {lowest, 5}, divisors = {-1, 0};
  const Tensor p = tensor(std::span(numbers), {2}), q = tensor(std::span(divisors), {2});
  CHECK(difference(fmod(p, q), i64({0, 0})) == "");
  CHECK(difference(remainder(p, q), i64({0, 0})) == "");
  CHECK(difference(slopes(remainder, f64({7, -7}), f64({3, 3}))[1], {-2, 3}) == "");
  CHECK(difference(slopes(fmod, f64({7, -7}), f64({3, 3}))[1], {-2, 2}) == "");
}

TEST_CASE("isnan, isinf and isfinite tell numbers apart; integers are finite") {
  const Tensor x = f64({0, 1e300, inf, -inf, nan});
  const auto mask = [](const NestedList& values) { return tensor(values, boolean); };
  CHECK(difference(isnan(x), mask({0, 0, 0, 0, 1})) == "");
  CHECK(difference(isinf(x), mask({0, 0, 1, 1, 0})) == "");
  CHECK(difference(isfinite(x), mask({1, 1, 0, 0, 0})) == "");
  CHECK(difference(isfinite(x.to(float32)), mask({1, 0, 0, 0, 0})) == "");
  for (const Tensor& whole : {i64({0, 3}), tensor({0, 1}, boolean)}) {
    CHECK(difference(isnan(whole), mask({0, 0})) == "");
    CHECK(difference(isinf(whole), mask({0, 0})) == "");
    CHECK(difference(isfinite(whole), mask({1, 1})) == "");
  }
}

TEST_CASE("logical operations take any dtype by whether it is not 0, and broadcast") {
  const Tensor a = f64({{0}, {nan}}), b = i64({0, -2});
  const auto mask = [](const NestedList& values) { return tensor(values, boolean); };
  CHECK(difference(logical_and(a, b), mask({{0, 0}, {0, 1}})) == "");
  CHECK(difference(logical_or(a, b), mask({{0, 1}, {1, 1}})) == "");
  CHECK(difference(logical_xor(a, b), mask({{0, 1}, {1, 0}})) == "");
  CHECK(difference(logical_not(f64({0, -0.0, 2, nan})), mask({1, 1, 0, 0})) == "");
  CHECK(difference(logical_not(mask({0, 1})), mask({1, 0})) == "");
  CHECK(difference(logical_and(mask({0, 1}), true), mask({0, 1})) == "");
}

TEST_CASE("int64 and bool become float32 in functions of real numbers") {
  for (const auto f : {sin, atan, sinh, expm1, exp2, cbrt, erf, lgamma, digamma, rsqrt, reciprocal}) {
    CHECK(f(i64({1, 2})).dtype() == float32);
    CHECK(f(tensor({1, 1}, boolean)).dtype() == float32);
    CHECK(f(ones({2}, float64)).dtype() == float64);
  }
  for (const auto f : {atan2, hypot, logaddexp, xlogy}) {
    CHECK(f(i64({1, 2}), 1).dtype() == float32);
    CHECK(f(2, ones({2}, float64)).dtype() == float64);
  }
  CHECK(fmod(i64({1, 2}), 2).dtype() == int64);
  CHECK(remainder(tensor({1, 1}, boolean), 2).dtype() == int64);
}

// ---------------------------------------------------------------------------------------------- edges

TEST_CASE("derivatives at the ends of asin, acos and acosh are infinite, and 0 where the cotangent is 0") {
  CHECK(difference(slope(asin, f64({1, -1})), {inf, inf}) == "");
  CHECK(difference(slope(acos, f64({1, -1})), {-inf, -inf}) == "");
  CHECK(difference(slope(acosh, f64({1})), f64({inf})) == "");
  CHECK(difference(slope(cbrt, f64({0})), f64({inf})) == "");
  const auto masked = [](Tensor (*f)(const Operand&), double at) {
    return slope([f](const Tensor& x) { return where(greater(x, 100), f(x), 0.0); }, f64({at}));
  };
  CHECK(difference(masked(asin, 1), f64({0})) == "");
  CHECK(difference(masked(acos, -1), f64({0})) == "");
  CHECK(difference(masked(acosh, 1), f64({0})) == "");
  CHECK(difference(masked(cbrt, 0), f64({0})) == "");
  CHECK(difference(slope(atanh, f64({1, -1})), {inf, inf}) == "");
}

TEST_CASE("atan2 and hypot have derivatives of 0 at the origin, also in second order") {
  for (const auto f : {atan2, hypot}) {
    const Tensor zero = f64({0, -0.0});
    for (const Tensor& derivative : slopes(f, zero, zero)) CHECK(difference(derivative, {0, 0}) == "");
    const Tape tape;
    const Tensor a = f64({0}), b = f64({0});
    const std::vector<Tensor> first = tape.gradient(f(a, b), {a, b});
    for (const Tensor& second : tape.gradient(first[0] + first[1], {a, b})) CHECK(isfinite(second).item<bool>());
  }
  const std::vector<Tensor> far = slopes(atan2, f64({1e200, 1e-200}), f64({1e200, 1e-200}));
  CHECK(difference(far[0], {0.5e-200, 0.5e200}, rounding) == "");
  CHECK(difference(far[1], {-0.5e-200, -0.5e200}, rounding) == "");
  CHECK(difference(slopes(atan2, f64({0}), f64({-1}))[0], f64({-1})) == "");
}

TEST_CASE("logaddexp shares its gradient, equally at ties, and has none where nothing has a weight") {
  const Tensor a = f64({1, 0, inf, -inf, inf, -inf}), b = f64({1, 1000, inf, -inf, -inf, 3});
  const std::vector<Tensor> shares = slopes(logaddexp, a, b);
  CHECK(difference(shares[0], {0.5, 0, 0.5, 0, 1, 0}) == "");
  CHECK(difference(shares[1], {0.5, 1, 0.5, 0, 0, 1}) == "");
  // At a tie the second derivative is 1/4, which a formula with maximum and abs would miss.
  CHECK(difference(
            slope([](const Tensor& x) { return slope([](const Tensor& t) { return logaddexp(t, 1); }, x); }, f64({1})),
            f64({0.25})) == "");
}

TEST_CASE("xlogy is 0 where its first argument is, with derivatives that are never NaN there") {
  const Tensor a = f64({0, 0, 0, 0, 2, 0}), b = f64({0, -1, inf, 3, 3, nan});
  CHECK(difference(xlogy(a, b), {0, 0, 0, 0, 2 * std::log(3), nan}, rounding) == "");
  const std::vector<Tensor> derivatives = slopes(xlogy, a, b);
  CHECK(difference(derivatives[0], {0, 0, 0, std::log(3), std::log(3), nan}, rounding) == "");
  CHECK(difference(slice(derivatives[1], 0, 0, 5), {0, 0, 0, 0, 2. / 3}, rounding) == "");
  CHECK(difference(xlogy(f64({1, 2}), f64({0, -1})), {-inf, nan}) == "");
  CHECK(gradcheck([](const std::vector<Tensor>& x) { return xlogy(x[0], x[1]); }, {f64({{0.5}, {-2}}), f64({0.3, 4})},
                  {.order = 2})
            .passed);
}

TEST_CASE("divisions by zero, reciprocals and inverse roots of zero follow IEEE 754") {
  CHECK(difference(reciprocal(f64({0, -0.0, inf, -inf, nan})), {inf, -inf, 0, 0, nan}) == "");
  CHECK(difference(rsqrt(f64({0, 4, inf, -1})), {inf, 0.5, 0, nan}) == "");
  CHECK(difference(log2(f64({0, -1, inf})), {-inf, nan, inf}) == "");
  CHECK(difference(slope(log2, f64({0})), f64({inf})) == "");
}

// ---------------------------------------------------------------------------------------------- errors

TEST_CASE("undefined tensors, and shapes that do not broadcast, are refused by name") {
  const Tensor none, x = zeros({2, 3});
  const std::vector<std::pair<std::string, Tensor (*)(const Operand&)>> unary = {
      {"sin", sin},       {"cos", cos},         {"tan", tan},     {"asin", asin},         {"acos", acos},
      {"atan", atan},     {"sinh", sinh},       {"cosh", cosh},   {"asinh", asinh},       {"acosh", acosh},
      {"atanh", atanh},   {"expm1", expm1},     {"exp2", exp2},   {"log2", log2},         {"log10", log10},
      {"rsqrt", rsqrt},   {"cbrt", cbrt},       {"erf", erf},     {"erfc", erfc},         {"reciprocal", reciprocal},
      {"lgamma", lgamma}, {"digamma", digamma}, {"floor", floor}, {"ceil", ceil},         {"round", round},
      {"trunc", trunc},   {"isnan", isnan},     {"isinf", isinf}, {"isfinite", isfinite}, {"logical_not", logical_not},
  };
  for (const auto& [name, f] : unary)
    CHECK(test::lacks(test::error_of([&, f = f] { f(none); }), {name + ":", "'x'", "undefined"}) == "");
  const std::vector<std::pair<std::string, Tensor (*)(const Operand&, const Operand&)>> binary = {
      {"atan2", atan2},
      {"hypot", hypot},
      {"logaddexp", logaddexp},
      {"xlogy", xlogy},
      {"fmod", fmod},
      {"remainder", remainder},
      {"logical_and", logical_and},
      {"logical_or", logical_or},
      {"logical_xor", logical_xor},
  };
  for (const auto& [name, f] : binary) {
    CHECK(test::lacks(test::error_of([&, f = f] { f(none, x); }), {name + ":", "'a'", "undefined"}) == "");
    CHECK(test::lacks(test::error_of([&, f = f] { f(x, none); }), {name + ":", "'b'", "undefined"}) == "");
    CHECK(test::lacks(test::error_of([&, f = f] { f(x, zeros({4})); }), {name + ":", "(2, 3)", "(4,)", "axis -1"}) ==
          "");
  }
}

TEST_CASE("polygamma refuses orders outside of 0 to 100 and undefined tensors") {
  const Tensor x = zeros({2, 3});
  CHECK(test::lacks(test::error_of([&] { polygamma(-1, x); }), {"polygamma:", "'n'", "-1", "(2, 3)", "0 to 100"}) ==
        "");
  CHECK(test::lacks(test::error_of([&] { polygamma(101, x); }), {"polygamma:", "101"}) == "");
  CHECK(test::lacks(test::error_of([] { polygamma(1, Tensor()); }), {"polygamma:", "'x'", "undefined"}) == "");
  CHECK(difference(polygamma(100, f64({inf})), f64({0})) == "");
}

TEST_CASE("lerp goes from one end to the other, and is both exactly") {
  Generator generator(4);
  const Tensor a = randn({1000}, float32, generator), b = 1e6 * randn({1000}, float32, generator);
  CHECK(difference(lerp(a, b, 0), a) == "");
  CHECK(difference(lerp(a, b, 1), b) == "");
  CHECK(difference(lerp(f64({1, 2}), f64({3, 10}), f64({{0.25}, {0.75}, {2}, {-1}})),
                   {{1.5, 4}, {2.5, 8}, {5, 18}, {-1, -6}}) == "");
  CHECK(difference(lerp(tensor(1, int64), tensor(4, int64), 0.5), tensor(2.5)) == "");
  const std::int64_t most = std::numeric_limits<std::int64_t>::max();
  CHECK(difference(lerp(Tensor(-most), Tensor(most), 0.5), tensor(0)) == "");
}

TEST_CASE("lerp's derivatives agree with central differences") {
  const auto f = [](const std::vector<Tensor>& x) { return square(lerp(x[0], x[1], x[2])); };
  const GradcheckResult result =
      gradcheck(TensorsFunction(f), {f64({{1, 2, 3}, {4, 5, 6}}), f64({-1, 7, 2}), f64({{0.2}, {0.9}})}, {.order = 2});
  CHECK_MESSAGE(result.passed, result.message);
}

}  // namespace xgrad
