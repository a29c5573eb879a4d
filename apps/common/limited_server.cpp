#include <apps/common/limited_server.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string>

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace xgrad::apps {

namespace {

using Clock = std::chrono::steady_clock;

/// Waits until a socket can be read or written; false at the deadline.
bool wait_for(socket_t socket, short what, Clock::time_point deadline) {
  while (true) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
    pollfd one{.fd = socket, .events = what, .revents = 0};
    const int count = ::poll(&one, 1, static_cast<int>(std::clamp<std::int64_t>(left, 0, 60'000)));
    if (count > 0) return true;
    if (count == 0 && left <= 0) return false;
    if (count < 0 && errno != EINTR) return false;
  }
}

/// One connection, read and written within limits.
class LimitedStream final : public httplib::Stream {
 public:
  LimitedStream(socket_t socket, const LimitedServer::Limits& limits)
      : socket_(socket), limits_(limits), deadline_(Clock::now() + limits.request_time) {}

  bool is_readable() const override { return begin_ < end_ || wait_for(socket_, POLLIN, deadline_); }
  bool is_writable() const override { return wait_for(socket_, POLLOUT, Clock::now() + limits_.write_time); }

  ssize_t read(char* to, std::size_t size) override {
    if (begin_ == end_ && !fill()) return -1;
    const std::size_t count = std::min(size, end_ - begin_);
    std::memcpy(to, buffer_.data() + begin_, count);
    begin_ += count;
    return static_cast<ssize_t>(count);
  }

  /// All of it, or -1.
  ssize_t write(const char* from, std::size_t size) override {
    const Clock::time_point deadline = Clock::now() + limits_.write_time;
    for (std::size_t done = 0; done < size;) {
      if (!wait_for(socket_, POLLOUT, deadline)) return -1;
      const ssize_t count = ::send(socket_, from + done, size - done, MSG_NOSIGNAL | MSG_DONTWAIT);
      if (count > 0)
        done += static_cast<std::size_t>(count);
      else if (count == 0 || (errno != EINTR && errno != EAGAIN))
        return -1;
    }
    return static_cast<ssize_t>(size);
  }

  void get_remote_ip_and_port(std::string&, int&) const override {}
  void get_local_ip_and_port(std::string&, int&) const override {}
  socket_t socket() const override { return socket_; }

 private:
  bool fill() {
    begin_ = end_ = 0;
    const std::size_t room = std::min(buffer_.size(), limits_.request_bytes - read_);
    if (room == 0) return false;
    ssize_t count = -1;
    do {
      if (!wait_for(socket_, POLLIN, deadline_)) return false;
      count = ::recv(socket_, buffer_.data(), room, MSG_DONTWAIT);
    } while (count < 0 && (errno == EINTR || errno == EAGAIN));
    if (count <= 0) return false;
    end_ = static_cast<std::size_t>(count);
    read_ += end_;
    return true;
  }

  socket_t socket_;
  const LimitedServer::Limits& limits_;
  Clock::time_point deadline_;
  std::array<char, 4096> buffer_;
  std::size_t begin_ = 0, end_ = 0;
  std::size_t read_ = 0;
};

}  // namespace

void LimitedServer::let_wait(int connections) { ::listen(svr_sock_, connections); }

bool LimitedServer::process_and_close_socket(socket_t socket) {
  bool done = false;
  {
    LimitedStream stream(socket, limits_);
    bool closed = false;
    // Parts of an answer, of which a request may ask for thousands that overlap, are not given.
    done = stream.is_readable() &&
           process_request(stream, true, closed, [](httplib::Request& request) { request.ranges.clear(); });
  }
  ::shutdown(socket, SHUT_RDWR);
  ::close(socket);
  return done;
}

}  // namespace xgrad::apps
