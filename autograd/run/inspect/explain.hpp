#pragma once

#include <span>
#include <string>

#include <autograd/tensor.hpp>

#pragma GCC visibility push(default)
namespace xgrad {

/// The plan by which these tensors would get their values now, as text: its steps in order; for passes, the operations
/// that are fused, and where they read and write (in: a value that is there, out: one that outlives the run, m: the
/// workspace, r: a register); bytes moved and floating-point operations. Runs nothing.
std::string explain(std::span<const Tensor> tensors);
inline std::string explain(const Tensor& tensor) { return explain(std::span(&tensor, 1)); }

}  // namespace xgrad
#pragma GCC visibility pop
