#include <autograd/ops/systems.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <tuple>

#include <autograd/batched_call.hpp>
#include <autograd/ops/lapack.hpp>

namespace xgrad {
namespace {

using namespace lapack;

// ------------------------------------------------------------------------------------------------- kernels

/// L and U in one matrix in rows, and after them the row exchanges, counted from 0.
template <class T>
void lu_of(const run::Call& call) {
  const Matrices all(call.inputs[0].shape);
  const auto m = static_cast<int>(all.rows), n = static_cast<int>(all.columns), k = std::min(m, n);
  std::vector<T> columns(static_cast<std::size_t>(all.size()));
  std::vector<int> pivots(static_cast<std::size_t>(k));
  each_matrix<T>(call, [&](std::vector<T>& matrix, std::int64_t, T* out) {
    if (k == 0) return;
    transpose_into(matrix.data(), m, n, columns.data());
    getrf(m, n, columns.data(), m, pivots.data());
    transpose_into(columns.data(), n, m, out);
    for (int i = 0; i < k; ++i) out[all.size() + i] = static_cast<T>(pivots[static_cast<std::size_t>(i)] - 1);
  });
}

struct PermutationAttributes {
  enum class Direction : std::int32_t { forward, inverse };

  Direction direction;
};
using Direction = PermutationAttributes::Direction;

/// Row exchanges (..., K) to the order of M rows that they lead to, or to its inverse.
void permutation_kernel(const run::Call& call) {
  const Shape& given = call.inputs[0].shape;
  const std::int64_t k = given[given.rank() - 1], m = call.result.shape[call.result.shape.rank() - 1];
  if (call.result.shape.elements() == 0) return;
  run::BufferHandle storage;
  const auto* pivots = run::contiguous(call.inputs[0], storage).as<std::int64_t>();
  const bool inverts = call.attributes.as<PermutationAttributes>().direction == Direction::inverse;
  std::vector<std::int64_t> order(static_cast<std::size_t>(m));
  auto* out = call.result.as<std::int64_t>();
  for (std::int64_t batch = 0; batch < call.result.shape.elements() / m; ++batch, pivots += k, out += m) {
    for (std::int64_t i = 0; i < m; ++i) order[static_cast<std::size_t>(i)] = i;
    for (std::int64_t i = 0; i < k; ++i) {
      if (pivots[i] < 0 || pivots[i] >= m)
        fail("lu_solve", "argument 'pivots' has " + std::to_string(pivots[i]) + " at row " + std::to_string(i) +
                             "; expected 0 to " + std::to_string(m - 1));
      std::swap(order[static_cast<std::size_t>(i)], order[static_cast<std::size_t>(pivots[i])]);
    }
    for (std::int64_t i = 0; i < m; ++i) {
      if (inverts)
        out[order[static_cast<std::size_t>(i)]] = i;
      else
        out[i] = order[static_cast<std::size_t>(i)];
    }
  }
}

struct PinvAttributes {
  double atol, rtol;
  std::int64_t hermitian;
  auto fields() const { return std::tie(atol, rtol, hermitian); }
};

template <class T>
void pinv_of(const run::Call& call) {
  const Matrices all(call.inputs[0].shape);
  const auto m = static_cast<int>(all.rows), n = static_cast<int>(all.columns), k = std::min(m, n);
  const auto extent = [](int rows, int columns) {
    return static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns);
  };
  std::vector<T> u(extent(m, k)), s(extent(k, 1)), vh(extent(k, n)), v(extent(n, k)), ut(extent(k, m));
  const auto& [atol, rtol, hermitian] = call.attributes.as<PinvAttributes>();
  each_matrix<T>(
      call, [&, atol = atol, rtol = rtol, hermitian = hermitian](std::vector<T>& matrix, std::int64_t index, T* out) {
        if (k == 0) return;
        if (hermitian) {
          for (int i = 0; i < n; ++i)
            for (int j = 0; j < i; ++j) matrix[extent(j, n) + extent(i, 1)] = matrix[extent(i, n) + extent(j, 1)];
        }
        if (!all_finite(matrix.data(), all.size())) {
          std::fill_n(out, all.size(), std::numeric_limits<T>::quiet_NaN());
          return;
        }
        if (!decompose(matrix, m, n, u.data(), s.data(), vh.data()))
          refuse_matrix("pinv", index, all.count, "has singular values that the iteration did not converge to");
        const double least = std::max(atol, rtol * static_cast<double>(s[0]));
        for (std::size_t i = 0; i < s.size(); ++i) s[i] = static_cast<double>(s[i]) > least ? 1 / s[i] : T(0);
        transpose_into(vh.data(), k, n, v.data());
        transpose_into(u.data(), m, k, ut.data());
        for (int row = 0; row < n; ++row)
          for (int i = 0; i < k; ++i) v[extent(row, k) + extent(i, 1)] *= s[extent(i, 1)];
        gemm(n, m, k, v.data(), ut.data(), out);
      });
}

// ------------------------------------------------------------------------------------------------- derivatives

/// The order of m rows that exchanges lead to.
Tensor permutation(const Tensor& pivots, std::int64_t m, Direction direction);

/// Rows of matrices in another order.
Tensor rows_at(const Tensor& x, const Tensor& order) { return take_along_axis(x, expand_dims(order, -1), -2); }

Tensor pivots_of(const Tensor& packed, std::int64_t m, std::int64_t n) {
  return cast(stop_gradient(slice(packed, -1, m * n, m * n + std::min(m, n))), int64);
}

/// x has its rows in the order of the exchanges here; the first K rows and columns are l1 u1. What lies below is l2 u1,
/// what lies to the right l1 u2.
void lu_vjp(Vjp& v) {
  const Shape& shape = v.input_shape(0);
  const std::int64_t m = shape[shape.rank() - 2], n = shape[shape.rank() - 1], k = std::min(m, n);
  const Tensor lu = part(v.output(), 0, m, n), g = part(v.cotangent(), 0, m, n);
  const auto first = [&](const Tensor& x) { return slice(slice(x, -1, 0, k), -2, 0, k); };
  const Tensor square = first(lu);
  Tensor gl = tril(first(g), -1), gu = triu(first(g)), below, beside;
  if (m > k) {
    below = solve_triangular(square, slice(g, -2, k, m), {.upper = true, .left = false, .transposed = true});
    gu = gu - triu(matmul(t(slice(lu, -2, k, m)), below));
  }
  if (n > k) {
    beside = solve_triangular(square, slice(g, -1, k, n), {.unit_diagonal = true, .transposed = true});
    gl = gl - tril(matmul(beside, t(slice(lu, -1, k, n))), -1);
  }
  const Tensor l = tril(square, -1) + eye(k, {}, lu.dtype());
  const Tensor inner = tril(matmul(t(l), gl), -1) + triu(matmul(gu, t(triu(square))));
  Tensor all = solve_triangular(square, inner, {.unit_diagonal = true, .transposed = true});
  all = solve_triangular(square, all, {.upper = true, .left = false, .transposed = true});
  if (m > k) all = concatenate({all, below}, -2);
  if (n > k) all = concatenate({all, beside}, -1);
  v.give(0, rows_at(all, permutation(pivots_of(v.output(), m, n), m, Direction::inverse)));
}

void pinv_vjp(Vjp& v) {
  const bool hermitian = v.attributes().as<PinvAttributes>().hermitian != 0;
  const Tensor given = v.input(0), p = v.output(), g = v.cotangent();
  const Tensor x = hermitian ? tril(given) + t(tril(given, -1)) : given;
  const Tensor pt = t(p), gt = t(g);
  // The parts of g^T and p^T that x does not reach, on its left and on its right.
  const Tensor left = gt - matmul(x, matmul(p, gt)), right = gt - matmul(matmul(gt, p), x);
  const Tensor all = matmul(matmul(left, p), pt) + matmul(pt, matmul(p, right)) - matmul(matmul(pt, g), pt);
  v.give(0, hermitian ? 0.5 * (all + t(all)) : all);
}

// ------------------------------------------------------------------------------------------------- primitives

using Inputs = const std::vector<Tensor>&;

Tensor flat(const Tensor& x) { return x.reshape({x.size()}); }

/// Matrices of rank 1 or 2 from samples of any rank.
Tensor of_low_rank(const Tensor& x) {
  return matmul(slice(x, -1, 0, 1), slice(x, -2, 0, 1)) + 0.5 * matmul(slice(x, -1, 1, 2), slice(x, -2, 1, 2));
}

std::vector<Sample> lu_samples() {
  const auto call = [](Inputs x) {
    const Lu f = lu(x[0]);
    return concatenate({flat(f.l), flat(f.u), flat(f.p)}, 0);
  };
  const Tensor exchanged = flip(sample_matrix({3, 3}), 0);
  return {{"square", call, {exchanged}},
          {"tall", call, {sample_matrix({4, 2})}},
          {"wide", call, {sample_matrix({2, 3})}},
          {"a batch", call, {sample_matrix({2, 2, 2})}}};
}

std::vector<Sample> lu_factor_samples() {
  return {{"square", [](Inputs x) { return lu_factor(x[0]).lu; }, {flip(sample_matrix({3, 3}), 0)}},
          {"a batch", [](Inputs x) { return lu_factor(x[0]).lu; }, {sample_matrix({2, 3, 2})}}};
}

std::vector<Sample> lu_solve_samples() {
  const auto call = [](LuSolveOptions options) {
    return [options](Inputs x) {
      const LuFactor f = lu_factor(x[0]);
      return lu_solve(f.lu, f.pivots, x[1], options);
    };
  };
  const Tensor a = flip(sample_matrix({3, 3}), 0), b = ops::sample_values({3, 2}, -1, 1);
  return {{"a matrix", call({}), {a, b}},
          {"transposed", call({.transposed = true}), {a, b}},
          {"from the right", call({.left = false}), {a, transpose(b)}},
          {"a batch", call({}), {sample_matrix({2, 2, 2}), ops::sample_values({2, 1}, -1, 1)}}};
}

Tensor sample_factor(std::int64_t n) { return sample_matrix({n, n}); }

std::vector<Sample> cholesky_solve_samples() {
  return {{"lower",
           [](Inputs x) { return cholesky_solve(x[0], x[1]); },
           {ops::sample_values({3, 2}, -1, 1), sample_factor(3)}},
          {"upper",
           [](Inputs x) { return cholesky_solve(x[0], x[1], {.upper = true}); },
           {ops::sample_values({2, 2, 1}, -1, 1), sample_factor(2)}}};
}

std::vector<Sample> cholesky_inverse_samples() {
  return {{"lower", [](Inputs x) { return cholesky_inverse(x[0]); }, {sample_factor(3)}},
          {"upper", [](Inputs x) { return cholesky_inverse(x[0], {.upper = true}); }, {sample_factor(2)}}};
}

std::vector<Sample> pinv_samples() {
  const auto call = [](Inputs x) { return pinv(x[0]); };
  const auto low = [](Inputs x) { return pinv(of_low_rank(x[0])); };
  const auto hermitian = [](Inputs x) { return pinv(symmetric(x[0]), {.hermitian = true}); };
  return {{"square", call, {sample_matrix({3, 3})}},
          {"tall", call, {sample_matrix({3, 2})}},
          {"wide", call, {sample_matrix({2, 3})}},
          {"of rank 2", low, {sample_matrix({3, 4})}},
          {"symmetric", hermitian, {ops::sample_values({3, 3}, -0.5, 0.5)}},
          {"a batch", call, {sample_matrix({2, 3, 2})}}};
}

std::vector<Sample> lstsq_samples() {
  const auto call = [](Inputs x) {
    const Lstsq f = lstsq(x[0], x[1]);
    return concatenate({flat(f.solution), flat(f.residuals)}, 0);
  };
  return {{"tall", call, {sample_matrix({4, 2}), ops::sample_values({4, 2}, -1, 1)}},
          {"wide", call, {sample_matrix({2, 3}), ops::sample_values({2, 1}, -1, 1)}},
          {"a vector", call, {sample_matrix({3, 2}), ops::sample_values({3}, -1, 1)}},
          {"a batch", call, {sample_matrix({2, 3, 2}), ops::sample_values({3, 1}, -1, 1)}}};
}

std::vector<Sample> matrix_rank_samples() {
  return {{"a batch",
           [](Inputs x) { return matrix_rank(x[0]); },
           {stack({eye(3, {}, float64), ones({3, 3}, float64), zeros({3, 3}, float64)})},
           tensor({3, 1, 0}, int64)}};
}

std::vector<Sample> tensorinv_samples() {
  return {{"two and two axes",
           [](Inputs x) {
             return tensorinv(x[0].reshape({2, 2, 2, 2}));
           },
           {sample_matrix({4, 4})}},
          {"one axis",
           [](Inputs x) {
             return tensorinv(x[0].reshape({4, 2, 2}), 1);
           },
           {sample_matrix({4, 4})}}};
}

std::vector<Sample> tensorsolve_samples() {
  return {{"a matrix",
           [](Inputs x) {
             return tensorsolve(x[0].reshape({2, 2, 4}), x[1]);
           },
           {sample_matrix({4, 4}), ops::sample_values({2, 2}, -1, 1)}},
          {"moved axes",
           [](Inputs x) {
             return tensorsolve(x[0].reshape({4, 2, 2}).permute({1, 0, 2}), x[1], {0, 2});
           },
           {sample_matrix({4, 4}), ops::sample_values({4}, -1, 1)}}};
}

constexpr Primitive lu_primitive{.name = "lu",
                                 .doc = "triangular factors of x and the row exchanges, all in one",
                                 .vjp = &lu_vjp,
                                 .reads = reads_output,
                                 .traits = BlockTraits{.kernel = &by_type<&lu_of<float>, &lu_of<double>>},
                                 .batch = &batch::behind,
                                 .samples = &lu_samples};
constexpr Primitive permutation_primitive{.name = "row_order",
                                          .doc = "the order of rows that exchanges lead to",
                                          .traits = BlockTraits{.kernel = &permutation_kernel},
                                          .batch = &batch::behind,
                                          .samples = [] {
                                            const Tensor pivots = tensor({2, 2, 2}, int64);
                                            return std::vector<Sample>{
                                                {"forward",
                                                 [](Inputs x) { return permutation(x[0], 3, Direction::forward); },
                                                 {pivots},
                                                 tensor({2, 0, 1}, int64)},
                                                {"inverse",
                                                 [](Inputs x) { return permutation(x[0], 3, Direction::inverse); },
                                                 {pivots},
                                                 tensor({1, 2, 0}, int64)}};
                                          }};
constexpr Primitive pinv_primitive{.name = "pinv",
                                   .doc = "pseudoinverse of x",
                                   .vjp = &pinv_vjp,
                                   .reads = 1 | reads_output,
                                   .traits = BlockTraits{.kernel = &by_type<&pinv_of<float>, &pinv_of<double>>},
                                   .batch = &batch::behind,
                                   .samples = &pinv_samples};

Tensor permutation(const Tensor& pivots, std::int64_t m, Direction direction) {
  Shape shape = pivots.shape();
  shape[shape.rank() - 1] = m;
  return record1(permutation_primitive, pivots, shape, int64, PermutationAttributes{direction});
}

// ------------------------------------------------------------------------------------------------- recording

/// The exchanges and the factors, and the factors in one matrix.
struct PackedLu {
  Tensor lu, pivots;

