#include <apps/text/corpus.hpp>

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include <autograd/error.hpp>
#include <autograd/fingerprint.hpp>
#include <autograd/io/file.hpp>
#include <data/splitmix.hpp>

namespace xgrad::apps::text {

namespace {

/// How many bytes a character has, by its first one; 0 where none begins so.
std::size_t length_of(unsigned char first) {
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first < 0xe0) return 2;
  if (first >= 0xe0 && first < 0xf0) return 3;
  return first >= 0xf0 && first < 0xf5 ? 4 : 0;
}

void append_encoded(std::string& out, char32_t c) {
  const auto byte = [&](char32_t value) { out += static_cast<char>(static_cast<unsigned char>(value)); };
  if (c < 0x80) return byte(c);
  if (c < 0x800) {
    byte(0xc0 | c >> 6);
  } else {
    if (c < 0x10000) {
      byte(0xe0 | c >> 12);
    } else {
      byte(0xf0 | c >> 18);
      byte(0x80 | (c >> 12 & 0x3f));
    }
    byte(0x80 | (c >> 6 & 0x3f));
  }
  byte(0x80 | (c & 0x3f));
}

/// "'x' (U+0078)"
std::string named(char32_t c) {
  const std::string number = fmt::format("U+{:04X}", static_cast<std::uint32_t>(c));
  return c < 0x20 || c == 0x7f ? number : fmt::format("'{}' ({})", encoded(std::u32string(1, c)), number);
}

}  // namespace

Alphabet Alphabet::of(std::u32string_view text) {
  Alphabet alphabet;
  std::u32string& all = alphabet.characters_;
  all = text;
  std::ranges::sort(all);
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return alphabet;
}

std::vector<std::int64_t> Alphabet::tokens(std::string_view where, std::u32string_view text) const {
  std::vector<std::int64_t> result;
  result.reserve(text.size());
  for (const char32_t c : text) {
    const auto found = std::ranges::lower_bound(characters_, c);
    if (found == characters_.end() || *found != c)
      fail(where, fmt::format("the character {} at place {} is none of the {} that the model knows", named(c),
                              result.size(), size()));
    result.push_back(found - characters_.begin());
  }
  return result;
}

std::string Alphabet::text(std::span<const std::int64_t> tokens) const {
  std::string result;
  for (const std::int64_t token : tokens) append_encoded(result, characters_.at(static_cast<std::size_t>(token)));
  return result;
}

std::string Alphabet::characters() const { return encoded(characters_); }

std::u32string decoded(std::string_view where, std::string_view utf8) {
  std::u32string result;
  result.reserve(utf8.size());
  for (std::size_t at = 0; at < utf8.size();) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(utf8[i]); };
    const std::size_t length = length_of(byte(at));
    char32_t c = length == 1 ? byte(at) : byte(at) & (0x7fu >> length);
    bool valid = length > 0 && at + length <= utf8.size();
    for (std::size_t i = 1; valid && i < length; ++i) {
      valid = (byte(at + i) & 0xc0) == 0x80;
      c = c << 6 | (byte(at + i) & 0x3fu);
    }
    constexpr std::array<char32_t, 5> least{0, 0, 0x80, 0x800, 0x10000};
    valid = valid && c >= least[length] && c <= 0x10ffff && !(c >= 0xd800 && c < 0xe000);
    if (!valid)
      fail(where,
           fmt::format("byte {:#04x} at offset {} is no part of a character; expected a text in UTF-8", byte(at), at));
    result.push_back(c);
    at += length;
  }
  return result;
}

std::string encoded(std::u32string_view text) {
  std::string result;
  for (const char32_t c : text) append_encoded(result, c);
  return result;
}

std::u32string read_text(const std::filesystem::path& path) {
  const std::string where = fmt::format("'{}'", path.string());
  std::u32string text = decoded(where, io::read_file({"text", path.string()}));
  if (text.empty()) fail(where, "the file is empty; expected a text");
  return text;
}

std::u32string synthetic_text(std::uint64_t seed, std::int64_t characters) {
  data::SplitMix64 random(seed);
  const auto one_of = [&](std::initializer_list<std::u32string_view> words) {
    return words.begin()[random.below(words.size())];
  };
  const auto thing = [&] {
    std::u32string result = std::u32string(one_of({U"the ", U"a ", U"every ", U"no "}));
    if (random.below(2) == 0) result += one_of({U"small ", U"green ", U"quiet ", U"old ", U"curious "});
    return result += one_of({U"river", U"cat", U"garden", U"teacher", U"machine", U"story", U"window"});
  };
  std::u32string text;
  while (text.size() < static_cast<std::size_t>(characters)) {
    std::u32string sentence = thing();
    sentence[0] -= U'a' - U'A';
    sentence += one_of({U" sees ", U" follows ", U" finds ", U" remembers ", U" paints "});
    sentence += thing();
    if (random.below(3) == 0) sentence += std::u32string(one_of({U" near ", U" behind ", U" under "})) + thing();
    text += sentence + std::u32string(one_of({U". ", U". ", U".\n"}));
  }
  text.resize(static_cast<std::size_t>(characters));
  return text;
}

Corpus divided(std::string_view where, std::u32string_view text, double validation) {
  const auto size = static_cast<std::int64_t>(text.size());
  const auto held_back = static_cast<std::int64_t>(static_cast<double>(size) * validation);
  if (held_back < 2 || size - held_back < 2)
    fail(where, fmt::format("a text of {} characters, {} of which are for validation; expected 2 or more in each part",
                            size, held_back));
  Corpus corpus{.alphabet = Alphabet::of(text), .train = {}, .validation = {}};
  corpus.train = corpus.alphabet.tokens(where, text);
  corpus.validation.assign(corpus.train.end() - held_back, corpus.train.end());
  corpus.train.resize(static_cast<std::size_t>(size - held_back));
  return corpus;
}

std::uint64_t fingerprint(const Corpus& corpus) {
  Fingerprint print;
  for (const char c : corpus.alphabet.characters()) print.add(static_cast<unsigned char>(c));
  print.add(corpus.train.size());
  for (const std::int64_t token : corpus.train) print.add(static_cast<std::uint64_t>(token));
  for (const std::int64_t token : corpus.validation) print.add(static_cast<std::uint64_t>(token));
  return print.value();
}

}  // namespace xgrad::apps::text
