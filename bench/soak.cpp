// A long run under load: threads that train models of their own from loaders with workers, at batch sizes that change,
// write them to files, read them back and start anew, beside threads that ask one frozen network. Prints, for each
// window of time, the resident set, the open handles, the threads, and the steps and calls that a second of the
// processor's time was enough for. The exit status is 1 where, from after the warm-up to the end, memory grew by more
// than 1 %, handles became more, the throughput fell by more than a fifth, or an answer had other bits than the first.
//
//   bench_soak [--minutes 60] [--windows 24] [--trainers 2] [--readers 2]
#include <unistd.h>

#include <atomic>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include <data/loader.hpp>
#include <data/synthetic.hpp>
#include <data/transform.hpp>
#include <nn/freeze.hpp>
#include <nn/state_dict.hpp>

#include "common.hpp"
#include "models.hpp"

namespace {

using namespace xgrad;

std::atomic<bool> over{false};
std::atomic<bool> failed{false};
std::atomic<std::int64_t> steps{0};
std::atomic<std::int64_t> calls{0};

void fail_with(const std::string& what) {
  std::fprintf(stderr, "%s\n", what.c_str());
  failed = true;
}

/// A convolution, batch normalization and dropout: what has statistics, and what draws.
nn::Sequential small_network() {
  return {nn::Conv2d(1, 8, 3, {.stride = 2}),
          nn::BatchNorm2d(8),
          nn::ReLU(),
          nn::Flatten(),
          nn::Dropout(0.2),
          nn::Linear(8 * 13 * 13, 40),
          nn::BatchNorm1d(40),
          nn::Tanh(),
          nn::Linear(40, bench::classes)};
}

void train_epoch(const data::ImageDataset& images, nn::Sequential& model, std::int64_t batch_size, std::uint64_t seed) {
  optim::Adam adam(model.parameters(), {.lr = 0.001});
  data::Loader loader(images, {.batch_size = batch_size, .shuffle = true, .seed = seed, .workers = 2});
  for (const auto& [x, y] : loader) {
    if (over) return;
    const Tape tape;
    const Tensor loss = nn::cross_entropy(model(reshape(x, {-1, 1, 28, 28})), y);
    adam.step(tape.gradient(loss, model.parameters()));
    ++steps;
  }
}

/// Trains until it is over; each model for one epoch of each batch size.
void train(const data::ImageDataset& images, int number) {
  const std::filesystem::path file = std::filesystem::temp_directory_path() /
                                     ("xgrad-soak-" + std::to_string(getpid()) + "-" + std::to_string(number));
  manual_seed(static_cast<std::uint64_t>(number) + 1);
  for (std::uint64_t round = 0; !over; ++round) {
    nn::Sequential model = small_network();
    for (const std::int64_t batch_size : {60, 32, 17, 45, 64, 7}) {
      train_epoch(images, model, batch_size, round);
      nn::save(model, file);
      nn::Sequential other = small_network();
      nn::load(other, file);
      other.eval();
      const double total = sum(other(rand({3, 1, 28, 28}))).item<double>();
      if (!std::isfinite(total)) fail_with("a model that was read gives no numbers");
      if (over) break;
    }
  }
  std::filesystem::remove(file);
}

/// Asks the frozen network until it is over, with inputs of several sizes, and compares each answer with the first.
void ask(const nn::FrozenModule& frozen, const nn::Sequential& model, const std::vector<Tensor>& inputs,
         const std::vector<std::vector<float>>& answers) {
  for (std::size_t i = 0; !over; ++i) {
    const std::size_t which = i * 7 % inputs.size();
    if (frozen(inputs[which]).to_vector<float>() != answers[which]) fail_with("another answer than the first time");
    if (i % 10 == 0 && model(inputs[which]).shape() != Shape{inputs[which].shape()[0], bench::classes})
      fail_with("an answer of another shape");
    ++calls;
  }
}

struct Window {
  double resident = 0;  ///< MiB, the mean of what was seen
  int handles = 0;      ///< the fewest that were seen
  int threads = 0;
  double rate = 0;        ///< steps for each second of the processor's time
  double rate_calls = 0;  ///< calls, likewise
};

int entries(const char* folder) {
  std::error_code ignored;
  int count = 0;
  for (std::filesystem::directory_iterator at(folder, ignored), end; at != end; at.increment(ignored)) ++count;
  return count;
}

double resident_mib() {
  std::ifstream file("/proc/self/statm");
  double total = 0;
  double resident = 0;
  file >> total >> resident;
  return resident * static_cast<double>(sysconf(_SC_PAGESIZE)) / (1 << 20);
}

Window watch(double seconds) {
  Window window{.handles = entries("/proc/self/fd")};
  const double start = bench::processor_clock();
  const std::int64_t steps_before = steps;
  const std::int64_t calls_before = calls;
  const double end = bench::wall_clock() + seconds;
  int looks = 0;
  while (bench::wall_clock() < end) {
    std::this_thread::sleep_for(std::chrono::milliseconds(250));
    window.resident += resident_mib();
    window.handles = std::min(window.handles, entries("/proc/self/fd"));
    window.threads = std::max(window.threads, entries("/proc/self/task"));
    ++looks;
  }
  const double used = bench::processor_clock() - start;
  window.resident /= looks;
  window.rate = static_cast<double>(steps - steps_before) / used;
  window.rate_calls = static_cast<double>(calls - calls_before) / used;
  return window;
}

template <class F>
double mean(std::span<const Window> windows, F f) {
  double sum = 0;
  for (const Window& window : windows) sum += f(window);
  return sum / static_cast<double>(windows.size());
}

/// Prints one line of the result, and notes where it does not hold.
void conclude(const char* what, double before, double after, bool holds) {
  std::printf("%-28s %10.2f %10.2f  %+6.2f %%  %s\n", what, before, after, 100 * (after / before - 1),
              holds ? "holds" : "does not hold");
  if (!holds) failed = true;
}

}  // namespace

