#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <autograd/io/safetensors.hpp>
#include <autograd/ops.hpp>
#include <nn/parameter.hpp>

#pragma GCC visibility push(default)
namespace xgrad::optim {

/// The base of optimizers: the parameters they change, in one group or several, the learning rate of each group, the
/// number of steps, and the tensors that they remember for each parameter.
///
/// An optimizer follows the members of modules: a parameter that was assigned to one since (`linear.weight =
/// nn::Parameter(...)`) takes the place of the former, together with the tensors that are remembered for it. If it
/// cannot follow, step is an Error that says so: two of its parameters were tied, one was removed or replaced by one of
/// another shape, or the module of one was replaced. Parameters that were added to a module later are not followed.
///
/// Parameters of bfloat16 are updated in float32, by gradients of float32, and remembered tensors are float32. What
/// rounding takes from them is remembered as "residual", in bfloat16, and added at the next step, so that small updates
/// are not lost (Kahan's summation, as in Zamirai et al., "Revisiting BFloat16 training", 2020).
///
/// An optimizer that was moved from has no parameters and no groups; every other use of it is an Error.
class Optimizer {
 public:
  Optimizer(const Optimizer&) = default;
  Optimizer(Optimizer&&) = default;
  Optimizer& operator=(const Optimizer&) = default;
  Optimizer& operator=(Optimizer&&) = default;
  virtual ~Optimizer() = default;

  /// Binds every parameter to its new value, given the gradients in the parameters' order, and computes all of them in
  /// one run. Where a gradient is an undefined Tensor, as with GradientOptions::allow_unused, the parameter and its
  /// remembered tensors stay as they are: no step, no decay, no momentum, and formulas that count steps do not count
  /// this one for it. Throws Error, and changes nothing, where the gradients' number, a shape or a dtype is not the
  /// parameters', or where the run fails (a label out of range in the loss, say).
  void step(const std::vector<Tensor>& gradients);
  /// The same, and gradients that nobody else holds need not outlive the run, which may then put new values in their
  /// place: `sgd.step(tape.gradient(loss, parameters))`.
  void step(std::vector<Tensor>&& gradients);

  /// The parameters of all groups, one group after another. Where a name occurs in two groups, each parameter is called
  /// "<group>.<name>".
  const nn::ParameterList& parameters() const noexcept { return parameters_; }
  /// Number of steps so far.
  std::int64_t steps() const noexcept { return steps_; }

  std::size_t groups() const noexcept { return lr_.size(); }
  /// Throws Error where there is no such group.
  double lr(std::size_t group = 0) const;
  /// The rate that a group began with, its options' lr, which schedules start from.
  double base_lr(std::size_t group = 0) const;
  /// Sets the rate of all groups, to the same value; scale_lr (schedule.hpp) keeps their proportions. Throws Error
  /// unless lr >= 0.
  void set_lr(double lr);
  /// Sets the rate of one group. Throws Error unless lr >= 0, and where there is no such group.
  void set_lr(double lr, std::size_t group);

  /// The state from which training continues bit by bit as if it had not stopped: "step" (int64), "lr" (float64; of
  /// shape (groups,) where there are several), and each remembered tensor as "<what>.<parameter>": "exp_avg.0.weight".
  /// If steps left parameters out, also "updates" (int64, one for each parameter): the number of steps that changed it.
  NamedTensors state() const;
  /// Throws Error, and changes nothing, where names, shapes or dtypes are not those of state(); it lists every
  /// mismatch.
  void load_state(const NamedTensors& state);

 protected:
  /// Remembered tensors start as zeros, one of each kind for each parameter. Rates are 0 until they are set. Throws
  /// Error if a group has no parameters (as a module whose parts are not registered), or a parameter is given twice.
  Optimizer(std::string name, const std::vector<nn::ParameterList>& groups, std::vector<std::string> remembered);

  /// The new value of parameter i, written in public operations; hyper-parameters enter as plain numbers, so that steps
  /// record the same program whatever their values are. updates(i) counts the current step already.
  virtual Tensor update(std::size_t i, const Tensor& parameter, const Tensor& gradient) = 0;

  /// Sets the rate that a group begins with.
  void start_lr(double lr, std::size_t group);
  /// Number of steps so far that changed parameter i.
  std::int64_t updates(std::size_t i) const { return updates_[i]; }
  /// The group of parameter i.
  std::size_t group(std::size_t i) const { return group_[i]; }
  /// The remembered tensor of one kind (by its place in the constructor's list) for parameter i.
  Tensor& remembered(std::size_t kind, std::size_t i) { return remembered_[kind][i]; }
  /// Lets that tensor start with another value than 0.
  void start(std::size_t kind, std::size_t i, double value);