  PackedLu(const char* op, const Operand& x) {
    const Tensor matrices = checked_matrices(op, "x", x);
    const std::int64_t m = x.size(-2), n = x.size(-1);
    const Tensor packed = record_packed(lu_primitive, matrices, m * n + std::min(m, n));
    lu = part(packed, 0, m, n);
    pivots = pivots_of(packed, m, n);
  }
};

struct Tolerances {
  double atol, rtol;

  Tolerances(const char* op, const RankOptions& options, const Tensor& x) {
    const auto check = [&](const char* name, std::optional<double> value) {
      if (value && !(*value >= 0)) {
        fail(op, std::string("option '") + name + "' is " + Number(*value).text() +
                     "; a number that is not negative is " + "expected");
      }
    };
    check("atol", options.atol);
    check("rtol", options.rtol);
    const double epsilon =
        x.dtype() == float64 ? std::numeric_limits<double>::epsilon() : std::numeric_limits<float>::epsilon();
    atol = options.atol.value_or(0);
    rtol = options.rtol.value_or(atol > 0 ? 0 : epsilon * static_cast<double>(std::max(x.size(-2), x.size(-1))));
  }
};

Tensor checked_by(const char* op, const Operand& x, const RankOptions& options) {
  return options.hermitian ? checked_square(op, "x", x) : checked_matrices(op, "x", x);
}

std::int64_t product(const Shape& shape, int begin, int end) {
  std::int64_t result = 1;
  for (int axis = begin; axis < end; ++axis) result *= shape[axis];
  return result;
}

}  // namespace

