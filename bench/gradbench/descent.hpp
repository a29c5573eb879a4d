#pragma once

#include "tensors.hpp"

/// Gradient descent whose every step is recorded, so that it can be differentiated in turn; for the nested problems.
namespace gradbench {

enum class Mode { forward, reverse };

/// The gradient of a scalar function at a vector: by one vjp, or by a jvp for each of its elements. Each side has its
/// own.
Tensor slope(Mode mode, const TensorFunction& f, const Tensor& x);

/// Where f is least, from x on, as GradBench's reference finds it (cpp/gradbench/gd.hpp): step lengths double after ten
/// good steps and halve after a bad one.
Tensor argmin(Mode mode, const TensorFunction& f, Tensor x);
Tensor argmax(Mode mode, const TensorFunction& f, const Tensor& x);

}  // namespace gradbench
