#pragma once

#include <autograd/differentiate/sparsity.hpp>

#pragma GCC visibility push(default)
namespace xgrad {

/// A pattern whose columns, or rows, are divided into groups (colors) in which no two have a place in one row, or
/// column. The product of the Jacobian with the sum of a group's unit vectors then holds every derivative of the group
/// by itself (Curtis, Powell and Reid 1974, "On the Estimation of Sparse Jacobian Matrices"). The groups are found
/// greedily, those that conflict with most others first (largest-first order; Gebremedhin, Manne and Pothen 2005, "What
/// Color Is Your Jacobian?", distance-2 coloring): not always as few as possible, and never more than one for each.
/// Columns or rows, whichever take fewer colors; rows where both take as many.
///
/// Made once and used for any number of calls, on any thread.
class JacobianColoring {
 public:
  /// Throws Error where the pattern is none (SparsityPattern), or has more than 2^28 rows or columns. Runs its indices.
  explicit JacobianColoring(SparsityPattern pattern);

  const SparsityPattern& pattern() const noexcept { return pattern_; }
  /// Number of groups: of products with the Jacobian that one evaluation takes.
  std::int64_t colors() const noexcept { return colors_; }
  /// Whether columns are grouped (jvp), or rows (vjp).
  bool by_columns() const noexcept { return by_columns_; }
  /// The color of each column, or row, as int64; -1 where it has no place.
  const Tensor& color() const noexcept { return color_; }
  /// For each place its index among the products, (colors, rows or columns) flattened.
  const Tensor& positions() const noexcept { return positions_; }

 private:
  SparsityPattern pattern_;
  std::int64_t colors_ = 0;
  bool by_columns_ = false;
  Tensor color_, positions_;
};

}  // namespace xgrad
#pragma GCC visibility pop
