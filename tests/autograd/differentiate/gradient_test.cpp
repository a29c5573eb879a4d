#include <doctest/doctest.h>

#include <cmath>

#include <autograd/autograd.hpp>

#include "../expect.hpp"

namespace xgrad {

using test::difference;
using test::error_of;
using test::f64;
using test::lacks;

TEST_CASE("the gradient of a function needs no tape of one's own") {
  const auto cube = [](const Tensor& x) { return sum(x * x * x); };
  CHECK(difference(gradient(cube, f64({1, 2})), {3, 12}) == "");
}

TEST_CASE("the gradient of a function of several tensors") {
  const auto f = [](const std::vector<Tensor>& x) { return sum(x[0] * x[1]); };
  const std::vector<Tensor> gradients = gradient(f, {f64({1, 2}), f64({3, 4})});
  CHECK(difference(gradients[0], {3, 4}) == "");
  CHECK(difference(gradients[1], {1, 2}) == "");
}

TEST_CASE("gradients of functions nest to any order") {
  TensorFunction f = [](const Tensor& x) { return sum(tanh(x)); };
  for (int order = 0; order < 3; ++order) f = [f](const Tensor& x) { return sum(gradient(f, x)); };
  const double t = std::tanh(0.5), c = 1 - t * t;
  CHECK(f(f64({0.5})).item() == doctest::Approx(-2 * c * c + 4 * t * t * c).epsilon(1e-13));
}

TEST_CASE("vjp gives the value and the product of cotangent and Jacobian") {
  const Tensor a = f64({{1, 2, 3}, {4, 5, 6}}), x = f64({1, 0, -1}), u = f64({10, 1});
  const auto [y, product] = vjp([&](const Tensor& t) { return matmul(a, t); }, x, u);
  CHECK(difference(y, {-2, -2}) == "");
  CHECK(difference(product, matmul(u, a)) == "");
}

TEST_CASE("vjp of a function of several tensors") {
  const auto f = [](const std::vector<Tensor>& x) { return x[0] * x[1]; };
  const auto [y, products] = vjp(f, {f64({1, 2}), f64({3, 4})}, f64({1, 10}));
  CHECK(difference(y, {3, 8}) == "");
  CHECK(difference(products[0], {3, 40}) == "");
  CHECK(difference(products[1], {1, 20}) == "");
}

TEST_CASE("the Jacobian-vector product is the vjp of the vjp") {
  // u -> u^T J is linear, and its own vjp along v is J v.
  const auto f = [](const Tensor& x) { return x * x + sum(x); };
  const Tensor x = f64({1, 2, 3}), v = f64({1, -1, 2});
  const Tensor product = vjp([&](const Tensor& u) { return vjp(f, x, u).second; }, zeros({3}, float64), v).second;
  CHECK(difference(product, {2 + 2, -4 + 2, 12 + 2}) == "");
}

TEST_CASE("vjp refuses a cotangent of another shape than the value") {
  const auto f = [](const Tensor& x) { return x * x; };
  CHECK(lacks(error_of([&] { vjp(f, f64({1, 2}), f64({1, 2, 3})); }), {"cotangent", "(3,)", "(2,)"}) == "");
}

TEST_CASE("a function of a constant has zero gradient") {
  CHECK(difference(gradient([](const Tensor&) { return ones({}, float64); }, f64({1, 2})), {0, 0}) == "");
}

TEST_CASE("a function that computes values on the way keeps its gradient") {
  // Newton's method for the square root of x, until it has converged: a loop that looks at values.
  const auto newton = [](const Tensor& x) {
    Tensor y = ones({}, float64);
    while (std::abs((y * y - x).item()) > 1e-15) y = 0.5 * (y + x / y);
    return y;
  };
  CHECK(gradient(newton, tensor(2, float64)).item() == doctest::Approx(0.5 / std::sqrt(2)).epsilon(1e-12));
}

TEST_CASE("a plain number that is differentiated in is not taken for one that derivatives are made of") {
  const Tape tape;
  const Tensor one = 1.0;
  const Tensor y = tanh(one);
  const Tensor first = tape.gradient(y, one);
  const double t = std::tanh(1.0);
  CHECK(tape.gradient(first, one).item() == doctest::Approx(-2 * t * (1 - t * t)).epsilon(1e-5));
}

TEST_CASE("stop_gradient has the value of its argument and no gradient") {
  const Tensor x = f64({1, 2});
  CHECK(difference(stop_gradient(x), x) == "");
  CHECK(difference(gradient([](const Tensor& t) { return sum(t * stop_gradient(t)); }, x), {1, 2}) == "");
}

TEST_CASE("the gradient of many slices of a tensor moves as much memory as the tensor has, not that many times more") {
  using Cut = std::function<std::vector<Tensor>(const Tensor&)>;
  const auto bytes = [](std::int64_t n, const Cut& cut) {
    const Tape tape;
    const Tensor x = randn({n, 64}, float64);
    eval(x);
    std::vector<Tensor> squares;
    for (const Tensor& part : cut(x)) squares.push_back(sum(square(part)));
    const Tensor slope = tape.gradient(sum(stack(squares)), x);
    Profile profile;
    eval(slope);
    profile.stop();
    CHECK(test::difference(slope, 2 * x) == "");
    std::size_t moved = 0;
    for (const ProfileEntry& entry : profile.entries()) moved += entry.bytes;
    return static_cast<double>(moved);
  };
  const auto rows = [](const Tensor& x) { return unstack(x); };
  const auto pairs = [](const Tensor& x) { return split(x, 2); };
  const auto backwards = [](const Tensor& x) {
    std::vector<Tensor> parts;
    for (std::int64_t i = x.size(0); i-- > 0;) parts.push_back(slice(x, 0, i, i + 1));
    return parts;
  };
  // 8 times the rows: 8 times as much, or somewhat more where they run in pieces, and a sum of full-size arrays would
  // move 64 times as much.
  for (const Cut& cut : {Cut(rows), Cut(pairs), Cut(backwards)}) CHECK(bytes(1024, cut) < 16 * bytes(128, cut));
}

TEST_CASE("slices that overlap, leave gaps, repeat, or lie along several axes have the gradients of their sums") {
  Generator generator(6);
  const Tensor x = randn({5, 6}, float64, generator);
  const auto term = [](const Tensor& part) { return sum(part * part * part); };
  const std::vector<TensorFunction> functions = {
      [&](const Tensor& t) { return term(slice(t, 0, 0, 2)) + term(slice(t, 0, 3, 5)); },
      [&](const Tensor& t) { return term(slice(t, 0, 1, 2)) + term(slice(t, 0, 3, 4)) + term(t); },
      [&](const Tensor& t) { return term(slice(t, 0, 0, 3)) + term(slice(t, 0, 2, 5)) + term(slice(t, 0, 1, 4)); },
      [&](const Tensor& t) { return term(slice(t, 1, 0, 3)) + term(slice(t, 0, 2, 5)) + term(slice(t, 1, 3, 6)); },
      [&](const Tensor& t) { return sum(slice(t, 1, 2, 4) * slice(t, 1, 2, 4) * slice(t, 1, 0, 2)); },
      [&](const Tensor& t) { return term(slice(t, 0, 2, 2)) + term(slice(t, 0, 1, 2)); },
      [&](const Tensor& t) {
        return term(slice(t, 0, 0, 5, 2)) + term(slice(t, 0, 1, 5, 2)) + term(slice(t, 0, 0, 1));
      },
      [&](const Tensor& t) {
        // Tiles, which are slices of slices.
        Tensor total = zeros({}, float64);
        for (int i = 0; i < 5; ++i)
          for (int j = 0; j < 3; ++j) total = total + term(slice(t, {{i, i + 1}, {2 * j, 2 * j + 2}})) * (i + 2 * j);
        return total;
      },
      [&](const Tensor& t) {
        // Windows: sums of neighbours.
        Tensor total = zeros({}, float64);
        for (int i = 0; i + 2 <= 6; ++i) total = total + term(sum(slice(t, 1, i, i + 2), 1));
        return total;
      },
  };
  for (std::size_t i = 0; i < functions.size(); ++i) {
    INFO("function number ", i);
    CHECK(gradcheck(functions[i], x, {.order = 2}).passed);
    const Tensor batch = stack({x, 2 * x, -x});
    const auto slope = [&](const Tensor& t) { return gradient(functions[i], t); };
    const Tensor loop = stack({slope(x), slope(2 * x), slope(-x)});
    CHECK(test::difference(vmap(TensorFunction(slope))(batch), loop, {.rtol = 1e-13, .atol = 1e-13}) == "");
  }
}

TEST_CASE("gradients in tensors that were recorded late, early or not at all do not depend on which are asked for") {
  const Tape tape;
  const Tensor leaf = f64({0.5, 1}), early = exp(leaf), between = early * early, late = early + 1;
  const Tensor y = sum(between * late * leaf);
  // The walk ends at the first of them on the list, and at the beginning where one is not on it.
  const Tensor in_late = between * leaf, in_early = 2 * early * late * leaf + between * leaf,
               in_leaf = in_early * early + between * late;
  for (const std::vector<Tensor>& xs :
       {std::vector{late}, {early}, {leaf}, {late, early}, {late, leaf}, {leaf, early}}) {
    const std::vector<Tensor> gradients = tape.gradient(y, xs);
    for (std::size_t i = 0; i < xs.size(); ++i) {
      const Tensor& expected = xs[i].same_as(late) ? in_late : xs[i].same_as(early) ? in_early : in_leaf;
      CHECK(difference(gradients[i], expected) == "");
    }
  }
  CHECK(difference(tape.gradient(sum(between), std::vector{late, early}, {.materialize_grads = true})[0], {0, 0}) ==
        "");
  CHECK(difference(tape.gradient(late, late, {.cotangent = f64({2, 3})}), {2, 3}) == "");
}

}  // namespace xgrad
