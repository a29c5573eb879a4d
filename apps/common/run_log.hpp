#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <apps/common/run_folder.hpp>
#include <nn/logger.hpp>

namespace xgrad::apps {

/// What --log takes: files beside log.csv that a run writes while it goes on.
inline const std::vector<std::string> log_choices = {"none", "tensorboard", "csv", "jsonl"};

/// A logger for a folder that writes what `formats` says, of log_choices; none where they say none. A run that goes on
/// does so at `step`. Throws Error as Logger does.
inline std::optional<nn::Logger> run_log(const std::filesystem::path& folder, const std::vector<std::string>& formats,
                                         Start start, std::int64_t step = 0) {
  nn::LoggerOptions options{.events = false, .csv = false, .jsonl = false};
  for (const std::string& format : formats) {
    options.events = options.events || format == "tensorboard";
    options.csv = options.csv || format == "csv";
    options.jsonl = options.jsonl || format == "jsonl";
  }
  if (!options.events && !options.csv && !options.jsonl) return std::nullopt;
  if (start == Start::resumed) options.resume_at = step;
  options.overwrite = start == Start::replacing;
  return nn::Logger(folder.string(), options);
}

}  // namespace xgrad::apps
