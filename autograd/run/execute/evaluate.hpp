#pragma once

#include <span>

#include <autograd/tensor.hpp>

namespace xgrad {
class Recorder;
}

namespace xgrad::run {

/// Gives every one of these tensors its value, and with them everything on this thread's list that a handle waits for.
/// Results may take the memory of `donated` tensors that nobody else holds; those lose their value. Where the run
/// fails, none does.
void evaluate(std::span<const Tensor> tensors, std::span<const Tensor> donated = {});

/// Gives its value to everything on a list, which is this thread's, that a handle waits for. Throws nothing: what a
/// kernel refuses stays as it is (Node::refused), and all else gets its value.
void evaluate_waiting(Recorder& list) noexcept;

}  // namespace xgrad::run
