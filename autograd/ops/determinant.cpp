#include <autograd/ops/lapack.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include <autograd/batched_call.hpp>

namespace xgrad {
namespace {

using namespace lapack;

// ------------------------------------------------------------------------------------------------- kernels

/// A product of many numbers, which a double may not hold on the way.
struct LongProduct {
  double mantissa = 1;
  std::int64_t exponent = 0;

  void multiply(double factor) {
    int shift = 0;
    mantissa = std::frexp(mantissa * factor, &shift);
    exponent += shift;
  }
  void divide(double divisor) {
    int shift = 0;
    divisor = std::frexp(divisor, &shift);
    mantissa /= divisor;
    exponent -= shift;
  }
  double value() const {
    return std::ldexp(mantissa, static_cast<int>(std::clamp<std::int64_t>(exponent, -9999, 9999)));
  }
};

template <class T>
void det_of(const run::Call& call) {
  const auto n = static_cast<int>(Matrices(call.inputs[0].shape).rows);
  std::vector<int> pivots;
  each_matrix<T>(call, [&](std::vector<T>& matrix, std::int64_t, T* out) {
    LongProduct product;
    each_pivot(matrix, n, pivots, [&](T sign, T entry) { product.multiply(sign * entry); });
    *out = static_cast<T>(product.value());
  });
}

/// x = u diag(s) vh of a square matrix, and products of its singular values.
template <class T>
struct Decomposition {
  int n;
  std::vector<T> x, u, s, vh;
  LongProduct all;         ///< of the singular values that are not 0, with the sign of det(u) det(vh)
  std::int64_t zeros = 0;  ///< the number of the others

  explicit Decomposition(const std::vector<T>& matrix, int size)
      : n(size), x(matrix), u(matrix.size()), s(static_cast<std::size_t>(size)), vh(matrix.size()) {
    std::vector<T> overwritten = matrix;
    if (!decompose(overwritten, n, n, u.data(), s.data(), vh.data()))
      fail("det", "a matrix has singular values that the iteration did not converge to");
    std::vector<int> pivots;
    for (const std::vector<T>* factor : {&u, &vh}) {
      std::vector<T> copy = *factor;
      each_pivot(copy, n, pivots, [&](T exchanged, T entry) {
        if ((exchanged < 0) != (entry < 0)) all.mantissa = -all.mantissa;
      });
    }
    for (const T value : s) {
      zeros += value == 0 ? 1 : 0;
      if (value != 0) all.multiply(value);
    }
  }

  /// The product of all singular values but those that are named, with the sign.
  double product_without(const std::vector<int>& rows) const {
    LongProduct product = all;
    std::int64_t named = 0;
    for (const int row : rows) {
      const T value = s[static_cast<std::size_t>(row)];
      named += value == 0 ? 1 : 0;
      if (value != 0) product.divide(value);
    }
    return named == zeros ? product.value() : 0;
  }
};

/// det(x) inv(x)^T in rows, computed from the factorization that the matrix holds.
template <class T>
void regular_cofactors(std::vector<T>& matrix, int n, const std::vector<int>& pivots, T det, T* out) {
  for (int i = 0; i < n; ++i)
    for (int j = 0; j < n; ++j) out[i * n + j] = i == j ? T(1) : T(0);
  getrs(true, n, n, matrix.data(), n, pivots.data(), out, n);
  for (int i = 0; i < n * n; ++i) out[i] *= det;
}

template <class T>
void transpose(std::vector<T>& matrix, int n) {
  for (int i = 0; i < n; ++i)
    for (int j = 0; j < i; ++j)
      std::swap(matrix[static_cast<std::size_t>(i * n + j)], matrix[static_cast<std::size_t>(j * n + i)]);
}

/// The derivative of the mixed derivative of the determinant in the directions f (given in the bases of u and vh), at a
/// diagonal matrix. It is the sum, over all choices of different rows for the directions and for the entry (a, b) of
/// the derivative, and over all ways to take their columns from the same rows, of the sign of the exchange, the entries
/// of the directions there and the product of the other diagonal entries.
template <class T>
class MixedCofactors {
 public:
  MixedCofactors(const Decomposition<T>& at, const std::vector<std::vector<T>>& f, std::vector<T>& out)
      : at_(at), f_(f), out_(out), rows_(f.size() + 1), columns_(f.size() + 1) {
    choose_row(0);
  }

