#pragma once

#include <filesystem>

#include <apps/text/corpus.hpp>
#include <apps/text/model.hpp>

namespace xgrad::apps::text {

/// What a checkpoint says without its tensors.
struct Description {
  Config config;
  Alphabet alphabet;
  std::uint64_t fingerprint = 0;  ///< of the corpus
};

Metadata to_metadata(const Description& description);

/// Throws Error where the file is missing or is no checkpoint of `text train`.
Description read_description(const std::filesystem::path& path);

/// The trained model of a checkpoint, in eval mode. Throws Error as above, and where the weights are not this model's.
LanguageModel load_model(const std::filesystem::path& path, const Description& description);

}  // namespace xgrad::apps::text
