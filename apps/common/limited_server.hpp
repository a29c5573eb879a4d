#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>

#include <httplib.h>

namespace xgrad::apps {

/// cpp-httplib's server with limits that it does not have itself: on all that a client sends, on the time that a
/// request and a piece of an answer may take as a whole, and on the connections that wait to be accepted. One request
/// for each connection. Made for cpp-httplib 0.11, whose functions for a connection it replaces.
class LimitedServer : public httplib::Server {
 public:
  struct Limits {
    /// Of a request: line and headers. More is not read.
    std::size_t request_bytes = std::size_t{32} << 10;
    /// From the connection's begin to the request's end.
    std::chrono::milliseconds request_time = std::chrono::seconds(3);
    /// For each piece of the answer: a client that takes it more slowly is dropped.
    std::chrono::milliseconds write_time = std::chrono::seconds(3);
  };

  explicit LimitedServer(const Limits& limits) : limits_(limits) {}

  /// Connections that may wait, in the system's queue, once a port is bound.
  void let_wait(int connections);

 private:
  bool process_and_close_socket(socket_t socket) override;

  Limits limits_;
};

}  // namespace xgrad::apps
