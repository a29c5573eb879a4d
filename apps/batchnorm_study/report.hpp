#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <apps/batchnorm_study/summary.hpp>
#include <apps/common/figure.hpp>
#include <data/image_dataset.hpp>

namespace xgrad::apps {

/// Where a run's numbers came from, for the report.
struct RunDescription {
  std::string data;
  std::vector<std::uint64_t> seeds;
  std::string configuration;  ///< run.toml
  std::string profile = {};   ///< where the time of a step goes
  std::string status = {};    ///< why it ended early, if it did
};

/// Runs some steps of a setting's batch-normalized network, and says where their time went.
std::string profile_of(const Setting& setting, const data::ImageDataset& images);

/// Draws the plots of a setting as SVG and PNG: accuracy-NAME, gradients-NAME, gradient-map-NAME, and inputs-NAME of
/// one that watches inputs.
void save_plots(const std::filesystem::path& folder, const SettingOutcome& outcome);

/// The same plots as a page shows them, each with what it shows.
std::vector<Figure> figures_of(const SettingOutcome& outcome);

/// Writes report.html, which needs no other file: the summary, the plots with what they show, configuration, machine
/// and profile.
void save_report(const std::filesystem::path& folder, const std::vector<SettingOutcome>& outcomes,
                 const RunDescription& description);

}  // namespace xgrad::apps
