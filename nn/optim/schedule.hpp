#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include <nn/optim/optimizer.hpp>

#pragma GCC visibility push(default)
namespace xgrad::optim {

/// A learning rate for each step, counted from 0. It is a pure function, so training continues from a saved optimizer,
/// and nothing else has to be saved.
///
///     const optim::Schedule rate = optim::schedule::cosine(0.1, 10'000);
///     ...
///     optim::follow(rate, sgd);   // sgd.set_lr(rate(sgd.steps()))
///     sgd.step(gradients);
using Schedule = std::function<double(std::int64_t step)>;

/// Sets an optimizer's learning rate for its next step: that of its one group, of a given group, or of each group by a
/// schedule of its own. Throws Error where one schedule is given for several groups, whose rates it would make the same
/// (scale_lr keeps them apart), where schedules are not as many as groups, or one is empty.
///
///     optim::follow({optim::schedule::constant(0.01), optim::schedule::cosine(0.1, 10'000)}, sgd);
void follow(const Schedule& schedule, Optimizer& optimizer);
void follow(const Schedule& schedule, Optimizer& optimizer, std::size_t group);
void follow(const std::vector<Schedule>& schedules, Optimizer& optimizer);

/// Sets each group's rate for the next step to the rate it began with times the value of the schedule (PyTorch's
/// LambdaLR): schedules of lr 1 are factors. With several schedules, one for each group. Throws Error as follow does.
///
///     optim::SGD sgd({{body.parameters(), {.lr = 0.01}}, {head.parameters(), {.lr = 0.1}}});
///     ...
///     optim::scale_lr(optim::schedule::cosine(1, 10'000), sgd);  // 0.01 and 0.1, down to 0 together
void scale_lr(const Schedule& factor, Optimizer& optimizer);
void scale_lr(const std::vector<Schedule>& factors, Optimizer& optimizer);
/// The same for a factor, as a ReduceOnPlateau of lr 1 gives it: `scale_lr(plateau(loss), sgd)`.
void scale_lr(double factor, Optimizer& optimizer);

/// Formulas are PyTorch's; t is the step, any number from 0 on. All throw Error on negative rates, and on periods that
/// are not positive; schedules throw it on negative steps.
namespace schedule {

/// lr at every step.
Schedule constant(double lr);

/// lr gamma^floor(t / step_size).
Schedule step(double lr, std::int64_t step_size, double gamma = 0.1);

/// lr gamma^(number of milestones that are at most t). Throws Error unless milestones ascend.
Schedule multistep(double lr, const std::vector<std::int64_t>& milestones, double gamma = 0.1);

/// lr gamma^t.
Schedule exponential(double lr, double gamma);

/// lr_min + (lr - lr_min) (1 + cos(pi t / period)) / 2 (Loshchilov and Hutter, 2017); climbs again after the period.
Schedule cosine(double lr, std::int64_t period, double lr_min = 0);

/// The same, restarted after each period; each period is `factor` times as long as the one before.
Schedule cosine_warm_restarts(double lr, std::int64_t period, std::int64_t factor = 1, double lr_min = 0);

/// lr times a factor that goes from `start` to `end` in so many steps, and stays there.
Schedule linear(double lr, std::int64_t steps, double start = 1.0 / 3, double end = 1);

/// lr (1 - t / steps)^power, 0 after that.
Schedule polynomial(double lr, std::int64_t steps, double power = 1);

/// Up from lr_min to lr_max in `up` steps and down again in `down` (as many, by default), over and over (Smith, 2017).
Schedule cyclic(double lr_min, double lr_max, std::int64_t up, std::int64_t down = 0);

/// How a rate goes from one value to another: along half a cosine, or in a straight line.
enum class Anneal { cosine, linear };

/// What one_cycle and one_cycle_momentum are made of.
struct OneCycle {
  double lr_max;
  std::int64_t steps;         ///< of the whole cycle; a later step is an Error
  double warmup = 0.3;        ///< the fraction of them that climbs; at most 0.5 with three phases
  double start_divisor = 25;  ///< begins at lr_max / start_divisor
  double end_divisor = 1e4;   ///< ends at lr_max / start_divisor / end_divisor
  Anneal anneal = Anneal::cosine;
  bool three_phases = false;   ///< down to the start in as many steps as up, and only then to the end
  double momentum_min = 0.85;  ///< of one_cycle_momentum, at the highest rate
  double momentum_max = 0.95;  ///< and at the start and the end
};

/// Up to lr_max and down to almost nothing (Smith and Topin, 2018).
Schedule one_cycle(const OneCycle& options);
/// The momentum that goes with it: low where the rate is high. For SGD::set_momentum.
Schedule one_cycle_momentum(const OneCycle& options);

/// From lr to swa_lr in so many steps, and swa_lr from there on (PyTorch's SWALR): for stochastic weight averaging,
/// which begins where another schedule has led, `sequence({cosine(0.1, 75), swa(0.05, 0.02)}, {50})`.
Schedule swa(double lr, double swa_lr, std::int64_t anneal_steps = 10, Anneal anneal = Anneal::cosine);

/// schedules[0] before the first milestone, then schedules[1] from there on, as if it began at 0, and so on. Throws
/// Error unless milestones ascend from 0 or more and are one fewer than the schedules, and where a schedule is empty.
Schedule sequence(const std::vector<Schedule>& schedules, const std::vector<std::int64_t>& milestones);

}  // namespace schedule

/// Whether smaller values are better (a loss) or larger ones (an accuracy).
enum class PlateauMode { min, max };

struct PlateauOptions {
  double lr = 0.1;
  PlateauMode mode = PlateauMode::min;
  double factor = 0.1;
  /// The number of evaluations without improvement that are tolerated.
  int patience = 10;
  /// An improvement changes the best value so far by more than this fraction of its magnitude. PyTorch takes the
  /// fraction of the value itself, so that a negative metric can get worse and count as an improvement.
  double threshold = 1e-4;
  /// The number of evaluations after a reduction that do not count.
  int cooldown = 0;
  double lr_min = 0;
};

/// Multiplies the rate by `factor` where a value has stopped to improve (PyTorch's ReduceLROnPlateau). It has state, so
/// it is no Schedule. Throws Error on options that make no sense.
///
///     adam.set_lr(plateau(validation_loss));
///
/// For several groups, each with a rate of its own, see scale_lr.
class ReduceOnPlateau {
 public:
  explicit ReduceOnPlateau(const PlateauOptions& options);

  /// The rate after another evaluation; NaN counts as no improvement.
  double operator()(double value);
  double lr() const noexcept { return lr_; }

  /// The state from which training continues as if it had not stopped, by PyTorch's names: "lr", "best" (float64),
  /// "num_bad_epochs", "cooldown_counter" (int64).
  NamedTensors state() const;
  /// Throws Error, and changes nothing, where names, shapes or dtypes are not those of state(), and on a rate or a
  /// counter below 0.
  void load_state(const NamedTensors& state);

 private:
  bool improves(double value) const;

  PlateauOptions options_;
  double lr_;
  double best_;
  std::int64_t bad_ = 0;
  std::int64_t cooling_ = 0;
};

}  // namespace xgrad::optim
#pragma GCC visibility pop
