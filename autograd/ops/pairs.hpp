#pragma once

#include <autograd/tensor.hpp>

/// What the families of complex numbers share: pairs in the last axis.
namespace xgrad::ops {

/// Throws Error unless x holds pairs; gives it in float32 or float64.
Tensor checked_pairs(const char* op, const char* argument, const Tensor& x);

/// The parts, in an axis of extent 1.
Tensor real_parts(const Tensor& x);
Tensor imaginary_parts(const Tensor& x);

}  // namespace xgrad::ops
