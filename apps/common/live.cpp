#include <apps/common/live.hpp>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <csignal>
#include <cstring>
#include <mutex>
#include <string_view>
#include <thread>

#include <fmt/format.h>
#include <httplib.h>
#include <sys/socket.h>

#include <apps/common/connection_queue.hpp>
#include <apps/common/page.hpp>
#include <autograd/error.hpp>

namespace xgrad::apps {

namespace {

using namespace std::chrono_literals;

constexpr const char* host = "127.0.0.1";
constexpr std::size_t most_connections = LiveView::most_streams + 4;
constexpr auto between_updates = 250ms;
/// After which a stream without news gets a comment, so that a browser that went away is noticed.
constexpr auto patience = 5s;
/// How long a client may take nothing, or be silent before its request ends: browsers open connections in advance.
constexpr auto write_timeout = 3s;
constexpr auto read_timeout = 1s;

void refuse(httplib::Response& response, int status, const std::string& text) {
  response.status = status;
  response.set_content(text + "\n", "text/plain; charset=utf-8");
}

}  // namespace

struct LiveView::Server {
  explicit Server(const Options& options) : page(live_page(options.title)) {
    if (options.port < 0 || options.port > 65535)
      fail("--serve", fmt::format("port {}; expected a number from 0 to 65535", options.port));
    configure();
    errno = 0;
    port = options.port == 0 ? http.bind_to_any_port(host) : http.bind_to_port(host, options.port) ? options.port : -1;
    if (port <= 0)
      fail("--serve", fmt::format("port {} of {} cannot be had{}", options.port, host,
                                  errno == 0 ? "" : fmt::format(": {}", std::strerror(errno))));
    route();
    run();
  }

  ~Server() {
    state.close();
    {
      // A server that is stopped gives streams no time to end.
      std::unique_lock lock(mutex);
      left.wait_for(lock, write_timeout, [this] { return streams == 0; });
    }
    dropping = true;
    http.stop();
    thread.join();
  }

  void configure() {
    http.new_task_queue = [] { return new ConnectionQueue(most_connections); };
    // Not the library's own, which let two programs have one port.
    http.set_socket_options([](socket_t socket) {
      const int yes = 1;
      ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    });
    http.set_keep_alive_max_count(1);
    http.set_keep_alive_timeout(read_timeout.count());
    http.set_read_timeout(read_timeout);
    http.set_write_timeout(write_timeout);
    http.set_payload_max_length(0);
    http.set_default_headers({{"Cache-Control", "no-store"},
                              {"X-Content-Type-Options", "nosniff"},
                              {"Cross-Origin-Resource-Policy", "same-origin"},
                              {"Content-Security-Policy", "frame-ancestors 'none'"}});
  }

  void route() {
    http.set_pre_routing_handler([this](const httplib::Request& request, httplib::Response& response) {
      using Handled = httplib::Server::HandlerResponse;
      // A page of another site may have a name that leads to this machine.
      const std::string name = request.get_header_value("Host");
      if (name != fmt::format("{}:{}", host, port) && name != fmt::format("localhost:{}", port)) {
        refuse(response, 403, fmt::format("Expected the host {}:{}.", host, port));
        return Handled::Handled;
      }
      if (request.method != "GET") {
        response.set_header("Allow", "GET");
        refuse(response, 405, "Only GET is answered.");
        return Handled::Handled;
      }
      return Handled::Unhandled;
    });
    http.Get("/", [this](const httplib::Request&, httplib::Response& response) {
      response.set_content(page, "text/html; charset=utf-8");
    });
    http.Get("/events", [this](const httplib::Request&, httplib::Response& response) { stream(response); });
    http.set_error_handler([](const httplib::Request&, httplib::Response& response) {
      if (response.status == 404) refuse(response, 404, "There is only / and /events.");
    });
  }

  void stream(httplib::Response& response) {
    if (!enter()) {
      response.set_header("Retry-After", "5");
      refuse(response, 503, fmt::format("{} pages are watching already.", most_streams));
      return;
    }
    response.set_chunked_content_provider(
        "text/event-stream",
        [this, seen = LiveState::Seen()](std::size_t, httplib::DataSink& sink) mutable {
          const auto events = state.next(seen, patience);
          if (!events) {
            sink.done();
            return true;
          }
          if (!send(sink, *events)) return false;
          state.pause(between_updates);
          return true;
        },
        [this](bool) { leave(); });
  }

  /// False where the client does not take it, or not before the server's end.
  bool send(httplib::DataSink& sink, std::string_view events) const {
    constexpr std::size_t most = std::size_t{16} << 10;
    for (; !events.empty(); events.remove_prefix(std::min(most, events.size())))
      if (dropping || !sink.write(events.data(), std::min(most, events.size()))) return false;
    return true;
  }

  /// False where as many read already as are allowed.
  bool enter() {
    const std::lock_guard lock(mutex);
    if (streams == most_streams) return false;
    ++streams;
    return true;
  }

  void leave() {
    const std::lock_guard lock(mutex);
    --streams;
    left.notify_all();
  }

  /// The program's own thread gets the signals.
  void run() {
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    thread = std::thread([this] {
      http.listen_after_bind();
      stopped = true;
    });
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    // A server that is stopped before it runs would not notice.
    while (!http.is_running() && !stopped) std::this_thread::sleep_for(1ms);
  }

  LiveState state;
  std::string page;
  int port = 0;
  std::mutex mutex;
  std::condition_variable left;
  int streams = 0;
  std::atomic<bool> stopped = false;
  std::atomic<bool> dropping = false;
  LiveState::Clock::time_point updated;
  httplib::Server http;
  std::thread thread;
};

LiveView::LiveView(const Options& options) : server_(std::make_unique<Server>(options)) {}

LiveView::~LiveView() = default;

int LiveView::port() const { return server_->port; }

std::string LiveView::address() const { return fmt::format("http://{}:{}/", host, server_->port); }

bool LiveView::due() const { return LiveState::Clock::now() - server_->updated >= between_updates; }

void LiveView::update(std::vector<Figure> figures) {
  server_->updated = LiveState::Clock::now();
  server_->state.set(std::move(figures));
}

void LiveView::status(const LiveStatus& status) { server_->state.set(status); }

void LiveView::end(std::string text) { server_->state.end(std::move(text)); }

}  // namespace xgrad::apps
