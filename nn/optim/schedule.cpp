#include <nn/optim/schedule.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <span>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include <nn/state_dict.hpp>

namespace xgrad::optim {
namespace {

void require(bool valid, const char* schedule, std::string_view what, double value, std::string_view expected) {
  if (!valid)
    fail(fmt::format("schedule::{}", schedule), fmt::format("{} is {}; it must be {}", what, value, expected));
}

void require_rate(const char* schedule, std::string_view what, double value) {
  require(value >= 0 && std::isfinite(value), schedule, what, value, "at least 0");
}

void require_positive(const char* schedule, std::string_view what, std::int64_t value) {
  require(value > 0, schedule, what, static_cast<double>(value), "above 0");
}

void require_ascending(const char* schedule, const std::vector<std::int64_t>& milestones) {
  for (std::size_t i = 1; i < milestones.size(); ++i)
    require(milestones[i] > milestones[i - 1], schedule, fmt::format("milestone {}", i),
            static_cast<double>(milestones[i]), fmt::format("above {}, the one before", milestones[i - 1]));
}

/// A schedule with a name, for steps from 0 on.
template <class F>
Schedule from_zero(const char* name, F f) {
  return [name, f = std::move(f)](std::int64_t t) -> double {
    if (t < 0) fail(fmt::format("schedule::{}", name), fmt::format("step {} was asked for; steps count from 0", t));
    return f(t);
  };
}

double ratio(std::int64_t part, std::int64_t whole) { return static_cast<double>(part) / static_cast<double>(whole); }

/// From `start` to `end`, at a fraction of the way.
double between(schedule::Anneal anneal, double start, double end, double fraction) {
  if (anneal == schedule::Anneal::linear) return start + (end - start) * fraction;
  return end + (start - end) / 2 * (1 + std::cos(std::numbers::pi * fraction));
}

/// A cycle through values that are reached at given steps.
Schedule through(const char* name, const schedule::OneCycle& options, const std::vector<double>& values) {
  require_rate(name, "lr_max", options.lr_max);
  require_positive(name, "steps", options.steps);
  require(options.warmup > 0 && options.warmup < 1, name, "warmup", options.warmup, "in (0, 1)");
  require(!options.three_phases || options.warmup <= 0.5, name, "warmup", options.warmup,
          "at most 0.5 with three phases");
  require(options.start_divisor > 0, name, "start_divisor", options.start_divisor, "above 0");
  require(options.end_divisor > 0, name, "end_divisor", options.end_divisor, "above 0");
  const auto steps = static_cast<double>(options.steps);
  std::vector<double> ends{options.warmup * steps - 1};
  if (options.three_phases) ends.push_back(2 * options.warmup * steps - 2);
  ends.push_back(steps - 1);
  return [=](std::int64_t t) {
    if (t < 0 || t >= options.steps)
      fail(fmt::format("schedule::{}", name), fmt::format("step {} was asked for; the cycle has {}", t, options.steps));
    double start = 0;
    std::size_t phase = 0;
    while (phase + 1 < ends.size() && static_cast<double>(t) > ends[phase]) start = ends[phase++];
    const double length = ends[phase] - start;
    const double fraction = length > 0 ? (static_cast<double>(t) - start) / length : 1;
    return between(options.anneal, values[phase], values[phase + 1], fraction);
  };
}

}  // namespace

namespace {

double rate_of(const char* where, const Schedule& schedule, const Optimizer& optimizer) {
  if (!schedule) fail(where, "the schedule is empty");
  return schedule(optimizer.steps());
}

void require_one_for_each(const char* where, const std::vector<Schedule>& schedules, const Optimizer& optimizer) {
  if (schedules.size() != optimizer.groups())
    fail(where, fmt::format("{} schedules were given for {} groups", schedules.size(), optimizer.groups()));
}

}  // namespace

void follow(const Schedule& schedule, Optimizer& optimizer) {
  const double rate = rate_of("follow", schedule, optimizer);
  if (optimizer.groups() > 1) {
    fail("follow", fmt::format("one schedule would give the {} groups one rate; write follow({{a, b, ...}}, optimizer) "
                               "with a schedule for each, or scale_lr(factor, optimizer) for their own rates times a "
                               "factor",
                               optimizer.groups()));
  }
  optimizer.set_lr(rate);
}

void follow(const Schedule& schedule, Optimizer& optimizer, std::size_t group) {
  optimizer.set_lr(rate_of("follow", schedule, optimizer), group);
}

void follow(const std::vector<Schedule>& schedules, Optimizer& optimizer) {
  require_one_for_each("follow", schedules, optimizer);
  std::vector<double> rates;
  for (const Schedule& schedule : schedules) rates.push_back(rate_of("follow", schedule, optimizer));
  for (std::size_t g = 0; g < rates.size(); ++g) optimizer.set_lr(rates[g], g);
}

void scale_lr(double factor, Optimizer& optimizer) {
  if (!(factor >= 0)) fail("scale_lr", fmt::format("the factor is {}; it must be at least 0", factor));
  optimizer.lr();  // refuses an optimizer that was moved from
  for (std::size_t g = 0; g < optimizer.groups(); ++g) optimizer.set_lr(optimizer.base_lr(g) * factor, g);
}

void scale_lr(const Schedule& factor, Optimizer& optimizer) {
  scale_lr(rate_of("scale_lr", factor, optimizer), optimizer);
}

void scale_lr(const std::vector<Schedule>& factors, Optimizer& optimizer) {
  require_one_for_each("scale_lr", factors, optimizer);
  std::vector<double> rates;
  for (std::size_t g = 0; g < factors.size(); ++g)
    rates.push_back(optimizer.base_lr(g) * rate_of("scale_lr", factors[g], optimizer));
  for (std::size_t g = 0; g < rates.size(); ++g) optimizer.set_lr(rates[g], g);
}

namespace schedule {

Schedule constant(double lr) {
  require_rate("constant", "lr", lr);
  return from_zero("constant", [=](std::int64_t) { return lr; });
}

Schedule step(double lr, std::int64_t step_size, double gamma) {
  require_rate("step", "lr", lr);
  require_positive("step", "step_size", step_size);
  require_rate("step", "gamma", gamma);
  return from_zero("step", [=](std::int64_t t) { return lr * std::pow(gamma, static_cast<double>(t / step_size)); });
}

Schedule multistep(double lr, const std::vector<std::int64_t>& milestones, double gamma) {
  require_rate("multistep", "lr", lr);
  require_ascending("multistep", milestones);
  require_rate("multistep", "gamma", gamma);
  return from_zero("multistep", [=](std::int64_t t) {
    const auto passed = std::upper_bound(milestones.begin(), milestones.end(), t) - milestones.begin();
    return lr * std::pow(gamma, static_cast<double>(passed));
  });
}

Schedule exponential(double lr, double gamma) {
  require_rate("exponential", "lr", lr);
  require_rate("exponential", "gamma", gamma);
  return from_zero("exponential", [=](std::int64_t t) { return lr * std::pow(gamma, static_cast<double>(t)); });
}

Schedule cosine(double lr, std::int64_t period, double lr_min) {
  require_rate("cosine", "lr", lr);
  require_positive("cosine", "period", period);
  require_rate("cosine", "lr_min", lr_min);
  return from_zero("cosine", [=](std::int64_t t) { return between(Anneal::cosine, lr, lr_min, ratio(t, period)); });
}

Schedule cosine_warm_restarts(double lr, std::int64_t period, std::int64_t factor, double lr_min) {
  require_rate("cosine_warm_restarts", "lr", lr);
  require_positive("cosine_warm_restarts", "period", period);
  require_positive("cosine_warm_restarts", "factor", factor);
  require_rate("cosine_warm_restarts", "lr_min", lr_min);
  return from_zero("cosine_warm_restarts", [=](std::int64_t t) {
    std::int64_t length = period, since = factor == 1 ? t % period : t;
    while (since >= length) {
      since -= length;
      // A period that is longer than the largest step never ends.
      if (length > std::numeric_limits<std::int64_t>::max() / factor)
        return between(Anneal::cosine, lr, lr_min,
                       static_cast<double>(since) / (static_cast<double>(length) * static_cast<double>(factor)));
      length *= factor;
    }
    return between(Anneal::cosine, lr, lr_min, ratio(since, length));
  });
}

Schedule linear(double lr, std::int64_t steps, double start, double end) {
  require_rate("linear", "lr", lr);
  require_positive("linear", "steps", steps);
  require_rate("linear", "start", start);
  require_rate("linear", "end", end);
  return from_zero("linear", [=](std::int64_t t) {
    return lr * between(Anneal::linear, start, end, ratio(std::min(t, steps), steps));
  });
}

Schedule polynomial(double lr, std::int64_t steps, double power) {
  require_rate("polynomial", "lr", lr);
  require_positive("polynomial", "steps", steps);
  require(power > 0, "polynomial", "power", power, "above 0");
  return from_zero("polynomial",
                   [=](std::int64_t t) { return lr * std::pow(1 - ratio(std::min(t, steps), steps), power); });
}

Schedule cyclic(double lr_min, double lr_max, std::int64_t up, std::int64_t down) {
  require_rate("cyclic", "lr_min", lr_min);
  require(lr_max >= lr_min, "cyclic", "lr_max", lr_max, "at least lr_min");
  require_positive("cyclic", "up", up);
  require(down >= 0, "cyclic", "down", static_cast<double>(down), "at least 0");
  const std::int64_t fall = down == 0 ? up : down;
  return from_zero("cyclic", [=](std::int64_t t) {
    // If the sum of both overflows, no step reaches the end.
    const bool endless = up > std::numeric_limits<std::int64_t>::max() - fall;
    const std::int64_t since = endless ? t : t % (up + fall);
    const double height = since <= up ? ratio(since, up) : 1 - ratio(since - up, fall);
    return lr_min + (lr_max - lr_min) * height;
  });
}

Schedule one_cycle(const OneCycle& options) {
  const double start = options.lr_max / options.start_divisor, end = start / options.end_divisor;
  if (options.three_phases) return through("one_cycle", options, {start, options.lr_max, start, end});
  return through("one_cycle", options, {start, options.lr_max, end});
}

Schedule one_cycle_momentum(const OneCycle& options) {
  const double low = options.momentum_min, high = options.momentum_max;
  require_rate("one_cycle_momentum", "momentum_min", low);
  require(high >= low, "one_cycle_momentum", "momentum_max", high, "at least momentum_min");
  if (options.three_phases) return through("one_cycle_momentum", options, {high, low, high, high});
  return through("one_cycle_momentum", options, {high, low, high});
}

Schedule swa(double lr, double swa_lr, std::int64_t anneal_steps, Anneal anneal) {
  require_rate("swa", "lr", lr);
  require_rate("swa", "swa_lr", swa_lr);
  require_positive("swa", "anneal_steps", anneal_steps);
  return from_zero("swa", [=](std::int64_t t) {
    return t >= anneal_steps ? swa_lr : between(anneal, lr, swa_lr, ratio(t, anneal_steps));
  });
}

Schedule sequence(const std::vector<Schedule>& schedules, const std::vector<std::int64_t>& milestones) {
  if (schedules.empty() || milestones.size() + 1 != schedules.size()) {
    fail("schedule::sequence", fmt::format("{} milestones were given for {} schedules; expected one fewer",
                                           milestones.size(), schedules.size()));
  }
  require_ascending("sequence", milestones);
  if (!milestones.empty())
    require(milestones[0] >= 0, "sequence", "milestone 0", static_cast<double>(milestones[0]), "at least 0");
  for (std::size_t i = 0; i < schedules.size(); ++i)
    if (!schedules[i]) fail("schedule::sequence", fmt::format("schedule {} is empty", i));
  return from_zero("sequence", [=](std::int64_t t) {
    const auto passed =
        static_cast<std::size_t>(std::upper_bound(milestones.begin(), milestones.end(), t) - milestones.begin());
    return schedules[passed](passed == 0 ? t : t - milestones[passed - 1]);
  });
}

}  // namespace schedule

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

template <class T>
Tensor scalar(const T& value) {
  return tensor(std::span<const T>(&value, 1), {});
}

}  // namespace

