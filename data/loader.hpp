#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <utility>
#include <vector>

#include <autograd/io/safetensors.hpp>
#include <data/dataset.hpp>
#include <data/sampler.hpp>

#pragma GCC visibility push(default)
namespace xgrad::data {

struct LoaderOptions {
  /// Samples of a batch; the last batch of an epoch may have fewer.
  std::int64_t batch_size = 60;
  /// Whether an epoch goes through the samples in random order, or in theirs.
  bool shuffle = false;
  /// The seed of the random orders and of the random numbers of samples and batches, together with the number of the
  /// epoch.
  std::uint64_t seed = 0;
  /// Whether a last batch of fewer samples is left out.
  bool drop_last = false;
  /// Batches that each worker makes ahead; 0 makes each when it is asked for, on the thread that asks. The batches are
  /// the same.
  std::int64_t prefetch = 2;
  /// Background threads, at most Loader<>::max_workers; 0 is as prefetch = 0. The batches are the same for any number,
  /// and come in the same order. With more than one the functions of a data set are called by several threads at a
  /// time.
  std::int64_t workers = 1;
  /// The samples of an epoch and their order, in place of shuffle.
  Sampler sampler = {};
};

namespace detail {

class Epoch;

/// A Loader without the type of its records.
class LoaderCore {
 public:
  LoaderCore(SourcePtr source, const LoaderOptions& options);

  static SourcePtr checked(const BatchSource& source);

  std::int64_t batches() const noexcept;
  std::int64_t epoch() const noexcept { return epoch_; }
  void set_epoch(std::int64_t epoch);
  NamedTensors state() const;
  void load_state(const NamedTensors& state);
  std::shared_ptr<Epoch> begin();

 private:
  std::int64_t samples() const noexcept;
  std::vector<std::int64_t> order(std::int64_t epoch) const;
  NamedTensors place(std::int64_t epoch, std::int64_t batch) const;

  SourcePtr source_;
  LoaderOptions options_;
  std::int64_t epoch_ = 0;
  std::int64_t first_batch_ = 0;  ///< of the epoch that the next begin() starts
  std::weak_ptr<Epoch> current_;  ///< that of the last begin(), until it is over or left
};

/// Moves on to the next batch of an epoch, and gives it; after the last there are no fields, and `epoch` is empty.
Fields next_batch(std::shared_ptr<Epoch>& epoch);

}  // namespace detail

/// Records in batches, as an input range:
///
///     for (auto [x, y] : data::Loader(train, {.batch_size = 60, .shuffle = true, .seed = 1})) ...
///
/// Every begin() starts a new epoch, numbered from 0, with an order of its own when shuffling. Orders depend on seed,
/// epoch and number of samples only, and are the same on every machine. The random numbers that a record's function is
/// given depend on seed, epoch and index. An epoch belongs to its iterator, so leaving the loop early ends the
/// background threads.
///
/// If making a batch throws, begin() or ++ throws that in the place of the batch that failed, whatever the number of
/// workers. The epoch is over then, and the next begin() starts another.
///
/// Records and batches may be lazy: the loader evaluates them, on the thread that makes them, and hands on values
/// without a recipe. Tensors that a data set holds and that still wait are run by begin().
///
/// Noise and dropout may draw from the default generator: while a batch is made it is a generator of the batch (a
/// GeneratorScope). Its numbers follow from the seed that the default generator has where begin() is called, which
/// manual_seed sets, from LoaderOptions::seed, and from the numbers of epoch and batch. They depend on nothing else:
/// not on workers and prefetch, on the thread, on what was drawn before or on how the epoch was reached. The caller's
/// generator stays where it is.
template <Record R = Batch>
class Loader {
 public:
  class Iterator;

  static constexpr std::int64_t max_workers = 256;

