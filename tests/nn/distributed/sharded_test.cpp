#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <vector>

#include <nn/nn.hpp>

#include "autograd/distributed/ranks.hpp"
#include "autograd/expect.hpp"

namespace xgrad {
namespace {

using distributed::world;
using Rows = std::vector<std::vector<double>>;

nn::Sequential plain_model() {
  Generator generator(5);
  const GeneratorScope scope(generator);
  return nn::Sequential{nn::Linear(6, 7, {.dtype = float64}), nn::Tanh(), nn::Linear(7, 5, {.dtype = float64}),
                        nn::Tanh(), nn::Linear(5, 3, {.dtype = float64})};
}

/// Its layers divided among the ranks one by one.
nn::Sequential sharded_model() {
  const nn::Sequential plain = plain_model();
  nn::Sequential model;
  for (std::size_t i = 0; i < plain.size(); ++i) {
    if (i % 2 == 0)
      model.push_back(nn::FullyShardedDataParallel(plain[i]));
    else
      model.push_back(plain[i]);
  }
  return model;
}

Tensor inputs() { return sin(arange(72).to(float64)).reshape({12, 6}); }
Tensor labels() { return arange(12) % 3; }
Tensor own_part(const Tensor& batch) {
  const std::int64_t part = batch.size(0) / world().size(), start = part * world().rank();
  return slice(batch, 0, start, start + part);
}

Tensor flat(const std::vector<Tensor>& tensors) {
  std::vector<Tensor> parts;
  for (const Tensor& one : tensors) parts.push_back(one.reshape({one.size()}));
  return concatenate(parts, 0);
}

/// All numbers of a plain model after some steps of Adam on the whole batch.
std::vector<double> trained_plainly(int steps) {
  const nn::Sequential model = plain_model();
  optim::Adam adam(model.parameters(), {.lr = 0.05});
  for (int step = 0; step < steps; ++step) {
    const Tape tape;
    adam.step(tape.gradient(nn::cross_entropy(model(inputs()), labels()), model.parameters()));
  }
  return flat(model.parameters()).to_vector<double>();
}

double largest_difference(const std::vector<double>& a, const std::vector<double>& b) {
  double most = a.size() == b.size() ? 0 : INFINITY;
  for (std::size_t i = 0; i < a.size() && i < b.size(); ++i) most = std::max(most, std::abs(a[i] - b[i]));
  return most;
}

}  // namespace

TEST_CASE("an optimizer whose state is divided makes the steps of the whole one") {
  const std::vector<double> expected = trained_plainly(20);
  for (const int ranks : {1, 2, 3}) {
    CAPTURE(ranks);
    const Rows actual = test::on_ranks(ranks, [] {
      const nn::Sequential model = plain_model();
      const nn::DistributedDataParallel parallel(model);
      optim::ZeroRedundancyOptimizer<optim::Adam> adam(model.parameters(), {.lr = 0.05});
      for (int step = 0; step < 20; ++step) {
        const Tape tape;
        const Tensor loss = nn::cross_entropy(parallel(own_part(inputs())), own_part(labels()));
        adam.step(tape.gradient(loss, model.parameters()));
      }
      return flat(model.parameters());
    });
    for (const std::vector<double>& of_rank : actual) {
      CHECK(of_rank == actual.front());
      CHECK(largest_difference(of_rank, expected) < 1e-9);
    }
  }
}

TEST_CASE("a divided optimizer's state is that of the whole one, for any number of ranks") {
  // 10 steps on 2 ranks, then 10 by a plain optimizer, and 10 on 3 ranks.
  const std::vector<double> expected = trained_plainly(20);
  NamedTensors state, weights;
  distributed::run_ranks(2, [&] {
    const nn::Sequential model = plain_model();
    optim::ZeroRedundancyOptimizer<optim::Adam> adam(model.parameters(), {.lr = 0.05});
    for (int step = 0; step < 10; ++step) {
      const Tape tape;
      adam.step(tape.gradient(nn::cross_entropy(model(inputs()), labels()), model.parameters()));
    }
    std::int64_t remembered = 0;
    for (const auto& [name, tensor] : adam.optimizer().state()) remembered += tensor.size();
    CHECK(remembered < 2 * 60 + 10);  // of 2 x 107 numbers
    CHECK_THROWS_WITH_AS(static_cast<void>(adam.state()), doctest::Contains("consolidate_state_dict"), Error);
    adam.consolidate_state_dict();
    if (world().rank() == 0) state = adam.state();
    if (world().rank() == 0) weights = nn::state_dict(model);
  });
  const auto go_on = [&](auto& optimizer, const nn::Sequential& model) {
    nn::load_state_dict(model, weights);
    optimizer.load_state(state);
    for (int step = 0; step < 10; ++step) {
      const Tape tape;
      optimizer.step(tape.gradient(nn::cross_entropy(model(inputs()), labels()), model.parameters()));
    }
    return flat(model.parameters());
  };
  const nn::Sequential model = plain_model();
  optim::Adam adam(model.parameters(), {.lr = 0.05});
  CHECK(largest_difference(go_on(adam, model).to_vector<double>(), expected) < 1e-9);
  const Rows actual = test::on_ranks(3, [&] {
    const nn::Sequential again = plain_model();
    optim::ZeroRedundancyOptimizer<optim::Adam> divided(again.parameters(), {.lr = 0.05});
    return go_on(divided, again);
  });
  for (const std::vector<double>& of_rank : actual) CHECK(largest_difference(of_rank, expected) < 1e-9);
}

TEST_CASE("a divided optimizer refuses what it can't do") {
  const auto refused = [](const std::function<void(optim::ZeroRedundancyOptimizer<optim::SGD>&)>& f) {
    return test::error_of_ranks(2, [&] {
      const nn::Linear model(2, 2);
      optim::ZeroRedundancyOptimizer<optim::SGD> sgd(model.parameters(), {.lr = 0.1});
      f(sgd);
    });
  };
  CHECK(test::lacks(refused([](auto& sgd) { sgd.step({ones({2, 2})}); }), {"1 gradients", "2 parameters"}) == "");
  CHECK(test::lacks(refused([](auto& sgd) { sgd.step({ones({2, 2}), Tensor()}); }), {"'bias' is undefined"}) == "");
  CHECK(test::lacks(test::error_of_ranks(3,
                                         [] {
                                           const nn::Linear model(2, 2);
                                           optim::ZeroRedundancyOptimizer<optim::SGD>(model.parameters(), {.lr = 0.1});
                                         }),
                    {"2 parameters", "3 ranks"}) == "");
}

TEST_CASE("a model divided among ranks trains as the whole one") {
  const std::vector<double> expected = trained_plainly(20);
  for (const int ranks : {1, 2, 3}) {
    CAPTURE(ranks);
    const Rows actual = test::on_ranks(ranks, [ranks] {
      const nn::Sequential model = sharded_model();
      CHECK(model.parameters()[0].value().size() == (42 + ranks - 1) / ranks);
      optim::Adam adam(model.parameters(), {.lr = 0.05});
      for (int step = 0; step < 20; ++step) {
        const Tape tape;
        const Tensor loss = nn::cross_entropy(model(own_part(inputs())), own_part(labels()));
        adam.step(tape.gradient(loss, model.parameters()));
      }
      std::vector<Tensor> whole;
      for (const auto& [name, value] : nn::full_state_dict(model)) whole.push_back(value);
      return flat(whole);
    });
    for (const std::vector<double>& of_rank : actual) CHECK(largest_difference(of_rank, expected) < 1e-9);
  }
}

TEST_CASE("whole states of divided models are those of plain ones, there and back") {
  const nn::Sequential plain = plain_model();
  const NamedTensors state = nn::state_dict(plain);
  std::vector<std::string> names;
  const Rows values = test::on_ranks(2, [&] {
    const nn::Sequential model = sharded_model();
    for (const nn::Parameter& parameter : model.parameters()) parameter.set(parameter * 0);
    nn::load_full_state_dict(model, state);
    const NamedTensors again = nn::full_state_dict(model);
    std::vector<Tensor> tensors;
    for (const auto& [name, tensor] : again) {
      if (world().rank() == 0) names.push_back(name);
      tensors.push_back(tensor);
    }
    return flat(tensors);
  });
  std::vector<std::string> expected_names;
  std::vector<Tensor> expected;
  for (const auto& [name, tensor] : state) {
    expected_names.push_back(name);
    expected.push_back(tensor);
  }
  CHECK(names == expected_names);
  for (const std::vector<double>& of_rank : values) CHECK(of_rank == flat(expected).to_vector<double>());
  CHECK(test::lacks(test::error_of_ranks(2, [] { nn::load_full_state_dict(sharded_model(), {}); }), {"0.weight"}) ==
        "");
  CHECK(test::lacks(
            test::error_of_ranks(
                2, [] { nn::FullyShardedDataParallel(nn::Module(nn::FullyShardedDataParallel(nn::Linear(2, 2)))); }),
            {"FullyShardedDataParallel", "divided"}) == "");
}

TEST_CASE("gathered weights do not outlive the run, though a tape is alive") {
  const auto most_bytes = [](bool sharded) {
    std::size_t most = 0;
    distributed::run_ranks(1, [&] {
      nn::Sequential model;
      for (int i = 0; i < 8; ++i) {
        const nn::Linear layer(128, 128, {.bias = false});
        if (sharded)
          model.push_back(nn::FullyShardedDataParallel(layer));
        else
          model.push_back(layer);
      }
      const Tensor x = ones({1, 128});
      const Tape tape;
      const Tensor loss = sum(model(x));
      const std::size_t before = memory_stats().live;
      eval(loss);
      most = memory_stats().live - before;
    });
    return most;
  };
  CHECK(most_bytes(true) < 128 * 128 * 4 + most_bytes(false));
}

TEST_CASE("a derivative of a derivative of a divided model is recorded before the first runs, or refused") {
  const std::string error = test::error_of_ranks(2, [] {
    const nn::FullyShardedDataParallel model(nn::Linear(3, 3));
    const Tape tape;
    const Tensor x = ones({2, 3});
    const Tensor loss = sum(square(model(x)));
    const Tensor slope = tape.gradient(loss, x);
    const Tensor curvature = tape.gradient(sum(square(slope)), x);
    eval({slope, curvature});
    const Tensor late = tape.gradient(loss, x);
    eval(late);
    eval(tape.gradient(sum(square(late)), x));
  });
  CHECK((error == "" || test::lacks(error, {"all_gather", "checkpoint", "before the first runs"}) == ""));
}

}  // namespace xgrad
