#include <doctest/doctest.h>

#include <autograd/autograd.hpp>
#include <autograd/primitive.hpp>

#include "expect.hpp"
#include "fusing.hpp"

namespace xgrad {
namespace {

/// One training step of a small network: recorded, differentiated, run, and its parameters rebound.
void step(std::vector<Tensor>& parameters, const Tensor& x) {
  const Tape tape;
  const Tensor hidden = tanh(matmul(x, parameters[0]) + parameters[1]);
  const Tensor loss = mean(square(matmul(hidden, parameters[2])));
  const std::vector<Tensor> gradients = tape.gradient(loss, parameters);
  for (std::size_t i = 0; i < parameters.size(); ++i) parameters[i] = parameters[i] - 0.01 * gradients[i];
  eval(parameters);
}

std::vector<Tensor> initial_parameters() {
  Generator generator(1);
  return {randn({50, 40}, float32, generator), zeros({40}), randn({40, 3}, float32, generator)};
}

}  // namespace

TEST_CASE("training steps leave memory as they found it") {
  const test::Fusing planned(true);
  std::vector<Tensor> parameters = initial_parameters();
  const Tensor x = ones({64, 50});
  for (int i = 0; i < 3; ++i) step(parameters, x);
  const MemoryStats before = memory_stats();
  const std::size_t recorded = recorded_primitives().size();
  reset_peak_memory();
  step(parameters, x);
  const std::size_t peak = memory_stats().peak;
  for (int i = 0; i < 500; ++i) step(parameters, x);
  const MemoryStats after = memory_stats();
  CHECK(after.live == before.live);
  CHECK(after.peak == peak);
  CHECK(after.allocations == before.allocations);
  CHECK(recorded_primitives().size() == recorded);
}

TEST_CASE("a pending value that every step updates runs along with the step") {
  // As a running mean does: nobody asks for it, and still it must not grow a chain from step to step.
  std::vector<Tensor> parameters = initial_parameters();
  Tensor running = zeros({50});
  const auto one = [&] {
    const Tape tape;
    const Tensor x = ones({64, 50});
    running = 0.9 * running + 0.1 * stop_gradient(mean(x, 0));
    step(parameters, x);
  };
  for (int i = 0; i < 5; ++i) one();
  const std::size_t live = memory_stats().live, recorded = recorded_primitives().size();
  for (int i = 0; i < 200; ++i) one();
  CHECK(memory_stats().live == live);
  CHECK(recorded_primitives().size() == recorded);
  CHECK(mean(running).item() == doctest::Approx(1).epsilon(1e-5));
}

TEST_CASE("inference without a tape keeps nothing but its result") {
  const std::vector<Tensor> parameters = initial_parameters();
  const Tensor x = ones({64, 50});
  eval(parameters);
  eval(x);
  const std::size_t live = memory_stats().live;
  for (int i = 0; i < 50; ++i) {
    const Tensor y = matmul(tanh(matmul(x, parameters[0]) + parameters[1]), parameters[2]);
    eval(y);
    CHECK(memory_stats().live <= live + 4 * static_cast<std::size_t>(y.size()) * sizeof(float));
  }
  CHECK(memory_stats().live == live);
}

TEST_CASE("a run frees values after their last use") {
  // A chain of 100 values of 1 MB each, of which few are alive at a time. Without a tape nothing else holds them.
  constexpr std::size_t bytes = (1 << 18) * sizeof(float);
  Tensor y = ones({1 << 18});
  eval(y);
  reset_peak_memory();
  const std::size_t live = memory_stats().live;
  for (int i = 0; i < 100; ++i) y = tanh(y) + 0.5;
  eval(y);
  CHECK(memory_stats().peak <= live + 4 * bytes);
}

TEST_CASE("dead operations are not run") {
  const std::size_t live = memory_stats().live;
  {
    const Tape tape;
    const Tensor x = ones({4});
    const Tensor huge = broadcast_to(x, {1 << 20, 4}) * 2;  // 16 MB, if anybody asked
    const Tensor y = x + 1;
    reset_peak_memory();
    { const Tensor unused = huge * 3; }
    CHECK(y.shape() == Shape{4});
  }
  CHECK(memory_stats().peak < live + (1 << 20));
  CHECK(memory_stats().live == live);
}

TEST_CASE("tensors give their memory back, the pool gives it to the system") {
  empty_pool();
  CHECK(memory_stats().pool == 0);
  const std::size_t live = memory_stats().live;
  {
    const Tensor x = ones({1 << 20});
    eval(x);
    CHECK(memory_stats().live >= live + (std::size_t{4} << 20));
  }
  CHECK(memory_stats().live == live);
  CHECK(memory_stats().pool >= std::size_t{4} << 20);
  const std::size_t allocations = memory_stats().allocations;
  { eval(ones({1 << 20}) + 1); }
  CHECK(memory_stats().allocations <= allocations + 1);
  empty_pool();
  CHECK(memory_stats().pool == 0);
  CHECK(memory_stats().live == live);
}

TEST_CASE("the peak is the most that was held since it was reset") {
  reset_peak_memory();
  const std::size_t live = memory_stats().live;
  CHECK(memory_stats().peak == live);
  { eval(ones({1 << 16})); }
  CHECK(memory_stats().peak >= live + (std::size_t{4} << 16));
  reset_peak_memory();
  CHECK(memory_stats().peak == live);
}

TEST_CASE("a gradient's tensors are freed with it") {
  const Tensor x = ones({1000});
  eval(x);
  const std::size_t live = memory_stats().live;
  for (int i = 0; i < 10; ++i) {
    const Tape tape;
    const Tensor y = sum(exp(x) * tanh(x));
    const Tensor second = tape.gradient(sum(tape.gradient(y, x)), x);
    eval(second);
  }
  CHECK(memory_stats().live == live);
}

TEST_CASE("an error in the middle of a run leaks nothing") {
  const Tensor x = ones({100, 10});
  eval(x);
  const std::size_t live = memory_stats().live;
  for (int i = 0; i < 10; ++i) {
    const Tape tape;
    const Tensor y = sum(take(exp(x) + 1, test::i64({1, 2, 100})) * 2);
    CHECK(test::error_of([&] { eval(y); }) != "no Error");
  }
  CHECK(memory_stats().live == live);
}

}  // namespace xgrad
