#include <demo/wasm/experiment.hpp>

#include <cmath>
#include <numeric>

#include <doctest/doctest.h>

#include <autograd/autograd.hpp>
#include <data/synthetic.hpp>

using namespace xgrad;

namespace {

apps::Setting small_setting() {
  apps::Setting setting = apps::all_settings().front();
  setting.layers = 4;
  setting.units = 12;
  setting.batch = 20;
  return setting;
}

demo::Experiment small_experiment(const apps::Setting& setting = small_setting()) {
  return {setting, data::synthetic_digits(100, 1), data::synthetic_digits(50, 2), 3};
}

std::vector<float> values_of(const nn::Sequential& network) {
  std::vector<float> all;
  for (const auto& [name, tensor] : nn::state_dict(network))
    if (tensor.dtype() == float32)
      for (const float value : tensor.to_vector<float>()) all.push_back(value);
  return all;
}

}  // namespace

TEST_CASE("Looking at the layers changes neither the networks nor how they go on") {
  demo::Experiment watched = small_experiment(), other = small_experiment();
  for (int step = 0; step < 5; ++step) {
    for (const std::size_t network : {0u, 1u}) {
      const std::vector<float> before = values_of(watched.network(network).network());
      watched.layers(network);
      watched.accuracy(network);
      watched.answer(network, std::vector<float>(784, 0.5f));
      CHECK(values_of(watched.network(network).network()) == before);
    }
    CHECK(watched.step() == other.step());
  }
}

TEST_CASE("A layer's histogram holds all activations, within the bounds of the activation") {
  for (const apps::Activation activation :
       {apps::Activation::tanh, apps::Activation::relu, apps::Activation::sigmoid}) {
    apps::Setting setting = small_setting();
    setting.activation = activation;
    const demo::Experiment experiment = small_experiment(setting);
    for (const std::size_t network : {0u, 1u}) {
      const std::vector<demo::LayerView> layers = experiment.layers(network);
      REQUIRE(layers.size() == 4);
      for (std::size_t i = 0; i < 3; ++i) {
        CHECK(std::accumulate(layers[i].histogram.begin(), layers[i].histogram.end(), 0.0) == doctest::Approx(1));
        CHECK(layers[i].mean >= layers[i].low);
        CHECK(layers[i].mean <= layers[i].high);
        CHECK(layers[i].std > 0);
      }
      CHECK(std::isnan(layers[3].std));
    }
  }
}

TEST_CASE("A layer's gradient is that of the loss of the next step's batch") {
  const apps::Setting setting = small_setting();
  const demo::Experiment experiment = small_experiment(setting);
  apps::Batches batches(data::synthetic_digits(100, 1), setting.batch, 3);
  const data::Batch batch = batches.next();
  const nn::Sequential& network = experiment.network(0).network();
  Tape tape;
  const Tensor loss = nn::cross_entropy(network(batch.images), batch.labels);
  const std::vector<Tensor> gradients = tape.gradient(loss, network.parameters());
  const std::vector<demo::LayerView> layers = experiment.layers(0);
  for (std::size_t i = 0; i < 4; ++i)  // weights and biases take turns
    CHECK(layers[i].gradient_norm == doctest::Approx(sqrt(sum(square(gradients[2 * i]))).item()).epsilon(1e-5));
}

TEST_CASE("Answers are probabilities, and those of the batch-normalized network do not depend on other images") {
  demo::Experiment experiment = small_experiment();
  experiment.step();
  for (const std::size_t network : {0u, 1u}) {
    const std::vector<float> answer = experiment.answer(network, std::vector<float>(784, 0.25f));
    REQUIRE(answer.size() == 10);
    CHECK(std::accumulate(answer.begin(), answer.end(), 0.0) == doctest::Approx(1));
  }
}

TEST_CASE("A network that has blown up is seen to have") {
  apps::Setting setting = small_setting();
  setting.activation = apps::Activation::relu;
  setting.init_std = 1e30;
  demo::Experiment experiment = small_experiment(setting);
  for (int step = 0; step < 3; ++step) experiment.step();
  CHECK(experiment.network(0).diverged_at() == 1);
  CHECK(std::isnan(experiment.accuracy(0)));
  CHECK(!std::isfinite(experiment.layers(0).front().gradient_norm));
}

TEST_CASE("A batch larger than the training set is refused") {
  apps::Setting setting = small_setting();
  setting.batch = 101;
  CHECK_THROWS_WITH_AS(small_experiment(setting), "batch size: 101 images of 100; expected no more", Error);
}
