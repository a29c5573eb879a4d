#include <autograd/ops/matrices.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include <autograd/batched_call.hpp>
#include <autograd/ops/lapack.hpp>
#include <autograd/ops/scan.hpp>

namespace xgrad {
namespace {

using namespace lapack;

// ------------------------------------------------------------------------------------------------- matrix_exp

/// The coefficients of a Pade approximant's numerator, and the 1-norms up to which it is accurate to float's and to
/// double's rounding (Higham, 2005, tables 2.3 and 3.1); 0 where a lower degree serves.
struct Pade {
  int degree;
  double float_bound, double_bound;
  std::array<double, 14> coefficients;
};
constexpr Pade approximants[] = {
    {3, 4.258730016922831e-1, 1.495585217958292e-2, {120, 60, 12, 1}},
    {5, 1.880152677804762, 2.539398330063230e-1, {30240, 15120, 3360, 420, 30, 1}},
    {7, 3.925724783138660, 9.504178996162932e-1, {17297280, 8648640, 1995840, 277200, 25200, 1512, 56, 1}},
    {9, 0, 2.097847961257068, {17643225600, 8821612800, 2075673600, 302702400, 30270240, 2162160, 110880, 3960, 90, 1}},
    {13,
     0,
     5.371920351148152,
     {64764752532480000, 32382376266240000, 7771770303897600, 1187353796428800, 129060195264000, 10559470521600,
      670442572800, 33522128640, 1323241920, 40840800, 960960, 16380, 182, 1}}};

/// exp of matrices of one size, with the memory that it takes.
template <class T>
class Exponential {
 public:
  explicit Exponential(int n)
      : n_(n),
        size_(static_cast<std::size_t>(n) * static_cast<std::size_t>(n)),
        odd_(size_),
        even_(size_),
        work_(size_) {}

  void operator()(std::vector<T>& a, T* out) {
    const double norm = std::min(one_norm(a), std::numeric_limits<double>::max());
    const Pade* pade = nullptr;
    for (const Pade& candidate : approximants)
      if (bound(candidate) > 0 && (!pade || norm > bound(*pade))) pade = &candidate;
    int squarings = 0;
    if (norm > bound(*pade))
      squarings = std::max(0, static_cast<int>(std::ceil(std::log2(norm) - std::log2(bound(*pade)))));
    for (T& entry : a) entry = std::ldexp(entry, -squarings);
    approximate(a, *pade, out);
    for (int i = 0; i < squarings; ++i) {
      gemm(n_, n_, n_, out, out, work_.data());
      std::copy(work_.begin(), work_.end(), out);
    }
  }

 private:
  static double bound(const Pade& pade) { return sizeof(T) == sizeof(float) ? pade.float_bound : pade.double_bound; }

  double one_norm(const std::vector<T>& a) const {
    double most = 0;
    for (int column = 0; column < n_; ++column) {
      double total = 0;
      for (int row = 0; row < n_; ++row)
        total += std::abs(static_cast<double>(a[static_cast<std::size_t>(row * n_ + column)]));
      most = std::max(most, total);
    }
    return most;
  }

  /// to = sum over k < powers.size() of c[2 (first + k) + parity] a^(2 k), for powers a^2, a^4, ...
  void combine(const Pade& pade, int first, int count, int parity, std::vector<T>& to) const {
    const auto c = [&](int k) {
      return static_cast<T>(pade.coefficients[static_cast<std::size_t>(2 * (first + k) + parity)]);
    };
    std::fill(to.begin(), to.end(), T(0));
    for (int i = 0; i < n_; ++i) to[static_cast<std::size_t>(i * (n_ + 1))] = c(0);
    for (int k = 1; k < count; ++k)
      for (std::size_t i = 0; i < size_; ++i) to[i] += c(k) * powers_[static_cast<std::size_t>(k - 1)][i];
  }

  /// to += a^6 times the terms of a^6 a^2, a^6 a^4 and a^6 a^6, for degree 13.
  void add_high_terms(const Pade& pade, int parity, std::vector<T>& to) {
    std::vector<T> high(size_), product(size_);
    for (std::size_t k = 0; k < 3; ++k)
      for (std::size_t i = 0; i < size_; ++i)
        high[i] += static_cast<T>(pade.coefficients[8 + 2 * k + static_cast<std::size_t>(parity)]) * powers_[k][i];
    gemm(n_, n_, n_, powers_[2].data(), high.data(), product.data());
    for (std::size_t i = 0; i < size_; ++i) to[i] += product[i];
  }

