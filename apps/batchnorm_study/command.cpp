#include <apps/batchnorm_study/command.hpp>

#include <fmt/format.h>

#include <apps/batchnorm_study/report.hpp>
#include <apps/common/digits.hpp>
#include <apps/common/files.hpp>
#include <apps/common/flags.hpp>
#include <apps/common/interrupt.hpp>
#include <apps/common/live.hpp>
#include <apps/common/output.hpp>
#include <apps/common/run_log.hpp>
#include <autograd/io/file.hpp>

namespace xgrad::apps {

namespace {

struct Flags {
  std::string kind = "study";  // of the run's folder
  std::vector<std::string> settings = {"all"};
  Overrides overrides;
  std::vector<std::uint64_t> seeds = {1};
  std::string data = "mnist";
  std::string out;
  std::vector<std::string> log = {"tensorboard"};
  std::optional<ServeAt> serve;
  bool quick = false;
  bool overwrite = false;
};

void describe(CLI::App& app, Flags& flags) {
  add_seeds(app, flags.seeds,
            "Seeds of the initial weights and the order of the images; of several, mean and spread are shown");
  add_text(app, "--data", flags.data, "Directory with MNIST's IDX files, 'fashion' (of Debian) or 'synthetic'");
  add_text(app, "--out", flags.out, "The run's folder, for the report, the curves and the plots")
      ->default_str(fmt::format("runs/{}-N, a new one", flags.kind));
  app.add_flag("--overwrite", flags.overwrite, "Replace the run in --out");
  add_choices(app, "--log", flags.log, log_choices,
              "What else the run's folder gets, of each seed and network: its loss, accuracy and gradients' norms");
  add_serve(app, flags.serve);
  app.add_flag("--quick", flags.quick, "A glance: few steps, and few images where they are synthetic");

  Overrides& o = flags.overrides;
  const std::string group = "Hyper-parameters, in place of those of every setting";
  const auto number = [&](const std::string& flag, auto& value, const auto& accepted, const std::string& help) {
    add_number(app, flag, value, accepted, help)->group(group);
  };
  const auto integer = [](std::int64_t low, std::int64_t high) { return whole_number(low, high); };
  add_choice(
      app, "--activation", {"tanh", "relu", "sigmoid"},
      [&](const std::string& name) { o.activation = activation_named(name); }, "Activation function")
      ->group(group);
  number("--lr", o.lr, positive_number(), "Learning rate");
  number("--init-std", o.init_std, positive_number(), "Standard deviation of the initial weights");
  number("--steps", o.steps, integer(1, Setting::max_steps), "Training steps");
  number("--batch", o.batch, integer(2, Setting::max_batch), "Images of a batch");
  number("--layers", o.layers, integer(1, Setting::max_layers), "Linear layers");
  number("--units", o.units, integer(1, Setting::max_units), "Units of a hidden layer");
  number("--eps", o.eps, positive_number(), "Added to the variance in batch norm");
  number("--decay", o.decay, fraction(), "Share of the old value in batch norm's running averages");
  number("--eval-every", o.eval_every, integer(1, Setting::max_steps), "Steps between evaluations");
}

/// Few steps, unless said otherwise.
void shorten(Overrides& overrides) {
  if (!overrides.steps) overrides.steps = 121;
  if (!overrides.eval_every) overrides.eval_every = 20;
}

/// What the figures of a study are of.
std::string data_in_words(const Flags& flags, const data::Splits& splits) {
  return fmt::format("{} training and {} validation images, {}", splits.train.size(), splits.validation.size(),
                     flags.data == synthetic_data ? "synthetic digits, not MNIST"
                     : flags.data == fashion_data ? "Fashion-MNIST"
                                                  : flags.data);
}

/// Logs of both networks of a run, in folders of their own, as TensorBoard compares runs.
class RunLogs {
 public:
  RunLogs(const std::filesystem::path& folder, const Flags& flags) : folder_(folder), flags_(flags) {}

  void add(const Evaluation& evaluation, const Outcome& outcome) {
    if (outcome.evaluations.size() == 1) open(outcome);
    for (std::size_t i = 0; i < std::size(networks); ++i) {
      if (!logs_[i]) continue;
      const Score& score = evaluation.*networks[i].score;
      logs_[i]->scalar("loss", evaluation.step, score.loss);
      logs_[i]->scalar("accuracy", evaluation.step, score.accuracy);
      for (std::size_t layer = 0; layer < score.gradient_norms.size(); ++layer)
        logs_[i]->scalar(fmt::format("gradient norm/layer {}", layer + 1), evaluation.step,
                         score.gradient_norms[layer]);
    }
  }

