#include <data/loader.hpp>

#include <algorithm>
#include <bit>
#include <condition_variable>
#include <exception>
#include <limits>
#include <mutex>
#include <new>
#include <numeric>
#include <optional>
#include <stdexcept>
#include <system_error>
#include <thread>
#include <unordered_map>

#include <fmt/format.h>

#include <autograd/ops.hpp>
#include <autograd/out_of_memory.hpp>
#include <autograd/recorder.hpp>
#include <autograd/run/execute/evaluate.hpp>

namespace xgrad::data::detail {

/// One pass over the samples: cuts their order into batches and, with workers, makes them on threads of its own.
class Epoch {
 public:
  struct Start {
    std::int64_t epoch;
    std::int64_t first_batch;
    std::vector<std::uint32_t> occurrences;  ///< of each place in the order; empty where all are 0
    Generator generator;                     ///< batch i forks its own from this one, by numbers + i
    std::uint64_t numbers;
  };

  Epoch(SourcePtr source, std::vector<std::int64_t> order, const LoaderOptions& options, Start start)
      : source_(std::move(source)),
        order_(std::move(order)),
        start_(std::move(start)),
        batch_size_(static_cast<std::size_t>(options.batch_size)),
        draw_{.seed = options.seed, .epoch = start_.epoch},
        batches_(order_.size() / batch_size_ + (order_.size() % batch_size_ != 0 ? 1 : 0)),
        next_(std::min(static_cast<std::size_t>(start_.first_batch), batches_)),
        seen_(next_) {
    const std::size_t left = batches_ - next_;
    const auto workers = std::min(static_cast<std::size_t>(options.workers), left);
    const auto ahead = static_cast<std::size_t>(options.prefetch);
    if (workers == 0 || ahead == 0) return;
    places_.resize(ahead > left / workers ? left : workers * ahead);
    try {
      for (std::size_t i = 0; i < workers; ++i) workers_.emplace_back([this] { work(); });
    } catch (const std::system_error& error) {
      if (workers_.empty()) fail("Loader.begin", fmt::format("no thread can be had: {}", error.what()));
    } catch (...) {
      stop();
      throw;
    }
  }
  Epoch(const Epoch&) = delete;
  Epoch& operator=(const Epoch&) = delete;
  ~Epoch() { stop(); }

  /// The next batch, or none after the last. Rethrows an exception of the source.
  std::optional<Fields> next() {
    if (seen_ == batches_) return std::nullopt;
    Fields batch = workers_.empty() ? make(seen_) : take();
    ++seen_;
    return batch;
  }

  std::int64_t epoch() const noexcept { return start_.epoch; }
  /// The number of its batches that were given out, or passed over.
  std::int64_t seen() const noexcept { return static_cast<std::int64_t>(seen_); }

 private:
  /// Where a batch waits for its turn.
  struct Place {
    Fields batch;
    std::exception_ptr error;
    bool ready = false;
  };

  /// Ends the workers, before any member that they use is destroyed.
  void stop() {
    {
      const std::scoped_lock lock(mutex_);
      stopping_ = true;
    }
    room_.notify_all();
    for (std::thread& worker : workers_) worker.join();
  }

  Place& place_of(std::size_t number) { return places_[number % places_.size()]; }

  Fields take() {
    Place& place = place_of(seen_);
    std::unique_lock lock(mutex_);
    ready_.wait(lock, [&] { return place.ready; });
    place.ready = false;
    ++taken_;
    room_.notify_all();
    if (place.error) std::rethrow_exception(std::exchange(place.error, nullptr));
    return std::move(place.batch);
  }

  Fields make(std::size_t number) const {
    const std::size_t first = number * batch_size_;
    const auto indices = std::span(order_).subspan(first, std::min(batch_size_, order_.size() - first));
    std::vector<SplitMix64> random;
    random.reserve(indices.size());
    for (std::size_t i = 0; i < indices.size(); ++i)
      random.push_back(random_of(draw_, indices[i], start_.occurrences.empty() ? 0 : start_.occurrences[first + i]));
    Generator generator = start_.generator.fork(start_.numbers + number);
    const GeneratorScope scope(generator);
    return evaluated(source_->batch(indices, random));
  }

