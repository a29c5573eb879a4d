#pragma once

#include <cstdint>
#include <string_view>

#pragma GCC visibility push(default)
namespace xgrad {

/// A number that tells texts, or numbers in their order, apart: 64-bit FNV-1a (Fowler, Noll and Vo), a byte of a text,
/// or a number, at a time. It is the same in every process.
class Fingerprint {
 public:
  constexpr Fingerprint& add(std::uint64_t number) noexcept {
    value_ = (value_ ^ number) * 0x100000001b3;
    return *this;
  }
  constexpr Fingerprint& add(std::string_view text) noexcept {
    for (const char c : text) add(std::uint64_t{static_cast<unsigned char>(c)});
    return *this;
  }
  constexpr std::uint64_t value() const noexcept { return value_; }

 private:
  std::uint64_t value_ = 0xcbf29ce484222325;
};

}  // namespace xgrad
#pragma GCC visibility pop
