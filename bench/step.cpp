// The training step of the study's ten-layer network with batch normalization (batch 60, SGD, one thread), and the
// floor it stands on: only the step's matrix products, through cblas_sgemm. Both are measured in turns in one run.
//
//   bench_step [--rounds 30] [--steps 20]      rounds of steps; medians over all of them
#include <cstdio>

#include "common.hpp"
#include "products.hpp"

int main(int argc, char** argv) {
  using namespace xgrad;
  const int rounds = bench::flag(argc, argv, "--rounds", 30);
  const int steps = bench::flag(argc, argv, "--steps", 20);
  openblas_set_num_threads(1);
  set_num_threads(1);
  manual_seed(1);

  nn::Sequential model = bench::ten_layer_network();
  optim::SGD sgd(model.parameters(), {.lr = 0.01});
  const bench::Batch batch = bench::random_batch();
  const auto train = [&] {
    Tape tape;
    const Tensor loss = nn::cross_entropy(model(batch.x), batch.y);
    sgd.step(tape.gradient(loss, model.parameters()));
  };
  bench::Products floor(bench::ten_layers(), bench::batch_size);
  for (int i = 0; i < steps; ++i) {
    train();
    floor.step();
  }

  std::vector<double> step_times;
  std::vector<double> floor_times;
  for (int round = 0; round < rounds; ++round) {
    for (int i = 0; i < steps; ++i) step_times.push_back(bench::seconds(train));
    for (int i = 0; i < steps; ++i) floor_times.push_back(bench::seconds([&] { floor.step(); }));
  }
  const double step = bench::median(step_times);
  const double products = bench::median(floor_times);
  std::printf("%s, one thread, median of %zu\n", bench::processor().c_str(), step_times.size());
  std::printf("training step, 784-100x9-10 tanh, batch norm, batch 60   %8.0f us  (%.0f steps/s)\n", step * 1e6,
              1 / step);
  std::printf("its matrix products, cblas_sgemm                         %8.0f us\n", products * 1e6);
  std::printf("ratio                                                    %8.2f\n", step / products);
}
