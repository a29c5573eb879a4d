#pragma once

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include <autograd/ops.hpp>
#include <autograd/primitive.hpp>
#include <autograd/tape.hpp>
#include <nn/optim/optimizer.hpp>

#include "../../autograd/expect.hpp"

/// What the tests of optimizers share: a parameter, gradients for it, and a plain loop beside it.
namespace xgrad::optim {

inline const std::vector<double> start{1, -2, 0.5};

/// The gradient of a step: of changing sign and size, all zero in the fourth.
inline std::vector<double> gradient_of_step(int step) {
  std::vector<double> gradient;
  for (std::size_t i = 0; i < start.size(); ++i)
    gradient.push_back(step == 4 ? 0 : std::sin(1.0 + 3 * step + static_cast<double>(i)) * (1 + step));
  return gradient;
}

/// A parameter "p" of the start values.
inline nn::Parameter start_parameter() { return nn::Parameter(tensor(std::span<const double>(start), {3})); }
inline nn::ParameterList named(const nn::Parameter& p) { return nn::NamedParameters{{"p", p}}; }

inline Tensor gradient_tensor(int step) { return tensor(std::span<const double>(gradient_of_step(step)), {3}); }

/// Ten steps of an optimizer against ten of `rule(p, g, step, i)`, which changes one number p.
template <class Optimizer, class Options, class Rule>
void check_against(const Options& options, Rule rule) {
  const nn::Parameter p = start_parameter();
  Optimizer optimizer(named(p), options);
  std::vector<double> expected = start;
  for (int step = 1; step <= 10; ++step) {
    optimizer.step({gradient_tensor(step)});
    for (std::size_t i = 0; i < start.size(); ++i) rule(expected[i], gradient_of_step(step)[i], step, i);
    INFO("after step ", step);
    CHECK(test::difference(p, tensor(std::span<const double>(expected), {3}), {.rtol = 1e-13, .atol = 1e-14}) == "");
  }
}

/// An optimizer that stopped after three steps and went on from its state arrives where an uninterrupted one does,
/// bit by bit.
template <class Optimizer, class Options>
void check_resume(const Options& options) {
  const nn::Parameter whole = start_parameter(), part = start_parameter();
  Optimizer uninterrupted(named(whole), options), before(named(part), options);
  for (int step = 1; step <= 3; ++step) {
    uninterrupted.step({gradient_tensor(step)});
    before.step({gradient_tensor(step)});
  }
  before.set_lr(0.07);
  uninterrupted.set_lr(0.07);
  const NamedTensors saved = before.state();
  before.step({gradient_tensor(9)});  // what is saved must not change with it

  const nn::Parameter resumed = start_parameter();
  resumed.set(whole);
  Optimizer after(named(resumed), options);
  after.load_state(saved);
  CHECK(after.steps() == 3);
  CHECK(after.lr() == 0.07);
  for (int step = 4; step <= 6; ++step) {
    uninterrupted.step({gradient_tensor(step)});
    after.step({gradient_tensor(step)});
    CHECK(test::difference(resumed, whole) == "");
  }
}

/// From the second step on the recorded program has the same structure, whatever the learning rate.
template <class Optimizer, class Options>
void check_structure(const Options& options) {
  Optimizer optimizer(named(start_parameter()), options);
  std::vector<std::string> second;
  for (int step = 1; step <= 5; ++step) {
    const Tensor gradient = gradient_tensor(step);
    const Tape tape;
    optimizer.set_lr(0.1 / step);
    optimizer.step({gradient});
    if (step == 2) second = recorded_primitives();
    if (step > 2) CHECK(recorded_primitives() == second);
  }
  CHECK(!second.empty());
}

}  // namespace xgrad::optim
