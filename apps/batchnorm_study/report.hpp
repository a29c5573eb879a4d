#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <apps/batchnorm_study/study.hpp>
#include <apps/common/table.hpp>

namespace xgrad::apps {

/// Columns and a row of curves.csv.
std::vector<std::string> curve_columns();
std::vector<std::string> curve_row(const Setting& setting, const Evaluation& evaluation);

/// Columns and a row of the inputs' percentiles, and what the file of a setting that watches them is called.
std::vector<std::string> input_columns();
std::vector<std::string> input_row(const Evaluation& evaluation);
std::string inputs_name(const Setting& setting);

/// One row for each setting: both networks' accuracy after 601 steps, half-way, and at the end (the mean of
/// the last five evaluations), and the time. "–" stands for what there is not, "diverged" and, at the end, "diverged at
/// step N" for what a network that has diverged would have had.
Table summary(const std::vector<Outcome>& outcomes);

/// Where a run's data came from, for the report.
struct RunDescription {
  std::string data;
  std::uint64_t seed = 0;
  std::string status = {};  ///< why it ended early, if it did
};

/// "relu-bad: the plain network diverged at step 61, ..."; empty where no network did.
std::string divergences(const std::vector<Outcome>& outcomes);

/// Draws the accuracies of a setting over its steps as accuracy-NAME.svg and .png. A network that has diverged has a
/// mark there that says so, and no curve from there on.
void save_accuracy_plot(const std::filesystem::path& directory, const Outcome& outcome);

/// Draws the percentiles of the inputs over the steps of a setting that watches them, as inputs-NAME.svg and .png.
void save_inputs_plot(const std::filesystem::path& directory, const Outcome& outcome);

/// Writes report.html: the summary, the plots, the settings and where everything came from.
void save_report(const std::filesystem::path& directory, const std::vector<Outcome>& outcomes,
                 const RunDescription& description);

}  // namespace xgrad::apps
