#include <memory>

#include <nn/nn.hpp>

#include "trajectory.hpp"

// Parameters that a loss never saw: no gradient, no step.
namespace xgrad::optim {

using test::difference;
using test::error_of;
using test::lacks;

namespace {

using Make = std::function<std::unique_ptr<Optimizer>(const nn::ParameterList&)>;

template <class O, class Options>
Make made(const Options& options) {
  return [=](const nn::ParameterList& parameters) { return std::make_unique<O>(parameters, options); };
}

/// Every optimizer, with all that it can remember and with decay.
std::vector<Make> optimizers() {
  return {made<SGD, SGDOptions>({.lr = 0.1, .momentum = 0.9, .dampening = 0.1, .weight_decay = 0.1}),
          made<Adam, AdamOptions>({.lr = 0.1, .weight_decay = 0.1, .amsgrad = true}),
          made<AdamW, AdamWOptions>({.lr = 0.1, .weight_decay = 0.1}),
          made<Adamax, AdamaxOptions>({.lr = 0.1, .weight_decay = 0.1}),
          made<NAdam, NAdamOptions>({.lr = 0.1, .weight_decay = 0.1}),
          made<RAdam, RAdamOptions>({.lr = 0.1, .weight_decay = 0.1}),
          made<Adagrad, AdagradOptions>({.lr = 0.1, .lr_decay = 0.5, .weight_decay = 0.1}),
          made<Adadelta, AdadeltaOptions>({.weight_decay = 0.1}),
          made<RMSprop, RMSpropOptions>({.lr = 0.1, .weight_decay = 0.1, .momentum = 0.9, .centered = true}),
          made<Rprop, RpropOptions>({})};
}

nn::ParameterList both(const nn::Parameter& p, const nn::Parameter& q) {
  return nn::NamedParameters{{"p", p}, {"q", q}};
}

}  // namespace

TEST_CASE("a parameter without a gradient is left as it is, and goes on as if the steps had not been") {
  for (const Make& make : optimizers()) {
    const nn::Parameter p = start_parameter(), q = start_parameter(), alone_p = start_parameter(),
                        alone_q = start_parameter();
    const auto together = make(both(p, q)), only_p = make(named(alone_p)), only_q = make(named(alone_q));
    for (int step = 1; step <= 8; ++step) {
      const bool skipped = step <= 2 || step == 5;
      const Tensor before = q.value();
      const std::size_t parts = together->state().size();
      together->step({gradient_tensor(step), skipped ? Tensor() : gradient_tensor(step + 1)});
      only_p->step({gradient_tensor(step)});
      if (!skipped) only_q->step({gradient_tensor(step + 1)});
      if (skipped) CHECK(q.value().same_as(before));
      if (step == 1) CHECK(together->state().size() == parts + 1);
      CHECK(difference(p, alone_p) == "");
      CHECK(difference(q, alone_q) == "");
    }
    CHECK(together->steps() == 8);
    together->step({Tensor(), Tensor()});
    CHECK(difference(p, alone_p) == "");
  }
}

TEST_CASE("an optimizer that left parameters out goes on from its state bit by bit") {
  for (const Make& make : optimizers()) {
    const nn::Parameter p = start_parameter(), q = start_parameter(), p2 = start_parameter(), q2 = start_parameter();
    const auto uninterrupted = make(both(p, q)), resumed = make(both(p2, q2));
    for (int step = 1; step <= 4; ++step)
      uninterrupted->step({gradient_tensor(step), step == 2 ? Tensor() : gradient_tensor(step)});
    const NamedTensors saved = uninterrupted->state();
    CHECK(saved.back().first == "updates");
    CHECK(saved.back().second.to_vector<std::int64_t>() == std::vector<std::int64_t>{4, 3});
    p2.set(p);
    q2.set(q);
    resumed->load_state(saved);
    for (int step = 5; step <= 7; ++step) {
      uninterrupted->step({gradient_tensor(step), gradient_tensor(step)});
      resumed->step({gradient_tensor(step), gradient_tensor(step)});
    }
    CHECK(difference(p, p2) == "");
    CHECK(difference(q, q2) == "");
    NamedTensors wrong = saved;
    wrong.back().second = tensor({4, 5}, int64);
    CHECK(lacks(error_of([&] { resumed->load_state(wrong); }), {"load_state", "updates holds 5", "[0, 4]"}) == "");
  }
}

TEST_CASE("a loss that does not see a parameter is an Error, or leaves it alone where that is allowed") {
  const nn::Linear seen(2, 2), unseen(2, 2);
  const nn::Sequential all{seen, unseen};
  AdamW adam(all.parameters(), {.lr = 0.1, .weight_decay = 0.5});
  const Tensor before = unseen.weight, x = ones({1, 2});
  const Tape tape;
  const Tensor loss = sum(square(seen(x)));
  CHECK(lacks(error_of([&] { adam.step(tape.gradient(loss, all.parameters())); }),
              {"gradient", "does not depend on x number 2", "allow_unused", "materialize_grads"}) == "");
  adam.step(tape.gradient(loss, all.parameters(), {.allow_unused = true}));
  CHECK(unseen.weight.value().same_as(before));
  const std::vector<Tensor> zero = tape.gradient(loss, unseen.parameters(), {.materialize_grads = true});
  CHECK(difference(zero[0], zeros({2, 2})) == "");
}

TEST_CASE("clipping and accumulation pass over gradients that are not there") {
  const Tensor g = tensor({3, 4}), none;
  const ClippedGradients clipped = clip_grad_norm({none, g, none}, 1);
  CHECK(clipped.norm.item() == 5);
  CHECK(!clipped.gradients[0].defined());
  CHECK(difference(clipped.gradients[1], g / 5, {.rtol = 1e-6}) == "");
  CHECK(clip_grad_norm({none}, 1).norm.item() == 0);
  CHECK(!clip_grad_value({none, g}, 1)[0].defined());
  CHECK(difference(clip_grad_value({none, g}, 1)[1], {1, 1}) == "");
  GradientAccumulator accumulator;
  accumulator.add({none, g, none});
  accumulator.add({none, none, g});
  accumulator.add({none, g, g}, 2);
  const std::vector<Tensor> mean = accumulator.mean();
  CHECK(!mean[0].defined());
  CHECK(difference(mean[1], g * 0.75) == "");
  CHECK(difference(mean[2], g * 0.75) == "");
}

TEST_CASE("optimizers and accumulators that were moved from are refused, and loaded counts have an end") {
  for (const Make& make : optimizers()) {
    const nn::Parameter p = start_parameter();
    const auto optimizer = make(named(p));
    NamedTensors late = optimizer->state();
    late[0].second = tensor(std::span<const std::int64_t>({std::numeric_limits<std::int64_t>::max()}), {});
    optimizer->load_state(late);
    CHECK(lacks(error_of([&] { optimizer->step({gradient_tensor(1)}); }), {"step", "largest"}) == "");
    late[0].second = tensor(std::span<const std::int64_t>({std::numeric_limits<std::int64_t>::max() - 1}), {});
    optimizer->load_state(late);
    optimizer->step({gradient_tensor(1)});
    CHECK(max(abs(p.value())).item() < 1e3);
  }
  const nn::Parameter p = start_parameter();
  SGD sgd(named(p), {.momentum = 0.5});
  SGD taken = std::move(sgd);
  taken.step({gradient_tensor(1)});
  const std::vector<std::function<void()>> uses{
      [&] { sgd.step({}); },          [&] { sgd.lr(); },
      [&] { sgd.set_lr(1); },         [&] { sgd.set_lr(1, 0); },
      [&] { sgd.state(); },           [&] { sgd.base_lr(); },
      [&] { sgd.set_momentum(0.5); }, [&] { sgd.load_state({}); },
      [&] { scale_lr(1, sgd); },      [&] { follow(schedule::constant(1), sgd); }};
  for (std::size_t i = 0; i < uses.size(); ++i) {
    CAPTURE(i);
    CHECK(lacks(error_of(uses[i]), {"moved from"}) == "");
  }
  GradientAccumulator first;
  first.add({ones({1})});
  GradientAccumulator second = std::move(first);
  CHECK(lacks(error_of([&] { first.sum(); }), {"no gradients"}) == "");
  CHECK(second.weight() == 1);
}

}  // namespace xgrad::optim
