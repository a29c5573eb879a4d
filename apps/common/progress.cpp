#include <apps/common/progress.hpp>

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <algorithm>

#include <apps/common/output.hpp>

namespace xgrad::apps {

namespace {

constexpr auto redraw_interval = std::chrono::milliseconds(100);

int terminal_columns() {
  winsize size = {};
  return ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

std::string clock_time(double seconds) {
  const auto whole = static_cast<std::int64_t>(seconds + 0.5);
  return fmt::format("{}:{:02}", whole / 60, whole % 60);
}

}  // namespace

Progress::Progress(std::string label, std::int64_t total, std::int64_t done)
    : label_(std::move(label)), total_(total), done_(done), start_(done), terminal_(::isatty(STDERR_FILENO) == 1) {}

Progress::~Progress() {
  if (!terminal_ || done_ == start_) return;
  draw_bar();
  xgrad::apps::note("\n");
}

double Progress::seconds() const { return std::chrono::duration<double>(Clock::now() - begin_).count(); }

double Progress::steps_per_second() const { return static_cast<double>(done_ - start_) / std::max(seconds(), 1e-9); }

void Progress::advance() {
  ++done_;
  if (!terminal_) {
    if (done_ * 10 / total_ != (done_ - 1) * 10 / total_) print_line();
    return;
  }
  if (const auto now = Clock::now(); now - drawn_ >= redraw_interval) {
    drawn_ = now;
    draw_bar();
  }
}

void Progress::print_line() const {
  xgrad::apps::note(fmt::format("{}: {}/{}, {:.0f} steps/s{}{}\n", label_, done_, total_, steps_per_second(),
                                note_.empty() ? "" : ", ", note_));
}

void Progress::draw_bar() const {
  const double rate = steps_per_second();
  std::string tail = fmt::format(" {:>3}% {}/{} {:.0f} steps/s {}", 100 * done_ / total_, done_, total_, rate,
                                 done_ == total_ ? "in " + clock_time(seconds())
                                                 : "eta " + clock_time(static_cast<double>(total_ - done_) / rate));
  if (!note_.empty()) tail += "  " + note_;
  const int room = terminal_columns() - 4 - static_cast<int>(label_.size() + tail.size());
  std::string line = label_;
  if (room >= 8) {
    const int width = std::min(room, 30);
    const auto filled = static_cast<std::size_t>(width * done_ / total_);
    line += " [" + std::string(filled, '#') + std::string(static_cast<std::size_t>(width) - filled, '.') + "]";
  }
  line += tail;
  line.resize(std::min(line.size(), static_cast<std::size_t>(terminal_columns() - 1)));
  xgrad::apps::note(fmt::format("\r\x1b[K{}", line));
}

}  // namespace xgrad::apps
