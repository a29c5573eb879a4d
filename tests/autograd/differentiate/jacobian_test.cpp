#include <doctest/doctest.h>

#include <autograd/autograd.hpp>

#include "../expect.hpp"

namespace xgrad {
namespace {

using test::difference;
using test::error_of;
using test::f64;
using test::i64;
using test::lacks;

constexpr test::Tolerance rounding{.rtol = 1e-12, .atol = 1e-13};

/// The Jacobian by one vjp for each row.
Tensor by_rows(const TensorFunction& f, const Tensor& x) {
  const Tensor y = f(x);
  std::vector<Tensor> rows;
  for (std::int64_t i = 0; i < y.size(); ++i) {
    const Tensor unit = cast(equal(arange(static_cast<double>(y.size())), i), y.dtype()).reshape(y.shape());
    rows.push_back(vjp(f, x, unit).second);
  }
  Shape shape = y.shape();
  for (const std::int64_t extent : x.shape()) shape.push_back(extent);
  return stack(rows).reshape(shape);
}

Tensor normal(const Shape& shape) {
  Generator generator(5);
  return randn(shape, float64, generator);
}

const TensorFunction wide = [](const Tensor& x) { return exp(matmul(x, ones({3, 4}, float64))) * sum(x); };
const TensorFunction to_two = [](const Tensor& x) { return sum(tanh(x) * square(sum(x)), 0); };

}  // namespace

TEST_CASE("the Jacobian has the value's axes before the input's") {
  const Tensor j = jacobian([](const Tensor& x) { return sum(square(x), 1); }, f64({{1, 2, 3}, {4, 5, 6}}));
  CHECK(difference(j, {{{2, 4, 6}, {0, 0, 0}}, {{0, 0, 0}, {8, 10, 12}}}) == "");
}

TEST_CASE("by rows and by columns, whole and in chunks, the Jacobian is the one of single products") {
  for (const TensorFunction& f : {wide, to_two}) {
    const Tensor x = normal({2, 3});
    const Tensor expected = by_rows(f, x);
    for (const std::int64_t chunk : {0, 1, 2, 4, 100})
      CHECK(difference(jacobian(f, x, {.chunk = chunk}), expected, rounding) == "");
  }
}

TEST_CASE("the Jacobian of a function of a scalar, and of one that gives a scalar") {
  CHECK(difference(jacobian([](const Tensor& t) { return t * f64({1, 2, 3}); }, tensor(2, float64)), {1, 2, 3}) == "");
  CHECK(difference(jacobian([](const Tensor& x) { return sum(x * x); }, f64({1, 2})), {2, 4}) == "");
  CHECK(jacobian([](const Tensor& t) { return t * t; }, tensor(3, float64)).item() == 6);
}

TEST_CASE("the Jacobian of a constant is zero, that of the input the identity") {
  CHECK(difference(jacobian([](const Tensor&) { return ones({2}, float64); }, f64({1, 2, 3})),
                   zeros({2, 3}, float64)) == "");
  CHECK(difference(jacobian([](const Tensor& x) { return x; }, f64({1, 2})), {{1, 0}, {0, 1}}) == "");
}

TEST_CASE("the Jacobian of or to nothing has no entries") {
  CHECK(jacobian([](const Tensor& x) { return square(x); }, zeros({0}, float64)).shape() == Shape{0, 0});
  CHECK(jacobian([](const Tensor& x) { return slice(x, 0, 0, 0); }, f64({1, 2})).shape() == Shape{0, 2});
}

TEST_CASE("the Jacobian records as many nodes for many rows as for few") {
  const auto nodes = [](std::int64_t n) {
    const Tape tape;
    const Tensor x = normal({n});
    const std::size_t before = tape.size();
    jacobian([](const Tensor& t) { return tanh(t) * sum(t); }, x);
    return tape.size() - before;
  };
  CHECK(nodes(3) == nodes(300));
}

TEST_CASE("the Jacobian is differentiable") {
  for (const TensorFunction& f : {wide, to_two}) {
    const GradcheckResult result =
        gradcheck([&](const Tensor& x) { return jacobian(f, x, {.chunk = 2}); }, normal({2, 3}) * 0.3, {.order = 2});
    CHECK_MESSAGE(result.passed, result.message);
  }
}

TEST_CASE("the function is called once, and may look at values") {
  int calls = 0;
  const auto f = [&](const Tensor& x) {
    ++calls;
    return sum(x).item() > 0 ? x * x : x;
  };
  CHECK(difference(jacobian(f, f64({1, 2})), {{2, 0}, {0, 4}}) == "");
  CHECK(calls == 1);
}

TEST_CASE("the Hessian is that of the closed form, and symmetric") {
  const auto f = [](const Tensor& x) { return square(sum(x)) + sum(x * x * x); };
  CHECK(difference(hessian(f, f64({1, 2})), {{2 + 6, 2}, {2, 2 + 12}}, rounding) == "");
  const auto network = [](const Tensor& x) { return sum(softmax(tanh(x)) * square(x)); };
  const Tensor h = hessian(network, normal({5}), {.chunk = 2});
  CHECK(difference(h, h.T(), rounding) == "");
}

TEST_CASE("the Hessian of a matrix has four axes and agrees with hvp") {
  const auto f = [](const Tensor& x) { return sum(exp(matmul(x, x))); };
  const Tensor x = normal({2, 2}) * 0.3, v = normal({2, 2});
  const Tensor h = hessian(f, x);
  CHECK(h.shape() == Shape{2, 2, 2, 2});
  CHECK(difference(sum(h * v, {2, 3}), hvp(f, x, v), rounding) == "");
}

TEST_CASE("jacobian and hessian refuse what does not fit") {
  const auto f = [](const Tensor& x) { return x; };
  const Tensor deep = ones({1, 1, 1, 1, 1}, float64);
  CHECK(lacks(error_of([&] { jacobian(f, i64({1})); }), {"jacobian", "'x'", "int64"}) == "");
  CHECK(lacks(error_of([&] { jacobian([](const Tensor& x) { return argmax(x); }, f64({1})); }),
              {"jacobian", "'f(x)'", "int64"}) == "");
  CHECK(lacks(error_of([&] { jacobian(f, f64({1}), {.chunk = -1}); }), {"jacobian", "chunk is -1"}) == "");
  CHECK(lacks(error_of([&] { jacobian(f, deep); }), {"jacobian", "(1, 1, 1, 1, 1)", "8 axes"}) == "");
  CHECK(lacks(error_of([&] { hessian(f, f64({1, 2})); }), {"hessian", "(2,)", "one element"}) == "");
  CHECK(lacks(error_of([&] { hessian(f, i64({1})); }), {"hessian", "'x'", "int64"}) == "");
}

}  // namespace xgrad
