#include "minors.hpp"

#include <bit>
#include <iterator>
#include <map>
#include <utility>

namespace gradbench {

std::vector<Minors> minors(std::int64_t n) {
  std::vector<Minors> levels;
  std::map<std::uint32_t, std::int64_t> places;  // of the smaller minors, by their columns
  for (std::int64_t column = 0; column < n; ++column) places[1u << column] = column;
  for (std::int64_t m = 2; m <= n; ++m) {
    std::map<std::uint32_t, std::int64_t> next;
    for (std::uint32_t set = 0; set < 1u << n; ++set)
      if (std::popcount(set) == m) next.emplace(set, std::ssize(next));
    const auto terms = static_cast<std::size_t>(m);
    std::vector<std::int64_t> columns(terms * next.size()), smaller(columns.size());
    for (const auto& [set, minor] : next) {
      std::size_t term = static_cast<std::size_t>(minor);
      for (std::int64_t column = 0; column < n; ++column)
        if (const std::uint32_t bit = 1u << column; set & bit) {
          columns[term] = column;
          smaller[term] = places.at(set ^ bit);
          term += next.size();
        }
    }
    std::vector<double> signs(terms);
    for (std::size_t i = 0; i < terms; ++i) signs[i] = i % 2 == 0 ? 1 : -1;
    const Extents extents{m, std::ssize(next)};
    levels.push_back({make_integers(columns, extents), make_integers(smaller, extents), make_tensor(signs, {m, 1})});
    places = std::move(next);
  }
  return levels;
}

DetInput::DetInput(const Json& input) : DetInput(input, input.at("ell").get<std::int64_t>()) {}

DetInput::DetInput(const Json& input, std::int64_t n) : a(read_numbers(input.at("A"), {n, n})), levels(minors(n)) {}

}  // namespace gradbench
