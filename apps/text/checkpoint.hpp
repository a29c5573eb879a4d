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

/// A trained model, in eval mode, and what its checkpoint says.
struct Trained {
  Description description;
  LanguageModel model;
};

/// Throws Error as above, and where the weights are not this model's.
Trained load_trained(const std::filesystem::path& path);

}  // namespace xgrad::apps::text
