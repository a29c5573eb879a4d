#pragma once

#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

namespace xgrad::apps::text {

/// What the next character is, by how often characters followed the last `order` ones: the baseline for a network. The
/// counts of all shorter contexts are interpolated (Witten and Bell, "The zero-frequency problem", 1991, method C):
///
///     p_k(c | h) = (n(h c) + t(h) p_{k-1}(c | h')) / (n(h) + t(h)),
///
/// n being counts, t(h) how many different characters followed h, h' the context without its first character, and p
/// without a context is over an alphabet in which all are alike.
class NGram {
 public:
  /// Counts a text of tokens below `alphabet`.
  NGram(std::int64_t alphabet, int order, std::span<const std::int64_t> tokens);

  /// The probability of a token behind others, of which the last `order` count.
  double probability(std::span<const std::int64_t> context, std::int64_t next) const;
  /// Mean of -log2 of the probabilities of all tokens but the first, each behind those before it.
  double bits_per_character(std::span<const std::int64_t> tokens) const;

 private:
  struct Context {
    std::int64_t count = 0;
    std::int64_t followers = 0;  ///< different ones
  };

  double alphabet_;
  std::size_t order_;
  // By 64-bit hashes of the tokens, which coincide by chance only.
  std::unordered_map<std::uint64_t, Context> contexts_;
  std::unordered_map<std::uint64_t, std::int64_t> counts_;
};

}  // namespace xgrad::apps::text
