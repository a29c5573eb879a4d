#include <apps/mnist/train.hpp>

#include <algorithm>
#include <cmath>
#include <optional>

#include <fmt/format.h>

#include <apps/common/checkpoint_files.hpp>
#include <apps/common/digits.hpp>
#include <apps/common/files.hpp>
#include <apps/common/interrupt.hpp>
#include <apps/common/live_curves.hpp>
#include <apps/common/numbers.hpp>
#include <apps/common/output.hpp>
#include <apps/common/progress.hpp>
#include <apps/common/run_log.hpp>
#include <apps/common/smoothed.hpp>
#include <apps/mnist/augment.hpp>
#include <apps/mnist/checkpoint.hpp>
#include <apps/mnist/evaluate.hpp>
#include <apps/mnist/pictures.hpp>
#include <autograd/distributed/collectives.hpp>
#include <autograd/io/file.hpp>
#include <autograd/random.hpp>
#include <autograd/run/run.hpp>
#include <autograd/tape.hpp>
#include <data/loader.hpp>
#include <data/sampler.hpp>
#include <nn/summary.hpp>

namespace xgrad::apps {

namespace {

/// The part of the batches that this rank takes: all of them where it is alone. Of several ranks batch b is, together,
/// the batch b of one alone.
data::LoaderOptions loader_options(const data::ImageDataset& images, const Config& config) {
  const distributed::Communicator& ranks = distributed::world();
  data::LoaderOptions options{.batch_size = config.batch / ranks.size(),
                              .seed = config.seed,
                              .drop_last = images.size() % config.batch == 1,
                              .workers = num_threads() > 1 ? 1 : 0};
  if (ranks.size() == 1)
    options.shuffle = true;
  else
    options.sampler = data::DistributedSampler(data::RandomSampler(images.size(), {.seed = config.seed}),
                                               {.world_size = ranks.size(), .rank = ranks.rank()});
  return options;
}

/// A run: model, optimizer and how far it is. Of several ranks each has one, and the first does what is done once: it
/// writes files and shows the run.
class Run {
 public:
  Run(const data::Splits& splits, const TrainOptions& options, const RunFolder& folder, CheckpointFiles& checkpoints)
      : splits_(splits),
        options_(options),
        folder_(folder),
        checkpoints_(checkpoints),
        config_(options.config),
        fingerprint_(fingerprint(splits.train)),
        loader_(augmented(splits.train, config_.augment), loader_options(splits.train, config_)),
        model_(seeded_model(config_)),
        adam_(model_.parameters(), {.lr = config_.lr,
                                    .beta1 = config_.beta1,
                                    .beta2 = config_.beta2,
                                    .eps = config_.adam_eps,
                                    .weight_decay = config_.weight_decay}),
        rate_(rate_of(config_, loader_.batches())) {
    if (config_.ema > 0) average_.emplace(model_, average_options(config_));
    if (ranks_.size() == 1) return;
    nn::convert_sync_batchnorm(model_);
    parallel_.emplace(model_, nn::DataParallelOptions{.broadcast_buffers = false});
    draw_as_rank();
  }

  /// Begins to log and to show, once the run is where it goes on from.
  void open_log() {
    if (!is_first()) return;
    if (options_.serve) {
      std::vector<LiveChart> charts(2);
      charts[0].title = "Loss";
      charts[0].y.label = "smoothed loss";
      charts[0].y.scale = Scale::logarithmic;
      charts[0].lines = {"training"};
      charts[1].title = "Accuracy";
      charts[1].y.label = "share of the images";
      charts[1].lines = {"training, smoothed", "validation"};
      view_.emplace(*options_.serve, fmt::format("mnist train: {}", architecture(config_)), charts);
    }
    log_ = run_log(folder_.path(), options_.log, options_.start, global_step());
    if (!log_ || position_.history.size() > 0 || position_.step > 0) return;
    nn::HyperParameters values;
    for (const auto& [name, value] : to_metadata(config_)) values.emplace_back(name, value);
    log_->hyperparameters(values);
    for (const data::Batch& batch : data::Loader(
             augmented(splits_.train.subset(0, std::min<std::int64_t>(64, splits_.train.size())), config_.augment),
             {.batch_size = 64, .seed = config_.seed}))
      log_->image("images", 0, batch.images.reshape({batch.images.size(0), 1, 28, 28}));
  }

