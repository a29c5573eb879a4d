#pragma once

#include <cstdint>
#include <optional>

#include <apps/batchnorm_study/study.hpp>
#include <apps/common/colours.hpp>

namespace xgrad::apps {

/// One of the two networks of the study: where an evaluation and an outcome speak of it, and how people and files call
/// it.
struct Network {
  Score Evaluation::*score;
  std::optional<std::int64_t> Outcome::*diverged_at;
  const char* name;
  const char* key;
  Colour colour;
};

inline constexpr Network networks[] = {
    {&Evaluation::plain, &Outcome::plain_diverged_at, "plain", "plain", palette::vermilion},
    {&Evaluation::normalized, &Outcome::normalized_diverged_at, "batch norm", "bn", palette::blue}};

}  // namespace xgrad::apps
