#include <autograd/ops/lapack.hpp>

#include <cblas.h>

#include <algorithm>
#include <limits>

#include <autograd/batched_call.hpp>

namespace xgrad {
namespace {

using namespace lapack;

// Attributes of solve_triangular: whether the upper triangle is read, and whether its diagonal is taken to be 1.

// ------------------------------------------------------------------------------------------------- kernels

template <class T>
void cholesky_of(const run::Call& call) {
  const Matrices all(call.inputs[0].shape);
  const auto n = static_cast<int>(all.rows);
  each_matrix<T>(call, [&](std::vector<T>& matrix, std::int64_t index, T* out) {
    // LAPACK reads columns, so the lower triangle of our rows is the upper one to it.
    int info = 0;
    if (n > 0) choose<T>(&spotrf_, &dpotrf_)("U", &n, matrix.data(), &n, &info, 1);
    if (info > 0) {
      refuse_matrix("cholesky", index, all.count,
                    "is not positive definite: its leading minor of order " + std::to_string(info) + " is not");
    }
    for (int i = 0; i < n; ++i)
      for (int j = 0; j < n; ++j) out[i * n + j] = j <= i ? matrix[static_cast<std::size_t>(i * n + j)] : T(0);
  });
}

struct TriangularAttributes {
  enum class Triangle : std::int32_t { lower, upper };
  enum class Diagonal : std::int32_t { read, ones };

  Triangle triangle;
  Diagonal diagonal;

