#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <apps/mnist/config.hpp>
#include <data/synthetic.hpp>

namespace xgrad::apps {

/// What an epoch came to.
struct EpochRecord {
  double lr = 0;        ///< of its first step
  double loss = 0;      ///< mean over the epoch's batches, each before its step
  double accuracy = 0;  ///< on the validation images, at the epoch's end
};

/// How far a training run is: `epoch` epochs are done, and `step` batches of the next one.
struct Position {
  std::int64_t epoch = 0;
  std::int64_t step = 0;
  Tensor loss_sum = zeros({});  ///< over these batches
  std::vector<EpochRecord> history = {};
};

/// All of a training run, as it is on disk: a run that goes on from it computes what it would have computed without the
/// stop, to the bit. The model's tensors have PyTorch's names after "model.".
struct Checkpoint {
  Config config;
  std::int64_t images = 0;        ///< number of training images; this and the next to tell other data by
  std::uint64_t fingerprint = 0;  ///< of the training images
  std::optional<data::SplitSizes> synthetic = {};  ///< sizes of the split, where the images are built-in digits
  Position position;
  NamedTensors model;
  NamedTensors optimizer;
  NamedTensors average = {};    ///< the weights' moving average, where there is one
  NamedTensors generator = {};  ///< of the random numbers that dropout draws
};

/// Batches of an epoch. A last batch of one image is left out: batch norm cannot normalize it.
std::int64_t batches(std::int64_t images, std::int64_t batch);

/// Whether every value of every floating-point tensor is a finite number.
bool all_finite(const NamedTensors& tensors);

/// Writes it as one safetensors file with a checksum, whole or not at all. Throws Error with the system's reason.
void save_checkpoint(const std::filesystem::path& path, const Checkpoint& checkpoint);

/// Throws Error where the file is missing, is not such a checkpoint, or is one that no run can have written: its
/// checksum is another one, values are not finite, or it is further than an epoch goes.
Checkpoint load_checkpoint(const std::filesystem::path& path);

/// The trained model of a checkpoint, in eval mode: the average, where there is one.
nn::Sequential load_model(const Checkpoint& checkpoint);

}  // namespace xgrad::apps
