#include <cstdio>
#include <exception>
#include <filesystem>

#include <data/loader.hpp>
#include <data/synthetic.hpp>
#include <data/transform.hpp>
#include <nn/nn.hpp>

// kill_train FOLDER RESULT: a training run with all that a run can have, which goes on from the checkpoints in FOLDER
// and writes its state at the end to RESULT. kills.cpp kills it.
namespace {

using namespace xgrad;

constexpr std::int64_t epochs = 40;

void train(const std::filesystem::path& folder, const std::filesystem::path& result) {
  const data::Dataset<data::Batch> digits =
      data::transformed(data::synthetic_digits(300, 1), data::random_affine({.degrees = 10, .scale = {0.9, 1.1}}));
  data::Loader loader(digits, {.batch_size = 10, .shuffle = true, .seed = 3, .workers = 3});
  manual_seed(7);
  nn::Sequential model{nn::Flatten(), nn::Linear(784, 40), nn::BatchNorm1d(40),
                       nn::ReLU(),    nn::Dropout(0.3),    nn::Linear(40, 10)};
  optim::AdamW adam(model.parameters(), {.lr = 0.002});
  optim::AveragedModel average(model, {.decay = 0.98});
  optim::ReduceOnPlateau plateau({.lr = 0.002, .patience = 0});
  optim::EarlyStopping stopping({.patience = 100});
  nn::Mean mean_loss;
  Generator noise(11);
  nn::Training training{.model = model,
                        .optimizer = adam,
                        .schedule = plateau,
                        .average = average,
                        .early_stopping = stopping,
                        .loader = loader,
                        .others = {{"noise", noise}, {"loss", mean_loss}},
                        .metadata = {{"batch", "10"}}};

  nn::Checkpoints checkpoints(folder, {.keep = 2});
  checkpoints.resume(training);
  while (training.epoch < epochs) {
    for (const auto& [images, labels] : loader) {
      const Tape tape;
      const Tensor noisy = images + 0.05 * randn(images.shape(), float32, noise);
      const Tensor loss = nn::cross_entropy(model(noisy), labels);
      adam.step(tape.gradient(loss, model.parameters()));
      average.update_parameters(model);
      mean_loss.update(loss);
      if (++training.step % 2 == 0) checkpoints.save(training);
    }
    const double loss = mean_loss.compute().item();
    mean_loss.reset();
    stopping(loss, model);
    adam.set_lr(plateau(loss));
    ++training.epoch;
    checkpoints.save(training, loss);
  }
  checkpoints.wait();
  nn::save_checkpoint(result, training);
}

}  // namespace

int main(int count, char** arguments) try {
  if (count != 3) return 2;
  train(arguments[1], arguments[2]);
} catch (const std::exception& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
