#include <doctest/doctest.h>

#include <cmath>
#include <functional>
#include <limits>

#include <autograd/autograd.hpp>

#include "../expect.hpp"
#include "../kernel/instruction_sets.hpp"

namespace xgrad {
namespace {

using test::difference;
using test::error_of;

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

constexpr test::Tolerance rounding{.rtol = 1e-10, .atol = 1e-10};  // condition numbers up to some hundreds

Tensor numbers(const Shape& shape, std::uint64_t seed, DType dtype = float64) {
  Generator generator(seed);
  const Tensor x = randn(shape, dtype, generator);
  eval(x);
  return x;
}

Tensor t(const Tensor& x) { return swapaxes(x, -1, -2); }
Tensor identity_like(const Tensor& x) { return broadcast_to(eye(x.size(-1), {}, x.dtype()), x.shape()); }
Tensor positive_definite(const Shape& shape, std::uint64_t seed) {
  const Tensor x = numbers(shape, seed);
  return matmul(x, t(x)) + identity_like(x);
}

}  // namespace

TEST_CASE("a product has the same bits whichever way its operands and its result lie") {
  if (!test::has_own_products()) return;
  for (const std::int64_t n : {1, 3, 10, 16, 40})
    for (const std::int64_t m : {1, 7, 12, 16, 33})
      for (const std::int64_t k : {1, 8, 50, 600}) {
        INFO(n, " x ", k, " x ", m);
        const Tensor a = numbers({n, k}, 1, float32), b = numbers({k, m}, 2, float32);
        const Tensor at = t(a) + 0, bt = t(b) + 0;
        eval({at, bt});
        const Tensor product = matmul(a, b);
        eval(product);
        CHECK(difference(matmul(t(at), b), product) == "");
        CHECK(difference(matmul(a, t(bt)), product) == "");
        CHECK(difference(t(matmul(bt, at)), product) == "");
      }
}

TEST_CASE("cholesky gives the lower factor, of one matrix and of batches, from the lower triangle") {
  for (const Shape& shape : {Shape{1, 1}, Shape{5, 5}, Shape{2, 3, 4, 4}, Shape{3, 0, 0}, Shape{0, 2, 2}}) {
    const Tensor x = positive_definite(shape, 1), l = cholesky(x);
    CHECK(difference(matmul(l, t(l)), x, rounding) == "");
    CHECK(difference(tril(l), l) == "");
    CHECK(difference(cholesky(tril(x)), l) == "");
  }
  CHECK(difference(cholesky(tensor({{4, 2}, {2, 5}})), tensor({{2, 0}, {1, 2}}), {.rtol = 1e-6}) == "");
}

TEST_CASE("solve and inv undo multiplication, for any layout, batches that broadcast, and vectors") {
  const Tensor a = numbers({2, 1, 4, 4}, 2), b = numbers({3, 4, 2}, 3);
  const Tensor x = solve(a, b);
  CHECK(x.shape() == Shape{2, 3, 4, 2});
  CHECK(difference(matmul(a, x), broadcast_to(b, x.shape()), rounding) == "");
  CHECK(difference(solve(t(t(a)), b), x, rounding) == "");
  CHECK(difference(matmul(t(a), solve(t(a), b)), broadcast_to(b, x.shape()), rounding) == "");
  CHECK(difference(matmul(a, inv(a)), identity_like(a), rounding) == "");
  const Tensor v = numbers({4}, 4), m = numbers({4, 4}, 5);
  CHECK(solve(m, v).shape() == Shape{4});
  CHECK(difference(matmul(m, solve(m, v)), v, rounding) == "");
  CHECK(solve(numbers({0, 0}, 1), numbers({0, 3}, 1)).shape() == Shape{0, 3});
  CHECK(solve(m, numbers({4, 0}, 1)).shape() == Shape{4, 0});
  CHECK(solve(tensor({{2, 0}, {0, 4}}, int64), tensor({1, 1}, int64)).dtype() == float32);
  const Tensor single = numbers({6, 6}, 6, float32);
  CHECK(difference(matmul(single, inv(single)), identity_like(single), {.rtol = 0, .atol = 1e-4}) == "");
}

TEST_CASE("solve_triangular reads one triangle, and the diagonal where it is told to") {
  const Tensor a = numbers({3, 4, 4}, 7) + 3.0 * eye(4, {}, float64), b = numbers({4, 2}, 8);
  const auto spread = broadcast_to(b, {3, 4, 2});
  CHECK(difference(matmul(tril(a), solve_triangular(a, b)), spread, rounding) == "");
  CHECK(difference(matmul(triu(a), solve_triangular(a, b, {.upper = true})), spread, rounding) == "");
  const Tensor unit = tril(a, -1) + eye(4, {}, float64);
  CHECK(difference(matmul(unit, solve_triangular(a, b, {.unit_diagonal = true})), spread, rounding) == "");
}

TEST_CASE("det and slogdet agree with closed forms, signs and singular matrices included") {
  CHECK(det(tensor({{1, 2}, {3, 4}}, float64)).item() == doctest::Approx(-2));
  CHECK(det(tensor({{0, 1}, {1, 0}}, float64)).item() == doctest::Approx(-1));
  CHECK(det(tensor({{1, 2}, {2, 4}}, float64)).item() == 0);
  CHECK(det(zeros({0, 0})).item() == 1);
  const Tensor a = numbers({2, 3, 3}, 9), b = numbers({2, 3, 3}, 10);
  CHECK(difference(det(matmul(a, b)), det(a) * det(b), rounding) == "");
  CHECK(det(a).shape() == Shape{2});
  const auto [sign, logabs] = slogdet(a);
  CHECK(difference(sign * exp(logabs), det(a), rounding) == "");
  CHECK(difference(abs(sign), ones({2}, float64)) == "");
  const SlogDet singular = slogdet(tensor({{1, 2}, {2, 4}}, float64));
  CHECK(singular.sign.item() == 0);
  CHECK(singular.logabs.item() == -infinity);
  // A determinant that a float64 cannot hold.
  CHECK(slogdet(1e3 * eye(200, {}, float64)).logabs.item() == doctest::Approx(200 * std::log(1e3)));
  CHECK(slogdet(-1e3 * eye(3, {}, float64)).sign.item() == -1);
}

TEST_CASE("the derivative of det is the matrix of cofactors, of singular matrices as well") {
  // The determinants of the minors, with alternating signs.
  const auto cofactors = [](const Tensor& x) {
    const std::int64_t n = x.size(-1);
    const auto without = [n](const Tensor& m, int axis, std::int64_t i) {
      return concatenate({slice(m, axis, 0, i), slice(m, axis, i + 1, n)}, axis);
    };
    std::vector<Tensor> rows;
    for (std::int64_t i = 0; i < n; ++i) {
      std::vector<Tensor> row;
      for (std::int64_t j = 0; j < n; ++j)
        row.push_back(((i + j) % 2 == 0 ? 1.0 : -1.0) * det(without(without(x, 0, i), 1, j)));
      rows.push_back(stack(row));
    }
    return stack(rows);
  };
  const auto slope = [](const Tensor& x) { return gradient([](const Tensor& m) { return sum(det(m)); }, x); };
  for (const std::int64_t n : {1, 2, 3, 5}) {
    for (std::int64_t rank = 0; rank <= n; ++rank) {
      INFO("rank ", rank, " of ", n);
      const auto seed = static_cast<std::uint64_t>(10 * n + rank);
      const Tensor x = matmul(numbers({n, rank}, seed), numbers({rank, n}, seed + 100));
      const Tensor expected = cofactors(x);
      CHECK(difference(slope(x), expected, rounding) == "");
      CHECK(difference(slope(x.to(float32)), expected.to(float32), {.rtol = 1e-4, .atol = 1e-4}) == "");
      if (rank + 2 <= n) CHECK(difference(slope(x), zeros({n, n}, float64), rounding) == "");
    }
  }
  CHECK(difference(slope(test::f64({{0, 0}, {0, 3}})), {{3, 0}, {0, 0}}) == "");
  CHECK(difference(slope(zeros({1, 1}, float64)), {{1}}) == "");
  CHECK(slope(zeros({2, 0, 0}, float64)).shape() == Shape{2, 0, 0});

  // Nearly singular ones keep all digits of their largest cofactors.
  const Tensor nearly = test::f64({{1, 2, 3}, {4, 5, 6}, {7, 8, 9 + 1e-13}});
  CHECK(difference(slope(nearly), cofactors(nearly), {.atol = 1e-13}) == "");

  // A batch of regular and of singular matrices, and central differences.
  const Tensor batch =
      stack({numbers({3, 3}, 1), test::f64({{1, 2, 3}, {4, 5, 6}, {7, 8, 9}}), zeros({3, 3}, float64)});
  CHECK(difference(slope(batch), stack({cofactors(at(batch, {0})), cofactors(at(batch, {1})), zeros({3, 3}, float64)}),
                   rounding) == "");
  CHECK(gradcheck(det, batch).passed);
}

TEST_CASE("higher derivatives of det are right near and at singular matrices of any rank") {
  const auto value = [](const Tensor& m) { return sum(det(m)); };
  CHECK(gradcheck(det, numbers({3, 3}, 4), {.order = 2}).passed);
  // Of a 2 x 2 determinant they are 0 and +-1 everywhere.
  const Tensor constant = test::f64({{0, 0, 0, 1}, {0, 0, -1, 0}, {0, -1, 0, 0}, {1, 0, 0, 0}}).reshape({2, 2, 2, 2});
  for (const Tensor& x : {test::f64({{0.1, 0.7}, {0.3, 2.1}}), test::f64({{1, 2}, {2, 4 + 1e-8}}),
                          test::f64({{1, 2}, {3, 4}}), zeros({2, 2}, float64)}) {
    CHECK(difference(hessian(value, x), constant, {.atol = 1e-14}) == "");
    CHECK(difference(hessian(value, x.to(float32)), constant.to(float32), {.atol = 1e-5}) == "");
  }
  // A determinant of 3 x 3 written out has the same derivatives of order 2 and 3, at every rank.
  const auto written_out = [](const Tensor& x) {
    const auto e = [&](std::int64_t i, std::int64_t j) { return at(x, {i, j}); };
    return e(0, 0) * (e(1, 1) * e(2, 2) - e(1, 2) * e(2, 1)) - e(0, 1) * (e(1, 0) * e(2, 2) - e(1, 2) * e(2, 0)) +
           e(0, 2) * (e(1, 0) * e(2, 1) - e(1, 1) * e(2, 0));
  };
  const Tensor v = numbers({3, 3}, 21), w = numbers({3, 3}, 22);
  const auto third = [&](const TensorFunction& f, const Tensor& x) {
    return gradient([&](const Tensor& y) { return sum(w * hvp(f, y, v)); }, x);
  };
  for (std::int64_t rank = 0; rank <= 3; ++rank) {
    CAPTURE(rank);
    const Tensor x = matmul(numbers({3, rank}, 23), numbers({rank, 3}, 24));
    CHECK(difference(hessian(value, x), hessian(written_out, x), {.atol = 1e-13}) == "");
    CHECK(difference(third(value, x), third(written_out, x), {.atol = 1e-12}) == "");
  }
  // Of rank N - 2 the second derivative is not 0, of rank N - 3 it is; singular values tie, and lie far apart.
  const Tensor diagonal = diag(test::f64({0, 2, 0, 1e-5}));
  const Tensor second = hessian(value, diagonal);
  CHECK(at(second, {0, 0, 2, 2}).item() == doctest::Approx(2e-5));
  CHECK(at(second, {0, 2, 2, 0}).item() == doctest::Approx(-2e-5));
  CHECK(sum(abs(second)).item() == doctest::Approx(8e-5));
  CHECK(sum(abs(hessian(value, diag(test::f64({0, 2, 0, 0}))))).item() == 0);
  // Products of singular values that a float64 does not hold on the way.
  const Tensor wide = diag(concatenate({full({200}, 1e3, float64), full({200}, 1e-3, float64)}, 0));
  CHECK(at(gradient(value, wide), {0, 0}).item() == doctest::Approx(1e-3));
  for (const double entry : hessian(value, full({2, 2}, nan, float64)).to_vector<double>()) CHECK(std::isnan(entry));
}

TEST_CASE("derivatives of slogdet and inv at a singular matrix are an Error") {
  const Tensor singular = test::f64({{1, 2}, {2, 4}});
  const std::string text =
      error_of([&] { eval(gradient([](const Tensor& x) { return slogdet(x).logabs; }, singular)); });
  CHECK(test::lacks(text, {"the matrix is singular"}) == "");
}

TEST_CASE("factorizations of nothing have nothing, and derivatives") {
  for (const Shape& shape : {Shape{0, 0}, Shape{2, 0, 0}, Shape{0, 3, 3}}) {
    CAPTURE(to_string(shape));
    const Tensor x = zeros(shape, float64);
    const auto check = [&](const TensorFunction& f) {
      const Tensor first = gradient([&](const Tensor& y) { return sum(f(y)); }, x);
      CHECK(first.shape() == shape);
      CHECK(gradient([&](const Tensor& y) { return sum(gradient([&](const Tensor& z) { return sum(f(z)); }, y)); }, x)
                .shape() == shape);
    };
    check([](const Tensor& y) { return cholesky(y); });
    check([](const Tensor& y) { return inv(y); });
    check([](const Tensor& y) { return solve(y, y); });
    check([](const Tensor& y) { return solve_triangular(y, y); });
    check([](const Tensor& y) { return det(y); });
    check([](const Tensor& y) { return slogdet(y).logabs; });
    check([](const Tensor& y) { return qr(y).r; });
    check([](const Tensor& y) { return eigh(y).values; });
    check([](const Tensor& y) { return svd(y).s; });
    check([](const Tensor& y) { return pinv(y); });
    check([](const Tensor& y) { return lu(y).l; });
    check([](const Tensor& y) { return matrix_exp(y); });
  }
  for (const Shape& shape : {Shape{3, 0}, Shape{0, 3}, Shape{2, 3, 0}}) {
    CAPTURE(to_string(shape));
    const Tensor x = zeros(shape, float64);
    CHECK(svd(x).s.size(-1) == 0);
    CHECK(gradient([](const Tensor& y) { return sum(svd(y).u) + sum(qr(y).q) + sum(pinv(y)); }, x).shape() == shape);
  }
}

TEST_CASE("qr gives orthonormal columns and an upper triangle, tall, wide and square") {
  for (const Shape& shape : {Shape{4, 4}, Shape{6, 3}, Shape{3, 6}, Shape{2, 5, 2}, Shape{3, 0}, Shape{0, 3}}) {
    CAPTURE(to_string(shape));
    const Tensor x = numbers(shape, 11);
    const auto [q, r] = qr(x);
    CHECK(q.size(-1) == std::min(x.size(-1), x.size(-2)));
    CHECK(difference(matmul(q, r), x, rounding) == "");
    const Tensor gram = matmul(t(q), q);
    CHECK(difference(gram, identity_like(gram), rounding) == "");
    CHECK(difference(triu(r), r) == "");
  }
}

TEST_CASE("eigh gives ascending eigenvalues and orthonormal vectors of a symmetric matrix") {
  for (const Shape& shape : {Shape{1, 1}, Shape{5, 5}, Shape{2, 3, 3}, Shape{0, 0}}) {
    const Tensor x = positive_definite(shape, 12);
    const auto [values, vectors] = eigh(x);
    CHECK(difference(matmul(vectors * expand_dims(values, -2), t(vectors)), x, rounding) == "");
    CHECK(difference(matmul(t(vectors), vectors), identity_like(x), rounding) == "");
    CHECK(difference(sort(values), values) == "");
    CHECK(difference(eigh(tril(x)).values, values) == "");
  }
  CHECK(difference(eigh(tensor({{2, 1}, {1, 2}}, float64)).values, {1, 3}, rounding) == "");
}

TEST_CASE("svd gives descending singular values and orthonormal vectors, tall, wide and square") {
  for (const Shape& shape : {Shape{4, 4}, Shape{6, 3}, Shape{3, 6}, Shape{2, 5, 2}, Shape{3, 0}}) {
    CAPTURE(to_string(shape));
    const Tensor x = numbers(shape, 13);
    const auto [u, s, vh] = svd(x);
    CHECK(difference(matmul(u * expand_dims(s, -2), vh), x, rounding) == "");
    const Tensor left = matmul(t(u), u), right = matmul(vh, t(vh));
    CHECK(difference(left, identity_like(left), rounding) == "");
    CHECK(difference(right, identity_like(right), rounding) == "");
    CHECK(difference(sort(s, -1, {.descending = true}), s) == "");
    CHECK(difference(sqrt(sum(square(x), {-1, -2})), sqrt(sum(square(s), -1)), rounding) == "");
  }
}

TEST_CASE("where values tie first derivatives of functions of the values are right, and all are finite") {
  // x^3 by way of eigenvectors, at a multiple of the identity: all eigenvalues are equal.
  const Tensor x = 2.0 * eye(3, {}, float64);
  const auto cube = [](const Tensor& a) {
    const auto [values, vectors] = eigh(a);
    return sum(matmul(vectors * expand_dims(values * square(values), -2), t(vectors)));
  };
  // Without the terms between equal values the gradient keeps what the values say, and has no NaN.
  for (const double entry : gradient(cube, x).to_vector<double>()) CHECK(std::isfinite(entry));
  const auto trace_of_cube = [](const Tensor& a) { return sum(square(eigh(a).values) * eigh(a).values); };
  CHECK(difference(gradient(trace_of_cube, x), 12.0 * eye(3, {}, float64), rounding) == "");
  const auto nuclear = [](const Tensor& a) { return sum(svd(a).s); };
  CHECK(difference(gradient(nuclear, x), eye(3, {}, float64), rounding) == "");
  // Second ones leave out the terms between equal values: of the trace of x^2 at the identity they are 2 on the
  // diagonal of the basis that eigh chose, and not between its vectors.
  const auto trace_of_square = [](const Tensor& a) { return sum(square(eigh(a).values)); };
  const Tensor exchange = test::f64({{0, 1}, {1, 0}});
  CHECK(difference(hvp(trace_of_square, eye(2, {}, float64), exchange), zeros({2, 2}, float64)) == "");
  // Zero singular values of matrices that are not square.
  for (const Shape& shape : {Shape{3, 2}, Shape{2, 3}})
    for (const double entry : gradient(nuclear, zeros(shape, float64)).to_vector<double>()) CHECK(std::isfinite(entry));
}

TEST_CASE("the derivative of log det is the inverse, transposed, and its own derivative is right") {
  const Tensor a = positive_definite({4, 4}, 14);
  const auto f = [](const Tensor& x) { return slogdet(x).logabs; };
  CHECK(difference(gradient(f, a), t(inv(a)), rounding) == "");
  const Tensor v = numbers({4, 4}, 15);
  CHECK(difference(hvp(f, a, v), -matmul(matmul(t(inv(a)), t(v)), t(inv(a))), rounding) == "");
}

TEST_CASE("NaN and infinity pass through factorizations as NaN, and do not hang them") {
  for (const double bad : {nan, infinity}) {
    const Tensor x = tensor({{1, bad}, {bad, 2}}, float64);
    for (const Tensor& result : {eigh(x).values, eigh(x).vectors, svd(x).s, svd(x).u})
      for (const double entry : result.to_vector<double>()) CHECK(std::isnan(entry));
    CHECK(!std::isfinite(det(x).item()));
  }
}

TEST_CASE("operands that do not fit, and matrices that cannot be factorized, are refused with what is wrong") {
  const auto refuses = [](const std::function<Tensor()>& call, const std::vector<std::string>& parts) {
    const std::string text = error_of([&] { eval(call()); });
    for (const std::string& part : parts) CHECK_MESSAGE(text.find(part) != std::string::npos, text, " lacks ", part);
  };
  const Tensor vector = ones({3}), wide = ones({2, 3}), square_one = ones({3, 3});
  refuses([&] { return cholesky(vector); }, {"cholesky", "'x'", "(3,)", "(..., M, N)"});
  refuses([&] { return cholesky(wide); }, {"cholesky", "'x'", "(2, 3)", "square"});
  refuses([&] { return inv(wide); }, {"inv", "(2, 3)", "square"});
  refuses([&] { return det(wide); }, {"det", "(2, 3)", "square"});
  refuses([&] { return slogdet(wide).sign; }, {"slogdet", "(2, 3)", "square"});
  refuses([&] { return eigh(wide).values; }, {"eigh", "(2, 3)", "square"});
  refuses([&] { return qr(vector).q; }, {"qr", "(3,)", "(..., M, N)"});
  refuses([&] { return svd(vector).s; }, {"svd", "(3,)", "(..., M, N)"});
  refuses([&] { return solve(wide, wide); }, {"solve", "'a'", "(2, 3)", "square"});
  refuses([&] { return solve(square_one, wide); }, {"solve", "(3, 3)", "(2, 3)", "2 rows"});
  refuses([&] { return solve_triangular(square_one, vector); }, {"solve_triangular", "'b'", "(3,)"});
  refuses([&] { return solve(ones({2, 3, 3}), ones({4, 3, 1})); }, {"solve", "broadcast"});
  refuses([] { return cholesky(Tensor()); }, {"cholesky", "undefined"});
  refuses(
      [] {
        return cholesky(tensor({{1, 2}, {2, 1}}));
      },
      {"cholesky", "the matrix", "order 2", "positive definite"});
  refuses([] { return solve(stack({eye(2), ones({2, 2})}), ones({2, 1})); }, {"solve", "matrix 1", "singular"});
}

}  // namespace xgrad