Lu lu(const Operand& x) {
  const Called called("lu");
  const PackedLu f("lu", x);
  const std::int64_t m = x.size(-2), k = std::min(m, x.size(-1));
  const DType dtype = f.lu.dtype();
  return {t(one_hot(permutation(f.pivots, m, Direction::forward), m, dtype)),
          tril(slice(f.lu, -1, 0, k), -1) + eye(m, k, dtype), triu(slice(f.lu, -2, 0, k))};
}

LuFactor lu_factor(const Operand& x) {
  const Called called("lu_factor");
  const PackedLu f("lu_factor", x);
  return {f.lu, f.pivots};
}

Tensor lu_solve(const Tensor& lu, const Tensor& pivots, const Operand& b, const LuSolveOptions& options) {
  const Called called("lu_solve");
  checked_square("lu_solve", "lu", lu);
  ops::check_indices("lu_solve", "pivots", pivots);
  Shape expected = lu.shape();
  expected.erase(expected.rank() - 1);
  if (pivots.shape() != expected) {
    fail("lu_solve", "argument 'pivots' has shape " + to_string(pivots.shape()) + " for a factorization of shape " +
                         to_string(lu.shape()) + "; " + to_string(expected) + " is expected");
  }
  const System system = checked_system("lu_solve", lu, b, options.left);
  const Tensor& factors = system.a;
  const Tensor& right = system.b;
  Shape shape = of_batch(factors);
  shape.push_back(lu.size(-1));
  const Tensor exchanges = broadcast_to(pivots, shape);
  // X a = b is a^T X^T = b^T.
  const bool transposed = options.transposed == options.left;
  const Tensor given = options.left ? right : t(right);
  const auto solved = [&](const Tensor& y, bool upper) {
    return solve_triangular(factors, y, {.upper = upper, .unit_diagonal = !upper, .transposed = transposed});
  };
  const Tensor order = permutation(exchanges, lu.size(-1), transposed ? Direction::inverse : Direction::forward);
  const Tensor x = transposed ? rows_at(solved(solved(given, true), false), order)
                              : solved(solved(rows_at(given, order), false), true);
  return options.left ? x : t(x);
}