  void restore(const Checkpoint& checkpoint) {
    nn::load_state_dict(model_, checkpoint.model);
    adam_.load_state(checkpoint.optimizer);
    if (average_) average_->load_state(checkpoint.average);
    nn::Stateful(default_generator()).load_state(checkpoint.generator);
    draw_as_rank();
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
      if (ends) tell_epoch();
      if (stopped_) return;
    }
  }

  /// What one looks at before the training: the model and its images.
  void show_beginning() {
    if (!is_first()) return;
    note(nn::summary(model_, {config_.batch, splits_.train.features()}).text());
    save_augmentation(folder_.path(), splits_.train, config_);
  }

  void end_view() {
    if (view_) view_->end();
  }

  /// And after it.
  void show_end(const Performance& performance) {
    if (!is_first()) return;
    model_.eval();
    std::optional<optim::AverageScope> scope;
    if (average_) scope.emplace(*average_, model_);
    save_first_layer(folder_.path(), model_);
    save_confusion(folder_.path(), performance);
    save_misclassified(folder_.path(), model_, splits_.test);
  }

  bool complete() const { return position_.epoch >= options_.epochs; }
  const Position& position() const { return position_; }

  Performance test() { return evaluated(splits_.test); }

 private:
  bool is_first() const { return ranks_.rank() == 0; }

  /// Ranks draw from streams of their own, and rank 0 from that of a run on one rank.
  void draw_as_rank() const {
    const Generator& common = default_generator();
    Generator own(common.seed(), common.stream() + static_cast<std::uint64_t>(ranks_.rank()));
    own.set_position(common.position());
    default_generator() = own;
  }

  /// The learning rate of a step of the whole run.
  static optim::Schedule rate_of(const Config& config, std::int64_t batches) {
    if (config.schedule == "one-cycle")
      return optim::schedule::one_cycle({.lr_max = config.lr, .steps = batches * config.cycle_epochs});
    return [=](std::int64_t step) {
      return config.lr * std::pow(config.lr_decay, static_cast<double>(step / std::max<std::int64_t>(batches, 1)));
    };
  }

  /// How the model does, with its averaged weights where there are some.
  Performance evaluated(const data::ImageDataset& images) {
    model_.eval();
    std::optional<optim::AverageScope> scope;
    if (average_) scope.emplace(*average_, model_);
    return evaluate(model_, images);  // on all ranks
  }

  static nn::Sequential seeded_model(const Config& config) {
    manual_seed(config.seed);
    return make_model(config);
  }

  /// Where the weights or the loss have been lost, there is nothing to go on from, and nothing worth keeping.
  [[noreturn]] void fail_diverged(std::string_view what) const {
    const std::filesystem::path checkpoint = folder_ / model_file;
    const std::string kept = std::filesystem::exists(checkpoint)
                                 ? fmt::format("{} is as it was before this epoch", checkpoint.string())
                                 : "no checkpoint was written";
    folder_.remove_empty();
    fail("train", fmt::format("diverged in epoch {}, step {}: {}; {}. Expected finite ones: try a smaller --lr than {}",
                              position_.epoch + 1, position_.step, what, kept, config_.lr));
  }

  /// The last step's loss is from before it, so only the weights say what it did.
  void check_weights() const {
    if (!all_finite(nn::state_dict(model_)) || !all_finite(adam_.state())) fail_diverged("a weight is not finite");
    if (!std::isfinite(mean_loss())) fail_diverged("the mean loss is not finite");
  }

  /// Steps of the whole run so far.
  std::int64_t global_step() const { return position_.epoch * loader_.batches() + position_.step; }

  double lr() const { return rate_(global_step()); }

