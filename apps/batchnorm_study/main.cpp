#include <algorithm>

#include <fmt/format.h>

#include <apps/batchnorm_study/report.hpp>
#include <apps/common/digits.hpp>
#include <apps/common/files.hpp>
#include <apps/common/flags.hpp>
#include <apps/common/interrupt.hpp>
#include <apps/common/output.hpp>
#include <autograd/error.hpp>
#include <autograd/run/run.hpp>

namespace {

using namespace xgrad;
using namespace xgrad::apps;

struct Flags {
  std::vector<std::string> settings = {"all"};
  Overrides overrides;
  std::uint64_t seed = 1;
  std::string data = "mnist";
  std::string out = "study";
  int threads = num_threads();
  bool quick = false;
  bool overwrite = false;
};

void describe(CLI::App& app, Flags& flags) {
  add_choices(app, "--settings", flags.settings, setting_choices(),
              "Settings to run, by number or name, with commas between");
  add_number(app, "--seed", flags.seed, seed_number(), "Seed of the initial weights and the order of the images");
  add_text(app, "--data", flags.data, "Directory with MNIST's IDX files, 'fashion' (of Debian) or 'synthetic'");
  add_text(app, "--out", flags.out, "Directory for the report, the curves and the plots");
  app.add_flag("--overwrite", flags.overwrite, "Replace the study that is in --out");
  add_threads(app, flags.threads);
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

/// Settings have initial weights and orders of their own, whichever of them are run.
std::uint64_t seed_of(const Setting& setting, std::uint64_t seed) {
  constexpr std::uint64_t seeds_apart = 5;
  const std::vector<Setting> all = all_settings();
  const auto same_name = [&](const Setting& other) { return other.name == setting.name; };
  return seed * seeds_apart + static_cast<std::uint64_t>(std::ranges::find_if(all, same_name) - all.begin());
}

/// A study takes minutes to hours, so one that is there is not replaced unasked.
void check_out(const std::filesystem::path& out, bool overwrite) {
  check_directory(out);
  for (const char* name : {"curves.csv", "report.html"})
    if (!overwrite && std::filesystem::exists(out / name))
      fail("--out", fmt::format("there is a study in '{}' already ({}); replace it with --overwrite, or name another "
                                "directory",
                                out.string(), name));
}

int study(Flags flags) {
  catch_interrupts();
  set_num_threads(flags.threads);
  if (flags.quick) shorten(flags.overrides);
  const std::vector<Setting> settings = select_settings(flags.settings, flags.overrides);
  for (const Setting& setting : settings) check(setting);
  const std::filesystem::path out = flags.out;
  check_out(out, flags.overwrite);

  const data::SplitSizes sizes = flags.quick ? data::SplitSizes{2000, 500, 500} : data::SplitSizes{};
  const data::Splits splits = load_digits(flags.data, flags.seed, sizes);
  for (const Setting& setting : settings) check_batch(setting, splits.train);
  RunDescription description{
      .data = fmt::format("{} training and {} validation images, {}", splits.train.size(), splits.validation.size(),
                          flags.data == synthetic_data ? "synthetic digits, not MNIST"
                          : flags.data == fashion_data ? "Fashion-MNIST"
                                                       : flags.data),
      .seed = flags.seed};

  make_directory(out);
  CsvWriter curves(out / "curves.csv", curve_columns());
  std::vector<Outcome> outcomes;
  for (const Setting& setting : settings) {
    std::optional<CsvWriter> inputs;
    if (setting.watches_inputs) inputs.emplace(out / (inputs_name(setting) + ".csv"), input_columns());
    outcomes.push_back(run_setting(setting, splits, seed_of(setting, flags.seed), [&](const Evaluation& evaluation) {
      curves.row(curve_row(setting, evaluation));
      if (inputs) inputs->row(input_row(evaluation));
    }));
    if (interrupted()) description.status = "This run was interrupted; what follows is what it had until then.";
    save_accuracy_plot(out, outcomes.back());
    if (setting.watches_inputs) save_inputs_plot(out, outcomes.back());
    save_report(out, outcomes, description);
    if (interrupted()) break;
  }
  const std::string diverged = divergences(outcomes);
  print(fmt::format("{}{}{}\nReport: {}\n", summary(outcomes).text(), diverged.empty() ? "" : "\n" + diverged,
                    diverged.empty() ? "" : "\n", (out / "report.html").string()));
  return interrupted() ? interrupted_exit_code : 0;
}

int run(int argc, char** argv) {
  CLI::App app(
      "Trains a deep network with and without batch normalization, from the same weights on the same batches, and "
      "compares their validation accuracies.",
      "batchnorm_study");
  Flags flags;
  describe(app, flags);
  return parse_and_run(app, argc, argv, [&] { return study(flags); });
}

}  // namespace

int main(int argc, char** argv) {
  return xgrad::apps::run_program("batchnorm_study", [&] { return run(argc, argv); });
}
