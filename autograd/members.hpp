// Written by scripts/generate-members from the declarations of the operations. Change those and run it again.
// clang-format off
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <utility>
#include <vector>

#include <autograd/call_site.hpp>
#include <autograd/dtype.hpp>
#include <autograd/number.hpp>
#include <autograd/shape.hpp>

namespace xgrad {

class Index;
class Operand;
class Tensor;
struct Slice;
struct CloseOptions;
struct Eigh;
struct EqualOptions;
enum class GeluApproximation;
struct PadOptions;
struct Qr;
struct QuantileOptions;
struct ReduceOptions;
struct ScanOptions;
struct SlogDet;
struct SortOptions;
struct Svd;
struct TopK;
struct TopKOptions;
struct TriangularOptions;
struct VarOptions;

/// The operations as members of a class that is, or converts to, a Tensor: x.sum(0) is sum(x, 0), with the same
/// parameters and defaults, and is described where that is (ops.hpp). Beside them stand PyTorch's names to (cast), view
/// (reshape), detach (stop_gradient) and index (at), T() for transpose(), and NumPy's x[...] for at().
template <class Self>
class Members {
 public:
  /// One index: x[0] and x[-1] are without the first axis, x[Slice{1, 3}] is a range, x[mask] and x[indices] choose.
  /// The result is a tensor of its own: `x[0] = y` does not compile. See index_put().
  Tensor operator[](const Index& index) const;
  /// Several: x[{0, 2}], x[{ellipsis, Slice{1, 3}}].
  Tensor operator[](::std::initializer_list<Index> indices) const;

  Tensor T(MemberCall call = SourceLocation::current()) const;

