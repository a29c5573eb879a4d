#include <nn/optim/adamw.hpp>

#include "trajectory.hpp"

namespace xgrad::optim {
namespace {

/// The paper's rule as a plain loop, for one number.
struct PlainAdamW {
  AdamWOptions options;
  std::vector<double> m = std::vector<double>(start.size()), v = m, largest = m;

  void operator()(double& p, double g, int step, std::size_t i) {
    if (options.maximize) g = -g;
    m[i] = options.beta1 * m[i] + (1 - options.beta1) * g;
    v[i] = options.beta2 * v[i] + (1 - options.beta2) * g * g;
    largest[i] = std::max(largest[i], v[i]);
    const double corrected_m = m[i] / (1 - std::pow(options.beta1, step));
    const double corrected_v = (options.amsgrad ? largest[i] : v[i]) / (1 - std::pow(options.beta2, step));
    p -= options.lr * (options.weight_decay * p + corrected_m / (std::sqrt(corrected_v) + options.eps));
  }
};

// A small beta2, so that the second average falls when gradients are 0 and amsgrad differs.
const std::vector<AdamWOptions> variants{
    {},
    {.lr = 0.1, .weight_decay = 0},
    {.lr = 0.1, .beta1 = 0.8, .beta2 = 0.5, .eps = 1e-3, .weight_decay = 0.3, .amsgrad = true},
    {.lr = 0.1, .weight_decay = 0.3, .maximize = true},
};

}  // namespace

TEST_CASE("AdamW decays parameters apart from the gradient, with and without amsgrad and maximize") {
  for (const AdamWOptions& options : variants) {
    INFO("weight decay ", options.weight_decay, ", amsgrad ", options.amsgrad, ", maximize ", options.maximize);
    check_against<AdamW>(options, PlainAdamW{options});
    check_resume<AdamW>(options);
    check_structure<AdamW>(options);
  }
}

TEST_CASE("AdamW decays a parameter whose gradient is 0 at the rate of the moment") {
  const nn::Parameter p(tensor({2, -4}, float64));
  AdamW adamw(named(p), {.lr = 0.5, .weight_decay = 0.1});
  adamw.step({zeros({2}, float64)});
  CHECK(test::difference(p, tensor({1.9, -3.8}, float64), {.rtol = 1e-15}) == "");
  adamw.set_lr(1);
  adamw.step({zeros({2}, float64)});
  CHECK(test::difference(p, tensor({1.71, -3.42}, float64), {.rtol = 1e-15}) == "");
}

}  // namespace xgrad::optim
