#pragma once

#include <cstdint>
#include <filesystem>
#include <set>
#include <string>

#include <apps/common/run_files.hpp>
#include <apps/text/config.hpp>
#include <apps/text/corpus.hpp>

namespace xgrad::apps::text {

struct TrainOptions {
  Config config;
  std::filesystem::path checkpoint;
  Start start = Start::anew;
  std::set<std::string> given;  ///< names of flags that the user gave
  int baseline = 5;             ///< characters that the baseline looks back
};

/// Trains until all steps are done or an interrupt, writes checkpoints and log, and prints validation losses beside the
/// baseline's. The exit code.
int train(const std::u32string& text, TrainOptions options);

}  // namespace xgrad::apps::text
