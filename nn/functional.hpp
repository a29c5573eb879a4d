#pragma once

#include <vector>

#include <autograd/io/safetensors.hpp>
#include <nn/module.hpp>

#pragma GCC visibility push(default)
namespace xgrad::nn {

/// The result of a module with other tensors in place of some of its parameters and buffers (PyTorch's
/// torch.func.functional_call). The module does not change, even if the call throws, and other threads may use it
/// meanwhile. The result is differentiable in the tensors, and the call can be batched over them by vmap:
///
///     auto loss = [&](const std::vector<Tensor>& w) { return nn::mse_loss(nn::functional_call(model, w, x), y); };
///     std::vector<Tensor> gradients = gradient(loss, model.parameters());
///
/// Tensors are given by name, as in state_dict, for any of the entries, or as a list for all of parameters(), in their
/// order. A tensor stands for all entries that are tied. Buffers that are not given are updated as in any call of the
/// module. Throws Error on names that the module does not have, on two tensors for one entry, and on tensors of another
/// shape, or that are not floating-point where the entry is.
Tensor functional_call(const Module& module, const NamedTensors& tensors, const Inputs& inputs);
Tensor functional_call(const Module& module, const std::vector<Tensor>& parameters, const Inputs& inputs);

}  // namespace xgrad::nn
#pragma GCC visibility pop
