#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include <apps/batchnorm_study/setting.hpp>
#include <data/dataset.hpp>
#include <nn/nn.hpp>

namespace xgrad::apps {

enum class Normalization { none, batch };

/// Weights of a setting's layers, (out, in) each, drawn from N(0, init_std^2) with a seed.
std::vector<Tensor> initial_weights(const Setting& setting, std::uint64_t seed);

/// The network of a setting with these weights. Plain: biases, zero at first. Batch-normalized: no biases, and batch
/// norm after every linear layer, before the activation; the last one too, whose output is the logits, unless the
/// setting says otherwise.
nn::Sequential make_network(const Setting& setting, const std::vector<Tensor>& weights, Normalization normalization);

/// A network of the study and its optimizer.
class Learner {
 public:
  Learner(const Setting& setting, const std::vector<Tensor>& weights, Normalization normalization)
      : network_(make_network(setting, weights, normalization)), sgd_(network_.parameters(), {.lr = setting.lr}) {}

  /// One step of gradient descent; gives the loss before it.
  Tensor train(const data::Batch& batch) { return step(batch).loss; }

  /// A step's loss, and the L2 norms of the gradients of the linear layers' weights, from the first layer on: (layers).
  struct Step {
    Tensor loss;
    Tensor gradient_norms;
  };
  /// The same, with the norms. The weights get the same values, to the bit.
  Step train_and_measure(const data::Batch& batch);

  /// Share of the images that the network gets right in eval mode, with its running statistics. NaN where the network
  /// gives any of them something that is not finite: the largest of ten NaN is no answer.
  double accuracy(const data::Batch& images);

  /// The 15th, 50th and 85th percentile over images of what the first unit of the last hidden layer gives its
  /// activation, in eval mode. Throws Error where there is no hidden layer.
  std::array<double, 3> input_percentiles(const data::Batch& images);

  const nn::Sequential& network() const noexcept { return network_; }

 private:
  struct Gradients {
    Tensor loss;
    std::vector<Tensor> of_parameters;
  };
  Gradients step(const data::Batch& batch);

  nn::Sequential network_;
  optim::SGD sgd_;
};

}  // namespace xgrad::apps
