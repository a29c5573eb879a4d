#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include <autograd/autograd.hpp>

#include "../expect.hpp"

namespace xgrad {
namespace {

using test::difference;

constexpr test::Tolerance rounding{.rtol = 1e-10, .atol = 1e-10};  // condition numbers up to some hundreds

Tensor numbers(const Shape& shape, std::uint64_t seed, DType dtype = float64) {
  Generator generator(seed);
  const Tensor x = randn(shape, dtype, generator);
  eval(x);
  return x;
}

Tensor t(const Tensor& x) { return swapaxes(x, -1, -2); }
Tensor of_rank(std::int64_t m, std::int64_t n, std::int64_t rank, std::uint64_t seed) {
  return matmul(numbers({m, rank}, seed), numbers({rank, n}, seed + 100));
}

}  // namespace

TEST_CASE("lu gives a permutation and triangular factors, tall, wide, square, singular and empty") {
  for (const Shape& shape : {Shape{1, 1}, Shape{4, 4}, Shape{5, 3}, Shape{3, 5}, Shape{2, 3, 4, 2}, Shape{3, 0},
                             Shape{0, 2}, Shape{2, 0, 0}, Shape{0, 3, 3}}) {
    CAPTURE(to_string(shape));
    const Tensor x = numbers(shape, 1);
    const auto [p, l, u] = lu(x);
    const std::int64_t k = std::min(x.size(-1), x.size(-2));
    CHECK(l.size(-1) == k);
    CHECK(difference(matmul(matmul(p, l), u), x, rounding) == "");
    CHECK(difference(matmul(t(p), p), broadcast_to(eye(x.size(-2), {}, float64), p.shape())) == "");
    CHECK(difference(tril(l, -1) + eye(x.size(-2), k, float64), l) == "");
    CHECK(difference(triu(u), u) == "");
    const auto [factors, pivots] = lu_factor(x);
    CHECK(pivots.dtype() == int64);
    CHECK(factors.shape() == shape);
  }
  const auto [factors, pivots] = lu_factor(tensor({{1, 2}, {4, 8}}, float64));
  CHECK(difference(factors, {{4, 8}, {0.25, 0}}) == "");
  CHECK(difference(pivots, tensor({1, 1}, int64)) == "");
}

TEST_CASE("lu_solve undoes multiplication from either side, transposed, in batches that broadcast") {
  const Tensor a = numbers({3, 4, 4}, 2), b = numbers({4, 2}, 3);
  const auto [factors, pivots] = lu_factor(a);
  const Tensor spread = broadcast_to(b, {3, 4, 2});
  CHECK(difference(matmul(a, lu_solve(factors, pivots, b)), spread, rounding) == "");
  CHECK(difference(matmul(t(a), lu_solve(factors, pivots, b, {.transposed = true})), spread, rounding) == "");
  CHECK(difference(matmul(lu_solve(factors, pivots, t(b), {.left = false}), a), t(spread), rounding) == "");
  CHECK(difference(matmul(lu_solve(factors, pivots, t(b), {.left = false, .transposed = true}), t(a)), t(spread),
                   rounding) == "");
  CHECK(lu_solve(zeros({0, 0}), zeros({0}, int64), zeros({0, 2})).shape() == Shape{0, 2});
}

TEST_CASE("solve_triangular solves from the right and with the transpose") {
  const Tensor a = numbers({4, 4}, 7) + 3.0 * eye(4, {}, float64), b = numbers({2, 4, 3}, 8);
  for (const bool upper : {false, true}) {
    const Tensor read = upper ? triu(a) : tril(a);
    CHECK(difference(matmul(t(read), solve_triangular(a, b, {.upper = upper, .transposed = true})), b, rounding) == "");
    CHECK(difference(matmul(solve_triangular(a, t(b), {.upper = upper, .left = false}), read), t(b), rounding) == "");
    CHECK(difference(matmul(solve_triangular(a, t(b), {.upper = upper, .left = false, .transposed = true}), t(read)),
                     t(b), rounding) == "");
  }
}

TEST_CASE("cholesky_solve and cholesky_inverse take lower and upper factors") {
  const Tensor root = numbers({2, 4, 4}, 9), a = matmul(root, t(root)) + eye(4, {}, float64), b = numbers({4, 3}, 10);
  CHECK(difference(cholesky(a, {.upper = true}), t(cholesky(a))) == "");
  CHECK(difference(cholesky(a, true), t(cholesky(a))) == "");
  for (const bool upper : {false, true}) {
    const Tensor factor = cholesky(a, {.upper = upper});
    CHECK(difference(cholesky_solve(b, factor, {.upper = upper}), solve(a, b), rounding) == "");
    CHECK(difference(cholesky_inverse(factor, {.upper = upper}), inv(a), rounding) == "");
  }
}

TEST_CASE("pinv satisfies Penrose's equations for matrices of any shape and rank") {
  struct Size {
    std::int64_t m, n, rank;
  };
  for (const Size& size : {Size{4, 4, 4}, {5, 3, 3}, {3, 5, 3}, {5, 4, 2}, {3, 3, 0}, {3, 0, 0}, {0, 2, 0}}) {
    const std::int64_t m = size.m, n = size.n, rank = size.rank;
    CAPTURE(m);
    CAPTURE(n);
    CAPTURE(rank);
    const Tensor a = of_rank(m, n, rank, 11), p = pinv(a);
    CHECK(p.shape() == Shape{n, m});
    CHECK(difference(matmul(matmul(a, p), a), a, rounding) == "");
    CHECK(difference(matmul(matmul(p, a), p), p, rounding) == "");
    CHECK(difference(t(matmul(a, p)), matmul(a, p), rounding) == "");
    CHECK(difference(t(matmul(p, a)), matmul(p, a), rounding) == "");
    CHECK(matrix_rank(a).item<int>() == rank);
  }
  const Tensor low = of_rank(4, 4, 2, 12), symmetric = low + t(low);
  const Tensor p = pinv(symmetric);
  CHECK(difference(pinv(tril(symmetric), {.hermitian = true}), p, rounding) == "");
  CHECK(matrix_rank(tril(symmetric), {.hermitian = true}).item<int>() == matrix_rank(symmetric).item<int>());
}

TEST_CASE("tolerances say which singular values count as 0") {
  const Tensor x = tensor({{100, 0, 0}, {0, 1, 0}, {0, 0, 0.01}}, float64);
  CHECK(matrix_rank(x).item<int>() == 3);
  CHECK(matrix_rank(x, {.atol = 0.1}).item<int>() == 2);
  CHECK(matrix_rank(x, {.rtol = 0.1}).item<int>() == 1);
  CHECK(matrix_rank(x, {.atol = 50, .rtol = 0.001}).item<int>() == 1);
  CHECK(difference(pinv(x, {.atol = 0.1}), {{0.01, 0, 0}, {0, 1, 0}, {0, 0, 0}}, {.atol = 1e-15}) == "");
  CHECK(difference(matrix_rank(zeros({2, 3, 0})), zeros({2}, int64)) == "");
  for (const double entry : pinv(full({2, 2}, NAN, float64)).to_vector<double>()) CHECK(std::isnan(entry));
}

TEST_CASE("the derivative of pinv is right where singular values tie, and along matrices of one rank") {
  // At the identity pinv is inv: d inv = -dx.
  const Tensor one = eye(3, {}, float64), g = numbers({3, 3}, 13);
  const auto slope = gradient([&](const Tensor& x) { return sum(g * pinv(x)); }, one);
  CHECK(difference(slope, -g, rounding) == "");
  const Tensor v = numbers({3, 3}, 14);
  const auto f = [&](const Tensor& x) { return sum(g * pinv(x)); };
  const auto by_inv = [&](const Tensor& x) { return sum(g * inv(x)); };
  CHECK(difference(hvp(f, one, v), hvp(by_inv, one, v), rounding) == "");
  const auto of_two = [](const Tensor& x) { return pinv(matmul(x, slice(t(x), -1, 0, 3))); };
  CHECK(gradcheck(of_two, numbers({4, 2}, 15), {.order = 2}).passed);
}

TEST_CASE("lstsq gives the solution of least norm among those of least squares") {
  // A line through (0, 1), (1, 3), (2, 4): 7/6 + 3/2 x, with the residuals -1/6, 1/3, -1/6.
  const Tensor a = tensor({{1, 0}, {1, 1}, {1, 2}}, float64), b = tensor({1, 3, 4}, float64);
  const Lstsq line = lstsq(a, b);
  CHECK(difference(line.solution, {7.0 / 6, 1.5}, rounding) == "");
  CHECK(line.residuals.item() == doctest::Approx(1.0 / 6));
  CHECK(line.rank.item<int>() == 2);
  CHECK(difference(line.singular_values, svdvals(a), rounding) == "");
  CHECK(difference(lstsq(tensor({{1, 1}}, float64), tensor({2}, float64)).solution, {1, 1}, rounding) == "");
  const Tensor batch = numbers({2, 5, 3}, 16), right = numbers({5, 2}, 17);
  const Tensor x = lstsq(batch, right).solution;
  // The residual is orthogonal to the columns.
  CHECK(difference(matmul(t(batch), matmul(batch, x) - right), zeros({2, 3, 2}, float64), rounding) == "");
  CHECK(lstsq(of_rank(5, 3, 1, 18), right).rank.item<int>() == 1);
  CHECK(lstsq(tensor({{1, 0}, {0, 1e-3}}, float64), tensor({1, 1}, float64), {.rcond = 0.1}).rank.item<int>() == 1);
  CHECK(lstsq(zeros({3, 0}), zeros({3, 2})).solution.shape() == Shape{0, 2});
}

TEST_CASE("tensorinv and tensorsolve invert maps of tensors") {
  const Tensor a = numbers({2, 3, 6}, 19), y = numbers({2, 3}, 20);
  const Tensor inverse = tensorinv(a, 2);
  CHECK(inverse.shape() == Shape{6, 2, 3});
  CHECK(difference(tensordot(a, tensordot(inverse, y, 2), 1), y, rounding) == "");
  const Tensor x = tensorsolve(a, y);
  CHECK(x.shape() == Shape{6});
  CHECK(difference(tensordot(a, x, 1), y, rounding) == "");
  const Tensor moved = permute(a, {2, 0, 1});  // (6, 2, 3), of which axis 0 is solved for
  CHECK(difference(tensorsolve(moved, y, {0}), x, rounding) == "");
}

}  // namespace xgrad
