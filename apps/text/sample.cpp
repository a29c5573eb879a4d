#include <apps/text/sample.hpp>

#include <algorithm>
#include <cmath>
#include <numeric>

#include <autograd/error.hpp>
#include <autograd/ops.hpp>
#include <data/splitmix.hpp>

namespace xgrad::apps::text {

namespace {

/// An index drawn by softmax(scores / temperature) among the k largest scores.
std::int64_t drawn(const std::vector<float>& scores, double temperature, std::int64_t k, data::SplitMix64& random) {
  std::vector<std::int64_t> order(scores.size());
  std::iota(order.begin(), order.end(), std::int64_t{0});
  const auto score = [&](std::int64_t i) { return static_cast<double>(scores[static_cast<std::size_t>(i)]); };
  std::ranges::stable_sort(order, [&](std::int64_t a, std::int64_t b) { return score(a) > score(b); });
  order.resize(static_cast<std::size_t>(std::min<std::int64_t>(k, std::ssize(order))));
  if (temperature == 0) return order[0];
  std::vector<double> up_to;
  double total = 0;
  for (const std::int64_t i : order) up_to.push_back(total += std::exp((score(i) - score(order[0])) / temperature));
  const auto found = std::ranges::upper_bound(up_to, random.uniform(0, total));
  return order[static_cast<std::size_t>(std::min<std::ptrdiff_t>(found - up_to.begin(), std::ssize(order) - 1))];
}

}  // namespace

void sample(const LanguageModel& model, const Alphabet& alphabet, const SampleOptions& options,
            const std::function<bool(const std::string& character)>& go_on) {
  std::vector<std::int64_t> tokens = alphabet.tokens("--prompt", decoded("--prompt", options.prompt));
  if (tokens.empty()) fail("--prompt", "the text is empty; expected a character or more to begin with");
  data::SplitMix64 random(options.seed);
  LanguageModel::Reading reading;
  for (std::int64_t i = 0; i < options.length; ++i) {
    const std::vector<float> scores = model.read(reading, tokens).to_vector<float>();
    tokens = {drawn(scores, options.temperature, options.top_k.value_or(alphabet.size()), random)};
    if (!go_on(alphabet.text(tokens))) return;
  }
}

}  // namespace xgrad::apps::text
