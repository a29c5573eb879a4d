#include <apps/text/ngram.hpp>

#include <algorithm>
#include <cmath>

#include <data/splitmix.hpp>

namespace xgrad::apps::text {

namespace {

/// The hash of a context that has one more token in front.
std::uint64_t longer(std::uint64_t hash, std::int64_t token) {
  return data::SplitMix64(hash ^ (static_cast<std::uint64_t>(token) + 1))();
}

/// The hash of a context with what follows it.
std::uint64_t followed(std::uint64_t hash, std::int64_t token) { return longer(~hash, token); }

}  // namespace

NGram::NGram(std::int64_t alphabet, int order, std::span<const std::int64_t> tokens)
    : alphabet_(static_cast<double>(alphabet)), order_(static_cast<std::size_t>(order)) {
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    std::uint64_t hash = 0;
    for (std::size_t k = 0; k <= std::min(order_, i); ++k) {
      if (k > 0) hash = longer(hash, tokens[i - k]);
      Context& context = contexts_[hash];
      ++context.count;
      if (++counts_[followed(hash, tokens[i])] == 1) ++context.followers;
    }
  }
}

double NGram::probability(std::span<const std::int64_t> context, std::int64_t next) const {
  double p = 1 / alphabet_;
  std::uint64_t hash = 0;
  for (std::size_t k = 0; k <= std::min(order_, context.size()); ++k) {
    if (k > 0) hash = longer(hash, context[context.size() - k]);
    const auto own = contexts_.find(hash);
    if (own == contexts_.end()) break;  // nor are longer ones known
    const auto count = counts_.find(followed(hash, next));
    const auto n = static_cast<double>(own->second.count), t = static_cast<double>(own->second.followers);
    p = ((count == counts_.end() ? 0 : static_cast<double>(count->second)) + t * p) / (n + t);
  }
  return p;
}

double NGram::bits_per_character(std::span<const std::int64_t> tokens) const {
  double bits = 0;
  for (std::size_t i = 1; i < tokens.size(); ++i)
    bits -= std::log2(probability(tokens.subspan(i - std::min(i, order_), std::min(i, order_)), tokens[i]));
  return bits / static_cast<double>(tokens.size() - 1);
}

}  // namespace xgrad::apps::text
