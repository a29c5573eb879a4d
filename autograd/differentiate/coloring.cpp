#include <autograd/differentiate/coloring.hpp>

#include <algorithm>
#include <numeric>

#include <autograd/differentiate/check_pattern.hpp>

namespace xgrad {
namespace {

using Indices = std::vector<std::int64_t>;

constexpr std::int64_t most_lines = std::int64_t{1} << 28;

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

/// Lists of the places of each line of a matrix: line i has others[starts[i]] up to others[starts[i + 1]].
struct Lines {
  Indices starts, others;

  Lines(std::int64_t count, const Indices& lines, const Indices& crossing)
      : starts(at(count) + 1, 0), others(lines.size()) {
    for (const std::int64_t line : lines) ++starts[at(line) + 1];
    std::partial_sum(starts.begin(), starts.end(), starts.begin());
    Indices next(starts.begin(), starts.end() - 1);
    for (std::size_t k = 0; k < lines.size(); ++k) others[at(next[at(lines[k])]++)] = crossing[k];
  }

  std::int64_t count() const { return static_cast<std::int64_t>(starts.size()) - 1; }
  std::int64_t length(std::int64_t i) const { return starts[at(i) + 1] - starts[at(i)]; }
  std::span<const std::int64_t> operator[](std::int64_t i) const {
    return std::span(others).subspan(at(starts[at(i)]), at(length(i)));
  }
  /// The places in the longest line: lines that cross it have as many colors at least.
  std::int64_t longest() const {
    std::int64_t most = 0;
    for (std::int64_t i = 0; i < count(); ++i) most = std::max(most, length(i));
    return most;
  }
};

/// Calls f(other) once for each line other than `line` that has a place in a line that crosses it.
template <class F>
void each_conflict(std::int64_t line, const Lines& lines, const Lines& crossing, Indices& seen_by, F&& f) {
  seen_by[at(line)] = line;
  for (const std::int64_t cross : lines[line]) {
    for (const std::int64_t other : crossing[cross]) {
      if (seen_by[at(other)] == line) continue;
      seen_by[at(other)] = line;
      f(other);
    }
  }
}

struct Colors {
  Indices color;
  std::int64_t count = 0;
};

/// Colors of `lines`, no two of which share a crossing line where they have the same.
Colors colors_of(const Lines& lines, const Lines& crossing) {
  Colors colors{Indices(at(lines.count()), -1)};
  Indices order;
  for (std::int64_t i = 0; i < lines.count(); ++i)
    if (lines.length(i) > 0) order.push_back(i);
  // A line that crosses all of them leaves no choice, and the conflicts would be as many as pairs.
  if (crossing.longest() == static_cast<std::int64_t>(order.size())) {
    for (const std::int64_t line : order) colors.color[at(line)] = colors.count++;
    return colors;
  }
  Indices conflicts(colors.color.size(), 0), seen_by(colors.color.size(), -1);
  for (const std::int64_t line : order)
    each_conflict(line, lines, crossing, seen_by, [&](std::int64_t) { ++conflicts[at(line)]; });
  std::ranges::stable_sort(order, std::ranges::greater(), [&](std::int64_t line) { return conflicts[at(line)]; });
  std::ranges::fill(seen_by, -1);
  Indices taken_by;  // for each color the last line that cannot have it
  for (const std::int64_t line : order) {
    each_conflict(line, lines, crossing, seen_by, [&](std::int64_t other) {
      if (colors.color[at(other)] >= 0) taken_by[at(colors.color[at(other)])] = line;
    });
    const auto free = std::ranges::find_if(taken_by, [&](std::int64_t by) { return by != line; });
    colors.color[at(line)] = free - taken_by.begin();
    if (free == taken_by.end()) taken_by.push_back(-1);
  }
  colors.count = static_cast<std::int64_t>(taken_by.size());
  return colors;
}

}  // namespace

JacobianColoring::JacobianColoring(SparsityPattern pattern) : pattern_(std::move(pattern)) {
  const Called called("JacobianColoring");
  check_pattern("JacobianColoring", pattern_);
  if (std::max(pattern_.shape[0], pattern_.shape[1]) > most_lines) {
    fail("JacobianColoring", "argument 'pattern' has shape " + to_string(pattern_.shape) +
                                 "; at most 2^28 rows and as many columns are expected");
  }
  const Indices row = pattern_.rows.to_vector<std::int64_t>(), column = pattern_.columns.to_vector<std::int64_t>();
  const Lines rows(pattern_.shape[0], row, column), columns(pattern_.shape[1], column, row);
  // The side with the lower bound first: the other one cannot do better than its own.
  const std::int64_t most_in_row = rows.longest(), most_in_column = columns.longest();
  by_columns_ = most_in_row < most_in_column;
  Colors best = by_columns_ ? colors_of(columns, rows) : colors_of(rows, columns);
  if (best.count > std::max(most_in_row, most_in_column) || (by_columns_ && best.count == most_in_column)) {
    Colors other = by_columns_ ? colors_of(rows, columns) : colors_of(columns, rows);
    if (other.count < best.count || (by_columns_ && other.count == best.count)) {
      best = std::move(other);
      by_columns_ = !by_columns_;
    }
  }
  colors_ = best.count;
  Indices positions(row.size());
  for (std::size_t k = 0; k < row.size(); ++k) {
    positions[k] = by_columns_ ? best.color[at(column[k])] * pattern_.shape[0] + row[k]
                               : best.color[at(row[k])] * pattern_.shape[1] + column[k];
  }
  color_ = tensor(best.color, Shape{static_cast<std::int64_t>(best.color.size())});
  positions_ = tensor(positions, Shape{static_cast<std::int64_t>(positions.size())});
}

}  // namespace xgrad
