#pragma once

#include <cstdint>

namespace xgrad::apps {

/// A number that follows from other numbers, in their order, to tell data apart by (64-bit FNV-1a, a number at a time).
class Fingerprint {
 public:
  void add(std::uint64_t number) noexcept { value_ = (value_ ^ number) * 0x100000001b3; }
  std::uint64_t value() const noexcept { return value_; }

 private:
  std::uint64_t value_ = 0xcbf29ce484222325;
};

}  // namespace xgrad::apps