ReduceOnPlateau::ReduceOnPlateau(const PlateauOptions& options)
    : options_(options), lr_(options.lr), best_(options.mode == PlateauMode::min ? infinity : -infinity) {
  constexpr const char* name = "reduce_on_plateau";
  require_rate(name, "lr", options.lr);
  require(options.factor >= 0 && options.factor < 1, name, "factor", options.factor, "in [0, 1)");
  require(options.patience >= 0, name, "patience", options.patience, "at least 0");
  require(options.threshold >= 0 && options.threshold < 1, name, "threshold", options.threshold, "in [0, 1)");
  require(options.cooldown >= 0, name, "cooldown", options.cooldown, "at least 0");
  require_rate(name, "lr_min", options.lr_min);
}

bool ReduceOnPlateau::improves(double value) const {
  const double margin = std::isinf(best_) ? 0 : std::abs(best_) * options_.threshold;
  return options_.mode == PlateauMode::min ? value < best_ - margin : value > best_ + margin;
}

double ReduceOnPlateau::operator()(double value) {
  if (improves(value)) {
    best_ = value;
    bad_ = 0;
  } else {
    ++bad_;
  }
  if (cooling_ > 0) {
    --cooling_;
    bad_ = 0;
  }
  if (bad_ > options_.patience) {
    lr_ = std::min(lr_, std::max(lr_ * options_.factor, options_.lr_min));
    cooling_ = options_.cooldown;
    bad_ = 0;
  }
  return lr_;
}

NamedTensors ReduceOnPlateau::state() const {
  return {{"lr", scalar(lr_)},
          {"best", scalar(best_)},
          {"num_bad_epochs", scalar(bad_)},
          {"cooldown_counter", scalar(cooling_)}};
}

void ReduceOnPlateau::load_state(const NamedTensors& given) {
  constexpr const char* where = "ReduceOnPlateau::load_state";
  const std::vector<Tensor> ordered = nn::matched(where, given, state());
  const double lr = ordered[0].item();
  const auto bad = ordered[2].item<std::int64_t>(), cooling = ordered[3].item<std::int64_t>();
  if (!(lr >= 0)) fail(where, fmt::format("lr is {}; it must be at least 0", lr));
  if (bad < 0) fail(where, fmt::format("num_bad_epochs is {}; it must be at least 0", bad));
  if (cooling < 0) fail(where, fmt::format("cooldown_counter is {}; it must be at least 0", cooling));
  lr_ = lr;
  best_ = ordered[1].item();
  bad_ = bad;
  cooling_ = cooling;
}

}  // namespace xgrad::optim
