#include <apps/text/train.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include <fmt/format.h>

#include <apps/common/checkpoint_files.hpp>
#include <apps/common/files.hpp>
#include <apps/common/interrupt.hpp>
#include <apps/common/live_curves.hpp>
#include <apps/common/numbers.hpp>
#include <apps/common/output.hpp>
#include <apps/common/progress.hpp>
#include <apps/common/run_log.hpp>
#include <apps/common/smoothed.hpp>
#include <apps/text/checkpoint.hpp>
#include <apps/text/evaluate.hpp>
#include <apps/text/ngram.hpp>
#include <autograd/error.hpp>
#include <autograd/io/file.hpp>
#include <autograd/ops.hpp>
#include <autograd/tape.hpp>

namespace xgrad::apps::text {

namespace {

/// The validations so far, and the training loss since the last one: a part of the checkpoint.
struct Log {
  static constexpr std::int64_t columns = 3;

  std::vector<double> rows;  ///< step, mean training loss since the row before, validation loss, both in bits
  double bits_sum = 0;
  std::int64_t count = 0;

  double mean_bits() const { return bits_sum / static_cast<double>(count); }

  NamedTensors state() const {
    return {{"rows", tensor(rows, {std::ssize(rows) / columns, columns})},
            {"bits_sum", tensor(bits_sum, float64)},
            {"count", tensor(count, int64)}};
  }
  void load_state(const NamedTensors& state) {
    const auto entry = [&](std::size_t i, const char* name, DType dtype, int rank) {
      if (state.size() != 3 || state[i].first != name || state[i].second.dtype() != dtype ||
          state[i].second.rank() != rank)
        fail("checkpoint", "its log is not one of `text train`");
      return state[i].second;
    };
    rows = entry(0, "rows", float64, 2).to_vector<double>();
    bits_sum = entry(1, "bits_sum", float64, 0).item();
    count = entry(2, "count", int64, 0).item<std::int64_t>();
  }
};

optim::Schedule rate_of(const Config& config) {
  const optim::Schedule cosine = optim::schedule::cosine(1, config.steps);
  return [=](std::int64_t step) {
    const double warm =
        config.warmup == 0 ? 1 : std::min(1.0, static_cast<double>(step + 1) / static_cast<double>(config.warmup));
    return config.lr * warm * cosine(step);
  };
}

class Run {
 public:
  Run(const Corpus& corpus, const TrainOptions& options, const RunFolder& folder, CheckpointFiles& checkpoints)
      : corpus_(corpus),
        options_(options),
        folder_(folder),
        checkpoints_(checkpoints),
        config_(options.config),
        length_(std::min(config_.context, std::ssize(corpus.train) - 1)),
        model_(seeded_model(config_, corpus.alphabet.size())),
        adam_(model_.parameters(), {.lr = config_.lr, .beta2 = 0.99, .weight_decay = config_.weight_decay}),
        pieces_(config_.seed, 1),
        training_{.model = model_,
                  .optimizer = adam_,
                  .others = {{"pieces", pieces_}, {"log", rows_}},
                  .metadata = to_metadata(Description{config_, corpus.alphabet, fingerprint(corpus)})} {}

  void restore(const std::filesystem::path& file) {
    const Metadata metadata = training_.metadata;
    nn::load_checkpoint(file, training_);
    if (training_.step > config_.steps || rows_.rows.size() % Log::columns != 0)
      fail(file.string(), fmt::format("it is at step {} of {}", training_.step, config_.steps));
    training_.metadata = metadata;
  }

  /// Begins to log and to show, once the run is where it goes on from.
  void open_log() {
    log_ = run_log(folder_.path(), options_.log, options_.start, training_.step);
    if (!options_.serve) return;
    LiveChart chart;
    chart.title = chart.y.label = "Bits per character";
    chart.lines = {"training, smoothed", "validation"};
    view_.emplace(*options_.serve, fmt::format("text train: {}", config_.model), std::vector{chart});
  }

