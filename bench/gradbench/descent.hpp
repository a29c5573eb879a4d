#pragma once

#include <autograd/differentiate/gradient.hpp>

/// Gradient descent whose every step is recorded, so that it can be differentiated in turn; for the nested problems.
namespace gradbench {

enum class Mode { forward, reverse };

/// The gradient of a scalar function at a vector: by one vjp, or by a jvp for each of its elements.
xgrad::Tensor slope(Mode mode, const xgrad::TensorFunction& f, const xgrad::Tensor& x);

/// Where f is least, from x on, as GradBench's reference finds it (cpp/gradbench/gd.hpp): step lengths double after ten
/// good steps and halve after a bad one.
xgrad::Tensor argmin(Mode mode, const xgrad::TensorFunction& f, xgrad::Tensor x);
xgrad::Tensor argmax(Mode mode, const xgrad::TensorFunction& f, const xgrad::Tensor& x);

}  // namespace gradbench