  /// Throws Error, naming the optimizer, the hyper-parameter and its value, unless `valid`.
  void require(bool valid, std::string_view hyper_parameter, double value, std::string_view expected) const;

 private:
  const std::string& shown_name() const;
  void check_alive(std::string_view what) const;
  void check_gradients(const std::vector<Tensor>& gradients) const;
  void check_group(std::size_t group) const;
  void follow_members();
  void check_distinct(std::string_view where) const;
  /// What update() gives for parameter i, rounded where that is bfloat16.
  Tensor updated_parameter(std::size_t i, const Tensor& parameter, const Tensor& gradient);
  NamedTensors lasting_state() const;
  /// Binds the parameters that have an update to it and runs the updates, given the values and remembered tensors from
  /// before. A failure leaves the parameters and the remembered tensors as they were.
  void bind(const std::vector<Tensor>& updated, std::vector<Tensor> values,
            std::vector<std::vector<Tensor>>& remembered);

  std::string name_;
  nn::ParameterList parameters_;
  std::vector<std::size_t> group_;  ///< by parameter
  std::vector<double> lr_;          ///< by group
  std::vector<double> base_lr_;     ///< by group
  std::int64_t steps_ = 0;
  std::vector<std::int64_t> updates_;       ///< by parameter
  std::vector<std::int64_t> replacements_;  ///< by parameter: how often its module had been replaced when this was made
  std::vector<std::string> kinds_;
  bool keeps_residuals_ = false;                 ///< as the last kind
  std::vector<std::vector<Tensor>> remembered_;  ///< by kind and parameter
};

/// Parameters that are trained with options of their own:
///
///     optim::SGD sgd({{.parameters = body.parameters(), .options = {.lr = 0.01}},
///                     {.parameters = head.parameters(), .options = {.lr = 0.1, .weight_decay = 1e-4}}});
template <class Options>
struct ParameterGroup {
  nn::ParameterList parameters;
  Options options = {};
};

/// An optimizer with one set of options for each group of parameters. All options have `lr`, and `maximize` for
/// climbing instead of descending.
template <class Options>
class GroupedOptimizer : public Optimizer {
 protected:
  using Groups = std::vector<ParameterGroup<Options>>;

  /// Throws Error on a learning rate below 0, and on a parameter that is given twice.
  GroupedOptimizer(std::string name, const Groups& groups, std::vector<std::string> remembered)
      : Optimizer(std::move(name), lists(groups), std::move(remembered)) {
    for (const ParameterGroup<Options>& group : groups) {
      start_lr(group.options.lr, options_.size());
      options_.push_back(group.options);
    }
  }

  /// The options and the current learning rate of parameter i's group.
  const Options& options(std::size_t i) const { return options_[group(i)]; }
  double rate(std::size_t i) const { return lr(group(i)); }
  std::vector<Options>& all_options() noexcept { return options_; }

  /// The gradient of the function that is minimized: negated with `maximize`, plus the L2 penalty's weight_decay *
  /// parameter.
  Tensor penalized(std::size_t i, const Tensor& parameter, const Tensor& gradient) const {
    const Tensor g = descent(i, gradient);
    return options(i).weight_decay > 0 ? g + options(i).weight_decay * parameter : g;
  }
  Tensor descent(std::size_t i, const Tensor& gradient) const { return options(i).maximize ? -gradient : gradient; }

  /// Throws Error unless eps and weight_decay are at least 0.
  void require_eps_and_decay() const {
    for (const Options& one : options_) {
      require(one.eps >= 0, "eps", one.eps, "at least 0");
      require(one.weight_decay >= 0, "weight_decay", one.weight_decay, "at least 0");
    }
  }
  /// The same, and unless beta1 and beta2 are in [0, 1).
  void require_moments() const {
    for (const Options& one : options_) {
      require(one.beta1 >= 0 && one.beta1 < 1, "beta1", one.beta1, "in [0, 1)");
      require(one.beta2 >= 0 && one.beta2 < 1, "beta2", one.beta2, "in [0, 1)");
    }
    require_eps_and_decay();
  }

 private:
  static std::vector<nn::ParameterList> lists(const Groups& groups) {
    std::vector<nn::ParameterList> lists;
    for (const ParameterGroup<Options>& group : groups) lists.push_back(group.parameters);
    return lists;
  }

  std::vector<Options> options_;
};

}  // namespace xgrad::optim
#pragma GCC visibility pop
