#pragma once

#include <cstdint>
#include <vector>

#include <autograd/run/plan/needed.hpp>

namespace xgrad::run {

/// Where a program is cut into pieces that are planned one by one.
struct Pieces {
  std::vector<std::size_t> ends;  ///< of the pieces: one past the number of the last node of each
  bool repeats = false;           ///< whether there are bodies that repeat
  bool alone = false;             ///< whether the program always runs in these, and has no plan as a whole
  std::int64_t work = 0;          ///< nodes and values that the search looked at
};

/// Values of so many bytes may be handed on part by part, in an order of adding up that only the plan of all of a
/// program, or piece, has. So it runs by that plan from the first time on.
inline constexpr std::size_t large_value = 256 * 1024;

/// Cuts what is needed, whose nodes are listed. What is repeated, as the bodies of unrolled loops are, becomes pieces
/// of one or several whole bodies each, so that these have equal keys, in this program and in others that repeat them
/// more or less often. What is not repeated is cut where little is handed on. Pieces have `most` nodes that are no
/// views, at most. It takes time and memory linear in the number of nodes, but for a binary search for each.
Pieces cut_into_pieces(const Needed& needed, std::size_t most);

}  // namespace xgrad::run
