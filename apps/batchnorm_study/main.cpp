#include <algorithm>

#include <fmt/format.h>

#include <apps/batchnorm_study/report.hpp>
#include <apps/common/digits.hpp>
#include <apps/common/files.hpp>
#include <apps/common/flags.hpp>
#include <apps/common/interrupt.hpp>
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
};

void describe(CLI::App& app, Flags& flags) {
  app.add_option("--settings", flags.settings, "Settings to run, by number or name, with commas between")
      ->delimiter(',')
      ->check(CLI::IsMember(setting_choices()))
      ->capture_default_str();
  app.add_option("--seed", flags.seed, "Seed of the initial weights and the order of the images")
      ->capture_default_str();
  app.add_option("--data", flags.data, "Directory with MNIST's IDX files, or 'synthetic'")->capture_default_str();
  app.add_option("--out", flags.out, "Directory for the report, the curves and the plots")->capture_default_str();
  app.add_option("--threads", flags.threads, "Threads a run may use")->check(count())->capture_default_str();
  app.add_flag("--quick", flags.quick, "A glance: few steps, and few images where they are synthetic");

  Overrides& o = flags.overrides;
  const std::string group = "Hyper-parameters, in place of those of every setting";
  app.add_option_function<std::string>(
         "--activation", [&](const std::string& name) { o.activation = activation_named(name); }, "Activation function")
      ->check(CLI::IsMember({"tanh", "relu", "sigmoid"}))
      ->group(group);
  app.add_option("--lr", o.lr, "Learning rate")->check(positive_number())->group(group);
  app.add_option("--init-std", o.init_std, "Standard deviation of the initial weights")
      ->check(positive_number())
      ->group(group);
  app.add_option("--steps", o.steps, "Training steps")->check(count())->group(group);
  app.add_option("--batch", o.batch, "Images of a batch")->check(count())->group(group);
  app.add_option("--layers", o.layers, "Linear layers")->check(count())->group(group);
  app.add_option("--units", o.units, "Units of a hidden layer")->check(count())->group(group);
  app.add_option("--eps", o.eps, "Added to the variance in batch norm")->check(positive_number())->group(group);
  app.add_option("--decay", o.decay, "Share of the old value in batch norm's running averages")
      ->check(fraction())
      ->group(group);
  app.add_option("--eval-every", o.eval_every, "Steps between evaluations")->check(count())->group(group);
}

/// Few steps, unless said otherwise.
void shorten(Overrides& overrides) {
  if (!overrides.steps) overrides.steps = 121;
  if (!overrides.eval_every) overrides.eval_every = 20;
}

/// Settings have initial weights and orders of their own, whichever of them are run.
std::uint64_t seed_of(const Setting& setting, std::uint64_t seed) {
  const std::vector<Setting> all = all_settings();
  const auto same_name = [&](const Setting& other) { return other.name == setting.name; };
  return seed * all.size() + static_cast<std::uint64_t>(std::ranges::find_if(all, same_name) - all.begin());
}

int study(Flags flags) {
  catch_interrupts();
  set_num_threads(flags.threads);
  if (flags.quick) shorten(flags.overrides);
  const data::SplitSizes sizes = flags.quick ? data::SplitSizes{2000, 500, 500} : data::SplitSizes{};
  const data::Splits splits = load_digits(flags.data, flags.seed, sizes);
  RunDescription description{
      .data = fmt::format("{} training and {} validation images, {}", splits.train.size(), splits.validation.size(),
                          flags.data == synthetic_data ? "synthetic digits, not MNIST" : flags.data),
      .seed = flags.seed};

  const std::filesystem::path out = flags.out;
  make_directory(out);
  CsvWriter curves(out / "curves.csv", curve_columns());
  std::vector<Outcome> outcomes;
  for (const Setting& setting : select_settings(flags.settings, flags.overrides)) {
    outcomes.push_back(run_setting(setting, splits, seed_of(setting, flags.seed),
                                   [&](const Evaluation& evaluation) { curves.row(curve_row(setting, evaluation)); }));
    if (interrupted()) description.status = "This run was interrupted; what follows is what it had until then.";
    save_accuracy_plot(out, outcomes.back());
    save_report(out, outcomes, description);
    if (interrupted()) break;
  }
  fmt::print("{}\nReport: {}\n", summary(outcomes).text(), (out / "report.html").string());
  return interrupted() ? interrupted_exit_code : 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app(
      "Trains a deep network with and without batch normalization, from the same weights on the same batches, and "
      "compares their validation accuracies.",
      "batchnorm_study");
  Flags flags;
  describe(app, flags);
  return parse_and_run(app, argc, argv, [&] { return study(flags); });
}
