#pragma once

#include <filesystem>

namespace xgrad::apps {

/// What becomes of a checkpoint that is there already.
enum class Start {
  anew,       ///< an Error
  resumed,    ///< the run goes on from it
  replacing,  ///< the run takes its place
};

/// What --resume and --overwrite, of which there is one at most, say.
constexpr Start start_of(bool resume, bool overwrite) {
  return resume ? Start::resumed : overwrite ? Start::replacing : Start::anew;
}

/// The log of a run, a CSV file beside its checkpoint.
std::filesystem::path log_path(const std::filesystem::path& checkpoint);

/// Throws Error where checkpoint and log of a run cannot be written, are one file, or are there already although the
/// run begins anew.
void check_run_files(const std::filesystem::path& checkpoint, Start start);

}  // namespace xgrad::apps