  /// The rest of the current epoch's batches.
  void train_epoch() {
    Progress progress(fmt::format("epoch {}", position_.epoch + 1), loader_.batches(), position_.step);
    const std::int64_t before = position_.step;
    model_.train();
    resume_loader();
    for (const data::Batch& batch : loader_) {
      const auto [loss, accuracy] = train_step(batch);
      ++position_.step;
      // The step has computed the loss along with the weights.
      if (!std::isfinite(loss.item())) fail_diverged(fmt::format("the loss is {}", figure(loss.item(), 4)));
      position_.loss_sum = position_.loss_sum + loss;
      loss_.add(loss.item());
      accuracy_.add(accuracy.item());
      progress.note(fmt::format("loss {:.4f}, accuracy {:.1f} %", loss_.value(), 100 * accuracy_.value()));
      if (log_) {
        log_->scalar("loss/train", global_step(), loss.item());
        log_->scalar("accuracy/train", global_step(), accuracy.item());
        log_->scalar("learning rate", global_step(), rate_(global_step() - 1));
      }
      if (view_) {
        view_->add(0, 0, global_step(), loss_.value());
        view_->add(1, 0, global_step(), accuracy_.value());
        view_->show({.what = fmt::format("epoch {}", position_.epoch + 1),
                     .step = global_step(),
                     .steps = options_.epochs * loader_.batches(),
                     .loss = loss_.value()});
      }
      progress.advance();
      stopped_ = interrupted();  // of one rank only: signals of several are not caught
      if (stopped_) break;
    }
    images_per_second_ = static_cast<double>((position_.step - before) * config_.batch) / progress.seconds();
  }

  /// The loader's next batch is the one behind those that the run has seen.
  void resume_loader() {
    NamedTensors place = loader_.state();
    for (auto& [name, value] : place) {
      if (name == "epoch") value = Tensor(position_.epoch);
      if (name == "batch") value = Tensor(position_.step);
    }
    loader_.load_state(place);
  }

  /// The loss of a batch before the step, and the share of it that the model gets right, over all ranks.
  struct Step {
    Tensor loss;
    Tensor accuracy;
  };

  Step train_step(const data::Batch& batch) {
    adam_.set_lr(lr());
    Tape tape;
    const Tensor scores = parallel_ ? (*parallel_)(batch.images) : model_(batch.images);
    const Tensor loss = nn::cross_entropy(scores, batch.labels, {.label_smoothing = config_.label_smoothing});
    const Tensor accuracy = nn::accuracy(scores, batch.labels);
    adam_.step(tape.gradient(loss, model_.parameters()));
    if (average_) average_->update_parameters(model_);
    if (!parallel_) return {loss, accuracy};
    const Tensor own = stack({stop_gradient(loss), accuracy.to(loss.dtype())});
    const Tensor all = distributed::all_reduce(own, distributed::ReduceOp::mean);
    return {all[0], all[1]};
  }

  /// The rate that the current epoch began with.
  double first_lr() const { return rate_(position_.epoch * loader_.batches()); }

  double mean_loss() const { return position_.loss_sum.item() / static_cast<double>(position_.step); }

  void end_epoch() {
    const double accuracy = evaluated(splits_.validation).accuracy();
    position_.history.push_back({.lr = first_lr(), .loss = mean_loss(), .accuracy = accuracy});
    position_ = {.epoch = position_.epoch + 1, .history = std::move(position_.history)};
    if (view_) view_->add(1, 1, global_step(), accuracy);
    if (!log_) return;
    log_->scalar("accuracy/validation", global_step(), accuracy);
    for (const auto& [name, parameter] : model_.named_parameters())
      log_->histogram("weights/" + name, global_step(), parameter.value());
    log_->flush();
  }

  void tell_epoch() const {
    if (!options_.say) return;
    const EpochRecord& record = position_.history.back();
    options_.say(
        fmt::format("epoch {}: loss {:.4f}, validation accuracy {:.2f} %, learning rate {:.3g}, {:.0f} images/s\n",
                    position_.epoch, record.loss, 100 * record.accuracy, record.lr, images_per_second_));
  }

  /// Whether an epoch has just ended, with the best validation so far.
  bool is_best() const {
    const std::vector<EpochRecord>& epochs = position_.history;
    return position_.step == 0 && !epochs.empty() &&
           std::all_of(epochs.begin(), epochs.end() - 1,
                       [&](const EpochRecord& before) { return before.accuracy < epochs.back().accuracy; });
  }

