#include <nn/optim/rmsprop.hpp>

#include "trajectory.hpp"

namespace xgrad::optim {
namespace {

/// PyTorch's rule as a plain loop, for one number.
struct PlainRMSprop {
  RMSpropOptions options;
  std::vector<double> v = std::vector<double>(start.size()), a = v, b = v;

  void operator()(double& p, double g, int, std::size_t i) {
    g = (options.maximize ? -g : g) + options.weight_decay * p;
    v[i] = options.alpha * v[i] + (1 - options.alpha) * g * g;
    a[i] = options.alpha * a[i] + (1 - options.alpha) * g;
    const double variance = options.centered ? v[i] - a[i] * a[i] : v[i];
    b[i] = options.momentum * b[i] + g / (std::sqrt(variance) + options.eps);
    p -= options.lr * b[i];
  }
};

const std::vector<RMSpropOptions> variants{
    {},
    {.lr = 0.1, .alpha = 0.9, .eps = 1e-3, .weight_decay = 0.3},
    {.lr = 0.1, .momentum = 0.9},
    {.lr = 0.1, .centered = true, .maximize = true},
    {.lr = 0.1, .weight_decay = 0.3, .momentum = 0.7, .centered = true},
};

}  // namespace

TEST_CASE("RMSprop follows its formula, centered or not, with and without momentum and weight decay") {
  for (const RMSpropOptions& options : variants) {
    INFO("momentum ", options.momentum, ", centered ", options.centered, ", weight decay ", options.weight_decay);
    check_against<RMSprop>(options, PlainRMSprop{options});
    check_resume<RMSprop>(options);
    check_structure<RMSprop>(options);
  }
}

TEST_CASE("centered RMSprop stays finite where rounding leaves no variance") {
  // A constant gradient: v and a^2 tend to the same number, and their rounded difference takes either sign.
  for (const DType dtype : {float32, float64}) {
    const nn::Parameter p(zeros({64}, dtype));
    RMSprop rmsprop(named(p), {.lr = 1e-12, .alpha = 0.5, .centered = true});
    const Tensor gradient = linspace(0.1, 3, 64, dtype);
    for (int step = 0; step < 200; ++step) rmsprop.step({gradient});
    CHECK(all(isfinite(p)).item<bool>());
  }
}

TEST_CASE("RMSprop remembers what its options need, by PyTorch's names") {
  const auto names = [](const RMSpropOptions& options) {
    std::vector<std::string> listed;
    const NamedTensors state = RMSprop(named(start_parameter()), options).state();
    for (std::size_t i = 2; i < state.size(); ++i) listed.push_back(state[i].first);
    return listed;
  };
  CHECK(names({}) == std::vector<std::string>{"square_avg.p"});
  CHECK(names({.centered = true}) == std::vector<std::string>{"square_avg.p", "grad_avg.p"});
  CHECK(names({.momentum = 0.5, .centered = true}) ==
        std::vector<std::string>{"square_avg.p", "momentum_buffer.p", "grad_avg.p"});
}

}  // namespace xgrad::optim
