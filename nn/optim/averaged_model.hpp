#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <vector>

#include <autograd/io/safetensors.hpp>
#include <nn/clone.hpp>
#include <nn/module.hpp>

#pragma GCC visibility push(default)
namespace xgrad::optim {

struct AveragedModelOptions {
  /// The weight of the average so far, for an exponential moving average (EMA); none for the equal average of all
  /// updates (stochastic weight averaging, SWA).
  std::optional<double> decay = {};
  /// Whether the decay of update n is at most (1 + n) / (10 + n), so that an average of a short run is not mostly its
  /// beginning (TensorFlow's ExponentialMovingAverage with num_updates).
  bool warmup = false;
  /// Whether floating-point buffers are averaged, too. Otherwise buffers are those that the model had last.
  bool use_buffers = false;
};

/// An average of the weights that a model has in the course of its training, in a copy of the model (Izmailov et al.,
/// "Averaging weights leads to wider optima", 2018; Polyak and Juditsky, 1992), as PyTorch's swa_utils.AveragedModel:
/// the first update copies, and the next ones make it
///
///     average <- decay average + (1 - decay) p,   or   average <- average + (p - average) / (n + 1).
///
///     optim::AveragedModel average(model, {.decay = 0.999});
///     ...
///     sgd.step(tape.gradient(loss, model.parameters()));
///     average.update_parameters(model);
///     ...
///     average.eval();
///     const Tensor y = average(x);
///
/// Averages of bfloat16 weights are float32.
///
/// Batch normalization's running statistics of an equal average are nobody's: update_bn (update_bn.hpp) estimates them.
class AveragedModel {
 public:
  /// Throws Error unless 0 <= decay <= 1, and where there is a warmup without a decay.
  template <std::derived_from<nn::Module> M>
  explicit AveragedModel(const M& model, const AveragedModelOptions& options = {})
      : module_(nn::clone(model)), options_(options) {
    start();
  }

  AveragedModel(const AveragedModel&) = delete;
  AveragedModel& operator=(const AveragedModel&) = delete;
  AveragedModel(AveragedModel&&) = default;
  AveragedModel& operator=(AveragedModel&&) = default;
  ~AveragedModel() = default;

  /// Includes the model's weights, and computes the average. Throws Error, and changes nothing, where the model's
  /// parameters or buffers have other names, shapes or dtypes.
  void update_parameters(const nn::Module& model);

  /// The averaged model.
  Tensor operator()(const Operand& x) const { return module_(x); }
  const nn::Module& module() const noexcept { return module_; }
  void train() { module_.train(); }
  void eval() { module_.eval(); }

  /// Number of updates so far.
  std::int64_t n_averaged() const noexcept { return n_averaged_; }

  /// "n_averaged" (int64), and the averaged model's state dict with names "module.<name>".
  NamedTensors state() const;
  /// Throws Error, and changes nothing, where names, shapes or dtypes are not those of state(), and on a negative
  /// number.
  void load_state(const NamedTensors& state);

 private:
  /// Checks the options and makes the copy ready for averages.
  void start();

  nn::Module module_;
  AveragedModelOptions options_;
  std::int64_t n_averaged_ = 0;
};

/// While it is alive, a model has the weights and the buffers of an average. Afterwards it has those from before, and
/// what was bound to them meanwhile is lost.
///
///     {
///       const optim::AverageScope scope(average, model);
///       std::cout << evaluate(model) << "\n";
///     }
class AverageScope {
 public:
  /// Throws Error where the model's parameters or buffers have other names, shapes or dtypes.
  AverageScope(const AveragedModel& average, const nn::Module& model);
  AverageScope(const AverageScope&) = delete;
  AverageScope& operator=(const AverageScope&) = delete;
  ~AverageScope();

 private:
  nn::NamedParameters entries_;
  std::vector<Tensor> former_;
};

}  // namespace xgrad::optim
#pragma GCC visibility pop