  void save() {
    if (!is_first()) return;
    const Checkpoint checkpoint{.config = config_,
                                .images = splits_.train.size(),
                                .fingerprint = fingerprint_,
                                .synthetic = options_.synthetic,
                                .position = position_,
                                .model = nn::state_dict(model_),
                                .optimizer = adam_.state(),
                                .average = average_ ? average_->state() : NamedTensors(),
                                .generator = nn::Stateful(default_generator()).state()};
    checkpoints_.save([&](const std::filesystem::path& path) { save_checkpoint(path, checkpoint); }, is_best());
    std::string csv = "epoch,lr,loss,validation_accuracy\n";
    for (std::size_t epoch = 0; epoch < position_.history.size(); ++epoch) {
      const EpochRecord& record = position_.history[epoch];
      csv += fmt::format("{},{},{},{}\n", epoch + 1, csv_number(record.lr), csv_number(record.loss),
                         csv_number(record.accuracy));
    }
    io::write_file({"train", (folder_ / log_file).string()}, csv);
    if (!options_.toml) return;
    Metadata values = to_metadata(config_);
    values["epochs"] = std::to_string(options_.epochs);
    io::write_file({"train", (folder_ / run_file).string()}, options_.toml(values));
  }

  const distributed::Communicator& ranks_ = distributed::world();
  const data::Splits& splits_;
  const TrainOptions& options_;
  const RunFolder& folder_;
  CheckpointFiles& checkpoints_;
  Config config_;
  std::uint64_t fingerprint_;
  data::Loader<> loader_;
  nn::Sequential model_;
  optim::Adam adam_;
  optim::Schedule rate_;
  std::optional<nn::DistributedDataParallel> parallel_;  ///< of several ranks
  std::optional<optim::AveragedModel> average_;
  Position position_;
  std::optional<nn::Logger> log_;
  std::optional<LiveCurves> view_;
  Smoothed loss_, accuracy_;
  double images_per_second_ = 0;
  bool stopped_ = false;
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

/// Throws Error unless a batch divides by the ranks.
void check_ranks(std::int64_t batch) {
  const int ranks = distributed::world().size();
  if (batch % ranks != 0)
    fail("--batch", fmt::format("{} images of a batch do not divide by {} ranks; expected a multiple", batch, ranks));
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

RunFolder folder_of(const TrainOptions& options) {
  return RunFolder("mnist", options.out, options.start, {model_file, previous_file, best_file, log_file, run_file});
}

}  // namespace

void check_run_folder(const TrainOptions& options) { folder_of(options); }

TrainOutcome train(const data::Splits& splits, TrainOptions options) {
  RunFolder folder = folder_of(options);
  CheckpointFiles checkpoints(folder);
  std::optional<Checkpoint> checkpoint;
  if (options.start == Start::resumed) {
    checkpoints.resume([&](const std::filesystem::path& path) { checkpoint = load_checkpoint(path); });
    options.config = reconcile(checkpoint->config, options.config, options.given);
    check_images(*checkpoint, splits.train);
  }
  if (options.config.schedule == "one-cycle") {
    if (!checkpoint) options.config.cycle_epochs = options.epochs;
    if (options.epochs != options.config.cycle_epochs) {
      if (options.given.contains("epochs"))
        fail("--resume", fmt::format("the checkpoint's run is one cycle of {} epochs; it cannot go on with --epochs {}",
                                     options.config.cycle_epochs, options.epochs));
      options.epochs = options.config.cycle_epochs;
    }
  }
  check("train", options.config);
  check_batches(splits.train.size(), options.config.batch);
  check_ranks(options.config.batch);
  // All ranks have looked for a run in the folder before the first makes it.
  distributed::world().barrier();
  if (distributed::world().rank() == 0) folder.make();
  Run run(splits, options, folder, checkpoints);
  if (checkpoint) run.restore(*checkpoint);
  run.open_log();
  if (options.shows) run.show_beginning();
  run.go_on();
  run.end_view();
  TrainOutcome outcome{.folder = folder.path(), .position = run.position()};
  if (!run.complete()) return outcome;
  outcome.test = run.test();
  if (options.shows) run.show_end(*outcome.test);
  return outcome;
}

}  // namespace xgrad::apps
