#include <doctest/doctest.h>

#include <functional>
#include <vector>

#include <autograd/autograd.hpp>
#include <autograd/primitive.hpp>
#include <nn/nn.hpp>

#include "../autograd/expect.hpp"

// Layers and metrics that are updated and never asked for keep a bounded number of the batches they have seen.
namespace xgrad {
namespace {

using test::difference;

constexpr std::size_t megabyte = std::size_t{1} << 20;

/// 400 KB.
Tensor batch(int number) {
  Generator generator(static_cast<std::uint64_t>(number) + 1);
  const Tensor x = randn({100, 1000}, float32, generator);
  eval(x);
  return x;
}

/// What tensors hold more at the most than before, while a loop goes on for so many steps.
std::size_t growth(int steps, const std::function<void(const Tensor&)>& step) {
  const std::size_t before = memory_stats().live;
  reset_peak_memory();
  for (int i = 0; i < steps; ++i) step(batch(i % 10));
  return memory_stats().peak - before;
}

}  // namespace

TEST_CASE("batch normalization in training mode keeps few batches where nobody asks for a value") {
  constexpr int steps = 500;
  for (const bool taped : {false, true}) {
    INFO("a tape for each step: ", taped);
    nn::BatchNorm1d asked(1000), unasked(1000);
    for (int i = 0; i < steps; ++i) {
      asked(batch(i % 10));
      eval({asked.running_mean.value(), asked.running_var.value()});
    }
    const std::size_t kept = growth(steps, [&](const Tensor& x) {
      if (taped) {
        const Tape tape;
        unasked(x);
      } else {
        unasked(x);
      }
    });
    CHECK(kept < 100 * megabyte);  // of 200
    CHECK(difference(unasked.running_mean.value(), asked.running_mean.value()) == "");
    CHECK(difference(unasked.running_var.value(), asked.running_var.value()) == "");
  }
}

TEST_CASE("an accuracy that is summed up keeps few batches") {
  nn::Linear model(1000, 10);
  eval({model.weight.value(), model.bias.value()});
  const Tensor labels = zeros({100}, int64);
  Tensor total = zeros({});
  const std::size_t kept = growth(500, [&](const Tensor& x) { total = total + nn::accuracy(model(x), labels); });
  CHECK(kept < 100 * megabyte);
  Tensor expected = zeros({});
  for (int i = 0; i < 500; ++i) {
    expected = expected + nn::accuracy(model(batch(i % 10)), labels);
    eval(expected);
  }
  CHECK(difference(total, expected) == "");
}

}  // namespace xgrad
