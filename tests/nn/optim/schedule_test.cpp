#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

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

TEST_CASE("groups keep rates of their own: each its schedule, or its first rate times a factor") {
  const nn::Parameter body(ones({1})), head(ones({1}));
  SGD sgd({{{body}, {.lr = 0.25}}, {{head}, {.lr = 2}}});
  const auto rates = [&] { return std::vector<double>{sgd.lr(0), sgd.lr(1)}; };
  CHECK(lacks(error_of([&] { follow(schedule::constant(1), sgd); }), {"follow", "2 groups", "scale_lr"}) == "");
  CHECK(rates() == std::vector<double>{0.25, 2});
  const Schedule halving = schedule::exponential(1, 0.5);
  for (int step = 0; step < 4; ++step) {
    scale_lr(halving, sgd);
    CHECK(rates() == std::vector<double>{0.25 * std::pow(0.5, step), 2 * std::pow(0.5, step)});
    sgd.step({ones({1}), ones({1})});
  }
  follow({schedule::constant(3), halving}, sgd);
  CHECK(rates() == std::vector<double>{3, std::pow(0.5, 4)});
  scale_lr({schedule::constant(3), halving}, sgd);
  CHECK(rates() == std::vector<double>{0.75, 2 * std::pow(0.5, 4)});
  follow(schedule::constant(7), sgd, 1);
  CHECK(rates() == std::vector<double>{0.75, 7});
  ReduceOnPlateau plateau({.lr = 1, .factor = 0.5, .patience = 0});
  scale_lr(plateau(1), sgd);
  scale_lr(plateau(1), sgd);
  CHECK(rates() == std::vector<double>{0.125, 1});
  CHECK(sgd.base_lr(1) == 2);
  CHECK(lacks(error_of([&] { follow(std::vector<Schedule>{halving}, sgd); }), {"follow", "1 schedules", "2 groups"}) ==
        "");
  CHECK(lacks(error_of([&] { scale_lr({halving, halving, halving}, sgd); }), {"scale_lr", "3 schedules"}) == "");
  CHECK(lacks(error_of([&] { follow({halving, Schedule()}, sgd); }), {"follow", "empty"}) == "");
  CHECK(lacks(error_of([&] { scale_lr(-1, sgd); }), {"scale_lr", "-1"}) == "");
  CHECK(lacks(error_of([&] { scale_lr(Schedule(), sgd); }), {"scale_lr", "empty"}) == "");
  CHECK(rates() == std::vector<double>{0.125, 1});
}

TEST_CASE("every schedule has an answer for every step, and refuses negative ones") {
  constexpr std::int64_t last = std::numeric_limits<std::int64_t>::max();
  struct Named {
    std::string name;
    Schedule schedule;
  };
  const std::vector<Named> schedules{
      {"constant", schedule::constant(1)},
      {"step", schedule::step(1, 1, 0.5)},
      {"multistep", schedule::multistep(1, {1, last}, 0.5)},
      {"exponential", schedule::exponential(1, 0.5)},
      {"cosine", schedule::cosine(1, last)},
      {"cosine", schedule::cosine(1, 1)},
      {"cosine_warm_restarts", schedule::cosine_warm_restarts(1, 1)},
      {"cosine_warm_restarts", schedule::cosine_warm_restarts(1, 1, 2)},
      {"cosine_warm_restarts", schedule::cosine_warm_restarts(1, 3, last)},
      {"cosine_warm_restarts", schedule::cosine_warm_restarts(1, last, last)},
      {"linear", schedule::linear(1, last)},
      {"polynomial", schedule::polynomial(1, last, 2)},
      {"cyclic", schedule::cyclic(0.5, 1, last)},
      {"cyclic", schedule::cyclic(0.5, 1, last, last)},
      {"cyclic", schedule::cyclic(0.5, 1, 1, last)},
      {"cyclic", schedule::cyclic(0.5, 1, 1)},
      {"one_cycle", schedule::one_cycle({.lr_max = 1, .steps = last})},
      {"sequence", schedule::sequence({schedule::constant(1), schedule::constant(0.5)}, {last})},
  };
  for (const Named& named : schedules) {
    const std::string& name = named.name;
    const Schedule& schedule = named.schedule;
    CAPTURE(name);
    CHECK(lacks(error_of([&] { schedule(-1); }), {name, "step -1"}) == "");
    CHECK(lacks(error_of([&] { schedule(std::numeric_limits<std::int64_t>::min()); }), {name}) == "");
    for (const std::int64_t step : {std::int64_t{0}, std::int64_t{1}, last / 2, last - 1, last}) {
      CAPTURE(step);
      if (name == "one_cycle" && step == last) continue;
      const double rate = schedule(step);
      CHECK(rate >= 0);
      CHECK(rate <= 1 + 1e-9);
    }
  }
  CHECK(schedule::cosine_warm_restarts(1, 1, 2)((std::int64_t{1} << 62) - 1) == 1);  // a period begins
  CHECK(schedule::cyclic(0, 1, last, last)(last) == 1);
  CHECK(lacks(error_of([] {
                schedule::sequence({schedule::constant(1), Schedule()}, {1});
              }),
              {"schedule 1", "empty"}) == "");
  CHECK(lacks(error_of([] {
                schedule::sequence({schedule::constant(1), schedule::constant(1)}, {-1});
              }),
              {"milestone 0 is -1"}) == "");
}

