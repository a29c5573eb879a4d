#pragma once

#include <span>

#include <autograd/tensor.hpp>

namespace xgrad::run {

/// Gives every one of these tensors its value, and with them everything on this thread's list that a handle waits for.
void evaluate(std::span<const Tensor> tensors);

}  // namespace xgrad::run
