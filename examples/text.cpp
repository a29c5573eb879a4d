#include <examples/text.hpp>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <vector>

#include <autograd/ops.hpp>

namespace xgrad::examples {

Alphabet::Alphabet(const std::string& text) {
  const std::set<char> found(text.begin(), text.end());
  characters_.assign(found.begin(), found.end());
}

Tensor Alphabet::encode(const std::string& text) const {
  std::vector<std::int64_t> numbers;
  for (const char c : text) {
    const std::size_t place = characters_.find(c);
    if (place == std::string::npos) fail("Alphabet", std::string("the text has a '") + c + "', which is not in it");
    numbers.push_back(static_cast<std::int64_t>(place));
  }
  return tensor(numbers);
}

Tensor line_starts(const std::string& text, std::int64_t length) {
  std::vector<std::int64_t> starts;
  for (std::int64_t i = 0; i + length <= std::ssize(text); ++i)
    if (i == 0 || text[static_cast<std::size_t>(i - 1)] == '\n') starts.push_back(i);
  if (starts.empty())
    fail("line_starts", "the text has " + std::to_string(text.size()) + " characters; expected " +
                            std::to_string(length) + " or more");
  return tensor(starts);
}

double unigram_entropy(const std::string& text) {
  std::map<char, double> counts;
  for (const char c : text) ++counts[c];
  double entropy = 0;
  for (const auto& [c, count] : counts) {
    const double share = count / static_cast<double>(text.size());
    entropy -= share * std::log(share);
  }
  return entropy;
}

std::string in_words(std::int64_t number) {
  static const std::vector<std::string> small = {
      "zero", "one",    "two",    "three",    "four",     "five",    "six",     "seven",     "eight",    "nine",
      "ten",  "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"};
  static const std::vector<std::string> tens = {"",      "",      "twenty",  "thirty", "forty",
                                                "fifty", "sixty", "seventy", "eighty", "ninety"};
  if (number < 0 || number > 9999) fail("in_words", std::to_string(number) + "; expected a number from 0 to 9999");
  const auto n = static_cast<std::size_t>(number);
  if (n < 20) return small[n];
  if (n < 100) return tens[n / 10] + (n % 10 == 0 ? "" : "-" + small[n % 10]);
  const std::size_t unit = n < 1000 ? 100 : 1000, rest = n % unit;
  const std::string head = small[n / unit] + (n < 1000 ? " hundred" : " thousand");
  return rest == 0 ? head : head + (rest < 100 ? " and " : " ") + in_words(static_cast<std::int64_t>(rest));
}

Numbers numbers_in_words(std::uint64_t seed) {
  Generator generator(seed);
  Numbers numbers;
  std::int64_t done = 0;
  for (const std::int64_t number : permutation(10000, generator).to_vector<std::int64_t>()) {
    std::string& text = done++ < 9000 ? numbers.train : numbers.test;
    text += std::to_string(number) + " is " + in_words(number) + ".\n";
  }
  return numbers;
}

}  // namespace xgrad::examples
