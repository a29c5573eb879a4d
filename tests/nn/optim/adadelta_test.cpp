#include <nn/optim/adadelta.hpp>

#include "trajectory.hpp"

namespace xgrad::optim {
namespace {

/// The paper's rule as a plain loop, for one number.
struct PlainAdadelta {
  AdadeltaOptions options;
  std::vector<double> v = std::vector<double>(start.size()), u = v;

  void operator()(double& p, double g, int, std::size_t i) {
    g = (options.maximize ? -g : g) + options.weight_decay * p;
    v[i] = options.rho * v[i] + (1 - options.rho) * g * g;
    const double delta = std::sqrt(u[i] + options.eps) / std::sqrt(v[i] + options.eps) * g;
    u[i] = options.rho * u[i] + (1 - options.rho) * delta * delta;
    p -= options.lr * delta;
  }
};

const std::vector<AdadeltaOptions> variants{
    {},
    {.lr = 0.5, .rho = 0.6, .eps = 1e-2, .weight_decay = 0.3},
    {.lr = 2, .maximize = true},
};

}  // namespace

TEST_CASE("Adadelta follows its formula, with any rho, eps and weight decay") {
  for (const AdadeltaOptions& options : variants) {
    INFO("rho ", options.rho, ", weight decay ", options.weight_decay, ", maximize ", options.maximize);
    check_against<Adadelta>(options, PlainAdadelta{options});
    check_resume<Adadelta>(options);
    check_structure<Adadelta>(options);
  }
}

}  // namespace xgrad::optim
