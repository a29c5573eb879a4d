#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include <autograd/tensor.hpp>
#include <data/record.hpp>
#include <data/splitmix.hpp>

#pragma GCC visibility push(default)
namespace xgrad::data {

/// An image with its label, or a batch of them, as a training step takes them.
struct Batch {
  Tensor images;  ///< float32, in [0, 1] unless a transform says otherwise
  Tensor labels;  ///< int64
};

/// A sample with what is to be found from it, or a batch of them.
struct Example {
  Tensor data;
  Tensor target;
};

/// A number of samples, and a function from indices below it to a batch: a Dataset<Batch> in its plainest form.
struct BatchSource {
  std::int64_t size = 0;
  std::function<Batch(std::span<const std::int64_t> indices)> batch;
};

/// What the random numbers of a sample follow from, together with its index: the seed of a Loader, and the epoch.
struct Draw {
  std::uint64_t seed = 0;
  std::int64_t epoch = 0;
};

/// The random numbers of a sample; occurrence counts the times that a sampler gave it before in the same epoch.
SplitMix64 random_of(const Draw& draw, std::int64_t index, std::uint64_t occurrence = 0);

namespace detail {

struct Sample;

/// What a data set stands on, without the type of its records. Functions are called by several threads at a time.
class Source {
 public:
  Source() = default;
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;
  virtual ~Source() = default;

  virtual std::int64_t size() const = 0;
  /// The record of an index below size(), and its random numbers.
  virtual Fields get(std::int64_t index, SplitMix64& random) const = 0;
  /// One batch of these records, of which there is one or more.
  virtual Fields collate(std::vector<Fields> records) const;
  /// The batch of these indices, each with its random numbers: get() and collate().
  virtual Fields batch(std::span<const std::int64_t> indices, std::span<SplitMix64> random) const;
  /// Of images with labels: writes a record to `sample`. Takes get() apart where a source does no better.
  virtual void read(std::int64_t index, SplitMix64& random, Sample& sample) const;
};
using SourcePtr = std::shared_ptr<const Source>;

using GetFunction = std::function<Fields(std::int64_t, SplitMix64&)>;
using BatchFunction = std::function<Fields(std::span<const std::int64_t>)>;
/// Sources of functions. Throw Error on a negative size.
SourcePtr source_of(std::int64_t size, GetFunction get);
SourcePtr source_of(std::int64_t size, BatchFunction batch);
/// Throws Error where the source lacks a batch function, too.
SourcePtr source_of(const BatchSource& source);
/// A run of a source's records. Throws Error unless 0 <= begin <= end <= size.
SourcePtr range_of(const SourcePtr& source, std::int64_t begin, std::int64_t end);

/// Along a new first axis, field by field. Throws Error where shapes or dtypes differ.
Fields stacked(const std::vector<Fields>& records);
Tensor stacked(std::size_t field, std::span<const Tensor> values);

/// The tensors as plain values without a recipe, also if a tape of this thread keeps its recipes.
Fields evaluated(Fields fields);

/// With checks of the indices.
Fields get(const Source& source, std::int64_t index, const Draw& draw);
Fields batch(const Source& source, std::span<const std::int64_t> indices, const Draw& draw);
Fields all(const Source& source, const Draw& draw);

template <class F>
concept Gets = std::invocable<const F&, std::int64_t>;
template <class F>
concept GetsAtRandom = std::invocable<const F&, std::int64_t, SplitMix64&>;
template <class F>
concept GetsBatches = std::invocable<const F&, std::span<const std::int64_t>>;

template <class F>
auto record_type_from() {
  if constexpr (GetsAtRandom<F>)
    return std::type_identity<std::invoke_result_t<const F&, std::int64_t, SplitMix64&>>();
  else if constexpr (Gets<F>)
    return std::type_identity<std::invoke_result_t<const F&, std::int64_t>>();
  else
    return std::type_identity<std::invoke_result_t<const F&, std::span<const std::int64_t>>>();
}
template <class F>
using RecordFrom = std::remove_cvref_t<typename decltype(record_type_from<F>())::type>;

template <class F>
concept MakesRecords = Gets<F> || GetsAtRandom<F> || GetsBatches<F>;
template <class F, class R>
concept Makes = MakesRecords<F> && std::convertible_to<RecordFrom<F>, R>;

}  // namespace detail

/// Records, each with an index from 0 on: a number of them, and a way to make one, or a batch of several. A record is a
/// Tensor, a tuple of Tensors or a struct of Tensors (record.hpp). A Dataset is a cheap handle; copies share the data,
/// which never change.
///
///     struct Pair { Tensor picture, caption; };
///     data::Dataset pairs(1000, [](std::int64_t index) { return Pair{read_picture(index), read_caption(index)}; });
///     for (auto [pictures, captions] : data::Loader(pairs, {.batch_size = 32, .shuffle = true})) ...
///
/// The function is called by the threads of a Loader, by several at a time where it has several. Tensors that it gives
/// may be lazy. It is a function of one of these:
///
/// - an index: gives the record;
/// - an index and a SplitMix64&, the random numbers of this sample in this epoch. They follow from the loader's seed,
/// the
///   epoch and the index only;
/// - a std::span of indices: gives a whole batch, a record whose tensors have the batch as their first axis.
template <Record R = Batch>
class Dataset {
 public:
  using record_type = R;

