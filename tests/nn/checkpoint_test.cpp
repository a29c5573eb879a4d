#include <doctest/doctest.h>

#include <autograd/autograd.hpp>
#include <nn/nn.hpp>

#include "../autograd/expect.hpp"

namespace xgrad::nn {

using test::difference;
using test::error_of;
using test::lacks;

namespace {

/// A deep network with dropout and batch normalization, the same in every call.
Sequential deep_network(int blocks) {
  manual_seed(3);
  Sequential model;
  for (int i = 0; i < blocks; ++i) {
    model.push_back(Linear(12, 12));
    model.push_back(BatchNorm1d(12));
    model.push_back(Tanh());
    model.push_back(Dropout(0.3));
  }
  return model;
}

/// Loss, gradients, running statistics and parameters after some steps of training.
std::vector<Tensor> trained(std::size_t segments, bool loss_first = false) {
  const Sequential model = deep_network(6);
  optim::SGD sgd(model.parameters(), {.lr = 0.1, .momentum = 0.9});
  const Tensor x = randn({20, 12});
  std::vector<Tensor> result;
  for (int step = 0; step < 3; ++step) {
    const Tape tape;
    const Tensor y = segments == 0 ? model(x) : checkpoint_sequential(model, segments, x);
    const Tensor loss = mean(square(y - x));
    if (loss_first) loss.item();
    const std::vector<Tensor> gradients = tape.gradient(loss, model.parameters());
    sgd.step(gradients);
    result.insert(result.end(), gradients.begin(), gradients.end());
    result.push_back(loss);
  }
  for (const auto& [name, entry] : model.named_state()) result.push_back(entry);
  eval(result);
  return result;
}

}  // namespace

TEST_CASE("training in segments gives the same bits: dropout masks and running statistics included") {
  const std::vector<Tensor> expected = trained(0);
  for (const std::size_t segments : {1U, 4U, 5U, 24U}) {
    const std::vector<Tensor> actual = trained(segments);
    REQUIRE(actual.size() == expected.size());
    for (std::size_t i = 0; i < actual.size(); ++i) CHECK(difference(actual[i], expected[i]) == "");
  }
  const std::vector<Tensor> loss_first = trained(4, true);
  for (std::size_t i = 0; i < loss_first.size(); ++i) CHECK(difference(loss_first[i], expected[i]) == "");
}

TEST_CASE("running statistics are updated once per call") {
  const Sequential model{BatchNorm1d(2, {.momentum = 0.5}), Tanh()};
  const Tensor x = tensor({{0, 2}, {4, 2}});
  const Tape tape;
  const Tensor y = checkpoint_sequential(model, 1, x);
  tape.gradient(sum(y), model.parameters()).front().to_vector<float>();
  for (const auto& [name, entry] : model.named_buffers()) {
    if (name == "0.running_mean") CHECK(difference(entry, {1, 1}) == "");
    if (name == "0.num_batches_tracked") CHECK(entry.value().item<int>() == 1);
  }
}

TEST_CASE("a module is a function to checkpoint, and gradients flow to its parameters") {
  const Linear linear(3, 2);
  const Tensor x = rand({4, 3});
  const auto gradients = [&](bool checkpointed) {
    const Tape tape;
    const Tensor y = checkpointed ? checkpoint(linear, x) : linear(x);
    return tape.gradient(sum(square(y)), linear.parameters());
  };
  for (std::size_t i = 0; i < 2; ++i) CHECK(difference(gradients(true)[i], gradients(false)[i]) == "");
}

TEST_CASE("recurrent layers can be checkpointed") {
  manual_seed(1);
  const LSTM lstm(3, 4);
  const Tensor x = rand({6, 2, 3});
  const auto gradients = [&](bool checkpointed) {
    const Tape tape;
    const Tensor y = checkpointed ? checkpoint(lstm, x) : lstm(x);
    return tape.gradient(sum(square(y)), lstm.parameters());
  };
  const std::vector<Tensor> actual = gradients(true), expected = gradients(false);
  for (std::size_t i = 0; i < actual.size(); ++i) CHECK(difference(actual[i], expected[i]) == "");
}

TEST_CASE("peak memory of training in segments is a fraction") {
  const Sequential model = [] {
    Sequential layers;
    for (int i = 0; i < 36; ++i) {
      layers.push_back(Linear(16, 16));
      layers.push_back(Tanh());
      layers.push_back(Dropout(0.1));
    }
    return layers;
  }();
  const Tensor x = rand({1024, 16});
  eval(x);
  const auto peak = [&](std::size_t segments) {
    const std::size_t before = memory_stats().live;
    reset_peak_memory();
    const Tape tape;
    const Tensor y = segments == 0 ? model(x) : checkpoint_sequential(model, segments, x);
    eval(tape.gradient(mean(square(y)), model.parameters()));
    return memory_stats().peak - before;
  };
  const std::size_t plain = peak(0), segmented = peak(6);
  MESSAGE("peak memory in segments: ", static_cast<double>(segmented) / static_cast<double>(plain));
  CHECK(3 * segmented < plain);
}

TEST_CASE("a number of segments that the modules do not make up is refused") {
  const Sequential model{Tanh(), Tanh()};
  const Tensor x = ones({2});
  CHECK(lacks(error_of([&] { checkpoint_sequential(model, 0, x); }), {"checkpoint_sequential", "0", "2"}) == "");
  CHECK(lacks(error_of([&] { checkpoint_sequential(model, 3, x); }), {"3", "2"}) == "");
  CHECK(difference(checkpoint_sequential(model, 2, x), tanh(tanh(x))) == "");
}

}  // namespace xgrad::nn
