#include <apps/common/live.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <csignal>
#include <cstring>
#include <mutex>
#include <string_view>
#include <thread>

#include <fmt/format.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include <apps/common/connection_queue.hpp>
#include <apps/common/limited_server.hpp>
#include <apps/common/page.hpp>
#include <autograd/error.hpp>

namespace xgrad::apps {

namespace {

using namespace std::chrono_literals;

/// Connections that are served at a time; as many wait for that, and as many again in the system's queue.
constexpr std::size_t most_connections = LiveView::most_streams + 96;
constexpr auto between_updates = 250ms;
/// After which a stream without news gets a comment, so that a browser that went away is noticed.
constexpr auto patience = 5s;
/// What clients may take of the server's time. A request has as long as a browser may need that opens connections in
/// advance.
constexpr LimitedServer::Limits limits = {.request_bytes = std::size_t{32} << 10, .request_time = 2s, .write_time = 3s};

void refuse(httplib::Response& response, int status, const std::string& text) {
  response.status = status;
  response.set_content(text + "\n", "text/plain; charset=utf-8");
}

/// 128 random bits in hexadecimal digits.
std::string new_secret() {
  std::array<unsigned char, 16> bytes;
  if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()))
    fail("--serve", fmt::format("the system gives no random numbers: {}", std::strerror(errno)));
  std::string text;
  for (const unsigned char byte : bytes) text += fmt::format("{:02x}", byte);
  return text;
}

/// Whether two texts are the same, in a time that tells nothing of where they differ.
bool same_secret(std::string_view given, std::string_view secret) {
  if (given.size() != secret.size()) return false;
  unsigned difference = 0;
  for (std::size_t i = 0; i < secret.size(); ++i)
    difference |= static_cast<unsigned>(static_cast<unsigned char>(given[i]) ^ static_cast<unsigned char>(secret[i]));
  return difference == 0;
}

/// This machine's name, or else the address.
std::string name_of(const std::string& address) {
  std::array<char, 256> name = {};
  if (address != "0.0.0.0" || ::gethostname(name.data(), name.size() - 1) != 0 || name[0] == '\0') return address;
  return name.data();
}

}  // namespace

struct LiveView::Server {
  explicit Server(const Options& options) : page(live_page(options.title)), at(options.at) {
    if (at.port < 0 || at.port > 65535)
      fail("--serve", fmt::format("port {}; expected a number from 0 to 65535", at.port));
    if (at.is_public()) base += new_secret() + "/";
    configure();
    errno = 0;
    const bool bound =
        at.port == 0 ? (at.port = http.bind_to_any_port(at.address)) > 0 : http.bind_to_port(at.address, at.port);
    if (!bound)
      fail("--serve", fmt::format("port {} of {} cannot be had{}", options.at.port, at.address,
                                  errno == 0 ? "" : fmt::format(": {}", std::strerror(errno))));
    http.let_wait(most_connections);
    http.set_pre_routing_handler([this](const httplib::Request& request, httplib::Response& response) {
      answer(request, response);
      return httplib::Server::HandlerResponse::Handled;
    });
    run();
  }

  ~Server() {
    state.close();
    {
      // A server that is stopped gives streams no time to end.
      std::unique_lock lock(mutex);
      left.wait_for(lock, limits.write_time, [this] { return streams == 0; });
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
    http.set_payload_max_length(0);
    http.set_default_headers({{"Cache-Control", "no-store"},
                              {"X-Content-Type-Options", "nosniff"},
                              {"Cross-Origin-Resource-Policy", "same-origin"},
                              {"Referrer-Policy", "no-referrer"},
                              {"Content-Security-Policy", "frame-ancestors 'none'"}});
  }

  /// All answers. Whoever does not know the secret, where there is one, is told nothing but that there is none.
  void answer(const httplib::Request& request, httplib::Response& response) {
    const std::string name = request.get_header_value("Host");
    const std::string_view path = request.path;
    if (at.is_public()) {
      if (!same_secret(path.substr(0, base.size()), base))
        return refuse(response, 403, "Expected the address that the program has printed.");
    } else if (name != fmt::format("{}:{}", at.address, at.port) && name != fmt::format("localhost:{}", at.port)) {
      // A page of another site may have a name that leads to this machine.
      return refuse(response, 403, fmt::format("Expected the host {}:{}.", at.address, at.port));
    }
    if (request.method != "GET") {
      response.set_header("Allow", "GET");
      return refuse(response, 405, "Only GET is answered.");
    }
    if (path == base) return response.set_content(page, "text/html; charset=utf-8");
    if (path.starts_with(base) && path.substr(base.size()) == "events") return stream(response);
    refuse(response, 404, "There is only / and /events.");
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
  ServeAt at;
  std::string base = "/";  ///< the path of the page
  std::mutex mutex;
  std::condition_variable left;
  int streams = 0;
  std::atomic<bool> stopped = false;
  std::atomic<bool> dropping = false;
  LiveState::Clock::time_point updated;
  LimitedServer http{limits};
  std::thread thread;
};

LiveView::LiveView(const Options& options) : server_(std::make_unique<Server>(options)) {}

LiveView::~LiveView() = default;

int LiveView::port() const { return server_->at.port; }

std::string LiveView::address() const {
  return fmt::format("http://{}:{}{}", name_of(server_->at.address), server_->at.port, server_->base);
}

bool LiveView::due() const { return LiveState::Clock::now() - server_->updated >= between_updates; }

void LiveView::update(std::vector<Figure> figures) {
  server_->updated = LiveState::Clock::now();
  server_->state.set(std::move(figures));
}

void LiveView::status(const LiveStatus& status) { server_->state.set(status); }

void LiveView::end(std::string text) { server_->state.end(std::move(text)); }

}  // namespace xgrad::apps
