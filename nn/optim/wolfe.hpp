#pragma once

#include <algorithm>
#include <cmath>
#include <utility>

namespace xgrad::optim {

/// Where the cubic through values and slopes of two trials is smallest, held between two bounds; the middle of these
/// where the cubic has no minimum, or a value is not a number.
template <class Trial>
double cubic_minimum(const Trial& a, const Trial& b, double low, double high) {
  const Trial &left = a.t <= b.t ? a : b, &right = a.t <= b.t ? b : a;
  const double d1 = left.slope + right.slope - 3 * (left.loss - right.loss) / (left.t - right.t);
  const double square = d1 * d1 - left.slope * right.slope;
  if (!(square >= 0)) return (low + high) / 2;
  const double d2 = std::sqrt(square);
  const double t = right.t - (right.t - left.t) * ((right.slope + d2 - d1) / (right.slope - left.slope + 2 * d2));
  return std::isnan(t) ? (low + high) / 2 : std::clamp(t, low, high);
}

/// A trial that meets the strong Wolfe conditions, from `first` on (Nocedal and Wright, 2006, algorithms 3.5 and 3.6);
/// after 25 trials, or where the bracket is shorter than `least`, the one of the lowest value. `at(t)` gives the trial
/// at t, `start` is that at 0, with a negative slope. A value that is not a number counts as too high.
template <class Trial, class At>
Trial strong_wolfe(At at, const Trial& start, double first, double least) {
  constexpr int max_trials = 25;
  constexpr double sufficient_decrease = 1e-4, curvature = 0.9;
  const auto too_high = [&](const Trial& trial) {
    return !(trial.loss <= start.loss + sufficient_decrease * trial.t * start.slope);
  };
  const auto flat = [&](const Trial& trial) { return std::abs(trial.slope) <= -curvature * start.slope; };
  const auto lower = [](const Trial& a, const Trial& b) { return b.loss < a.loss ? b : a; };

  // Goes on until a minimum lies between two trials.
  Trial previous = start, trial = at(first);
  int trials = 0;
  for (; trials < max_trials; ++trials) {
    if (too_high(trial) || (trials > 1 && trial.loss >= previous.loss)) break;
    if (flat(trial)) return trial;
    if (trial.slope >= 0) break;
    const double next = cubic_minimum(previous, trial, trial.t + 0.01 * (trial.t - previous.t), 10 * trial.t);
    previous = std::exchange(trial, at(next));
  }
  if (trials == max_trials) return lower(start, trial);

  // Narrows the bracket. `low` has the lowest value so far that decreases enough, and descends towards `high`.
  const bool rising = trial.loss < previous.loss;
  Trial low = rising ? trial : previous, high = rising ? previous : trial;
  bool was_close = false;
  for (; trials < max_trials && std::abs(high.t - low.t) >= least; ++trials) {
    const double left = std::min(low.t, high.t), right = std::max(low.t, high.t), margin = 0.1 * (right - left);
    double t = cubic_minimum(low, high, left, right);
    // Close to an end twice in a row, or at it: a tenth away from that end.
    if (std::min(right - t, t - left) < margin) {
      if (was_close || t >= right || t <= left) {
        t = right - t < t - left ? right - margin : left + margin;
        was_close = false;
      } else {
        was_close = true;
      }
    } else {
      was_close = false;
    }
    trial = at(t);
    if (too_high(trial) || trial.loss >= low.loss) {
      high = std::move(trial);
      if (high.loss < low.loss) std::swap(low, high);
      continue;
    }
    const bool found = flat(trial);
    if (!found && trial.slope * (high.t - low.t) >= 0) high = low;
    low = std::move(trial);
    if (found) break;
  }
  return low;
}

}  // namespace xgrad::optim
