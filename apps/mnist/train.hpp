#pragma once

#include <filesystem>
#include <optional>
#include <set>
#include <string>

#include <apps/mnist/config.hpp>
#include <data/dataset.hpp>
#include <data/synthetic.hpp>

namespace xgrad::apps {

/// How a run begins: anew where there is no checkpoint yet, in the place of the one that is there, or from it.
enum class Start { anew, replacing, resumed };

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

/// The CSV of a run's epochs, beside its checkpoint.
std::filesystem::path log_path(const std::filesystem::path& checkpoint);

/// Throws Error where a run with these options cannot write its files, or would write over others: a checkpoint or a
/// log is there and `start` is anew, or the checkpoint's name is its log's. Makes nothing; to be called before images
/// are read.
void check_files(const TrainOptions& options);

/// Trains, with a progress bar; after each epoch writes the checkpoint, beside it a CSV of the epochs so far, and
/// a line on stdout; at the end prints the accuracy on the test images. An interrupt ends it after the current step
/// with the checkpoint written. Returns the program's exit code. Throws Error as check_files and check do, where the
/// run to resume is missing or another one, where there are fewer than two images, and, with the last good checkpoint
/// left as it is, where a loss or a weight is no longer finite.
int train(const data::Splits& splits, TrainOptions options);

}  // namespace xgrad::apps