  /// Throw Error unless size >= 0.
  template <class F>
  requires detail::Makes<F, R> Dataset(std::int64_t size, F f) : source_(made(size, std::move(f))) {}
  Dataset(const BatchSource& source) requires std::same_as<R, Batch> : source_(detail::source_of(source)) {}
  explicit Dataset(detail::SourcePtr source) : source_(std::move(source)) {}
  /// Moving copies the handle, so that no handle is left without data.
  Dataset(const Dataset&) = default;
  Dataset& operator=(const Dataset&) = default;

  std::int64_t size() const noexcept { return source_->size(); }

  /// One record. Throws Error where the index is out of range, and passes on what making it throws.
  R get(std::int64_t index, const Draw& draw = {}) const { return record_of<R>(detail::get(*source_, index, draw)); }
  R operator[](std::int64_t index) const { return get(index); }
  /// The records of these indices, in their order, as one batch; the tensors are evaluated and on no tape. Throws Error
  /// where an index is out of range, and where records of different shapes or dtypes meet.
  R batch(std::span<const std::int64_t> indices, const Draw& draw = {}) const {
    return record_of<R>(detail::batch(*source_, indices, draw));
  }
  /// All records, in order. Throws Error where there are none.
  R all(const Draw& draw = {}) const { return record_of<R>(detail::all(*source_, draw)); }

  /// Records begin to end, end not included. Throws Error unless 0 <= begin <= end <= size().
  Dataset subset(std::int64_t begin, std::int64_t end) const { return Dataset(detail::range_of(source_, begin, end)); }

  /// What it stands on, for the library's own files.
  const detail::SourcePtr& source() const noexcept { return source_; }

 private:
  template <class F>
  static detail::SourcePtr made(std::int64_t size, F f) {
    if constexpr (detail::GetsAtRandom<F>) {
      return detail::source_of(size, detail::GetFunction([f = std::move(f)](std::int64_t index, SplitMix64& random) {
                                 return fields_of<R>(f(index, random));
                               }));
    } else if constexpr (detail::Gets<F>) {
      return detail::source_of(size, detail::GetFunction([f = std::move(f)](std::int64_t index, SplitMix64&) {
                                 return fields_of<R>(f(index));
                               }));
    } else {
      return detail::source_of(size, detail::BatchFunction([f = std::move(f)](std::span<const std::int64_t> indices) {
                                 return fields_of<R>(f(indices));
                               }));
    }
  }

  detail::SourcePtr source_;
};

template <detail::MakesRecords F>
Dataset(std::int64_t size, F f) -> Dataset<detail::RecordFrom<F>>;
Dataset(BatchSource)->Dataset<Batch>;

}  // namespace xgrad::data
#pragma GCC visibility pop
