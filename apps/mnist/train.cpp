#include <apps/mnist/train.hpp>

#include <cmath>
#include <optional>

#include <fmt/format.h>

#include <apps/common/digits.hpp>
#include <apps/common/files.hpp>
#include <apps/common/interrupt.hpp>
#include <apps/common/numbers.hpp>
#include <apps/common/output.hpp>
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
        fingerprint_(fingerprint(splits.train)),
        loader_(splits.train, {.batch_size = config_.batch,
                               .shuffle = true,
                               .seed = config_.seed,
                               .drop_last = splits.train.size() % config_.batch == 1}),
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
      check_weights();
      const bool ends = position_.step == loader_.batches();
      if (ends) end_epoch();
      save();
      if (ends) print_epoch();
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

  /// Where the weights or the loss have been lost, there is nothing to go on from, and nothing worth keeping.
  [[noreturn]] void fail_diverged(std::string_view what) const {
    const std::string kept = std::filesystem::exists(options_.checkpoint)
                                 ? fmt::format("{} is as it was before this epoch", options_.checkpoint.string())
                                 : "no checkpoint was written";
    fail("train", fmt::format("diverged in epoch {}, step {}: {}; {}. Expected finite ones: try a smaller --lr than {}",
                              position_.epoch + 1, position_.step, what, kept, config_.lr));
  }

  /// The last step's loss is from before it, so only the weights say what it did.
  void check_weights() const {
    if (!all_finite(nn::state_dict(model_)) || !all_finite(adam_.state())) fail_diverged("a weight is not finite");
    if (!std::isfinite(mean_loss())) fail_diverged("the mean loss is not finite");
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
      const Tensor loss = train_step(batch);
      position_.step = step;
      // The step has computed the loss along with the weights.
      if (!std::isfinite(loss.item())) fail_diverged(fmt::format("the loss is {}", figure(loss.item(), 4)));
      position_.loss_sum = position_.loss_sum + loss;
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
    position_ = {.epoch = position_.epoch + 1, .history = std::move(position_.history)};
  }

  void print_epoch() const {
    const EpochRecord& record = position_.history.back();
    print(fmt::format("epoch {}: loss {:.4f}, validation accuracy {:.2f} %\n", position_.epoch, record.loss,
                      100 * record.accuracy));
  }

  void save() {
    save_checkpoint(options_.checkpoint, {.config = config_,
                                          .images = splits_.train.size(),
                                          .fingerprint = fingerprint_,
                                          .synthetic = options_.synthetic,
                                          .position = position_,
                                          .model = nn::state_dict(model_),
                                          .optimizer = adam_.state()});
    std::string csv = "epoch,lr,loss,validation_accuracy\n";
    for (std::size_t epoch = 0; epoch < position_.history.size(); ++epoch) {
      const EpochRecord& record = position_.history[epoch];
      csv += fmt::format("{},{},{},{}\n", epoch + 1, csv_number(record.lr), csv_number(record.loss),
                         csv_number(record.accuracy));
    }
    io::write_file({"train", log_path(options_.checkpoint).string()}, csv);
  }

  const data::Splits& splits_;
  const TrainOptions& options_;
  Config config_;
  std::uint64_t fingerprint_;
  data::Loader<> loader_;
  nn::Sequential model_;
  optim::Adam adam_;
  Position position_;
};

/// Throws Error unless the checkpoint of a run to resume is of these images.
void check_images(const Checkpoint& checkpoint, const data::ImageDataset& images) {
  if (checkpoint.images != images.size())
    fail("--resume",
         fmt::format("the checkpoint's run has {} training images; here are {}", checkpoint.images, images.size()));
  if (checkpoint.fingerprint != fingerprint(images))
    fail("--resume", fmt::format("the checkpoint's run was trained on {} images, but not on these: expected the --data "
                                 "that it began with",
                                 checkpoint.images));
}

/// Says what becomes of images that do not fill a batch.
void check_batches(std::int64_t images, std::int64_t batch) {
  if (images < 2) fail("train", fmt::format("there are {} training images; expected 2 or more", images));
  if (images % batch == 1)
    note(
        fmt::format("note: {} images in batches of {} leave one over, which batch norm cannot normalize; each epoch "
                    "goes without one\n",
                    images, batch));
}

}  // namespace

std::filesystem::path log_path(const std::filesystem::path& checkpoint) {
  return std::filesystem::path(checkpoint).replace_extension(".csv");
}

void check_files(const TrainOptions& options) {
  const std::filesystem::path log = log_path(options.checkpoint);
  if (log == options.checkpoint)
    fail("--checkpoint",
         fmt::format("'{}' is what the log of its epochs is called; expected a name that does not end in "
                     ".csv, such as '{}'",
                     options.checkpoint.string(),
                     std::filesystem::path(log).replace_extension(".safetensors").string()));
  for (const std::filesystem::path& file : {options.checkpoint, log}) {
    check_file(file);
    if (options.start == Start::anew && std::filesystem::exists(file))
      fail("--checkpoint", fmt::format("'{}' is there already; go on with its run (--resume), begin anew in its place "
                                       "(--overwrite), or name another file",
                                       file.string()));
  }
}

int train(const data::Splits& splits, TrainOptions options) {
  check_files(options);
  std::optional<Checkpoint> checkpoint;
  if (options.start == Start::resumed) {
    checkpoint = load_checkpoint(options.checkpoint);
    options.config = reconcile(checkpoint->config, options.config, options.given);
    check_images(*checkpoint, splits.train);
  }
  check("train", options.config);
  check_batches(splits.train.size(), options.config.batch);
  make_directory(std::filesystem::absolute(options.checkpoint).parent_path());
  Run run(splits, options);
  if (checkpoint) run.restore(*checkpoint);
  run.go_on();
  if (!run.complete()) {
    print(fmt::format("Interrupted after {} epochs and {} steps. Go on with --resume --checkpoint {}\n",
                      run.position().epoch, run.position().step, options.checkpoint.string()));
    return interrupted_exit_code;
  }
  const Performance performance = run.test();
  print(fmt::format("test accuracy {:.2f} % ({} of {} images), loss {:.4f}\nCheckpoint: {}\n",
                    100 * performance.accuracy(), performance.correct, performance.images, performance.loss,
                    options.checkpoint.string()));
  return 0;
}

}  // namespace xgrad::apps
