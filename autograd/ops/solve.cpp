#include <autograd/ops/lapack.hpp>

#include <algorithm>
#include <limits>

#include <autograd/batched_call.hpp>

namespace xgrad {
namespace {

using namespace lapack;

// ------------------------------------------------------------------------------------------------- kernels

template <class T>
void cholesky_of(const run::Call& call) {
  const Matrices all(call.inputs[0].shape);
  const auto n = static_cast<int>(all.rows);
  each_matrix<T>(call, [&](std::vector<T>& matrix, std::int64_t index, T* out) {
    // LAPACK reads columns, so the lower triangle of our rows is the upper one to it.
    const int info = n > 0 ? potrf(Triangle::upper, n, matrix.data(), n) : 0;
    if (info > 0) {
      refuse_matrix("cholesky", index, all.count,
                    "is not positive definite: its leading minor of order " + std::to_string(info) + " is not");
    }
    for (int i = 0; i < n; ++i)
      for (int j = 0; j < n; ++j) out[i * n + j] = j <= i ? matrix[static_cast<std::size_t>(i * n + j)] : T(0);
  });
}

struct TriangularAttributes {
  Triangle triangle;
  Diagonal diagonal;
};

/// The function that refuses a singular matrix; null where the result is infinite.
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
  const auto n = static_cast<int>(b.rows), k = static_cast<int>(b.columns);
  const auto [triangle, diagonal] = call.attributes.as<TriangularAttributes>();
  for (std::int64_t i = 0; i < b.count; ++i)
    trsm(triangle, diagonal, n, k, matrix + i * a.size(), call.result.as<T>() + i * b.size());
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
    if (pivot > 0) {
      const char* caller = call.attributes.as<SolveAttributes>().caller;
      if (caller) refuse_matrix(caller, index, a.count, "is singular: pivot " + std::to_string(pivot) + " is 0");
      std::fill_n(out, b.size(), std::numeric_limits<T>::infinity());
      return;
    }
    if (b.size() == 0) return;
    transpose_into(right + index * b.size(), n, k, columns.data());
    getrs(true, n, k, matrix.data(), n, pivots.data(), columns.data(), n);
    transpose_into(columns.data(), k, n, out);
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
  const auto [triangle, diagonal] = v.attributes().as<TriangularAttributes>();
  const bool upper = triangle == Triangle::upper, ones = diagonal == Diagonal::ones;
  const Tensor right = solve_triangular(t(v.input(0)), v.cotangent(), {.upper = !upper, .unit_diagonal = ones});
  v.give(1, right);
  if (!v.wants(0)) return;
  const Tensor all = -matmul(right, t(v.output()));
  const int offset = ones ? 1 : 0;
  v.give(0, upper ? triu(all, offset) : tril(all, -offset));
}

void solve_vjp(Vjp& v) {
  const Tensor right = solve(t(v.input(0)), v.cotangent());
  v.give(1, right);
  if (v.wants(0)) v.give(0, -matmul(right, t(v.output())));
}

// ------------------------------------------------------------------------------------------------- primitives

using Inputs = const std::vector<Tensor>&;

std::vector<Sample> cholesky_samples() {
  const auto call = [](Inputs x) { return cholesky(symmetric(x[0])); };
  const auto upper = [](Inputs x) { return cholesky(symmetric(x[0]), {.upper = true}); };
  return {{"the upper factor", upper, {ops::sample_values({2, 2}, -0.5, 0.5)}},
          {"a matrix", call, {ops::sample_values({3, 3}, -0.5, 0.5)}},
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
          {"from the right",
           [](Inputs x) { return solve_triangular(x[0], x[1], {.left = false}); },
           {sample_matrix({3, 3}), ops::sample_values({2, 3}, -1, 1)}},
          {"from the right, transposed, upper, a unit diagonal",
           [](Inputs x) {
             return solve_triangular(x[0], x[1],
                                     {.upper = true, .unit_diagonal = true, .left = false, .transposed = true});
           },
           {sample_matrix({3, 3}), ops::sample_values({2, 3}, -1, 1)}},
          {"one matrix for a batch", lower, {sample_matrix({2, 2}), ops::sample_values({2, 2, 1}, -1, 1)}}};
}

std::vector<Sample> solve_samples() {
  const auto call = [](Inputs x) { return solve(x[0], x[1]); };
  return {{"a matrix", call, {sample_matrix({3, 3}), ops::sample_values({3, 2}, -1, 1)}},
          {"a vector", call, {sample_matrix({3, 3}), ops::sample_values({3}, -1, 1)}},
          {"a batch", call, {sample_matrix({2, 2, 2}), ops::sample_values({2, 2, 1}, -1, 1)}},
          {"one matrix for a batch", call, {sample_matrix({2, 2}), ops::sample_values({2, 2, 1}, -1, 1)}}};
}

std::vector<Sample> inv_samples() {
  const auto call = [](Inputs x) { return inv(x[0]); };
  return {{"a matrix", call, {sample_matrix({3, 3})}}, {"a batch", call, {sample_matrix({2, 2, 2})}}};
}

constexpr Composition inv_composition{"inv", &inv_samples};
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
// ------------------------------------------------------------------------------------------------- recording

/// The attribute says whether inv records it. Errors about singular matrices then name inv.
Tensor solution(const char* op, const Tensor& a, const Tensor& b) {
  const System system = checked_system(op, a, b);
  return record2(solve_primitive, system.a, system.b, system.b.shape(), system.b.dtype(),
                 SolveAttributes{Called::name(op)});
}

}  // namespace

