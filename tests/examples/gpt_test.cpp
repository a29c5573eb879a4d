#include <examples/gpt.hpp>

#include <cmath>
#include <sstream>

#include <doctest/doctest.h>

using namespace xgrad;
using namespace xgrad::examples;

TEST_CASE("a prediction looks back only") {
  manual_seed(1);
  const Gpt gpt(7, {.context = 8, .width = 16, .heads = 2});
  const Tensor tokens = tensor({{1, 2, 3, 4, 5, 6}, {1, 2, 3, 0, 0, 0}}, int64), logits = gpt(tokens);
  CHECK(logits.shape() == Shape{2, 6, 7});
  const auto apart = [](const Tensor& a, const Tensor& b) { return max(abs(a - b)).item(); };
  // Rounding of products depends on where a row lies.
  CHECK(apart(logits[{0, Slice{.stop = 3}}], logits[{1, Slice{.stop = 3}}]) < 1e-5);
  CHECK(apart(logits[{0, 3}], logits[{1, 3}]) > 1e-3);
}

TEST_CASE("characters are read and written by the same numbers") {
  const Gpt gpt(7, {.context = 8, .width = 16, .heads = 2, .layers = 1});
  int matrices = 0;
  for (const nn::Parameter& parameter : gpt.parameters()) matrices += parameter.shape() == Shape{7, 16} ? 1 : 0;
  CHECK(matrices == 1);
}

TEST_CASE("a text that repeats is learnt and goes on") {
  std::string text;
  for (int i = 0; i < 100; ++i) text += "abcd ";
  const TrainedGpt model = train_gpt(
      text, text,
      {.context = 8, .width = 32, .heads = 2, .layers = 1, .batch = 8, .steps = 80, .lr = 1e-2, .report_every = 80});
  CHECK(model.progress.front().test_loss > 1);
  CHECK(model.progress.back().test_loss < 0.1);
  CHECK(continue_text(model, "abcd ab", 12) == "abcd abcd abcd abcd");
}

TEST_CASE("an alphabet gives characters their numbers and back, and names one that it lacks") {
  const Alphabet alphabet("banana");
  CHECK(alphabet.size() == 3);
  CHECK(alphabet.encode("nab").to_vector<int>() == std::vector{2, 0, 1});
  CHECK(alphabet.decode(1) == 'b');
  CHECK_THROWS_WITH_AS(alphabet.encode("bx"), doctest::Contains("'x'"), Error);
}

TEST_CASE("the entropy of characters is that of their frequencies") {
  CHECK(unigram_entropy("aabb") == doctest::Approx(std::log(2)));
  CHECK(unigram_entropy("aaab") == doctest::Approx(-0.75 * std::log(0.75) - 0.25 * std::log(0.25)));
}

TEST_CASE("numbers are spelt in words") {
  CHECK(in_words(0) == "zero");
  CHECK(in_words(17) == "seventeen");
  CHECK(in_words(40) == "forty");
  CHECK(in_words(83) == "eighty-three");
  CHECK(in_words(100) == "one hundred");
  CHECK(in_words(904) == "nine hundred and four");
  CHECK(in_words(2000) == "two thousand");
  CHECK(in_words(5060) == "five thousand and sixty");
  CHECK(in_words(7212) == "seven thousand two hundred and twelve");
  CHECK_THROWS_WITH_AS(in_words(10000), doctest::Contains("10000"), Error);
  CHECK_THROWS_AS(in_words(-1), Error);
}

TEST_CASE("each number is in one of the two texts") {
  const Numbers numbers = numbers_in_words(1);
  std::vector<int> seen(10000);
  for (const std::string& text : {numbers.train, numbers.test}) {
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
      const int number = std::stoi(line);
      ++seen[static_cast<std::size_t>(number)];
      REQUIRE(line == std::to_string(number) + " is " + in_words(number) + ".");
    }
  }
  CHECK(seen == std::vector<int>(10000, 1));
  CHECK(std::count(numbers.test.begin(), numbers.test.end(), '\n') == 1000);
}
