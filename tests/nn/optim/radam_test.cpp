#include <nn/optim/radam.hpp>

#include "trajectory.hpp"

namespace xgrad::optim {
namespace {

/// The paper's rule in PyTorch's form as a plain loop, for one number.
struct PlainRAdam {
  RAdamOptions options;
  std::vector<double> m = std::vector<double>(start.size()), v = m;

  void operator()(double& p, double g, int step, std::size_t i) {
    g = (options.maximize ? -g : g) + options.weight_decay * p;
    m[i] = options.beta1 * m[i] + (1 - options.beta1) * g;
    v[i] = options.beta2 * v[i] + (1 - options.beta2) * g * g;
    const double left = std::pow(options.beta2, step), longest = 2 / (1 - options.beta2) - 1;
    const double length = longest - 2 * step * left / (1 - left);
    double factor = 1;
    if (length > 5)
      factor = std::sqrt((length - 4) * (length - 2) * longest / ((longest - 4) * (longest - 2) * length)) *
               std::sqrt(1 - left) / (std::sqrt(v[i]) + options.eps);
    p -= options.lr * m[i] / (1 - std::pow(options.beta1, step)) * factor;
  }
};

// The third never has enough history to rectify, the others do from the sixth step on.
const std::vector<RAdamOptions> variants{
    {},
    {.lr = 0.1, .beta1 = 0.8, .beta2 = 0.99, .eps = 1e-3, .weight_decay = 0.3},
    {.lr = 0.1, .beta2 = 0.6},
    {.lr = 0.1, .maximize = true},
};

}  // namespace

TEST_CASE("RAdam follows its formula before and after it has history enough to rectify") {
  for (const RAdamOptions& options : variants) {
    INFO("betas ", options.beta1, ", ", options.beta2, ", weight decay ", options.weight_decay);
    check_against<RAdam>(options, PlainRAdam{options});
    check_resume<RAdam>(options);
    check_structure<RAdam>(options);
  }
}

}  // namespace xgrad::optim
