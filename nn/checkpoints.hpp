#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <nn/optim/schedule.hpp>
#include <nn/training.hpp>

#pragma GCC visibility push(default)
namespace xgrad::nn {

struct CheckpointsOptions {
  /// How many of the newest checkpoints stay. With 1 there is none to go back to where the newest is damaged.
  int keep = 3;
  /// Whether the smallest or the largest metric is the best.
  optim::PlateauMode mode = optim::PlateauMode::min;
  /// Whether files are written by a thread of their own, while training goes on.
  bool background = true;
};

/// What Checkpoints::resume did.
struct Resumed {
  std::filesystem::path file;        ///< the one that the run goes on from
  std::vector<std::string> damaged;  ///< of each newer one, newest first: what is wrong with it, with its name
};

/// The checkpoints of a run in a folder of its own: `checkpoint-<n>.safetensors`, of which the newest stay, and
/// `best.safetensors`, written of the best metric besides:
///
///     nn::Training training{.model = model, .optimizer = adam, .loader = loader};
///     nn::Checkpoints checkpoints("runs/first");
///     checkpoints.resume(training);
///     for (; training.epoch < 10; ++training.epoch) {
///       for (const auto& [x, y] : loader) {
///         ...
///         if (++training.step % 1000 == 0) checkpoints.save(training);
///       }
///     }
///     checkpoints.wait();
///
/// The files are those of save_checkpoint: each appears when it is complete, with a checksum, and load_checkpoint reads
/// it. Its bytes and its name are on the disk (fsync) before older ones are removed, so whatever ends the process or
/// the machine, the newest complete checkpoint or the one before it loads.
///
/// Only files that this object wrote, or found by resume, are ever removed. Use it from one thread.
class Checkpoints {
 public:
  /// Touches nothing yet. Throws Error unless keep is 1 or more and the folder has a name, without zero bytes.
  explicit Checkpoints(std::filesystem::path folder, const CheckpointsOptions& options = {});
  Checkpoints(const Checkpoints&) = delete;
  Checkpoints& operator=(const Checkpoints&) = delete;
  /// Waits as wait() does, but errors of the writing are lost.
  ~Checkpoints();

  /// Takes a snapshot of the run and has it written. The snapshot holds tensors, which never change, so it costs no
  /// copy; while it waits, the next step's results need memory of their own. It runs what the state still waits for.
  /// Where a snapshot already waits to be written, the new one takes its place, so that a step never waits for the
  /// disk; the best one of those with a metric is written in any case. The folder is made where it is missing.
  ///
  /// Throws Error as save_checkpoint does; where the folder has checkpoints and resume was not called, as they are
  /// another run's; and where another object writes to the folder, in this process or another. Where writing an earlier
  /// snapshot failed, that Error is thrown, once, after the new one was taken. A metric of NaN is never the best.
  void save(const Training& training, std::optional<double> metric = {});

  /// Restores a run from the newest checkpoint. Where that is damaged, from the one before it, and so on, and at last
  /// from the best; what is wrong with the others is in the result. None where the folder has no checkpoint: then the
  /// run begins. Waits as wait() does.
  ///
  /// Throws Error that lists the damage where there are checkpoints and none is whole. A whole one that does not fit
  /// `training` is not passed over: then it throws as load_checkpoint does, and changes nothing.
  std::optional<Resumed> resume(Training& training);

  /// Waits until all is written. Throws the Error of a snapshot that could not be, once.
  void wait();

  /// The checkpoints in the folder, newest first, without the best.
  std::vector<std::filesystem::path> files() const;
  /// Where the best one is, once a metric was given.
  std::filesystem::path best() const;
  const std::filesystem::path& folder() const noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace xgrad::nn
#pragma GCC visibility pop
