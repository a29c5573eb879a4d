#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace xgrad::apps {

/// Fewest insertions, deletions, replacements and swaps of neighbours that make one word of the other (optimal string
/// alignment).
std::size_t edit_distance(std::string_view a, std::string_view b);

/// "; did you mean 'train'?" where one of the choices is little else than the word, or else nothing.
std::string did_you_mean(std::string_view word, const std::vector<std::string>& choices);

}  // namespace xgrad::apps
