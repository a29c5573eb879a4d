#include <autograd/ops/lapack.hpp>

#include <limits>

#include <autograd/batched_call.hpp>

namespace xgrad {
namespace {

using namespace lapack;

// A factorization of several parts is recorded as one tensor. The parts lie one after the other along its last axis.

// ------------------------------------------------------------------------------------------------- kernels

/// Q and R, one after the other, in rows.
template <class T>
void qr_of(const run::Call& call) {
  const Matrices all(call.inputs[0].shape);
  const auto m = static_cast<int>(all.rows), n = static_cast<int>(all.columns), k = std::min(m, n);
  std::vector<T> columns(static_cast<std::size_t>(all.size())), scales(static_cast<std::size_t>(k));
  each_matrix<T>(call, [&](std::vector<T>& matrix, std::int64_t, T* out) {
    if (k == 0) return;
    transpose_into(matrix.data(), m, n, columns.data());
    with_workspace<T>([&](T* work, int size) { geqrf(m, n, columns.data(), m, scales.data(), work, size); });
    T* r = out + std::int64_t{m} * k;
    for (int i = 0; i < k; ++i)
      for (int j = 0; j < n; ++j) r[i * n + j] = j < i ? T(0) : columns[static_cast<std::size_t>(j * m + i)];
    with_workspace<T>([&](T* work, int size) { orgqr(m, k, k, columns.data(), m, scales.data(), work, size); });
    transpose_into(columns.data(), k, m, out);
  });
}

/// Eigenvalues, and after them the matrix of eigenvectors.
template <class T>
void eigh_of(const run::Call& call) {
  const Matrices all(call.inputs[0].shape);
  const auto n = static_cast<int>(all.rows);
  each_matrix<T>(call, [&](std::vector<T>& matrix, std::int64_t index, T* out) {
    if (n == 0) return;
    if (!all_finite(matrix.data(), all.size())) {
      std::fill_n(out, n + all.size(), std::numeric_limits<T>::quiet_NaN());
      return;
    }
    int info = 0;
    int wanted = 0;
    std::vector<int> integers{0};
    with_workspace<T>([&](T* work, int size) {
      const int count = size < 0 ? -1 : wanted;
      info = syevd(Triangle::upper, n, matrix.data(), n, out, work, size, integers.data(), count);
      if (size < 0) integers.resize(static_cast<std::size_t>(wanted = integers[0]));
    });
    if (info != 0) refuse_matrix("eigh", index, all.count, "has eigenvalues that the iteration did not converge to");
    transpose_into(matrix.data(), n, n, out + n);
  });
}

/// U, the singular values, and V^T, one after the other.
template <class T>
void svd_of(const run::Call& call) {
  const Matrices all(call.inputs[0].shape);
  const auto m = static_cast<int>(all.rows), n = static_cast<int>(all.columns), k = std::min(m, n);
  each_matrix<T>(call, [&](std::vector<T>& matrix, std::int64_t index, T* out) {
    if (k == 0) return;
    T* const s = out + std::int64_t{m} * k;
    T* const vh = s + k;
    if (!all_finite(matrix.data(), all.size())) {
      std::fill_n(out, std::int64_t{m} * k + k + std::int64_t{k} * n, std::numeric_limits<T>::quiet_NaN());
      return;
    }
    if (!decompose(matrix, m, n, out, s, vh))
      refuse_matrix("svd", index, all.count, "has singular values that the iteration did not converge to");
  });
}

// ------------------------------------------------------------------------------------------------- derivatives

struct QrParts {
  Tensor q, r;
  QrParts(const Tensor& packed, std::int64_t m, std::int64_t n)
      : q(part(packed, 0, m, std::min(m, n))), r(part(packed, m * std::min(m, n), std::min(m, n), n)) {}
};

/// For a matrix of at least as many rows as columns.
Tensor tall_qr_cotangent(const QrParts& value, const QrParts& cotangent) {
  const Tensor m = matmul(value.r, t(triu(cotangent.r))) - matmul(t(cotangent.q), value.q);
  const Tensor symmetric = tril(m) + t(tril(m, -1));
  const Tensor left = cotangent.q + matmul(value.q, symmetric);
  return t(solve_triangular(value.r, t(left), {.upper = true}));
}

void qr_vjp(Vjp& v) {
  const Shape& shape = v.input_shape(0);
  const std::int64_t m = shape[shape.rank() - 2], n = shape[shape.rank() - 1];
  QrParts value(v.output(), m, n), cotangent(v.cotangent(), m, n);
  if (m >= n) return v.give(0, tall_qr_cotangent(value, cotangent));
  // Only the first columns are factorized; the others are multiplied by Q^T.
  const Tensor others = slice(v.input(0), -1, m, n), wide = slice(cotangent.r, -1, m, n);
  value.r = slice(value.r, -1, 0, m);
  cotangent.q = cotangent.q + matmul(others, t(wide));
  cotangent.r = slice(cotangent.r, -1, 0, m);
  v.give(0, concatenate({tall_qr_cotangent(value, cotangent), matmul(value.q, wide)}, -1));
}

/// x / d, but 0 where d is 0.
Tensor divided_where_distinct(const Tensor& x, const Tensor& d) {
  const Tensor same = equal(d, 0.0);
  return where(same, 0.0, x / where(same, 1.0, d));
}

void eigh_vjp(Vjp& v) {
  const std::int64_t n = v.input_shape(0)[v.input_shape(0).rank() - 1];
  const Tensor w = slice(v.output(), -1, 0, n), vectors = part(v.output(), n, n, n);
  const Tensor gw = slice(v.cotangent(), -1, 0, n), gv = part(v.cotangent(), n, n, n);
  const Tensor inner = divided_where_distinct(matmul(t(vectors), gv), as_rows(w) - as_columns(w)) + diagonals(gw);
  const Tensor all = matmul(matmul(vectors, inner), t(vectors));
  v.give(0, 0.5 * (all + t(all)));
}

void svd_vjp(Vjp& v) {
  const Shape& shape = v.input_shape(0);
  const std::int64_t m = shape[shape.rank() - 2], n = shape[shape.rank() - 1], k = std::min(m, n);
  const auto u_of = [&](const Tensor& packed) { return part(packed, 0, m, k); };
  const auto s_of = [&](const Tensor& packed) { return slice(packed, -1, m * k, m * k + k); };
  const auto v_of = [&](const Tensor& packed) { return t(part(packed, m * k + k, k, n)); };
  const Tensor u = u_of(v.output()), s = s_of(v.output()), right = v_of(v.output());
  const Tensor gu = u_of(v.cotangent()), gs = s_of(v.cotangent()), gv = v_of(v.cotangent());
  const auto skew = [](const Tensor& x) { return x - t(x); };
  const Tensor differences = square(as_rows(s)) - square(as_columns(s));
  const Tensor from_u = matmul(t(u), gu), from_v = matmul(t(right), gv);
  const Tensor inner = divided_where_distinct(skew(from_u), differences) * as_rows(s) +
                       as_columns(s) * divided_where_distinct(skew(from_v), differences) + diagonals(gs);
  Tensor all = matmul(matmul(u, inner), t(right));
  if (m > k) all = all + matmul(divided_where_distinct(gu - matmul(u, from_u), as_rows(s)), t(right));
  if (n > k) all = all + matmul(u, t(divided_where_distinct(gv - matmul(right, from_v), as_rows(s))));
  v.give(0, all);
}

// ------------------------------------------------------------------------------------------------- primitives

using Inputs = const std::vector<Tensor>&;

std::vector<Sample> qr_samples() {
  const auto call = [](Inputs x) {
    const Qr f = qr(x[0]);
    return concatenate({f.q.reshape({f.q.size()}), f.r.reshape({f.r.size()})}, 0);
  };
  return {{"square", call, {sample_matrix({3, 3})}},
          {"tall", call, {sample_matrix({4, 2})}},
          {"wide", call, {sample_matrix({2, 3})}},
          {"a batch", call, {sample_matrix({2, 3, 2})}}};
}

/// Functions of eigenvectors that do not depend on their signs.
std::vector<Sample> eigh_samples() {
  const auto call = [](Inputs x) {
    const Eigh f = eigh(symmetric(x[0]));
    const Tensor root = matmul(f.vectors * as_rows(sqrt(f.values)), t(f.vectors));
    return concatenate({f.values.reshape({f.values.size()}), root.reshape({root.size()})}, 0);
  };
  return {{"a matrix", call, {ops::sample_values({3, 3}, -0.5, 0.5)}},
          {"a batch", call, {ops::sample_values({2, 2, 2}, -0.5, 0.5)}}};
}

/// A matrix that keeps singular values apart when it is added.
Tensor distinct(const Tensor& x) {
  const std::int64_t n = x.size(-1);
  return eye(x.size(-2), n, float64) * (arange(0, static_cast<double>(n), 1, float64) * 1.5 + 2.0);
}

std::vector<Sample> svd_samples() {
  const auto call = [](Inputs x) {
    const Svd f = svd(x[0] + distinct(x[0]));
    const Tensor y = matmul(f.u * as_rows(square(f.s)), f.vh);
    return concatenate({f.s.reshape({f.s.size()}), y.reshape({y.size()}), square(f.u).reshape({f.u.size()})}, 0);
  };
  return {{"square", call, {ops::sample_values({3, 3}, -0.5, 0.5)}},
          {"tall", call, {ops::sample_values({4, 2}, -0.5, 0.5)}},
          {"wide", call, {ops::sample_values({2, 3}, -0.5, 0.5)}},
          {"a batch", call, {ops::sample_values({2, 2, 2}, -0.5, 0.5)}}};
}
constexpr Primitive qr_primitive{.name = "qr",
                                 .doc = "orthonormal columns times an upper triangular matrix, both in one",
                                 .vjp = &qr_vjp,
                                 .reads = 1 | reads_output,
                                 .traits = BlockTraits{.kernel = &by_type<&qr_of<float>, &qr_of<double>>},
                                 .batch = &batch::behind,
                                 .samples = &qr_samples};
constexpr Primitive eigh_primitive{.name = "eigh",
                                   .doc = "eigenvalues and eigenvectors of a symmetric matrix, both in one",
                                   .vjp = &eigh_vjp,
                                   .reads = reads_output,
                                   .traits = BlockTraits{.kernel = &by_type<&eigh_of<float>, &eigh_of<double>>},
                                   .batch = &batch::behind,
                                   .samples = &eigh_samples};
constexpr Primitive svd_primitive{.name = "svd",
                                  .doc = "singular vectors and values, all in one",
                                  .vjp = &svd_vjp,
                                  .reads = reads_output,
                                  .traits = BlockTraits{.kernel = &by_type<&svd_of<float>, &svd_of<double>>},
                                  .batch = &batch::behind,
                                  .samples = &svd_samples};

}  // namespace

Qr qr(const Operand& x) {
  const Called called("qr");
  const Tensor matrices = checked_matrices("qr", "x", x);
  const std::int64_t m = x.size(-2), n = x.size(-1), k = std::min(m, n);
  const Tensor both = record_packed(qr_primitive, matrices, m * k + k * n);
  return {part(both, 0, m, k), part(both, m * k, k, n)};
}

Eigh eigh(const Operand& x) {
  const Called called("eigh");
  const Tensor matrices = checked_square("eigh", "x", x);
  const std::int64_t n = x.size(-1);
  const Tensor both = record_packed(eigh_primitive, matrices, n + n * n);
  return {slice(both, -1, 0, n), part(both, n, n, n)};
}

Svd svd(const Operand& x) {
  const Called called("svd");
  const Tensor matrices = checked_matrices("svd", "x", x);
  const std::int64_t m = x.size(-2), n = x.size(-1), k = std::min(m, n);
  const Tensor all = record_packed(svd_primitive, matrices, m * k + k + k * n);
  return {part(all, 0, m, k), slice(all, -1, m * k, m * k + k), part(all, m * k + k, k, n)};
}

std::span<const Primitive* const> factorization_primitives() {
  static constexpr const Primitive* list[] = {&qr_primitive, &eigh_primitive, &svd_primitive};
  return list;
}

}  // namespace xgrad
