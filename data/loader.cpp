#include <data/loader.hpp>

#include <algorithm>
#include <bit>
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
  /// generator: one that batch i forks its own from, by numbers + i. The first batch is that of a number.
  Epoch(BatchSource source, std::vector<std::int64_t> order, const LoaderOptions& options, const Generator& generator,
        std::uint64_t numbers, std::int64_t epoch, std::int64_t first_batch)
      : source_(std::move(source)),
        order_(std::move(order)),
        generator_(generator),
        batch_number_(numbers + static_cast<std::uint64_t>(first_batch)),
        batch_size_(static_cast<std::size_t>(options.batch_size)),
        capacity_(static_cast<std::size_t>(options.prefetch)),
        position_(std::min(batch_size_ * static_cast<std::size_t>(first_batch), order_.size())),
        epoch_(epoch),
        seen_(first_batch) {
    if (capacity_ > 0 && !order_.empty()) worker_ = std::jthread([this](std::stop_token stop) { work(stop); });
  }

  /// The next batch, or none after the last. Rethrows an exception of the source.
  std::optional<Batch> next() {
    std::optional<Batch> batch = take();
    if (batch) ++seen_;
    return batch;
  }

  std::int64_t epoch() const noexcept { return epoch_; }
  /// The number of its batches that were given out, or passed over.
  std::int64_t seen() const noexcept { return seen_; }

 private:
  std::optional<Batch> take() {
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
  std::size_t position_;
  const std::int64_t epoch_;
  std::int64_t seen_;  // used only by the thread that asks

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
  first_batch_ = 0;
  current_.reset();
}

NamedTensors Loader::place(std::int64_t epoch, std::int64_t batch) const {
  const auto seed = std::bit_cast<std::int64_t>(options_.seed);
  return {{"epoch", Tensor(epoch)},
          {"batch", Tensor(batch)},
          {"samples", Tensor(source_.size)},
          {"batch_size", Tensor(options_.batch_size)},
          {"seed", Tensor(seed)},
          {"shuffle", Tensor(std::int64_t{options_.shuffle})},
          {"drop_last", Tensor(std::int64_t{options_.drop_last})}};
}

NamedTensors Loader::state() const {
  if (const std::shared_ptr<Epoch> current = current_.lock()) return place(current->epoch(), current->seen());
  return place(epoch_, first_batch_);
}

void Loader::load_state(const NamedTensors& given) {
  constexpr const char* where = "Loader.load_state";
  const NamedTensors own = place(0, 0);
  std::vector<std::int64_t> values;
  for (const auto& [name, expected] : own) {
    const auto found = std::ranges::find(given, name, &std::pair<std::string, Tensor>::first);
    if (found == given.end()) fail(where, fmt::format("'{}' is missing", name));
    const Tensor& value = found->second;
    if (!value.defined() || value.dtype() != int64 || value.rank() != 0)
      fail(where, fmt::format("'{}' is {}; an int64 scalar was expected", name,
                              value.defined() ? fmt::format("{} {}", to_string(value.dtype()), to_string(value.shape()))
                                              : "an undefined Tensor"));
    values.push_back(value.item<std::int64_t>());
    if (values.size() > 2 && values.back() != expected.item<std::int64_t>())
      fail(where, fmt::format("the state is that of a loader with {} {}; here it is {}", name, values.back(),
                              expected.item<std::int64_t>()));
  }
  if (given.size() != own.size())
    fail(where, fmt::format("{} entries were given; {} were expected", given.size(), own.size()));
  if (values[0] < 0) fail(where, fmt::format("epoch is {}; it must be at least 0", values[0]));
  if (values[1] < 0 || values[1] > batches())
    fail(where, fmt::format("batch is {}; an epoch has {} batches", values[1], batches()));
  epoch_ = values[0];
  first_batch_ = values[1];
  current_.reset();
}

Loader::Iterator Loader::begin() {
  if (!source_.batch) fail("Loader.begin", "the loader was moved from");
  if (options_.prefetch > 0) run::evaluate_waiting(recorder());  // what the source holds, for the worker
  const std::int64_t epoch = epoch_;
  if (epoch_ < std::numeric_limits<std::int64_t>::max()) ++epoch_;
  const std::int64_t first_batch = std::exchange(first_batch_, 0);
  const std::uint64_t numbers = static_cast<std::uint64_t>(epoch) * static_cast<std::uint64_t>(batches());
  // Only the seed of the default generator is used: its stream depends on the thread, and its position on earlier
  // draws.
  const Generator generator = Generator(default_generator().seed()).fork(options_.seed);
  auto started = std::make_shared<Epoch>(source_, order(epoch), options_, generator, numbers, epoch, first_batch);
  current_ = started;
  return Iterator(std::move(started));
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

Loader::Iterator::Iterator(std::shared_ptr<Epoch> epoch) : epoch_(std::move(epoch)) { ++*this; }
Loader::Iterator::Iterator(Iterator&& other) noexcept = default;
Loader::Iterator& Loader::Iterator::operator=(Iterator&& other) noexcept = default;
Loader::Iterator::~Iterator() = default;

Loader::Iterator& Loader::Iterator::operator++() {
  if (!epoch_) fail("Loader.Iterator", "++ at the end of the epoch, or after the iterator was moved from");
  std::shared_ptr<Epoch> epoch = std::move(epoch_);  // the end, unless a batch follows
  batch_ = {};
  if (std::optional<Batch> batch = epoch->next()) {
    batch_ = *std::move(batch);
    epoch_ = std::move(epoch);
  }
  return *this;
}

}  // namespace xgrad::data
