#include <data/loader.hpp>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <exception>
#include <limits>
#include <mutex>
#include <new>
#include <numeric>
#include <optional>
#include <stdexcept>
#include <stop_token>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include <autograd/ops.hpp>
#include <autograd/recorder.hpp>
#include <autograd/run/execute/evaluate.hpp>
#include <data/splitmix.hpp>

namespace xgrad::data {
namespace {

/// The batch as plain values without a recipe, also if a tape of this thread keeps its recipes.
Batch evaluated(Batch batch) {
  Tensor* const parts[] = {&batch.images, &batch.labels};
  std::vector<Tensor> tensors;
  for (Tensor* part : parts) {
    if (!part->defined()) continue;
    if (!part->node()->inputs().empty()) *part = stop_gradient(*part);
    tensors.push_back(*part);
  }
  eval(tensors);
  return batch;
}

}  // namespace

/// One pass over the samples: cuts their order into batches and, with prefetch, makes them on a thread of its own.
class Loader::Epoch {
 public:
  /// generator: one that batch i forks its own from, by first_batch + i.
  Epoch(BatchSource source, std::vector<std::int64_t> order, const LoaderOptions& options, const Generator& generator,
        std::uint64_t first_batch)
      : source_(std::move(source)),
        order_(std::move(order)),
        generator_(generator),
        batch_number_(first_batch),
        batch_size_(static_cast<std::size_t>(options.batch_size)),
        capacity_(static_cast<std::size_t>(options.prefetch)) {
    if (capacity_ > 0 && !order_.empty()) worker_ = std::jthread([this](std::stop_token stop) { work(stop); });
  }

  /// The next batch, or none after the last. Rethrows an exception of the source.
  std::optional<Batch> next() {
    if (!worker_.joinable()) return make();
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !ready_.empty() || finished_; });
    if (ready_.empty()) {
      if (error_) std::rethrow_exception(std::exchange(error_, nullptr));
      return std::nullopt;
    }
    Batch batch = std::move(ready_.front());
    ready_.pop_front();
    changed_.notify_all();
    return batch;
  }

 private:
  std::optional<Batch> make() {
    const std::size_t count = std::min(batch_size_, order_.size() - position_);
    if (count == 0) return std::nullopt;
    const auto indices = std::span(order_).subspan(position_, count);
    position_ += count;
    Generator generator = generator_.fork(batch_number_++);
    const GeneratorScope scope(generator);
    return evaluated(source_.batch(indices));
  }

  /// The worker: makes batches while there is room for them, until the last, an error, or a request to stop.
  void work(const std::stop_token& stop) {
    std::exception_ptr error;
    try {
      while (wait_for_room(stop)) {
        std::optional<Batch> batch = make();
        if (!batch) break;
        const std::scoped_lock lock(mutex_);
        ready_.push_back(*std::move(batch));
        changed_.notify_all();
      }
    } catch (...) {
      error = std::current_exception();
    }
    const std::scoped_lock lock(mutex_);
    error_ = std::move(error);
    finished_ = true;
    changed_.notify_all();
  }

  /// Waits for room. False if a request to stop came first.
  bool wait_for_room(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    return changed_.wait(lock, stop, [this] { return ready_.size() < capacity_; });
  }

  const BatchSource source_;
  const std::vector<std::int64_t> order_;
  const Generator generator_;
  std::uint64_t batch_number_;  // used only by the thread that makes the batches, as is the position
  const std::size_t batch_size_;
  const std::size_t capacity_;
  std::size_t position_ = 0;

  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<Batch> ready_;
  std::exception_ptr error_;
  bool finished_ = false;
  std::jthread worker_;  // last, so that it is stopped and joined before the members that it uses are destroyed
};

Loader::Loader(const Dataset& dataset, const LoaderOptions& options)
    : Loader(BatchSource{.size = dataset.size(),
                         .batch = [dataset](std::span<const std::int64_t> indices) { return dataset.batch(indices); }},
             options) {}

Loader::Loader(BatchSource source, const LoaderOptions& options) : source_(std::move(source)), options_(options) {
  if (source_.size < 0) fail("Loader", fmt::format("a source of {} samples; expected 0 or more", source_.size));
  if (!source_.batch) fail("Loader", "a source without a batch function; expected one from indices to a batch");
  if (options.batch_size < 1) fail("Loader", fmt::format("batch_size is {}; expected at least 1", options.batch_size));
  if (options.prefetch < 0)
    fail("Loader", fmt::format("prefetch is {}; expected 0 (no background thread) or more", options.prefetch));
}

std::int64_t Loader::batches() const noexcept {
  const bool partial = source_.size % options_.batch_size != 0 && !options_.drop_last;
  return source_.size / options_.batch_size + (partial ? 1 : 0);
}

void Loader::set_epoch(std::int64_t epoch) {
  if (epoch < 0) fail("Loader.set_epoch", fmt::format("epoch {}; expected 0 or more", epoch));
  epoch_ = epoch;
}

Loader::Iterator Loader::begin() {
  if (!source_.batch) fail("Loader.begin", "the loader was moved from");
  if (options_.prefetch > 0) run::evaluate_waiting(recorder());  // what the source holds, for the worker
  const std::int64_t epoch = epoch_;
  if (epoch_ < std::numeric_limits<std::int64_t>::max()) ++epoch_;
  const std::uint64_t first_batch = static_cast<std::uint64_t>(epoch) * static_cast<std::uint64_t>(batches());
  // Only the seed of the default generator is used: its stream depends on the thread, and its position on earlier
  // draws.
  const Generator generator = Generator(default_generator().seed()).fork(options_.seed);
  return Iterator(std::make_unique<Epoch>(source_, order(epoch), options_, generator, first_batch));
}

std::vector<std::int64_t> Loader::order(std::int64_t epoch) const try {
  const Called called("Loader.begin");
  std::vector<std::int64_t> indices;
  if (options_.shuffle) {
    indices = permutation(source_.size, options_.seed, static_cast<std::uint64_t>(epoch));
  } else {
    indices.resize(static_cast<std::size_t>(source_.size));
    std::iota(indices.begin(), indices.end(), std::int64_t{0});
  }
  if (options_.drop_last) indices.resize(static_cast<std::size_t>(batches() * options_.batch_size));
  return indices;
} catch (const std::bad_alloc&) {
  fail("Loader.begin", fmt::format("no memory for the order of {} samples", source_.size));
} catch (const std::length_error&) {
  fail("Loader.begin", fmt::format("no memory for the order of {} samples", source_.size));
}

Loader::Iterator::Iterator(std::unique_ptr<Epoch> epoch) : epoch_(std::move(epoch)) { ++*this; }
Loader::Iterator::Iterator(Iterator&& other) noexcept = default;
Loader::Iterator& Loader::Iterator::operator=(Iterator&& other) noexcept = default;
Loader::Iterator::~Iterator() = default;

Loader::Iterator& Loader::Iterator::operator++() {
  if (!epoch_) fail("Loader.Iterator", "++ at the end of the epoch, or after the iterator was moved from");
  std::unique_ptr<Epoch> epoch = std::move(epoch_);  // the end, unless a batch follows
  batch_ = {};
  if (std::optional<Batch> batch = epoch->next()) {
    batch_ = *std::move(batch);
    epoch_ = std::move(epoch);
  }
  return *this;
}

}  // namespace xgrad::data
