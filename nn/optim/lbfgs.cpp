#include <nn/optim/lbfgs.hpp>

#include <algorithm>
#include <cmath>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>

#include <autograd/tape.hpp>
#include <nn/optim/wolfe.hpp>
#include <nn/state_dict.hpp>

namespace xgrad::optim {
namespace {

/// Products of pairs below this tell nothing of the curvature.
constexpr double least_curvature = 1e-10;

Tensor inner(const Tensor& a, const Tensor& b) { return sum(a * b); }

double largest(const Tensor& x) { return max(abs(x)).item(); }

void require(bool valid, const char* option, double value, const char* expected) {
  if (!valid) fail("LBFGS", fmt::format("{} is {}; it must be {}", option, value, expected));
}

Tensor scalar(std::int64_t value) { return tensor(std::span<const std::int64_t>(&value, 1), {}); }
Tensor scalar(double value) { return tensor(std::span<const double>(&value, 1), {}); }

}  // namespace

LBFGS::LBFGS(const nn::ParameterList& parameters, const LBFGSOptions& options)
    : parameters_(parameters), options_(options) {
  require(options.lr >= 0, "lr", options.lr, "at least 0");
  require(options.max_iter >= 1, "max_iter", options.max_iter, "at least 1");
  require(!options.max_eval || *options.max_eval >= 1, "max_eval", options.max_eval.value_or(1), "at least 1");
  require(options.tolerance_grad >= 0, "tolerance_grad", options.tolerance_grad, "at least 0");
  require(options.tolerance_change >= 0, "tolerance_change", options.tolerance_change, "at least 0");
  require(options.history_size >= 1, "history_size", options.history_size, "at least 1");
  std::unordered_set<std::uintptr_t> seen;
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const nn::Parameter& parameter = parameters[i];
    if (!parameter.defined()) fail("LBFGS", fmt::format("parameter '{}' is undefined", parameters.name(i)));
    if (!seen.insert(parameter.id()).second)
      fail("LBFGS", fmt::format("parameter '{}' is given twice", parameters.name(i)));
    if (i == 0) dtype_ = parameter.dtype();
    if (parameter.dtype() != dtype_ || !is_floating(dtype_))
      fail("LBFGS", fmt::format("parameter '{}' is {}, the first is {}; one floating-point dtype was expected",
                                parameters.name(i), to_string(parameter.dtype()), to_string(dtype_)));
    numbers_ += parameter.value().size();
  }
  if (numbers_ == 0) fail("LBFGS", "there are no parameters, or only empty ones");
  memory_.direction = memory_.gradient = zeros({numbers_}, dtype_);
  eval(memory_.direction);
}

void LBFGS::set_lr(double lr) {
  require(lr >= 0, "lr", lr, "at least 0");
  options_.lr = lr;
}

LBFGS::Trial LBFGS::evaluate(const std::function<Tensor()>& closure) {
  const Tape tape;
  const Tensor loss = closure();
  if (!loss.defined() || loss.size() != 1 || !is_floating(loss.dtype()))
    fail("LBFGS::step",
         fmt::format("the closure returned {}; a loss, a floating-point scalar, was expected",
                     loss.defined() ? fmt::format("{} {}", to_string(loss.dtype()), to_string(loss.shape()))
                                    : "an undefined Tensor"));
  const std::vector<Tensor> values = parameters_;
  std::vector<Tensor> flat;
  for (const Tensor& g : tape.gradient(loss.reshape(Shape{}), values)) flat.push_back(g.reshape({g.size()}));
  const Tensor gradient = stop_gradient(concatenate(flat));
  eval({loss, gradient});
  ++memory_.evaluations;
  return {.loss = loss.item(), .gradient = gradient};
}

void LBFGS::move(const std::vector<Tensor>& from, const Tensor& direction, double t) {
  std::vector<Tensor> moved;
  std::int64_t start = 0;
  for (const Tensor& value : from) {
    moved.push_back(value + t * slice(direction, 0, start, start + value.size()).reshape(value.shape()));
    start += value.size();
  }
  eval(moved);
  for (std::size_t i = 0; i < moved.size(); ++i) parameters_[i].set(moved[i]);
}

void LBFGS::remember(const Tensor& gradient) {
  if (memory_.iterations == 0) return;
  const Tensor change = gradient - memory_.gradient, step = memory_.t * memory_.direction;
  const Tensor product = inner(change, step), square_of_change = inner(change, change);
  eval({change, step, product, square_of_change});
  if (!(product.item() > least_curvature)) return;
  if (std::ssize(memory_.pairs) == options_.history_size) memory_.pairs.erase(memory_.pairs.begin());
  memory_.pairs.push_back({change, step, 1 / product.item()});
  memory_.scale = product.item() / square_of_change.item();
}

/// The product of the approximate inverse Hessian with the gradient, downhill, by two loops over the pairs.
Tensor LBFGS::direction(const Tensor& gradient) const {
  Tensor q = -gradient;
  std::vector<Tensor> alphas(memory_.pairs.size());
  for (std::size_t i = memory_.pairs.size(); i-- > 0;) {
    const Pair& pair = memory_.pairs[i];
    alphas[i] = pair.rho * inner(pair.step, q);
    q = q - alphas[i] * pair.change;
  }
  q = memory_.scale * q;
  for (std::size_t i = 0; i < memory_.pairs.size(); ++i) {
    const Pair& pair = memory_.pairs[i];
    q = q + (alphas[i] - pair.rho * inner(pair.change, q)) * pair.step;
  }
  eval(q);
  return q;
}

