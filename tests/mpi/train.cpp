// Training that writes a checkpoint every few steps and goes on from it, on any number of ranks. One rank can be made
// to fail in the middle of it.
//
//   train CHECKPOINT STEPS [RANK STEP kill|stop|exit|throw|leave|differ]
#include <signal.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <iostream>
#include <string>

#include <autograd/distributed/collectives.hpp>
#include <autograd/mpi/session.hpp>
#include <data/combine.hpp>
#include <data/common_place.hpp>
#include <nn/nn.hpp>

using namespace xgrad;

namespace {

constexpr std::int64_t batch_of_all = 24;

struct Failure {
  int rank = -1;
  std::int64_t step = 0;
  std::string how;

  void happen() const {
    if (how == "kill") raise(SIGKILL);
    if (how == "stop") raise(SIGSTOP);
    if (how == "exit") std::exit(3);
    if (how == "throw") fail("train", "on purpose");
    if (how == "differ") eval(distributed::all_reduce(ones({3})));
  }
};

int train(const mpi::Session& session, const std::filesystem::path& checkpoint, std::int64_t steps,
          const Failure& failure) {
  manual_seed(1);
  const nn::Sequential model{nn::Linear(4, 16), nn::BatchNorm1d(16), nn::Tanh(), nn::Linear(16, 3)};
  nn::convert_sync_batchnorm(model);
  const nn::DistributedDataParallel parallel(model);
  optim::Adam adam(model.parameters(), {.lr = 0.01});

  Generator random(2);
  const Tensor x = randn({240, 4}, float32, random), y = argmax(slice(x, 1, 0, 3), 1);
  eval({x, y});
  const data::RandomSampler common(240, {.seed = 3});
  data::Loader loader(data::TensorDataset(x, y), {.batch_size = batch_of_all / session.size(),
                                                  .sampler = data::DistributedSampler(
                                                      common, {.world_size = session.size(), .rank = session.rank()})});
  data::CommonPlace place(loader, common, session.size());
  nn::Training training{.model = model, .optimizer = adam, .loader = place};
  if (std::filesystem::exists(checkpoint)) nn::load_checkpoint(checkpoint, training);

  while (training.step < steps) {
    for (const auto& [images, labels] : loader) {
      if (failure.rank == session.rank() && failure.step == training.step) {
        if (failure.how == "leave") return 0;
        failure.happen();
      }
      const Tape tape;
      const Tensor loss = nn::cross_entropy(parallel(images), labels);
      const Tensor mean = distributed::all_reduce(stop_gradient(loss), distributed::ReduceOp::mean);
      adam.step(tape.gradient(loss, model.parameters()));
      const std::int64_t step = training.step++;
      if (session.rank() == 0) {
        std::cout << "step " << step << " " << mean.item<double>() << std::endl;
        if (training.step % 10 == 0) nn::save_checkpoint(checkpoint, training);
      }
      if (training.step == steps) break;
    }
    if (training.step < steps) ++training.epoch;
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc < 3) return 2;
  Failure failure;
  if (argc == 6) failure = {std::atoi(argv[3]), std::atoll(argv[4]), argv[5]};
  const mpi::Session session({.deadline = std::chrono::seconds(10), .check_calls = failure.how == "differ"});
  return train(session, argv[1], std::atoll(argv[2]), failure);
} catch (const Error& error) {
  std::cerr << "error: " + std::string(error.what()) + "\n";  // at once: other ranks write, too
  return 1;
}
