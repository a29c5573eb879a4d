#include <apps/common/output.hpp>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <string>

#include <fcntl.h>
#include <unistd.h>

#include <autograd/error.hpp>

namespace xgrad::apps {

namespace {

std::atomic<bool> silent = false;

/// Whether all of the text has been written; errno says why not.
bool write_all(int descriptor, std::string_view text) noexcept {
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace

void secure_streams() {
  // Opened the wrong way round, so that using them stays an error.
  for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    if (::fcntl(descriptor, F_GETFD) < 0)
      static_cast<void>(::open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY));
  std::signal(SIGPIPE, SIG_IGN);
}

void print(std::string_view text) {
  if (silent) return;
  if (!write_all(STDOUT_FILENO, text)) fail("stdout", std::string("cannot be written: ") + std::strerror(errno));
}

void say(std::string_view text) noexcept {
  if (!silent) static_cast<void>(write_all(STDOUT_FILENO, text));
}

void note(std::string_view text) noexcept {
  if (!silent) complain(text);
}

void complain(std::string_view text) noexcept { static_cast<void>(write_all(STDERR_FILENO, text)); }

void say_nothing() noexcept { silent = true; }

}  // namespace xgrad::apps
