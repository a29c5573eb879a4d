#pragma once

#include <cstdint>
#include <string_view>

namespace xgrad::nn {

/// A number that tells texts apart (FNV-1a, of 63 bits): for ranks to compare what they have.
class Fingerprint {
 public:
  void include(std::string_view text) noexcept {
    for (const char c : text) hash_ = (hash_ ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  }
  std::int64_t number() const noexcept { return static_cast<std::int64_t>(hash_ >> 1); }

 private:
  std::uint64_t hash_ = 0xcbf29ce484222325u;
};

}  // namespace xgrad::nn
