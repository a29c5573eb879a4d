#include "problems.hpp"

namespace gradbench {

namespace {

/// The elements of a vector at places of any shape.
Tensor elements(const Tensor& vector, const Tensor& places) {
  return vector.index_select(0, places.view(-1)).view_as(places);
}

}  // namespace

Tensor determinant(const std::vector<Minors>& levels, const Tensor& a) {
  const std::vector<Tensor> rows = a.unbind();
  std::size_t row = rows.size() - 1;
  Tensor minors = rows[row];
  for (const Minors& level : levels)
    minors = (level.signs * elements(rows[--row], level.columns) * elements(minors, level.smaller)).sum(0);
  return minors[0];
}

}  // namespace gradbench
