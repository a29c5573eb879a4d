#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include <nn/nn.hpp>

#include "../../autograd/expect.hpp"

// The formulas are checked against the reference's rates; here what a schedule does at its ends, and what it refuses.
namespace xgrad::optim {

using test::error_of;
using test::lacks;

TEST_CASE("a schedule sets the rate for the step to come") {
  const nn::Parameter p(ones({1}));
  SGD sgd({p}, {.lr = 1});
  const Schedule rate = schedule::multistep(1, {1, 2}, 0.5);
  std::vector<double> rates;
  for (int i = 0; i < 4; ++i) {
    follow(rate, sgd);
    rates.push_back(sgd.lr());
    sgd.step({ones({1})});
  }
  CHECK(rates == std::vector<double>{1, 0.5, 0.25, 0.25});
  CHECK(p.value().item() == doctest::Approx(-1));
}

TEST_CASE("schedules begin and end where they are told to") {
  CHECK(schedule::constant(0.3)(1000) == 0.3);
  CHECK(schedule::linear(1, 4, 0, 1)(0) == 0);
  CHECK(schedule::linear(1, 4, 0, 1)(100) == 1);
  CHECK(schedule::polynomial(1, 4)(100) == 0);
  CHECK(schedule::cosine(1, 10, 0.5)(10) == doctest::Approx(0.5));
  CHECK(schedule::cosine_warm_restarts(1, 3)(3'000'000) == 1);
  const Schedule cyclic = schedule::cyclic(0, 1, 2, 4);
  CHECK(cyclic(0) == 0);
  CHECK(cyclic(2) == 1);
  CHECK(cyclic(4) == 0.5);
  CHECK(cyclic(6) == 0);
  const Schedule cycle = schedule::one_cycle({.lr_max = 1, .steps = 10});
  CHECK(cycle(0) == doctest::Approx(1.0 / 25));
  CHECK(cycle(2) == doctest::Approx(1));
  CHECK(cycle(9) == doctest::Approx(1.0 / 25 / 1e4));
  CHECK(lacks(error_of([&] { cycle(10); }), {"one_cycle", "step 10", "10"}) == "");
  const Schedule both = schedule::sequence({schedule::constant(1), schedule::linear(2, 2, 0, 1)}, {3});
  CHECK(both(2) == 1);
  CHECK(both(3) == 0);
  CHECK(both(5) == 2);
}

TEST_CASE("a plateau lowers the rate, down to its least, and NaN is no improvement") {
  ReduceOnPlateau plateau({.lr = 1, .factor = 0.1, .patience = 0, .lr_min = 0.05});
  CHECK(plateau(3) == 1);
  CHECK(plateau(2) == 1);
  CHECK(plateau(std::numeric_limits<double>::quiet_NaN()) == doctest::Approx(0.1));
  CHECK(plateau(2) == 0.05);
  CHECK(plateau(1) == 0.05);
}

TEST_CASE("schedules refuse rates below 0, periods of no steps and milestones out of order") {
  CHECK(lacks(error_of([] { schedule::cosine(-1, 10); }), {"schedule::cosine", "lr is -1"}) == "");
  CHECK(lacks(error_of([] { schedule::step(1, 0); }), {"schedule::step", "step_size is 0"}) == "");
  CHECK(lacks(error_of([] { schedule::multistep(1, {3, 2}); }), {"multistep", "milestone 1 is 2", "above 3"}) == "");
  CHECK(lacks(error_of([] { schedule::polynomial(1, 3, 0); }), {"polynomial", "power is 0"}) == "");
  CHECK(lacks(error_of([] { schedule::cyclic(1, 0.5, 3); }), {"cyclic", "lr_max is 0.5"}) == "");
  CHECK(lacks(error_of([] { schedule::one_cycle({.lr_max = 1, .steps = 5, .warmup = 1}); }), {"warmup is 1"}) == "");
  CHECK(lacks(error_of([] { schedule::sequence({schedule::constant(1)}, {3}); }), {"1 milestones", "1 schedules"}) ==
        "");
  CHECK(lacks(error_of([] { ReduceOnPlateau({.factor = 1}); }), {"factor is 1"}) == "");
  CHECK(lacks(error_of([] { ReduceOnPlateau({.patience = -1}); }), {"patience is -1"}) == "");
}

}  // namespace xgrad::optim
