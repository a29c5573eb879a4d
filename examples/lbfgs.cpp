#include <examples/lbfgs.hpp>

#include <algorithm>
#include <cmath>
#include <deque>
#include <optional>
#include <utility>

#include <autograd/ops.hpp>

namespace xgrad::examples {

namespace {

/// A point with what f says there.
struct Point {
  Tensor x;
  Tensor gradient;
  double value = 0;
};

/// A point on the line that is searched: how far along it lies, and the derivative along it.
struct Trial {
  double step = 0;
  double slope = 0;
  Point point;
};

/// A step taken, the change of the gradient on it, and the reciprocal of their product.
struct Pair {
  Tensor step;
  Tensor change;
  Tensor rho;
};

Tensor inner(const Tensor& a, const Tensor& b) { return sum(a * b); }

double largest(const Tensor& x) { return max(abs(x)).item(); }

/// A function that counts its evaluations.
class Objective {
 public:
  explicit Objective(const TensorFunction& f) : f_(f) {}

  Point at(const Tensor& x) {
    ++evaluations_;
    auto [value, gradient] = value_and_gradient(f_, x);
    eval({x, value, gradient});
    return {x, gradient, value.item()};
  }

  int evaluations() const { return evaluations_; }

 private:
  const TensorFunction& f_;
  int evaluations_ = 0;
};

/// The product of the approximate inverse Hessian with the gradient, by two loops over the history, downhill. All of
/// it is one recorded program.
Tensor direction(const Tensor& gradient, const std::deque<Pair>& history) {
  Tensor q = gradient;
  std::vector<Tensor> alphas;
  for (auto pair = history.rbegin(); pair != history.rend(); ++pair) {
    alphas.push_back(pair->rho * inner(pair->step, q));
    q = q - alphas.back() * pair->change;
  }
  if (!history.empty()) q = q / (history.back().rho * inner(history.back().change, history.back().change));
  for (const Pair& pair : history) {
    const Tensor beta = pair.rho * inner(pair.change, q);
    q = q + (alphas.back() - beta) * pair.step;
    alphas.pop_back();
  }
  return -q;
}

/// Where the cubic through values and slopes of two trials is smallest; their middle where that is too close to either,
/// or nowhere.
double between(const Trial& a, const Trial& b) {
  const double width = b.step - a.step;
  const double d1 = a.slope + b.slope - 3 * (a.point.value - b.point.value) / (a.step - b.step);
  const double d2 = std::copysign(std::sqrt(d1 * d1 - a.slope * b.slope), width);
  const double t = 1 - (b.slope + d2 - d1) / (b.slope - a.slope + 2 * d2);
  return a.step + width * (t > 0.1 && t < 0.9 ? t : 0.5);
}

/// The search along one direction.
class LineSearch {
 public:
  LineSearch(Objective& f, const Point& from, const Tensor& along)
      : f_(f), along_(along), start_{0, inner(from.gradient, along).item(), from} {}

  bool descends() const { return start_.slope < 0; }

  /// A point that meets the strong Wolfe conditions, from the first step tried on; at least one of a lower value where
  /// rounding allows no more; none where there is no such point.
  std::optional<Point> run(double first_step) {
    Trial previous = start_;
    Trial trial = at(first_step);
    for (int i = 0; i < max_trials; ++i) {
      if (too_high(trial) || (i > 0 && trial.point.value >= previous.point.value)) return zoom(previous, trial);
      if (flat(trial)) return trial.point;
      if (trial.slope >= 0) return zoom(trial, previous);
      previous = std::exchange(trial, at(2 * trial.step));
    }
    return lower(previous);
  }

 private:
  static constexpr int max_trials = 30;
  static constexpr double sufficient_decrease = 1e-4;
  static constexpr double curvature = 0.9;

  Trial at(double step) {
    Point point = f_.at(start_.point.x + step * along_);
    const double slope = inner(point.gradient, along_).item();
    return {step, slope, std::move(point)};
  }

  /// Also holds for a value that is not a number.
  bool too_high(const Trial& t) const {
    return !(t.point.value <= start_.point.value + sufficient_decrease * t.step * start_.slope);
  }
  bool flat(const Trial& t) const { return std::abs(t.slope) <= -curvature * start_.slope; }
  std::optional<Point> lower(const Trial& t) const {
    return t.point.value < start_.point.value ? std::optional(t.point) : std::nullopt;
  }

  /// `low` has the lowest value so far that decreases enough, and descends towards `high`.
  std::optional<Point> zoom(Trial low, Trial high) {
    for (int i = 0; i < max_trials && low.step != high.step; ++i) {
      Trial trial = at(between(low, high));
      if (too_high(trial) || trial.point.value >= low.point.value) {
        high = std::move(trial);
        continue;
      }
      if (flat(trial)) return trial.point;
      if (trial.slope * (high.step - low.step) >= 0) high = low;
      low = std::move(trial);
    }
    return lower(low);
  }

  Objective& f_;
  Tensor along_;
  Trial start_;
};

}  // namespace

LbfgsResult lbfgs(const TensorFunction& f, const Tensor& start, const LbfgsOptions& options) {
  Objective objective(f);
  Point here = objective.at(start);
  if (!std::isfinite(here.value)) throw Error("lbfgs: f(start) is not finite");
  std::deque<Pair> history;
  LbfgsResult result;

  while (true) {
    result.gradient = largest(here.gradient);
    if (result.iterations > 0 && options.progress) options.progress(result.iterations, here.value, result.gradient);
    result.converged = result.gradient <= options.gradient_tolerance;
    if (result.converged || result.iterations == options.max_iterations) break;

    const Tensor along = direction(here.gradient, history);
    LineSearch search(objective, here, along);
    const double first_step = history.empty() ? std::min(1.0, 1 / result.gradient) : 1.0;
    const std::optional<Point> next = search.descends() ? search.run(first_step) : std::nullopt;
    if (!next) {
      if (history.empty()) break;
      history.clear();  // what was learned of the curvature misleads: go on downhill
      continue;
    }

    const Tensor step = next->x - here.x, change = next->gradient - here.gradient;
    const Tensor product = inner(step, change);
    eval({step, change, product});
    if (product.item() > 0) history.push_back({step, change, 1 / product});
    if (std::ssize(history) > options.history) history.pop_front();
    here = *next;
    ++result.iterations;
  }
  result.x = here.x;
  result.value = here.value;
  result.evaluations = objective.evaluations();
  return result;
}

}  // namespace xgrad::examples