  void approximate(const std::vector<T>& a, const Pade& pade, T* out) {
    const int count = std::min(pade.degree / 2, 4) + 1;  // of the even powers, a^0 included
    const int kept = pade.degree == 13 ? 4 : count;
    powers_.assign(static_cast<std::size_t>(kept - 1), std::vector<T>(size_));
    for (std::size_t k = 0; k < powers_.size(); ++k)
      gemm(n_, n_, n_, k == 0 ? a.data() : powers_[k - 1].data(), k == 0 ? a.data() : powers_[0].data(),
           powers_[k].data());
    combine(pade, 0, kept, 1, work_);
    combine(pade, 0, kept, 0, even_);
    if (pade.degree == 13) {
      add_high_terms(pade, 1, work_);
      add_high_terms(pade, 0, even_);
    }
    gemm(n_, n_, n_, a.data(), work_.data(), odd_.data());
    // (even - odd)^-1 (even + odd). LAPACK reads both as transposes and solves from their right; they commute.
    for (std::size_t i = 0; i < size_; ++i) {
      out[i] = even_[i] + odd_[i];
      even_[i] -= odd_[i];
    }
    std::vector<int> pivots;
    factorize(even_, n_, pivots);
    getrs(false, n_, n_, even_.data(), n_, pivots.data(), out, n_);
  }

