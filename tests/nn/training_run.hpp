#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include <autograd/ops.hpp>
#include <autograd/tape.hpp>
#include <data/loader.hpp>
#include <nn/activations.hpp>
#include <nn/batchnorm.hpp>
#include <nn/dropout.hpp>
#include <nn/linear.hpp>
#include <nn/loss.hpp>
#include <nn/metrics.hpp>
#include <nn/optim/adamw.hpp>
#include <nn/optim/averaged_model.hpp>
#include <nn/optim/clip.hpp>
#include <nn/optim/early_stopping.hpp>
#include <nn/optim/schedule.hpp>
#include <nn/sequential.hpp>
#include <nn/training.hpp>

/// A short run with all that has a state, for tests of checkpoints.
namespace xgrad::nn {

inline constexpr std::int64_t samples = 26, batch_size = 4, batches = 7, epochs = 3;

/// Points of two classes, with noise that is drawn for each batch.
inline data::BatchSource points() {
  return {.size = samples, .batch = [](std::span<const std::int64_t> indices) {
            const Tensor i = tensor(indices, {std::ssize(indices)}), label = remainder(i, 2);
            const Tensor at = cast(i, float32) / 10;
            return data::Batch{stack({at, cast(label, float32), sin(at)}, 1) + 0.1 * randn({i.size(), 3}), label};
          }};
}

/// Where a run is: within the loop over the batches after a step, or behind it.
enum class Where { within, behind };

/// A run with all that has a state: shuffling, noise in the batches, dropout, batch norm, gradients of two batches a
/// step, a plateau and an average.
class TrainingRun {
 public:
  explicit TrainingRun(std::uint64_t seed) {
    manual_seed(seed);
    model = Sequential{Linear(3, 8), BatchNorm1d(8), Tanh(), Dropout(0.3), Linear(8, 2)};
    adam.emplace(model.parameters(), optim::AdamWOptions{.lr = 0.05, .amsgrad = true});
    average.emplace(model, optim::AveragedModelOptions{.decay = 0.8});
  }

  Training training() {
    return {.model = model,
            .optimizer = *adam,
            .schedule = plateau,
            .average = *average,
            .accumulator = accumulator,
            .early_stopping = stopping,
            .loader = loader,
            .others = {{"accuracy", accuracy}, {"noise", noise}}};
  }

  /// Trains to the end, or until `stops`, which is asked after each step and each epoch.
  void go_on(Training& state, const std::function<bool(Where)>& stops = {}) {
    while (state.epoch < epochs) {
      for (const auto& [x, labels] : loader) {
        step(x, labels);
        ++state.step;
        if (stops && stops(Where::within)) return;
      }
      const double loss = mean_loss.compute().item();
      mean_loss.reset();
      stopping(loss, model);
      adam->set_lr(plateau(1.0));
      ++state.epoch;
      if (stops && stops(Where::behind)) return;
    }
  }

  NamedTensors everything(const Training& state) {
    NamedTensors all{{"step", Tensor(state.step)}};
    const auto add = [&](const std::string& part, const NamedTensors& entries) {
      for (const auto& [name, tensor] : entries) all.emplace_back(part + name, tensor);
    };
    add("model ", state_dict(model));
    for (const auto& [name, part] : {std::pair{"optimizer ", state.optimizer},
                                     {"schedule ", state.schedule},
                                     {"average ", state.average},
                                     {"accumulator ", state.accumulator},
                                     {"stopping ", state.early_stopping},
                                     {"loader ", state.loader}})
      add(name, part.state());
    add("accuracy ", accuracy.state());
    add("noise ", Stateful(noise).state());
    add("default ", Stateful(default_generator()).state());
    return all;
  }

  Sequential model;
  std::optional<optim::AdamW> adam;
  optim::ReduceOnPlateau plateau{{.lr = 0.05, .patience = 0}};
  std::optional<optim::AveragedModel> average;
  optim::GradientAccumulator accumulator;
  optim::EarlyStopping stopping;
  data::Loader<> loader{points(), {.batch_size = batch_size, .shuffle = true, .seed = 5}};
  Accuracy accuracy;
  Mean mean_loss;
  Generator noise{77};

 private:
  void step(const Tensor& x, const Tensor& labels) {
    const Tape tape;
    const Tensor logits = model(x + 0.01 * randn(x.shape(), float32, noise));
    const Tensor loss = cross_entropy(logits, labels);
    accuracy.update(logits, labels);
    mean_loss.update(stop_gradient(Tensor(1.0)));
    accumulator.add(tape.gradient(loss, model.parameters()), static_cast<double>(labels.size()));
    if (accumulator.weight() < 2 * batch_size - 2) return;
    adam->step(accumulator.mean());
    average->update_parameters(model);
  }
};

}  // namespace xgrad::nn