  explicit TriangularAttributes(const TriangularOptions& options) noexcept
      : triangle(options.upper ? Triangle::upper : Triangle::lower),
        diagonal(options.unit_diagonal ? Diagonal::ones : Diagonal::read) {}
  TriangularOptions options() const noexcept {
    return {.upper = triangle == Triangle::upper, .unit_diagonal = diagonal == Diagonal::ones};
  }
};

/// The function that refuses a singular matrix.
struct SolveAttributes {
  const char* caller;
};

template <class T>
void solve_triangular_of(const run::Call& call) {
  ops::keep_blas_to_one_thread();
  const Matrices a(call.inputs[0].shape), b(call.result.shape);
  run::BufferHandle storage;
  const T* matrix = run::contiguous(call.inputs[0], storage).as<T>();
  run::copy(call.inputs[1], call.result);
  if (b.size() == 0) return;
  const auto n = static_cast<blasint>(b.rows), k = static_cast<blasint>(b.columns);
  const TriangularOptions options = call.attributes.as<TriangularAttributes>().options();
  const CBLAS_UPLO triangle = options.upper ? CblasUpper : CblasLower;
  const CBLAS_DIAG diagonal = options.unit_diagonal ? CblasUnit : CblasNonUnit;
  for (std::int64_t i = 0; i < b.count; ++i)
    choose<T>(&cblas_strsm, &cblas_dtrsm)(CblasRowMajor, CblasLeft, triangle, CblasNoTrans, diagonal, n, k, T(1),
                                          matrix + i * a.size(), n, call.result.as<T>() + i * b.size(), k);
}

/// LU factorization of a matrix in rows, which LAPACK reads as its transpose. Returns 0 if the matrix is not singular,
/// else the number of the first pivot that is 0.
template <class T>
int factorize(std::vector<T>& matrix, int n, std::vector<int>& pivots) {
  int info = 0;
  pivots.resize(static_cast<std::size_t>(n));
  if (n > 0) choose<T>(&sgetrf_, &dgetrf_)(&n, &n, matrix.data(), &n, pivots.data(), &info);
  return info;
}

template <class T>
void solve_of(const run::Call& call) {
  const Matrices a(call.inputs[0].shape), b(call.result.shape);
  run::BufferHandle storage;
  const T* right = run::contiguous(call.inputs[1], storage).as<T>();
  const auto n = static_cast<int>(b.rows), k = static_cast<int>(b.columns);
  std::vector<int> pivots;
  std::vector<T> columns(static_cast<std::size_t>(b.size()));
  each_matrix<T>(call, [&](std::vector<T>& matrix, std::int64_t index, T* out) {
    const int pivot = factorize(matrix, n, pivots);
    if (pivot > 0)
      refuse_matrix(call.attributes.as<SolveAttributes>().caller, index, a.count,
                    "is singular: pivot " + std::to_string(pivot) + " is 0");
    if (b.size() == 0) return;
    int info = 0;
    transpose_into(right + index * b.size(), n, k, columns.data());
    choose<T>(&sgetrs_, &dgetrs_)("T", &n, &k, matrix.data(), &n, pivots.data(), columns.data(), &n, &info, 1);
    transpose_into(columns.data(), k, n, out);
  });
}

/// Calls f(sign, diagonal entry) for each diagonal entry of an LU factorization; sign is -1 where rows changed places.
template <class T, class F>
void each_pivot(std::vector<T>& matrix, int n, std::vector<int>& pivots, F f) {
  factorize(matrix, n, pivots);
  for (int i = 0; i < n; ++i)
    f(pivots[static_cast<std::size_t>(i)] != i + 1 ? T(-1) : T(1), matrix[static_cast<std::size_t>(i * (n + 1))]);
}

template <class T>
void det_of(const run::Call& call) {
  const auto n = static_cast<int>(Matrices(call.inputs[0].shape).rows);
  std::vector<int> pivots;
  each_matrix<T>(call, [&](std::vector<T>& matrix, std::int64_t, T* out) {
    *out = 1;
    each_pivot(matrix, n, pivots, [&](T sign, T entry) { *out *= sign * entry; });
  });
}

/// det(x) inv(x)^T in rows, computed from the factorization that the matrix holds.
template <class T>
void regular_cofactors(std::vector<T>& matrix, int n, const std::vector<int>& pivots, T det, T* out) {
  for (int i = 0; i < n; ++i)
    for (int j = 0; j < n; ++j) out[i * n + j] = i == j ? T(1) : T(0);
  int info = 0;
  choose<T>(&sgetrs_, &dgetrs_)("T", &n, &n, matrix.data(), &n, pivots.data(), out, &n, &info, 1);
  for (int i = 0; i < n * n; ++i) out[i] *= det;
}

/// The cofactors of x = u diag(s) v^T, which may be singular: det(u) det(v) u diag(c) v^T, where c[i] is the product of
/// the other singular values. `columns` is the transpose, whose factors are v and u.
template <class T>
void singular_cofactors(std::vector<T>& columns, int n, T* out) {
  const auto size = static_cast<std::size_t>(n);
  std::vector<T> v(size * size), s(size), ut(size * size);
  std::vector<int> pivots(8 * size);
  int info = 0;
  with_workspace<T>([&](T* work, int length) {
    choose<T>(&sgesdd_, &dgesdd_)("S", &n, &n, columns.data(), &n, s.data(), v.data(), &n, ut.data(), &n, work, &length,
                                  pivots.data(), &info, 1);
  });
  if (info != 0) fail("det", "a singular matrix has singular values that the iteration did not converge to");
  T sign = 1;
  for (const std::vector<T>* factor : {&v, &ut}) {
    std::vector<T> copy = *factor;
    each_pivot(copy, n, pivots, [&](T exchanged, T entry) { sign *= std::copysign(exchanged, exchanged * entry); });
  }
  for (std::size_t i = 0; i < size; ++i) {
    T others = sign;
    for (std::size_t j = 0; j < size; ++j)
      if (j != i) others *= s[j];
    for (std::size_t row = 0; row < size; ++row) v[i * size + row] *= others;
  }
  choose<T>(&cblas_sgemm, &cblas_dgemm)(CblasColMajor, CblasNoTrans, CblasNoTrans, n, n, n, T(1), v.data(), n,
                                        ut.data(), n, T(0), out, n);
}

/// The derivative of the determinant, which singular matrices have as well.
template <class T>
void cofactors_of(const run::Call& call) {
  const auto n = static_cast<int>(Matrices(call.inputs[0].shape).rows);
  std::vector<int> pivots;
  std::vector<T> factors;
  each_matrix<T>(call, [&](std::vector<T>& matrix, std::int64_t, T* out) {
    if (!all_finite(matrix.data(), std::int64_t{n} * n)) {
      std::fill_n(out, n * n, std::numeric_limits<T>::quiet_NaN());
      return;
    }
    factors = matrix;
    T det = 1, least = std::numeric_limits<T>::infinity(), most = 0;
    each_pivot(factors, n, pivots, [&](T sign, T entry) {
      det *= sign * entry;
      least = std::min(least, std::abs(entry));
      most = std::max(most, std::abs(entry));
    });
    // The inverse is not used where it would lose half of the digits.
    if (least > std::sqrt(std::numeric_limits<T>::epsilon()) * most)
      regular_cofactors(factors, n, pivots, det, out);
    else if (n > 0)
      singular_cofactors(matrix, n, out);
  });
}

/// The sign and the logarithm of the absolute value, next to each other.
template <class T>
void slogdet_of(const run::Call& call) {
  const auto n = static_cast<int>(Matrices(call.inputs[0].shape).rows);
  std::vector<int> pivots;
  each_matrix<T>(call, [&](std::vector<T>& matrix, std::int64_t, T* out) {
    out[0] = 1;
    out[1] = 0;
    each_pivot(matrix, n, pivots, [&](T sign, T entry) {
      out[0] *= entry == 0 ? T(0) : std::isnan(entry) ? entry : std::copysign(sign, sign * entry);
      out[1] += std::log(std::abs(entry));
    });
  });
}

// ------------------------------------------------------------------------------------------------- derivatives

void cholesky_vjp(Vjp& v) {
  const Tensor l = v.output();
  const Tensor inner = matmul(t(l), tril(v.cotangent()));
  const Tensor lower = 0.5 * (tril(inner) + tril(inner, -1));
  const Tensor left = solve_triangular(t(l), lower, {.upper = true});
  const Tensor both = t(solve_triangular(t(l), t(left), {.upper = true}));
  v.give(0, 0.5 * (both + t(both)));
}

void solve_triangular_vjp(Vjp& v) {
  const TriangularOptions options = v.attributes().as<TriangularAttributes>().options();
  const Tensor right =
      solve_triangular(t(v.input(0)), v.cotangent(), {.upper = !options.upper, .unit_diagonal = options.unit_diagonal});
  v.give(1, right);
  if (!v.wants(0)) return;
  const Tensor all = -matmul(right, t(v.output()));
  const int offset = options.unit_diagonal ? 1 : 0;
  v.give(0, options.upper ? triu(all, offset) : tril(all, -offset));
}

void solve_vjp(Vjp& v) {
  const Tensor right = solve(t(v.input(0)), v.cotangent());
  v.give(1, right);
  if (v.wants(0)) v.give(0, -matmul(right, t(v.output())));
}

Tensor cofactors(const Tensor& x);

void det_vjp(Vjp& v) { v.give(0, as_columns(as_columns(v.cotangent())) * cofactors(v.input(0))); }

/// For matrices that are not singular. A singular one has no inverse, which is an Error.
void cofactors_vjp(Vjp& v) {
  const Tensor inverse = t(inv(v.input(0)));
  const Tensor along = sum(v.cotangent() * v.output(), {-2, -1}, {.keepdims = true});
  v.give(0, along * inverse - matmul(v.output(), matmul(t(v.cotangent()), inverse)));
}

void slogdet_vjp(Vjp& v) { v.give(0, as_columns(slice(v.cotangent(), -1, 1, 2)) * t(inv(v.input(0)))); }

// ------------------------------------------------------------------------------------------------- primitives

using Inputs = const std::vector<Tensor>&;

/// Matrices whose diagonal keeps them far from singular.
Tensor sample_matrix(const Shape& shape) {
  return ops::sample_values(shape, -0.5, 0.5) + 2.0 * eye(shape[shape.rank() - 2], shape[shape.rank() - 1], float64);
}

std::vector<Sample> cholesky_samples() {
  const auto call = [](Inputs x) { return cholesky(symmetric(x[0])); };
  return {{"a matrix", call, {ops::sample_values({3, 3}, -0.5, 0.5)}},
          {"a batch", call, {ops::sample_values({2, 2, 2}, -0.5, 0.5)}},
          {"one entry", call, {ops::sample_values({1, 1}, 0.5, 1)}}};
}

std::vector<Sample> solve_triangular_samples() {
  const auto lower = [](Inputs x) { return solve_triangular(x[0], x[1]); };
  const auto upper = [](Inputs x) { return solve_triangular(x[0], x[1], {.upper = true}); };
  const auto unit = [](Inputs x) { return solve_triangular(x[0], x[1], {.upper = true, .unit_diagonal = true}); };
  return {{"lower", lower, {sample_matrix({3, 3}), ops::sample_values({3, 2}, -1, 1)}},
          {"upper, a batch", upper, {sample_matrix({2, 2, 2}), ops::sample_values({2, 2, 1}, -1, 1)}},
          {"a unit diagonal", unit, {sample_matrix({3, 3}), ops::sample_values({3, 1}, -1, 1)}},
          {"one matrix for a batch", lower, {sample_matrix({2, 2}), ops::sample_values({2, 2, 1}, -1, 1)}}};
}

std::vector<Sample> solve_samples() {
  const auto call = [](Inputs x) { return solve(x[0], x[1]); };
  return {{"a matrix", call, {sample_matrix({3, 3}), ops::sample_values({3, 2}, -1, 1)}},
          {"a vector", call, {sample_matrix({3, 3}), ops::sample_values({3}, -1, 1)}},
          {"a batch", call, {sample_matrix({2, 2, 2}), ops::sample_values({2, 2, 1}, -1, 1)}},
          {"one matrix for a batch", call, {sample_matrix({2, 2}), ops::sample_values({2, 2, 1}, -1, 1)}}};
}

template <Tensor (*op)(const Operand&)>
std::vector<Sample> determinant_samples() {
  const auto call = [](Inputs x) { return op(x[0]); };
  return {{"a matrix", call, {sample_matrix({3, 3})}}, {"a batch", call, {sample_matrix({2, 2, 2})}}};
}

Tensor log_abs_det(const Operand& x) { return slogdet(x).logabs; }

constexpr Primitive cholesky_primitive{
    .name = "cholesky",
    .doc = "lower triangular L with L L^T = x",
    .vjp = &cholesky_vjp,
    .reads = reads_output,
    .traits = BlockTraits{.kernel = &by_type<&cholesky_of<float>, &cholesky_of<double>>},
    .batch = &batch::behind,
    .samples = &cholesky_samples};
constexpr Primitive solve_triangular_primitive{
    .name = "solve_triangular",
    .doc = "X with a X = b, for a triangular a",
    .vjp = &solve_triangular_vjp,
    .reads = 1 | reads_output,
    .traits = BlockTraits{.kernel = &by_type<&solve_triangular_of<float>, &solve_triangular_of<double>>},
    .batch = &batch::behind,
    .samples = &solve_triangular_samples};
constexpr Primitive solve_primitive{.name = "solve",
                                    .doc = "X with a X = b",
                                    .vjp = &solve_vjp,
                                    .reads = 1 | reads_output,
                                    .traits = BlockTraits{.kernel = &by_type<&solve_of<float>, &solve_of<double>>},
                                    .batch = &batch::behind,
                                    .samples = &solve_samples};
constexpr Primitive det_primitive{.name = "det",
                                  .doc = "determinant of x",
                                  .vjp = &det_vjp,
                                  .reads = 1,
                                  .traits = BlockTraits{.kernel = &by_type<&det_of<float>, &det_of<double>>},
                                  .batch = &batch::behind,
                                  .samples = &determinant_samples<det>};
constexpr Primitive cofactors_primitive{
    .name = "cofactors",
    .doc = "derivative of the determinant of x",
    .vjp = &cofactors_vjp,
    .reads = 1 | reads_output,
    .traits = BlockTraits{.kernel = &by_type<&cofactors_of<float>, &cofactors_of<double>>},
    .batch = &batch::behind,
    .samples = [] {
      const auto call = [](Inputs x) { return cofactors(x[0]); };
      return std::vector<Sample>{{"a matrix", call, {sample_matrix({3, 3})}},
                                 {"a batch", call, {sample_matrix({2, 2, 2})}}};
    }};
constexpr Primitive slogdet_primitive{
    .name = "slogdet",
    .doc = "sign of the determinant of x, and the logarithm of its absolute value",
    .vjp = &slogdet_vjp,
    .reads = 1,
    .traits = BlockTraits{.kernel = &by_type<&slogdet_of<float>, &slogdet_of<double>>},
    .batch = &batch::behind,
    .samples = &determinant_samples<log_abs_det>};

Tensor cofactors(const Tensor& x) { return record1(cofactors_primitive, x, x.shape(), x.dtype()); }

// ------------------------------------------------------------------------------------------------- recording

/// Both operands of a system in one dtype and with the same leading axes.
struct System {
  Tensor a, b;
};

System checked_system(const char* op, const Tensor& a, const Tensor& b) {
  const Tensor matrix = checked_square(op, "a", a), right = checked_matrices(op, "b", b);
  if (right.size(-2) != matrix.size(-1)) {
    fail(op, "shapes " + to_string(a.shape()) + " and " + to_string(b.shape()) + ": b has " +
                 std::to_string(right.size(-2)) + " rows, the matrices of a have " + std::to_string(matrix.size(-1)) +
                 "; expected them equal");
  }
  const DType dtype = std::max(matrix.dtype(), right.dtype());
  Shape leading_a = matrix.shape(), leading_b = right.shape();
  for (int i = 0; i < 2; ++i) {
    leading_a.erase(leading_a.rank() - 1);
    leading_b.erase(leading_b.rank() - 1);
  }
  const Shape leading = ops::broadcast_shapes(op, leading_a, leading_b);
  const auto spread = [&](const Tensor& x) {
    Shape shape = leading;
    shape.push_back(x.size(-2));
    shape.push_back(x.size(-1));
    return broadcast_to(cast(x, dtype), shape);
  };
  return {spread(matrix), spread(right)};
}

/// The attribute says whether inv records it. Errors about singular matrices then name inv.
Tensor solution(const char* op, const Tensor& a, const Tensor& b) {
  const System system = checked_system(op, a, b);
  return record2(solve_primitive, system.a, system.b, system.b.shape(), system.b.dtype(), SolveAttributes{op});
}

/// The shape of one value for each matrix.
Shape of_batch(const Tensor& x) {
  Shape shape = x.shape();
  shape.erase(shape.rank() - 1);
  shape.erase(shape.rank() - 1);
  return shape;
}

}  // namespace

Tensor cholesky(const Operand& x) {
  const Called called("cholesky");
  const Tensor matrices = checked_square("cholesky", "x", x);
  return record1(cholesky_primitive, matrices, matrices.shape(), matrices.dtype());
}

Tensor solve_triangular(const Operand& a, const Operand& b, const TriangularOptions& options) {
  const Called called("solve_triangular");
  const System system = checked_system("solve_triangular", a, b);
  return record2(solve_triangular_primitive, system.a, system.b, system.b.shape(), system.b.dtype(),
                 TriangularAttributes(options));
}

Tensor solve(const Operand& a, const Operand& b) {
  const Called called("solve");
  ops::check_defined("solve", "b", b);
  if (b.rank() == 1) {
    const Tensor matrices = checked_square("solve", "a", a);
    if (b.size() != a.size(-1)) {
      fail("solve", "shapes " + to_string(a.shape()) + " and " + to_string(b.shape()) + ": b has " +
                        std::to_string(b.size()) + " rows, the matrices of a have " + std::to_string(a.size(-1)) +
                        "; expected them equal");
    }
    return squeeze(solve(matrices, expand_dims(b, -1)), -1);
  }
  return solution("solve", a, b);
}

Tensor inv(const Operand& x) {
  const Called called("inv");
  const Tensor matrices = checked_square("inv", "x", x);
  return solution("inv", matrices, eye(matrices.size(-1), {}, matrices.dtype()));
}

Tensor det(const Operand& x) {
  const Called called("det");
  const Tensor matrices = checked_square("det", "x", x);
  return record1(det_primitive, matrices, of_batch(matrices), matrices.dtype());
}

SlogDet slogdet(const Operand& x) {
  const Called called("slogdet");
  const Tensor matrices = checked_square("slogdet", "x", x);
  Shape shape = of_batch(matrices);
  shape.push_back(2);
  const Tensor both = record1(slogdet_primitive, matrices, shape, matrices.dtype());
  return {stop_gradient(squeeze(slice(both, -1, 0, 1), -1)), squeeze(slice(both, -1, 1, 2), -1)};
}

std::span<const Primitive* const> solve_primitives() {
  static constexpr const Primitive* list[] = {&cholesky_primitive, &solve_triangular_primitive, &solve_primitive,
                                              &det_primitive,      &cofactors_primitive,        &slogdet_primitive};
  return list;
}

}  // namespace xgrad
