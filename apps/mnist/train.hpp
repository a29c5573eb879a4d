#pragma once

#include <filesystem>
#include <optional>
#include <set>
#include <string>

#include <apps/common/run_files.hpp>
#include <apps/mnist/config.hpp>
#include <data/dataset.hpp>
#include <data/synthetic.hpp>

namespace xgrad::apps {

struct TrainOptions {
  Config config;
  /// Names of the flags that were given, to check against a resumed run's.
  std::set<std::string> given;
  std::int64_t epochs = 10;
  std::filesystem::path checkpoint;
  Start start = Start::anew;
  /// Sizes of the split where the images are built-in digits: an evaluation takes the same ones.
  std::optional<data::SplitSizes> synthetic = {};
};

/// Trains, with a progress bar; after each epoch writes the checkpoint, beside it a CSV of the epochs so far, and
/// a line on stdout; at the end prints the accuracy on the test images. An interrupt ends it after the current step
/// with the checkpoint written. Returns the program's exit code. Throws Error as check_run_files and check do, where
/// the run to resume is missing or another one, where there are fewer than two images, and, with the last good
/// checkpoint left as it is, where a loss or a weight is no longer finite.
int train(const data::Splits& splits, TrainOptions options);

}  // namespace xgrad::apps
