#include <apps/batchnorm_study/learner.hpp>

#include <algorithm>
#include <cmath>

#include <autograd/ops.hpp>
#include <autograd/random.hpp>
#include <autograd/tape.hpp>

namespace xgrad::apps {

namespace {

constexpr std::int64_t pixels = 784;
constexpr std::int64_t classes = 10;

nn::Module activation_module(Activation activation) {
  switch (activation) {
    case Activation::tanh:
      return nn::Tanh();
    case Activation::relu:
      return nn::ReLU();
    case Activation::sigmoid:
      return nn::Sigmoid();
  }
  fail("--activation", "unknown");
}

}  // namespace

std::vector<Tensor> initial_weights(const Setting& setting, std::uint64_t seed) {
  Generator generator(seed);
  std::vector<Tensor> weights;
  for (std::int64_t layer = 0; layer < setting.layers; ++layer) {
    const std::int64_t in = layer == 0 ? pixels : setting.units;
    const std::int64_t out = layer == setting.layers - 1 ? classes : setting.units;
    weights.push_back(randn({out, in}, float32, generator) * setting.init_std);
  }
  eval(weights);
  return weights;
}

nn::Sequential make_network(const Setting& setting, const std::vector<Tensor>& weights, Normalization normalization) {
  nn::Sequential network;
  for (std::size_t layer = 0; layer < weights.size(); ++layer) {
    const bool last = layer + 1 == weights.size();
    const bool normalized = normalization == Normalization::batch && (!last || setting.normalizes_output);
    const std::int64_t out = weights[layer].size(0);
    nn::Linear linear(weights[layer].size(1), out, {.bias = !normalized});
    linear.weight.set(weights[layer]);
    if (!normalized) linear.bias.set(zeros({out}));
    network.push_back(linear);
    if (normalized)
      network.push_back(nn::BatchNorm1d(
          out, {.eps = setting.eps, .momentum = 1 - setting.decay, .running_variance = nn::RunningVariance::biased}));
    if (!last) network.push_back(activation_module(setting.activation));
  }
  return network;
}

Learner::Gradients Learner::step(const data::Batch& batch) {
  Tape tape;
  const Tensor loss = nn::cross_entropy(network_(batch.images), batch.labels);
  std::vector<Tensor> gradients = tape.gradient(loss, network_.parameters());
  sgd_.step(gradients);
  return {loss, std::move(gradients)};
}

Learner::Step Learner::train_and_measure(const data::Batch& batch) {
  const auto [loss, gradients] = step(batch);
  std::vector<Tensor> norms;
  for (const Tensor& gradient : gradients)
    if (gradient.rank() == 2)
      norms.push_back(norm(gradient));  // of batch norm's parameters and biases there is one axis
  return {loss, stack(norms)};
}

double Learner::accuracy(const data::Batch& images) {
  network_.eval();
  const Tensor logits = network_(images.images);
  const Tensor accuracy = nn::accuracy(logits, images.labels);
  const Tensor finite = all(isfinite(logits));
  network_.train();
  eval({accuracy, finite});
  return finite.item<bool>() ? accuracy.item() : std::nan("");
}

std::array<double, 3> Learner::input_percentiles(const data::Batch& images) {
  network_.eval();
  // The last activation stands before the last linear layer, behind which there may be a batch norm.
  std::size_t behind = network_.size();
  while (behind > 0 && network_[behind - 1].type_name() != "Linear") --behind;
  if (behind < 2) fail("input_percentiles", "the network has no hidden layer");
  Tensor x = images.images;
  for (std::size_t i = 0; i + 2 < behind; ++i) x = network_[i](x);
  const Tensor found = quantile(x.to(float64).slice(1, 0, 1), {0.15, 0.5, 0.85}, 0);
  network_.train();
  std::array<double, 3> result{};
  std::ranges::copy(found.to_vector<double>(), result.begin());
  return result;
}

}  // namespace xgrad::apps
