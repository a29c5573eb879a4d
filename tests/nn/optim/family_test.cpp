#include <memory>

#include <autograd/run/run.hpp>
#include <nn/nn.hpp>

#include "trajectory.hpp"

// What holds for every optimizer of the family; their formulas are checked against the reference's trajectories.
namespace xgrad::optim {

using test::difference;
using test::error_of;
using test::lacks;

TEST_CASE("every optimizer goes on from its state bit by bit") {
  check_resume<AdamW, AdamWOptions>({.lr = 0.1, .amsgrad = true});
  check_resume<RMSprop, RMSpropOptions>({.lr = 0.1, .momentum = 0.5, .centered = true});
  check_resume<Adagrad, AdagradOptions>({.lr = 0.1, .initial_accumulator_value = 0.3});
  check_resume<Adadelta, AdadeltaOptions>({});
  check_resume<Adamax, AdamaxOptions>({.lr = 0.1});
  check_resume<NAdam, NAdamOptions>({.lr = 0.1});
  check_resume<RAdam, RAdamOptions>({.lr = 0.1});
  check_resume<Rprop, RpropOptions>({.lr = 0.1});
}

TEST_CASE("every optimizer records the same program in every step, so that plans repeat") {
  check_structure<AdamW, AdamWOptions>({});
  check_structure<RMSprop, RMSpropOptions>({.momentum = 0.9, .centered = true});
  check_structure<Adagrad, AdagradOptions>({});
  check_structure<Adadelta, AdadeltaOptions>({});
  check_structure<Adamax, AdamaxOptions>({});
  check_structure<NAdam, NAdamOptions>({});
  check_structure<Rprop, RpropOptions>({});
}

TEST_CASE("every optimizer finds the minimum of a parabola") {
  const auto distance = [](auto make) {
    const nn::Parameter p(tensor({3, -2}, float64));
    const auto optimizer = make(nn::ParameterList(nn::NamedParameters{{"p", p}}));
    for (int step = 0; step < 2000; ++step) {
      const Tape tape;
      const Tensor at = p;
      optimizer->step(tape.gradient(sum(square(at - tensor({1, 1}, float64))), std::vector<Tensor>{at}));
    }
    return max(abs(p.value() - 1)).item();
  };
  CHECK(distance([](auto list) { return std::make_unique<AdamW>(list, AdamWOptions{.lr = 0.01, .weight_decay = 0}); }) <
        1e-3);
  CHECK(distance([](auto list) { return std::make_unique<RMSprop>(list, RMSpropOptions{.lr = 0.005}); }) < 0.02);
  CHECK(distance([](auto list) { return std::make_unique<Adagrad>(list, AdagradOptions{.lr = 0.5}); }) < 1e-3);
  CHECK(distance([](auto list) { return std::make_unique<Adadelta>(list, AdadeltaOptions{.lr = 5}); }) < 0.05);
  CHECK(distance([](auto list) { return std::make_unique<Adamax>(list, AdamaxOptions{.lr = 0.01}); }) < 1e-3);
  CHECK(distance([](auto list) { return std::make_unique<NAdam>(list, NAdamOptions{.lr = 0.01}); }) < 1e-3);
  CHECK(distance([](auto list) { return std::make_unique<RAdam>(list, RAdamOptions{.lr = 0.01}); }) < 1e-3);
  CHECK(distance([](auto list) { return std::make_unique<Rprop>(list, RpropOptions{}); }) < 1e-3);
}

TEST_CASE("maximize climbs where the gradient's negative descends") {
  const nn::Parameter up = start_parameter(), down = start_parameter();
  Adam climbing(named(up), {.lr = 0.1, .maximize = true}), descending(named(down), {.lr = 0.1});
  for (int step = 1; step <= 3; ++step) {
    climbing.step({gradient_tensor(step)});
    descending.step({-gradient_tensor(step)});
    CHECK(difference(up, down) == "");
  }
}

TEST_CASE("groups have options and learning rates of their own, and one state") {
  const nn::Parameter body = start_parameter(), head = start_parameter(), alone = start_parameter();
  SGD sgd({{named(body), {.lr = 0.1}}, {named(head), {.lr = 0.5, .weight_decay = 0.1}}});
  SGD same(named(alone), {.lr = 0.5, .weight_decay = 0.1});
  CHECK(sgd.groups() == 2);
  CHECK(sgd.parameters().name(0) == "0.p");
  CHECK(sgd.lr(1) == 0.5);
  sgd.set_lr(0.25, 0);
  CHECK(sgd.lr(0) == 0.25);
  sgd.step({gradient_tensor(1), gradient_tensor(1)});
  same.step({gradient_tensor(1)});
  CHECK(difference(head, alone) == "");
  CHECK(difference(body, tensor(std::span<const double>(start), {3}) - 0.25 * gradient_tensor(1), {.rtol = 1e-15}) ==
        "");
  CHECK(lacks(error_of([&] { sgd.set_lr(0.1, 2); }), {"SGD", "no group 2", "2 groups"}) == "");
  CHECK(lacks(error_of([&] { SGD({{named(body), {}}, {named(body), {}}}); }), {"SGD"}) == "");
}

TEST_CASE("what only one group remembers costs the other nothing, and stays 0 there") {
  const nn::Parameter body(ones({100, 100})), head(ones({100, 100}));
  SGD sgd({{.parameters = {body}, .options = {.lr = 0.5}},
           {.parameters = {head}, .options = {.lr = 0.5, .momentum = 0.5}}});
  const std::vector<Tensor> gradients{ones({100, 100}), ones({100, 100})};
  eval(gradients);
  std::size_t live = 0;
  for (int step = 0; step < 20; ++step) {
    sgd.step(gradients);
    if (step == 1) live = memory_stats().live;
    if (step > 1) CHECK(memory_stats().live == live);
  }
  CHECK(difference(body, full({100, 100}, 1 - 20 * 0.5)) == "");
  // Each step goes 1 - 0.5^t, so all of them 20 - (1 - 0.5^20).
  CHECK(difference(head, full({100, 100}, 1 - (19 + std::pow(0.5, 20))), {.rtol = 1e-6}) == "");
  const NamedTensors state = sgd.state();
  CHECK(difference(state[2].second, zeros({100, 100})) == "");
  CHECK(difference(state[3].second, full({100, 100}, 2 - std::pow(0.5, 19)), {.rtol = 1e-6}) == "");
}

TEST_CASE("groups go on from their state, learning rates included") {
  const auto groups = [](const nn::Parameter& p, const nn::Parameter& q) {
    return std::vector<ParameterGroup<AdamOptions>>{{named(p), {.lr = 0.1}},
                                                    {nn::NamedParameters{{"q", q}}, {.lr = 0.2, .amsgrad = true}}};
  };
  const nn::Parameter p = start_parameter(), q = start_parameter(), p2 = start_parameter(), q2 = start_parameter();
  Adam uninterrupted(groups(p, q)), resumed(groups(p2, q2));
  uninterrupted.step({gradient_tensor(1), gradient_tensor(2)});
  uninterrupted.set_lr(0.05, 1);
  const NamedTensors saved = uninterrupted.state();
  CHECK(saved[1].second.shape() == Shape{2});
  CHECK(saved[2].first == "exp_avg.p");
  CHECK(saved[3].first == "exp_avg.q");
  p2.set(p);
  q2.set(q);
  resumed.load_state(saved);
  CHECK(resumed.lr(0) == 0.1);
  CHECK(resumed.lr(1) == 0.05);
  uninterrupted.step({gradient_tensor(3), gradient_tensor(4)});
  resumed.step({gradient_tensor(3), gradient_tensor(4)});
  CHECK(difference(p, p2) == "");
  CHECK(difference(q, q2) == "");
  CHECK(lacks(error_of([&] { Adam(named(p)).load_state(saved); }), {"Adam::load_state", "'lr' has shape (2,)"}) == "");
}

TEST_CASE("options out of their range are refused, with their name and value") {
  const nn::ParameterList p = named(start_parameter());
  const auto refuses = [](auto&& make, const std::vector<std::string>& parts) {
    CHECK(lacks(error_of(make), parts) == "");
  };
  refuses([&] { AdamW(p, {.weight_decay = -1}); }, {"AdamW", "weight_decay", "-1"});
  refuses([&] { RMSprop(p, {.alpha = 2}); }, {"RMSprop", "alpha", "2"});
  refuses([&] { Adagrad(p, {.lr_decay = -1}); }, {"Adagrad", "lr_decay", "-1"});
  refuses([&] { Adadelta(p, {.rho = 1.5}); }, {"Adadelta", "rho", "1.5"});
  refuses([&] { Adamax(p, {.beta1 = 1}); }, {"Adamax", "beta1", "1"});
  refuses([&] { NAdam(p, {.momentum_decay = -1}); }, {"NAdam", "momentum_decay"});
  refuses([&] { RAdam(p, {.eps = -1}); }, {"RAdam", "eps"});
  refuses([&] { Rprop(p, {.eta_plus = 0.5}); }, {"Rprop", "eta_plus", "0.5"});
  refuses([&] { RMSprop(p, {.lr = -1}); }, {"RMSprop", "lr", "-1"});
}

}  // namespace xgrad::optim
