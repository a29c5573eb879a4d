#include <autograd/distributed/threads.hpp>

#include <algorithm>
#include <array>
#include <condition_variable>
#include <cstring>
#include <exception>
#include <map>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include <autograd/error.hpp>
#include <autograd/text.hpp>

namespace xgrad::distributed {
namespace {

using Deadline = std::chrono::duration<double>;

/// A year: clocks count longer times than that, not all that a double holds.
constexpr Deadline longest_deadline = std::chrono::hours(24 * 365);
constexpr int most_ranks = 256;

template <class T>
void add_to(std::span<std::byte> total, std::span<const std::byte> more) {
  T* const sum = reinterpret_cast<T*>(total.data());
  const T* const x = reinterpret_cast<const T*>(more.data());
  for (std::size_t i = 0; i < total.size() / sizeof(T); ++i) sum[i] += x[i];
}

void add_to(std::span<std::byte> total, std::span<const std::byte> more, DType dtype) {
  switch (dtype) {
    case DType::int64:
      return add_to<std::uint64_t>(total, more);  // which wraps around
    case DType::float32:
      return add_to<float>(total, more);
    case DType::float64:
      return add_to<double>(total, more);
    default:
      fail("distributed", "values of dtype " + std::string(xgrad::to_string(dtype)) + " can't be added up");
  }
}

/// Where the threads of a group meet.
class Meeting {
 public:
  Meeting(int size, Deadline deadline) : deadline_(deadline), parts_(static_cast<std::size_t>(size)) {}

  int size() const noexcept { return static_cast<int>(parts_.size()); }
  Deadline deadline() const noexcept { return deadline_; }

  /// Waits until all ranks are here. Then every rank may read what the others brought, until it leaves them (part).
  void meet(int rank, const Exchange& exchange) {
    std::unique_lock lock(mutex_);
    parts_[static_cast<std::size_t>(rank)].exchange = exchange;
    wait_for_all(lock, rank, exchange, true);
  }
  /// Waits until no rank reads any more what this one brought.
  void part(int rank, const Exchange& exchange) {
    std::unique_lock lock(mutex_);
    wait_for_all(lock, rank, exchange, false);
  }

  const Exchange& of(int rank) const { return parts_[static_cast<std::size_t>(rank)].exchange; }

  /// The rank takes no part any more, here and in what this has been split into: nobody needs to wait for it.
  void leave(int rank, const std::string& why) {
    const std::lock_guard lock(mutex_);
    parts_[static_cast<std::size_t>(rank)].left = why;
    if (arrived_ > 0) give_up(why);
    for (const auto& [key, split] : split_) {
      const auto place = std::ranges::find(split.ranks, rank);
      if (place != split.ranks.end()) split.meeting->leave(static_cast<int>(place - split.ranks.begin()), why);
    }
  }

  /// One of the groups that this has been split into, of some of its ranks; made by whoever comes first.
  std::shared_ptr<Meeting> group_of(std::size_t round, int color, const std::vector<int>& ranks) {
    const std::lock_guard lock(mutex_);
    Split& split = split_[{round, color}];
    if (!split.meeting) split = {std::make_shared<Meeting>(static_cast<int>(ranks.size()), deadline_), ranks};
    return split.meeting;
  }
  std::size_t round() {
    const std::lock_guard lock(mutex_);
    return round_;
  }

 private:
  struct Part {
    Exchange exchange;
    bool here = false;
    std::string left;  ///< where it has: what became of it
  };
  struct Split {
    std::shared_ptr<Meeting> meeting;
    std::vector<int> ranks;  ///< of this one
  };

  void wait_for_all(std::unique_lock<std::mutex>& lock, int rank, const Exchange& exchange, bool compares) {
    check();
    parts_[static_cast<std::size_t>(rank)].here = true;
    if (++arrived_ == size()) {
      const std::string difference = compares ? difference_between_parts() : "";
      if (!difference.empty()) give_up(difference);
      check();
      next_round();
      return;
    }
    const std::size_t round = round_;
    const bool in_time = changed_.wait_for(lock, deadline_, [&] { return round_ != round || !reason_.empty(); });
    if (round_ != round) return;
    if (!in_time) give_up(missing(exchange));
    check();
  }

  void next_round() {
    for (Part& part : parts_) part.here = false;
    arrived_ = 0;
    ++round_;
    changed_.notify_all();
  }

  void give_up(std::string reason) {
    if (reason_.empty()) reason_ = std::move(reason);
    changed_.notify_all();
  }

  void check() {
    for (std::size_t r = 0; r < parts_.size() && reason_.empty(); ++r)
      if (!parts_[r].left.empty()) give_up(parts_[r].left);
    if (!reason_.empty()) fail("distributed", reason_);
  }

  std::string missing(const Exchange& exchange) const {
    std::string ranks;
    for (std::size_t r = 0; r < parts_.size(); ++r)
      if (!parts_[r].here) ranks += (ranks.empty() ? "rank " : ", rank ") + std::to_string(r);
    return ranks + " did not come to " + to_string(exchange) + " within " + xgrad::to_string(deadline_.count()) + " s";
  }

