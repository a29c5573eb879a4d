#include <nn/optim/adagrad.hpp>

#include "trajectory.hpp"

namespace xgrad::optim {
namespace {

/// PyTorch's rule as a plain loop, for one number.
struct PlainAdagrad {
  AdagradOptions options;
  std::vector<double> s = std::vector<double>(start.size(), options.initial_accumulator_value);

  void operator()(double& p, double g, int step, std::size_t i) {
    g = (options.maximize ? -g : g) + options.weight_decay * p;
    s[i] += g * g;
    p -= options.lr / (1 + (step - 1) * options.lr_decay) * g / (std::sqrt(s[i]) + options.eps);
  }
};

const std::vector<AdagradOptions> variants{
    {},
    {.lr = 0.5, .lr_decay = 0.2, .weight_decay = 0.3},
    {.lr = 0.5, .initial_accumulator_value = 0.7, .eps = 1e-3, .maximize = true},
};

}  // namespace

TEST_CASE("Adagrad follows its formula, with a decaying rate, weight decay and an initial sum") {
  for (const AdagradOptions& options : variants) {
    INFO("rate decay ", options.lr_decay, ", initial sum ", options.initial_accumulator_value);
    check_against<Adagrad>(options, PlainAdagrad{options});
    check_resume<Adagrad>(options);
    check_structure<Adagrad>(options);
  }
}

}  // namespace xgrad::optim
