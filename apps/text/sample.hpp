#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include <apps/text/checkpoint.hpp>

namespace xgrad::apps::text {

struct SampleOptions {
  std::string prompt = "\n";
  std::int64_t length = 500;
  double temperature = 0.8;                ///< 0 takes the likeliest character each time
  std::optional<std::int64_t> top_k = {};  ///< draws among so many of the likeliest
  std::uint64_t seed = 1;
};

/// Characters that follow the prompt, drawn one after the other from softmax(scores / temperature); each is handed on
/// as it is drawn, in UTF-8, until `go_on` is false. Throws Error where the prompt is empty or has a character that the
/// model does not know.
void sample(const LanguageModel& model, const Alphabet& alphabet, const SampleOptions& options,
            const std::function<bool(const std::string& character)>& go_on);

}  // namespace xgrad::apps::text
