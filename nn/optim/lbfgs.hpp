#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include <autograd/io/safetensors.hpp>
#include <autograd/ops.hpp>
#include <nn/parameter.hpp>

#pragma GCC visibility push(default)
namespace xgrad::optim {

/// How far LBFGS goes along its direction.
enum class LineSearch {
  none,         ///< lr times the direction
  strong_wolfe  ///< to a point that meets the strong Wolfe conditions, from lr times the direction on
};

struct LBFGSOptions {
  double lr = 1;
  /// Most iterations and evaluations of a step; 5/4 of max_iter by default.
  int max_iter = 20;
  std::optional<int> max_eval = {};
  /// A step ends where no entry of the gradient is larger.
  double tolerance_grad = 1e-7;
  /// A step ends where neither the loss nor a parameter changes by more.
  double tolerance_change = 1e-9;
  /// Pairs of steps and changes of the gradient that stand for the Hessian.
  int history_size = 100;
  LineSearch line_search_fn = LineSearch::none;
};

/// Limited-memory BFGS (Nocedal and Wright, "Numerical Optimization", 2006, algorithms 7.4 and 7.5) in PyTorch's form,
/// for losses of the whole data set. A step evaluates the loss several times, so it is given a closure:
///
///     optim::LBFGS lbfgs(model.parameters(), {.line_search_fn = optim::LineSearch::strong_wolfe});
///     for (int step = 0; step < 10; ++step)
///       lbfgs.step([&] { return nn::mse_loss(model(x), y); });
///
/// The line search brackets by cubic interpolation (algorithms 3.5 and 3.6, with 1e-4 and 0.9); a value that is not a
/// number counts as too high. One group of parameters, of one dtype; a parameter that is assigned to a member of a
/// module after the optimizer was made is not followed. Memory: 2 history_size + 4 numbers for each parameter's number.
class LBFGS {
 public:
  /// Throws Error on negative values, history_size, max_iter or max_eval below 1, and on parameters that are none, not
  /// of one dtype, or given twice.
  explicit LBFGS(const nn::ParameterList& parameters, const LBFGSOptions& options = {});

  /// Moves the parameters by up to max_iter iterations. The closure computes the loss, a scalar, of the parameters as
  /// they are; this records it on a tape and differentiates it. Returns the loss before the step. Throws Error, with
  /// the parameters and the state as they were, where that is not a finite number or no scalar, and where a parameter
  /// has no part in it; passes on what the closure throws.
  Tensor step(const std::function<Tensor()>& closure);

  const nn::ParameterList& parameters() const noexcept { return parameters_; }
  /// Number of calls of step so far, of iterations and of evaluations in them.
  std::int64_t steps() const noexcept { return steps_; }
  std::int64_t iterations() const noexcept { return memory_.iterations; }
  std::int64_t evaluations() const noexcept { return memory_.evaluations; }

  double lr() const noexcept { return options_.lr; }
  /// Throws Error unless lr >= 0.
  void set_lr(double lr);

  /// The state from which training continues bit by bit, by PyTorch's names, with vectors over the numbers of all
  /// parameters: "step", "n_iter", "func_evals" (int64), "lr", "t", "H_diag" (float64), "d", "prev_flat_grad" (n,),
  /// "old_dirs", "old_stps" (k, n), "ro" (k,), float64, for k pairs.
  NamedTensors state() const;
  /// Throws Error, and changes nothing, where names, shapes or dtypes are not those of state(), on negative numbers and
  /// on more pairs than history_size.
  void load_state(const NamedTensors& state);

 private:
  /// A change of the gradient, the step on which it changed, and the reciprocal of their product.
  struct Pair {
    Tensor change, step;
    double rho = 0;
  };
  struct Memory {
    std::int64_t iterations = 0, evaluations = 0;
    std::vector<Pair> pairs;
    double scale = 1;            ///< of the approximate inverse Hessian without pairs
    double t = 0;                ///< how far the last iteration went
    Tensor direction, gradient;  ///< of the last iteration; the gradient before it
  };
  /// A point on the line from where an iteration starts: how far, the loss, the gradient and the slope there.
  struct Trial {
    double t = 0, loss = 0, slope = 0;
    Tensor gradient;
  };

  Trial evaluate(const std::function<Tensor()>& closure);
  void iterate(const std::function<Tensor()>& closure, Trial here);
  void remember(const Tensor& gradient);
  Tensor direction(const Tensor& gradient) const;
  void move(const std::vector<Tensor>& from, const Tensor& direction, double t);

  nn::ParameterList parameters_;
  LBFGSOptions options_;
  DType dtype_ = float32;
  std::int64_t numbers_ = 0;
  std::int64_t steps_ = 0;
  Memory memory_;
};

}  // namespace xgrad::optim
#pragma GCC visibility pop