  void end_view() {
    if (view_) view_->end();
  }

  void describe() const {
    note(
        fmt::format("{} of {} layers and {} units, {} parameters; {} characters to train on, {} for validation, {} "
                    "different ones\n",
                    config_.model, config_.layers, config_.units, model_.parameter_count(), corpus_.train.size(),
                    corpus_.validation.size(), corpus_.alphabet.size()));
  }

  void go_on() {
    while (!complete()) {
      train_to_validation();
      const bool due = complete() || training_.step % config_.every == 0;
      if (due) validate();
      save();
      if (due) tell_row();
      if (interrupted()) return;
    }
  }

  bool complete() const { return training_.step >= config_.steps; }
  std::int64_t step() const { return training_.step; }
  std::vector<Validation> validations() const {
    std::vector<Validation> all;
    for (std::size_t i = 0; i < rows_.rows.size(); i += Log::columns)
      all.push_back({static_cast<std::int64_t>(rows_.rows[i]), rows_.rows[i + 1], rows_.rows[i + 2]});
    return all;
  }

 private:
  static LanguageModel seeded_model(const Config& config, std::int64_t alphabet) {
    manual_seed(config.seed);
    return {config, alphabet};
  }

  /// The steps until the next validation, or an interrupt.
  void train_to_validation() {
    const std::int64_t from = training_.step / config_.every * config_.every;
    const std::int64_t to = std::min(from + config_.every, config_.steps);
    Progress progress(fmt::format("steps to {}", to), to - from, training_.step - from);
    model_.train();
    while (training_.step < to && !interrupted()) {
      const double bits = train_step();
      ++training_.step;
      if (!std::isfinite(bits)) fail_diverged(bits);
      rows_.bits_sum += bits;
      ++rows_.count;
      bits_.add(bits);
      if (log_) {
        log_->scalar("bits/train", training_.step, bits);
        log_->scalar("learning rate", training_.step, rate_of(config_)(training_.step - 1));
      }
      if (view_) {
        view_->add(0, 0, training_.step, bits_.value());
        view_->show({.what = config_.model, .step = training_.step, .steps = config_.steps, .loss = bits_.value()});
      }
      progress.note(fmt::format("{:.3f} bits", bits_.value()));
      progress.advance();
    }
  }

  /// Takes a step, and gives the loss before it, in bits for each character.
  double train_step() {
    const std::int64_t last = std::ssize(corpus_.train) - length_;
    const std::vector<std::int64_t> begins = randint(0, last, {config_.batch}, pieces_).to_vector<std::int64_t>();
    std::vector<std::int64_t> x, y;
    for (const std::int64_t begin : begins) {
      x.insert(x.end(), corpus_.train.begin() + begin, corpus_.train.begin() + begin + length_);
      y.insert(y.end(), corpus_.train.begin() + begin + 1, corpus_.train.begin() + begin + 1 + length_);
    }
    optim::follow(rate_of(config_), adam_);
    Tape tape;
    const Tensor scores = model_(tensor(x, {config_.batch, length_}));
    const Tensor loss = nn::cross_entropy(scores.reshape({config_.batch * length_, scores.size(-1)}),
                                          tensor(y, {config_.batch * length_}));
    const optim::ClippedGradients clipped =
        optim::clip_grad_norm(tape.gradient(loss, model_.parameters()), config_.clip);
    adam_.step(clipped.gradients);
    return loss.item() / std::numbers::ln2;
  }

  /// Where the weights or the loss have been lost, there is nothing to go on from, and nothing worth keeping.
  [[noreturn]] void fail_diverged(double bits) const {
    const std::filesystem::path checkpoint = folder_ / model_file;
    const std::string kept = std::filesystem::exists(checkpoint) ? fmt::format("{} is as it was", checkpoint.string())
                                                                 : "no checkpoint was written";
    folder_.remove_empty();
    fail("train", fmt::format("diverged in step {}: the loss is {}; {}. Expected a finite one: try a smaller --lr than "
                              "{}",
                              training_.step, figure(bits, 4), kept, config_.lr));
  }

