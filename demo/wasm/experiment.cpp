#include <demo/wasm/experiment.hpp>

#include <autograd/ops.hpp>
#include <nn/clone.hpp>

namespace xgrad::demo {
namespace {

std::array<apps::Runner, 2> make_runners(const apps::Setting& setting, std::uint64_t seed) {
  const std::vector<Tensor> weights = apps::initial_weights(setting, seed);
  return {apps::Runner(setting, weights, apps::Normalization::none),
          apps::Runner(setting, weights, apps::Normalization::batch)};
}

const data::ImageDataset& checked(const data::ImageDataset& train, std::int64_t batch) {
  if (batch > train.size())
    fail("batch size", std::to_string(batch) + " images of " + std::to_string(train.size()) + "; expected no more");
  return train;
}

}  // namespace

Experiment::Experiment(const apps::Setting& setting, const data::ImageDataset& train, const data::ImageDataset& test,
                       std::uint64_t seed)
    : batches_(checked(train, setting.batch), setting.batch, seed, 0),
      runners_(make_runners(setting, seed)),
      test_(test.all()),
      batch_(batches_.next()) {}

std::array<double, 2> Experiment::step() {
  if (!fresh_) batch_ = batches_.next();
  fresh_ = false;
  ++steps_;
  for (apps::Runner& runner : runners_) runner.train(batch_, steps_);
  return {runners_[0].loss(), runners_[1].loss()};
}

double Experiment::accuracy(std::size_t which) { return runners_.at(which).score(test_).accuracy; }

std::vector<float> Experiment::answer(std::size_t which, std::span<const float> image) const {
  nn::Sequential network = nn::clone(runners_.at(which).network());
  network.eval();
  const Tensor x = tensor(image, {1, static_cast<std::int64_t>(image.size())});
  return softmax(network(x), 1).to_vector<float>();
}

}  // namespace xgrad::demo
