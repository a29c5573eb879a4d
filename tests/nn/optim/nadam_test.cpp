#include <nn/optim/nadam.hpp>

#include "trajectory.hpp"

namespace xgrad::optim {
namespace {

/// The paper's rule as a plain loop, for one number; every product of mu is computed anew.
struct PlainNAdam {
  NAdamOptions options;
  std::vector<double> m = std::vector<double>(start.size()), v = m;

  double mu(int t) const { return options.beta1 * (1 - 0.5 * std::pow(0.96, t * options.momentum_decay)); }
  double product(int t) const { return t == 0 ? 1 : mu(t) * product(t - 1); }

  void operator()(double& p, double g, int step, std::size_t i) {
    g = (options.maximize ? -g : g) + options.weight_decay * p;
    m[i] = options.beta1 * m[i] + (1 - options.beta1) * g;
    v[i] = options.beta2 * v[i] + (1 - options.beta2) * g * g;
    const double direction = (1 - mu(step)) / (1 - product(step)) * g + mu(step + 1) / (1 - product(step + 1)) * m[i];
    p -= options.lr * direction / (std::sqrt(v[i] / (1 - std::pow(options.beta2, step))) + options.eps);
  }
};

const std::vector<NAdamOptions> variants{
    {},
    {.lr = 0.1, .beta1 = 0.8, .beta2 = 0.95, .eps = 1e-3, .weight_decay = 0.3},
    {.lr = 0.1, .momentum_decay = 0.5, .maximize = true},
};

}  // namespace

TEST_CASE("NAdam follows the paper's formula, with any betas, momentum decay and weight decay") {
  for (const NAdamOptions& options : variants) {
    INFO("momentum decay ", options.momentum_decay, ", weight decay ", options.weight_decay);
    check_against<NAdam>(options, PlainNAdam{options});
    check_resume<NAdam>(options);
    check_structure<NAdam>(options);
  }
}

TEST_CASE("NAdam goes back to an earlier state of its own") {
  // The product of mu is not in the state: it must follow the number of steps back as well as forth.
  const nn::Parameter p = start_parameter();
  NAdam nadam(named(p), {.lr = 0.1, .momentum_decay = 0.5});
  for (int step = 1; step <= 2; ++step) nadam.step({gradient_tensor(step)});
  const NamedTensors saved = nadam.state();
  const Tensor value = p;
  nadam.step({gradient_tensor(3)});
  const std::vector<double> third = p.value().to_vector<double>();
  nadam.step({gradient_tensor(4)});
  nadam.load_state(saved);
  p.set(value);
  nadam.step({gradient_tensor(3)});
  CHECK(p.value().to_vector<double>() == third);
}

}  // namespace xgrad::optim