void LBFGS::iterate(const std::function<Tensor()>& closure, Trial here) {
  const int max_eval = options_.max_eval.value_or(
      static_cast<int>(std::min<std::int64_t>(std::int64_t{options_.max_iter} * 5 / 4, 1 << 30)));
  const std::int64_t first = memory_.evaluations - 1;
  for (int i = 1; largest(here.gradient) > options_.tolerance_grad; ++i) {
    remember(here.gradient);
    const bool fresh = memory_.iterations == 0;
    const Tensor along = direction(here.gradient);
    ++memory_.iterations;
    memory_.direction = along;
    memory_.gradient = here.gradient;
    const double loss = here.loss;
    memory_.t = fresh ? std::min(1.0, 1 / sum(abs(here.gradient)).item()) * options_.lr : options_.lr;
    here.t = 0;
    here.slope = inner(here.gradient, along).item();
    if (!(here.slope <= -options_.tolerance_change)) break;

    const std::vector<Tensor> start = parameters_;
    const auto at = [&](double t) {
      move(start, along, t);
      Trial trial = evaluate(closure);
      trial.t = t;
      trial.slope = inner(trial.gradient, along).item();
      return trial;
    };
    if (options_.line_search_fn == LineSearch::strong_wolfe) {
      here = strong_wolfe(at, here, memory_.t, options_.tolerance_change / largest(along));
      memory_.t = here.t;
      move(start, along, here.t);
    } else if (i < options_.max_iter) {
      here = at(memory_.t);
    } else {
      move(start, along, memory_.t);  // nothing asks for the loss there
    }
    if (i == options_.max_iter || memory_.evaluations - first >= max_eval || !std::isfinite(here.loss)) break;
    if (largest(along) * std::abs(memory_.t) <= options_.tolerance_change) break;
    if (std::abs(here.loss - loss) < options_.tolerance_change) break;
  }
}

Tensor LBFGS::step(const std::function<Tensor()>& closure) {
  if (!closure) fail("LBFGS::step", "the closure is an empty function");
  const std::vector<Tensor> values = parameters_;
  const Memory memory = memory_;
  try {
    const Trial here = evaluate(closure);
    if (!std::isfinite(here.loss))
      fail("LBFGS::step", fmt::format("the closure's loss is {}; a finite number was expected", here.loss));
    iterate(closure, here);
    ++steps_;
    return cast(scalar(here.loss), dtype_);
  } catch (...) {
    memory_ = memory;
    for (std::size_t i = 0; i < values.size(); ++i) parameters_[i].set(values[i]);
    throw;
  }
}

NamedTensors LBFGS::state() const {
  std::vector<Tensor> changes, steps;
  std::vector<double> rhos;
  for (const Pair& pair : memory_.pairs) {
    changes.push_back(pair.change);
    steps.push_back(pair.step);
    rhos.push_back(pair.rho);
  }
  const auto stacked = [&](const std::vector<Tensor>& rows) {
    return rows.empty() ? zeros({0, numbers_}, dtype_) : stack(rows);
  };
  NamedTensors state{{"step", scalar(steps_)},
                     {"n_iter", scalar(memory_.iterations)},
                     {"func_evals", scalar(memory_.evaluations)},
                     {"lr", scalar(options_.lr)},
                     {"t", scalar(memory_.t)},
                     {"H_diag", scalar(memory_.scale)},
                     {"d", memory_.direction},
                     {"prev_flat_grad", memory_.gradient},
                     {"old_dirs", stacked(changes)},
                     {"old_stps", stacked(steps)},
                     {"ro", tensor(std::span<const double>(rhos), {std::ssize(rhos)})}};
  for (const auto& [name, tensor] : state) eval(tensor);
  return state;
}

void LBFGS::load_state(const NamedTensors& given) {
  constexpr const char* where = "LBFGS::load_state";
  std::int64_t pairs = 0;
  for (const auto& [name, tensor] : given)
    if (name == "ro" && tensor.defined() && tensor.rank() == 1) pairs = tensor.size(0);
  if (pairs > options_.history_size)
    fail(where, fmt::format("ro has shape ({},); history_size is {}", pairs, options_.history_size));
  NamedTensors expected = LBFGS(*this).state();
  expected[8].second = expected[9].second = broadcast_to(zeros({}, dtype_), {pairs, numbers_});
  expected[10].second = zeros({pairs}, float64);
  const std::vector<Tensor> ordered = nn::matched(where, given, expected);
  Memory memory{.iterations = ordered[1].item<std::int64_t>(),
                .evaluations = ordered[2].item<std::int64_t>(),
                .pairs = {},
                .scale = ordered[5].item(),
                .t = ordered[4].item(),
                .direction = ordered[6],
                .gradient = ordered[7]};
  const auto steps = ordered[0].item<std::int64_t>();
  if (steps < 0 || memory.iterations < 0 || memory.evaluations < 0)
    fail(where, fmt::format("step is {}, n_iter {}, func_evals {}; they must be at least 0", steps, memory.iterations,
                            memory.evaluations));
  const std::vector<double> rhos = ordered[10].to_vector<double>();
  for (std::size_t i = 0; i < rhos.size(); ++i) {
    const Tensor row(static_cast<std::int64_t>(i));
    memory.pairs.push_back({take(ordered[8], row), take(ordered[9], row), rhos[i]});
    eval({memory.pairs[i].change, memory.pairs[i].step});
  }
  eval({memory.direction, memory.gradient});
  set_lr(ordered[3].item());
  steps_ = steps;
  memory_ = std::move(memory);
}

}  // namespace xgrad::optim
