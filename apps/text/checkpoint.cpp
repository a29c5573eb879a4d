#include <apps/text/checkpoint.hpp>

#include <fmt/format.h>

#include <apps/common/numbers.hpp>
#include <autograd/error.hpp>

namespace xgrad::apps::text {

namespace {

constexpr const char* format = "xgrad-text-1";
constexpr std::string_view model_prefix = "model.";

Safetensors read_file(const std::filesystem::path& path) {
  if (!std::filesystem::exists(path)) fail(path.string(), "there is no such checkpoint; `xgrad text train` makes one");
  return load_safetensors(path);
}

Description description_of(const std::filesystem::path& path, const Metadata& metadata) {
  const auto entry = [&](const std::string& name) {
    const auto found = metadata.find(name);
    if (found == metadata.end()) fail(path.string(), fmt::format("its metadata lacks {}", name));
    return found->second;
  };
  if (!metadata.contains("format") || metadata.at("format") != format)
    fail(path.string(), fmt::format("not a checkpoint of this version's `xgrad text train` (format {})", format));
  Description description;
  description.config = from_metadata(metadata);
  description.alphabet = Alphabet::of(decoded(path.string(), entry("alphabet")));
  if (description.alphabet.size() == 0) fail(path.string(), "its alphabet is empty");
  check(path.string(), description.config, description.alphabet.size());
  const std::optional<std::uint64_t> number = parse_number<std::uint64_t>(entry("fingerprint"));
  if (!number) fail(path.string(), fmt::format("its metadata has '{}' for fingerprint", entry("fingerprint")));
  description.fingerprint = *number;
  return description;
}

}  // namespace

Metadata to_metadata(const Description& description) {
  Metadata metadata = to_metadata(description.config);
  metadata["format"] = format;
  metadata["alphabet"] = description.alphabet.characters();
  metadata["fingerprint"] = std::to_string(description.fingerprint);
  return metadata;
}

Description read_description(const std::filesystem::path& path) {
  return description_of(path, read_file(path).metadata);
}

Trained load_trained(const std::filesystem::path& path) {
  const Safetensors file = read_file(path);
  const Description description = description_of(path, file.metadata);
  Trained trained{description, LanguageModel(description.config, description.alphabet.size())};
  NamedTensors weights;
  for (const auto& [name, tensor] : file.tensors)
    if (name.starts_with(model_prefix)) weights.emplace_back(name.substr(model_prefix.size()), tensor);
  nn::load_state_dict(trained.model, weights);
  trained.model.eval();
  return trained;
}

}  // namespace xgrad::apps::text