 private:
  void choose_row(std::size_t k) {
    if (k == rows_.size()) {
      const double product = at_.product_without(rows_);
      columns_ = rows_;
      if (product != 0) choose_column(0, product);
      return;
    }
    for (int row = 0; row < at_.n; ++row) {
      if (std::find(rows_.begin(), rows_.begin() + static_cast<std::ptrdiff_t>(k), row) !=
          rows_.begin() + static_cast<std::ptrdiff_t>(k))
        continue;
      rows_[k] = row;
      choose_row(k + 1);
    }
  }
  void choose_column(std::size_t k, double product) {
    for (std::size_t other = k; other < columns_.size(); ++other) {
      std::swap(columns_[k], columns_[other]);
      const double signed_product = other == k ? product : -product;
      const auto place = static_cast<std::size_t>(rows_[k] * at_.n + columns_[k]);
      if (k + 1 == columns_.size())
        out_[place] += static_cast<T>(signed_product);
      else
        choose_column(k + 1, signed_product * static_cast<double>(f_[k][place]));
      std::swap(columns_[k], columns_[other]);
    }
  }

  const Decomposition<T>& at_;
  const std::vector<std::vector<T>>& f_;
  std::vector<T>& out_;
  std::vector<int> rows_, columns_;
};

/// The derivative by x of the mixed derivative of det(x) in some directions. With x = u diag(s) vh the determinant is
/// det(u) det(vh) times that of diag(s), and of the directions those of u^T direction vh^T. No step divides by what may
/// be 0, so that the result is as accurate for singular matrices as for others.
template <class T>
void derivative_of_det(const Decomposition<T>& at, const std::vector<const T*>& directions, T* out) {
  const int n = at.n;
  const auto size = static_cast<std::size_t>(n) * static_cast<std::size_t>(n);
  std::vector<T> ut = at.u, v = at.vh, product(size), inner(size, T(0));
  transpose(ut, n);
  transpose(v, n);
  std::vector<std::vector<T>> f(directions.size(), std::vector<T>(size));
  for (std::size_t k = 0; k < f.size(); ++k) {
    gemm(n, n, n, ut.data(), directions[k], product.data());
    gemm(n, n, n, product.data(), v.data(), f[k].data());
  }
  MixedCofactors<T>(at, f, inner);  // NOLINT(bugprone-unused-raii): it computes inner
  gemm(n, n, n, at.u.data(), inner.data(), product.data());
  gemm(n, n, n, product.data(), at.vh.data(), out);
}

/// The derivative of the determinant, which singular matrices have as well.
template <class T>
void cofactors_of(const run::Call& call) {
  const auto n = static_cast<int>(Matrices(call.inputs[0].shape).rows);
  if (n == 0) return;
  std::vector<int> pivots;
  std::vector<T> factors;
  each_matrix<T>(call, [&](std::vector<T>& matrix, std::int64_t, T* out) {
    if (!all_finite(matrix.data(), std::int64_t{n} * n)) {
      std::fill_n(out, n * n, std::numeric_limits<T>::quiet_NaN());
      return;
    }
    factors = matrix;
    LongProduct det;
    T least = std::numeric_limits<T>::infinity(), most = 0;
    each_pivot(factors, n, pivots, [&](T sign, T entry) {
      det.multiply(sign * entry);
      least = std::min(least, std::abs(entry));
      most = std::max(most, std::abs(entry));
    });
    // The inverse is not used where it would lose half of the digits.
    if (least > std::sqrt(std::numeric_limits<T>::epsilon()) * most)
      regular_cofactors(factors, n, pivots, static_cast<T>(det.value()), out);
    else
      derivative_of_det(Decomposition<T>(matrix, n), {}, out);
  });
}

/// Inputs: x, and at least one direction.
template <class T>
void mixed_cofactors_of(const run::Call& call) {
  const Matrices all(call.inputs[0].shape);
  const auto n = static_cast<int>(all.rows);
  if (n == 0) return;
  const std::size_t count = call.inputs.size() - 1;
  std::vector<run::BufferHandle> storage(count);
  std::vector<const T*> first(count), directions(count);
  for (std::size_t k = 0; k < count; ++k) first[k] = run::contiguous(call.inputs[k + 1], storage[k]).template as<T>();
  std::optional<Decomposition<T>> at;
  each_matrix<T>(call, [&](std::vector<T>& matrix, std::int64_t index, T* out) {
    for (std::size_t k = 0; k < count; ++k) directions[k] = first[k] + index * all.size();
    if (!all_finite(matrix.data(), all.size()) ||
        !std::ranges::all_of(directions, [&](const T* direction) { return all_finite(direction, all.size()); })) {
      std::fill_n(out, n * n, std::numeric_limits<T>::quiet_NaN());
      return;
    }
    if (!at || at->x != matrix) at.emplace(matrix, n);  // the rows of a Hessian are at one matrix
    derivative_of_det(*at, directions, out);
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

Tensor cofactors(const Tensor& x);
Tensor mixed_cofactors(std::vector<Tensor> inputs);

void det_vjp(Vjp& v) { v.give(0, as_columns(as_columns(v.cotangent())) * cofactors(v.input(0))); }

void cofactors_vjp(Vjp& v) { v.give(0, mixed_cofactors({v.input(0), v.cotangent()})); }

/// A mixed derivative is symmetric: the cotangent takes the place of the direction, or is one more.
void mixed_cofactors_vjp(Vjp& v) {
  std::vector<Tensor> inputs;
  for (std::size_t k = 0; k < v.input_count(); ++k) inputs.push_back(v.input(k));
  for (std::size_t k = 1; k < inputs.size(); ++k) {
    if (!v.wants(k)) continue;
    std::vector<Tensor> others = inputs;
    others[k] = v.cotangent();
    v.give(k, mixed_cofactors(std::move(others)));
  }
  if (!v.wants(0)) return;
  inputs.push_back(v.cotangent());
  v.give(0, mixed_cofactors(std::move(inputs)));
}

void slogdet_vjp(Vjp& v) { v.give(0, as_columns(slice(v.cotangent(), -1, 1, 2)) * t(inv(v.input(0)))); }

// ------------------------------------------------------------------------------------------------- primitives

using Inputs = const std::vector<Tensor>&;

template <Tensor (*op)(const Operand&)>
std::vector<Sample> determinant_samples() {
  const auto call = [](Inputs x) { return op(x[0]); };
  return {{"a matrix", call, {sample_matrix({3, 3})}}, {"a batch", call, {sample_matrix({2, 2, 2})}}};
}

Tensor log_abs_det(const Operand& x) { return slogdet(x).logabs; }

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
constexpr Primitive mixed_cofactors_primitive{
    .name = "mixed_cofactors",
    .doc = "derivative by x of the mixed derivative of its determinant in given directions",
    .vjp = &mixed_cofactors_vjp,
    .reads = ~reads_output,
    .traits = BlockTraits{.kernel = &by_type<&mixed_cofactors_of<float>, &mixed_cofactors_of<double>>},
    .batch = &batch::behind,
    .samples = [] {
      const auto one = [](Inputs x) { return mixed_cofactors({x[0], x[1]}); };
      const auto two = [](Inputs x) { return mixed_cofactors({x[0], x[1], x[2]}); };
      const Tensor f = ops::sample_values({3, 3}, -1, 1), g = ops::sample_values({3, 3}, 1, -0.5);
      return std::vector<Sample>{{"a direction", one, {sample_matrix({3, 3}), f}},
                                 {"a batch", one, {sample_matrix({2, 2, 2}), ops::sample_values({2, 2, 2}, -1, 1)}},
                                 {"two directions, a singular matrix", two, {0.5 * ones({3, 3}, float64), f, g}}};
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

Tensor mixed_cofactors(std::vector<Tensor> inputs) {
  const Shape shape = inputs[0].shape();
  const DType dtype = inputs[0].dtype();
  return record(mixed_cofactors_primitive, inputs, shape, dtype);
}

}  // namespace

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

std::span<const Primitive* const> determinant_primitives() {
  static constexpr const Primitive* list[] = {&det_primitive, &cofactors_primitive, &mixed_cofactors_primitive,
                                              &slogdet_primitive};
  return list;
}

}  // namespace xgrad
