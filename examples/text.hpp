#pragma once

#include <cstdint>
#include <string>

#include <autograd/tensor.hpp>

/// What the example of a language model needs of texts.
namespace xgrad::examples {

/// The characters of a text, in the order of their bytes, and texts as their numbers.
class Alphabet {
 public:
  explicit Alphabet(const std::string& text);

  std::int64_t size() const { return static_cast<std::int64_t>(characters_.size()); }
  /// The numbers of a text's characters, (N,) int64. Throws Error where one is not in the alphabet.
  Tensor encode(const std::string& text) const;
  char decode(std::int64_t number) const { return characters_.at(static_cast<std::size_t>(number)); }

 private:
  std::string characters_;
};

/// Where lines of a text begin that are followed by `length` characters or more, themselves included: (N,) int64.
/// Throws Error where there are none.
Tensor line_starts(const std::string& text, std::int64_t length);

/// The entropy of a text's characters, each by itself, in nats: the surprise of who knows how frequent they are.
double unigram_entropy(const std::string& text);

/// "fifty-seven", "nine hundred and four", of a number from 0 to 9,999. Throws Error for others.
std::string in_words(std::int64_t number);

/// Lines such as "417 is four hundred and seventeen.": a text that can be checked.
struct Numbers {
  std::string train;  ///< nine in ten of the numbers from 0 to 9,999, each once, in a random order
  std::string test;   ///< the others
};
Numbers numbers_in_words(std::uint64_t seed);

}  // namespace xgrad::examples
