#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <autograd/io/safetensors.hpp>
#include <nn/parameter.hpp>

namespace xgrad::optim {

/// What optimizers share: the parameters they change, the learning rate, the number of steps, and the tensors that they
/// remember for each parameter.
class Optimizer {
 public:
  virtual ~Optimizer() = default;

  /// Binds every parameter to its new value, given the gradients in the parameters' order, and computes all of them in
  /// one run. Throws Error, and changes nothing, where the gradients' number, a shape or a dtype is not the
  /// parameters', or where the run fails (a label out of range in the loss, say).
  void step(const std::vector<Tensor>& gradients);

  const nn::ParameterList& parameters() const noexcept { return parameters_; }
  /// Number of steps so far.
  std::int64_t steps() const noexcept { return steps_; }

  double lr() const noexcept { return lr_; }
  /// Throws Error unless lr >= 0.
  void set_lr(double lr);

  /// All that a run must have to go on bit by bit as if it had not stopped: "step" (int64), "lr" (float64), and each
  /// remembered tensor as "<what>.<parameter>": "exp_avg.0.weight".
  NamedTensors state() const;
  /// Throws Error, and changes nothing, where names, shapes or dtypes are not those of state(); it lists every
  /// mismatch.
  void load_state(const NamedTensors& state);

 protected:
  /// Remembered tensors start as zeros, one of each kind for each parameter.
  Optimizer(std::string name, nn::ParameterList parameters, double lr, std::vector<std::string> remembered);

  /// The new value of parameter i, written in public operations; hyper-parameters enter as plain numbers, so that steps
  /// record the same program whatever their values are. steps() counts the current step already.
  virtual Tensor update(std::size_t i, const Tensor& parameter, const Tensor& gradient) = 0;

  /// The remembered tensor of one kind (by its place in the constructor's list) for parameter i.
  Tensor& remembered(std::size_t kind, std::size_t i) { return remembered_[kind][i]; }

  /// Throws Error, naming the optimizer, the hyper-parameter and its value, unless `valid`.
  void require(bool valid, std::string_view hyper_parameter, double value, std::string_view expected) const;

 private:
  void check_gradients(const std::vector<Tensor>& gradients) const;
  /// Binds parameters to their updates and runs these; `remembered` are the tensors before. A failure changes nothing.
  void bind(const std::vector<Tensor>& updated, std::vector<std::vector<Tensor>> remembered);

  std::string name_;
  nn::ParameterList parameters_;
  double lr_;
  std::int64_t steps_ = 0;
  std::vector<std::string> kinds_;
  std::vector<std::vector<Tensor>> remembered_;  ///< by kind and parameter
};

}  // namespace xgrad::optim
