#include <doctest/doctest.h>

#include <cmath>
#include <fstream>

#include <apps/text/evaluate.hpp>
#include <apps/text/ngram.hpp>
#include <apps/text/sample.hpp>
#include <autograd/error.hpp>
#include <autograd/ops.hpp>

#include "scratch.hpp"

namespace xgrad::test {
namespace {

using namespace apps::text;

std::vector<std::int64_t> cycle(std::int64_t length, std::int64_t period) {
  std::vector<std::int64_t> tokens;
  for (std::int64_t i = 0; i < length; ++i) tokens.push_back(i % period);
  return tokens;
}

}  // namespace

TEST_CASE("texts are read as UTF-8, character by character") {
  const std::u32string text = U"aé€😀\n";
  CHECK(encoded(text) == "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\n");
  CHECK(decoded("here", encoded(text)) == text);
  const auto refused = [](const std::string& bytes, const char* said) {
    CHECK_THROWS_WITH_AS(decoded("here", bytes), doctest::Contains(said), Error);
  };
  refused("ab\x80", "byte 0x80 at offset 2");  // goes on with nothing
  refused("a\xc3", "byte 0xc3 at offset 1");   // ends early
  refused("\xc0\xaf", "offset 0");             // longer than need be
  refused("\xe0\x80\xaf", "offset 0");
  refused("\xed\xa0\x80", "offset 0");      // half of a pair
  refused("\xf4\x90\x80\x80", "offset 0");  // beyond the last one
}

TEST_CASE("an alphabet has the characters of a text in order, and says which one it lacks") {
  const Alphabet alphabet = Alphabet::of(U"banana");
  CHECK(alphabet.size() == 3);
  CHECK(alphabet.characters() == "abn");
  CHECK(alphabet.tokens("here", U"nab") == std::vector<std::int64_t>{2, 0, 1});
  CHECK(alphabet.text(std::vector<std::int64_t>{2, 0, 1}) == "nab");
  CHECK(Alphabet::of(decoded("here", alphabet.characters())).characters() == "abn");
  CHECK_THROWS_WITH_AS(alphabet.tokens("here", U"band"), doctest::Contains("'d' (U+0064) at place 3"), Error);
}

TEST_CASE("a text is divided at its end, and fingerprints tell texts apart") {
  const Corpus corpus = divided("here", U"abcdefghij", 0.25);
  CHECK(corpus.train == cycle(8, 10));
  CHECK(corpus.validation == std::vector<std::int64_t>{8, 9});
  CHECK_THROWS_WITH_AS(divided("here", U"abc", 0.25), doctest::Contains("3 characters, 0 of which"), Error);
  CHECK(fingerprint(corpus) == fingerprint(divided("here", U"abcdefghij", 0.25)));
  CHECK(fingerprint(corpus) != fingerprint(divided("here", U"abcdefghij", 0.35)));
  CHECK(fingerprint(corpus) != fingerprint(divided("here", U"abcdefghik", 0.25)));
}

TEST_CASE("counts of characters give Witten and Bell's probabilities") {
  // abab: n(a) = n(b) = 2 of 4, 2 different ones; behind a: b twice, 1 different one; behind b: a once.
  const NGram counts(2, 1, std::vector<std::int64_t>{0, 1, 0, 1});
  const std::vector<std::int64_t> none, a{0}, b{1};
  const double without = (2 + 2 * 0.5) / (4 + 2);
  CHECK(counts.probability(none, 0) == doctest::Approx(without));
  CHECK(counts.probability(a, 1) == doctest::Approx((2 + 1 * without) / (2 + 1)));
  CHECK(counts.probability(a, 0) == doctest::Approx((0 + 1 * without) / (2 + 1)));
  CHECK(counts.probability(b, 0) == doctest::Approx((1 + 1 * without) / (1 + 1)));
  // Probabilities of all characters behind any context add up to 1.
  const NGram longer(5, 3, cycle(50, 5));
  for (const auto& context : {std::vector<std::int64_t>{}, {3}, {4, 4}, {0, 1, 2}, {2, 2, 2, 2}}) {
    double total = 0;
    for (std::int64_t next = 0; next < 5; ++next) total += longer.probability(context, next);
    CHECK(total == doctest::Approx(1));
  }
  CHECK(longer.bits_per_character(cycle(20, 5)) < 0.3);
  CHECK(NGram(5, 0, cycle(50, 5)).bits_per_character(cycle(20, 5)) == doctest::Approx(std::log2(5)));
}

TEST_CASE("each character but the first is scored once, behind half a context or more") {
  for (const char* kind : {"lstm", "transformer"}) {
    Config config{.model = kind, .layers = 1, .units = 8, .heads = 2, .dropout = 0.5, .context = 6, .batch = 3};
    manual_seed(1);
    LanguageModel model(config, 5);
    model.eval();
    // A model that knows nothing has the same loss everywhere.
    for (const nn::Parameter& parameter : model.parameters()) parameter.set(zeros(parameter.shape()));
    CHECK(bits_per_character(model, cycle(40, 5), 6, 3) == doctest::Approx(std::log2(5)));
    CHECK(bits_per_character(model, cycle(2, 5), 6, 3) == doctest::Approx(std::log2(5)));
    CHECK_THROWS_WITH_AS(bits_per_character(model, cycle(1, 5), 6, 3), doctest::Contains("expected 2 or more"), Error);
  }
  // Within one context it is the mean over all of it.
  Config config{.model = "lstm", .layers = 2, .units = 8, .context = 30, .batch = 3};
  manual_seed(1);
  LanguageModel model(config, 5);
  model.eval();
  const std::vector<std::int64_t> tokens = cycle(31, 4);
  const Tensor scores = model(tensor(std::vector<std::int64_t>(tokens.begin(), tokens.end() - 1), {1, 30}))[0];
  const double loss =
      nn::cross_entropy(scores, tensor(std::vector<std::int64_t>(tokens.begin() + 1, tokens.end()), {30})).item();
  CHECK(bits_per_character(model, tokens, 30, 3) == doctest::Approx(loss / std::log(2)).epsilon(1e-5));
}

TEST_CASE("a text that is read piece by piece is read as a whole") {
  for (const char* kind : {"lstm", "transformer"}) {
    Config config{.model = kind, .layers = 2, .units = 8, .heads = 2, .context = 12};
    manual_seed(1);
    LanguageModel model(config, 5);
    model.eval();
    const std::vector<std::int64_t> tokens = cycle(12, 5);
    LanguageModel::Reading at_once, by_pieces;
    const std::vector<float> expected = model.read(at_once, tokens).to_vector<float>();
    model.read(by_pieces, std::span(tokens).first(5));
    model.read(by_pieces, std::span(tokens).subspan(5, 1));
    const std::vector<float> actual = model.read(by_pieces, std::span(tokens).subspan(6)).to_vector<float>();
    const std::vector<float> whole = model(tensor(tokens, {1, 12}))[0][-1].to_vector<float>();
    for (std::size_t i = 0; i < expected.size(); ++i) {
      CHECK(actual[i] == doctest::Approx(expected[i]).epsilon(1e-4));
      CHECK(whole[i] == doctest::Approx(expected[i]).epsilon(1e-4));
    }
    // A Transformer knows no more than its context.
    for (int i = 0; i < 4; ++i) model.read(by_pieces, std::vector<std::int64_t>{1});
    if (std::string(kind) == "transformer") CHECK(by_pieces.last.size() == 12);
  }
}

TEST_CASE("samples follow the model's probabilities") {
  Config config{.model = "lstm", .layers = 1, .units = 4, .context = 8};
  manual_seed(1);
  LanguageModel model(config, 3);
  model.eval();
  // Scores that do not depend on anything: probabilities 1/7, 2/7, 4/7.
  for (const auto& [name, parameter] : model.named_parameters()) {
    parameter.set(zeros(parameter.shape()));
    if (name == "head.bias") parameter.set(tensor({0.0f, std::log(2.0f), std::log(4.0f)}));
  }
  const Alphabet alphabet = Alphabet::of(U"abc");
  const auto counts = [&](const SampleOptions& options) {
    std::map<std::string, int> result;
    sample(model, alphabet, options, [&](const std::string& character) {
      ++result[character];
      return true;
    });
    return result;
  };
  auto drawn = counts({.prompt = "a", .length = 3000, .temperature = 1});
  CHECK(std::abs(drawn["a"] - 3000.0 / 7) < 80);  // four standard deviations
  CHECK(std::abs(drawn["b"] - 6000.0 / 7) < 100);
  drawn = counts({.prompt = "a", .length = 3000, .temperature = 0.5});  // 1 : 4 : 16
  CHECK(std::abs(drawn["a"] - 3000.0 / 21) < 48);
  CHECK(std::abs(drawn["c"] - 48000.0 / 21) < 95);
  drawn = counts({.prompt = "a", .length = 300, .temperature = 1, .top_k = 2});
  CHECK(drawn["a"] == 0);
  CHECK(drawn["b"] > 60);
  CHECK(counts({.prompt = "a", .length = 50, .temperature = 0})["c"] == 50);
  CHECK_THROWS_WITH_AS(counts({.prompt = ""}), doctest::Contains("is empty"), Error);
  CHECK_THROWS_WITH_AS(counts({.prompt = "axe"}), doctest::Contains("'x'"), Error);
}

TEST_CASE("checkpoints that are of something else are refused") {
  const Scratch scratch;
  save_safetensors(scratch / "other.safetensors", {{"model.x", ones({2})}}, {});
  CHECK_THROWS_WITH_AS(read_description(scratch / "other.safetensors"), doctest::Contains("not a checkpoint"), Error);
  CHECK_THROWS_WITH_AS(read_description(scratch / "none.safetensors"), doctest::Contains("no such checkpoint"), Error);
  Metadata metadata = to_metadata(Description{{.units = 16}, Alphabet::of(U"abc"), 1});
  save_safetensors(scratch / "empty.safetensors", {}, metadata);
  const Description description = read_description(scratch / "empty.safetensors");
  CHECK(description.alphabet.characters() == "abc");
  CHECK(description.config.units == 16);
  CHECK_THROWS_AS(load_trained(scratch / "empty.safetensors"), Error);
  metadata["layers"] = "0";
  save_safetensors(scratch / "layers.safetensors", {}, metadata);
  CHECK_THROWS_WITH_AS(read_description(scratch / "layers.safetensors"), doctest::Contains("layers is 0"), Error);
  metadata.erase("layers");
  save_safetensors(scratch / "lacks.safetensors", {}, metadata);
  CHECK_THROWS_WITH_AS(read_description(scratch / "lacks.safetensors"), doctest::Contains("lacks layers"), Error);
}

}  // namespace xgrad::test
