#include <autograd/differentiate/sparsity.hpp>

#include <algorithm>

#include <autograd/differentiate/check_pattern.hpp>
#include <autograd/differentiate/element_dependencies.hpp>
#include <autograd/differentiate/recorded_function.hpp>
#include <autograd/ops/common.hpp>

namespace xgrad {
namespace {

using Indices = std::vector<std::int64_t>;

void check_within(const char* op, const char* name, const Indices& indices, std::int64_t extent) {
  for (std::size_t k = 0; k < indices.size(); ++k) {
    if (indices[k] >= 0 && indices[k] < extent) continue;
    fail(op, std::string("argument 'pattern' has ") + name + "[" + std::to_string(k) + "] = " +
                 std::to_string(indices[k]) + "; expected an index from 0 and below " + std::to_string(extent));
  }
}

SparsityPattern pattern_of(const Shape& shape, const Indices& rows, const Indices& columns) {
  const Shape places{static_cast<std::int64_t>(rows.size())};
  return {shape, tensor(rows, places), tensor(columns, places)};
}

/// The places of a pattern and, where asked for, those on the other side of the diagonal.
SparsityPattern recorded_pattern(const char* op, const Tensor& y, const Tensor& x, std::size_t first, bool symmetric) {
  const ElementDependencies dependencies(op, y, x, first);
  const auto refuse_many = [&](std::size_t places) {
    if (places > std::size_t{1} << 28) fail(op, "the pattern has more than 2^28 places, which is not sparse");
  };
  std::size_t places = 0;
  for (std::int64_t i = 0; i < y.size(); ++i) refuse_many(places += dependencies[i].size());
  std::vector<std::pair<std::int64_t, std::int64_t>> found;
  found.reserve(places);
  for (std::int64_t i = 0; i < y.size(); ++i)
    for (const std::int64_t j : dependencies[i]) found.emplace_back(i, j);
  if (symmetric) {
    for (std::size_t k = 0; k < places; ++k) found.emplace_back(found[k].second, found[k].first);
    std::ranges::sort(found);
    found.erase(std::unique(found.begin(), found.end()), found.end());
    refuse_many(found.size());
  }
  Indices rows, columns;
  for (const auto& [row, column] : found) {
    rows.push_back(row);
    columns.push_back(column);
  }
  return pattern_of({y.size(), x.size()}, rows, columns);
}

}  // namespace

void check_pattern(const char* op, const SparsityPattern& pattern) {
  const auto& [shape, rows, columns] = pattern;
  if (shape.rank() != 2)
    fail(op, "argument 'pattern' has shape " + to_string(shape) + "; expected (rows, columns) of the matrix");
  ops::check_indices(op, "pattern.rows", rows);
  ops::check_indices(op, "pattern.columns", columns);
  if (rows.rank() != 1 || rows.shape() != columns.shape()) {
    fail(op, "argument 'pattern' has rows of shape " + to_string(rows.shape()) + " and columns of shape " +
                 to_string(columns.shape()) + "; expected two vectors of one length");
  }
  const Indices row = rows.to_vector<std::int64_t>(), column = columns.to_vector<std::int64_t>();
  check_within(op, "rows", row, shape[0]);
  check_within(op, "columns", column, shape[1]);
  std::vector<std::pair<std::int64_t, std::int64_t>> places;
  for (std::size_t k = 0; k < row.size(); ++k) places.emplace_back(row[k], column[k]);
  if (!std::ranges::is_sorted(places)) std::ranges::sort(places);
  if (const auto twice = std::ranges::adjacent_find(places); twice != places.end()) {
    fail(op, "argument 'pattern' has the place (" + std::to_string(twice->first) + ", " +
                 std::to_string(twice->second) + ") twice; expected each once");
  }
}

SparsityPattern SparsityPattern::from_dense(const Tensor& matrix) {
  ops::check_defined("from_dense", "matrix", matrix);
  if (matrix.rank() != 2)
    fail("from_dense", "argument 'matrix' has shape " + to_string(matrix.shape()) + "; expected two axes");
  const Indices positions = ops::positions_of(matrix).to_vector<std::int64_t>();
  Indices rows, columns;
  for (const std::int64_t position : positions) {
    rows.push_back(position / matrix.shape()[1]);
    columns.push_back(position % matrix.shape()[1]);
  }
  return pattern_of(matrix.shape(), rows, columns);
}

SparsityPattern jacobian_sparsity(const TensorFunction& f, const Tensor& x) {
  const RecordedFunction recorded("jacobian_sparsity", f, x);
  return recorded_pattern(recorded.op, recorded.y, recorded.x, recorded.first, false);
}

SparsityPattern hessian_sparsity(const TensorFunction& f, const Tensor& x) {
  const RecordedFunction recorded("hessian_sparsity", f, x);
  return recorded_pattern(recorded.op, recorded.slope(), recorded.x, recorded.first, true);
}

}  // namespace xgrad
