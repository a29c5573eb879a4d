#include <nn/optim/rprop.hpp>

#include "trajectory.hpp"

namespace xgrad::optim {
namespace {

/// PyTorch's rule as a plain loop, for one number.
struct PlainRprop {
  RpropOptions options;
  std::vector<double> previous = std::vector<double>(start.size());
  std::vector<double> size = std::vector<double>(start.size(), options.lr);

  void operator()(double& p, double g, int, std::size_t i) {
    if (options.maximize) g = -g;
    const double agreement = g * previous[i];
    if (agreement > 0) size[i] *= options.eta_plus;
    if (agreement < 0) size[i] *= options.eta_minus;
    size[i] = std::min(std::max(size[i], options.step_size_min), options.step_size_max);
    if (agreement < 0) g = 0;
    p -= g > 0 ? size[i] : g < 0 ? -size[i] : 0;
    previous[i] = g;
  }
};

const std::vector<RpropOptions> variants{
    {},
    {.lr = 0.1, .eta_minus = 0.3, .eta_plus = 1.7},
    {.lr = 0.1, .eta_minus = 0.3, .eta_plus = 1.7, .step_size_min = 0.09, .step_size_max = 0.15, .maximize = true},
};

}  // namespace

TEST_CASE("Rprop follows its formula within its bounds") {
  for (const RpropOptions& options : variants) {
    INFO("eta ", options.eta_minus, ", ", options.eta_plus, ", maximize ", options.maximize);
    check_against<Rprop>(options, PlainRprop{options});
    check_resume<Rprop>(options);
    check_structure<Rprop>(options);
  }
}

TEST_CASE("Rprop takes a gradient's sign, whatever its size, and forgets it after a change") {
  const nn::Parameter p(tensor({0, 0}, float64));
  Rprop rprop(named(p), {.lr = 0.5, .eta_minus = 0.5, .eta_plus = 2});
  rprop.step({tensor({1e-9, -1e9}, float64)});
  CHECK(test::difference(p, tensor({-0.5, 0.5}, float64)) == "");
  rprop.step({tensor({-1, -1}, float64)});  // the first turns: it waits, its step halves
  CHECK(test::difference(p, tensor({-0.5, 1.5}, float64)) == "");
  rprop.step({tensor({-1, 1}, float64)});  // and goes on without regard to the turn; now the second waits
  CHECK(test::difference(p, tensor({-0.25, 1.5}, float64)) == "");
}

TEST_CASE("Rprop refuses bounds that hold nothing") {
  const auto make = [](const RpropOptions& options) {
    return test::error_of([&] { Rprop(named(start_parameter()), options); });
  };
  CHECK(test::lacks(make({.eta_minus = 1}), {"eta_minus is 1", "in (0, 1)"}) == "");
  CHECK(test::lacks(make({.step_size_min = -1}), {"step_size_min is -1"}) == "");
  CHECK(test::lacks(make({.step_size_min = 2, .step_size_max = 1}), {"step_size_max is 1", "step_size_min"}) == "");
}

}  // namespace xgrad::optim
