#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include <autograd/autograd.hpp>

#include "expect.hpp"

namespace xgrad {
namespace {

using test::difference;

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

/// f applied to many numbers agrees with the standard library's f to a few units in the last place, in both precisions
/// and for every remainder of a division into vectors.
void check_against(Tensor (*f)(const Operand&), double (*reference)(double), double low, double high) {
  for (const std::int64_t count : {1, 3, 4, 7, 8, 9, 31, 1000}) {
    const Tensor x = linspace(low, high, count, float64);
    std::vector<double> expected = x.to_vector<double>();
    for (double& value : expected) value = reference(value);
    const Tensor exact = tensor(std::span<const double>(expected), {count});
    CHECK(difference(f(x), exact, {.rtol = 4e-15, .atol = 1e-300}) == "");
    const Tensor narrow = x.to(float32);
    expected = narrow.to_vector<double>();
    for (double& value : expected) value = reference(value);
    const Tensor rounded = tensor(std::span<const double>(expected), {count});
    CHECK(difference(f(narrow).to(float64), rounded, {.rtol = 6e-7, .atol = 1e-37}) == "");
  }
}

}  // namespace

TEST_CASE("elementwise functions agree with the standard library") {
  check_against(exp, std::exp, -80, 80);
  check_against(log, std::log, 1e-6, 1e6);
  check_against(log1p, std::log1p, -0.999, 50);
  check_against(log1p, std::log1p, -1e-5, 1e-5);
  check_against(sqrt, std::sqrt, 0, 1e6);
  check_against(tanh, std::tanh, -12, 12);
  check_against(tanh, std::tanh, -1e-3, 1e-3);
  check_against(
      sigmoid, [](double x) { return 1 / (1 + std::exp(-x)); }, -80, 80);
  check_against(
      square, [](double x) { return x * x; }, -50, 50);
  check_against(abs, std::fabs, -50, 50);
  check_against(
      relu, [](double x) { return x > 0 ? x : 0; }, -50, 50);
  check_against(
      negate, [](double x) { return -x; }, -50, 50);
}

TEST_CASE("arithmetic on integers is exact") {
  const Tensor a = test::i64({7, -7, (std::int64_t{1} << 52) + 1}), b = test::i64({2, 3, 1});
  CHECK(difference(a + b, test::i64({9, -4, (std::int64_t{1} << 52) + 2})) == "");
  CHECK(difference(a * b, test::i64({14, -21, (std::int64_t{1} << 52) + 1})) == "");
  CHECK(difference(a - b, test::i64({5, -10, std::int64_t{1} << 52})) == "");
  CHECK(difference(maximum(a, b), test::i64({7, 3, (std::int64_t{1} << 52) + 1})) == "");
  CHECK(difference(abs(a), test::i64({7, 7, (std::int64_t{1} << 52) + 1})) == "");
  CHECK(difference(sum(test::i64({(std::int64_t{1} << 52) + 1, 1})), test::i64((std::int64_t{1} << 52) + 2)) == "");
}

TEST_CASE("comparisons give bools, and NaN is not equal to itself") {
  const Tensor a = tensor({1, 2, nan, infinity}), b = tensor({2, 2, nan, infinity});
  CHECK(difference(a < b, tensor({1, 0, 0, 0}, boolean)) == "");
  CHECK(difference(a <= b, tensor({1, 1, 0, 1}, boolean)) == "");
  CHECK(difference(a > b, tensor({0, 0, 0, 0}, boolean)) == "");
  CHECK(difference(a >= b, tensor({0, 1, 0, 1}, boolean)) == "");
  CHECK(difference(a == b, tensor({0, 1, 0, 1}, boolean)) == "");
  CHECK(difference(a != b, tensor({1, 0, 1, 0}, boolean)) == "");
  CHECK(difference(test::i64({3}) < 3.5, tensor({1}, boolean)) == "");
}

TEST_CASE("operands broadcast from either side, also a scalar and a transposed one") {
  const Tensor x = tensor({{1, 2, 3}, {4, 5, 6}});
  CHECK(difference(x + tensor({10, 20, 30}), {{11, 22, 33}, {14, 25, 36}}) == "");
  CHECK(difference(tensor({{10}, {20}}) + x, {{11, 12, 13}, {24, 25, 26}}) == "");
  CHECK(difference(tensor({{1}, {2}}) * tensor({{3, 4}}), {{3, 4}, {6, 8}}) == "");
  CHECK(difference(tensor(1) - x, {{0, -1, -2}, {-3, -4, -5}}) == "");
  CHECK(difference(transpose(x) + tensor({{100, 200}, {300, 400}, {500, 600}}), {{101, 204}, {302, 405}, {503, 606}}) ==
        "");
  CHECK((zeros({3, 1, 5}) + zeros({4, 1})).shape() == Shape{3, 4, 5});
}

TEST_CASE("clip limits on one side or both") {
  const Tensor x = tensor({-2, 0, 2, nan});
  CHECK(difference(clip(x, -1, 1), {-1, 0, 1, nan}) == "");
  CHECK(difference(clip(x, {}, 1), {-2, 0, 1, nan}) == "");
  CHECK(difference(clip(x, -1, {}), {-1, 0, 2, nan}) == "");
  CHECK(difference(clip(x, {}, {}), {-2, 0, 2, nan}) == "");
}

TEST_CASE("where picks by a condition that broadcasts, too") {
  const Tensor x = tensor({{1, 2}, {3, 4}});
  CHECK(difference(where(x > 2, x, 0), {{0, 0}, {3, 4}}) == "");
  CHECK(difference(where(tensor({1, 0}, boolean), x, -x), {{1, -2}, {3, -4}}) == "");
  CHECK(where(tensor({1, 0}, boolean), 1, 2.5).dtype() == float32);
}

TEST_CASE("softmax sums to 1 and log_softmax is its logarithm") {
  const Tensor x = tensor({{1, 2, 3}, {-1000, 0, 1000}}, float64);
  CHECK(difference(sum(softmax(x), 1), test::f64({1, 1}), {.rtol = 1e-15}) == "");
  CHECK(difference(sum(softmax(x, 0), 0), test::f64({1, 1, 1}), {.rtol = 1e-15}) == "");
  CHECK(difference(log_softmax(tensor({1, 2, 3}, float64)), log(softmax(tensor({1, 2, 3}, float64))),
                   {.rtol = 1e-14}) == "");
}

TEST_CASE("log_softmax is finite for logits of 1e4 of either sign") {
  CHECK(difference(log_softmax(tensor({1e4, -1e4, 0})), {0, -2e4, -1e4}) == "");
  CHECK(difference(log_softmax(tensor({-1e4, -1e4})), {-std::log(2), -std::log(2)}, {.rtol = 1e-6}) == "");
}

TEST_CASE("a float32 sum over many elements keeps its accuracy") {
  // One running float32 sum of 2^24 + more ones would stop at 2^24.
  CHECK(sum(ones({1 << 12, (1 << 12) + 4})).item() == (1 << 12) * ((1 << 12) + 4.0));
  const Tensor x = full({3000, 7}, 0.1);
  CHECK(sum(x).item() == doctest::Approx(21000 * double(0.1f)).epsilon(1e-6));
  CHECK(difference(mean(x, 0), full({7}, 0.1), {.rtol = 1e-6}) == "");
  CHECK(difference(mean(x, 1), full({3000}, 0.1), {.rtol = 1e-6}) == "");
}

TEST_CASE("a variance of numbers far from 0 keeps its accuracy") {
  const Tensor x = tensor({10000, 10001, 10002, 10003});
  CHECK(var(x).item() == doctest::Approx(5. / 3).epsilon(1e-6));
}

TEST_CASE("reductions agree for every layout of their input") {
  const Tensor x = reshape(arange(0, 120, 1, float64), {2, 3, 4, 5});
  for (const std::vector<int>& axes : std::vector<std::vector<int>>{
           {0}, {1}, {2}, {3}, {0, 1}, {0, 2}, {1, 3}, {0, 3}, {2, 3}, {0, 1, 2}, {0, 2, 3}, {1, 2, 3}, {0, 1, 2, 3}}) {
    std::vector<int> mirrored;
    for (const int axis : axes) mirrored.push_back(3 - axis);
    const Tensor direct = sum(x, axes), through_view = transpose(sum(transpose(x), mirrored));
    CHECK(difference(through_view, direct, {.rtol = 1e-14}) == "");
    CHECK(difference(transpose(max(transpose(x), mirrored)), max(x, axes)) == "");
    CHECK(sum(direct).item() == 119 * 60);
  }
}

TEST_CASE("reductions take one axis, several or all, and keep them where asked") {
  const Tensor x = tensor({{1, 2, 3}, {4, 5, 6}});
  CHECK(difference(sum(x), tensor(21)) == "");
  CHECK(difference(sum(x, 0), {5, 7, 9}) == "");
  CHECK(difference(sum(x, -1), {6, 15}) == "");
  CHECK(difference(sum(x, {0, 1}, {.keepdims = true}), {{21}}) == "");
  CHECK(difference(mean(x, 1, {.keepdims = true}), {{2}, {5}}) == "");
  CHECK(difference(max(x, 0), {4, 5, 6}) == "");
  CHECK(difference(min(x, 1), {1, 4}) == "");
  CHECK(difference(var(x, 1), {1, 1}) == "");
  CHECK(difference(var(x, 1, {.correction = 0}), {2. / 3, 2. / 3}, {.rtol = 1e-6}) == "");
  CHECK(difference(std(tensor({{1, 3}}, float64), 1, {.correction = 0}), test::f64({1})) == "");
  CHECK(difference(sum(x, std::vector<int>{}), x) == "");
  CHECK(difference(argmax(x, 1), test::i64({2, 2})) == "");
  CHECK(difference(argmin(x, 0, {.keepdims = true}), test::i64({{0, 0, 0}})) == "");
  CHECK(argmax(x).item<int>() == 5);
}

TEST_CASE("matmul follows NumPy for vectors, matrices and batches") {
  const Tensor a = tensor({{1, 2}, {3, 4}}), v = tensor({1, -1});
  CHECK(difference(matmul(a, a), {{7, 10}, {15, 22}}) == "");
  CHECK(difference(matmul(a, v), {-1, -1}) == "");
  CHECK(difference(matmul(v, a), {-2, -2}) == "");
  CHECK(difference(matmul(v, v), tensor(2)) == "");
  CHECK(difference(matmul(a.T(), a), {{10, 14}, {14, 20}}) == "");
  CHECK(matmul(zeros({4, 1, 2, 3}), zeros({5, 3, 7})).shape() == Shape{4, 5, 2, 7});
  CHECK(matmul(zeros({3}), zeros({6, 5, 3, 7})).shape() == Shape{6, 5, 7});
  CHECK(matmul(zeros({6, 5, 7, 3}), zeros({3})).shape() == Shape{6, 5, 7});
  CHECK(difference(matmul(zeros({2, 0}), zeros({0, 3})), zeros({2, 3})) == "");
  CHECK(matmul(zeros({0, 2}), zeros({2, 3})).shape() == Shape{0, 3});
}

namespace {

/// The largest error of f over [low, high], in units in the last place of what the exact function gives in type T.
template <class T>
double worst_ulp(Tensor (*f)(const Operand&), long double (*exact)(long double), double low, double high) {
  constexpr int n = 20000;
  std::vector<double> at(n);
  for (int i = 0; i < n; ++i) at[static_cast<std::size_t>(i)] = static_cast<T>(low + (high - low) * i / (n - 1));
  const auto values = f(tensor(std::span<const double>(at), {n}).to(dtype_of<T>())).template to_vector<T>();
  double worst = 0;
  for (std::size_t i = 0; i < at.size(); ++i) {
    const long double expected = exact(at[i]);
    int exponent = 0;
    std::frexp(expected, &exponent);
    const long double unit = std::max<long double>(std::ldexp(1.0L, exponent - std::numeric_limits<T>::digits),
                                                   std::numeric_limits<T>::denorm_min());
    worst = std::max(worst, static_cast<double>(std::abs(static_cast<long double>(values[i]) - expected) / unit));
  }
  return worst;
}

}  // namespace

TEST_CASE_TEMPLATE("exp and tanh are right to a few units in the last place, denormal results included", T, float,
                   double) {
  const double top = std::log(static_cast<double>(std::numeric_limits<T>::max()));
  const double bottom = std::log(static_cast<double>(std::numeric_limits<T>::denorm_min()));
  const auto exact_exp = [](long double x) { return std::exp(x); };
  const auto exact_tanh = [](long double x) { return std::tanh(x); };
  CHECK(worst_ulp<T>(&exp, exact_exp, -1, 1) < 1.5);
  CHECK(worst_ulp<T>(&exp, exact_exp, bottom, top - 1e-3) < 1.5);
  CHECK(worst_ulp<T>(&tanh, exact_tanh, -2, 2) < 3);
  CHECK(worst_ulp<T>(&tanh, exact_tanh, -30, 30) < 3);
  CHECK(worst_ulp<T>(&tanh, exact_tanh, -1e-4, 1e-4) < 3);
  const Tensor beyond = tensor({top + 1e-3, bottom - 1}, float64).to(dtype_of<T>());
  CHECK(difference(exp(beyond), tensor({infinity, 0}).to(dtype_of<T>())) == "");
}

}  // namespace xgrad
