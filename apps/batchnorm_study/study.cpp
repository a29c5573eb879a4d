#include <apps/batchnorm_study/study.hpp>

#include <fmt/format.h>

#include <apps/common/interrupt.hpp>
#include <apps/common/progress.hpp>
#include <autograd/ops.hpp>
#include <autograd/random.hpp>
#include <autograd/tape.hpp>
#include <data/loader.hpp>

namespace xgrad::apps {

namespace {

constexpr std::int64_t pixels = 784;
constexpr std::int64_t classes = 10;

/// Batches without end: one epoch after the other, without a last batch that is smaller.
class Batches {
 public:
  Batches(const data::Dataset& images, std::int64_t batch, std::uint64_t seed)
      : loader_(images, {.batch_size = batch, .shuffle = true, .seed = seed, .drop_last = true}), at_(loader_.begin()) {
    if (loader_.batches() == 0)
      fail("--batch", fmt::format("batches of {} out of {} training images", batch, images.size()));
  }

  data::Batch next() {
    if (at_ == loader_.end()) at_ = loader_.begin();
    const data::Batch batch = *at_;
    ++at_;
    return batch;
  }

 private:
  data::Loader loader_;
  data::Loader::Iterator at_;
};

/// A network and its optimizer.
class Learner {
 public:
  Learner(const Setting& setting, const std::vector<Tensor>& weights, Normalization normalization)
      : model_(make_network(setting, weights, normalization)), sgd_(model_.parameters(), {.lr = setting.lr}) {}

  /// One step of gradient descent; the loss before it.
  Tensor train(const data::Batch& batch) {
    Tape tape;
    const Tensor loss = nn::cross_entropy(model_(batch.images), batch.labels);
    sgd_.step(tape.gradient(loss, model_.parameters()));
    return loss;
  }

  double accuracy(const data::Batch& images) {
    model_.eval();
    const Tensor accuracy = nn::accuracy(model_(images.images), images.labels);
    model_.train();
    return accuracy.item();
  }

 private:
  nn::Sequential model_;
  optim::SGD sgd_;
};

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
  const bool normalized = normalization == Normalization::batch;
  nn::Sequential network;
  for (std::size_t layer = 0; layer < weights.size(); ++layer) {
    const std::int64_t out = weights[layer].size(0);
    nn::Linear linear(weights[layer].size(1), out, {.bias = !normalized});
    linear.weight.set(weights[layer]);
    if (!normalized) linear.bias.set(zeros({out}));
    network.push_back(linear);
    if (normalized)
      network.push_back(nn::BatchNorm1d(
          out, {.eps = setting.eps, .momentum = 1 - setting.decay, .running_variance = nn::RunningVariance::biased}));
    if (layer + 1 < weights.size()) network.push_back(activation_module(setting.activation));
  }
  return network;
}

Outcome run_setting(const Setting& setting, const data::Splits& splits, std::uint64_t seed,
                    const std::function<void(const Evaluation&)>& on_evaluation) {
  const std::vector<Tensor> weights = initial_weights(setting, seed);
  Learner plain(setting, weights, Normalization::none);
  Learner normalized(setting, weights, Normalization::batch);
  Batches batches(splits.train, setting.batch, seed);
  const data::Batch validation = splits.validation.all();

  Outcome outcome{.setting = setting, .evaluations = {}};
  Progress progress(setting.name, setting.steps);
  for (std::int64_t step = 1; step <= setting.steps && !interrupted(); ++step) {
    const data::Batch batch = batches.next();
    const Tensor plain_loss = plain.train(batch);
    const Tensor normalized_loss = normalized.train(batch);
    if ((step - 1) % setting.eval_every == 0) {
      const Evaluation evaluation{.step = step,
                                  .plain = {plain_loss.item(), plain.accuracy(validation)},
                                  .normalized = {normalized_loss.item(), normalized.accuracy(validation)}};
      on_evaluation(evaluation);
      outcome.evaluations.push_back(evaluation);
      progress.note(
          fmt::format("plain {:.3f}, batch norm {:.3f}", evaluation.plain.accuracy, evaluation.normalized.accuracy));
    }
    outcome.steps_done = step;
    progress.advance();
  }
  outcome.seconds = progress.seconds();
  return outcome;
}

}  // namespace xgrad::apps