  /// Throw Error unless batch_size >= 1, prefetch >= 0 and 0 <= workers <= max_workers, where a sampler is for another
  /// number of samples or another batch size or meets shuffle, and where a source has a negative size or no function.
  explicit Loader(const Dataset<R>& dataset, const LoaderOptions& options = {}) : core_(dataset.source(), options) {}
  explicit Loader(const BatchSource& source, const LoaderOptions& options = {}) requires std::same_as<R, Batch>
      : core_(detail::LoaderCore::checked(source), options) {}

  /// Batches of an epoch; 0 without samples, or with drop_last and fewer of them than a batch has.
  std::int64_t batches() const noexcept { return core_.batches(); }

  /// The epoch that the next begin() starts; behind the largest int64 it stays that one.
  std::int64_t epoch() const noexcept { return core_.epoch(); }
  /// Sets the epoch that the next begin() starts, for example to resume training. Throws Error unless epoch >= 0.
  void set_epoch(std::int64_t epoch) { core_.set_epoch(epoch); }

  /// Where training is, to go on from there bit by bit: "epoch" and "batch" (int64) of the next batch, and the options
  /// that decide which samples that has, "samples", "batch_size", "seed", "shuffle", "drop_last" and, where there is
  /// one, "sampler" (int64).
  ///
  /// While the iterator of the last begin() is at a batch, that batch counts as seen; when the epoch is over, or left,
  /// the next one is to come. So within a loop over the batches state() says which of them are left, also after the
  /// last: then the loop that goes on has none, and what follows it in the program runs. Batches that workers have made
  /// ahead do not count: the loader that goes on makes them again, the same.
  NamedTensors state() const { return core_.state(); }
  /// Lets the next begin() start in the middle of an epoch; those after it start whole epochs again. The random numbers
  /// of samples are the same, and those of the default generator if it has the same seed. Throws Error, and changes
  /// nothing, where names, shapes or dtypes are not those of state(), where the samples or the options are others, and
  /// on a place that no epoch has.
  void load_state(const NamedTensors& state) { core_.load_state(state); }

  /// Throws Error if there is no memory for the order of the samples, or no thread can be had, and after the loader was
  /// moved from. Passes on exceptions of the data set.
  Iterator begin() { return Iterator(core_.begin()); }
  std::default_sentinel_t end() const noexcept { return {}; }

 private:
  detail::LoaderCore core_;
};

template <class R>
Loader(const Dataset<R>&) -> Loader<R>;
template <class R>
Loader(const Dataset<R>&, const LoaderOptions&) -> Loader<R>;
Loader(const BatchSource&)->Loader<Batch>;
Loader(const BatchSource&, const LoaderOptions&)->Loader<Batch>;

/// An epoch and where it is; movable, not copyable. Equal to Loader::end() when all batches have been seen, and after
/// it was moved from; ++ is an Error then.
template <Record R>
class Loader<R>::Iterator {
 public:
  using iterator_concept = std::input_iterator_tag;
  using value_type = R;
  using difference_type = std::ptrdiff_t;

  Iterator(Iterator&& other) noexcept = default;
  Iterator& operator=(Iterator&& other) noexcept = default;

  /// The batch it is at; one of undefined tensors at the end.
  const R& operator*() const noexcept { return batch_; }
  const R* operator->() const noexcept { return &batch_; }
  /// Throws Error at the end. Passes on exceptions of the data set.
  Iterator& operator++() {
    batch_ = {};
    if (Fields fields = detail::next_batch(epoch_); epoch_) batch_ = record_of<R>(std::move(fields));
    return *this;
  }
  void operator++(int) { ++*this; }

  friend bool operator==(const Iterator& iterator, std::default_sentinel_t) noexcept { return !iterator.epoch_; }

 private:
  friend class Loader;
  explicit Iterator(std::shared_ptr<detail::Epoch> epoch) : epoch_(std::move(epoch)) { ++*this; }

  std::shared_ptr<detail::Epoch> epoch_;  // none at the end; no other iterator has it
  R batch_;
};

}  // namespace xgrad::data
#pragma GCC visibility pop
