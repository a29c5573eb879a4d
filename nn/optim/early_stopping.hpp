#pragma once

#include <cstdint>

#include <autograd/io/safetensors.hpp>
#include <nn/module.hpp>
#include <nn/optim/schedule.hpp>

#pragma GCC visibility push(default)
namespace xgrad::optim {

struct EarlyStoppingOptions {
  /// The number of evaluations in a row without improvement after which training stops.
  int patience = 10;
  /// An improvement changes the best value so far by more than this.
  double min_delta = 0;
  PlateauMode mode = PlateauMode::min;
};

/// Says when a value has stopped to improve, and keeps the weights that were best:
///
///     optim::EarlyStopping stopping({.patience = 5});
///     for (int epoch = 0; epoch < 100; ++epoch) {
///       train_epoch(model);
///       if (stopping(validation_loss(model), model)) break;
///     }
///     stopping.restore(model);
class EarlyStopping {
 public:
  /// Throws Error unless patience >= 1 and min_delta >= 0.
  explicit EarlyStopping(const EarlyStoppingOptions& options = {});

  /// Whether to stop, after another evaluation; NaN counts as no improvement. With a model, its state dict is kept
  /// where the value is the best so far: a snapshot that costs no copy until the model changes.
  bool operator()(double value);
  bool operator()(double value, const nn::Module& model);

  /// The best value so far; infinity, or -infinity, before the first.
  double best() const noexcept { return best_; }
  bool stopped() const noexcept { return bad_ >= options_.patience; }

  /// Binds the weights and buffers of the best evaluation. Throws Error where none was kept, and as load_state_dict.
  void restore(const nn::Module& model) const;

  /// "best" (float64), "num_bad_epochs" (int64), and the weights that are kept, as "model.<name>".
  NamedTensors state() const;
  /// Throws Error, and changes nothing, on other names, and on a number below 0.
  void load_state(const NamedTensors& state);

 private:
  bool improves(double value) const;

  EarlyStoppingOptions options_;
  double best_;
  std::int64_t bad_ = 0;
  NamedTensors weights_;
};

}  // namespace xgrad::optim
#pragma GCC visibility pop
