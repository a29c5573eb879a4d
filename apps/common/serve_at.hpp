#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace xgrad::apps {

/// Where a run is shown (--serve).
struct ServeAt {
  static constexpr const char* this_machine = "127.0.0.1";

  /// Of an interface of this machine, IPv4 in numbers; 0.0.0.0 is all of them.
  std::string address = this_machine;
  /// From 1 to 65535; 0 takes one that is free.
  int port = 0;

  /// Whether other machines can connect.
  bool is_public() const { return address != this_machine; }
};

/// "8080", "localhost:8080" or "192.168.0.5:8080"; nothing where a text is none of these.
std::optional<ServeAt> parse_serve_at(std::string_view text);

}  // namespace xgrad::apps
