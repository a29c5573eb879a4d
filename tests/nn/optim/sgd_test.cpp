#include <nn/optim/sgd.hpp>

#include "trajectory.hpp"

namespace xgrad::optim {

using test::error_of;
using test::lacks;

namespace {

/// PyTorch's rule as a plain loop, for one number.
struct PlainSGD {
  SGDOptions options;
  std::vector<double> buffers = std::vector<double>(start.size());

  void operator()(double& p, double g, int step, std::size_t i) {
    if (options.maximize) g = -g;
    g += options.weight_decay * p;
    if (options.momentum != 0) {
      double& b = buffers[i];
      b = step == 1 ? g : options.momentum * b + (1 - options.dampening) * g;
      g = options.nesterov ? g + options.momentum * b : b;
    }
    p -= options.lr * g;
  }
};

const std::vector<SGDOptions> variants{
    {.lr = 0.1},
    {.lr = 0.1, .weight_decay = 0.3},
    {.lr = 0.1, .momentum = 0.9},
    {.lr = 0.1, .momentum = 0.9, .dampening = 0.4},
    {.lr = 0.1, .momentum = 0.9, .dampening = 0.4, .weight_decay = 0.3},
    {.lr = 0.1, .momentum = 0.9, .nesterov = true},
    {.lr = 0.1, .momentum = 0.9, .weight_decay = 0.3, .nesterov = true},
    {.lr = 0.1, .momentum = 0.9, .weight_decay = 0.3, .maximize = true},
};

}  // namespace

TEST_CASE("SGD follows its formula, with and without momentum, dampening, weight decay, Nesterov and maximize") {
  for (const SGDOptions& options : variants) {
    INFO("momentum ", options.momentum, ", dampening ", options.dampening, ", weight decay ", options.weight_decay,
         ", nesterov ", options.nesterov, ", maximize ", options.maximize);
    check_against<SGD>(options, PlainSGD{options});
  }
}

TEST_CASE("SGD goes on from its state bit by bit") {
  for (const SGDOptions& options : variants) check_resume<SGD>(options);
}

TEST_CASE("SGD records the same program in every step from the second on") {
  for (const SGDOptions& options : variants) check_structure<SGD>(options);
}

TEST_CASE("SGD remembers its momentum by PyTorch's name, and nothing without momentum") {
  const NamedTensors state = SGD(named(start_parameter()), {.momentum = 0.5}).state();
  CHECK(state.size() == 3);
  CHECK(state.back().first == "momentum_buffer.p");
  CHECK(SGD(named(start_parameter())).state().size() == 2);
}

TEST_CASE("SGD refuses hyper-parameters out of range, naming them") {
  const auto make = [](const SGDOptions& options) { return error_of([&] { SGD(named(start_parameter()), options); }); };
  CHECK(lacks(make({.lr = -1}), {"SGD", "lr is -1"}) == "");
  CHECK(lacks(make({.lr = NAN}), {"lr is nan"}) == "");
  CHECK(lacks(make({.momentum = -0.5}), {"momentum is -0.5"}) == "");
  CHECK(lacks(make({.momentum = 0.5, .dampening = -1}), {"dampening is -1"}) == "");
  CHECK(lacks(make({.weight_decay = -1}), {"weight_decay is -1"}) == "");
  CHECK(lacks(make({.nesterov = true}), {"momentum is 0", "nesterov"}) == "");
  CHECK(lacks(make({.momentum = 0.5, .dampening = 0.1, .nesterov = true}), {"dampening is 0.1", "nesterov"}) == "");
}

}  // namespace xgrad::optim
