#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include <autograd/autograd.hpp>
#include <nn/nn.hpp>

namespace xgrad {
namespace {

using distributed::world;

/// The losses of 200 steps at a batch of 60, which the ranks of world() share: of one rank at 60, or of four at 15.
std::vector<double> losses() {
  Generator generator(static_cast<std::uint64_t>(1 + world().rank()));  // rank 0's weights count
  const GeneratorScope scope(generator);
  const nn::Sequential model{nn::Linear(8, 12, {.dtype = float64}), nn::BatchNorm1d(12, {.dtype = float64}), nn::Tanh(),
                             nn::Linear(12, 3, {.dtype = float64})};
  nn::convert_sync_batchnorm(model);
  const nn::DistributedDataParallel parallel(model, {.bucket_bytes = 500});
  optim::Adam adam(model.parameters(), {.lr = 0.01});
  Generator data(7);
  const Tensor x = randn({240, 8}, float64, data), y = argmax(slice(x, 1, 0, 3), 1);
  std::vector<double> seen;
  for (std::int64_t step = 0; step < 200; ++step) {
    const std::int64_t part = 60 / world().size(), start = step % 4 * 60 + part * world().rank();
    const Tape tape;
    const Tensor loss = nn::cross_entropy(parallel(slice(x, 0, start, start + part)), slice(y, 0, start, start + part));
    const Tensor mean_loss = distributed::all_reduce(stop_gradient(loss), distributed::ReduceOp::mean);
    adam.step(tape.gradient(loss, model.parameters()));
    seen.push_back(mean_loss.item<double>());
  }
  return seen;
}

}  // namespace

TEST_CASE("all processes together have the losses of one process at the whole batch, for 200 steps") {
  // Of one rank each, whose seed is rank 0's.
  std::vector<double> one;
  {
    const distributed::WorldScope alone{distributed::Communicator()};
    one = losses();
  }
  const std::vector<double> together = losses();
  REQUIRE(together.size() == one.size());
  double most = 0;
  for (std::size_t i = 0; i < one.size(); ++i) most = std::max(most, std::abs(one[i] - together[i]));
  CHECK(one.back() < one.front() / 2);
  CHECK(most < 1e-10);  // sums of 60 numbers in another order, whose differences 200 steps carry on
}

}  // namespace xgrad
