// What a checkpoint costs a training run: steps of multilayer perceptrons (two hidden layers of `width` units) with
// Adam, and checkpoints of model and optimizer by nn::Checkpoints, in the background and in the call. "Stall" is the
// time in save(); "steps beside" are the steps while the background writes, over steps alone. Times are medians of
// rounds that alternate between the ways; each round is a few steps alone, a save in the background with steps beside
// it until all is written, and a save in the call.
//
//   bench_saving [--batch 64] [--rounds 9] [--folder .]
#include <cstdio>
#include <filesystem>

#include "common.hpp"

namespace {

using namespace xgrad;
namespace fs = std::filesystem;

struct Medians {
  std::vector<double> step, beside, background, in_call;
};

}  // namespace

int main(int argc, char** argv) {
  const int batch = bench::flag(argc, argv, "--batch", 64);
  const int rounds = bench::flag(argc, argv, "--rounds", 9);
  const fs::path folder = fs::path(bench::text_flag(argc, argv, "--folder", ".")) / "bench_saving_checkpoints";
  std::printf("%s; batches of %d, float32\n", bench::processor().c_str(), batch);
  std::printf("%6s %10s %9s %12s %11s %12s %12s %13s\n", "width", "state, MiB", "step, ms", "in call, ms", "stall, ms",
              "stall / call", "stall / step", "steps beside");
  for (const int width : {128, 512, 1024, 2048}) {
    fs::remove_all(folder);
    manual_seed(1);
    nn::Sequential model{nn::Linear(784, width), nn::ReLU(), nn::Linear(width, width), nn::ReLU(),
                         nn::Linear(width, 10)};
    optim::Adam adam(model.parameters(), {.lr = 1e-3});
    const Tensor x = randn({batch, 784}), labels = randint(0, 10, {batch});
    eval({x, labels});
    const auto step = [&] {
      return bench::seconds([&] {
        const Tape tape;
        adam.step(tape.gradient(nn::cross_entropy(model(x), labels), model.parameters()));
      });
    };
    nn::Training training{.model = model, .optimizer = adam};
    nn::Checkpoints background(folder / "background", {.keep = 2});
    nn::Checkpoints in_call(folder / "in_call", {.keep = 2, .background = false});
    for (int i = 0; i < 6; ++i) step();  // plans are made and compiled
    Medians medians;
    for (int round = 0; round < rounds; ++round) {
      for (int i = 0; i < 5; ++i) medians.step.push_back(step());
      const std::size_t before = background.files().size();
      const fs::path newest = before == 0 ? fs::path() : background.files()[0];
      medians.background.push_back(bench::seconds([&] { background.save(training); }));
      const auto written = [&] {
        const std::vector<fs::path> files = background.files();
        return !files.empty() && files[0] != newest;
      };
      do medians.beside.push_back(step());
      while (!written());
      background.wait();
      medians.in_call.push_back(bench::seconds([&] { in_call.save(training); }));
    }
    const double alone = bench::median(medians.step), stall = bench::median(medians.background),
                 call = bench::median(medians.in_call);
    std::printf("%6d %10.1f %9.2f %12.2f %11.3f %12.4f %12.3f %13.2f\n", width,
                static_cast<double>(fs::file_size(in_call.files()[0])) / (1 << 20), 1e3 * alone, 1e3 * call,
                1e3 * stall, stall / call, stall / alone, bench::median(medians.beside) / alone);
  }
  fs::remove_all(folder);
}
