#include <nn/optim/adam.hpp>

#include "trajectory.hpp"

namespace xgrad::optim {

using test::error_of;
using test::lacks;

namespace {

/// PyTorch's rule as a plain loop, for one number.
struct PlainAdam {
  AdamOptions options;
  std::vector<double> m = std::vector<double>(start.size());
  std::vector<double> v = std::vector<double>(start.size());
  std::vector<double> largest = std::vector<double>(start.size());

  void operator()(double& p, double g, int step, std::size_t i) {
    if (options.maximize) g = -g;
    g += options.weight_decay * p;
    m[i] = options.beta1 * m[i] + (1 - options.beta1) * g;
    v[i] = options.beta2 * v[i] + (1 - options.beta2) * g * g;
    const double corrected_m = m[i] / (1 - std::pow(options.beta1, step));
    largest[i] = std::max(largest[i], v[i]);
    const double corrected_v = (options.amsgrad ? largest[i] : v[i]) / (1 - std::pow(options.beta2, step));
    p -= options.lr * corrected_m / (std::sqrt(corrected_v) + options.eps);
  }
};

const std::vector<AdamOptions> variants{
    {},
    {.lr = 0.1, .beta1 = 0.8, .beta2 = 0.95, .eps = 1e-3},
    {.lr = 0.1, .weight_decay = 0.3},
    {.lr = 0.1, .beta1 = 0, .beta2 = 0},
    // The average of squares falls where gradients are 0, so that amsgrad differs.
    {.lr = 0.1, .beta2 = 0.5, .weight_decay = 0.3, .amsgrad = true},
    {.lr = 0.1, .weight_decay = 0.3, .maximize = true},
};

}  // namespace

TEST_CASE("Adam follows its formula, with any betas, eps, weight decay, amsgrad and maximize") {
  for (const AdamOptions& options : variants) {
    INFO("betas ", options.beta1, ", ", options.beta2, ", weight decay ", options.weight_decay, ", amsgrad ",
         options.amsgrad, ", maximize ", options.maximize);
    check_against<Adam>(options, PlainAdam{options});
  }
}

TEST_CASE("Adam's first step has the size of the learning rate, whatever the gradient's") {
  for (const double scale : {1e-3, 1.0, 1e6}) {
    const nn::Parameter p(tensor({0, 0}, float64));
    Adam adam(named(p), {.lr = 0.1});
    adam.step({tensor({scale, -scale}, float64)});
    CHECK(test::difference(p, {-0.1, 0.1}, {.rtol = 1e-4}) == "");
  }
}

TEST_CASE("a gradient that was always zero leaves the parameter") {
  const nn::Parameter p(tensor({3}));
  Adam adam(named(p));
  for (int step = 0; step < 3; ++step) adam.step({tensor({0})});
  CHECK(test::difference(p, tensor({3})) == "");
}

TEST_CASE("Adam goes on from its state bit by bit") {
  for (const AdamOptions& options : variants) check_resume<Adam>(options);
}

TEST_CASE("Adam records the same program in every step") {
  for (const AdamOptions& options : variants) check_structure<Adam>(options);
}

TEST_CASE("Adam remembers its averages by PyTorch's names") {
  const NamedTensors state = Adam(named(start_parameter())).state();
  CHECK(state.size() == 4);
  CHECK(state[2].first == "exp_avg.p");
  CHECK(state[3].first == "exp_avg_sq.p");
  CHECK(Adam(named(start_parameter()), {.amsgrad = true}).state().back().first == "max_exp_avg_sq.p");
}

TEST_CASE("Adam refuses hyper-parameters out of range, naming them") {
  const auto make = [](const AdamOptions& options) {
    return error_of([&] { Adam(named(start_parameter()), options); });
  };
  CHECK(lacks(make({.lr = -1}), {"Adam", "lr is -1"}) == "");
  CHECK(lacks(make({.beta1 = 1}), {"beta1 is 1", "[0, 1)"}) == "");
  CHECK(lacks(make({.beta2 = -0.1}), {"beta2 is -0.1"}) == "");
  CHECK(lacks(make({.eps = -1}), {"eps is -1"}) == "");
  CHECK(lacks(make({.weight_decay = -1}), {"weight_decay is -1"}) == "");
}

}  // namespace xgrad::optim
