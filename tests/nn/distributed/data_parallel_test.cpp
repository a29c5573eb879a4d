#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <vector>

#include <nn/nn.hpp>

#include "autograd/distributed/ranks.hpp"
#include "autograd/expect.hpp"

namespace xgrad {
namespace {

using distributed::world;
using Rows = std::vector<std::vector<double>>;

nn::Sequential network(DType dtype) {
  nn::Sequential model{nn::Linear(8, 12), nn::BatchNorm1d(12), nn::Tanh(), nn::Linear(12, 3)};
  model.to(dtype);
  return model;
}

/// The rows of a batch that this rank has of it.
Tensor own_part(const Tensor& batch) {
  const std::int64_t part = batch.size(0) / world().size(), start = part * world().rank();
  return slice(batch, 0, start, start + part);
}

/// The losses of the whole batch in 200 steps at a batch of 60, which the ranks share, on rank 0.
std::vector<double> losses(int ranks, DType dtype, std::vector<double>& final_weights) {
  std::vector<double> losses;
  distributed::run_ranks(ranks, [&] {
    Generator generator(static_cast<std::uint64_t>(1 + world().rank()));  // rank 0's weights count
    const GeneratorScope scope(generator);
    const nn::Sequential model = network(dtype);
    nn::convert_sync_batchnorm(model);
    const nn::DistributedDataParallel parallel(model);
    optim::SGD sgd(model.parameters(), {.lr = 0.1, .momentum = 0.9});
    Generator data(7);
    const Tensor x = randn({240, 8}, dtype, data), y = argmax(slice(x, 1, 0, 3), 1);
    for (std::int64_t step = 0; step < 200; ++step) {
      const std::int64_t start = step % 4 * 60;
      const Tensor batch = own_part(slice(x, 0, start, start + 60)), labels = own_part(slice(y, 0, start, start + 60));
      const Tape tape;
      const Tensor loss = nn::cross_entropy(parallel(batch), labels);
      const Tensor mean_loss = distributed::all_reduce(stop_gradient(loss), distributed::ReduceOp::mean);
      sgd.step(tape.gradient(loss, model.parameters()));
      if (world().rank() == 0) losses.push_back(mean_loss.item<double>());
    }
    std::vector<double> weights = model.named_parameters()[0].second.value().to_vector<double>();
    if (world().rank() == 0) final_weights = std::move(weights);
  });
  return losses;
}

double largest_difference(const std::vector<double>& a, const std::vector<double>& b) {
  double most = a.size() == b.size() ? 0 : INFINITY;
  for (std::size_t i = 0; i < a.size() && i < b.size(); ++i) most = std::max(most, std::abs(a[i] - b[i]));
  return most;
}

}  // namespace

TEST_CASE("four ranks at batch 15 have the losses of one rank at batch 60, for 200 steps") {
  for (const auto& entry : {std::pair(float64, 1e-11), std::pair(float32, 1e-4)}) {
    const auto& dtype = entry.first;
    const auto& rounding = entry.second;
    CAPTURE(to_string(dtype));
    std::vector<double> weights_of_one, weights_of_four;
    const std::vector<double> one = losses(1, dtype, weights_of_one), four = losses(4, dtype, weights_of_four);
    REQUIRE(one.size() == 200);
    CHECK(one.back() < one.front() / 2);
    // Sums of 60 numbers in another order, whose differences 200 steps carry on.
    CHECK(largest_difference(one, four) < rounding);
    CHECK(largest_difference(weights_of_one, weights_of_four) < 10 * rounding);
  }
}

TEST_CASE("gradients of a data-parallel model are averages, the same to the bit on all ranks, of any order") {
  const auto losses = [](bool second) {
    return [second] {
      Generator generator(3);
      const GeneratorScope scope(generator);
      const nn::Sequential model{nn::Linear(3, 4), nn::Tanh(), nn::Linear(4, 1)};
      model.parameters();
      const nn::DistributedDataParallel parallel(model, {.bucket_bytes = 20});
      Generator data(static_cast<std::uint64_t>(world().rank()));
      const Tensor x = randn({5, 3}, float32, data);
      const Tape tape;
      const Tensor loss = sum(square(parallel(x)));
      std::vector<Tensor> gradients = tape.gradient(loss, model.parameters());
      if (second) {
        Tensor norm = zeros({});
        for (const Tensor& g : gradients) norm = norm + sum(square(g));
        gradients = tape.gradient(norm, model.parameters());
      }
      std::vector<Tensor> flat;
      for (const Tensor& g : gradients) flat.push_back(g.reshape({g.size()}));
      return concatenate(flat, 0);
    };
  };
  // The mean loss of the three ranks' data, in one process.
  const auto expected = [](bool second) {
    Generator generator(3);
    const GeneratorScope scope(generator);
    const nn::Sequential model{nn::Linear(3, 4), nn::Tanh(), nn::Linear(4, 1)};
    const Tape tape;
    Tensor loss = zeros({});
    for (std::uint64_t rank = 0; rank < 3; ++rank) {
      Generator data(rank);
      loss = loss + sum(square(model(randn({5, 3}, float32, data)))) / 3;
    }
    std::vector<Tensor> gradients = tape.gradient(loss, model.parameters());
    if (second) {
      Tensor norm = zeros({});
      for (const Tensor& g : gradients) norm = norm + sum(square(g));
      gradients = tape.gradient(norm, model.parameters());
    }
    std::vector<Tensor> flat;
    for (const Tensor& g : gradients) flat.push_back(g.reshape({g.size()}));
    return concatenate(flat, 0).to_vector<double>();
  };
  for (const bool second : {false, true}) {
    CAPTURE(second);
    const Rows actual = test::on_ranks(3, losses(second));
    CHECK(actual[1] == actual[0]);
    CHECK(actual[2] == actual[0]);
    CHECK(largest_difference(actual[0], expected(second)) < 2e-4);  // of numbers of about 10, in float32
  }
}

TEST_CASE("buckets hold gradients in the order in which they become ready, after the first forward") {
  /// Uses its parts in another order than they are registered in.
  class Crossed : public nn::Module {
   public:
    Crossed() : Module("Crossed") {}
    Tensor forward(const Tensor& x) const override { return first_(second_(x)); }

   private:
    nn::Linear first_ = register_module("first", nn::Linear(4, 4, {.bias = false}));
    nn::Linear second_ = register_module("second", nn::Linear(4, 4, {.bias = false}));
  };
  std::vector<std::vector<std::string>> before, after, one;
  distributed::run_ranks(2, [&] {
    const Crossed model;
    const nn::DistributedDataParallel parallel(model, {.bucket_bytes = 64}), whole(model);
    if (world().rank() == 0) before = parallel.buckets();
    const Tape tape;
    eval(tape.gradient(sum(parallel(ones({2, 4}))), model.parameters()));
    if (world().rank() == 0) after = parallel.buckets();
    if (world().rank() == 0) one = whole.buckets();
  });
  using Names = std::vector<std::vector<std::string>>;
  CHECK(before == Names{{"second.weight"}, {"first.weight"}});
  CHECK(after == Names{{"first.weight"}, {"second.weight"}});
  CHECK(one == Names{{"second.weight", "first.weight"}});
}

TEST_CASE("all ranks get rank 0's parameters and buffers, and buffers again in each forward") {
  const Rows values = test::on_ranks(2, [] {
    Generator generator(static_cast<std::uint64_t>(world().rank()));
    const GeneratorScope scope(generator);
    const nn::Sequential model{nn::Linear(2, 2), nn::BatchNorm1d(2)};
    const nn::DistributedDataParallel parallel(model);
    const Tensor x = randn({6, 2}, float32, generator);
    for (int i = 0; i < 3; ++i) parallel(x);
    parallel.module().named_buffers();
    const Tensor weight = model.named_parameters()[0].second;
    const Tensor before = stack({weight.reshape({4})}, 0);
    parallel(x);
    return before;
  });
  CHECK(values[0] == values[1]);
  const auto running_means = [](bool broadcast_buffers) {
    return test::on_ranks(2, [=] {
      const nn::BatchNorm1d norm(2);
      const nn::DistributedDataParallel parallel(norm, {.broadcast_buffers = broadcast_buffers});
      for (int i = 0; i < 3; ++i) parallel(ones({4, 2}) * (1 + world().rank()));
      return norm.running_mean * 1;
    });
  };
  const Rows apart = running_means(false), together = running_means(true);
  CHECK(apart[1][0] == doctest::Approx(2 * apart[0][0]));
  // Before the third step both had what rank 0 had.
  CHECK(together[0][0] == doctest::Approx(0.271));
  CHECK(together[1][0] == doctest::Approx(0.9 * 0.19 + 0.2));
}

TEST_CASE("wrong data-parallel models are refused") {
  const auto refused = [](const std::function<void()>& f) { return test::error_of_ranks(2, f); };
  CHECK(test::lacks(refused([] { nn::DistributedDataParallel(nn::Linear(2, 2 + world().rank())); }),
                    {"DistributedDataParallel", "rank 1", "rank 0"}) == "");
  CHECK(test::lacks(refused([] { nn::DistributedDataParallel(nn::Linear(2, 2), {.bucket_bytes = 0}); }),
                    {"bucket_bytes is 0"}) == "");
  CHECK(test::lacks(refused([] { nn::DistributedDataParallel{nn::Tanh()}; }), {"no parameters"}) == "");
}

TEST_CASE("metrics of all ranks are merged, also where they keep their scores") {
  const Rows accuracies = test::on_ranks(3, [] {
    nn::Accuracy accuracy;
    const Tensor classes = world().rank() == 0 ? tensor({1, 1, 1, 1}) : tensor({0});
    if (world().rank() < 2) accuracy.update(classes.to(int64), ones(classes.shape(), int64));
    return nn::get_synced_metric(accuracy).compute();
  });
  CHECK(accuracies == Rows(3, {0.8}));
  const Rows areas = test::on_ranks(2, [] {
    nn::ExactAUROC metric;
    if (world().rank() == 0) metric.update(test::f64({0.1, 0.9, 0.8}), tensor({0, 1, 0}).to(int64));
    if (world().rank() == 1) metric.update(test::f64({0.7}), tensor({1}).to(int64));
    return nn::get_synced_metric(metric).compute();
  });
  CHECK(areas == Rows(2, {0.75}));
}

}  // namespace xgrad
