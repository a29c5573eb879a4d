#pragma once

#include <span>

#include <autograd/tensor.hpp>

namespace xgrad::run {

/// Gives every one of these tensors its value, and with them everything on this thread's list that a handle waits for.
/// Results may take the memory of `donated` tensors that nobody else holds; those lose their value. Where the run
/// fails, none does.
void evaluate(std::span<const Tensor> tensors, std::span<const Tensor> donated = {});

}  // namespace xgrad::run
