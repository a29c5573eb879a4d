#include <apps/common/live.hpp>

#include <doctest/doctest.h>

#include <atomic>
#include <filesystem>
#include <random>
#include <thread>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <httplib.h>
#include <malloc.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <autograd/error.hpp>

using namespace xgrad;
using namespace xgrad::apps;
using namespace std::chrono_literals;

namespace {

std::vector<Figure> figures_of(std::string text) { return {{{}, std::move(text)}}; }

/// Long enough for a machine that is busy; nothing waits for it where all is well.
constexpr auto patience = 60s;

httplib::Client client_of(const LiveView& view) {
  httplib::Client client("127.0.0.1", view.port());
  client.set_read_timeout(patience);
  return client;
}

/// Reads a view's events on a thread of its own until the server ends the stream.
class Reader {
 public:
  explicit Reader(const LiveView& view) : client_(client_of(view)) {
    thread_ = std::thread([this] {
      const auto result = client_.Get(
          "/events",
          [this](const httplib::Response& response) {
            status_ = response.status;
            return true;
          },
          [this](const char* data, std::size_t size) {
            const std::lock_guard lock(mutex_);
            text_.append(data, size);
            came_.notify_all();
            return true;
          });
      whole_ = static_cast<bool>(result);
      const std::lock_guard lock(mutex_);
      ended_ = true;
      came_.notify_all();
    });
  }
  ~Reader() { join(); }

  /// Waits until what has come has this text. False where the stream ends without.
  bool gets(std::string_view part) {
    std::unique_lock lock(mutex_);
    const auto there = [&] { return text_.find(part) != std::string::npos; };
    came_.wait_for(lock, patience, [&] { return there() || ended_; });
    return there();
  }

  void join() {
    if (thread_.joinable()) thread_.join();
  }
  int status() const { return status_; }
  bool whole() const { return whole_; }

 private:
  httplib::Client client_;
  std::thread thread_;
  std::mutex mutex_;
  std::condition_variable came_;
  std::string text_;
  std::atomic<int> status_ = 0;
  bool ended_ = false, whole_ = false;
};

/// A connection that the test writes bytes to and reads from as it likes.
class Socket {
 public:
  explicit Socket(int port) : descriptor_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  ~Socket() { ::close(descriptor_); }

  bool connected() const { return connected_; }
  /// False where the server has closed the connection.
  bool send(std::string_view text) const {
    return ::send(descriptor_, text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size());
  }
  /// Whether the server closes the connection, or answers, within this time.
  bool gets_something(std::chrono::milliseconds time) const {
    pollfd one{.fd = descriptor_, .events = POLLIN, .revents = 0};
    return ::poll(&one, 1, static_cast<int>(time.count())) > 0;
  }
  /// Says that nothing more is sent.
  void end() const { ::shutdown(descriptor_, SHUT_WR); }
  /// All that comes until the server closes the connection.
  std::string rest() const {
    std::string text;
    char part[4096];
    for (ssize_t size = 0; (size = ::recv(descriptor_, part, sizeof part, 0)) > 0;)
      text.append(part, static_cast<std::size_t>(size));
    return text;
  }

 private:
  int descriptor_;
  bool connected_;
};

std::string request_of(const LiveView& view, std::string_view path) {
  return fmt::format("GET {} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\n", path, view.port());
}

/// Descriptors that this process has open.
std::ptrdiff_t open_descriptors() {
  return std::distance(std::filesystem::directory_iterator("/proc/self/fd"), std::filesystem::directory_iterator());
}

/// Bytes of the heap, and of what was mapped for large blocks, that are in use; 0 where a sanitizer has its own.
std::size_t heap_in_use() {
  const struct mallinfo2 info = ::mallinfo2();
  return info.uordblks + info.hblkhd;
}

/// The secret of a view's address, with the slashes around it.
std::string secret_of(const LiveView& view) {
  const std::string address = view.address();
  return address.substr(address.find('/', std::string_view("http://").size()));
}

}  // namespace

TEST_CASE("the page is served") {
  const LiveView view({.title = "<run>"});
  const auto page = client_of(view).Get("/");
  REQUIRE(page);
  CHECK(page->status == 200);
  CHECK(page->get_header_value("Content-Type") == "text/html; charset=utf-8");
  CHECK(page->body.find("<h1>&lt;run&gt;</h1>") != std::string::npos);
  CHECK(view.address() == fmt::format("http://127.0.0.1:{}/", view.port()));
}

