#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <apps/common/figure.hpp>

namespace xgrad::apps {

/// How far a program is.
struct LiveStatus {
  std::string what = {};  ///< the part that runs, "tanh-bad"; may be empty
  std::int64_t step = 0;
  std::int64_t steps = 0;
  std::optional<double> loss = {};
};

/// What a program shows, handed from its thread to those that serve it: the latest figures and status, no history. All
/// functions may be called from any thread; none waits for a reader.
class LiveState {
 public:
  using Clock = std::chrono::steady_clock;

  /// What a reader has been given.
  struct Seen {
    std::uint64_t figures = 0;
    std::uint64_t status = 0;
    bool end = false;
  };

  /// Throws Error as check does for a figure.
  void set(std::vector<Figure> figures);
  /// `now` tells the time left by the steps since this part's first status.
  void set(const LiveStatus& status, Clock::time_point now = Clock::now());
  /// The text is the last status.
  void end(std::string text);
  /// From now on next() gives what is left to give, and then nothing.
  void close();
  bool closed() const;

  /// What has changed since a reader's last call, as server-sent events (HTML Living Standard, 9.2); a comment where
  /// nothing has within `patience`; nothing any more once the state is closed.
  std::optional<std::string> next(Seen& seen, std::chrono::milliseconds patience);

  /// Waits for `time`, or until the state is closed.
  void pause(std::chrono::milliseconds time);

 private:
  std::shared_ptr<const std::string> figures_event();

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::shared_ptr<const std::vector<Figure>> figures_;
  std::uint64_t figures_version_ = 0;
  std::string status_;
  std::uint64_t status_version_ = 0;
  bool ended_ = false;
  bool closed_ = false;
  /// Where the part that runs began, for the time left.
  std::string what_;
  std::int64_t first_step_ = 0;
  Clock::time_point first_time_;

  /// Figures as text, made when a reader asks for them, once for all readers.
  std::mutex encoding_;
  std::shared_ptr<const std::string> encoded_;
  std::uint64_t encoded_version_ = 0;
};

}  // namespace xgrad::apps
