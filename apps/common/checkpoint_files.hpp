#pragma once

#include <filesystem>
#include <functional>

#include <apps/common/run_folder.hpp>

namespace xgrad::apps {

/// The checkpoints in a run's folder: the newest, the one before it, and the one that did best in validation.
class CheckpointFiles {
 public:
  using Use = std::function<void(const std::filesystem::path&)>;

  /// Touches nothing yet. The folder must live as long as this does.
  explicit CheckpointFiles(const RunFolder& folder) : folder_(folder) {}

  /// Has read(path) read the newest one. Where it throws an Error, the one before, with a note of what is wrong; throws
  /// the Error of the newest where there is none before, or that one is refused, too.
  void resume(const Use& read);

  /// Has write(path) put the newest one in its place, whole or not at all; the one that was there is then the one
  /// before. Where it is the best one so far, it is written as that, too. Those of another run, which this one
  /// replaces, are removed. Throws Error as write does, and with the system's reason.
  void save(const Use& write, bool is_best);

 private:
  void keep_newest() const;

  const RunFolder& folder_;
  bool is_own_ = false;    ///< whether what is in the folder is of this run
  bool is_whole_ = false;  ///< whether the newest one there can be gone on from
};

}  // namespace xgrad::apps
