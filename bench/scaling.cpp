// A data-parallel training step of Adam on the ranks that mpirun starts, and the all_reduce of its gradients: what one
// takes with all ranks together, what it takes to compute alone and to exchange alone; and an all_reduce of each size
// from 1 KiB on. As a table and, with --csv, as lines at the end of a file, which bench_scaling_report reads.
//
//   mpirun -np 4 bench_scaling [--network mlp|conv] [--batch 256] [--rank-batch 64] [--steps 10]
//                              [--most-kilobytes 65536] [--algorithm tree] [--link none] [--csv FILE]
//
// Strong scaling divides --batch images among the ranks, weak scaling gives each --rank-batch. --algorithm and --link
// only name what mpirun was told. scripts/scaling runs it on several numbers of ranks and across links.
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <functional>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include <autograd/autograd.hpp>
#include <autograd/distributed/collectives.hpp>
#include <autograd/mpi/session.hpp>
#include <nn/nn.hpp>

#include "measure.hpp"
#include "networks.hpp"

using namespace xgrad;

namespace {

struct Times {
  double median, minimum;
};

/// A line of the file: what bench_scaling_report groups by, and times.
class Records {
 public:
  Records(int argc, char** argv, const distributed::Communicator& world)
      : link_(bench::text_flag(argc, argv, "--link", "none")),
        algorithm_(bench::text_flag(argc, argv, "--algorithm", "tree")),
        ranks_(world.size()) {
    const std::string path = bench::text_flag(argc, argv, "--csv", "");
    if (path.empty() || world.rank() != 0) return;
    file_.open(path, std::ios::app);
    if (!file_) fail("bench_scaling", "--csv: " + path + " cannot be written");
    if (file_.tellp() == 0)
      file_ << "what,network,scaling,link,algorithm,ranks,cores,batch,messages,bytes,median,minimum\n";
  }

  void add(const std::string& what, const std::string& network, const std::string& scaling, std::int64_t batch,
           std::size_t messages, std::int64_t bytes, const Times& times) {
    if (!file_.is_open()) return;
    file_ << what << ',' << network << ',' << scaling << ',' << link_ << ',' << algorithm_ << ',' << ranks_ << ','
          << sysconf(_SC_NPROCESSORS_ONLN) << ',' << batch << ',' << messages << ',' << bytes << ',' << times.median
          << ',' << times.minimum << std::endl;
  }

