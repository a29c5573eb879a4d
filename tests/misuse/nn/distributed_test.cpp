#include <doctest/doctest.h>

#include <data/combine.hpp>
#include <data/common_place.hpp>
#include <nn/nn.hpp>

#include "misuse/lists.hpp"

// Ranks are one here, which every collective takes: wrong arguments are wrong without others. What depends on their
// number is in tests/autograd/errors/distributed_test.cpp and tests/nn/distributed/.
namespace xgrad::test {
namespace {

nn::Sequential net() { return nn::Sequential{nn::Linear(3, 2), nn::BatchNorm1d(2), nn::Linear(2, 1)}; }

Tensor x_of(const Tensor& input) { return input; }

/// A call that is made of tensors that memory holds: collectives run whether somebody reads their values or not.
template <class F>
auto of_small(F f) {
  return [=](const Tensor& x, auto... more) -> Tensor {
    if (x.defined() && x.size() > 1000) return zeros({});
    return f(x, more...);
  };
}

using Divided = optim::ZeroRedundancyOptimizer<optim::SGD>;

}  // namespace

Probes distributed_probes() {
  using I = std::int64_t;
  using namespace distributed;
  const Tensor x = tensor({{1, 2, 3}, {4, 5, 7}});
  return {
      probe("all_reduce", of_small([](const Tensor& t, ReduceOp op) { return all_reduce(t, op); }), x, ReduceOp::mean),
      probe("reduce", of_small([](const Tensor& t, int root) { return reduce(t, root); }), x, 0),
      probe("broadcast", of_small([](const Tensor& t, int root) { return broadcast(t, root); }), x, 0),
      probe("all_gather", of_small([](const Tensor& t, int axis) { return all_gather(t, axis); }), x, 1),
      probe("reduce_scatter", of_small([](const Tensor& t, int axis) { return reduce_scatter(t, axis); }), x, 1),
      probe("all_to_all", of_small([](const Tensor& t, int split, int concat) { return all_to_all(t, split, concat); }),
            x, 1, 0),
      probe("replicated", of_small([](const Tensor& t) { return replicated(t); }), x),
      probe("copy_to_group", of_small([](const Tensor& t) { return copy_to_group(t); }), x),
      probe("reduce_from_group", of_small([](const Tensor& t) { return reduce_from_group(t); }), x),
      probe("scatter_to_group", of_small([](const Tensor& t, int axis) { return scatter_to_group(t, axis); }), x, -1),
      probe("gather_from_group", of_small([](const Tensor& t, int axis) { return gather_from_group(t, axis); }), x, -1),
      probe(
          {"bucketed", "concatenate"},
          [](const std::vector<Tensor>& ts) {
            for (const Tensor& t : ts)
              if (t.defined() && t.size() > 1000) return ts;
            return bucketed(ts);
          },
          std::vector<Tensor>{x, x}),
      probe(
          {"Communicator", "Communicator::split", "WorldScope", "set_default_world"},
          [](int color, int key, bool none) {
            const Communicator part = none ? Communicator(std::shared_ptr<Transport>()) : world().split(color, key);
            const WorldScope scope(part);
            set_default_world(Communicator());
            world().barrier();
          },
          1, 0, false),
      probe(
          {"run_ranks", "the user's function"},
          [](int size, const std::function<void()>& f, double deadline) {
            run_ranks(size, f, {.deadline = std::chrono::duration<double>(deadline)});
          },
          2, std::function<void()>([] { world().barrier(); }), 20.0),
      probe(
          {"DistributedDataParallel", "convert_sync_batchnorm", "its parts"},
          [](I bucket_bytes, bool buffers, const Tensor& input) {
            if (input.defined() && input.size() > 1000) return input;
            const nn::Sequential model = net();
            nn::convert_sync_batchnorm(model);
            return nn::DistributedDataParallel(model,
                                               {.bucket_bytes = bucket_bytes, .broadcast_buffers = buffers})(input);
          },
          I{100}, true, x),
      probe(
          {"FullyShardedDataParallel", "full_state_dict", "load_full_state_dict", "its parts"},
          [](const NamedTensors& state, const Tensor& input) {
            if (input.defined() && input.size() > 1000) return input;
            const nn::FullyShardedDataParallel model(net());
            nn::load_full_state_dict(model, state);
            nn::full_state_dict(model);
            return model(input);
          },
          nn::full_state_dict(net()), x),
      probe(
          {"ColumnParallelLinear", "Linear"},
          [](I in, I out, bool bias, DType dtype, const Tensor& input) {
            if (in > 1000 || out > 1000 || (input.defined() && input.size() > 1000)) return x_of(input);
            return nn::ColumnParallelLinear(in, out, {.bias = bias, .dtype = dtype})(input);
          },
          I{3}, I{2}, true, float32, x),
      probe(
          {"RowParallelLinear", "Linear"},
          [](I in, I out, bool parallel, DType dtype, const Tensor& input) {
            if (in > 1000 || out > 1000 || (input.defined() && input.size() > 1000)) return x_of(input);
            return nn::RowParallelLinear(in, out, {.input_is_parallel = parallel, .dtype = dtype})(input);
          },
          I{3}, I{2}, true, float32, x),
      probe(
          "gather_state",
          [](const NamedTensors& state) {
            for (const auto& [name, tensor] : state)
              if (tensor.defined() && tensor.size() > 1000) return;
            nn::gather_state(state);
          },
          NamedTensors{{"a", tensor({1, 2})}, {"b", tensor(1.5)}}),
      probe(
          {"get_synced_metric", "Accuracy::compute", "Accuracy::update"},
          [](const Tensor& predictions, const Tensor& targets) {
            nn::Accuracy accuracy;
            accuracy.update(predictions, targets);
            return nn::get_synced_metric(accuracy).compute();
          },
          x, tensor({0, 2}, int64)),
      probe(
          {"ZeroRedundancyOptimizer", "ShardedUpdates", "SGD", "ZeroRedundancyOptimizer::step", "SGD::step"},
          [](double lr, double next, std::size_t group, const std::vector<Tensor>& gradients) {
            const nn::Linear model(3, 2);
            Divided sgd(model.parameters(), {.lr = lr});
            sgd.set_lr(next);
            sgd.step(gradients);
            return sgd.lr(group) + sgd.base_lr(group);
          },
          0.1, 0.2, std::size_t{0}, std::vector<Tensor>{ones({2, 3}), ones({2})}),
      probe(
          {"ZeroRedundancyOptimizer::load_state", "ZeroRedundancyOptimizer::state", "SGD::load_state", "SGD"},
          [](const NamedTensors& state) {
            const nn::Linear model(3, 2);
            Divided sgd(model.parameters(), {.lr = 0.1, .momentum = 0.9});
            sgd.load_state(state);
            sgd.consolidate_state_dict();
            return sgd.state().size();
          },
          optim::SGD(nn::Linear(3, 2).parameters(), {.lr = 0.1, .momentum = 0.9}).state()),
      probe(
          {"CommonPlace", "CommonPlace::load_state", "DistributedSampler", "Loader", "Loader.load_state"},
          [](I world_size, I rank, I batch_size, const NamedTensors& state) {
            const data::RandomSampler common(12, {.seed = 1});
            data::Loader loader(data::TensorDataset(zeros({12, 2}), zeros({12})),
                                {.batch_size = batch_size,
                                 .sampler = data::DistributedSampler(common, {.world_size = 2, .rank = rank})});
            data::CommonPlace place(loader, common, world_size);
            place.load_state(state);
            return place.state().size();
          },
          I{2}, I{1}, I{3},
          [] {
            const data::RandomSampler common(12, {.seed = 1});
            data::Loader loader(data::TensorDataset(zeros({12, 2}), zeros({12})), {.batch_size = 6, .sampler = common});
            return data::CommonPlace(loader, common, 1).state();
          }()),
  };
}

TEST_CASE("collectives and distributed training stand wrong calls") { run(distributed_probes()); }

}  // namespace xgrad::test
