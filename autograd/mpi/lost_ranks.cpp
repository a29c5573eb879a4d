#include <autograd/mpi/lost_ranks.hpp>

#include <fcntl.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <functional>
#include <string_view>

namespace xgrad::mpi {
namespace {

// ------------------------------------------------------------------------------------- safe in a signal handler

/// Text in memory that is there already; what does not fit is cut off.
class Line {
 public:
  void add(std::string_view text) noexcept {
    const std::size_t count = std::min(text.size(), text_.size() - size_);
    std::memcpy(text_.data() + size_, text.data(), count);
    size_ += count;
  }
  void add(std::int64_t number) noexcept {
    std::array<char, 24> digits;
    const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), number);
    add(std::string_view(digits.data(), static_cast<std::size_t>(end - digits.data())));
  }
  const char* c_str() noexcept {
    text_[std::min(size_, text_.size() - 1)] = '\0';
    return text_.data();
  }
  std::string_view text() const noexcept { return {text_.data(), size_}; }

 private:
  std::array<char, 1024> text_;
  std::size_t size_ = 0;
};

/// The letter of a process's state in /proc/<id>/stat, behind its name in parentheses; 0 where it is not known.
char state_of(std::int64_t process) noexcept {
  Line path;
  path.add("/proc/");
  path.add(process);
  path.add("/stat");
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return 0;
  std::array<char, 512> content;
  const ssize_t count = read(file, content.data(), content.size());
  close(file);
  if (count <= 0) return 0;
  const std::string_view text(content.data(), static_cast<std::size_t>(count));
  const std::size_t name_end = text.rfind(')');
  return name_end == std::string_view::npos || name_end + 2 >= text.size() ? '\0' : text[name_end + 2];
}

struct Watched {
  int rank;
  std::uint64_t host;
  const RankProcess* ranks;
  std::size_t count;
};
Watched watched{};
struct sigaction before {};
bool installed = false;
std::atomic<bool> ends_by_itself = false;

void report_and_exit(int) {
  if (ends_by_itself) return;
  Line line;
  line.add("xgrad: rank ");
  line.add(watched.rank);
  line.add(" ends by SIGTERM: ");
  bool any = false;
  for (std::size_t r = 0; r < watched.count; ++r) {
    if (static_cast<int>(r) == watched.rank) continue;
    const Fate fate = fate_of(watched.ranks[r], watched.host);
    if (fate != Fate::ended && fate != Fate::stopped) continue;
    line.add(any ? ", rank " : "rank ");
    line.add(static_cast<std::int64_t>(r));
    line.add(fate == Fate::ended ? " has ended" : " is stopped");
    any = true;
  }
  if (!any) line.add("no rank on this host has ended or is stopped");
  line.add("\n");
  static_cast<void>(!write(STDERR_FILENO, line.text().data(), line.text().size()));
  // The others look at the same time, and should not take this one for lost.
  const timespec while_others_look{.tv_sec = 0, .tv_nsec = 200'000'000};
  nanosleep(&while_others_look, nullptr);
  _exit(128 + SIGTERM);
}

}  // namespace

Fate fate_of(const RankProcess& process, std::uint64_t own_host) noexcept {
  if (process.host != own_host) return Fate::unknown;
  if (kill(static_cast<pid_t>(process.id), 0) != 0) return errno == ESRCH ? Fate::ended : Fate::unknown;
  switch (state_of(process.id)) {
    case 0:
      return Fate::unknown;
    case 'Z':
    case 'X':
      return Fate::ended;
    case 'T':
    case 't':
      return Fate::stopped;
    default:
      return Fate::running;
  }
}

RankProcess this_process() {
  std::array<char, 256> name{};
  gethostname(name.data(), name.size() - 1);
  // Two containers can have one name, and not see each other's processes; the namespace of those tells them apart.
  std::array<char, 64> space{};
  static_cast<void>(!readlink("/proc/self/ns/pid", space.data(), space.size() - 1));
  return {std::hash<std::string_view>()(std::string(name.data()) + space.data()), getpid()};
}

std::int64_t ranks_beside(int rank, std::span<const RankProcess> ranks) noexcept {
  return std::ranges::count(ranks, ranks[static_cast<std::size_t>(rank)].host, &RankProcess::host);
}

std::int64_t cores_of_host() noexcept { return sysconf(_SC_NPROCESSORS_ONLN); }

std::string described(int rank, Fate fate) {
  std::string text = "rank " + std::to_string(rank);
  if (fate == Fate::ended) text += " (which has ended)";
  if (fate == Fate::stopped) text += " (which is stopped)";
  if (fate == Fate::running) text += " (which runs)";
  return text;
}

void report_on_termination(int rank, std::span<const RankProcess> ranks) {
  struct sigaction now {};
  if (sigaction(SIGTERM, nullptr, &now) != 0 || now.sa_handler != SIG_DFL) return;
  watched = {rank, ranks[static_cast<std::size_t>(rank)].host, ranks.data(), ranks.size()};
  struct sigaction own {};
  own.sa_handler = &report_and_exit;
  sigemptyset(&own.sa_mask);
  installed = sigaction(SIGTERM, &own, &before) == 0;
}

void end_by_itself() noexcept { ends_by_itself = true; }

void report_no_more() noexcept {
  if (installed) sigaction(SIGTERM, &before, nullptr);
  installed = false;
}

}  // namespace xgrad::mpi