 private:
  std::string link_, algorithm_;
  int ranks_;
  std::ofstream file_;
};

/// Of `repeats` runs that all ranks begin together. A run takes as long as on the rank that it takes longest on: one
/// that begins late finds what the others have sent already.
Times timed(const distributed::Communicator& world, int repeats, const std::function<void()>& f) {
  std::vector<double> own;
  for (int i = 0; i < repeats; ++i) {
    world.barrier();
    own.push_back(bench::seconds(f));
  }
  const Tensor of_ranks = distributed::all_gather(tensor(own).reshape({1, repeats}), 0, world);
  const std::vector<double> all = max(of_ranks, 0).to_vector<double>();
  return {bench::median(all), *std::ranges::min_element(all)};
}

nn::Sequential network_of(const std::string& name) {
  nn::Sequential model;
  if (name == "mlp") {
    const std::vector<bench::Layer> layers = bench::wide_layers();
    for (std::size_t i = 0; i < layers.size(); ++i) {
      model.push_back(nn::Linear(layers[i].in, layers[i].out));
      if (i + 1 < layers.size()) model.push_back(nn::ReLU());
    }
  } else if (name == "conv") {
    model = nn::Sequential{nn::Conv2d(1, 16, 3, {.padding = 1}),
                           nn::ReLU(),
                           nn::MaxPool2d(2),
                           nn::Conv2d(16, 32, 3, {.padding = 1}),
                           nn::ReLU(),
                           nn::MaxPool2d(2),
                           nn::Flatten(),
                           nn::Linear(32 * 7 * 7, bench::classes)};
  } else {
    fail("bench_scaling", "--network: there is no '" + name + "'; expected mlp or conv");
  }
  return model;
}

std::int64_t bytes_of(const Tensor& x) { return x.size() * static_cast<std::int64_t>(size_of(x.dtype())); }

/// Bytes of each bucket of gradients.
std::vector<std::int64_t> bucket_bytes(const nn::DistributedDataParallel& parallel) {
  std::vector<std::int64_t> all;
  const nn::NamedParameters parameters = parallel.module().named_parameters();
  for (const std::vector<std::string>& bucket : parallel.buckets()) {
    all.push_back(0);
    for (const auto& [name, parameter] : parameters)
      if (std::ranges::find(bucket, name) != bucket.end()) all.back() += bytes_of(parameter.value());
  }
  return all;
}

void measure_step(const distributed::Communicator& world, const std::string& network, const std::string& scaling,
                  std::int64_t batch, int steps, Records& records) {
  manual_seed(1);
  Generator generator(static_cast<std::uint64_t>(world.rank()));
  const Shape images = network == "mlp" ? Shape{batch, 784} : Shape{batch, 1, 28, 28};
  const Tensor x = rand(images, float32, generator);
  const Tensor y = cast(rand({batch}, float32, generator) * bench::classes, int64);
  eval({x, y});
  const nn::Sequential model = network_of(network);
  const nn::DistributedDataParallel parallel(model);
  optim::Adam adam(model.parameters());
  const auto step = [&](const nn::Module& module) {
    std::vector<Tensor> gradients;
    {
      const Tape tape;
      gradients = tape.gradient(nn::cross_entropy(module(x), y), model.parameters());
    }
    adam.step(std::move(gradients));
  };
  const auto measured = [&](const nn::Module& module) {
    for (int i = 0; i < 5; ++i) step(module);  // until its loops are compiled
    return timed(world, steps, [&] { step(module); });
  };
  const Times whole = measured(parallel);
  const Times compute = measured(model);  // gradients stay each rank's own

  const std::vector<std::int64_t> buckets = bucket_bytes(parallel);
  std::vector<Tensor> gradients;
  for (const std::int64_t bytes : buckets) gradients.push_back(ones({bytes / 4}));
  eval(gradients);
  std::int64_t all_bytes = 0;
  for (const std::int64_t bytes : buckets) all_bytes += bytes;
  const Times exchange = timed(world, steps, [&] {
    for (const Tensor& gradient : gradients) eval(distributed::all_reduce(gradient));
  });

  records.add("step", network, scaling, batch, buckets.size(), all_bytes, whole);
  records.add("compute", network, scaling, batch, buckets.size(), all_bytes, compute);
  records.add("exchange", network, scaling, batch, buckets.size(), all_bytes, exchange);
  if (world.rank() != 0) return;
  std::printf("%-5s %-7s %5d %7lld %11.2f %11.2f %11.2f %11.2f %11.0f\n", network.c_str(), scaling.c_str(),
              world.size(), static_cast<long long>(batch), 1e3 * whole.median, 1e3 * whole.minimum,
              1e3 * compute.minimum, 1e3 * exchange.minimum, static_cast<double>(batch * world.size()) / whole.median);
}

/// Long messages are not repeated often.
int repeats_of(std::int64_t bytes) { return static_cast<int>(std::clamp<std::int64_t>((32 << 20) / bytes, 4, 40)); }

void measure_all_reduce(const distributed::Communicator& world, std::int64_t bytes, Records& records) {
  const Tensor x = ones({bytes / 4});
  eval(x);
  eval(distributed::all_reduce(x));
  const Times times = timed(world, repeats_of(bytes), [&] { eval(distributed::all_reduce(x)); });
  records.add("all_reduce", "", "", 0, 1, bytes, times);
  if (world.rank() != 0) return;
  std::printf("%10lld KiB %11.3f %11.3f %11.1f\n", static_cast<long long>(bytes >> 10), 1e3 * times.median,
              1e3 * times.minimum, static_cast<double>(bytes) / times.minimum / 1e6);
}

int measure(int argc, char** argv) {
  const mpi::Session session;
  const distributed::Communicator& world = session.world();
  Records records(argc, argv, world);
  const std::string network = bench::text_flag(argc, argv, "--network", "mlp");
  const std::int64_t batch = bench::flag(argc, argv, "--batch", 256);
  const std::int64_t rank_batch = bench::flag(argc, argv, "--rank-batch", 64);
  const int steps = bench::flag(argc, argv, "--steps", 10);
  const std::int64_t most = std::int64_t{bench::flag(argc, argv, "--most-kilobytes", 65536)} << 10;
  if (batch % world.size() != 0)
    fail("bench_scaling",
         "--batch: " + std::to_string(batch) + " images do not divide by " + std::to_string(world.size()) + " ranks");

  if (session.rank() == 0)
    std::printf("%-5s %-7s %5s %7s %11s %11s %11s %11s %11s\n", "", "scaling", "ranks", "images", "step ms", "least",
                "computing", "exchanging", "images/s");
  measure_step(world, network, "strong", batch / world.size(), steps, records);
  measure_step(world, network, "weak", rank_batch, steps, records);
  if (world.size() == 1) return 0;
  if (session.rank() == 0) std::printf("%14s %11s %11s %11s\n", "all_reduce of", "ms", "least", "MB/s");
  for (std::int64_t bytes = 1024; bytes <= most; bytes *= 4) measure_all_reduce(world, bytes, records);
  return 0;
}

}  // namespace

int main(int argc, char** argv) try { return measure(argc, argv); } catch (const Error& error) {
  std::cerr << std::string(error.what()) + "\n";
  return 1;
}
