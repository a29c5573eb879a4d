#pragma once

#include <cstddef>

#include <nn/sequential.hpp>

#pragma GCC visibility push(default)
namespace xgrad::nn {

/// model(x), with its modules in `segments` runs of as equal a length as possible, each checkpointed
/// (xgrad::checkpoint): differentiation keeps the values that go from segment to segment and computes the rest again.
/// About sqrt(modules) segments need the least memory. Hooks of the modules run, those of the Sequential itself do not.
/// Throws Error unless 1 <= segments <= the number of modules.
Tensor checkpoint_sequential(const Sequential& model, std::size_t segments, const Tensor& x);

}  // namespace xgrad::nn
#pragma GCC visibility pop
