#pragma once

#include <cstdint>
#include <span>

#include <apps/text/model.hpp>

namespace xgrad::apps::text {

/// The mean of -log2 of the probabilities that a model gives to all tokens but the first, in eval mode. Pieces overlap
/// by half, so that each token but those of the first piece follows half a context or more. Throws Error on fewer than
/// two tokens.
double bits_per_character(const LanguageModel& model, std::span<const std::int64_t> tokens, std::int64_t context,
                          std::int64_t batch);

}  // namespace xgrad::apps::text