Tensor cholesky_solve(const Operand& b, const Operand& l, CholeskyOptions options) {
  const Called called("cholesky_solve");
  ops::check_defined("cholesky_solve", "b", b);
  checked_square("cholesky_solve", "l", l);
  const auto [factor, right] = checked_system("cholesky_solve", l, b);
  const Tensor first = solve_triangular(factor, right, {.upper = options.upper, .transposed = options.upper});
  return solve_triangular(factor, first, {.upper = options.upper, .transposed = !options.upper});
}

Tensor cholesky_inverse(const Operand& l, CholeskyOptions options) {
  const Called called("cholesky_inverse");
  const Tensor factor = checked_square("cholesky_inverse", "l", l);
  return cholesky_solve(eye(factor.size(-1), {}, factor.dtype()), factor, options);
}

Tensor pinv(const Operand& x, const RankOptions& options) {
  const Called called("pinv");
  const Tensor matrices = checked_by("pinv", x, options);
  const Tolerances tolerances("pinv", options, matrices);
  Shape shape = of_batch(matrices);
  shape.push_back(matrices.size(-1));
  shape.push_back(matrices.size(-2));
  return record1(pinv_primitive, matrices, shape, matrices.dtype(),
                 PinvAttributes{tolerances.atol, tolerances.rtol, options.hermitian ? 1 : 0});
}

