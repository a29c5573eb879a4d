// Requests to the server of running programs. "HOST" in an input stands for the server's, "SECRET" for that of the one
// that others can connect to; which of the two it is for says the first byte.
#include <algorithm>
#include <array>

#include <apps/common/live.hpp>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fuzz/target.hpp"

namespace xgrad::fuzz {
namespace {

using apps::LiveView;

constexpr std::string_view page_mark = "</html>";

/// A server for each way to be reached.
struct Servers {
  LiveView own{{.title = "fuzz", .at = {}}};
  LiveView open{{.title = "fuzz", .at = {.address = "0.0.0.0"}}};

  static std::string secret(const LiveView& view) {
    const std::string address = view.address();
    return address.substr(address.find('/', std::string_view("http://").size()));
  }
};

/// What comes back on a connection of its own, up to some limit, after all bytes are sent.
std::string answer_to(const LiveView& view, std::string_view bytes) {
  const int connection = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(view.port()));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  std::string text;
  if (::connect(connection, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
    while (!bytes.empty()) {
      const ssize_t count = ::send(connection, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (count <= 0) break;
      bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    ::shutdown(connection, SHUT_WR);
    constexpr std::size_t most = std::size_t{1} << 20;
    std::array<char, 16384> part;
    for (ssize_t count = 0; text.size() < most && (count = ::recv(connection, part.data(), part.size(), 0)) > 0;) {
      text.append(part.data(), static_cast<std::size_t>(count));
      if (text.find("event: ") != std::string::npos) break;  // of a stream, which does not end
    }
  }
  ::close(connection);
  return text;
}

std::string replaced(std::string text, std::string_view word, const std::string& by) {
  for (std::size_t at = 0; (at = text.find(word, at)) != std::string::npos; at += by.size())
    text.replace(at, word.size(), by);
  return text;
}

void run(std::string_view bytes) {
  static Servers servers;
  static int count = 0;
  if (bytes.empty()) return;
  const bool is_open = bytes.front() % 2 != 0;
  bytes.remove_prefix(1);
  LiveView& view = is_open ? servers.open : servers.own;
  view.status({.step = ++count, .steps = 0});  // by which readers that have gone are noticed
  const bool knows = bytes.find("SECRET") != std::string_view::npos;
  const std::string host = fmt::format("127.0.0.1:{}", view.port());
  const std::string request = replaced(replaced(std::string(bytes), "HOST", host), "SECRET", Servers::secret(view));
  const std::string answer = answer_to(view, request);
  if (!answer.empty() && !answer.starts_with("HTTP/1.1 ")) found("an answer that is none: " + answer.substr(0, 100));
  const bool told = answer.find(page_mark) != std::string::npos || answer.find("event: ") != std::string::npos;
  if (told && is_open && !knows) found("an answer to somebody who does not know the secret");
  if (told && !is_open && request.find(host) == std::string::npos &&
      request.find(fmt::format("localhost:{}", view.port())) == std::string::npos)
    found("an answer to a page of another host");
  if (count % 100 == 0) {
    const std::string page =
        answer_to(servers.own, fmt::format("GET / HTTP/1.1\r\nHost: 127.0.0.1:{}\r\n\r\n", servers.own.port()));
    if (page.find(page_mark) == std::string::npos) found("no page any more: " + page.substr(0, 100));
  }
}

std::vector<std::string> seeds() {
  std::vector<std::string> list;
  for (const char* request : {
           "GET / HTTP/1.1\r\nHost: HOST\r\n\r\n",
           "GET /events HTTP/1.1\r\nHost: HOST\r\nAccept: text/event-stream\r\n\r\n",
           "GET SECRET HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip, deflate, br\r\n\r\n",
           "GET SECRETevents HTTP/1.1\r\nHost: x\r\n\r\n",
           "HEAD /../%2e%2e/etc/passwd?a=b&c HTTP/1.0\r\n\r\n",
           "POST / HTTP/1.1\r\nHost: HOST\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\nabc",
           "PUT / HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
           "GET / HTTP/1.1\r\nHost: HOST\r\nRange: bytes=0-1,5-,-7\r\nConnection: keep-alive\r\n\r\n",
           "POST / HTTP/1.1\r\nContent-Type: multipart/form-data; boundary=b\r\n\r\n--b\r\n\r\n--b--",
           "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
       })
    for (const char server : {'0', '1'}) list.push_back(server + std::string(request));
  return list;
}

const Registered target({.name = "live", .run = run, .seeds = seeds});

}  // namespace
}  // namespace xgrad::fuzz
