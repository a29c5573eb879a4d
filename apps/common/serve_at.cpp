#include <apps/common/serve_at.hpp>

#include <arpa/inet.h>

#include <apps/common/numbers.hpp>

namespace xgrad::apps {

std::optional<ServeAt> parse_serve_at(std::string_view text) {
  ServeAt at;
  if (const std::size_t colon = text.rfind(':'); colon != std::string_view::npos) {
    if (text.substr(0, colon) != "localhost") at.address = text.substr(0, colon);
    text.remove_prefix(colon + 1);
  }
  in_addr parsed = {};
  const std::optional<int> port = parse_number<int>(text);
  if (!port || *port < 0 || *port > 65535 || ::inet_pton(AF_INET, at.address.c_str(), &parsed) != 1)
    return std::nullopt;
  at.port = *port;
  return at;
}

}  // namespace xgrad::apps
