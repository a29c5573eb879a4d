#include <doctest/doctest.h>

#include <limits>

#include <autograd/autograd.hpp>

#include "expect.hpp"

// Values and gradients where functions have corners, poles, ties or nothing to work on. Where frameworks differ, the
// choice is documented in ops.hpp.
namespace xgrad {
namespace {

using test::difference;
using test::f64;
using test::i64;

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

/// The gradient of the sum of f at x.
Tensor slope(const TensorFunction& f, const Tensor& x) {
  return gradient([&](const Tensor& t) { return sum(f(t)); }, x);
}

/// The gradients of the sum of f in both arguments.
std::vector<Tensor> slopes(Tensor (*f)(const Operand&, const Operand&), const Tensor& a, const Tensor& b) {
  return gradient([&](const std::vector<Tensor>& x) { return sum(f(x[0], x[1])); }, {a, b});
}

}  // namespace

// ---------------------------------------------------------------------------------------------- broadcasting

TEST_CASE("gradients of broadcast operands are summed over what was repeated, at either side and either end") {
  const auto check = [](const Shape& a_shape, const Shape& b_shape) {
    INFO(to_string(a_shape), " and ", to_string(b_shape));
    Generator generator(3);
    const Tensor a = rand(a_shape, float64, generator) + 0.5, b = rand(b_shape, float64, generator) + 0.5;
    for (const auto f : {add, subtract, multiply, divide, pow, maximum})
      CHECK(gradcheck([f](const std::vector<Tensor>& x) { return f(x[0], x[1]); }, {a, b}, {.order = 2}).passed);
    const Shape shape = (a + b).shape();
    const auto repeats = static_cast<double>(shape.elements() / a_shape.elements());
    CHECK(difference(slopes(add, a, b)[0], full(a_shape, repeats, float64)) == "");
  };
  check({3, 1}, {1, 2});
  check({2}, {3, 2});
  check({1, 2}, {3, 1});
  check({}, {2, 2});
  check({2, 1, 2}, {3, 1});
  check({1}, {1, 1, 1});
  check({1, 1, 2}, {2, 2, 1});
}

TEST_CASE("broadcasting against no elements gives zeros") {
  const Tensor a = zeros({4, 0}, float64), b = ones({4, 1}, float64);
  for (const auto f : {add, multiply, divide, maximum}) {
    CHECK(f(a, b).shape() == Shape{4, 0});
    CHECK(difference(slopes(f, a, b)[0], zeros({4, 0}, float64)) == "");
    CHECK(difference(slopes(f, a, b)[1], zeros({4, 1}, float64)) == "");
  }
}

TEST_CASE("a scalar and a single element broadcast like any other extent of 1") {
  CHECK(difference(slopes(multiply, tensor(2, float64), f64({{1, 2}, {3, 4}}))[0], tensor(10, float64)) == "");
  CHECK(difference(slopes(multiply, f64({2}), f64({{1, 2}, {3, 4}}))[0], f64({10})) == "");
  CHECK(slopes(multiply, f64({{{2}}}), f64(3))[1].shape() == Shape{});
}

// ---------------------------------------------------------------------------------------------- empty tensors

TEST_CASE("sums of nothing are 0, means NaN, logsumexp -inf") {
  CHECK(difference(sum(zeros({0})), tensor(0)) == "");
  CHECK(difference(sum(zeros({0, 3}), 0), {0, 0, 0}) == "");
  CHECK(difference(sum(zeros({3, 0}), 1), {0, 0, 0}) == "");
  CHECK(sum(zeros({0, 3}), 1).shape() == Shape{0});
  CHECK(difference(mean(zeros({0})), tensor(nan)) == "");
  CHECK(difference(mean(zeros({0, 2}), 0), {nan, nan}) == "");
  CHECK(difference(logsumexp(zeros({0})), tensor(-infinity)) == "");
  CHECK(difference(logsumexp(zeros({2, 0}), 1), {-infinity, -infinity}) == "");
  CHECK(difference(var(zeros({0})), tensor(nan)) == "");
}

TEST_CASE("operations on no rows give no rows, and gradients of that shape") {
  const Tensor none = zeros({0, 3}, float64);
  const std::vector<TensorFunction> functions = {
      [](const Tensor& x) { return exp(x); },
      [](const Tensor& x) { return softmax(x); },
      [](const Tensor& x) { return log_softmax(x, 0); },
      [](const Tensor& x) { return sum(x, 0); },
      [](const Tensor& x) { return mean(x, 1); },
      [](const Tensor& x) { return max(x, 1); },
      [](const Tensor& x) { return transpose(x); },
      [](const Tensor& x) {
        return reshape(x, {3, 0});
      },
      [](const Tensor& x) {
        return concatenate({x, x});
      },
      [](const Tensor& x) { return slice(x, 1, 0, 2); },
      [](const Tensor& x) { return take(x, zeros({0}, int64)); },
      [](const Tensor& x) {
        return matmul(x, ones({3, 2}, float64));
      },
      [](const Tensor& x) { return matmul(transpose(x), x); },
      [](const Tensor& x) {
        return broadcast_to(x, {2, 0, 3});
      },
      [](const Tensor& x) { return where(x > 0, x, 1); },
  };
  for (std::size_t i = 0; i < functions.size(); ++i) {
    INFO("function number ", i);
    CHECK(difference(slope(functions[i], none), none) == "");
  }
}

TEST_CASE("a matrix product over an inner dimension of 0 is zeros") {
  const std::vector<Tensor> of_inner = slopes(matmul, zeros({3, 0}, float64), zeros({0, 2}, float64));
  CHECK(of_inner[0].shape() == Shape{3, 0});
  CHECK(of_inner[1].shape() == Shape{0, 2});
  CHECK(difference(slopes(matmul, zeros({0, 3, 4}, float64), ones({4, 2}, float64))[1], zeros({4, 2}, float64)) == "");
  CHECK(matmul(zeros({0}), zeros({0})).item() == 0);
}

// ---------------------------------------------------------------------------------------------- powers

TEST_CASE("0 to the power of 0 is 1, and x^0 has derivative 0 everywhere") {
  CHECK(pow(f64({0}), 0).item() == 1);
  CHECK(pow(f64({0}), f64({0})).item() == 1);
  CHECK(difference(slope([](const Tensor& x) { return pow(x, 0); }, f64({0, 2, -3})), {0, 0, 0}) == "");
  CHECK(difference(slopes(pow, f64({0, 2}), f64({0, 0}))[0], {0, 0}) == "");
  // That is no reason for the derivative of b a^(b - 1) in b, which is 1 / a there, to be another. At a < 0 there is no
  // derivative in b, at any exponent.
  const auto slope_in_base = [](const std::vector<Tensor>& x) {
    return sum(gradient([&](const Tensor& a) { return sum(pow(a, x[1])); }, x[0]));
  };
  const std::vector<Tensor> mixed = gradient(slope_in_base, {f64({2, -4}), f64({0, 0})});
  CHECK(difference(mixed[1], {0.5, nan}) == "");
}

TEST_CASE("powers of base 0 in the exponent: -inf for a negative one, else 0") {
  const std::vector<Tensor> at_zero = slopes(pow, f64({0, 0, 0}), f64({-1, 0, 1}));
  CHECK(difference(at_zero[1], {-infinity, 0, 0}) == "");
  CHECK(difference(at_zero[0], {-infinity, 0, 1}) == "");
}

TEST_CASE("powers with a number as exponent or base") {
  CHECK(difference(slope([](const Tensor& x) { return pow(x, 3); }, f64({-2, 0.5})), {12, 0.75}) == "");
  CHECK(difference(slope([](const Tensor& x) { return pow(x, 1); }, f64({0, -3})), {1, 1}) == "");
  CHECK(difference(slope([](const Tensor& x) { return pow(x, 0.5); }, f64({0, 4})), {infinity, 0.25}) == "");
  CHECK(difference(slope([](const Tensor& x) { return pow(2, x); }, f64({3})), f64({8 * std::log(2.0)}),
                   {.rtol = 1e-15}) == "");
  CHECK(difference(slope([](const Tensor& x) { return pow(x, 1.0 / 3); }, f64({8})), f64({1.0 / 12}),
                   {.rtol = 1e-14}) == "");
  CHECK(difference(pow(f64({-8}), 1.0 / 3), f64({nan})) == "");
}

// ---------------------------------------------------------------------------------------------- ties and corners

TEST_CASE("operands and elements that tie share the gradient equally") {
  CHECK(difference(slopes(maximum, f64({1, 2, 3}), f64({1, 5, 3}))[0], {0.5, 0, 0.5}) == "");
  CHECK(difference(slopes(maximum, f64({1, 2, 3}), f64({1, 5, 3}))[1], {0.5, 1, 0.5}) == "");
  CHECK(difference(slopes(minimum, f64({1, 2, 3}), f64({1, 5, 3}))[0], {0.5, 1, 0.5}) == "");
  CHECK(difference(slope([](const Tensor& x) { return max(x); }, f64({1, 0, 1, 0, 1, 0})),
                   {1. / 3, 0, 1. / 3, 0, 1. / 3, 0}) == "");
  CHECK(difference(slope([](const Tensor& x) { return max(x, 1); }, f64({{1, 3, 3}, {2, 2, 2}})),
                   {{0, 0.5, 0.5}, {1. / 3, 1. / 3, 1. / 3}}) == "");
  CHECK(difference(slope([](const Tensor& x) { return min(x, 0); }, f64({{1, 3}, {1, 4}})), {{0.5, 1}, {0.5, 0}}) ==
        "");
  CHECK(difference(slope([](const Tensor& x) { return maximum(x, x); }, f64({1, 2})), {1, 1}) == "");
}

TEST_CASE("maximum and max pass on NaN, argmax finds the first one") {
  CHECK(difference(maximum(tensor({1, nan, nan}), tensor({nan, 1, nan})), {nan, nan, nan}) == "");
  CHECK(difference(minimum(tensor({1, nan}), tensor({nan, 1})), {nan, nan}) == "");
  CHECK(difference(max(tensor({{1, nan, 3}, {4, 5, 6}}), 1), {nan, 6}) == "");
  CHECK(difference(min(tensor({{1, nan}, {4, 5}}), 0), {1, nan}) == "");
  CHECK(std::isnan(max(tensor({1, 2, 3, 4, 5, 6, 7, nan, 9})).item()));
  CHECK(difference(argmax(tensor({{1, nan, nan}, {4, 6, 6}}), 1), i64({1, 1})) == "");
  CHECK(difference(argmin(tensor({{3, 1, 1}, {nan, 0, nan}}), 1), i64({1, 0})) == "");
  CHECK(max(tensor({-infinity, -infinity})).item() == -infinity);
}

TEST_CASE("relu, abs and sign at 0 and NaN") {
  const Tensor x = f64({-1, -0.0, 0, 2});
  CHECK(difference(slope(relu, x), {0, 0, 0, 1}) == "");
  CHECK(difference(slope(abs, x), {-1, 0, 0, 1}) == "");
  CHECK(difference(slope(sign, x), {0, 0, 0, 0}) == "");
  CHECK(difference(relu(tensor({nan, -infinity, infinity})), {nan, 0, infinity}) == "");
  CHECK(difference(slope(relu, f64({nan, -infinity, infinity})), {1, 0, 1}) == "");
  CHECK(difference(sign(tensor({nan, -infinity, infinity})), {nan, -1, 1}) == "");
}

TEST_CASE("clip has derivative 1 at its bounds and 0 outside") {
  const auto f = [](const Tensor& x) { return clip(x, -1, 1); };
  CHECK(difference(slope(f, f64({-1, 1, -1.5, 1.5, 0})), {1, 1, 0, 0, 1}) == "");
  CHECK(difference(slope([](const Tensor& x) { return clip(x, 1, 1); }, f64({1, 2})), {1, 0}) == "");
}

// ---------------------------------------------------------------------------------------------- not finite

TEST_CASE("sqrt at 0 has an infinite derivative, and none where nothing comes back") {
  CHECK(difference(slope(sqrt, f64({0, 4})), {infinity, 0.25}) == "");
  const Tensor x = f64({0, 4});
  CHECK(difference(vjp(sqrt, x, f64({0, 1})).second, {0, 0.25}) == "");
  CHECK(difference(slope([](const Tensor& t) { return where(t > 0, sqrt(t), 0); }, x), {0, 0.25}) == "");
  CHECK(difference(sqrt(f64({-1})), f64({nan})) == "");
}

TEST_CASE("the standard deviation of a constant is 0 with gradient 0") {
  const auto deviation = [](const Tensor& x) { return xgrad::std(x); };
  CHECK(xgrad::std(f64({2, 2, 2})).item() == 0);
  CHECK(difference(slope(deviation, f64({2, 2, 2})), {0, 0, 0}) == "");
  const auto rows = [](const Tensor& x) { return xgrad::std(x, 1); };
  const Tensor mixed = slope(rows, f64({{2, 2}, {1, 3}}));
  CHECK(difference(mixed, {{0, 0}, {-std::sqrt(0.5), std::sqrt(0.5)}}, {.rtol = 1e-14}) == "");
  CHECK(difference(var(f64({{2, 3}}), 0), {nan, nan}) == "");
  CHECK(difference(var(f64({{2, 3}}), 0, {.correction = 0}), {0, 0}) == "");
}

TEST_CASE("logarithm and division at 0 follow IEEE 754") {
  CHECK(difference(log(f64({0, -1, infinity})), {-infinity, nan, infinity}) == "");
  CHECK(difference(slope(log, f64({0})), f64({infinity})) == "");
  CHECK(difference(f64({1, 0, -1}) / 0.0, {infinity, nan, -infinity}) == "");
  CHECK(difference(slopes(divide, f64({1, -1}), f64({0, 0}))[0], {infinity, infinity}) == "");
  CHECK(difference(slopes(divide, f64({1, -1}), f64({0, 0}))[1], {-infinity, infinity}) == "");
  CHECK(difference(log1p(f64({-1, -2})), {-infinity, nan}) == "");
}

TEST_CASE("the branch that where does not take leaves no trace, whatever is in it") {
  const Tensor x = f64({-1, 0, 2, nan});
  const auto safe_log = [](const Tensor& t) {
    const Tensor positive = t > 0;
    return where(positive, log(where(positive, t, 1)), 0);
  };
  CHECK(difference(safe_log(x), f64({0, 0, std::log(2.0), 0}), {.rtol = 1e-15}) == "");
  CHECK(difference(slope(safe_log, x), {0, 0, 0.5, 0}) == "");
  const Tensor taken = tensor({1, 0}, boolean);
  const auto branches = [&](const std::vector<Tensor>& t) { return sum(where(taken, t[0], t[1])); };
  const std::vector<Tensor> gradients = gradient(branches, {f64({1, infinity}), f64({nan, 2})});
  CHECK(difference(gradients[0], {1, 0}) == "");
  CHECK(difference(gradients[1], {0, 1}) == "");
}

TEST_CASE("where with numbers in both branches gives these numbers") {
  const Tensor condition = tensor({1, 0, 1}, boolean);
  CHECK(difference(where(condition, 2.5, -1.5), {2.5, -1.5, 2.5}) == "");
  CHECK(difference(where(condition, 7, -9), i64({7, -9, 7})) == "");
  CHECK(difference(where(condition, true, false), condition) == "");
  // With nothing to adapt to they are float32, and stay so in what they meet later.
  CHECK(where(condition, 0.1, 0.2).dtype() == float32);
  CHECK(difference(where(condition, 0.1, 0.2) * f64({1, 1, 1}), f64({0.1F, 0.2F, 0.1F})) == "");
  CHECK(difference(where(condition, tensor(0.1, float64), 0.2) * f64({1, 1, 1}), f64({0.1, 0.2, 0.1})) == "");
  CHECK(difference(where(true, f64({1, 2}), f64({3, 4})), {1, 2}) == "");
}

TEST_CASE("softmax of -inf entries gives them no weight, also where there are no others") {
  CHECK(difference(softmax(f64({0, -infinity})), {1, 0}) == "");
  CHECK(difference(slope(
                       [](const Tensor& x) {
                         return softmax(x) * f64({1, 2, 3});
                       },
                       f64({0, 0, -infinity})),
                   {-0.25, 0.25, 0}) == "");
  CHECK(difference(softmax(f64({-infinity, -infinity})), {0, 0}) == "");
  CHECK(difference(softmax(f64({1000, 0, -1000})), {1, 0, 0}) == "");
  CHECK(difference(softmax(f64({{5}, {-7}})), {{1}, {1}}) == "");
}

TEST_CASE("logsumexp of one, of equal, of infinite and of large entries") {
  CHECK(logsumexp(f64({3.25})).item() == 3.25);
  CHECK(logsumexp(full({8}, 2, float64)).item() == doctest::Approx(2 + std::log(8)).epsilon(1e-15));
  CHECK(logsumexp(f64({-infinity, -infinity})).item() == -infinity);
  CHECK(logsumexp(f64({infinity, 1})).item() == infinity);
  CHECK(logsumexp(f64({-infinity, 1})).item() == 1);
  CHECK(std::isnan(logsumexp(f64({nan, 1})).item()));
  CHECK(logsumexp(f64({1e4, 1e4})).item() == doctest::Approx(1e4 + std::log(2)).epsilon(1e-15));
  CHECK(difference(slope([](const Tensor& x) { return logsumexp(x); }, f64({-infinity, 1})), {0, 1}) == "");
}

TEST_CASE("tanh and sigmoid saturate without NaN, value and gradient") {
  const Tensor x = f64({-infinity, -1000, 1000, infinity});
  CHECK(difference(tanh(x), {-1, -1, 1, 1}) == "");
  CHECK(difference(sigmoid(x), {0, 0, 1, 1}) == "");
  CHECK(difference(slope(tanh, x), {0, 0, 0, 0}) == "");
  CHECK(difference(slope(sigmoid, x), {0, 0, 0, 0}) == "");
  CHECK(difference(tanh(f64({nan})), f64({nan})) == "");
  CHECK(difference(sigmoid(f64({nan})), f64({nan})) == "");
  CHECK(difference(exp(f64({-infinity, infinity, nan})), {0, infinity, nan}) == "");
  CHECK(difference(exp(tensor({88, 89, -200})), tensor({std::exp(88.0), infinity, 0}), {.rtol = 1e-6}) == "");
}

// ---------------------------------------------------------------------------------------------- indices

TEST_CASE("repeated indices add up their gradients") {
  const auto rows = [](const Tensor& x) { return take(x, i64({1, 1, -1, 0, 1})); };
  CHECK(difference(slope(rows, f64({{1, 2}, {3, 4}, {5, 6}})), {{1, 1}, {3, 3}, {1, 1}}) == "");
  const auto entries = [](const Tensor& x) { return gather(x, 1, i64({{0, 0, 1}, {2, 2, 2}})); };
  CHECK(difference(slope(entries, f64({{1, 2, 3}, {4, 5, 6}})), {{2, 1, 0}, {0, 0, 3}}) == "");
  const auto embedding = [](const Tensor& x) { return take(x, i64({{0, 2}, {2, 2}})); };
  CHECK(difference(slope(embedding, f64({{1}, {2}, {3}})), {{1}, {0}, {3}}) == "");
}

TEST_CASE("an empty list of indices gives nothing and zero gradients") {
  const Tensor x = f64({{1, 2}, {3, 4}});
  CHECK(difference(slope([](const Tensor& t) { return take(t, zeros({0}, int64)); }, x), {{0, 0}, {0, 0}}) == "");
  CHECK(difference(slope(
                       [](const Tensor& t) {
                         return gather(t, 1, zeros({2, 0}, int64));
                       },
                       x),
                   {{0, 0}, {0, 0}}) == "");
}

// ---------------------------------------------------------------------------------------------- layout

TEST_CASE("transposed and sliced inputs have the gradients of their copies") {
  const Tensor x = reshape(arange(1, 25, 1, float64), {4, 6}) / 10;
  const std::vector<TensorFunction> functions = {
      [](const Tensor& t) { return exp(t); },
      [](const Tensor& t) { return t * t + t; },
      [](const Tensor& t) { return sum(t, 0); },
      [](const Tensor& t) { return max(t, 1); },
      [](const Tensor& t) { return softmax(t, 0); },
      [](const Tensor& t) { return matmul(t, transpose(t)); },
      [](const Tensor& t) { return flatten(t); },
      [](const Tensor& t) {
        return concatenate({t, t}, 1);
      },
      [](const Tensor& t) { return var(t, 1); },
      [](const Tensor& t) { return slice(t, {{.step = -2}}); },
      [](const Tensor& t) {
        return take(t, i64({0, 0, 1}));
      },
  };
  const std::vector<TensorFunction> views = {
      [](const Tensor& t) { return transpose(t); },
      [](const Tensor& t) {
        return slice(t, {{1, 4, 2}, {.step = -1}});
      },
      [](const Tensor& t) { return slice(transpose(t), {{.step = 2}}); },
      [](const Tensor& t) {
        return reshape(transpose(t), {3, 8});
      },
      [](const Tensor& t) {
        return broadcast_to(expand_dims(slice(t, 1, 2, 3), 0), {2, 4, 1}).reshape({4, 2});
      },
  };
  for (std::size_t f = 0; f < functions.size(); ++f) {
    for (std::size_t v = 0; v < views.size(); ++v) {
      INFO("function number ", f, ", view number ", v);
      const Tensor view = views[v](x);
      const Tensor copy = tensor(std::span<const double>(view.to_vector<double>()), view.shape());
      CHECK(difference(functions[f](view), functions[f](copy), {.rtol = 1e-14}) == "");
      const auto through = [&](const Tensor& t) { return functions[f](views[v](t)); };
      const Tensor expected = vjp(views[v], x, slope(functions[f], copy)).second;
      CHECK(difference(slope(through, x), expected, {.rtol = 1e-13, .atol = 1e-13}) == "");
    }
  }
}

TEST_CASE("the gradient with respect to a transposed tensor is in its own layout") {
  const Tape tape;
  const Tensor x = f64({{1, 2, 3}, {4, 5, 6}}), y = transpose(x);
  CHECK(difference(tape.gradient(sum(y * f64({{1, 2}, {3, 4}, {5, 6}})), y), {{1, 2}, {3, 4}, {5, 6}}) == "");
  CHECK(difference(tape.gradient(sum(y * f64({{1, 2}, {3, 4}, {5, 6}})), x), {{1, 3, 5}, {2, 4, 6}}) == "");
}

}  // namespace xgrad