TEST_CASE("a plateau finds improvements of any sign, by the same fraction of their magnitude") {
  for (const double sign : {1.0, -1.0}) {
    for (const PlateauMode mode : {PlateauMode::min, PlateauMode::max}) {
      CAPTURE(sign);
      const double better = mode == PlateauMode::min ? -1 : 1;
      ReduceOnPlateau plateau({.lr = 1, .mode = mode, .factor = 0.5, .patience = 0, .threshold = 0.1});
      CHECK(plateau(sign * 100) == 1);
      CHECK(plateau(sign * 100 + better * 9) == 0.5);    // less than a tenth better
      CHECK(plateau(sign * 100 + better * 11) == 0.5);   // more
      CHECK(plateau(sign * 100 + better * 10) == 0.25);  // worse again
      CHECK(plateau(sign * 100 + better * 10) == 0.125);
    }
  }
  ReduceOnPlateau falling({.lr = 1, .factor = 0.5, .patience = 0});
  CHECK(falling(0) == 1);
  CHECK(falling(-1e-9) == 1);
  CHECK(falling(-1e-9) == 0.5);
}

TEST_CASE("a plateau lowers the rate, down to its least, and NaN is no improvement") {
  ReduceOnPlateau plateau({.lr = 1, .factor = 0.1, .patience = 0, .lr_min = 0.05});
  CHECK(plateau(3) == 1);
  CHECK(plateau(2) == 1);
  CHECK(plateau(std::numeric_limits<double>::quiet_NaN()) == doctest::Approx(0.1));
  CHECK(plateau(2) == 0.05);
  CHECK(plateau(1) == 0.05);
}

TEST_CASE("a plateau of what should rise is where it has stopped to rise") {
  ReduceOnPlateau plateau({.lr = 1, .mode = PlateauMode::max, .factor = 0.5, .patience = 0, .threshold = 0.1});
  CHECK(plateau(-2) == 1);
  CHECK(plateau(0.5) == 1);
  CHECK(plateau(0.54) == 0.5);  // less than a tenth better
  CHECK(plateau(0.56) == 0.5);
  CHECK(plateau(0.4) == 0.25);
}

TEST_CASE("a plateau never raises the rate, be its least rate above it") {
  ReduceOnPlateau plateau({.lr = 0.01, .patience = 0, .lr_min = 0.1});
  CHECK(plateau(1) == 0.01);
  CHECK(plateau(1) == 0.01);
}

TEST_CASE("a plateau goes on from its state as if it had not stopped") {
  const PlateauOptions options{.lr = 1, .factor = 0.5, .patience = 1, .cooldown = 2};
  const std::vector<double> values{3, 3, 3, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1};
  for (std::size_t stop = 0; stop < values.size(); ++stop) {
    ReduceOnPlateau uninterrupted(options), before(options), after(options);
    for (std::size_t i = 0; i < stop; ++i) {
      uninterrupted(values[i]);
      before(values[i]);
    }
    after.load_state(before.state());
    for (std::size_t i = stop; i < values.size(); ++i) CHECK(after(values[i]) == uninterrupted(values[i]));
  }
}

TEST_CASE("a plateau refuses a state that is none, and changes nothing") {
  ReduceOnPlateau plateau({.lr = 1});
  NamedTensors state = plateau.state();
  state[2].second = tensor(-1, int64);
  CHECK(lacks(error_of([&] { plateau.load_state(state); }), {"ReduceOnPlateau", "num_bad_epochs is -1"}) == "");
  state[0].second = tensor(-1.0, float64);
  CHECK(lacks(error_of([&] { plateau.load_state(state); }), {"ReduceOnPlateau", "lr is -1"}) == "");
  state.pop_back();
  CHECK(lacks(error_of([&] { plateau.load_state(state); }), {"'cooldown_counter' is missing"}) == "");
  CHECK(plateau.lr() == 1);
}

TEST_CASE("a cycle of three phases has room for as long a fall as its rise") {
  const auto make = [](double warmup) {
    return schedule::one_cycle({.lr_max = 1, .steps = 20, .warmup = warmup, .three_phases = true});
  };
  CHECK(make(0.5)(19) == doctest::Approx(1.0 / 25 / 1e4));
  CHECK(lacks(error_of([&] { make(0.6); }), {"one_cycle", "warmup is 0.6", "at most 0.5"}) == "");
}

TEST_CASE("a momentum can follow a schedule, where there was momentum from the start") {
  const nn::Parameter p(zeros({1}, float64)), q(zeros({1}, float64));
  SGD sgd({p}, {.lr = 1, .momentum = 0.5});
  sgd.step({ones({1}, float64)});
  sgd.set_momentum(0.25);
  sgd.step({ones({1}, float64)});
  CHECK(p.value().item() == -2.25);
  CHECK(lacks(error_of([&] { sgd.set_momentum(0); }), {"SGD", "momentum is 0"}) == "");
  SGD plain({q}, {.lr = 1});
  CHECK(lacks(error_of([&] { plain.set_momentum(0.9); }), {"SGD", "momentum is 0", "from the start"}) == "");
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
  CHECK(lacks(error_of([] { ReduceOnPlateau({.threshold = 1}); }), {"threshold is 1"}) == "");
  CHECK(lacks(error_of([] { ReduceOnPlateau({.patience = -1}); }), {"patience is -1"}) == "");
}

}  // namespace xgrad::optim
