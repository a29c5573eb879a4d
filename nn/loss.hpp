#pragma once

#include <autograd/tensor.hpp>

namespace xgrad::nn {

/// What becomes of the losses of the single entries: their mean, their sum, or all of them.
enum class Reduction { mean, sum, none };

struct LossOptions {
  Reduction reduction = Reduction::mean;
};

/// -log(softmax(logits)[label]), finite for logits of any size.
///
/// logits: (N, C) or (N, C, d1, ...), floating-point; labels: (N,) or (N, d1, ...), int64, in 0..C-1. The result is a
/// scalar, or of the labels' shape with Reduction::none. Over an empty batch the sum is 0, the mean NaN.
/// Throws Error where the shapes do not fit or a dtype is another. A label outside 0..C-1 is an Error when the value is
/// asked for.
Tensor cross_entropy(const Tensor& logits, const Tensor& labels, const LossOptions& options = {});

/// square(prediction - target), both of one shape: to broadcast a target is an Error here, for it is almost always a
/// mistake. The result is a scalar, or of that shape with Reduction::none. Over no entries the sum is 0, the mean NaN.
Tensor mse_loss(const Tensor& prediction, const Tensor& target, const LossOptions& options = {});

}  // namespace xgrad::nn
