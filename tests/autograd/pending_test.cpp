#include <doctest/doctest.h>

#include <functional>

#include <autograd/autograd.hpp>
#include <autograd/primitive.hpp>
#include <autograd/recorder.hpp>

#include "expect.hpp"

// What handles wait for runs by itself before it keeps too much, and nobody can tell but by memory.
namespace xgrad {
namespace {

using test::difference;
using test::error_of;
using test::f64;
using test::lacks;

constexpr std::size_t bound = Recorder::most_waiting_bytes;

/// The most that tensors hold while a loop goes on, beyond what they hold before it.
std::size_t growth(int count, const std::function<void(int)>& body) {
  const std::size_t before = memory_stats().live;
  reset_peak_memory();
  for (int i = 0; i < count; ++i) body(i);
  return memory_stats().peak - before;
}

/// 400 KB of numbers that are there.
Tensor batch(int number) {
  return make_tensor<float>({100, 1000}, [&](std::span<float> out) {
    for (std::size_t i = 0; i < out.size(); ++i)
      out[i] = static_cast<float>((i + static_cast<std::size_t>(number)) % 7);
  });
}

/// A loop that updates a value from a batch, and asks for it at its end only or in every step.
struct Loop {
  const char* name;
  Tensor start;
  std::function<Tensor(const Tensor& value, const Tensor& x)> update;
};

std::vector<Loop> loops() {
  return {{"an exponential moving average", zeros({1000}),
           [](const Tensor& value, const Tensor& x) { return 0.9 * value + 0.1 * mean(x, 0); }},
          {"a metric that is summed up", zeros({}),
           [](const Tensor& total, const Tensor& x) { return total + mean(greater(x, 3).to(float32)); }},
          {"statistics through an elementwise chain", zeros({1000}),
           [](const Tensor& value, const Tensor& x) {
             const Tensor mu = mean(x, 0);
             return value + mean(square(x - mu), 0);
           }},
          {"a sum whose batch is read by a view only", zeros({100}),
           [](const Tensor& value, const Tensor& x) { return value + slice(transpose(x), 0, 3, 4).reshape({100}); }}};
}

Tensor asked_in_every_step(const Loop& loop, int steps) {
  Tensor value = loop.start;
  for (int i = 0; i < steps; ++i) {
    value = loop.update(value, batch(i));
    eval(value);
  }
  return value;
}

}  // namespace

TEST_CASE("loops that only update a value keep a bounded number of their batches, to the same bits") {
  constexpr int steps = 600;  // 240 MB of batches
  for (const Loop& loop : loops()) {
    const Tensor expected = asked_in_every_step(loop, steps);
    for (const bool taped : {false, true}) {
      INFO(std::string(loop.name), ", a tape for each step: ", taped);
      Tensor value = loop.start;
      const std::size_t kept = growth(steps, [&](int i) {
        if (taped) {
          const Tape tape;
          value = loop.update(value, batch(i));
        } else {
          value = loop.update(value, batch(i));
        }
      });
      CHECK(kept < 3 * bound);
      CHECK(recorded_primitives().size() <= 2 * Recorder::most_waiting_nodes);
      CHECK(difference(value, expected) == "");
    }
  }
}

TEST_CASE("a batch of half the bound is not kept for many steps") {
  // 16 MB each: what was recorded is looked at by bytes, long before it is many operations.
  Tensor value = zeros({});
  const std::size_t kept = growth(40, [&](int i) {
    value = value + mean(make_tensor<float>({4 << 20}, [&](std::span<float> out) {
              std::fill(out.begin(), out.end(), static_cast<float>(i));
            }));
  });
  CHECK(kept < 5 * bound);
  CHECK(value.item() == 780);
}

TEST_CASE("loops of tiny operations keep a bounded number of them") {
  Tensor total = f64(0);
  std::size_t most = 0;
  for (int i = 0; i < 100'000; ++i) {
    total = total + 1.0;
    if (i % 1000 == 0) most = std::max(most, recorded_primitives().size());
  }
  CHECK(most <= 2 * Recorder::most_waiting_nodes);
  CHECK(total.item() == 100'000);
}

TEST_CASE(
    "what waits runs in the middle of a composition, a checkpoint and a function of the user's, to the same bits") {
  const auto double_kernel = [](const CustomCall& call) {
    const std::span<const double> x = call.input<double>(0);
    const std::span<double> y = call.output<double>();
    for (std::size_t i = 0; i < x.size(); ++i) y[i] = 2 * x[i];
  };
  const Custom twice = custom(CustomFunction{.name = "twice", .kernel = double_kernel});
  const auto body = [&](const Tensor& value) {
    const Tensor scaled = checkpoint(
        [](const Tensor& t) {
          return softmax(t * 0.5) + logsumexp(t, 1).reshape({2, 1});
        },
        value.reshape({2, 3}));
    const TensorFunction sine = vmap(TensorFunction([](const Tensor& row) { return sin(row) + std(row); }));
    return (twice(std::vector<Tensor>{scaled}) * 0.25 + sine(scaled)).reshape({6}) + rand({6}, float64) * 1e-3;
  };
  const auto run = [&](bool asks) {
    manual_seed(3);
    Tensor value = f64({1, 2, 3, 4, 5, 6});
    for (int i = 0; i < 1200; ++i) {
      value = body(value);
      if (asks) eval(value);
    }
    return value;
  };
  const Tensor expected = run(true);
  CHECK(difference(run(false), expected) == "");
}

TEST_CASE("an operation that is refused when what waits runs is refused where it is asked for, and nowhere else") {
  const Tensor refused = take(f64({1, 2, 3}), test::i64({5}));
  Tensor poisoned = f64({0});
  Tensor total = zeros({1000});
  std::string thrown;
  const std::size_t kept = growth(600, [&](int i) {
    thrown = error_of([&] { total = total + mean(batch(i), 0); });
    if (i == 50) poisoned = poisoned + refused;
    if (i > 50) poisoned = poisoned + 1;
    CHECK(thrown == "no Error");
  });
  CHECK(kept < 3 * bound);
  CHECK(lacks(error_of([&] { poisoned.item(); }), {"take", "index 5"}) == "");
  CHECK(lacks(error_of([&] { eval(refused); }), {"take", "index 5"}) == "");
  Tensor expected = zeros({1000});
  for (int i = 0; i < 600; ++i) {
    expected = expected + mean(batch(i), 0);
    eval(expected);
  }
  CHECK(difference(total, expected) == "");
}

TEST_CASE("what waits runs when a tape ends, not before, so that all of it can be differentiated") {
  const Tensor weight = f64({1, 2});
  const Tape tape;
  Tensor total = f64({0, 0});
  for (int i = 0; i < 30'000; ++i) total = total + weight;
  const Tensor gradient = tape.gradient(sum(total), weight);
  CHECK(difference(gradient, f64({30'000, 30'000})) == "");
}

TEST_CASE("without a tape a gradient through what has run is an error, not zeros") {
  const Tensor x = f64({1, 2, 3});
  const Tensor h = x * 2;
  eval(h);
  const Tensor y = sum(h * h);
  CHECK(lacks(error_of([&] { gradient(y, x); }), {"gradient: ", "(3,)", "no Tape was alive"}) == "");
  CHECK(difference(gradient(y, h), f64({4, 8, 12})) == "");
  // The walk ends at sources, so what they were computed from does not matter.
  const Tensor again = sum(h * h), none = f64({1});
  const std::vector<Tensor> slopes = gradient(again, {h, none}, {.materialize_grads = true});
  CHECK(difference(slopes[0], f64({4, 8, 12})) == "");
  CHECK(difference(slopes[1], f64({0})) == "");
  // A parameter that an earlier step computed is a source like any other under a tape.
  const Tape tape;
  const Tensor z = sum(h * h), other = f64({1});
  CHECK(difference(tape.gradient(z, other, {.materialize_grads = true}), f64({0})) == "");
}

}  // namespace xgrad
