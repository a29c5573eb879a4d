#pragma once

#include <array>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <apps/batchnorm_study/network.hpp>
#include <apps/common/files.hpp>
#include <apps/common/table.hpp>

namespace xgrad::apps {

/// How a network does at some point, over the seeds: those that have diverged have no accuracy.
struct Standing {
  Spread accuracy;
  std::size_t diverged = 0;
  std::size_t seeds = 0;  ///< that are so far

  /// "0.936", "0.936 ± 0.004", "diverged", "0.936 ± 0.004 (2 of 5 diverged)", "–" where no seed is so far.
  std::string text() const;
};

/// After a step that was evaluated.
Standing standing_at(const SettingOutcome& outcome, const Network& network, std::int64_t step);
/// At the end: the mean of the last `end_evaluations` evaluations of each seed.
Standing standing_at_end(const SettingOutcome& outcome, const Network& network);
inline constexpr std::size_t end_evaluations = 5;

/// One row for each setting: both networks' accuracy after 601 steps, half-way, and at the end, and the time. "diverged
/// at step N" stands at the end for what the one seed there is would have had.
Table summary(const std::vector<SettingOutcome>& outcomes);

/// "relu-bad: the plain network diverged at step 61 ...", for all seeds; empty where no network did.
std::string divergences(const std::vector<SettingOutcome>& outcomes);
/// "plain diverged at step 61", for each network that did; with several seeds, the range of the steps and of how many.
std::vector<std::string> divergences(const SettingOutcome& outcome);

/// All of this as JSON, with `folder` for where the run is.
std::string to_json(const std::vector<SettingOutcome>& outcomes, const std::filesystem::path& folder);

/// The CSV files of a study, a row for each evaluation as it comes: curves.csv for all settings; for each setting
/// gradients-NAME.csv with the norm of each layer's gradient, and inputs-NAME.csv where it watches inputs.
class Curves {
 public:
  /// Replaces the files. Throws Error where they cannot be written.
  Curves(const std::filesystem::path& folder, const std::vector<Setting>& settings);

  void add(const Evaluation& evaluation, const Outcome& outcome);

 private:
  struct OfSetting {
    std::unique_ptr<CsvWriter> gradients, inputs;
  };

  CsvWriter curves_;
  std::map<std::string, OfSetting> of_setting_;
};

}  // namespace xgrad::apps
