// What each rank holds: training steps of Adam on a multilayer perceptron of `layers` square layers, by data-parallel
// training as it is, with the optimizer's state divided among the ranks, and with parameters divided, too. Between the
// steps and at most within one, in MiB, from memory_stats() of rank 0.
//
//   mpirun -np 4 bench_sharding [--width 1024] [--layers 8] [--batch 64] [--steps 4]
#include <chrono>
#include <cstdio>
#include <functional>
#include <iostream>
#include <string>

#include <autograd/kernel/memory.hpp>
#include <autograd/mpi/session.hpp>
#include <nn/nn.hpp>

#include "measure.hpp"

using namespace xgrad;

namespace {

struct Setting {
  std::int64_t width, layers, batch, steps;
};

using Step = std::function<void()>;

void measure(const mpi::Session& session, const char* name, const Setting& setting,
             const std::function<Step(const Tensor& x, const Tensor& y)>& make) {
  empty_pool();
  const std::size_t before = memory_stats().live;
  Generator generator(static_cast<std::uint64_t>(session.rank()));
  const Tensor x = randn({setting.batch, setting.width}, float32, generator);
  const Tensor y = randn({setting.batch, setting.width}, float32, generator);
  eval({x, y});
  const Step step = make(x, y);
  step();
  step();
  session.world().barrier();
  reset_peak_memory();
  const auto start = std::chrono::steady_clock::now();
  for (std::int64_t i = 0; i < setting.steps; ++i) step();
  session.world().barrier();
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  if (session.rank() != 0) return;
  const auto mebibytes = [&](std::size_t bytes) { return static_cast<double>(bytes - before) / (1 << 20); };
  std::printf("%-34s %8.1f %8.1f %10.3f\n", name, mebibytes(memory_stats().live), mebibytes(memory_stats().peak),
              seconds / static_cast<double>(setting.steps));
}

/// The layers one by one, as `wrap` makes them.
nn::Sequential model_of(const Setting& setting, const std::function<nn::Module(const nn::Linear&)>& wrap) {
  nn::Sequential model;
  for (std::int64_t i = 0; i < setting.layers; ++i) {
    model.push_back(wrap(nn::Linear(setting.width, setting.width, {.bias = false})));
    model.push_back(nn::Tanh());
  }
  return model;
}

/// A step of training by an optimizer of that type.
template <class Optimizer, class Model>
Step step_of(const Model& model, const Tensor& x, const Tensor& y) {
  return [=, optimizer = std::make_shared<Optimizer>(model.parameters())] {
    std::vector<Tensor> gradients;
    {
      const Tape tape;
      gradients = tape.gradient(nn::mse_loss(model(x), y), model.parameters());
    }
    optimizer->step(std::move(gradients));
  };
}

}  // namespace

int main(int argc, char** argv) try {
  const Setting setting{.width = bench::flag(argc, argv, "--width", 1024),
                        .layers = bench::flag(argc, argv, "--layers", 8),
                        .batch = bench::flag(argc, argv, "--batch", 64),
                        .steps = bench::flag(argc, argv, "--steps", 4)};
  const mpi::Session session;
  if (session.rank() == 0)
    std::printf("%d ranks, %lld layers of %lld\n%-34s %8s %8s %10s\n", session.size(),
                static_cast<long long>(setting.layers), static_cast<long long>(setting.width), "", "between", "most",
                "s a step");
  const auto plain = [](const nn::Linear& layer) { return nn::Module(layer); };
  measure(session, "DistributedDataParallel", setting, [&](const Tensor& x, const Tensor& y) {
    const nn::DistributedDataParallel model(model_of(setting, plain));
    return step_of<optim::Adam>(model, x, y);
  });
  measure(session, "with ZeroRedundancyOptimizer", setting, [&](const Tensor& x, const Tensor& y) {
    const nn::DistributedDataParallel model(model_of(setting, plain));
    return step_of<optim::ZeroRedundancyOptimizer<optim::Adam>>(model, x, y);
  });
  measure(session, "FullyShardedDataParallel", setting, [&](const Tensor& x, const Tensor& y) {
    const nn::Sequential model =
        model_of(setting, [](const nn::Linear& layer) { return nn::Module(nn::FullyShardedDataParallel(layer)); });
    return step_of<optim::Adam>(model, x, y);
  });
} catch (const Error& error) {
  std::cerr << std::string(error.what()) + "\n";
  return 1;
}
