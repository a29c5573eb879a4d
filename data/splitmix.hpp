#pragma once

#include <cstdint>
#include <vector>

#pragma GCC visibility push(default)
namespace xgrad::data {

/// Random numbers for shuffling and for synthetic data: SplitMix64 (Steele, Lea and Flood, "Fast splittable
/// pseudorandom number generators", 2014). Uses integer arithmetic only, so a seed gives the same numbers everywhere.
/// The distributions of <random> do not promise that.
class SplitMix64 {
 public:
  /// One of 2^64 streams of a seed; streams are independent for all that shuffling needs.
  explicit constexpr SplitMix64(std::uint64_t seed, std::uint64_t stream = 0) noexcept
      : state_(mix(mix(seed) + stream)) {}

  constexpr std::uint64_t operator()() noexcept { return mix(state_ += 0x9e3779b97f4a7c15); }

  /// A whole number in [0, bound), each equally likely; 0 where bound is 0.
  constexpr std::uint64_t below(std::uint64_t bound) noexcept {
    if (bound == 0) return 0;
    const std::uint64_t incomplete = -bound % bound;  // 2^64 mod bound: numbers below it would favour small remainders
    std::uint64_t number = (*this)();
    while (number < incomplete) number = (*this)();
    return number % bound;
  }

  /// Uniform in [low, high), in steps of (high - low) / 2^53.
  constexpr double uniform(double low, double high) noexcept {
    return low + (high - low) * (static_cast<double>((*this)() >> 11) * 0x1p-53);
  }

 private:
  static constexpr std::uint64_t mix(std::uint64_t bits) noexcept {
    bits = (bits ^ (bits >> 30)) * 0xbf58476d1ce4e5b9;
    bits = (bits ^ (bits >> 27)) * 0x94d049bb133111eb;
    return bits ^ (bits >> 31);
  }

  std::uint64_t state_;
};

/// The numbers 0 to count - 1 in a random order that depends on seed and stream only (Fisher-Yates).
/// Throws Error unless count >= 0, and where memory does not hold so many.
std::vector<std::int64_t> permutation(std::int64_t count, std::uint64_t seed, std::uint64_t stream = 0);

}  // namespace xgrad::data
#pragma GCC visibility pop
