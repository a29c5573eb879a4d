// Data on the way to a training step: the step of the mnist program's CNN with a loader that augments, against the same
// step with its batches at hand, in turns in one run; and the loader alone, image by image, for each transform.
//
//   bench_loader [--rounds 9] [--steps 2] [--threads 2] [--clock wall] [--no-steps]     medians over rounds of steps
//
// A turn begins a new epoch of the loader, threads included, so that nothing is made ahead in another one's turn. The
// processor's clock (--clock cpu) counts the time of all threads: its ratio is what the loader costs where there is no
// spare core.
#include <cstdio>
#include <optional>
#include <string>
#include <thread>

#include <data/loader.hpp>
#include <data/mixing.hpp>
#include <data/synthetic.hpp>
#include <data/transform.hpp>

#include "common.hpp"

namespace {

using namespace xgrad;

/// The CNN of the mnist program, `mnist train --model cnn`.
nn::Sequential cnn() {
  nn::Sequential model{nn::Unflatten(1, {1, 28, 28})};
  const auto convolve = [&](std::int64_t in, std::int64_t out, std::int64_t kernel) {
    model.push_back(nn::Conv2d(in, out, kernel, {.padding = kernel / 2, .bias = false}));
    model.push_back(nn::BatchNorm2d(out));
    model.push_back(nn::ReLU());
  };
  convolve(1, 32, 5);
  model.push_back(nn::MaxPool2d(2));
  convolve(32, 64, 3);
  convolve(64, 64, 3);
  model.push_back(nn::MaxPool2d(2));
  model.push_back(nn::Flatten());
  model.push_back(nn::Dropout(0.3));
  model.push_back(nn::Linear(64 * 7 * 7, 128, {.bias = false}));
  model.push_back(nn::BatchNorm1d(128));
  model.push_back(nn::ReLU());
  model.push_back(nn::Dropout(0.3));
  model.push_back(nn::Linear(128, 10));
  return model;
}

/// That of `mnist train --augment affine`.
data::ImageTransform affine() {
  return data::random_affine({.degrees = 10,
                              .translate = {2.0 / 28, 2.0 / 28},
                              .scale = {0.9, 1.1},
                              .scale_y = data::Range{0.9, 1.1},
                              .shear = 5.7,
                              .interpolation = data::Resampling::bilinear});
}

/// A way of getting batches, and the times of its turns.
struct Source {
  std::string name;
  std::optional<data::Loader<>> loader;  ///< none: the batches are at hand
  std::vector<double> times = {};
};

/// Microseconds for an image, on one thread; what the images cost without a transform is in it.
double alone(const data::Dataset<data::Batch>& set) {
  data::Loader loader(set, {.batch_size = 64, .shuffle = true, .workers = 0});
  std::vector<double> times;
  for (int round = 0; round < 7; ++round)
    times.push_back(bench::seconds([&] {
      for ([[maybe_unused]] const data::Batch& batch : loader) continue;
    }));
  return bench::median(times) * 1e6 / static_cast<double>(set.size());
}

void compare(const data::ImageDataset& digits, std::int64_t batch_size, int threads, int rounds, int steps,
             bench::Clock clock) {
  set_num_threads(threads);
  manual_seed(1);
  nn::Sequential model = cnn();
  optim::Adam adam(model.parameters(), {.lr = 1e-4});
  const data::Dataset<data::Batch> augmented = data::transformed(digits, affine());
  const auto loader = [&](std::int64_t workers) {
    return data::Loader(augmented, {.batch_size = batch_size, .shuffle = true, .workers = workers});
  };
  std::vector<data::Batch> at_hand;
  for (const data::Batch& batch : loader(0)) at_hand.push_back(batch);
  const auto train = [&](const data::Batch& batch) {
    Tape tape;
    const Tensor loss = nn::cross_entropy(model(batch.images), batch.labels);
    adam.step(tape.gradient(loss, model.parameters()));
    eval(loss);
  };
  std::vector<Source> sources{{"at hand", std::nullopt}, {"no worker", loader(0)}, {"1 worker", loader(1)}};
  if (threads > 1) sources.push_back({"2 workers", loader(2)});
  const auto turn = [&](Source& source) {
    int done = 0;
    if (!source.loader) {
      for (; done < steps; ++done) train(at_hand[static_cast<std::size_t>(done) % at_hand.size()]);
      return;
    }
    for (const data::Batch& batch : *source.loader) {
      train(batch);
      if (++done == steps) return;
    }
  };
  for (Source& source : sources) turn(source);
  for (int round = 0; round < rounds; ++round)
    for (Source& source : sources) {
      const double start = clock();
      turn(source);
      source.times.push_back(clock() - start);
    }
  for (const Source& source : sources) {
    std::vector<double> ratios;
    for (std::size_t i = 0; i < source.times.size(); ++i) ratios.push_back(source.times[i] / sources[0].times[i]);
    std::printf("  %-2d %s   batch %-4d %-10s %9.0f us a step   ratio %5.3f\n", threads,
                threads == 1 ? "thread " : "threads", static_cast<int>(batch_size), source.name.c_str(),
                bench::median(source.times) * 1e6 / steps, bench::median(ratios));
  }
  const double batch = alone(augmented) * static_cast<double>(batch_size);
  std::printf("  making a batch of %d takes %.0f us of one core, %.4f of a step\n", static_cast<int>(batch_size), batch,
              batch * 1e-6 * steps / bench::median(sources[0].times));
}

}  // namespace

int main(int argc, char** argv) {
  using namespace xgrad::data;
  const int rounds = bench::flag(argc, argv, "--rounds", 9);
  const int steps = bench::flag(argc, argv, "--steps", 2);
  const int threads = bench::flag(argc, argv, "--threads", 2);
  const ImageDataset digits = synthetic_digits(1280, 1);
  std::printf("%s, %u cores\n", bench::processor().c_str(), std::thread::hardware_concurrency());

  std::printf("the loader alone, one thread, images of 28x28\n");
  const auto report = [](const char* name, const Dataset<Batch>& set) {
    const double time = alone(set);
    std::printf("  %-28s %8.2f us an image   %9.0f images/s\n", name, time, 1e6 / time);
  };
  report("none", digits);
  const std::pair<const char*, ImageTransform> transforms[] = {
      {"normalize", xgrad::data::normalize(0.13, 0.31)},
      {"random_crop, padding 2", random_crop(28, {.padding = 2})},
      {"random_shift", random_shift(2)},
      {"random_horizontal_flip", random_horizontal_flip()},
      {"random_erasing", random_erasing()},
      {"color_jitter", color_jitter({.brightness = 0.2, .contrast = 0.2})},
      {"resize to 32", xgrad::data::resize({32, 32})},
      {"random_rotation", random_rotation(10, {.interpolation = Resampling::bilinear})},
      {"random_affine", affine()},
      {"elastic", elastic({.alpha = 20})},
      {"random_affine | elastic", affine() | elastic({.alpha = 20})}};
  for (const auto& [name, transform] : transforms) report(name, transformed(digits, transform));
  report("mixup", mixup(digits));
  report("cutmix", cutmix(digits));

  if (bench::has_flag(argc, argv, "--no-steps")) return 0;
  const bench::Clock clock = bench::clock_flag(argc, argv, "wall");
  std::printf("training steps of the CNN, images through random_affine, %s\n",
              clock == &bench::wall_clock ? "wall clock" : "processor time of all threads");
  for (const std::int64_t batch_size : {64, 128}) {
    compare(digits, batch_size, 1, rounds, steps, clock);
    if (threads > 1) compare(digits, batch_size, threads, rounds, steps, clock);
  }
}
