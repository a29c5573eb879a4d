#include <apps/common/suggest.hpp>

#include <algorithm>

#include <fmt/format.h>

namespace xgrad::apps {

std::size_t edit_distance(std::string_view a, std::string_view b) {
  // distances[i][j]: between the first i letters of a and the first j of b.
  std::vector<std::vector<std::size_t>> distances(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) {
    for (std::size_t j = 0; j <= b.size(); ++j) {
      std::size_t& distance = distances[i][j];
      distance = std::max(i, j);
      if (i == 0 || j == 0) continue;
      distance = std::min(
          {distances[i - 1][j] + 1, distances[i][j - 1] + 1, distances[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        distance = std::min(distance, distances[i - 2][j - 2] + 1);
    }
  }
  return distances[a.size()][b.size()];
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& choices) {
  constexpr std::size_t longest = 64;  // what is longer is no slip of the hand
  if (word.size() > longest) return "";
  const std::string* best = nullptr;
  std::size_t best_distance = std::max<std::size_t>(1, word.size() / 3) + 1;
  for (const std::string& choice : choices) {
    const std::size_t distance = edit_distance(word, choice);
    if (distance >= best_distance) continue;
    best = &choice;
    best_distance = distance;
  }
  return best ? fmt::format("; did you mean '{}'?", *best) : "";
}

}  // namespace xgrad::apps
