#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include <nn/training.hpp>

/// The steps of save_checkpoint and load_checkpoint, for what takes them at different times.
namespace xgrad::nn {

/// What a checkpoint's file holds.
struct TrainingFile {
  NamedTensors entries = {};
  Metadata metadata = {};  ///< with the format
  /// How good the model is, where that was said; of entries where the file is yet to be written.
  std::optional<double> metric = {};
};

/// The state of a run, with its values computed: a snapshot without copies, which other threads may read. Throws Error
/// in the name of `where` as save_checkpoint does.
TrainingFile file_of(const std::string& where, const Training& training, std::optional<double> metric = {});

void write_training(const std::filesystem::path& path, const TrainingFile& file);

/// Reads a file. Throws Error where it is damaged, has no checksum, or is no checkpoint.
TrainingFile read_training(const std::filesystem::path& path);

/// Restores what read_training gave. Throws Error in the name of `where` as load_checkpoint does.
LoadResult restore(const std::string& where, TrainingFile file, Training& training,
                   const LoadStateOptions& options = {});

}  // namespace xgrad::nn