int main(int argc, char** argv) {
  const double minutes = bench::flag(argc, argv, "--minutes", 60);
  const int count = std::max(12, bench::flag(argc, argv, "--windows", 24));
  const int trainers = bench::flag(argc, argv, "--trainers", 2);
  const int readers = bench::flag(argc, argv, "--readers", 2);
  set_num_threads(2);
  manual_seed(1);

  const data::ImageDataset images = data::synthetic_digits(2000, 1);
  nn::Sequential model = bench::ten_layer_network();
  model.eval();
  const nn::FrozenModule frozen = nn::freeze(model);
  std::vector<Tensor> inputs;
  std::vector<std::vector<float>> answers;
  for (const std::int64_t rows : {1, 2, 3, 5, 8, 16, 31, 64}) {
    inputs.push_back(rand({rows, 784}));
    eval(inputs.back());
    answers.push_back(frozen(inputs.back()).to_vector<float>());
  }

  std::vector<std::thread> threads;
  for (int i = 0; i < trainers; ++i) threads.emplace_back([&, i] { train(images, i); });
  for (int i = 0; i < readers; ++i) threads.emplace_back([&] { ask(frozen, model, inputs, answers); });

  std::printf("%s\n%.0f minutes, %d training and %d asking threads\n", bench::processor().c_str(), minutes, trainers,
              readers);
  std::printf("%8s %14s %8s %8s %12s %12s\n", "minute", "resident, MiB", "handles", "threads", "steps/cpu s",
              "calls/cpu s");
  std::vector<Window> windows;
  for (int i = 0; i < count; ++i) {
    windows.push_back(watch(60 * minutes / count));
    const Window& last = windows.back();
    std::printf("%8.1f %14.2f %8d %8d %12.1f %12.1f\n", minutes * (i + 1) / count, last.resident, last.handles,
                last.threads, last.rate, last.rate_calls);
    std::fflush(stdout);
  }
  over = true;
  for (std::thread& thread : threads) thread.join();

  // The first sixth is the warm-up: programs are planned, the pool fills. The quarter after it, and the last quarter.
  const std::span<const Window> all(windows);
  const std::size_t warm = windows.size() / 6;
  const std::size_t quarter = windows.size() / 4;
  const std::span<const Window> first = all.subspan(warm, quarter);
  const std::span<const Window> last = all.last(quarter);
  const auto compare = [&](const char* what, auto f, auto holds) {
    const double before = mean(first, f), after = mean(last, f);
    conclude(what, before, after, holds(before, after));
  };
  std::printf("\n%-28s %10s %10s\n", "", "first", "last");
  compare(
      "resident set, MiB", [](const Window& w) { return w.resident; },
      [](double before, double after) { return after <= 1.01 * before; });
  compare(
      "handles", [](const Window& w) { return double(w.handles); },
      [](double before, double after) { return after <= before; });
  compare(
      "steps for a second", [](const Window& w) { return w.rate; },
      [](double before, double after) { return after >= 0.8 * before; });
  compare(
      "calls for a second", [](const Window& w) { return w.rate_calls; },
      [](double before, double after) { return after >= 0.8 * before; });
  return failed ? 1 : 0;
}
