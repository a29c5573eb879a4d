#pragma once

#include <memory>
#include <string>
#include <vector>

#include <autograd/distributed/communicator.hpp>
#include <autograd/io/safetensors.hpp>
#include <nn/module.hpp>

namespace xgrad::nn {  // not public
struct FullyShardedAccess;
}  // namespace xgrad::nn

#pragma GCC visibility push(default)
namespace xgrad::nn {

struct FullyShardedOptions {
  distributed::Communicator group = distributed::world();
};

/// Data-parallel training with parameters, gradients and optimizer state divided among the ranks (ZeRO stage 3:
/// Rajbhandari et al., 2020, as PyTorch's FullyShardedDataParallel): each rank keeps 1 / size of each parameter. A
/// forward gathers the parameters of the module, and lets them go behind it; a derivative gathers them again, computes
/// the module's values again, as it is a checkpoint, and leaves each rank its part of the average gradient.
///
///     nn::Sequential model{nn::FullyShardedDataParallel(nn::Linear(784, 4096)), nn::Tanh(),
///                          nn::FullyShardedDataParallel(nn::Linear(4096, 10))};
///     optim::Adam adam(model.parameters(), {.lr = 1e-3});  // of this rank's parts
///     ...
///     adam.step(tape.gradient(nn::cross_entropy(model(x), y), model.parameters()));
///
/// Wrap the layers of a model one by one: the parameters of one wrapped module are whole at a time. Its parameters,
/// "module.<name>", are vectors: part r of the row-major elements, with zeros behind them so that all parts are of one
/// size. Parameters within a wrapped module that is wrapped itself are left to that.
///
/// Optimizers that treat each element by itself (SGD, Adam, AdamW and most others) make the steps that they make with
/// whole parameters. Those that look at a parameter as a whole (LAMB, Muon) do not, nor does clip_grad_norm, whose norm
/// is that of this rank's parts.
///
/// All ranks have to call it alike, and to take the same derivatives. Derivatives of derivatives have to be recorded
/// before the first ones run.
class FullyShardedDataParallel : public Module {
 public:
  /// Gives all ranks the parameters and buffers of rank 0, of which each keeps its part. A collective. Throws Error
  /// where ranks have models of other names, shapes or dtypes, and where there is no parameter that is not divided yet.
  explicit FullyShardedDataParallel(Module module, const FullyShardedOptions& options = {});

  Tensor forward(const Tensor& x) const override { return forward(std::vector<Tensor>{x}); }
  Tensor forward(const Tensor& a, const Tensor& b) const override { return forward(std::vector<Tensor>{a, b}); }
  Tensor forward(const Tensor& a, const Tensor& b, const Tensor& c) const override {
    return forward(std::vector<Tensor>{a, b, c});
  }
  Tensor forward(const std::vector<Tensor>& inputs) const override;

  const Module& module() const noexcept { return module_; }

 private:
  friend NamedTensors full_state_dict(const Module& module);
  friend void load_full_state_dict(const Module& module, const NamedTensors& state);
  friend struct FullyShardedAccess;
  struct State;

  std::shared_ptr<State> state_;
  Module module_;
};

/// The state dict that a model has without FullyShardedDataParallel: whole parameters, by the names without the
/// "module." of each wrapped module, on all ranks. A collective. It can be saved, and loaded to the plain model, or to
/// one on another number of ranks.
NamedTensors full_state_dict(const Module& module);

/// Binds parameters and buffers to those of a full_state_dict, of which each rank keeps its parts. Throws Error, and
/// changes nothing, where names, shapes or dtypes are others.
void load_full_state_dict(const Module& module, const NamedTensors& state);

}  // namespace xgrad::nn
#pragma GCC visibility pop
