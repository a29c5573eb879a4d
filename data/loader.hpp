#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <iterator>
#include <memory>
#include <span>
#include <vector>

#include <autograd/io/safetensors.hpp>
#include <data/dataset.hpp>

namespace xgrad::data {

struct LoaderOptions {
  /// Images of a batch; the last batch of an epoch may have fewer.
  std::int64_t batch_size = 60;
  /// Whether an epoch goes through the images in random order, or in theirs.
  bool shuffle = false;
  /// The seed of the random orders and of the random numbers that a source draws, together with the number of the
  /// epoch.
  std::uint64_t seed = 0;
  /// Whether a last batch of fewer images is left out.
  bool drop_last = false;
  /// Batches made ahead by a background thread; 0 makes each when it is asked for, on the thread that asks. The
  /// batches are the same.
  std::int64_t prefetch = 2;
};

/// The source of a Loader, for data that is no Dataset or is to be transformed: a number of samples, and a function
/// from indices below it to a batch. With prefetch the function runs on the loader's thread, one call at a time.
///
/// The batch may be lazy: the loader evaluates it, on the same thread, and hands on values without a recipe. Tensors
/// that the function holds and that still wait are run by begin().
///
/// Noise, dropout and random crops may draw from the default generator: during a call it is a generator of the batch (a
/// GeneratorScope). Its numbers follow from the seed that the default generator has where begin() is called, which
/// manual_seed sets, from LoaderOptions::seed, and from the numbers of epoch and batch. They depend on nothing else:
/// not on prefetch, on the thread, on what was drawn before or on how the epoch was reached. The caller's generator
/// stays where it is.
struct BatchSource {
  std::int64_t size = 0;
  std::function<Batch(std::span<const std::int64_t> indices)> batch;
};

/// Samples in batches, as an input range:
///
///     for (auto [x, y] : data::Loader(train, {.batch_size = 60, .shuffle = true, .seed = 1})) ...
///
/// Every begin() starts a new epoch, numbered from 0, with an order of its own when shuffling. Orders depend on seed,
/// epoch and number of samples only, and are the same on every machine; random numbers are as BatchSource says. An
/// epoch belongs to its iterator, so leaving the loop early ends the background thread. If the source throws, begin()
/// or ++ throws it in the place of the batch that failed. The epoch is over then, and the next begin() starts another.
class Loader {
 public:
  class Iterator;

  /// Throw Error unless batch_size >= 1 and prefetch >= 0, and where a source has a negative size or no function.
  explicit Loader(const Dataset& dataset, const LoaderOptions& options = {});
  explicit Loader(BatchSource source, const LoaderOptions& options = {});

  /// Batches of an epoch; 0 without samples, or with drop_last and fewer of them than a batch has.
  std::int64_t batches() const noexcept;

  /// The epoch that the next begin() starts; behind the largest int64 it stays that one.
  std::int64_t epoch() const noexcept { return epoch_; }
  /// Sets the epoch that the next begin() starts, for example to resume training. Throws Error unless epoch >= 0.
  void set_epoch(std::int64_t epoch);

  /// Where training is, to go on from there bit by bit: "epoch" and "batch" (int64) of the next batch, and the options
  /// that decide which samples that has, "samples", "batch_size", "seed", "shuffle", "drop_last" (int64).
  ///
  /// While the iterator of the last begin() is at a batch, that batch counts as seen; when the epoch is over, or left,
  /// the next one is to come. So within a loop over the batches state() says which of them are left, also after the
  /// last: then the loop that goes on has none, and what follows it in the program runs.
  NamedTensors state() const;
  /// Lets the next begin() start in the middle of an epoch; those after it start whole epochs again. The random numbers
  /// that a source draws are the same if the default generator has the same seed. Throws Error, and changes nothing,
  /// where names, shapes or dtypes are not those of state(), where the samples or the options are others, and on a
  /// place that no epoch has.
  void load_state(const NamedTensors& state);

  /// Throws Error if there is no memory for the order of the samples, and after the loader was moved from. Passes on
  /// exceptions of the source.
  Iterator begin();
  std::default_sentinel_t end() const noexcept { return {}; }

 private:
  class Epoch;

  std::vector<std::int64_t> order(std::int64_t epoch) const;

  NamedTensors place(std::int64_t epoch, std::int64_t batch) const;

  BatchSource source_;
  LoaderOptions options_;
  std::int64_t epoch_ = 0;
  std::int64_t first_batch_ = 0;  ///< of the epoch that the next begin() starts
  std::weak_ptr<Epoch> current_;  ///< that of the last begin(), until it is over or left
};

/// An epoch and where it is; movable, not copyable. Equal to Loader::end() when all batches have been seen, and after
/// it was moved from; ++ is an Error then.
class Loader::Iterator {
 public:
  using iterator_concept = std::input_iterator_tag;
  using value_type = Batch;
  using difference_type = std::ptrdiff_t;

  Iterator(Iterator&& other) noexcept;
  Iterator& operator=(Iterator&& other) noexcept;
  ~Iterator();

  /// The batch it is at; one of undefined tensors at the end.
  const Batch& operator*() const noexcept { return batch_; }
  const Batch* operator->() const noexcept { return &batch_; }
  /// Throws Error at the end. Passes on exceptions of the source.
  Iterator& operator++();
  void operator++(int) { ++*this; }

  friend bool operator==(const Iterator& iterator, std::default_sentinel_t) noexcept { return !iterator.epoch_; }

 private:
  friend class Loader;
  explicit Iterator(std::shared_ptr<Epoch> epoch);

  std::shared_ptr<Epoch> epoch_;  // none at the end; no other iterator has it
  Batch batch_;
};

}  // namespace xgrad::data
