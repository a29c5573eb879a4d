// Memory over 10,000 training steps of the study's ten-layer network: what tensors hold between steps, the most they
// held during one, and the process's resident set. Each should stand still.
//
//   bench_memory [--steps 10000]
#include <unistd.h>

#include <cstdio>

#include "common.hpp"

namespace {

using namespace xgrad;

/// Bytes of the process that are in memory.
std::size_t resident_set() {
  std::ifstream file("/proc/self/statm");
  std::size_t total = 0;
  std::size_t resident = 0;
  file >> total >> resident;
  return resident * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

}  // namespace

int main(int argc, char** argv) {
  const int steps = bench::flag(argc, argv, "--steps", 10000);
  manual_seed(1);
  nn::Sequential model = bench::ten_layer_network();
  optim::SGD sgd(model.parameters(), {.lr = 0.01});
  const bench::Batch batch = bench::random_batch();

  std::printf("%8s %16s %16s %16s %16s\n", "step", "tensors, KiB", "peak, KiB", "pool, KiB", "resident, KiB");
  for (int step = 1; step <= steps; ++step) {
    {
      Tape tape;
      const Tensor loss = nn::cross_entropy(model(batch.x), batch.y);
      sgd.step(tape.gradient(loss, model.parameters()));
    }
    if (step == steps / 100 || step == steps / 10 || step == steps) {
      const MemoryStats stats = memory_stats();
      std::printf("%8d %16zu %16zu %16zu %16zu\n", step, stats.live / 1024, stats.peak / 1024, stats.pool / 1024,
                  resident_set() / 1024);
      reset_peak_memory();
    }
  }
}