  int n_;
  std::size_t size_;
  std::vector<T> odd_, even_, work_;
  std::vector<std::vector<T>> powers_;
};

template <class T>
void matrix_exp_of(const run::Call& call) {
  const Matrices all(call.inputs[0].shape);
  if (all.rows == 0) return;
  Exponential<T> exponential(static_cast<int>(all.rows));
  each_matrix<T>(call, [&](std::vector<T>& matrix, std::int64_t, T* out) {
    if (all_finite(matrix.data(), all.size()))
      exponential(matrix, out);
    else
      std::fill_n(out, all.size(), std::numeric_limits<T>::quiet_NaN());
  });
}

/// exp({{x^T, g}, {0, x^T}}) has the derivative of exp at x^T in the direction g in its upper right block.
void matrix_exp_vjp(Vjp& v) {
  const Tensor xt = t(v.input(0)), g = v.cotangent();
  const std::int64_t n = xt.size(-1);
  const Tensor both = matrix_exp(concatenate({concatenate({xt, g}, -1), concatenate({zeros_like(xt), xt}, -1)}, -2));
  v.give(0, slice(slice(both, -2, 0, n), -1, n, 2 * n));
}

// ------------------------------------------------------------------------------------------------- products

/// The product of tensors[first .. last], by the places where it is cheapest to cut.
Tensor chain(const std::vector<Tensor>& tensors, const std::vector<std::vector<std::size_t>>& cuts, std::size_t first,
             std::size_t last) {
  if (first == last) return tensors[first];
  const std::size_t cut = cuts[first][last];
  return matmul(chain(tensors, cuts, first, cut), chain(tensors, cuts, cut + 1, last));
}

/// cuts[i][j]: after which of the matrices i .. j their product is cut, for extents[i] x extents[i + 1] matrices.
std::vector<std::vector<std::size_t>> cheapest_cuts(const std::vector<std::int64_t>& extents) {
  const std::size_t n = extents.size() - 1;
  std::vector<std::vector<double>> cost(n, std::vector<double>(n, 0));
  std::vector<std::vector<std::size_t>> cuts(n, std::vector<std::size_t>(n, 0));
  for (std::size_t length = 2; length <= n; ++length) {
    for (std::size_t first = 0; first + length <= n; ++first) {
      const std::size_t last = first + length - 1;
      cost[first][last] = std::numeric_limits<double>::infinity();
      for (std::size_t cut = first; cut < last; ++cut) {
        const double total = cost[first][cut] + cost[cut + 1][last] +
                             static_cast<double>(extents[first]) * static_cast<double>(extents[cut + 1]) *
                                 static_cast<double>(extents[last + 1]);
        if (total >= cost[first][last]) continue;
        cost[first][last] = total;
        cuts[first][last] = cut;
      }
    }
  }
  return cuts;
}

// ------------------------------------------------------------------------------------------------- samples

using Inputs = const std::vector<Tensor>&;

std::vector<Sample> matrix_exp_samples() {
  const auto call = [](Inputs x) { return matrix_exp(x[0]); };
  return {{"small", call, {ops::sample_values({2, 2}, -0.1, 0.1)}},
          {"a matrix", call, {ops::sample_values({3, 3}, -1, 1)}},
          {"scaled", call, {ops::sample_values({2, 2}, -4, 4)}},
          {"a batch", call, {ops::sample_values({2, 2, 2}, -1, 1)}}};
}

std::vector<Sample> matrix_power_samples() {
  const auto call = [](std::int64_t n) { return [n](Inputs x) { return matrix_power(x[0], n); }; };
  const Tensor x = sample_matrix({3, 3});
  return {{"5", call(5), {x}}, {"1", call(1), {x}}, {"-3", call(-3), {sample_matrix({2, 2, 2})}}};
}

std::vector<Sample> eigvalsh_samples() {
  return {{"a batch", [](Inputs x) { return eigvalsh(symmetric(x[0])); }, {ops::sample_values({2, 3, 3}, -0.5, 0.5)}}};
}

std::vector<Sample> svdvals_samples() {
  return {{"a batch", [](Inputs x) { return svdvals(x[0]); }, {ops::sample_values({2, 3, 2}, -1, 2)}}};
}

std::vector<Sample> cross_samples() {
  return {{"the last axis",
           [](Inputs x) { return cross(x[0], x[1]); },
           {ops::sample_values({2, 3}, -1, 1), ops::sample_values({3}, 1, -0.5)}},
          {"the first axis",
           [](Inputs x) { return cross(x[0], x[1], 0); },
           {ops::sample_values({3, 2}, -1, 1), ops::sample_values({3, 1}, 1, -0.5)}}};
}

std::vector<Sample> multi_dot_samples() {
  const auto call = [](Inputs x) { return multi_dot({x[0], x[1], x[2]}); };
  const auto at = [](const Shape& shape) { return ops::sample_values(shape, -1, 1); };
  return {{"matrices", call, {at({2, 3}), at({3, 4}), at({4, 2})}},
          {"vectors at the ends", call, {at({2}), at({2, 3}), at({3})}}};
}

std::vector<Sample> vander_samples() {
  return {{"square", [](Inputs x) { return vander(x[0]); }, {ops::sample_values({2, 3}, -1, 2)}},
          {"of four powers", [](Inputs x) { return vander(x[0], 4); }, {tensor({0, 0.5}, float64)}}};
}

std::vector<Sample> householder_product_samples() {
  const auto call = [](Inputs x) { return householder_product(x[0], x[1]); };
  return {{"tall", call, {ops::sample_values({3, 2}, -1, 1), ops::sample_values({2}, 0.5, 1.5)}},
          {"a batch, fewer reflectors",
           call,
           {ops::sample_values({2, 3, 3}, -1, 1), ops::sample_values({2, 2}, 0.5, 1.5)}}};
}

constexpr Primitive matrix_exp_primitive{
    .name = "matrix_exp",
    .doc = "sum of x^k / k!",
    .vjp = &matrix_exp_vjp,
    .reads = 1,
    .traits = BlockTraits{.kernel = &by_type<&matrix_exp_of<float>, &matrix_exp_of<double>>},
    .batch = &batch::behind,
    .samples = &matrix_exp_samples};
constexpr Composition matrix_power_composition{"matrix_power", &matrix_power_samples};
constexpr Composition eigvalsh_composition{"eigvalsh", &eigvalsh_samples};
constexpr Composition svdvals_composition{"svdvals", &svdvals_samples};
constexpr Composition cross_composition{"cross", &cross_samples};
constexpr Composition multi_dot_composition{"multi_dot", &multi_dot_samples};
constexpr Composition vander_composition{"vander", &vander_samples};
constexpr Composition householder_product_composition{"householder_product", &householder_product_samples};

}  // namespace

Tensor matrix_exp(const Operand& x) {
  const Called called("matrix_exp");
  const Tensor matrices = checked_square("matrix_exp", "x", x);
  return record1(matrix_exp_primitive, matrices, matrices.shape(), matrices.dtype());
}

Tensor matrix_power(const Operand& x, std::int64_t n) {
  const Called called("matrix_power");
  const Tensor matrices = checked_square("matrix_power", "x", x);
  if (n == 0) return broadcast_to(eye(matrices.size(-1), {}, matrices.dtype()), matrices.shape());
  Tensor power = n < 0 ? inv(matrices) : matrices, result;
  for (std::uint64_t left = n < 0 ? -static_cast<std::uint64_t>(n) : static_cast<std::uint64_t>(n);;) {
    if (left & 1) result = result.defined() ? matmul(result, power) : power;
    if ((left >>= 1) == 0) return result;
    power = matmul(power, power);
  }
}

Tensor eigvalsh(const Operand& x) {
  const Called called("eigvalsh");
  return eigh(checked_square("eigvalsh", "x", x)).values;
}

Tensor svdvals(const Operand& x) {
  const Called called("svdvals");
  return svd(checked_matrices("svdvals", "x", x)).s;
}

Tensor cross(const Operand& a, const Operand& b, int axis) {
  const Called called("cross");
  ops::check_operands("cross", a, b);
  const Shape shape = ops::broadcast_shapes("cross", a.shape(), b.shape());
  const int from_end = ops::checked_axis("cross", axis, shape) - shape.rank();
  for (const Operand* operand : {&a, &b}) {
    if (operand->rank() + from_end < 0 || operand->size(from_end) != 3) {
      fail("cross", "shapes " + to_string(a.shape()) + " and " + to_string(b.shape()) + " along axis " +
                        std::to_string(axis) + ": expected extent 3 in both");
    }
  }
  const DType dtype = std::max(ops::promote({&static_cast<const Tensor&>(a), &static_cast<const Tensor&>(b)}), int64);
  const Tensor x = cast(a, dtype), y = cast(b, dtype);
  return roll(x, -1, from_end) * roll(y, 1, from_end) - roll(x, 1, from_end) * roll(y, -1, from_end);
}

Tensor multi_dot(const std::vector<Tensor>& tensors) {
  const Called called("multi_dot");
  if (tensors.size() < 2)
    fail("multi_dot", std::to_string(tensors.size()) + " tensors are given in 'tensors'; expected at least two");
  std::vector<Tensor> matrices;
  std::vector<std::int64_t> extents;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const std::string which = "tensors[" + std::to_string(i) + "]";
    if (!tensors[i].defined())
      fail("multi_dot", "argument 'tensors': number " + std::to_string(i + 1) + " is an undefined Tensor");
    const bool at_end = i == 0 || i + 1 == tensors.size();
    const int rank = tensors[i].rank();
    if (rank != 2 && !(rank == 1 && at_end)) {
      fail("multi_dot", "argument '" + which + "' has shape " + to_string(tensors[i].shape()) + "; a matrix" +
                            (at_end ? " or a vector" : "") + " is expected");
    }
    ops::check_floating("multi_dot", which.c_str(), tensors[i]);
    matrices.push_back(rank == 2 ? tensors[i] : expand_dims(tensors[i], i == 0 ? 0 : 1));
    if (i > 0 && extents.back() != matrices[i].size(0)) {
      fail("multi_dot", "argument '" + which + "' has shape " + to_string(tensors[i].shape()) + " after one with " +
                            std::to_string(extents.back()) + " columns; expected as many rows");
    }
    if (i == 0) extents.push_back(matrices[0].size(0));
    extents.push_back(matrices[i].size(1));
  }
  Tensor result = chain(matrices, cheapest_cuts(extents), 0, matrices.size() - 1);
  if (tensors.back().rank() == 1) result = squeeze(result, -1);
  if (tensors.front().rank() == 1) result = squeeze(result, 0);
  return result;
}

