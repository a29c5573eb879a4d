#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace xgrad::apps {

/// What becomes of a run that is there already.
enum class Start {
  anew,       ///< an Error
  resumed,    ///< the run goes on
  replacing,  ///< the new run takes its place
};

/// What --resume and --overwrite, of which there is one at most, say.
constexpr Start start_of(bool resume, bool overwrite) {
  return resume ? Start::resumed : overwrite ? Start::replacing : Start::anew;
}

/// The files of a run that programs go on from, and how it is repeated.
inline constexpr const char* model_file = "model.safetensors";
inline constexpr const char* previous_file = "previous.safetensors";  ///< the checkpoint before, should that be damaged
inline constexpr const char* best_file = "best.safetensors";          ///< the one that did best in validation
inline constexpr const char* log_file = "log.csv";
inline constexpr const char* run_file = "run.toml";

/// The folder of one run's results.
class RunFolder {
 public:
  /// The folder `out`; where that is empty, a new one, runs/KIND-N with the first number N after those there are, or,
  /// to resume, the one with the highest. Makes nothing yet. `results` are files that a run of this kind leaves. Throws
  /// Error where one of them is there although the run begins anew, where there is nothing to resume, and where the
  /// folder cannot be made.
  RunFolder(std::string_view kind, const std::filesystem::path& out, Start start,
            const std::vector<std::string>& results);

  const std::filesystem::path& path() const noexcept { return path_; }
  std::filesystem::path operator/(const std::filesystem::path& name) const { return path_ / name; }

  /// Makes the folder. Throws Error with the system's reason.
  void make();
  /// Removes the folder where nothing is in it.
  void remove_empty() const noexcept;

 private:
  std::filesystem::path path_;
  std::string kind_;
  bool numbered_;
};

/// The folder runs/KIND-N with the highest N; empty where there is none.
std::filesystem::path newest_run(std::string_view kind);

/// The model's file that --run means: a folder's or a file itself; of the newest run of the kind where it is empty.
/// Throws Error where there is none, saying which command, as "mnist train", makes one.
std::filesystem::path model_of_run(std::string_view kind, const std::filesystem::path& run, std::string_view maker);

}  // namespace xgrad::apps