System lapack::checked_system(const char* op, const Tensor& a, const Tensor& b, bool left) {
  const Tensor matrix = checked_square(op, "a", a), right = checked_matrices(op, "b", b);
  const std::int64_t given = right.size(left ? -2 : -1);
  if (given != matrix.size(-1)) {
    fail(op, "shapes " + to_string(a.shape()) + " and " + to_string(b.shape()) + ": b has " + std::to_string(given) +
                 (left ? " rows" : " columns") + ", the matrices of a have " + std::to_string(matrix.size(-1)) +
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

Tensor lapack::inverse_or_infinity(const Tensor& x) {
  const Tensor identity = broadcast_to(eye(x.size(-1), {}, x.dtype()), x.shape());
  return record2(solve_primitive, x, identity, x.shape(), x.dtype(), SolveAttributes{nullptr});
}

Tensor cholesky(const Operand& x, CholeskyOptions options) {
  const Called called("cholesky");
  const Tensor matrices = checked_square("cholesky", "x", x);
  const Tensor lower = record1(cholesky_primitive, matrices, matrices.shape(), matrices.dtype());
  return options.upper ? t(lower) : lower;
}

Tensor solve_triangular(const Operand& a, const Operand& b, const TriangularOptions& options) {
  const Called called("solve_triangular");
  const auto [matrix, right] = checked_system("solve_triangular", a, b, options.left);
  // X a = b is a^T X^T = b^T.
  const bool transposed = options.transposed == options.left, upper = options.upper != transposed;
  const Tensor given = options.left ? right : t(right);
  const Tensor x =
      record2(solve_triangular_primitive, transposed ? t(matrix) : matrix, given, given.shape(), given.dtype(),
              TriangularAttributes{upper ? Triangle::upper : Triangle::lower,
                                   options.unit_diagonal ? Diagonal::ones : Diagonal::read});
  return options.left ? x : t(x);
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

std::span<const Primitive* const> solve_primitives() {
  static constexpr const Primitive* list[] = {&cholesky_primitive, &solve_triangular_primitive, &solve_primitive};
  return list;
}

std::span<const Composition* const> solve_compositions() {
  static constexpr const Composition* list[] = {&inv_composition};
  return list;
}

}  // namespace xgrad
