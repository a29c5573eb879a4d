// The training step of the study's ten-layer network with batch normalization (batch 60, SGD, one thread), and the
// floor it stands on: only the step's matrix products, through cblas_sgemm. Both are measured in turns in one run.
//
//   bench_step [--rounds 30] [--steps 20]      rounds of steps; medians over all of them
#include <cblas.h>

#include <cstdio>

#include "common.hpp"

namespace {

using namespace xgrad;

/// Memory for one layer's products: x (batch, in), w (out, in), y (batch, out) and their gradients.
struct LayerProducts {
  int in;
  int out;
  std::vector<float> x = filled(bench::batch_size, in), dx = x;
  std::vector<float> w = filled(out, in), dw = w;
  std::vector<float> y = filled(bench::batch_size, out);

  static std::vector<float> filled(std::int64_t rows, std::int64_t columns) {
    return std::vector<float>(static_cast<std::size_t>(rows * columns), 0.01f);
  }
};

/// The products of a step: y = x w^T forward; dw = dy^T x and, except for the first layer, dx = dy w backward.
class Floor {
 public:
  Floor() {
    for (const auto& [in, out] : bench::layers())
      layers_.push_back({.in = static_cast<int>(in), .out = static_cast<int>(out)});
  }

  void step() {
    constexpr int n = bench::batch_size;
    for (LayerProducts& l : layers_) {
      cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, n, l.out, l.in, 1, l.x.data(), l.in, l.w.data(), l.in, 0,
                  l.y.data(), l.out);
    }
    for (auto l = layers_.rbegin(); l != layers_.rend(); ++l) {
      cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, l->out, l->in, n, 1, l->y.data(), l->out, l->x.data(), l->in,
                  0, l->dw.data(), l->in);
      if (l + 1 == layers_.rend()) break;
      cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, n, l->in, l->out, 1, l->y.data(), l->out, l->w.data(),
                  l->in, 0, l->dx.data(), l->in);
    }
  }

 private:
  std::vector<LayerProducts> layers_;
};

}  // namespace

int main(int argc, char** argv) {
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
  Floor floor;
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