Tensor vander(const Operand& x, std::optional<std::int64_t> count) {
  const Called called("vander");
  ops::check_defined("vander", "x", x);
  if (x.rank() == 0) fail("vander", "argument 'x' has shape (); at least one axis is expected");
  const std::int64_t powers = count.value_or(x.size(-1));
  if (powers < 0 || powers > Shape::max_elements)
    fail("vander", "count is " + std::to_string(powers) + "; a number that is not negative is expected");
  const Tensor base = expand_dims(is_floating(x.dtype()) ? Tensor(x) : cast(x, int64), -1);
  Shape shape = base.shape();
  shape[shape.rank() - 1] = std::max<std::int64_t>(powers - 1, 0);
  const Tensor factors = concatenate({ones_like(base), broadcast_to(base, shape)}, -1);
  return slice(cumprod(factors, -1), -1, 0, powers);
}

Tensor householder_product(const Operand& x, const Operand& tau) {
  const Called called("householder_product");
  const Tensor given = checked_matrices("householder_product", "x", x);
  ops::check_defined("householder_product", "tau", tau);
  const std::int64_t m = given.size(-2), n = given.size(-1);
  Shape leading = tau.shape();
  if (leading.rank() > 0) leading.erase(leading.rank() - 1);
  if (m < n || tau.rank() == 0 || tau.size(-1) > n || leading != of_batch(given)) {
    fail("householder_product", "shapes " + to_string(x.shape()) + " and " + to_string(tau.shape()) +
                                    ": expected x of (..., M, N) with M >= N, and tau of (..., K) with K <= N");
  }
  const DType dtype = std::max(given.dtype(), ops::real(tau.dtype()));
  const Tensor vectors = tril(cast(given, dtype), -1) + eye(m, n, dtype), scales = cast(tau, dtype);
  Tensor product = broadcast_to(eye(m, n, dtype), given.shape());
  for (std::int64_t i = tau.size(-1) - 1; i >= 0; --i) {
    const Tensor v = slice(vectors, -1, i, i + 1);
    product = product - as_columns(slice(scales, -1, i, i + 1)) * v * matmul(t(v), product);
  }
  return product;
}

std::span<const Primitive* const> matrix_primitives() {
  static constexpr const Primitive* list[] = {&matrix_exp_primitive};
  return list;
}

std::span<const Composition* const> matrix_compositions() {
  static constexpr const Composition* list[] = {&matrix_power_composition,
                                                &eigvalsh_composition,
                                                &svdvals_composition,
                                                &cross_composition,
                                                &multi_dot_composition,
                                                &vander_composition,
                                                &householder_product_composition};
  return list;
}

}  // namespace xgrad
