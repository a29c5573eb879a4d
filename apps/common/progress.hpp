#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace xgrad::apps {

/// Shows on stderr how far a loop is: on a terminal as a bar redrawn in place, elsewhere as a line every tenth of the
/// way. Both with steps per second and a note of the caller's.
class Progress {
 public:
  /// `total` steps, of which `done` are behind us already.
  Progress(std::string label, std::int64_t total, std::int64_t done = 0);
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  /// Ends the bar's line.
  ~Progress();

  /// What stands at the end of the line from now on.
  void note(std::string text) { note_ = std::move(text); }
  /// One step more; draws where it is time to.
  void advance();

  double seconds() const;

 private:
  void draw_bar() const;
  void print_line() const;
  double steps_per_second() const;

  using Clock = std::chrono::steady_clock;

  std::string label_;
  std::string note_;
  std::int64_t total_;
  std::int64_t done_;
  std::int64_t start_;
  Clock::time_point begin_ = Clock::now();
  Clock::time_point drawn_;
  bool terminal_;
};

}  // namespace xgrad::apps
