// The latency of one call in evaluation mode, in microseconds: the module as it is called and frozen, by one thread and
// by several at once.
//
//   bench_latency [--calls 20000] [--threads 4]
#include <atomic>
#include <cstdio>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "common.hpp"
#include "models.hpp"

namespace {

using namespace xgrad;

struct Network {
  std::string name;
  nn::Sequential model;
  Shape input;
};

nn::Sequential mlp() {
  nn::Sequential model;
  const std::vector<bench::Layer> layers = bench::three_layers();
  for (std::size_t i = 0; i < layers.size(); ++i) {
    model.push_back(nn::Linear(layers[i].in, layers[i].out, {.bias = false}));
    model.push_back(nn::BatchNorm1d(layers[i].out));
    if (i + 1 < layers.size()) model.push_back(nn::ReLU());
  }
  return model;
}

/// So many calls by each of so many threads at once: how long each took, in order.
std::vector<double> latencies(int threads, int calls, const std::function<std::function<void()>()>& make_call) {
  std::vector<std::vector<double>> times(static_cast<std::size_t>(threads));
  std::atomic<int> ready{0};
  const auto work = [&](std::vector<double>& own) {
    const std::function<void()> call = make_call();
    own.reserve(static_cast<std::size_t>(calls));
    for (int i = 0; i < calls / 10 + 200; ++i) call();
    ++ready;
    while (ready.load() < threads) std::this_thread::yield();
    for (int i = 0; i < calls; ++i) own.push_back(bench::seconds(call));
  };
  std::vector<std::thread> others;
  for (std::size_t i = 1; i < times.size(); ++i) others.emplace_back(work, std::ref(times[i]));
  work(times[0]);
  for (std::thread& other : others) other.join();
  std::vector<double> all;
  for (const std::vector<double>& own : times) all.insert(all.end(), own.begin(), own.end());
  std::sort(all.begin(), all.end());
  return all;
}

void print(const std::string& what, int threads, const std::vector<double>& sorted) {
  const auto at = [&](double share) {
    return 1e6 * sorted[static_cast<std::size_t>(share * static_cast<double>(sorted.size() - 1))];
  };
  std::printf("  %-22s %2d thread%s  p50 %8.2f us   p99 %8.2f us\n", what.c_str(), threads, threads > 1 ? "s" : " ",
              at(0.5), at(0.99));
}

}  // namespace

int main(int argc, char** argv) {
  const int calls = bench::flag(argc, argv, "--calls", 20000);
  const int most_threads = bench::flag(argc, argv, "--threads", 4);
  std::printf("%s\n", bench::processor().c_str());
  for (Network& network : std::vector<Network>{{"784-100-100-10, relu, batch norm", mlp(), {1, 784}},
                                               {"LeNet-5", bench::lenet(), {1, 1, 28, 28}},
                                               {"PyTorch's MNIST CNN", bench::mnist_cnn(), {1, 1, 28, 28}}}) {
    std::printf("%s\n", network.name.c_str());
    network.model.eval();
    const nn::FrozenModule frozen = nn::freeze(network.model);
    const Tensor image = rand(network.input);
    eval(image);
    const std::vector<float> pixels = image.to_vector<float>();
    for (int threads = 1; threads <= most_threads; threads *= 2) {
      const auto measure = [&](const char* what, const std::function<std::function<void()>()>& make_call) {
        print(what, threads, latencies(threads, calls, make_call));
      };
      measure("module", [&] { return [&] { eval(network.model(image)); }; });
      measure("frozen", [&] { return [&] { frozen(image); }; });
      measure("frozen, into memory", [&] {
        return [&, y = std::vector<float>(bench::classes)]() mutable { frozen.run(pixels, network.input, y); };
      });
    }
  }
}
