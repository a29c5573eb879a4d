#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <apps/common/run_folder.hpp>
#include <apps/common/serve_at.hpp>
#include <apps/mnist/checkpoint.hpp>
#include <apps/mnist/config.hpp>
#include <apps/mnist/evaluate.hpp>
#include <data/dataset.hpp>
#include <data/synthetic.hpp>

namespace xgrad::apps {

struct TrainOptions {
  Config config;
  /// Names of the flags that were given, to check against a resumed run's.
  std::set<std::string> given = {};
  std::int64_t epochs = 10;
  /// The run's folder; a new one in runs/ where it is empty.
  std::filesystem::path out = {};
  Start start = Start::anew;
  /// Sizes of the split where the images are built-in digits: an evaluation takes the same ones.
  std::optional<data::SplitSizes> synthetic = {};
  /// Is told of each epoch, in a line.
  std::function<void(std::string_view)> say = {};
  /// The text of run.toml, for values by their flags' names; no such file where there is none.
  std::function<std::string(const Metadata&)> toml = {};
  /// What else the run writes while it goes on, of log_choices.
  std::vector<std::string> log = {};
  /// Where a live view is to be, if there is to be one.
  std::optional<ServeAt> serve = {};
  /// Whether the run's folder gets pictures of pictures.hpp, and stderr a summary of the model.
  bool shows = false;
};

/// What a run came to, or where it was interrupted.
struct TrainOutcome {
  std::filesystem::path folder;
  Position position;
  std::optional<Performance> test = {};  ///< none where it was interrupted
};

/// Throws Error where the folder of a run cannot be what the options say, as RunFolder does. Makes nothing.
void check_run_folder(const TrainOptions& options);

/// Trains, with a progress bar. After each epoch the run's folder has the checkpoint (and those of CheckpointFiles), a
/// CSV of the epochs so far, and a run.toml that repeats the run; at the end the model is tried on the test images. An
/// interrupt ends it after the current step with the checkpoint written. Throws Error as RunFolder and check do, where
/// the run to resume is another one, where there are fewer than two images, and, with the last good checkpoint left as
/// it is, where a loss or a weight is no longer finite.
TrainOutcome train(const data::Splits& splits, TrainOptions options);

}  // namespace xgrad::apps