Tensor matrix_rank(const Operand& x, const RankOptions& options) {
  const Called called("matrix_rank");
  const Tensor matrices = checked_by("matrix_rank", x, options);
  const auto [atol, rtol] = Tolerances("matrix_rank", options, matrices);
  if (std::min(matrices.size(-1), matrices.size(-2)) == 0) return zeros(of_batch(matrices), int64);
  const Tensor s = stop_gradient(options.hermitian ? abs(eigh(matrices).values) : svd(matrices).s);
  return sum(greater(s, maximum(rtol * max(s, -1, {.keepdims = true}), atol)), -1);
}

Lstsq lstsq(const Operand& a, const Operand& b, LstsqOptions options) {
  const Called called("lstsq");
  const Tensor matrices = checked_matrices("lstsq", "a", a);
  ops::check_defined("lstsq", "b", b);
  const bool vector = b.rank() == 1;
  const Tensor right = checked_matrices("lstsq", "b", vector ? expand_dims(b, -1) : Tensor(b));
  if (right.size(-2) != matrices.size(-2)) {
    fail("lstsq", "shapes " + to_string(a.shape()) + " and " + to_string(b.shape()) + ": b has " +
                      std::to_string(right.size(-2)) + " rows, the matrices of a have " +
                      std::to_string(matrices.size(-2)) + "; expected them equal");
  }
  ops::broadcast_shapes("lstsq", of_batch(matrices), of_batch(right));
  if (options.rcond && !(*options.rcond >= 0)) {
    fail("lstsq", "option 'rcond' is " + Number(*options.rcond).text() + "; a number that is not negative is expected");
  }
  const DType dtype = std::max(matrices.dtype(), right.dtype());
  const Tensor left = cast(matrices, dtype), wanted = cast(right, dtype);
  const RankOptions tolerance{.rtol = options.rcond};
  const Tensor solution = matmul(pinv(left, tolerance), wanted);
  const Tensor residuals = sum(square(matmul(left, solution) - wanted), -2);
  return {vector ? squeeze(solution, -1) : solution, vector ? squeeze(residuals, -1) : residuals,
          matrix_rank(left, tolerance), svd(left).s};
}

