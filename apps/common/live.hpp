#pragma once

#include <memory>
#include <string>
#include <vector>

#include <apps/common/figure.hpp>
#include <apps/common/live_state.hpp>
#include <apps/common/serve_at.hpp>

namespace xgrad::apps {

/// Shows a running program's figures and progress in a browser on this machine: a page like a report's, whose plots
/// change as the program goes on. It is served on 127.0.0.1, for reading only, to everybody who works on this machine.
/// At another address it is served to those who know its address, in which 128 random bits stand; the connection is not
/// encrypted. No file is read for it. Threads of its own serve it. The program's thread hands over figures and status
/// and never waits for a browser: who is slow gets the latest state next, and is dropped where it takes nothing for a
/// few seconds. A reader's choices (hidden curves, open tables) hold as long as figures keep their number, and curves
/// their names. For use by one thread.
class LiveView {
 public:
  struct Options {
    std::string title;
    ServeAt at = {};
  };

  /// Streams of events at a time; more are refused with 503.
  static constexpr int most_streams = 32;

  /// Throws Error, naming --serve, where the address or the port cannot be had or this build has no cpp-httplib.
  explicit LiveView(const Options& options);
  LiveView(const LiveView&) = delete;
  LiveView& operator=(const LiveView&) = delete;
  /// Tells browsers the last state and ends the server: at once, or within seconds where one does not take it.
  ~LiveView();

  int port() const;
  /// "http://127.0.0.1:8080/"; where others can connect, with this machine's name and the secret:
  /// "http://name:8080/5d41402abc4b2a76b9719d911017c592/".
  std::string address() const;

  /// Whether another update() would be seen soon: the last one is a quarter of a second past.
  bool due() const;
  /// Shows these figures from now on. They become text on a server's thread, and only where somebody watches. Throws
  /// Error as check does for a figure.
  void update(std::vector<Figure> figures);
  void status(const LiveStatus& status);
  /// Says that the program has ended, and how: "Training has ended.".
  void end(std::string text);

 private:
  struct Server;
  std::unique_ptr<Server> server_;
};

}  // namespace xgrad::apps
