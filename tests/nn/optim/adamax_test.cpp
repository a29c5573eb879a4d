#include <nn/optim/adamax.hpp>

#include "trajectory.hpp"

namespace xgrad::optim {
namespace {

/// PyTorch's rule as a plain loop, for one number.
struct PlainAdamax {
  AdamaxOptions options;
  std::vector<double> m = std::vector<double>(start.size()), u = m;

  void operator()(double& p, double g, int step, std::size_t i) {
    g = (options.maximize ? -g : g) + options.weight_decay * p;
    m[i] = options.beta1 * m[i] + (1 - options.beta1) * g;
    u[i] = std::max(options.beta2 * u[i], std::abs(g) + options.eps);
    p -= options.lr / (1 - std::pow(options.beta1, step)) * m[i] / u[i];
  }
};

// A small beta2, so that the largest magnitude fades and both sides of the maximum are taken.
const std::vector<AdamaxOptions> variants{
    {},
    {.lr = 0.1, .beta1 = 0.8, .beta2 = 0.5, .eps = 1e-3, .weight_decay = 0.3},
    {.lr = 0.1, .maximize = true},
};

}  // namespace

TEST_CASE("Adamax follows its formula, with any betas, eps and weight decay") {
  for (const AdamaxOptions& options : variants) {
    INFO("betas ", options.beta1, ", ", options.beta2, ", maximize ", options.maximize);
    check_against<Adamax>(options, PlainAdamax{options});
    check_resume<Adamax>(options);
    check_structure<Adamax>(options);
  }
}

}  // namespace xgrad::optim
