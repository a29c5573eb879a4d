#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace xgrad::apps::text {

/// The characters that a text is made of (Unicode code points), in the order of their numbers. The place of a character
/// is its token.
class Alphabet {
 public:
  /// The characters of a text, each once.
  static Alphabet of(std::u32string_view text);

  std::int64_t size() const noexcept { return static_cast<std::int64_t>(characters_.size()); }
  /// The tokens of a text. Throws Error, which `where` begins, on a character that is not one of these.
  std::vector<std::int64_t> tokens(std::string_view where, std::u32string_view text) const;
  /// The text of tokens, in UTF-8.
  std::string text(std::span<const std::int64_t> tokens) const;

  /// All characters, in order, in UTF-8; of() of it is the same alphabet.
  std::string characters() const;

 private:
  std::u32string characters_;
};

/// The characters of a text in UTF-8. Throws Error, which `where` begins, where a byte is no part of a character, with
/// its offset.
std::u32string decoded(std::string_view where, std::string_view utf8);
std::string encoded(std::u32string_view text);

/// A text file in UTF-8. Throws Error where it cannot be read, is empty, or is no UTF-8.
std::u32string read_text(const std::filesystem::path& path);

/// Sentences of a small grammar, for trials without a file: the same for the same seed.
std::u32string synthetic_text(std::uint64_t seed, std::int64_t characters);

/// A text, of which the last part is for validation.
struct Corpus {
  Alphabet alphabet;
  std::vector<std::int64_t> train;
  std::vector<std::int64_t> validation;
};

/// Throws Error, which `where` begins, where one of the two parts would have fewer than two characters.
Corpus divided(std::string_view where, std::u32string_view text, double validation);

/// A number that follows from all tokens, to tell one text from another by (64-bit FNV-1a).
std::uint64_t fingerprint(const Corpus& corpus);

}  // namespace xgrad::apps::text