TEST_CASE("a reader gets figures and status as they come, and the end") {
  auto view = std::make_unique<LiveView>(LiveView::Options{.title = "t"});
  view->update(figures_of("before"));
  Reader reader(*view);
  CHECK(reader.gets("before"));
  view->update(figures_of("after"));
  view->status({.what = "relu-bad", .step = 7, .steps = 9});
  CHECK(reader.gets("after"));
  CHECK(reader.gets("relu-bad: step 7 of 9"));
  view->end("Training has ended.");
  view.reset();
  CHECK(reader.gets("Training has ended."));
  CHECK(reader.gets("event: end"));
  reader.join();
  CHECK(reader.status() == 200);
  CHECK(reader.whole());
}

TEST_CASE("only reading is allowed, and only what there is") {
  const LiveView view({.title = "t"});
  auto client = client_of(view);
  for (const auto& result : {client.Post("/", "x", "text/plain"), client.Put("/events", "x", "text/plain"),
                             client.Delete("/"), client.Head("/"), client.Options("/")}) {
    REQUIRE(result);
    CHECK(result->status == 405);
    CHECK(result->get_header_value("Allow") == "GET");
  }
  for (const char* path : {"/nothing", "/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "//etc/passwd", "/events/"}) {
    const auto result = client.Get(path);
    REQUIRE(result);
    CHECK(result->status == 404);
  }
}

TEST_CASE("a page of another host does not get at the results through this machine's name") {
  const LiveView view({.title = "t"});
  const auto result = client_of(view).Get("/events", {{"Host", "elsewhere.example"}});
  REQUIRE(result);
  CHECK(result->status == 403);
}

TEST_CASE("requests without end are refused") {
  const LiveView view({.title = "t"});
  auto client = client_of(view);
  const auto longer = client.Get("/" + std::string(20000, 'a'));
  REQUIRE(longer);
  CHECK(longer->status == 414);
  const auto header = client.Get("/", {{"X-Long", std::string(20000, 'a')}});
  REQUIRE(header);
  CHECK(header->status == 400);
}

TEST_CASE("headers without end are not read to their end") {
  const LiveView view({.title = "t"});
  const Socket socket(view.port());
  socket.send(request_of(view, "/"));
  // Far more than the server takes, and than the system's buffers hold.
  std::string headers;
  while (headers.size() < std::size_t{1} << 20) headers += "A: b\r\n";
  int sent = 0;
  while (sent < 64 && socket.send(headers)) ++sent;
  CHECK(sent < 64);
}

TEST_CASE("a request that comes byte by byte, without end, is not waited for") {
  const LiveView view({.title = "t"});
  const Socket socket(view.port());
  socket.send(request_of(view, "/") + "A: ");
  int sent = 0;
  while (sent < 600 && socket.send("b") && !socket.gets_something(100ms)) ++sent;
  CHECK(sent < 600);
}

TEST_CASE("parts of the page are not given") {
  const LiveView view({.title = "t"});
  auto client = client_of(view);
  const auto whole = client.Get("/");
  REQUIRE(whole);
  for (const char* range : {"bytes=0-1", "bytes=-5", "bytes=999999999-", "bytes=5-1", "bytes=0-,0-,0-,1-2"}) {
    const auto result = client.Get("/", {{"Range", range}});
    REQUIRE(result);
    INFO(range);
    const bool is_whole = result->status == 200 && result->body == whole->body;
    const bool is_refused = result->status == 416 && result->body.empty();
    CHECK((is_whole || is_refused));
  }
}

TEST_CASE("what is no request at all is answered, or the connection is closed") {
  const LiveView view({.title = "t"});
  for (const std::string_view bytes : {"nonsense\r\n\r\n", "GET\r\n\r\n", "\r\n\r\n", "GET / HTTP/9.9\r\n\r\n"}) {
    const Socket socket(view.port());
    socket.send(bytes);
    CHECK(socket.rest().find(" 200 ") == std::string::npos);
  }
  const auto page = client_of(view).Get("/");
  REQUIRE(page);
  CHECK(page->status == 200);
}

TEST_CASE("of forty readers as many as are allowed are served, and the others told") {
  auto view = std::make_unique<LiveView>(LiveView::Options{.title = "t"});
  view->update(figures_of("here"));
  std::vector<std::unique_ptr<Reader>> readers;
  for (int i = 0; i < 40; ++i) readers.push_back(std::make_unique<Reader>(*view));
  int served = 0;
  for (const auto& reader : readers) served += reader->gets("here") ? 1 : 0;
  CHECK(served == LiveView::most_streams);
  view->update(figures_of("news"));
  for (const auto& reader : readers) CHECK(reader->gets("news") == reader->gets("here"));
  view.reset();
  int refused = 0;
  for (const auto& reader : readers) {
    reader->join();
    refused += reader->status() == 503 ? 1 : 0;
  }
  CHECK(refused == 40 - LiveView::most_streams);
}

TEST_CASE("the place of a reader that has gone is another's") {
  auto view = std::make_unique<LiveView>(LiveView::Options{.title = "t"});
  const std::string request = fmt::format("GET /events HTTP/1.1\r\nHost: 127.0.0.1:{}\r\n\r\n", view->port());
  for (int i = 0; i < LiveView::most_streams + 8; ++i) {
    const Socket socket(view->port());
    socket.send(request);
  }
  // Each of these updates makes the server notice readers that have gone.
  int status = 503;
  for (int i = 0; status == 503; ++i) {
    view->update(figures_of(std::to_string(i)));
    Reader reader(*view);
    reader.gets("event: figures");
    if (reader.status() == 200) {
      status = 200;
      view.reset();
    }
    reader.join();
  }
  CHECK(status == 200);
}

TEST_CASE("a client that takes nothing holds up neither the program nor other readers, nor the end") {
  auto view = std::make_unique<LiveView>(LiveView::Options{.title = "t"});
  const Socket stuck(view->port());
  stuck.send(fmt::format("GET /events HTTP/1.1\r\nHost: 127.0.0.1:{}\r\n\r\n", view->port()));
  Reader reader(*view);
  // More than the system's buffers take.
  const std::string large(std::size_t{8} << 20, 'x');
  for (int i = 0; i < 3; ++i) {
    view->update(figures_of(large + fmt::format(" number {}", i)));
    CHECK(reader.gets(fmt::format(" number {}", i)));
  }
  view.reset();
  reader.join();
  CHECK(reader.whole());
}

TEST_CASE("clients that connect and say nothing do not keep the program from ending") {
  auto view = std::make_unique<LiveView>(LiveView::Options{.title = "t"});
  std::vector<std::unique_ptr<Socket>> sockets;
  for (int i = 0; i < 40; ++i) sockets.push_back(std::make_unique<Socket>(view->port()));
  for (const auto& socket : sockets) CHECK(socket->connected());
  view.reset();
}

TEST_CASE("five hundred clients, silent, slow or greedy, keep neither the program nor a reader waiting for good") {
  auto view = std::make_unique<LiveView>(LiveView::Options{.title = "t"});
  const std::ptrdiff_t before = open_descriptors();
  const std::size_t heap = heap_in_use();
  const auto visit = [&] {
    std::vector<std::unique_ptr<Socket>> sockets;
    for (int i = 0; i < 500; ++i) {
      const Socket& socket = *sockets.emplace_back(std::make_unique<Socket>(view->port()));
      CHECK(socket.connected());
      if (i % 4 == 1) socket.send(request_of(*view, "/events") + "A: ");
      if (i % 4 == 2) socket.send(request_of(*view, "/events") + "\r\n");
      if (i % 4 == 3) socket.send(request_of(*view, "/") + "\r\n");
      view->update(figures_of(fmt::format("update {}", i)));
      view->status({.step = i, .steps = 500});
    }
    const auto page = client_of(*view).Get("/");
    REQUIRE(page);
    CHECK(page->status == 200);
    CHECK(heap_in_use() < heap + (std::size_t{4} << 20));
  };
  // Updates make the server notice readers that have gone.
  const auto wait_until_gone = [&] {
    int status = 0;
    for (int i = 0; status != 200 || open_descriptors() > before; ++i) {
      REQUIRE(i < 1000);
      view->update(figures_of(fmt::format("later {}", i)));
      const auto page = client_of(*view).Get("/");
      status = page ? page->status : 0;
    }
  };
  visit();
  wait_until_gone();
  // Others leave no more than what the allocator keeps for the server's threads: some 120 bytes a client.
  const std::size_t after_the_first = heap_in_use();
  visit();
  wait_until_gone();
  CHECK(heap_in_use() < after_the_first + 500 * 512);
  view->update(figures_of("the last one"));
  Reader reader(*view);
  CHECK(reader.gets("the last one"));
  view.reset();
}

TEST_CASE("requests made of random pieces are answered or dropped, and the page is served after them") {
  const LiveView view({.title = "t"});
  std::mt19937 random(11);
  const std::string host = fmt::format("127.0.0.1:{}", view.port());
  const std::string pieces[] = {"GET ",
                                "POST ",
                                "/",
                                "/events",
                                " HTTP/1.1",
                                "\r\n",
                                "\r\n\r\n",
                                "Host: ",
                                host,
                                ": ",
                                "Range: ",
                                "bytes=",
                                "0-,",
                                "%00",
                                "%2e%2e/",
                                "Content-Length: ",
                                "-1",
                                "18446744073709551616",
                                "Transfer-Encoding: chunked\r\n",
                                "ffffffffffffffff\r\n",
                                "Expect: 100-continue\r\n",
                                "Content-Type: multipart/form-data; boundary=",
                                "?",
                                "=",
                                "&",
                                std::string(3, '\0'),
                                "\xff\xfe",
                                std::string(9000, 'a'),
                                "Accept-Encoding: gzip\r\n",
                                "Connection: keep-alive\r\n",
                                "HTTP/0.9",
                                "\n",
                                " "};
  for (int i = 0; i < 300; ++i) {
    std::string request = random() % 2 == 0 ? request_of(view, "/") : "";
    for (std::size_t k = random() % 30; k > 0; --k) request += pieces[random() % std::size(pieces)];
    const Socket socket(view.port());
    socket.send(request);
    socket.end();
    const std::string answer = socket.rest();
    CHECK((answer.empty() || answer.starts_with("HTTP/1.1 ")));
  }
  const auto page = client_of(view).Get("/");
  REQUIRE(page);
  CHECK(page->status == 200);
}

TEST_CASE("at an address that others can connect to only those who know the secret see anything") {
  const LiveView view({.title = "t", .at = {.address = "0.0.0.0"}}),
      other({.title = "t", .at = {.address = "0.0.0.0"}});
  const std::string secret = secret_of(view);
  CHECK(secret.size() == 34);
  CHECK(secret != secret_of(other));
  auto client = client_of(view);
  const auto page = client.Get(secret);
  REQUIRE(page);
  CHECK(page->status == 200);
  CHECK(page->get_header_value("Referrer-Policy") == "no-referrer");
  std::string wrong = secret;
  wrong[5] = wrong[5] == '0' ? '1' : '0';
  std::vector<std::string> paths{
      "/",          "/events",       "/index.html", wrong, wrong + "events", secret.substr(0, 33), secret.substr(0, 20),
      "/" + secret, secret_of(other)};
  for (const std::string& path : paths) {
    const auto result = client.Get(path);
    REQUIRE(result);
    INFO(path);
    CHECK(result->status == 403);
    CHECK(result->body == "Expected the address that the program has printed.\n");
  }
  const auto nothing = client.Get(secret + "nothing");
  REQUIRE(nothing);
  CHECK(nothing->status == 404);
}

TEST_CASE("a server that nobody visits ends too, at once after its start") {
  for (int i = 0; i < 20; ++i) {
    LiveView view({.title = "t"});
    view.status({.step = i, .steps = 20});
  }
}

TEST_CASE("a port that is in use, or is none, is an error that names the flag") {
  const LiveView view({.title = "t"});
  CHECK_THROWS_WITH_AS(
      LiveView({.title = "u", .at = {.port = view.port()}}),
      doctest::Contains(fmt::format("--serve: port {} of 127.0.0.1 cannot be had", view.port()).c_str()), Error);
  CHECK_THROWS_WITH_AS(LiveView({.title = "u", .at = {.port = 70000}}),
                       doctest::Contains("expected a number from 0 to 65535"), Error);
}

TEST_CASE("the server is on this machine's loopback only") {
  const LiveView view({.title = "t"});
  const int descriptor = ::socket(AF_INET, SOCK_STREAM, 0);
  // The address of another interface of the loopback network, on which a server on all interfaces would answer.
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(view.port()));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1);
  CHECK(::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0);
  ::close(descriptor);
}
