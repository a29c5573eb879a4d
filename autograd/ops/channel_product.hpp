#pragma once

#include <autograd/ops/window.hpp>

/// Depthwise convolutions: each channel with weights of its own.
namespace xgrad::ops {

/// Whether a convolution with as many groups as channels in and out is computed this way.
bool channel_product_pays(const WindowGrid& windows);

/// The convolution of each channel of x (N, C, ...) with weights (C, ...): (N, C, ...).
Tensor channel_product(const Tensor& weight, const Tensor& x, const WindowGrid& windows);

}  // namespace xgrad::ops
