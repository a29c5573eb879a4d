#pragma once

#include <tuple>

#include "wrong.hpp"

/// The fields of every struct of options of the autograd room, for wrong.hpp.
namespace xgrad {

inline auto fields(ReduceOptions& o) {
  auto& [keepdims] = o;
  return std::tie(keepdims);
}
inline auto fields(VarOptions& o) {
  auto& [correction, keepdims] = o;
  return std::tie(correction, keepdims);
}
inline auto fields(Slice& o) {
  auto& [start, stop, step] = o;
  return std::tie(start, stop, step);
}
inline auto fields(Pair& o) {
  auto& [height, width] = o;
  return std::tie(height, width);
}
inline auto fields(Padding2d& o) {
  auto& [amount, named] = o;
  return std::tie(amount, named);
}
inline auto fields(Padding1d& o) {
  auto& [amount, named] = o;
  return std::tie(amount, named);
}
inline auto fields(PoolStride& o) {
  auto& [given] = o;
  return std::tie(given);
}
inline auto fields(Conv1dOptions& o) {
  auto& [stride, padding, dilation, groups] = o;
  return std::tie(stride, padding, dilation, groups);
}
inline auto fields(Conv2dOptions& o) {
  auto& [stride, padding, dilation, groups] = o;
  return std::tie(stride, padding, dilation, groups);
}
inline auto fields(ConvTranspose2dOptions& o) {
  auto& [stride, padding, output_padding, dilation, groups] = o;
  return std::tie(stride, padding, output_padding, dilation, groups);
}
inline auto fields(UnfoldOptions& o) {
  auto& [dilation, padding, stride] = o;
  return std::tie(dilation, padding, stride);
}
inline auto fields(MaxPool2dOptions& o) {
  auto& [stride, padding, dilation, ceil_mode] = o;
  return std::tie(stride, padding, dilation, ceil_mode);
}
inline auto fields(MaxPool1dOptions& o) {
  auto& [stride, padding, dilation, ceil_mode] = o;
  return std::tie(stride, padding, dilation, ceil_mode);
}
inline auto fields(AvgPool2dOptions& o) {
  auto& [stride, padding, ceil_mode, count_include_pad, divisor_override] = o;
  return std::tie(stride, padding, ceil_mode, count_include_pad, divisor_override);
}
inline auto fields(AvgPool1dOptions& o) {
  auto& [stride, padding, ceil_mode, count_include_pad] = o;
  return std::tie(stride, padding, ceil_mode, count_include_pad);
}
inline auto fields(Triple& o) {
  auto& [depth, height, width] = o;
  return std::tie(depth, height, width);
}
inline auto fields(Padding3d& o) {
  auto& [amount, named] = o;
  return std::tie(amount, named);
}
inline auto fields(PoolStride3d& o) {
  auto& [given] = o;
  return std::tie(given);
}
inline auto fields(AdaptiveSize2d& o) {
  auto& [height, width] = o;
  return std::tie(height, width);
}
inline auto fields(AdaptiveSize3d& o) {
  auto& [depth, height, width] = o;
  return std::tie(depth, height, width);
}
inline auto fields(Conv3dOptions& o) {
  auto& [stride, padding, dilation, groups] = o;
  return std::tie(stride, padding, dilation, groups);
}
inline auto fields(ConvTranspose1dOptions& o) {
  auto& [stride, padding, output_padding, dilation, groups] = o;
  return std::tie(stride, padding, output_padding, dilation, groups);
}
inline auto fields(ConvTranspose3dOptions& o) {
  auto& [stride, padding, output_padding, dilation, groups] = o;
  return std::tie(stride, padding, output_padding, dilation, groups);
}
inline auto fields(MaxPool3dOptions& o) {
  auto& [stride, padding, dilation, ceil_mode] = o;
  return std::tie(stride, padding, dilation, ceil_mode);
}
inline auto fields(AvgPool3dOptions& o) {
  auto& [stride, padding, ceil_mode, count_include_pad, divisor_override] = o;
  return std::tie(stride, padding, ceil_mode, count_include_pad, divisor_override);
}
inline auto fields(MaxUnpool1dOptions& o) {
  auto& [stride, padding, output_size] = o;
  return std::tie(stride, padding, output_size);
}
inline auto fields(MaxUnpool2dOptions& o) {
  auto& [stride, padding, output_size] = o;
  return std::tie(stride, padding, output_size);
}
inline auto fields(MaxUnpool3dOptions& o) {
  auto& [stride, padding, output_size] = o;
  return std::tie(stride, padding, output_size);
}
inline auto fields(LPPool1dOptions& o) {
  auto& [stride, ceil_mode] = o;
  return std::tie(stride, ceil_mode);
}
inline auto fields(LPPool2dOptions& o) {
  auto& [stride, ceil_mode] = o;
  return std::tie(stride, ceil_mode);
}
inline auto fields(LocalResponseNormOptions& o) {
  auto& [alpha, beta, k] = o;
  return std::tie(alpha, beta, k);
}
inline auto fields(InterpolateOptions& o) {
  auto& [size, scale_factor, mode, align_corners, recompute] = o;
  return std::tie(size, scale_factor, mode, align_corners, recompute);
}
inline auto fields(GridSampleOptions& o) {
  auto& [mode, padding_mode, align_corners] = o;
  return std::tie(mode, padding_mode, align_corners);
}
inline auto fields(AffineGridOptions& o) {
  auto& [align_corners] = o;
  return std::tie(align_corners);
}
inline auto fields(PadOptions& o) {
  auto& [mode, value] = o;
  return std::tie(mode, value);
}
inline auto fields(ScanOptions& o) {
  auto& [reverse] = o;
  return std::tie(reverse);
}
inline auto fields(EmbeddingOptions& o) {
  auto& [padding_idx] = o;
  return std::tie(padding_idx);
}
inline auto fields(AttentionOptions& o) {
  auto& [attn_mask, dropout_p, is_causal, scale, enable_gqa] = o;
  return std::tie(attn_mask, dropout_p, is_causal, scale, enable_gqa);
}
inline auto fields(CloseOptions& o) {
  auto& [rtol, atol, equal_nan] = o;
  return std::tie(rtol, atol, equal_nan);
}
inline auto fields(EqualOptions& o) {
  auto& [equal_nan] = o;
  return std::tie(equal_nan);
}
inline auto fields(QuantileOptions& o) {
  auto& [keepdims, interpolation] = o;
  return std::tie(keepdims, interpolation);
}
inline auto fields(SortOptions& o) {
  auto& [descending] = o;
  return std::tie(descending);
}
inline auto fields(TopKOptions& o) {
  auto& [largest] = o;
  return std::tie(largest);
}
inline auto fields(TriangularOptions& o) {
  auto& [upper, unit_diagonal, left, transposed] = o;
  return std::tie(upper, unit_diagonal, left, transposed);
}
inline auto fields(CholeskyOptions& o) {
  auto& [upper] = o;
  return std::tie(upper);
}
inline auto fields(LuSolveOptions& o) {
  auto& [left, transposed] = o;
  return std::tie(left, transposed);
}
inline auto fields(RankOptions& o) {
  auto& [atol, rtol, hermitian] = o;
  return std::tie(atol, rtol, hermitian);
}
inline auto fields(LstsqOptions& o) {
  auto& [rcond] = o;
  return std::tie(rcond);
}
inline auto fields(MatrixNormOptions& o) {
  auto& [axes, keepdims] = o;
  return std::tie(axes, keepdims);
}
inline auto fields(FftOptions& o) {
  auto& [n, axis, norm] = o;
  return std::tie(n, axis, norm);
}
inline auto fields(FftnOptions& o) {
  auto& [s, axes, norm] = o;
  return std::tie(s, axes, norm);
}
inline auto fields(TruncatedNormalOptions& o) {
  auto& [mean, std, low, high] = o;
  return std::tie(mean, std, low, high);
}
inline auto fields(IndexPutOptions& o) {
  auto& [accumulate] = o;
  return std::tie(accumulate);
}
inline auto fields(ScatterOptions& o) {
  auto& [reduce] = o;
  return std::tie(reduce);
}
inline auto fields(ScatterReduceOptions& o) {
  auto& [include_self] = o;
  return std::tie(include_self);
}
inline auto fields(PutOptions& o) {
  auto& [accumulate] = o;
  return std::tie(accumulate);
}
inline auto fields(CombinationsOptions& o) {
  auto& [with_replacement] = o;
  return std::tie(with_replacement);
}
inline auto fields(AddProductOptions& o) {
  auto& [beta, alpha] = o;
  return std::tie(beta, alpha);
}
inline auto fields(CovOptions& o) {
  auto& [correction, fweights, aweights] = o;
  return std::tie(correction, fweights, aweights);
}
inline auto fields(SearchOptions& o) {
  auto& [right] = o;
  return std::tie(right);
}
inline auto fields(NanToNumOptions& o) {
  auto& [nan, posinf, neginf] = o;
  return std::tie(nan, posinf, neginf);
}
inline auto fields(MultinomialOptions& o) {
  auto& [replacement] = o;
  return std::tie(replacement);
}
inline auto fields(GumbelSoftmaxOptions& o) {
  auto& [tau, hard, axis] = o;
  return std::tie(tau, hard, axis);
}
inline auto fields(RReluOptions& o) {
  auto& [lower, upper, training] = o;
  return std::tie(lower, upper, training);
}
inline auto fields(GradientOptions& o) {
  auto& [cotangent, allow_unused, materialize_grads] = o;
  return std::tie(cotangent, allow_unused, materialize_grads);
}
inline auto fields(JacobianOptions& o) {
  auto& [chunk] = o;
  return std::tie(chunk);
}
inline auto fields(SparsityPattern& o) {
  auto& [shape, rows, columns] = o;
  return std::tie(shape, rows, columns);
}
inline auto fields(SparseJacobian& o) {
  auto& [pattern, values] = o;
  return std::tie(pattern, values);
}
inline auto fields(VmapOptions& o) {
  auto& [in_axes] = o;
  return std::tie(in_axes);
}
inline auto fields(GradcheckOptions& o) {
  auto& [eps, atol, rtol, order, seed] = o;
  return std::tie(eps, atol, rtol, order, seed);
}

}  // namespace xgrad

namespace xgrad::test {

/// One place of x[...]: of another kind, or wrong within its own.
template <>
struct Wrong<Index> {
  static std::vector<Index> of(const Index&) {
    std::vector<Index> values{newaxis, ellipsis, Slice{}};
    for (const std::int64_t number : wrong(std::int64_t{1})) values.emplace_back(number);
    for (const Slice& range : wrong(Slice{0, 1, 1})) values.emplace_back(range);
    for (const Tensor& indices : wrong(tensor({0, 1}, int64))) values.emplace_back(indices);
    return values;
  }
};

}  // namespace xgrad::test