Tensor tensorinv(const Operand& x, int ind) {
  const Called called("tensorinv");
  ops::check_defined("tensorinv", "x", x);
  const int rank = x.rank();
  if (ind < 1 || ind > rank) {
    fail("tensorinv", "ind is " + std::to_string(ind) + " for shape " + to_string(x.shape()) + "; expected 1 to " +
                          std::to_string(rank));
  }
  const std::int64_t rows = product(x.shape(), 0, ind), columns = product(x.shape(), ind, rank);
  if (rows != columns) {
    fail("tensorinv", "argument 'x' has shape " + to_string(x.shape()) + ": the first " + std::to_string(ind) +
                          " extents multiply to " + std::to_string(rows) + ", the others to " +
                          std::to_string(columns) + "; expected them equal");
  }
  Shape shape;
  for (int i = 0; i < rank; ++i) shape.push_back(x.shape()[(i + ind) % rank]);
  return inv(reshape(x, Shape{rows, columns})).reshape(shape);
}

Tensor tensorsolve(const Operand& a, const Operand& b, const std::vector<int>& axes) {
  const Called called("tensorsolve");
  ops::check_defined("tensorsolve", "a", a);
  ops::check_defined("tensorsolve", "b", b);
  const std::int64_t moved = ops::axes_mask("tensorsolve", axes, a.shape());
  std::vector<int> order;
  for (int axis = 0; axis < a.rank(); ++axis)
    if ((moved >> axis & 1) == 0) order.push_back(axis);
  for (const int axis : axes) order.push_back(ops::checked_axis("tensorsolve", axis, a.shape()));
  const Tensor matrix = axes.empty() ? Tensor(a) : transpose(a, order);
  const std::int64_t n = b.size();
  bool fits = a.rank() >= b.rank() && product(matrix.shape(), b.rank(), a.rank()) == n;
  for (int axis = 0; fits && axis < b.rank(); ++axis) fits = matrix.shape()[axis] == b.shape()[axis];
  if (!fits) {
    fail("tensorsolve", "shapes " + to_string(matrix.shape()) + " of a and " + to_string(b.shape()) +
                            " of b: expected a to begin with b's extents, and others that multiply to as many");
  }
  Shape shape;
  for (int axis = b.rank(); axis < a.rank(); ++axis) shape.push_back(matrix.shape()[axis]);
  return solve(matrix.reshape(Shape{n, n}), reshape(b, Shape{n})).reshape(shape);
}

namespace {

constexpr Composition lu_factor_composition{"lu_factor", &lu_factor_samples};
constexpr Composition lu_solve_composition{"lu_solve", &lu_solve_samples};
constexpr Composition cholesky_solve_composition{"cholesky_solve", &cholesky_solve_samples};
constexpr Composition cholesky_inverse_composition{"cholesky_inverse", &cholesky_inverse_samples};
constexpr Composition matrix_rank_composition{"matrix_rank", &matrix_rank_samples, false};
constexpr Composition lstsq_composition{"lstsq", &lstsq_samples};
constexpr Composition tensorinv_composition{"tensorinv", &tensorinv_samples};
constexpr Composition tensorsolve_composition{"tensorsolve", &tensorsolve_samples};

}  // namespace

std::span<const Primitive* const> system_primitives() {
  static constexpr const Primitive* list[] = {&lu_primitive, &permutation_primitive, &pinv_primitive};
  return list;
}

std::span<const Composition* const> system_compositions() {
  static constexpr const Composition* list[] = {
      &lu_factor_composition,   &lu_solve_composition, &cholesky_solve_composition, &cholesky_inverse_composition,
      &matrix_rank_composition, &lstsq_composition,    &tensorinv_composition,      &tensorsolve_composition};
  return list;
}

}  // namespace xgrad
