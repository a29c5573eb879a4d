#pragma once

#include <vector>

#include <autograd/tensor.hpp>

namespace xgrad {

/// Records again what `y` computes from placeholders (batching.hpp), with `inputs` in their places, for a function that
/// runs many times. Everything else that y depends on is a constant:
///
/// - Operations on constants alone are computed here, once.
/// - Factors and summands that are constants move towards the constants they can be combined with. A factor for each
///   place of one axis moves through views, through sums with constants, and through operations that are linear
///   (BlockTraits::linear) and work on parts along that axis, into a constant operand. So a batch normalization by
///   running statistics becomes a part of the weight and the bias of the layer before it.
/// - Nothing moves through a value that is read more than once, nor a factor that is infinite or NaN. What moves
///   changes results by rounding.
///
/// The list must have been kept (by a Tape or ListGuard) since the placeholders were made.
Tensor folded(const Tensor& y, const std::vector<Tensor>& placeholders, const std::vector<Tensor>& inputs);

}  // namespace xgrad
