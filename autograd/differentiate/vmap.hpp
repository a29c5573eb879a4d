#pragma once

#include <optional>
#include <vector>

#include <autograd/differentiate/gradient.hpp>

#pragma GCC visibility push(default)
namespace xgrad {

struct VmapOptions {
  /// For each input the axis that counts its examples, which may be negative; nullopt for an input that all examples
  /// share. Empty: axis 0 of every input.
  std::vector<std::optional<int>> in_axes = {};
};

/// A function of one example as a function of a batch of them: vmap(f)(x) has along its axis 0 what f gives for each
/// x[i], in one program. f is called once, on tensors that have an example's shape and no values: it records, and what
/// it recorded is recorded again with a batch axis. So everything that can be recorded can be batched, gradients
/// included: vmap of a gradient gives one for each example. Nests, and is differentiable.
///
/// - What does not depend on the inputs is the same for all examples: captured tensors, and also random numbers.
/// - Asking for values inside f (item(), data(), printing) is an Error where they depend on the inputs.
/// - Primitives without a batching rule are recorded once for each example.
/// - A batch of no examples gives outputs whose axis 0 has extent 0.
///
/// The function throws Error where batch extents differ, an input to be mapped is a scalar, the number of inputs is not
/// that of in_axes, none is mapped, or f gives an undefined Tensor or one of Shape::max_rank axes.
TensorFunction vmap(TensorFunction f, const VmapOptions& options = {});
TensorsFunction vmap(TensorsFunction f, const VmapOptions& options = {});
TensorsToTensors vmap(TensorsToTensors f, const VmapOptions& options = {});

}  // namespace xgrad
#pragma GCC visibility pop
