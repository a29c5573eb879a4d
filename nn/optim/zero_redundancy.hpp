#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include <autograd/distributed/communicator.hpp>
#include <nn/optim/optimizer.hpp>

#pragma GCC visibility push(default)
namespace xgrad::optim {

/// The part of ZeroRedundancyOptimizer that does not depend on the optimizer's class.
class ShardedUpdates {
 public:
  /// Throws Error where there are fewer parameters than ranks.
  ShardedUpdates(const nn::ParameterList& parameters, const distributed::Communicator& group);

  const nn::ParameterList& parameters() const noexcept { return parameters_; }
  /// Those that this rank updates.
  nn::ParameterList own() const;
  /// The rank that updates each parameter.
  const std::vector<int>& owners() const noexcept { return owners_; }

 protected:
  /// The gradients of own(), of those of all parameters.
  std::vector<Tensor> own_gradients(std::vector<Tensor>&& gradients) const;
  /// Gives all ranks what the owners have made of the parameters.
  void exchange() const;
  /// The state of an optimizer of all parameters, of those of all ranks. A collective.
  NamedTensors joined(const NamedTensors& own) const;
  /// The part of such a state that belongs to own().
  NamedTensors part_of(const NamedTensors& state) const;

 private:
  nn::ParameterList parameters_;
  std::vector<int> owners_;
  distributed::Communicator group_;
};

namespace detail {
template <class Options>
Options options_of(const GroupedOptimizer<Options>*);
}

/// An optimizer whose state is divided among the ranks of a group (ZeRO stage 1: Rajbhandari et al., 2020, as PyTorch's
/// ZeroRedundancyOptimizer): each rank updates some of the parameters, by an optimizer of class O that has only those,
/// and gives them to the others. The steps are those of an O of all parameters, and remembered tensors take 1 / size of
/// the memory on each rank, as far as parameters divide evenly: the largest come first, each to the rank that has the
/// least.
///
///     optim::ZeroRedundancyOptimizer<optim::Adam> adam(model.parameters(), {.lr = 1e-3});
///     ...
///     adam.step(tape.gradient(loss, model.parameters()));
///
/// Gradients are expected to be the same on all ranks, as those of a DistributedDataParallel are.
template <class O>
class ZeroRedundancyOptimizer : public ShardedUpdates {
 public:
  using Options = decltype(detail::options_of(static_cast<const O*>(nullptr)));

  /// Throws Error as O does, and where there are fewer parameters than ranks.
  explicit ZeroRedundancyOptimizer(const nn::ParameterList& parameters, const Options& options = {},
                                   const distributed::Communicator& group = distributed::world())
      : ShardedUpdates(parameters, group), optimizer_(own(), options) {}

  /// As Optimizer::step, on all ranks at once. Throws Error as it does, and where a gradient is undefined.
  void step(std::vector<Tensor> gradients) {
    optimizer_.step(own_gradients(std::move(gradients)));
    exchange();
    consolidated_.reset();
  }

  /// This rank's optimizer.
  const O& optimizer() const noexcept { return optimizer_; }
  std::int64_t steps() const noexcept { return optimizer_.steps(); }
  double lr(std::size_t group = 0) const { return optimizer_.lr(group); }
  double base_lr(std::size_t group = 0) const { return optimizer_.base_lr(group); }
  void set_lr(double lr) { optimizer_.set_lr(lr); }

  /// Gathers the state of all ranks on each of them, for state(). A collective, to be called before a checkpoint is
  /// written; the memory goes with the next step.
  void consolidate_state_dict() { consolidated_ = joined(optimizer_.state()); }
  /// The state that an O of all parameters has, which does not depend on the number of ranks. Throws Error unless
  /// consolidate_state_dict was called since the last step.
  NamedTensors state() const {
    if (!consolidated_)
      fail("ZeroRedundancyOptimizer::state", "consolidate_state_dict() comes first, on all ranks, after each step");
    return *consolidated_;
  }
  /// Takes its own part of such a state. Throws Error as Optimizer::load_state does.
  void load_state(const NamedTensors& state) {
    optimizer_.load_state(part_of(state));
    consolidated_.reset();
  }

 private:
  O optimizer_;
  std::optional<NamedTensors> consolidated_;
};

}  // namespace xgrad::optim
#pragma GCC visibility pop
