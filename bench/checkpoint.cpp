// What checkpoint saves and costs: training steps of multilayer perceptrons (layers of `width` units with tanh),
// without it and in sqrt(depth) segments. Peak memory counts what the step adds to what is held before it; it is exact,
// and the same in every run; "values" is what is left of it in segments without gradients and new parameters. Times are
// medians of steps that alternate between the two.
//
//   bench_checkpoint [--width 64] [--batch 1024] [--steps 15]
#include <cmath>
#include <cstdio>

#include "common.hpp"

namespace {

using namespace xgrad;

nn::Sequential perceptron(int depth, int width) {
  nn::Sequential model;
  for (int i = 0; i < depth; ++i) {
    model.push_back(nn::Linear(width, width));
    model.push_back(nn::Tanh());
  }
  return model;
}

struct Trained {
  double seconds;
  std::size_t peak;
};

/// One step, in segments; 0: without checkpoints.
Trained step(const nn::Sequential& model, optim::SGD& sgd, const Tensor& x, std::size_t segments) {
  const std::size_t before = memory_stats().live;
  reset_peak_memory();
  const double seconds = bench::seconds([&] {
    const Tape tape;
    const Tensor y = segments == 0 ? model(x) : nn::checkpoint_sequential(model, segments, x);
    sgd.step(tape.gradient(mean(square(y)), model.parameters()));
  });
  return {seconds, memory_stats().peak - before};
}

}  // namespace

int main(int argc, char** argv) {
  const int width = bench::flag(argc, argv, "--width", 64);
  const int batch = bench::flag(argc, argv, "--batch", 1024);
  const int steps = bench::flag(argc, argv, "--steps", 15);
  std::printf("%s; layers of %d, batches of %d, float32\n", bench::processor().c_str(), width, batch);
  std::printf("%6s %9s %11s %17s %7s %12s %6s\n", "layers", "segments", "plain, KiB", "in segments, KiB", "memory",
              "values, KiB", "time");
  for (const int depth : {16, 36, 64, 100}) {
    manual_seed(1);
    const nn::Sequential model = perceptron(depth, width);
    optim::SGD sgd(model.parameters(), {.lr = 0.01});
    const Tensor x = randn({batch, width});
    eval(x);
    const auto segments = static_cast<std::size_t>(std::lround(std::sqrt(depth)));
    std::vector<double> plain_seconds, segment_seconds;
    std::size_t plain = 0, segmented = 0;
    for (int i = 0; i < steps + 4; ++i) {
      const Trained without = step(model, sgd, x, 0);
      const Trained with = step(model, sgd, x, segments);
      plain = without.peak;
      segmented = with.peak;
      if (i < 4) continue;  // plans are made and compiled
      plain_seconds.push_back(without.seconds);
      segment_seconds.push_back(with.seconds);
    }
    const std::size_t parameters = static_cast<std::size_t>(model.parameter_count()) * sizeof(float);
    std::printf("%6d %9zu %11zu %17zu %7.2f %12zu %6.2f\n", depth, segments, plain / 1024, segmented / 1024,
                static_cast<double>(segmented) / static_cast<double>(plain), (segmented - 2 * parameters) / 1024,
                bench::median(segment_seconds) / bench::median(plain_seconds));
  }
}
