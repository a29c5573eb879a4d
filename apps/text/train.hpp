#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <apps/common/run_folder.hpp>
#include <apps/common/serve_at.hpp>
#include <apps/text/config.hpp>
#include <apps/text/corpus.hpp>

namespace xgrad::apps::text {

struct TrainOptions {
  Config config;
  /// The run's folder; a new one in runs/ where it is empty.
  std::filesystem::path out = {};
  Start start = Start::anew;
  std::set<std::string> given = {};   ///< names of flags that the user gave
  int baseline = 5;                   ///< characters that the baseline looks back
  std::vector<std::string> log = {};  ///< what else the run writes while it goes on, of log_choices
  std::optional<ServeAt> serve = {};  ///< where a live view is to be, if there is to be one
  /// Is told of each validation, in a line.
  std::function<void(std::string_view)> say = {};
  /// The text of run.toml, for values by their flags' names; no such file where there is none.
  std::function<std::string(const Metadata&)> toml = {};
};

/// A row of the log.
struct Validation {
  std::int64_t step = 0;
  double train_bits = 0;  ///< mean since the row before
  double validation_bits = 0;
};

/// What a run came to, or where it was interrupted.
struct TrainOutcome {
  std::filesystem::path folder;
  std::int64_t step = 0;
  bool complete = false;
  std::vector<Validation> validations = {};
  double baseline_bits = 0;  ///< of the model of counts, in validation
};

/// Throws Error where the folder of a run cannot be what the options say, as RunFolder does. Makes nothing.
void check_run_folder(const TrainOptions& options);

/// Trains until all steps are done or an interrupt; the run's folder has the checkpoint, the log and a run.toml that
/// repeats the run. Throws Error as RunFolder and check do, where the run to resume is another one, and, with the last
/// good checkpoint left as it is, where the loss is no longer finite.
TrainOutcome train(const std::u32string& text, TrainOptions options);

}  // namespace xgrad::apps::text
