#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

#include <autograd/autograd.hpp>

#include "../expect.hpp"

namespace xgrad {
namespace {

using test::difference;
using test::error_of;

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr test::Tolerance rounding{.rtol = 1e-10, .atol = 1e-10};

Tensor numbers(const Shape& shape, std::uint64_t seed, DType dtype = float64) {
  Generator generator(seed);
  const Tensor x = randn(shape, dtype, generator);
  eval(x);
  return x;
}

Tensor t(const Tensor& x) { return swapaxes(x, -1, -2); }

/// The series of exp, for matrices of small norm.
Tensor series(const Tensor& x) {
  Tensor term = broadcast_to(eye(x.size(-1), {}, float64), x.shape()), total = term;
  for (int k = 1; k < 60; ++k) {
    term = matmul(term, x) / static_cast<double>(k);
    total = total + term;
  }
  return total;
}

}  // namespace

TEST_CASE("matrix norms are those of their definitions") {
  const Tensor x = tensor({{3, 0}, {4, 5}}, float64);  // singular values sqrt(45), sqrt(5)
  CHECK(matrix_norm(x).item() == doctest::Approx(std::sqrt(50)));
  CHECK(matrix_norm(x, "fro").item() == doctest::Approx(std::sqrt(50)));
  CHECK(matrix_norm(x, "nuc").item() == doctest::Approx(std::sqrt(45) + std::sqrt(5)));
  CHECK(matrix_norm(x, 2).item() == doctest::Approx(std::sqrt(45)));
  CHECK(matrix_norm(x, -2).item() == doctest::Approx(std::sqrt(5)));
  CHECK(matrix_norm(x, 1).item() == 7);
  CHECK(matrix_norm(x, -1).item() == 5);
  CHECK(matrix_norm(x, infinity).item() == 9);
  CHECK(matrix_norm(x, -infinity).item() == 3);
  const Tensor batch = numbers({2, 3, 4}, 1);
  CHECK(difference(matrix_norm(batch, 1, {.axes = {2, 0}}), max(sum(abs(batch), 2), 0)) == "");
  CHECK(matrix_norm(batch, 2, {.axes = {0, -1}, .keepdims = true}).shape() == Shape{1, 3, 1});
  CHECK(difference(vector_norm(batch, 1, -1), sum(abs(batch), -1)) == "");
  CHECK(matrix_norm(zeros({3, 0}), "nuc").item() == 0);
  CHECK(matrix_norm(zeros({3, 0})).item() == 0);
  CHECK(error_of([] { eval(matrix_norm(zeros({3, 0}), 2)); }).starts_with("matrix_norm: "));
}

TEST_CASE("first derivatives of norms are finite at matrices without full rank") {
  for (const Shape& shape : {Shape{3, 2}, Shape{2, 3}, Shape{3, 3}})
    for (const Tensor& x : {zeros(shape, float64), ones(shape, float64)}) {
      const Tensor nuclear = gradient([](const Tensor& at) { return matrix_norm(at, "nuc"); }, x);
      for (const double entry : nuclear.to_vector<double>()) CHECK(std::isfinite(entry));
      // A subgradient: no longer than 1 in every direction.
      CHECK(matrix_norm(nuclear, 2).item() < 1 + 1e-12);
    }
}

TEST_CASE("the condition number is the product of two norms, and infinite for singular matrices") {
  const Tensor x = tensor({{3, 0}, {4, 5}}, float64), singular = tensor({{1, 2}, {2, 4}}, float64);
  CHECK(cond(x).item() == doctest::Approx(3));
  CHECK(cond(x, -2).item() == doctest::Approx(1.0 / 3));
  CHECK(cond(x, "fro").item() == doctest::Approx(std::sqrt(50) * std::sqrt(50) / 15));
  CHECK(cond(x, 1).item() == doctest::Approx(7 * 9 / 15.0));
  for (const double ord : {1.0, -1.0, infinity, -infinity}) CHECK(cond(singular, ord).item() == infinity);
  CHECK(cond(singular, "fro").item() == infinity);
  CHECK(cond(singular).item() > 1e15);
  CHECK(cond(zeros({2, 2})).item() == infinity);
  CHECK(difference(cond(stack({x, singular}), 1), {8.4 / 2, infinity}, {.rtol = 1e-12}) == "");
  CHECK(cond(numbers({4, 2}, 2)).item() > 1);
  CHECK(cond(zeros({0, 0})).item() == 0);
}

TEST_CASE("matrix_power multiplies, inverts for negative powers, and is the identity for 0") {
  const Tensor x = numbers({2, 3, 3}, 3), square_x = matmul(x, x);
  CHECK(difference(matrix_power(x, 2), square_x, rounding) == "");
  CHECK(difference(matrix_power(x, 7), matmul(matmul(matmul(square_x, square_x), square_x), x), rounding) == "");
  CHECK(difference(matrix_power(x, -2), inv(square_x), {.rtol = 1e-8, .atol = 1e-8}) == "");
  CHECK(difference(matrix_power(x, 0), broadcast_to(eye(3, {}, float64), {2, 3, 3})) == "");
  CHECK(difference(matrix_power(tensor({{1, 1}, {0, 1}}, float64), 1000000), {{1, 1e6}, {0, 1}}) == "");
  CHECK(error_of([] { eval(matrix_power(zeros({2, 2}), -1)); }).find("singular") != std::string::npos);
}

TEST_CASE("matrix_exp agrees with its series and with closed forms, for small and large norms") {
  for (const double scale : {1e-3, 0.1, 0.5, 1.5, 4.0}) {
    CAPTURE(scale);
    const Tensor x = scale * numbers({2, 3, 3}, 4) / 3.0;
    CHECK(difference(matrix_exp(x), series(x), {.rtol = 1e-12, .atol = 1e-12}) == "");
    CHECK(difference(matrix_exp(x.to(float32)), series(x).to(float32), {.rtol = 1e-4, .atol = 1e-5}) == "");
  }
  const double angle = 30;
  CHECK(difference(matrix_exp(tensor({{0, -angle}, {angle, 0}}, float64)),
                   {{std::cos(angle), -std::sin(angle)}, {std::sin(angle), std::cos(angle)}}, {.atol = 1e-12}) == "");
  CHECK(difference(matrix_exp(tensor({{0, 1}, {0, 0}}, float64)), {{1, 1}, {0, 1}}) == "");
  CHECK(difference(matrix_exp(tensor({{-700, 0}, {0, 1}}, float64)), {{std::exp(-700.0), 0}, {0, std::exp(1.0)}},
                   {.rtol = 1e-11, .atol = 1e-16}) == "");
  CHECK(difference(matrix_exp(zeros({2, 0, 0})), zeros({2, 0, 0})) == "");
  CHECK(std::isnan(at(matrix_exp(tensor({{NAN, 0}, {0, 1}}, float64)), {0, 0}).item()));
  CHECK(matrix_exp(tensor({{1e4}}, float64)).item() == infinity);
  // Where x and its derivative commute, d exp(s x) / ds = x exp(s x).
  const Tensor x = numbers({3, 3}, 5);
  const Tensor derivative = jacobian([&](const Tensor& s) { return matrix_exp(s * x); }, tensor(0.7, float64));
  CHECK(difference(derivative, matmul(x, matrix_exp(0.7 * x)), rounding) == "");
}

TEST_CASE("eigvalsh and svdvals are the values of eigh and svd") {
  const Tensor x = numbers({2, 4, 4}, 6), y = numbers({3, 5}, 7);
  CHECK(difference(eigvalsh(x), eigh(x).values) == "");
  CHECK(difference(svdvals(y), svd(y).s) == "");
}

TEST_CASE("cross multiplies vectors along any axis, in integers exactly, and broadcasts") {
  CHECK(difference(cross(tensor({1, 0, 0}), tensor({0, 1, 0})), {0, 0, 1}) == "");
  CHECK(difference(cross(tensor({1, 2, 3}, int64), tensor({4, 5, 6}, int64)), tensor({-3, 6, -3}, int64)) == "");
  const Tensor a = numbers({2, 3, 4}, 8), b = numbers({3, 1}, 9);
  const Tensor c = cross(a, b, 1);
  CHECK(c.shape() == Shape{2, 3, 4});
  CHECK(difference(sum(a * c, 1), zeros({2, 4}, float64), rounding) == "");
  CHECK(difference(sum(b * c, 1), zeros({2, 4}, float64), rounding) == "");
  CHECK(difference(cross(a, b, -2), c) == "");
}

TEST_CASE("multi_dot multiplies in any number, in the cheapest order") {
  const Tensor a = numbers({10, 2}, 10), b = numbers({2, 30}, 11), c = numbers({30, 3}, 12), v = numbers({3}, 13),
               w = numbers({10}, 14);
  CHECK(difference(multi_dot({a, b, c}), matmul(matmul(a, b), c), rounding) == "");
  CHECK(difference(multi_dot({a, b, c, v}), matmul(matmul(matmul(a, b), c), v), rounding) == "");
  CHECK(difference(multi_dot({w, a, b, c, v}), matmul(matmul(matmul(matmul(w, a), b), c), v), rounding) == "");
  CHECK(difference(multi_dot({a, b}), matmul(a, b)) == "");
  // 2 x 30 x 3 and 10 x 2 x 3 operations, not 10 x 2 x 30 and 10 x 30 x 3: no 10 x 30 matrix.
  const Tape tape;
  const Tensor product = multi_dot({a, b, c});
  CHECK(explain(product).find("(10, 30)") == std::string::npos);
}

TEST_CASE("vander has the powers from 0 on, in integers exactly") {
  CHECK(difference(vander(tensor({1, 2, 3}, int64)), tensor({{1, 1, 1}, {1, 2, 4}, {1, 3, 9}}, int64)) == "");
  CHECK(difference(vander(tensor({2, 0}, float64), 4), {{1, 2, 4, 8}, {1, 0, 0, 0}}) == "");
  CHECK(vander(zeros({2, 3}), 0).shape() == Shape{2, 3, 0});
  CHECK(vander(zeros({2, 0})).shape() == Shape{2, 0, 0});
  CHECK(difference(vander(tensor({2}), 1), ones({1, 1})) == "");
}

TEST_CASE("householder_product multiplies reflectors, and has orthonormal columns for tau = 2 / v^T v") {
  const Tensor x = numbers({2, 5, 3}, 15), v = tril(x, -1) + eye(5, 3, float64);
  const Tensor tau = 2.0 / sum(square(v), -2);
  const Tensor q = householder_product(x, tau);
  CHECK(difference(matmul(t(q), q), broadcast_to(eye(3, {}, float64), {2, 3, 3}), rounding) == "");
  // I - tau v v^T for one reflector.
  const Tensor one = householder_product(tensor({{9, 0}, {2, 9}}, float64), tensor({0.5}, float64));
  CHECK(difference(one, {{0.5, -1}, {-1, -1}}) == "");
  CHECK(difference(householder_product(x, zeros({2, 0}, float64)), broadcast_to(eye(5, 3, float64), {2, 5, 3})) == "");
}

}  // namespace xgrad
