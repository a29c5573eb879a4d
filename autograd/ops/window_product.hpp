#pragma once

#include <autograd/ops/window.hpp>

/// Convolutions whose kernels read the windows of images where they lie, and write no copies of them.
namespace xgrad::ops {

/// Whether a convolution of so many channels in each way is computed this way. Neither the number of images counts, nor
/// how many threads run.
bool window_product_pays(std::int64_t channels, std::int64_t out, const WindowGrid& windows, DType dtype);

/// The convolution of x (N, C, ...) with weights (O, C, ...): (O, N, ...), the sums over a window's elements and
/// channels. With the channel first, a number for each channel is one for each row of a matrix.
Tensor window_product(const Tensor& weight, const Tensor& x, const WindowGrid& windows);

}  // namespace xgrad::ops
