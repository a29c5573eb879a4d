#pragma once

#include <filesystem>
#include <set>
#include <string>

#include <apps/mnist/config.hpp>
#include <data/dataset.hpp>

namespace xgrad::apps {

/// Whether a run goes on from its checkpoint or begins anew, in its place.
enum class Start { anew, resumed };

struct TrainOptions {
  Config config;
  /// Names of the flags that were given, to check against a resumed run's.
  std::set<std::string> given;
  std::int64_t epochs = 10;
  std::filesystem::path checkpoint;
  Start start = Start::anew;
};

/// Trains, with a progress bar; after each epoch writes the checkpoint, beside it a CSV of the epochs so far, and
/// a line on stdout; at the end prints the accuracy on the test images. An interrupt ends it after the current step
/// with the checkpoint written. Returns the program's exit code. Throws Error where the run to resume is missing or
/// another one.
int train(const data::Splits& splits, TrainOptions options);

}  // namespace xgrad::apps
