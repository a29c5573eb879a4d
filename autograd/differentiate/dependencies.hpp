#pragma once

#include <unordered_set>
#include <vector>

#include <autograd/recorder.hpp>

namespace xgrad {

/// Throws Error where how y was computed is not known on this thread, or x waits on another one.
void check_recipes(const Recorder& list, const Tensor& y, const std::vector<Tensor>& xs);

/// Throws Error where the walk back from y ends early, so that y may depend on more than it seems: at what another
/// thread recorded, or, without a tape, at what has run. It is meant to end at the sources.
void check_reaches_end(const Recorder& list, const Node& y, const std::vector<Tensor>& xs, bool taped);

/// The tensors that y depends on: y is computed from them by way of floating-point values, and not through
/// stop_gradient. The derivative may be 0 nevertheless, as that of floor.
class Dependencies {
 public:
  Dependencies(const Recorder& list, const Node& y);

  bool hold(const Node& node) const;

 private:
  const Recorder& list_;
  std::vector<bool> on_list_;
  std::unordered_set<const Node*> leaves_;
};

}  // namespace xgrad
