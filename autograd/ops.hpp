#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <vector>

#include <autograd/operand.hpp>
#include <autograd/random.hpp>
#include <autograd/tensor.hpp>

#pragma GCC visibility push(default)
/// The operations. Each records one node, or a composition of others, and runs nothing. Inputs broadcast as NumPy's do;
/// dtypes promote bool < int64 < float32 < float64, plain numbers adapt to the tensor they meet. Functions of real
/// numbers (exp, division, mean, ...) turn int64 and bool into float32. Results in int64 are exact and wrap around
/// modulo 2^64 where they do not fit. Unless said otherwise everything throws xgrad::Error where shapes do not fit,
/// naming operation, argument and shapes, and derivatives of any order exist. docs/edges.md holds what derivatives are
/// at corners, poles and ties. A scalar counts as a vector of one element where PyTorch takes axis 0 or -1 of it: in
/// reductions, softmax, scans, sorts, flip, gather, index_select and what is like them; its shape stays ().
namespace xgrad {

// ---------------------------------------------------------------------------------------------- elementwise

/// a + b; bools add up in int64. The derivatives are 1 and 1.
Tensor add(const Operand& a, const Operand& b);
/// a - b; of bools in int64. The derivatives are 1 and -1.
Tensor subtract(const Operand& a, const Operand& b);
/// a b, element by element; of bools in int64. The derivatives are b and a.
Tensor multiply(const Operand& a, const Operand& b);
/// a / b in floating point; int64 and bool operands become float32. x / 0 follows IEEE 754. The derivatives are
/// 1 / b and -a / b^2.
Tensor divide(const Operand& a, const Operand& b);
/// -x; of a bool in int64.
Tensor negate(const Operand& x);
/// e^x, its own derivative; inf where it is too large for the dtype.
Tensor exp(const Operand& x);
/// Natural logarithm; -inf at 0, NaN below. The derivative is 1 / x.
Tensor log(const Operand& x);
/// log(1 + x), accurate near 0. The derivative is 1 / (1 + x).
Tensor log1p(const Operand& x);
/// Square root; NaN below 0. The derivative 1 / (2 sqrt(x)) is +inf at 0; where the cotangent is 0 there it is 0.
Tensor sqrt(const Operand& x);
/// x^2, with derivative 2 x.
Tensor square(const Operand& x);
/// a^b in floating point; int64 and bool operands become float32. 0^0 is 1. d/da is b a^(b-1), and 0 where b is 0; d/db
/// is a^b log(a), and 0 where a is 0 and b >= 0.
Tensor pow(const Operand& a, const Operand& b);
/// |x|, with derivative sign(x): 0 at 0.
Tensor abs(const Operand& x);
/// -1, 0 or 1; NaN stays NaN. The derivative is 0.
Tensor sign(const Operand& x);
/// Hyperbolic tangent; the derivative is 1 - tanh(x)^2.
Tensor tanh(const Operand& x);
/// 1 / (1 + exp(-x)), without overflow. The derivative is y (1 - y) for the result y.
Tensor sigmoid(const Operand& x);
/// max(x, 0), with derivative 0 at 0; NaN stays NaN, and passes the gradient on.
Tensor relu(const Operand& x);
/// The larger of both, NaN where either is. At ties each gets half of the gradient.
Tensor maximum(const Operand& a, const Operand& b);
/// The smaller of both, NaN where either is. At ties each gets half of the gradient.
Tensor minimum(const Operand& a, const Operand& b);
/// x limited to [low, high]; the derivative is 1 inside and at the bounds, 0 outside. An int64 tensor stays int64
/// within integer bounds, and becomes float32 by others. Throws Error where low > high, and on NaN.
Tensor clip(const Operand& x, std::optional<Number> low, std::optional<Number> high);
/// a where condition (bool) holds, b elsewhere. The branch that is not taken gets a gradient of 0, even if it holds
/// NaN. Two plain numbers have no tensor to adapt to: the result has their own dtype, float32 for 0.1 and 0.2, and is
/// rounded to it. For a float64 result, give one of them as tensor(0.1, float64).
Tensor where(const Operand& condition, const Operand& a, const Operand& b);

/// Comparisons give bool tensors and have no derivative. int64 is compared with plain numbers exactly, also with
/// floating-point ones; with float32 and float64 tensors it is converted to their dtype.
Tensor equal(const Operand& a, const Operand& b);
Tensor not_equal(const Operand& a, const Operand& b);
Tensor less(const Operand& a, const Operand& b);
Tensor less_equal(const Operand& a, const Operand& b);
Tensor greater(const Operand& a, const Operand& b);
Tensor greater_equal(const Operand& a, const Operand& b);

inline Tensor operator+(const Operand& a, const Operand& b) { return add(a, b); }
inline Tensor operator-(const Operand& a, const Operand& b) { return subtract(a, b); }
inline Tensor operator*(const Operand& a, const Operand& b) { return multiply(a, b); }
inline Tensor operator/(const Operand& a, const Operand& b) { return divide(a, b); }
inline Tensor operator-(const Operand& x) { return negate(x); }
inline Tensor operator==(const Operand& a, const Operand& b) { return equal(a, b); }
inline Tensor operator!=(const Operand& a, const Operand& b) { return not_equal(a, b); }
inline Tensor operator<(const Operand& a, const Operand& b) { return less(a, b); }
inline Tensor operator<=(const Operand& a, const Operand& b) { return less_equal(a, b); }
inline Tensor operator>(const Operand& a, const Operand& b) { return greater(a, b); }
inline Tensor operator>=(const Operand& a, const Operand& b) { return greater_equal(a, b); }

/// remainder(): the remainder of a division with the sign of b, as Python's and PyTorch's %. (C++'s % of numbers has
/// the sign of a, as fmod() has.)
Tensor operator%(const Operand& a, const Operand& b);
/// logical_not(): whether x is 0. (It takes a Tensor, since C++ has its own ! for values that convert to bool.)
Tensor operator!(const Tensor& x);
/// Logic on bool tensors. They throw Error on other dtypes; logical_not(), logical_and() and the others take all.
Tensor operator~(const Operand& x);
Tensor operator&(const Operand& a, const Operand& b);
Tensor operator|(const Operand& a, const Operand& b);
Tensor operator^(const Operand& a, const Operand& b);

/// x += y is x = x + y: the handle x then refers to another tensor, of the shape and dtype of x + y. Other handles keep
/// the old one, and a gradient with respect to x after it is one with respect to the new tensor.
inline Tensor& operator+=(Tensor& x, const Operand& y) { return x = add(x, y); }
inline Tensor& operator-=(Tensor& x, const Operand& y) { return x = subtract(x, y); }
inline Tensor& operator*=(Tensor& x, const Operand& y) { return x = multiply(x, y); }
inline Tensor& operator/=(Tensor& x, const Operand& y) { return x = divide(x, y); }
inline Tensor& operator%=(Tensor& x, const Operand& y) { return x = x % y; }
inline Tensor& operator&=(Tensor& x, const Operand& y) { return x = x & y; }
inline Tensor& operator|=(Tensor& x, const Operand& y) { return x = x | y; }
inline Tensor& operator^=(Tensor& x, const Operand& y) { return x = x ^ y; }
// On a handle that ends with the expression they would change nothing.
void operator+=(Tensor&& x, const Operand& y) = delete;  // x[i] += y is written x = index_put(x, {i}, x[i] + y)
void operator-=(Tensor&& x, const Operand& y) = delete;  // x[i] -= y is written x = index_put(x, {i}, x[i] - y)
void operator*=(Tensor&& x, const Operand& y) = delete;  // x[i] *= y is written x = index_put(x, {i}, x[i] * y)
void operator/=(Tensor&& x, const Operand& y) = delete;  // x[i] /= y is written x = index_put(x, {i}, x[i] / y)
void operator%=(Tensor&& x, const Operand& y) = delete;  // x[i] %= y is written x = index_put(x, {i}, x[i] % y)
void operator&=(Tensor&& x, const Operand& y) = delete;  // x[i] &= y is written x = index_put(x, {i}, x[i] & y)
void operator|=(Tensor&& x, const Operand& y) = delete;  // x[i] |= y is written x = index_put(x, {i}, x[i] | y)
void operator^=(Tensor&& x, const Operand& y) = delete;  // x[i] ^= y is written x = index_put(x, {i}, x[i] ^ y)

/// x in another dtype. To bool: true unless x is 0 (NaN is true). To int64: truncated towards 0; out of range the
/// nearest bound of int64; 0 for NaN.
Tensor cast(const Operand& x, DType dtype);
/// x as a constant: the same values, through which no gradient flows.
Tensor stop_gradient(const Operand& x);
/// A new tensor with the values of x, through which gradients flow. A gradient with respect to clone(x) covers what was
/// computed from the clone, not from x itself. Values never change, so none are copied.
Tensor clone(const Operand& x);

// ---------------------------------------------------------------------------------------------- reductions

struct ReduceOptions {
  /// Whether reduced axes stay, with extent 1.
  bool keepdims = false;
};

struct VarOptions {
  /// The divisor is the number of elements less this: 1 for the unbiased estimate, 0 for the biased one.
  double correction = 1;
  bool keepdims = false;
};

/// Reductions over the given axes (all of them by default). Over no elements a sum is 0, a mean NaN; max, min, argmax
/// and argmin refuse. Integers and bools sum in int64. Means, variances and deviations of int64 are computed in float64
/// and rounded to float32.
Tensor sum(const Operand& x, const Axes& axes = {}, ReduceOptions options = {});
Tensor mean(const Operand& x, const Axes& axes = {}, ReduceOptions options = {});
/// mean(square(x - mean(x))) * n / (n - correction).
Tensor var(const Operand& x, const Axes& axes = {}, VarOptions options = {});
/// sqrt(var(x)), with a gradient of 0 where the variance is 0.
Tensor std(const Operand& x, const Axes& axes = {}, VarOptions options = {});
/// std() by a name that needs no xgrad:: under `using namespace xgrad`, since std is also a namespace.
Tensor stddev(const Operand& x, const Axes& axes = {}, VarOptions options = {});
/// The largest (smallest) element; NaN where there is one. Elements that tie share the gradient equally.
Tensor max(const Operand& x, const Axes& axes = {}, ReduceOptions options = {});
Tensor min(const Operand& x, const Axes& axes = {}, ReduceOptions options = {});
namespace detail {
struct OfTwo {
  static Tensor max(const Operand& a, const Operand& b);
  static Tensor min(const Operand& a, const Operand& b);
};
}  // namespace detail
/// maximum(a, b) and minimum(a, b) by the names that PyTorch also has for them.
template <std::same_as<Tensor> T>
Tensor max(const Operand& a, const T& b) {
  return detail::OfTwo::max(a, b);
}
template <std::same_as<Tensor> T>
Tensor min(const Operand& a, const T& b) {
  return detail::OfTwo::min(a, b);
}
/// Index (int64) of the first largest (smallest) element along one axis; of the first NaN where there is one.
/// Without an axis, of the flattened tensor.
Tensor argmax(const Operand& x, std::optional<int> axis = {}, ReduceOptions options = {});
Tensor argmin(const Operand& x, std::optional<int> axis = {}, ReduceOptions options = {});
/// log(sum(exp(x))) without overflow; -inf over no elements. Its derivative is softmax(x), so an element of -inf has no
/// weight. If all elements are -inf, the result is -inf, with derivatives of 0.
Tensor logsumexp(const Operand& x, const Axes& axes = {}, ReduceOptions options = {});

// ---------------------------------------------------------------------------------------------- matrix products

/// NumPy's matmul: (N, K) x (K, M); leading axes are batches that broadcast; a 1-D operand is a row on the left, a
/// column on the right, and its axis does not appear in the result. Floating-point.
Tensor matmul(const Operand& a, const Operand& b);

// ---------------------------------------------------------------------------------------------- shape

/// The same elements, row-major, in another shape; one extent may be -1 and is inferred.
Tensor reshape(const Operand& x, const NewShape& shape);
/// Axes reversed; or reordered, so that axis i of the result is axis order[i] of x.
Tensor transpose(const Operand& x);
Tensor transpose(const Operand& x, const std::vector<int>& order);
/// Two axes exchanged, as PyTorch's transpose(0, 1): swapaxes.
Tensor transpose(const Operand& x, int axis1, int axis2);
/// Two axes exchanged.
Tensor swapaxes(const Operand& x, int axis1, int axis2);
/// Axes of extent 1 removed: all of them, or those given; given axes of another extent stay, as PyTorch's.
Tensor squeeze(const Operand& x, const Axes& axes = {});
/// New axes of extent 1 at the given places of the result.
Tensor expand_dims(const Operand& x, const Axes& axes);
/// x repeated to a shape it broadcasts to.
Tensor broadcast_to(const Operand& x, const Shape& shape);
/// Axes start_axis to end_axis of x, both included, as one; a scalar gets an axis. Throws Error where start_axis comes
/// after end_axis.
Tensor flatten(const Operand& x, int start_axis = 0, int end_axis = -1);

/// A range of one axis as in Python's x[start:stop:step]; absent ends are open, negative ones count from the end, the
/// step may be negative.
struct Slice {
  std::optional<std::int64_t> start = {};
  std::optional<std::int64_t> stop = {};
  std::int64_t step = 1;
};
/// One Slice for each leading axis of x; the rest is taken whole.
Tensor slice(const Operand& x, const std::vector<Slice>& ranges);
/// The elements [start, stop) of one axis.
Tensor slice(const Operand& x, int axis, std::int64_t start, std::int64_t stop, std::int64_t step = 1);
/// Joined along an axis that all have; the other extents must be equal. The dtypes promote.
Tensor concatenate(const std::vector<Tensor>& tensors, int axis = 0);
/// Equal shapes joined along a new axis.
Tensor stack(const std::vector<Tensor>& tensors, int axis = 0);

// ---------------------------------------------------------------------------------------------- indexing

/// The entries of one axis at int64 indices of any shape (NumPy's take). The shape of the indices replaces the axis.
/// Negative indices count from the end; those out of range are an Error when the value is asked for. Gradients of
/// repeated indices add up.
Tensor take(const Operand& x, const Operand& indices, int axis = 0);
/// PyTorch's gather: out[i][j] = x[index[i][j]][j] for axis 0, x[i][index[i][j]] for axis 1. The index has x's rank,
/// and at most x's extents except along the axis.
Tensor gather(const Operand& x, int axis, const Operand& index);
/// Zeros of `shape` with `values` added at `index` along the axis: the adjoint of gather. The values have at least the
/// index's extents, and the first of them are added.
Tensor scatter_add(const Shape& shape, int axis, const Operand& index, const Operand& values);
/// int64 labels of shape S to float32 (or another dtype) of shape S + (classes,), 1 at the label. Labels outside
/// 0..classes-1 are an Error when the value is asked for.
Tensor one_hot(const Operand& labels, std::int64_t classes, DType dtype = float32);

// ---------------------------------------------------------------------------------------------- compositions

/// exp(x - max) / sum(exp(x - max)) along an axis. An element of -inf gives 0 with derivatives of 0, also if all
/// elements are -inf. An element of inf gives NaN.
Tensor softmax(const Operand& x, int axis = -1);
/// x - logsumexp(x) along an axis, finite for logits of any size; -inf where x is, also where all are.
Tensor log_softmax(const Operand& x, int axis = -1);

// ---------------------------------------------------------------------------------------------- creation

/// Filled with 0, with 1.
Tensor zeros(const Shape& shape, DType dtype = float32);
Tensor ones(const Shape& shape, DType dtype = float32);
/// Filled with a value. Throws Error on one that is not whole or does not fit, for int64.
Tensor full(const Shape& shape, Number value, DType dtype = float32);
/// The same for extents in a row: zeros(2, 3) is zeros({2, 3}).
template <std::integral... N>
requires(sizeof...(N) > 1) Tensor zeros(N... extents) { return zeros(Shape{static_cast<std::int64_t>(extents)...}); }
template <std::integral... N>
requires(sizeof...(N) > 1) Tensor ones(N... extents) { return ones(Shape{static_cast<std::int64_t>(extents)...}); }
/// The same of x's shape, and of its dtype where none is given.
Tensor zeros_like(const Operand& x, std::optional<DType> dtype = {});
Tensor ones_like(const Operand& x, std::optional<DType> dtype = {});
/// `value` is one number, or a tensor with one element: gradients flow to it. Throws Error for other shapes, and where
/// an int64 tensor cannot hold it.
Tensor full_like(const Operand& x, const Operand& value, std::optional<DType> dtype = {});
/// start + i step for i = 0, 1, ... as long as it is below stop (above, for a negative step), as they are in the dtype:
/// stop is never among them. int64 by default, computed in integers. Throws Error on a step of 0, on numbers that are
/// not finite, where int64 does not hold start, step or an element, and on more elements than a tensor may have.
Tensor arange(Number stop);
Tensor arange(Number start, Number stop, Number step = 1, DType dtype = int64);
/// `count` evenly spaced numbers from start to stop. The first is start and the last stop, exactly as they are in the
/// dtype, and none lies beyond; one number alone is start. The numbers are symmetric: linspace(b, a) is linspace(a, b)
/// backwards.
Tensor linspace(double start, double stop, std::int64_t count, DType dtype = float32);
/// Ones on the diagonal of a (rows, columns) matrix; square by default.
Tensor eye(std::int64_t rows, std::optional<std::int64_t> columns = {}, DType dtype = float32);

}  // namespace xgrad
#pragma GCC visibility pop

#include <autograd/ops/activations.hpp>
#include <autograd/ops/aliases.hpp>
#include <autograd/ops/arrange.hpp>
#include <autograd/ops/attention.hpp>
#include <autograd/ops/compare.hpp>
#include <autograd/ops/complex.hpp>
#include <autograd/ops/conv.hpp>
#include <autograd/ops/draws.hpp>
#include <autograd/ops/fft.hpp>
#include <autograd/ops/flags.hpp>
#include <autograd/ops/functions.hpp>
#include <autograd/ops/integers.hpp>
#include <autograd/ops/interpolate.hpp>
#include <autograd/ops/linalg.hpp>
#include <autograd/ops/math.hpp>
#include <autograd/ops/matrices.hpp>
#include <autograd/ops/order.hpp>
#include <autograd/ops/pool.hpp>
#include <autograd/ops/products.hpp>
#include <autograd/ops/rearrange.hpp>
#include <autograd/ops/scan.hpp>
#include <autograd/ops/scatter.hpp>
#include <autograd/ops/select.hpp>
#include <autograd/ops/sort.hpp>
#include <autograd/ops/statistics.hpp>
#include <autograd/ops/systems.hpp>