  Tensor add(const Operand& b, MemberCall call = SourceLocation::current()) const;
  Tensor subtract(const Operand& b, MemberCall call = SourceLocation::current()) const;
  Tensor multiply(const Operand& b, MemberCall call = SourceLocation::current()) const;
  Tensor divide(const Operand& b, MemberCall call = SourceLocation::current()) const;
  Tensor negate(MemberCall call = SourceLocation::current()) const;
  Tensor exp(MemberCall call = SourceLocation::current()) const;
  Tensor log(MemberCall call = SourceLocation::current()) const;
  Tensor log1p(MemberCall call = SourceLocation::current()) const;
  Tensor sqrt(MemberCall call = SourceLocation::current()) const;
  Tensor square(MemberCall call = SourceLocation::current()) const;
  Tensor pow(const Operand& b, MemberCall call = SourceLocation::current()) const;
  Tensor abs(MemberCall call = SourceLocation::current()) const;
  Tensor sign(MemberCall call = SourceLocation::current()) const;
  Tensor tanh(MemberCall call = SourceLocation::current()) const;
  Tensor sigmoid(MemberCall call = SourceLocation::current()) const;
  Tensor relu(MemberCall call = SourceLocation::current()) const;
  Tensor maximum(const Operand& b, MemberCall call = SourceLocation::current()) const;
  Tensor minimum(const Operand& b, MemberCall call = SourceLocation::current()) const;
  Tensor clip(::std::optional<Number> low, ::std::optional<Number> high, MemberCall call = SourceLocation::current()) const;
  Tensor equal(const Operand& b, MemberCall call = SourceLocation::current()) const;
  Tensor not_equal(const Operand& b, MemberCall call = SourceLocation::current()) const;
  Tensor less(const Operand& b, MemberCall call = SourceLocation::current()) const;
  Tensor less_equal(const Operand& b, MemberCall call = SourceLocation::current()) const;
  Tensor greater(const Operand& b, MemberCall call = SourceLocation::current()) const;
  Tensor greater_equal(const Operand& b, MemberCall call = SourceLocation::current()) const;
  Tensor cast(DType dtype, MemberCall call = SourceLocation::current()) const;
  Tensor to(DType dtype, MemberCall call = SourceLocation::current()) const;
  Tensor stop_gradient(MemberCall call = SourceLocation::current()) const;
  Tensor clone(MemberCall call = SourceLocation::current()) const;
  Tensor sum(const Axes& axes = {}, MemberCall call = SourceLocation::current()) const;
  Tensor sum(const Axes& axes, ReduceOptions options, MemberCall call = SourceLocation::current()) const;
  Tensor sum(const Axes& axes, Flag keepdims, MemberCall call = SourceLocation::current()) const;
  Tensor mean(const Axes& axes = {}, MemberCall call = SourceLocation::current()) const;
  Tensor mean(const Axes& axes, ReduceOptions options, MemberCall call = SourceLocation::current()) const;
  Tensor mean(const Axes& axes, Flag keepdims, MemberCall call = SourceLocation::current()) const;
  Tensor var(const Axes& axes = {}, MemberCall call = SourceLocation::current()) const;
  Tensor var(const Axes& axes, VarOptions options, MemberCall call = SourceLocation::current()) const;
  Tensor std(const Axes& axes = {}, MemberCall call = SourceLocation::current()) const;
  Tensor std(const Axes& axes, VarOptions options, MemberCall call = SourceLocation::current()) const;
  Tensor stddev(const Axes& axes = {}, MemberCall call = SourceLocation::current()) const;
  Tensor stddev(const Axes& axes, VarOptions options, MemberCall call = SourceLocation::current()) const;
  Tensor max(const Axes& axes = {}, MemberCall call = SourceLocation::current()) const;
  Tensor max(const Axes& axes, ReduceOptions options, MemberCall call = SourceLocation::current()) const;
  Tensor max(const Axes& axes, Flag keepdims, MemberCall call = SourceLocation::current()) const;
  Tensor min(const Axes& axes = {}, MemberCall call = SourceLocation::current()) const;
  Tensor min(const Axes& axes, ReduceOptions options, MemberCall call = SourceLocation::current()) const;
  Tensor min(const Axes& axes, Flag keepdims, MemberCall call = SourceLocation::current()) const;
  Tensor argmax(::std::optional<int> axis = {}, MemberCall call = SourceLocation::current()) const;
  Tensor argmax(::std::optional<int> axis, ReduceOptions options, MemberCall call = SourceLocation::current()) const;
  Tensor argmax(::std::optional<int> axis, Flag keepdims, MemberCall call = SourceLocation::current()) const;
  Tensor argmin(::std::optional<int> axis = {}, MemberCall call = SourceLocation::current()) const;
  Tensor argmin(::std::optional<int> axis, ReduceOptions options, MemberCall call = SourceLocation::current()) const;
  Tensor argmin(::std::optional<int> axis, Flag keepdims, MemberCall call = SourceLocation::current()) const;
  Tensor logsumexp(const Axes& axes = {}, MemberCall call = SourceLocation::current()) const;
  Tensor logsumexp(const Axes& axes, ReduceOptions options, MemberCall call = SourceLocation::current()) const;
  Tensor logsumexp(const Axes& axes, Flag keepdims, MemberCall call = SourceLocation::current()) const;
  Tensor matmul(const Operand& b, MemberCall call = SourceLocation::current()) const;
  Tensor reshape(const NewShape& shape, MemberCall call = SourceLocation::current()) const;
  Tensor reshape(::std::int64_t n0, ::std::int64_t n1, MemberCall call = SourceLocation::current()) const;
  Tensor reshape(::std::int64_t n0, ::std::int64_t n1, ::std::int64_t n2, MemberCall call = SourceLocation::current()) const;
  Tensor reshape(::std::int64_t n0, ::std::int64_t n1, ::std::int64_t n2, ::std::int64_t n3, MemberCall call = SourceLocation::current()) const;
  Tensor reshape(::std::int64_t n0, ::std::int64_t n1, ::std::int64_t n2, ::std::int64_t n3, ::std::int64_t n4, MemberCall call = SourceLocation::current()) const;
  Tensor reshape(::std::int64_t n0, ::std::int64_t n1, ::std::int64_t n2, ::std::int64_t n3, ::std::int64_t n4, ::std::int64_t n5, MemberCall call = SourceLocation::current()) const;
  Tensor view(const NewShape& shape, MemberCall call = SourceLocation::current()) const;
  Tensor view(::std::int64_t n0, ::std::int64_t n1, MemberCall call = SourceLocation::current()) const;
  Tensor view(::std::int64_t n0, ::std::int64_t n1, ::std::int64_t n2, MemberCall call = SourceLocation::current()) const;
  Tensor view(::std::int64_t n0, ::std::int64_t n1, ::std::int64_t n2, ::std::int64_t n3, MemberCall call = SourceLocation::current()) const;
  Tensor view(::std::int64_t n0, ::std::int64_t n1, ::std::int64_t n2, ::std::int64_t n3, ::std::int64_t n4, MemberCall call = SourceLocation::current()) const;
  Tensor view(::std::int64_t n0, ::std::int64_t n1, ::std::int64_t n2, ::std::int64_t n3, ::std::int64_t n4, ::std::int64_t n5, MemberCall call = SourceLocation::current()) const;
  Tensor transpose(MemberCall call = SourceLocation::current()) const;
  Tensor transpose(const ::std::vector<int>& order, MemberCall call = SourceLocation::current()) const;
  Tensor transpose(int axis1, int axis2, MemberCall call = SourceLocation::current()) const;
  Tensor swapaxes(int axis1, int axis2, MemberCall call = SourceLocation::current()) const;
  Tensor squeeze(const Axes& axes = {}, MemberCall call = SourceLocation::current()) const;
  Tensor expand_dims(const Axes& axes, MemberCall call = SourceLocation::current()) const;
  Tensor broadcast_to(const Shape& shape, MemberCall call = SourceLocation::current()) const;
  Tensor flatten(int start_axis = 0, MemberCall call = SourceLocation::current()) const;
  Tensor slice(const ::std::vector<Slice>& ranges, MemberCall call = SourceLocation::current()) const;
  Tensor slice(int axis, ::std::int64_t start, ::std::int64_t stop, ::std::int64_t step = 1, MemberCall call = SourceLocation::current()) const;
  Tensor take(const Operand& indices, int axis = 0, MemberCall call = SourceLocation::current()) const;
  Tensor gather(int axis, const Operand& index, MemberCall call = SourceLocation::current()) const;
  Tensor softmax(int axis = -1, MemberCall call = SourceLocation::current()) const;
  Tensor log_softmax(int axis = -1, MemberCall call = SourceLocation::current()) const;
  Tensor softplus(double beta = 1, double threshold = 20, MemberCall call = SourceLocation::current()) const;
  Tensor log_sigmoid(MemberCall call = SourceLocation::current()) const;
  Tensor gelu(MemberCall call = SourceLocation::current()) const;
  Tensor gelu(GeluApproximation approximate, MemberCall call = SourceLocation::current()) const;
  Tensor silu(MemberCall call = SourceLocation::current()) const;
  Tensor mish(MemberCall call = SourceLocation::current()) const;
  Tensor elu(double alpha = 1, MemberCall call = SourceLocation::current()) const;
  Tensor celu(double alpha = 1, MemberCall call = SourceLocation::current()) const;
  Tensor selu(MemberCall call = SourceLocation::current()) const;
  Tensor leaky_relu(double negative_slope = 0.01, MemberCall call = SourceLocation::current()) const;
  Tensor prelu(const Operand& weight, MemberCall call = SourceLocation::current()) const;
  Tensor hardtanh(double min = -1, double max = 1, MemberCall call = SourceLocation::current()) const;
  Tensor relu6(MemberCall call = SourceLocation::current()) const;
  Tensor hardsigmoid(MemberCall call = SourceLocation::current()) const;
  Tensor hardswish(MemberCall call = SourceLocation::current()) const;
  Tensor softsign(MemberCall call = SourceLocation::current()) const;
  Tensor tanhshrink(MemberCall call = SourceLocation::current()) const;
  Tensor glu(int axis = -1, MemberCall call = SourceLocation::current()) const;
  Tensor unsqueeze(const Axes& axes, MemberCall call = SourceLocation::current()) const;
  Tensor permute(const ::std::vector<int>& order, MemberCall call = SourceLocation::current()) const;
  Tensor permute(int n0, int n1, MemberCall call = SourceLocation::current()) const;
  Tensor permute(int n0, int n1, int n2, MemberCall call = SourceLocation::current()) const;
  Tensor permute(int n0, int n1, int n2, int n3, MemberCall call = SourceLocation::current()) const;
  Tensor permute(int n0, int n1, int n2, int n3, int n4, MemberCall call = SourceLocation::current()) const;
  Tensor permute(int n0, int n1, int n2, int n3, int n4, int n5, MemberCall call = SourceLocation::current()) const;
  ::std::vector<Tensor> unbind(int axis = 0, MemberCall call = SourceLocation::current()) const;
  Tensor repeat_interleave(::std::int64_t count, ::std::optional<int> axis = {}, MemberCall call = SourceLocation::current()) const;
  Tensor take_along_dim(const Operand& indices, int axis, MemberCall call = SourceLocation::current()) const;
  Tensor clamp(::std::optional<Number> low, ::std::optional<Number> high, MemberCall call = SourceLocation::current()) const;
  Tensor mul(const Operand& b, MemberCall call = SourceLocation::current()) const;
  Tensor sub(const Operand& b, MemberCall call = SourceLocation::current()) const;
  Tensor div(const Operand& b, MemberCall call = SourceLocation::current()) const;
  Tensor neg(MemberCall call = SourceLocation::current()) const;
  Tensor negative(MemberCall call = SourceLocation::current()) const;
  Tensor absolute(MemberCall call = SourceLocation::current()) const;
  Tensor power(const Operand& b, MemberCall call = SourceLocation::current()) const;
  Tensor mod(const Operand& b, MemberCall call = SourceLocation::current()) const;
  Tensor arcsin(MemberCall call = SourceLocation::current()) const;
  Tensor arccos(MemberCall call = SourceLocation::current()) const;
  Tensor arctan(MemberCall call = SourceLocation::current()) const;
  Tensor arctan2(const Operand& b, MemberCall call = SourceLocation::current()) const;
  Tensor arcsinh(MemberCall call = SourceLocation::current()) const;
  Tensor arccosh(MemberCall call = SourceLocation::current()) const;
  Tensor arctanh(MemberCall call = SourceLocation::current()) const;
  Tensor eq(const Operand& b, MemberCall call = SourceLocation::current()) const;
  Tensor ne(const Operand& b, MemberCall call = SourceLocation::current()) const;
  Tensor lt(const Operand& b, MemberCall call = SourceLocation::current()) const;
  Tensor le(const Operand& b, MemberCall call = SourceLocation::current()) const;
  Tensor gt(const Operand& b, MemberCall call = SourceLocation::current()) const;
  Tensor ge(const Operand& b, MemberCall call = SourceLocation::current()) const;
  Tensor detach(MemberCall call = SourceLocation::current()) const;
  Tensor amax(const Axes& axes = {}, MemberCall call = SourceLocation::current()) const;
  Tensor amax(const Axes& axes, ReduceOptions options, MemberCall call = SourceLocation::current()) const;
  Tensor amax(const Axes& axes, Flag keepdims, MemberCall call = SourceLocation::current()) const;
  Tensor amin(const Axes& axes = {}, MemberCall call = SourceLocation::current()) const;
  Tensor amin(const Axes& axes, ReduceOptions options, MemberCall call = SourceLocation::current()) const;
  Tensor amin(const Axes& axes, Flag keepdims, MemberCall call = SourceLocation::current()) const;
  Tensor inverse(MemberCall call = SourceLocation::current()) const;
  Tensor isclose(const Operand& b, MemberCall call = SourceLocation::current()) const;
  Tensor isclose(const Operand& b, const CloseOptions& options, MemberCall call = SourceLocation::current()) const;
  bool allclose(const Operand& b, MemberCall call = SourceLocation::current()) const;
  bool allclose(const Operand& b, const CloseOptions& options, MemberCall call = SourceLocation::current()) const;
  bool array_equal(const Operand& b, MemberCall call = SourceLocation::current()) const;
  bool array_equal(const Operand& b, const EqualOptions& options, MemberCall call = SourceLocation::current()) const;
  bool array_equal(const Operand& b, Flag equal_nan, MemberCall call = SourceLocation::current()) const;
  Tensor outer(const Operand& b, MemberCall call = SourceLocation::current()) const;
  Tensor dot(const Operand& b, MemberCall call = SourceLocation::current()) const;
  Tensor tensordot(const Operand& b, int count = 2, MemberCall call = SourceLocation::current()) const;
  Tensor tensordot(const Operand& b, const ::std::vector<int>& axes_a, const ::std::vector<int>& axes_b, MemberCall call = SourceLocation::current()) const;
  Tensor cholesky(MemberCall call = SourceLocation::current()) const;
  Tensor solve_triangular(const Operand& b, MemberCall call = SourceLocation::current()) const;
  Tensor solve_triangular(const Operand& b, const TriangularOptions& options, MemberCall call = SourceLocation::current()) const;
  Tensor solve(const Operand& b, MemberCall call = SourceLocation::current()) const;
  Tensor inv(MemberCall call = SourceLocation::current()) const;
  Tensor det(MemberCall call = SourceLocation::current()) const;
  SlogDet slogdet(MemberCall call = SourceLocation::current()) const;
  Qr qr(MemberCall call = SourceLocation::current()) const;
  Eigh eigh(MemberCall call = SourceLocation::current()) const;
  Svd svd(MemberCall call = SourceLocation::current()) const;
  Tensor sin(MemberCall call = SourceLocation::current()) const;
  Tensor cos(MemberCall call = SourceLocation::current()) const;
  Tensor tan(MemberCall call = SourceLocation::current()) const;
  Tensor asin(MemberCall call = SourceLocation::current()) const;
  Tensor acos(MemberCall call = SourceLocation::current()) const;
  Tensor atan(MemberCall call = SourceLocation::current()) const;
  Tensor atan2(const Operand& b, MemberCall call = SourceLocation::current()) const;
  Tensor sinh(MemberCall call = SourceLocation::current()) const;
  Tensor cosh(MemberCall call = SourceLocation::current()) const;
  Tensor asinh(MemberCall call = SourceLocation::current()) const;
  Tensor acosh(MemberCall call = SourceLocation::current()) const;
  Tensor atanh(MemberCall call = SourceLocation::current()) const;
  Tensor expm1(MemberCall call = SourceLocation::current()) const;
  Tensor exp2(MemberCall call = SourceLocation::current()) const;
  Tensor log2(MemberCall call = SourceLocation::current()) const;
  Tensor log10(MemberCall call = SourceLocation::current()) const;
  Tensor rsqrt(MemberCall call = SourceLocation::current()) const;
  Tensor reciprocal(MemberCall call = SourceLocation::current()) const;
  Tensor cbrt(MemberCall call = SourceLocation::current()) const;
  Tensor hypot(const Operand& b, MemberCall call = SourceLocation::current()) const;
  Tensor logaddexp(const Operand& b, MemberCall call = SourceLocation::current()) const;
  Tensor xlogy(const Operand& b, MemberCall call = SourceLocation::current()) const;
  Tensor lerp(const Operand& b, const Operand& weight, MemberCall call = SourceLocation::current()) const;
  Tensor erf(MemberCall call = SourceLocation::current()) const;
  Tensor erfc(MemberCall call = SourceLocation::current()) const;
  Tensor lgamma(MemberCall call = SourceLocation::current()) const;
  Tensor digamma(MemberCall call = SourceLocation::current()) const;
  Tensor floor(MemberCall call = SourceLocation::current()) const;
  Tensor ceil(MemberCall call = SourceLocation::current()) const;
  Tensor round(MemberCall call = SourceLocation::current()) const;
  Tensor trunc(MemberCall call = SourceLocation::current()) const;
  Tensor fmod(const Operand& b, MemberCall call = SourceLocation::current()) const;
  Tensor remainder(const Operand& b, MemberCall call = SourceLocation::current()) const;
  Tensor isnan(MemberCall call = SourceLocation::current()) const;
  Tensor isinf(MemberCall call = SourceLocation::current()) const;
  Tensor isfinite(MemberCall call = SourceLocation::current()) const;
  Tensor logical_not(MemberCall call = SourceLocation::current()) const;
  Tensor logical_and(const Operand& b, MemberCall call = SourceLocation::current()) const;
  Tensor logical_or(const Operand& b, MemberCall call = SourceLocation::current()) const;
  Tensor logical_xor(const Operand& b, MemberCall call = SourceLocation::current()) const;
  Tensor pad(const ::std::vector<::std::pair<::std::int64_t, ::std::int64_t>>& pads, MemberCall call = SourceLocation::current()) const;
  Tensor pad(const ::std::vector<::std::pair<::std::int64_t, ::std::int64_t>>& pads, PadOptions options, MemberCall call = SourceLocation::current()) const;
  Tensor flip(const Axes& axes = {}, MemberCall call = SourceLocation::current()) const;
  Tensor roll(::std::int64_t shift, ::std::optional<int> axis = {}, MemberCall call = SourceLocation::current()) const;
  Tensor tile(const ::std::vector<::std::int64_t>& repeats, MemberCall call = SourceLocation::current()) const;
  Tensor repeat(::std::int64_t count, ::std::optional<int> axis = {}, MemberCall call = SourceLocation::current()) const;
  ::std::vector<Tensor> split(::std::int64_t size, int axis = 0, MemberCall call = SourceLocation::current()) const;
  ::std::vector<Tensor> split(const ::std::vector<::std::int64_t>& sizes, int axis = 0, MemberCall call = SourceLocation::current()) const;
  ::std::vector<Tensor> split(::std::initializer_list<::std::int64_t> sizes, int axis = 0, MemberCall call = SourceLocation::current()) const;
  ::std::vector<Tensor> chunk(::std::int64_t chunks, int axis = 0, MemberCall call = SourceLocation::current()) const;
  ::std::vector<Tensor> unstack(int axis = 0, MemberCall call = SourceLocation::current()) const;
  Tensor diagonal(int offset = 0, int axis1 = 0, int axis2 = 1, MemberCall call = SourceLocation::current()) const;
  Tensor diag(int offset = 0, MemberCall call = SourceLocation::current()) const;
  Tensor trace(int offset = 0, int axis1 = 0, int axis2 = 1, MemberCall call = SourceLocation::current()) const;
  Tensor tril(int offset = 0, MemberCall call = SourceLocation::current()) const;
  Tensor triu(int offset = 0, MemberCall call = SourceLocation::current()) const;
  Tensor cumsum(int axis, MemberCall call = SourceLocation::current()) const;
  Tensor cumsum(int axis, ScanOptions options, MemberCall call = SourceLocation::current()) const;
  Tensor cumsum(int axis, Flag reverse, MemberCall call = SourceLocation::current()) const;
  Tensor cumprod(int axis, MemberCall call = SourceLocation::current()) const;
  Tensor cumprod(int axis, ScanOptions options, MemberCall call = SourceLocation::current()) const;
  Tensor cumprod(int axis, Flag reverse, MemberCall call = SourceLocation::current()) const;
  Tensor logcumsumexp(int axis, MemberCall call = SourceLocation::current()) const;
  Tensor linear_scan(const Operand& b, int axis, MemberCall call = SourceLocation::current()) const;
  Tensor linear_scan(const Operand& b, int axis, ScanOptions options, MemberCall call = SourceLocation::current()) const;
  Tensor linear_scan(const Operand& b, int axis, Flag reverse, MemberCall call = SourceLocation::current()) const;
  Tensor prod(const Axes& axes = {}, MemberCall call = SourceLocation::current()) const;
  Tensor prod(const Axes& axes, ReduceOptions options, MemberCall call = SourceLocation::current()) const;
  Tensor prod(const Axes& axes, Flag keepdims, MemberCall call = SourceLocation::current()) const;
  Tensor norm(double p = 2, const Axes& axes = {}, MemberCall call = SourceLocation::current()) const;
  Tensor norm(double p, const Axes& axes, ReduceOptions options, MemberCall call = SourceLocation::current()) const;
  Tensor norm(double p, const Axes& axes, Flag keepdims, MemberCall call = SourceLocation::current()) const;
  Tensor cdist(const Operand& b, double p = 2, MemberCall call = SourceLocation::current()) const;
  Tensor any(const Axes& axes = {}, MemberCall call = SourceLocation::current()) const;
  Tensor any(const Axes& axes, ReduceOptions options, MemberCall call = SourceLocation::current()) const;
  Tensor any(const Axes& axes, Flag keepdims, MemberCall call = SourceLocation::current()) const;
  Tensor all(const Axes& axes = {}, MemberCall call = SourceLocation::current()) const;
  Tensor all(const Axes& axes, ReduceOptions options, MemberCall call = SourceLocation::current()) const;
  Tensor all(const Axes& axes, Flag keepdims, MemberCall call = SourceLocation::current()) const;
  Tensor index_select(int axis, const Operand& index, MemberCall call = SourceLocation::current()) const;
  Tensor index_add(int axis, const Operand& index, const Operand& source, MemberCall call = SourceLocation::current()) const;
  Tensor take_along_axis(const Operand& indices, int axis, MemberCall call = SourceLocation::current()) const;
  Tensor put_along_axis(const Operand& indices, const Operand& values, int axis, MemberCall call = SourceLocation::current()) const;
  Tensor masked_fill(const Operand& mask, const Operand& value, MemberCall call = SourceLocation::current()) const;
  Tensor masked_select(const Operand& mask, MemberCall call = SourceLocation::current()) const;
  Tensor nonzero(MemberCall call = SourceLocation::current()) const;
  Tensor at(const ::std::vector<Index>& indices, MemberCall call = SourceLocation::current()) const;
  Tensor index(const ::std::vector<Index>& indices, MemberCall call = SourceLocation::current()) const;
  Tensor index_put(const ::std::vector<Index>& indices, const Operand& values, MemberCall call = SourceLocation::current()) const;
  Tensor sort(int axis = -1, MemberCall call = SourceLocation::current()) const;
  Tensor sort(int axis, SortOptions options, MemberCall call = SourceLocation::current()) const;
  Tensor sort(int axis, Flag descending, MemberCall call = SourceLocation::current()) const;
  Tensor argsort(int axis = -1, MemberCall call = SourceLocation::current()) const;
  Tensor argsort(int axis, SortOptions options, MemberCall call = SourceLocation::current()) const;
  Tensor argsort(int axis, Flag descending, MemberCall call = SourceLocation::current()) const;
  TopK topk(::std::int64_t k, int axis = -1, MemberCall call = SourceLocation::current()) const;
  TopK topk(::std::int64_t k, int axis, TopKOptions options, MemberCall call = SourceLocation::current()) const;
  TopK topk(::std::int64_t k, int axis, Flag largest, MemberCall call = SourceLocation::current()) const;
  Tensor quantile(double q, ::std::optional<int> axis = {}, MemberCall call = SourceLocation::current()) const;
  Tensor quantile(double q, ::std::optional<int> axis, QuantileOptions options, MemberCall call = SourceLocation::current()) const;
  Tensor quantile(const ::std::vector<double>& q, ::std::optional<int> axis = {}, MemberCall call = SourceLocation::current()) const;
  Tensor quantile(const ::std::vector<double>& q, ::std::optional<int> axis, QuantileOptions options, MemberCall call = SourceLocation::current()) const;
  Tensor median(::std::optional<int> axis = {}, MemberCall call = SourceLocation::current()) const;
  Tensor median(::std::optional<int> axis, ReduceOptions options, MemberCall call = SourceLocation::current()) const;
  Tensor median(::std::optional<int> axis, Flag keepdims, MemberCall call = SourceLocation::current()) const;

 private:
  const Self& self() const noexcept { return static_cast<const Self&>(*this); }
};

}  // namespace xgrad