  std::string difference_between_parts() const {
    const Exchange& first = parts_.front().exchange;
    for (std::size_t r = 1; r < parts_.size(); ++r) {
      const Exchange& other = parts_[r].exchange;
      if (other.collective == first.collective && other.dtype == first.dtype && other.root == first.root &&
          other.in.size() == first.in.size())
        continue;
      return "rank 0 calls " + to_string(first) + ", rank " + std::to_string(r) + " " + to_string(other) +
             "; all ranks have to call the same collectives in the same order";
    }
    return {};
  }

  const Deadline deadline_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Part> parts_;
  int arrived_ = 0;
  std::size_t round_ = 0;
  std::string reason_;                                  ///< why no rank can go on
  std::map<std::pair<std::size_t, int>, Split> split_;  ///< by round and color
};

class ThreadTransport final : public Transport {
 public:
  ThreadTransport(std::shared_ptr<Meeting> meeting, int rank) : meeting_(std::move(meeting)), rank_(rank) {}

  int rank() const noexcept override { return rank_; }
  int size() const noexcept override { return meeting_->size(); }

  void run(const Exchange& exchange) override {
    meeting_->meet(rank_, exchange);
    const bool in_place = exchange.in.data() == exchange.out.data();
    if (in_place) apart_.resize(exchange.out.size());
    compute(exchange, in_place ? std::span<std::byte>(apart_) : exchange.out);
    meeting_->part(rank_, exchange);
    if (in_place) std::ranges::copy(apart_, exchange.out.begin());
  }

  std::shared_ptr<Transport> split(int color, int key) override {
    std::vector<std::array<int, 3>> ranks(static_cast<std::size_t>(size()));
    const std::array<int, 3> own{color, key, rank_};
    const std::size_t round = meeting_->round();
    run({.collective = Collective::all_gather,
         .dtype = DType::int64,
         .in = std::as_bytes(std::span(own)),
         .out = std::as_writable_bytes(std::span(ranks))});
    std::erase_if(ranks, [&](const std::array<int, 3>& other) { return other[0] != color; });
    std::ranges::sort(ranks);
    const auto place = static_cast<int>(std::ranges::find(ranks, own) - ranks.begin());
    std::vector<int> numbers;
    for (const std::array<int, 3>& other : ranks) numbers.push_back(other[2]);
    return std::make_shared<ThreadTransport>(meeting_->group_of(round, color, numbers), place);
  }

 private:
  void compute(const Exchange& exchange, std::span<std::byte> out) {
    if (exchange.collective == Collective::barrier || out.empty()) return;
    const auto own = static_cast<std::size_t>(rank_);
    switch (exchange.collective) {
      case Collective::barrier:
        return;
      case Collective::all_reduce:
        return add_up(out, 0, exchange.dtype);
      case Collective::reduce:
        if (rank_ == exchange.root) return add_up(out, 0, exchange.dtype);
        std::ranges::fill(out, std::byte{});
        return;
      case Collective::reduce_scatter:
        return add_up(out, own * out.size(), exchange.dtype);
      case Collective::broadcast:
        return copy_to(out, meeting_->of(exchange.root).in);
      case Collective::all_gather:
        for (int r = 0; r < size(); ++r)
          copy_to(out.subspan(static_cast<std::size_t>(r) * exchange.in.size()), meeting_->of(r).in);
        return;
      case Collective::all_to_all: {
        const std::size_t block = out.size() / static_cast<std::size_t>(size());
        for (int r = 0; r < size(); ++r)
          copy_to(out.subspan(static_cast<std::size_t>(r) * block), meeting_->of(r).in.subspan(own * block, block));
        return;
      }
    }
  }

  void add_up(std::span<std::byte> out, std::size_t offset, DType dtype) const {
    copy_to(out, meeting_->of(0).in.subspan(offset, out.size()));
    for (int r = 1; r < size(); ++r) add_to(out, meeting_->of(r).in.subspan(offset, out.size()), dtype);
  }

  static void copy_to(std::span<std::byte> out, std::span<const std::byte> in) { std::ranges::copy(in, out.begin()); }

  std::shared_ptr<Meeting> meeting_;
  int rank_;
  std::vector<std::byte> apart_;
};

}  // namespace

void run_ranks(int size, const std::function<void()>& f, const RunRanksOptions& options) {
  if (size < 1 || size > most_ranks)
    fail("run_ranks",
         std::to_string(size) + " ranks were asked for; expected at least 1, at most " + std::to_string(most_ranks));
  if (!f) fail("run_ranks", "there is no function");
  if (!(options.deadline.count() > 0))
    fail("run_ranks", "the deadline is " + xgrad::to_string(options.deadline.count()) + " s; it must be more than 0");
  const auto meeting = std::make_shared<Meeting>(size, std::min(options.deadline, longest_deadline));
  std::mutex mutex;
  std::exception_ptr first;
  std::vector<std::thread> threads;
  for (int rank = 0; rank < size; ++rank) {
    threads.emplace_back([&, rank] {
      try {
        const WorldScope scope(Communicator(std::make_shared<ThreadTransport>(meeting, rank)));
        f();
        meeting->leave(rank, "rank " + std::to_string(rank) + " has returned");
      } catch (...) {
        {
          const std::lock_guard lock(mutex);
          if (!first) first = std::current_exception();
        }
        meeting->leave(rank, "rank " + std::to_string(rank) + " has failed");
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  if (first) std::rethrow_exception(first);
}

}  // namespace xgrad::distributed