  void validate() {
    model_.eval();
    const double bits = bits_per_character(model_, corpus_.validation, length_, config_.batch);
    if (!std::isfinite(bits)) fail_diverged(bits);
    rows_.rows.insert(rows_.rows.end(), {static_cast<double>(training_.step), rows_.mean_bits(), bits});
    rows_.bits_sum = 0;
    rows_.count = 0;
    if (view_) view_->add(0, 1, training_.step, bits);
    if (!log_) return;
    log_->scalar("bits/validation", training_.step, bits);
    log_->flush();
  }

  void tell_row() const {
    if (!options_.say) return;
    const Validation row = validations().back();
    options_.say(fmt::format("step {}: {:.3f} bits per character in training, {:.3f} in validation\n", row.step,
                             row.train_bits, row.validation_bits));
  }

  /// Whether this step was validated, with the best result so far.
  bool is_best() const {
    const std::vector<Validation> all = validations();
    return !all.empty() && all.back().step == training_.step &&
           std::all_of(all.begin(), all.end() - 1,
                       [&](const Validation& before) { return all.back().validation_bits < before.validation_bits; });
  }

  void save() {
    checkpoints_.save([&](const std::filesystem::path& path) { nn::save_checkpoint(path, training_); }, is_best());
    std::string csv = "step,train_bits,validation_bits\n";
    for (const Validation& row : validations())
      csv += fmt::format("{},{},{}\n", row.step, csv_number(row.train_bits), csv_number(row.validation_bits));
    io::write_file({"train", (folder_ / log_file).string()}, csv);
    if (options_.toml) io::write_file({"train", (folder_ / run_file).string()}, options_.toml(to_metadata(config_)));
  }

  const Corpus& corpus_;
  const TrainOptions& options_;
  const RunFolder& folder_;
  CheckpointFiles& checkpoints_;
  Config config_;
  std::int64_t length_;
  LanguageModel model_;
  optim::AdamW adam_;
  Generator pieces_;
  Log rows_;
  nn::Training training_;
  std::optional<nn::Logger> log_;
  std::optional<LiveCurves> view_;
  Smoothed bits_;
};

RunFolder folder_of(const TrainOptions& options) {
  return RunFolder("text", options.out, options.start, {model_file, previous_file, best_file, log_file, run_file});
}

}  // namespace

void check_run_folder(const TrainOptions& options) { folder_of(options); }

TrainOutcome train(const std::u32string& text, TrainOptions options) {
  RunFolder folder = folder_of(options);
  CheckpointFiles checkpoints(folder);
  std::filesystem::path file;  // that the run goes on from
  std::optional<Description> before;
  if (options.start == Start::resumed) {
    checkpoints.resume([&](const std::filesystem::path& path) {
      before = read_description(path);
      file = path;
    });
    check_given(before->config, options.config, options.given);
    options.config = before->config;
  }
  const Corpus corpus = divided("--text", text, options.config.validation);
  check("train", options.config, corpus.alphabet.size());
  if (before && before->fingerprint != fingerprint(corpus))
    fail("--resume", "the checkpoint's run was trained on another text; expected the --text that it began with");
  folder.make();
  Run run(corpus, options, folder, checkpoints);
  if (before) run.restore(file);
  run.open_log();
  run.describe();
  const NGram baseline(corpus.alphabet.size(), options.baseline, corpus.train);
  TrainOutcome outcome{.folder = folder.path(), .baseline_bits = baseline.bits_per_character(corpus.validation)};
  note(fmt::format("baseline, counts of up to {} characters before: {:.3f} bits per character in validation\n",
                   options.baseline, outcome.baseline_bits));
  run.go_on();
  run.end_view();
  outcome.step = run.step();
  outcome.complete = run.complete();
  outcome.validations = run.validations();
  return outcome;
}

}  // namespace xgrad::apps::text
