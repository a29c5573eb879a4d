#include <apps/mnist/train.hpp>

#include <cmath>
#include <cstdio>
#include <optional>

#include <fmt/format.h>

#include <apps/common/files.hpp>
#include <apps/common/interrupt.hpp>
#include <apps/common/progress.hpp>
#include <apps/mnist/checkpoint.hpp>
#include <apps/mnist/evaluate.hpp>
#include <autograd/io/file.hpp>
#include <autograd/random.hpp>
#include <autograd/tape.hpp>
#include <data/loader.hpp>

namespace xgrad::apps {

namespace {

/// A run: model, optimizer and how far it is.
class Run {
 public:
  Run(const data::Splits& splits, const TrainOptions& options)
      : splits_(splits),
        options_(options),
        config_(options.config),
        loader_(splits.train, {.batch_size = config_.batch, .shuffle = true, .seed = config_.seed}),
        model_(seeded_model(config_)),
        adam_(model_.parameters(), {.lr = config_.lr,
                                    .beta1 = config_.beta1,
                                    .beta2 = config_.beta2,
                                    .eps = config_.adam_eps,
                                    .weight_decay = config_.weight_decay}) {}

  void restore(const Checkpoint& checkpoint) {
    nn::load_state_dict(model_, checkpoint.model);
    adam_.load_state(checkpoint.optimizer);
    position_ = checkpoint.position;
  }

  /// Trains until all epochs are done or an interrupt; whatever it did is in the checkpoint then.
  void go_on() {
    while (!complete()) {
      train_epoch();
      if (position_.step == loader_.batches()) end_epoch();
      save();
      if (interrupted()) return;
    }
  }

  bool complete() const { return position_.epoch >= options_.epochs; }
  const Position& position() const { return position_; }

  Performance test() {
    model_.eval();
    return evaluate(model_, splits_.test);
  }

 private:
  static nn::Sequential seeded_model(const Config& config) {
    manual_seed(config.seed);
    return make_model(config);
  }

  double lr() const { return config_.lr * std::pow(config_.lr_decay, static_cast<double>(position_.epoch)); }

  /// The rest of the current epoch's batches.
  void train_epoch() {
    Progress progress(fmt::format("epoch {}", position_.epoch + 1), loader_.batches(), position_.step);
    adam_.set_lr(lr());
    model_.train();
    loader_.set_epoch(position_.epoch);
    std::int64_t step = 0;
    for (const data::Batch& batch : loader_) {
      if (step++ < position_.step) continue;  // seen before the run was stopped
      position_.loss_sum = position_.loss_sum + train_step(batch);
      position_.step = step;
      if (step % 100 == 0) progress.note(fmt::format("loss {:.4f}", mean_loss()));
      progress.advance();
      if (interrupted()) return;
    }
  }

  Tensor train_step(const data::Batch& batch) {
    Tape tape;
    const Tensor loss = nn::cross_entropy(model_(batch.images), batch.labels);
    adam_.step(tape.gradient(loss, model_.parameters()));
    return loss;
  }

  double mean_loss() const { return position_.loss_sum.item() / static_cast<double>(position_.step); }

  void end_epoch() {
    model_.eval();
    const double accuracy = evaluate(model_, splits_.validation).accuracy();
    position_.history.push_back({.lr = lr(), .loss = mean_loss(), .accuracy = accuracy});
    fmt::print("epoch {}: loss {:.4f}, validation accuracy {:.2f} %\n", position_.epoch + 1, mean_loss(),
               100 * accuracy);
    std::fflush(stdout);
    position_ = {.epoch = position_.epoch + 1, .history = std::move(position_.history)};
  }

  void save() {
    save_checkpoint(options_.checkpoint, {.config = config_,
                                          .images = splits_.train.size(),
                                          .position = position_,
                                          .model = nn::state_dict(model_),
                                          .optimizer = adam_.state()});
    std::string csv = "epoch,lr,loss,validation_accuracy\n";
    for (std::size_t epoch = 0; epoch < position_.history.size(); ++epoch) {
      const EpochRecord& record = position_.history[epoch];
      csv += fmt::format("{},{:.6g},{:.6g},{:.6g}\n", epoch + 1, record.lr, record.loss, record.accuracy);
    }
    const auto path = std::filesystem::path(options_.checkpoint).replace_extension(".csv");
    io::write_file({"train", path.string()}, csv);
  }

  const data::Splits& splits_;
  const TrainOptions& options_;
  Config config_;
  data::Loader loader_;
  nn::Sequential model_;
  optim::Adam adam_;
  Position position_;
};

}  // namespace

int train(const data::Splits& splits, TrainOptions options) {
  std::optional<Checkpoint> checkpoint;
  if (options.start == Start::resumed) {
    checkpoint = load_checkpoint(options.checkpoint);
    options.config = reconcile(checkpoint->config, options.config, options.given);
    if (checkpoint->images != splits.train.size())
      fail("--resume", fmt::format("the checkpoint's run has {} training images; here are {}", checkpoint->images,
                                   splits.train.size()));
  }
  make_directory(std::filesystem::absolute(options.checkpoint).parent_path());
  Run run(splits, options);
  if (checkpoint) run.restore(*checkpoint);
  run.go_on();
  if (!run.complete()) {
    fmt::print("Interrupted after {} epochs and {} steps. Go on with --resume --checkpoint {}\n", run.position().epoch,
               run.position().step, options.checkpoint.string());
    return interrupted_exit_code;
  }
  const Performance performance = run.test();
  fmt::print("test accuracy {:.2f} % ({} of {} images), loss {:.4f}\nCheckpoint: {}\n", 100 * performance.accuracy(),
             performance.correct, performance.images, performance.loss, options.checkpoint.string());
  return 0;
}

}  // namespace xgrad::apps