 private:
  void open(const Outcome& outcome) {
    for (std::size_t i = 0; i < std::size(networks); ++i)
      logs_[i] =
          run_log(folder_ / "log" / fmt::format("{}-seed-{}-{}", outcome.setting.name, outcome.seed, networks[i].key),
                  flags_.log, start_of(false, flags_.overwrite));
  }

  std::filesystem::path folder_;
  const Flags& flags_;
  std::optional<nn::Logger> logs_[std::size(networks)];
};

int run_study(Flags& flags, const Call& call) {
  catch_interrupts();
  if (flags.quick) shorten(flags.overrides);
  const std::vector<Setting> settings = select_settings(flags.settings, flags.overrides);
  for (const Setting& setting : settings) check(setting);
  RunFolder out(flags.kind, flags.out, start_of(false, flags.overwrite), {run_file, "curves.csv", "report.html"});

  const data::SplitSizes sizes = flags.quick ? data::SplitSizes{2000, 500, 500} : data::SplitSizes{};
  const data::Splits splits = load_digits(flags.data, 1, sizes);
  for (const Setting& setting : settings) check_batch(setting, splits.train);
  out.make();
  RunDescription description{
      .data = data_in_words(flags, splits), .seeds = flags.seeds, .configuration = call.toml(), .status = {}};
  io::write_file({"study", (out / run_file).string()}, description.configuration);
  description.profile = profile_of(settings.front(), splits.train);
  Curves curves(out.path(), settings);
  RunLogs logs(out.path(), flags);
  std::optional<LiveView> view;
  if (flags.serve) {
    view.emplace(LiveView::Options{.title = "Batch normalization in a deep network", .at = *flags.serve});
    note(fmt::format("This run can be watched at {}\n", view->address()));
  }
  std::vector<SettingOutcome> outcomes;
  const auto show = [&](const Evaluation& evaluation, const Outcome& so_far) {
    if (!view || !view->due()) return;
    SettingOutcome shown = outcomes.back();
    shown.runs.push_back(so_far);
    view->update(figures_of(shown));
    view->status({.what = so_far.setting.name,
                  .step = evaluation.step,
                  .steps = so_far.setting.steps,
                  .loss = evaluation.normalized.loss});
  };
  for (const Setting& setting : settings) {
    outcomes.push_back({setting, {}});
    for (const std::uint64_t seed : flags.seeds) {
      outcomes.back().runs.push_back(
          run_setting(setting, splits, seed, [&](const Evaluation& evaluation, const Outcome& so_far) {
            curves.add(evaluation, so_far);
            logs.add(evaluation, so_far);
            show(evaluation, so_far);
          }));
      if (interrupted()) description.status = "This run was interrupted; what follows is what it had until then.";
      save_plots(out.path(), outcomes.back());
      save_report(out.path(), outcomes, description);
      if (interrupted()) break;
    }
    if (interrupted()) break;
  }
  if (view) view->end("The study has ended.");
  if (call.json()) {
    print(to_json(outcomes, out.path()));
  } else {
    const std::string diverged = divergences(outcomes);
    print(fmt::format("{}{}{}\nReport: {}\n", summary(outcomes).text(), diverged.empty() ? "" : "\n" + diverged,
                      diverged.empty() ? "" : "\n", (out / "report.html").string()));
  }
  return interrupted() ? interrupted_exit_code : 0;
}

}  // namespace

void add_study_commands(Commands& commands) {
  const auto flags = std::make_shared<Flags>();
  CLI::App& study = commands.add(
      "study",
      "Batch normalization: trains a deep network with and without it, from the same weights on the same batches, and "
      "compares their accuracies",
      {"study --data synthetic --quick", "study --settings tanh-bad-lr1 --seeds 1..5 --out runs/bad",
       "study --settings 3 --lr 0.5 --layers 20"},
      [flags](const Call& call) { return run_study(*flags, call); });
  add_choices(study, "--settings", flags->settings, setting_choices(),
              "Settings to run, by number or name, with commas between");
  describe(study, *flags);

  const auto paper = std::make_shared<Flags>();
  paper->kind = "paper";
  paper->settings = {"paper"};
  CLI::App& command = commands.add("paper",
                                   "The experiment of Ioffe and Szegedy (2015), section 4.1: three hidden layers of "
                                   "100 sigmoid units, test accuracy "
                                   "and the inputs of a hidden unit over 50,000 steps",
                                   {"paper", "paper --seeds 1..3 --lr 0.5 --out runs/paper"},
                                   [paper](const Call& call) { return run_study(*paper, call); });
  describe(command, *paper);
}

}  // namespace xgrad::apps