  /// A worker: makes batches while there is room for them, until the last, an error, or a request to stop.
  void work() {
    while (const std::optional<std::size_t> number = wait_for_work()) {
      Place made;
      try {
        made.batch = make(*number);
      } catch (...) {
        made.error = std::current_exception();
      }
      made.ready = true;
      const std::scoped_lock lock(mutex_);
      if (made.error) failed_ = true;
      place_of(*number) = std::move(made);
      ready_.notify_all();
    }
  }

  /// Waits for room, and gives the number of the batch to make. None after the last, after a batch that failed, and
  /// where a request to stop came first.
  std::optional<std::size_t> wait_for_work() {
    std::unique_lock lock(mutex_);
    const std::size_t first = static_cast<std::size_t>(start_.first_batch);
    const auto over = [&] { return stopping_ || failed_ || next_ == batches_; };
    room_.wait(lock, [&] { return over() || next_ < first + taken_ + places_.size(); });
    if (over()) return std::nullopt;
    return next_++;
  }

  const SourcePtr source_;
  const std::vector<std::int64_t> order_;
  const Start start_;
  const std::size_t batch_size_;
  const Draw draw_;
  const std::size_t batches_;

  std::mutex mutex_;
  std::condition_variable ready_;
  std::condition_variable room_;
  std::vector<Place> places_;
  std::size_t next_;       ///< the batch that a worker makes next
  std::size_t taken_ = 0;  ///< batches that the consumer has taken out of their places
  bool failed_ = false;
  bool stopping_ = false;  ///< nobody waits for more batches
  std::size_t seen_;       ///< used only by the thread that asks
  std::vector<std::thread> workers_;
};

Fields next_batch(std::shared_ptr<Epoch>& epoch) try {
  if (!epoch) fail("Loader.Iterator", "++ at the end of the epoch, or after the iterator was moved from");
  const std::shared_ptr<Epoch> current = std::move(epoch);  // the end, unless a batch follows
  epoch = nullptr;
  std::optional<Fields> batch = current->next();
  if (!batch) return {};
  epoch = current;
  return *std::move(batch);
} catch (const std::bad_alloc&) {
  refuse_lists("Loader");
}

LoaderCore::LoaderCore(SourcePtr source, const LoaderOptions& options) : source_(std::move(source)), options_(options) {
  constexpr std::int64_t most = 256;  // Loader<>::max_workers
  if (options.batch_size < 1) fail("Loader", fmt::format("batch_size is {}; expected at least 1", options.batch_size));
  if (options.prefetch < 0)
    fail("Loader", fmt::format("prefetch is {}; expected 0 (no background thread) or more", options.prefetch));
  if (options.workers < 0 || options.workers > most)
    fail("Loader", fmt::format("workers is {}; expected 0 (no background thread) to {}", options.workers, most));
  const Sampler& sampler = options.sampler;
  if (!sampler.defined()) return;
  if (options.shuffle) fail("Loader", "shuffle and a sampler were given; a sampler decides about the order itself");
  if (sampler.samples() != source_->size())
    fail("Loader",
         fmt::format("the sampler chooses from {} samples; the data set has {}", sampler.samples(), source_->size()));
  if (sampler.batch_size() != 0 && sampler.batch_size() != options.batch_size)
    fail("Loader",
         fmt::format("the sampler makes batches of {}; batch_size is {}", sampler.batch_size(), options.batch_size));
}

SourcePtr LoaderCore::checked(const BatchSource& source) {
  const Called called("Loader");
  return source_of(source);
}

std::int64_t LoaderCore::samples() const noexcept {
  return options_.sampler.defined() ? options_.sampler.size() : source_ ? source_->size() : 0;
}

std::int64_t LoaderCore::batches() const noexcept {
  const bool partial = samples() % options_.batch_size != 0 && !options_.drop_last;
  return samples() / options_.batch_size + (partial ? 1 : 0);
}

void LoaderCore::set_epoch(std::int64_t epoch) {
  if (epoch < 0) fail("Loader.set_epoch", fmt::format("epoch {}; expected 0 or more", epoch));
  epoch_ = epoch;
  first_batch_ = 0;
  current_.reset();
}

NamedTensors LoaderCore::place(std::int64_t epoch, std::int64_t batch) const {
  const auto seed = std::bit_cast<std::int64_t>(options_.seed);
  NamedTensors place{{"epoch", Tensor(epoch)},
                     {"batch", Tensor(batch)},
                     {"samples", Tensor(source_ ? source_->size() : 0)},
                     {"batch_size", Tensor(options_.batch_size)},
                     {"seed", Tensor(seed)},
                     {"shuffle", Tensor(std::int64_t{options_.shuffle})},
                     {"drop_last", Tensor(std::int64_t{options_.drop_last})}};
  if (options_.sampler.defined()) place.emplace_back("sampler", Tensor(options_.sampler.key()));
  return place;
}

NamedTensors LoaderCore::state() const {
  if (const std::shared_ptr<Epoch> current = current_.lock()) return place(current->epoch(), current->seen());
  return place(epoch_, first_batch_);
}

void LoaderCore::load_state(const NamedTensors& given) {
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

namespace {

/// How often each index of an order came before; empty where none comes twice.
std::vector<std::uint32_t> occurrences_in(const std::vector<std::int64_t>& order) {
  std::unordered_map<std::int64_t, std::uint32_t> seen;
  std::vector<std::uint32_t> before(order.size());
  bool any = false;
  for (std::size_t i = 0; i < order.size(); ++i) {
    before[i] = seen[order[i]]++;
    any = any || before[i] > 0;
  }
  if (!any) before.clear();
  return before;
}

}  // namespace

std::shared_ptr<Epoch> LoaderCore::begin() try {
  if (!source_) fail("Loader.begin", "the loader was moved from");
  if (options_.prefetch > 0 && options_.workers > 0)
    run::evaluate_waiting(recorder());  // what the source holds, for the workers
  std::vector<std::int64_t> indices = order(epoch_);
  const std::int64_t epoch = epoch_;
  if (epoch_ < std::numeric_limits<std::int64_t>::max()) ++epoch_;
  const std::int64_t first_batch = std::exchange(first_batch_, 0);
  Epoch::Start start{.epoch = epoch,
                     .first_batch = first_batch,
                     .occurrences = options_.sampler.defined() ? occurrences_in(indices) : std::vector<std::uint32_t>(),
                     // Only the seed of the default generator is used: its stream depends on the thread, and its
                     // position on earlier draws.
                     .generator = Generator(default_generator().seed()).fork(options_.seed),
                     .numbers = static_cast<std::uint64_t>(epoch) * static_cast<std::uint64_t>(batches())};
  auto started = std::make_shared<Epoch>(source_, std::move(indices), options_, std::move(start));
  current_ = started;
  return started;
} catch (const std::bad_alloc&) {
  refuse_lists("Loader.begin");
}

std::vector<std::int64_t> LoaderCore::order(std::int64_t epoch) const try {
  const Called called("Loader.begin");
  std::vector<std::int64_t> indices;
  if (options_.sampler.defined()) {
    indices = options_.sampler.order(epoch);
  } else if (options_.shuffle) {
    indices = permutation(source_->size(), options_.seed, static_cast<std::uint64_t>(epoch));
  } else {
    indices.resize(static_cast<std::size_t>(source_->size()));
    std::iota(indices.begin(), indices.end(), std::int64_t{0});
  }
  if (options_.drop_last) indices.resize(static_cast<std::size_t>(batches() * options_.batch_size));
  return indices;
} catch (const std::bad_alloc&) {
  fail("Loader.begin", fmt::format("no memory for the order of {} samples", source_->size()));
} catch (const std::length_error&) {
  fail("Loader.begin", fmt::format("no memory for the order of {} samples", source_->size()));
}

}  // namespace xgrad::data::detail
