#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include <autograd/run/plan/needed.hpp>

namespace xgrad::run {

/// Where a program is cut into pieces that are planned one by one.
struct Pieces {
  std::vector<std::size_t> ends;  ///< of the pieces: one past the number of the last node of each
  bool repeats = false;           ///< whether there are bodies that repeat
  bool alone = false;             ///< whether the program always runs in these, and never by one plan
  std::int64_t work = 0;          ///< nodes and values that the search looked at

  /// Calls f(begin, end) for the numbers of each piece's nodes, in order.
  template <class F>
  void each(F&& f) const {
    std::size_t begin = 0;
    for (const std::size_t end : ends) f(std::exchange(begin, end), end);
  }
};

/// Values of so many bytes may be handed on part by part, in an order of adding up that only the plan of all of a
/// program, or piece, has. So it runs by that plan from the first time on.
inline constexpr std::size_t large_value = 256 * 1024;

/// How long programs may be.
struct Lengths {
  std::size_t whole = 8192;  ///< nodes of a program that may have a plan of its own; a longer one runs in pieces
  std::size_t piece = 256;   ///< nodes of a piece
};

/// As long as tests do not ask for others.
Lengths& lengths() noexcept;

/// The plan of all of a program that is no longer than this is looked for before the program is cut.
inline constexpr std::size_t short_program = 1024;

/// Cuts what is needed, and lists its nodes for that. What is repeated, as the bodies of unrolled loops are, becomes
/// pieces of one or several whole bodies each, so that these have equal keys, in this program and in others that repeat
/// them more or less often. What is not repeated is cut where little is handed on. A program of few nodes is not cut.
/// It takes time and memory linear in the number of nodes, but for a binary search for each.
Pieces pieces_of(Needed& needed);

}  // namespace xgrad::run
