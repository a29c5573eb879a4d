#pragma once

#include <cstdint>
#include <initializer_list>
#include <vector>

#include <autograd/ops.hpp>

#pragma GCC visibility push(default)
/// More ways to cut, join and turn tensors, with PyTorch's names. All are compositions of views and joins.
namespace xgrad {

// ---------------------------------------------------------------------------------------------- views

/// The entry of an axis at an index, without the axis. Throws Error where the index is out of range.
Tensor select(const Operand& x, int axis, std::int64_t index);
/// `length` entries of an axis from `start` on; a negative start counts from the end.
Tensor narrow(const Operand& x, int axis, std::int64_t start, std::int64_t length);
/// An axis as several, of the given extents; one of them may be -1 and is inferred.
Tensor unflatten(const Operand& x, int axis, const NewShape& shape);
/// Axis source[i] moved to place destination[i] of the result; the others keep their order.
Tensor movedim(const Operand& x, const std::vector<int>& axes_from, const std::vector<int>& axes_to);
Tensor movedim(const Operand& x, int axis_from, int axis_to);
/// All elements as a vector.
Tensor ravel(const Operand& x);
/// x in the shape of another tensor, of as many elements.
Tensor reshape_as(const Operand& x, const Operand& other);
/// x repeated to the shape of another tensor.
Tensor expand_as(const Operand& x, const Operand& other);
/// Axes of extent 1 added, so that there are as many at least: a vector becomes (1, N), and (1, N, 1), a matrix
/// (N, M, 1).
Tensor atleast_1d(const Operand& x);
Tensor atleast_2d(const Operand& x);
Tensor atleast_3d(const Operand& x);
/// All tensors repeated to the shape that they broadcast to.
std::vector<Tensor> broadcast_tensors(const std::vector<Tensor>& tensors);

/// x turned by 90 degrees `count` times, from the first towards the second axis.
Tensor rot90(const Operand& x, int count = 1, int axis1 = 0, int axis2 = 1);
/// Columns, axis 1, in reverse order; rows, axis 0.
Tensor fliplr(const Operand& x);
Tensor flipud(const Operand& x);

// ---------------------------------------------------------------------------------------------- joins

/// Joined along columns (axis 1; vectors along axis 0), rows (axis 0, of atleast_2d), depth (axis 2, of atleast_3d).
Tensor hstack(const std::vector<Tensor>& tensors);
Tensor vstack(const std::vector<Tensor>& tensors);
Tensor dstack(const std::vector<Tensor>& tensors);
/// Vectors as columns beside matrices.
Tensor column_stack(const std::vector<Tensor>& tensors);
/// Matrices on the diagonal of a matrix that is 0 elsewhere. Scalars and vectors are matrices of one row.
Tensor block_diag(const std::vector<Tensor>& tensors);
/// All ways to take one element of each vector, one a row, in order; of one vector itself.
Tensor cartesian_prod(const std::vector<Tensor>& tensors);

struct CombinationsOptions {
  /// Whether an element may be taken more than once.
  bool with_replacement = false;
};
/// All ways to take `count` elements of a vector, in order, one a row.
Tensor combinations(const Operand& x, std::int64_t count = 2, CombinationsOptions options = {});

// ---------------------------------------------------------------------------------------------- parts

/// x cut along an axis into so many parts, whose extents differ by 1 at most, the larger ones first; or before each of
/// the given indices, which count as a Slice's do.
std::vector<Tensor> tensor_split(const Operand& x, std::int64_t parts, int axis = 0);
std::vector<Tensor> tensor_split(const Operand& x, const std::vector<std::int64_t>& before, int axis = 0);
std::vector<Tensor> tensor_split(const Operand& x, std::initializer_list<std::int64_t> before, int axis = 0);
/// x cut into equal parts, or before indices, along columns (axis 1; a vector along axis 0), rows, depth (axis 2).
std::vector<Tensor> hsplit(const Operand& x, std::int64_t parts);
std::vector<Tensor> hsplit(const Operand& x, const std::vector<std::int64_t>& before);
std::vector<Tensor> hsplit(const Operand& x, std::initializer_list<std::int64_t> before);
std::vector<Tensor> vsplit(const Operand& x, std::int64_t parts);
std::vector<Tensor> vsplit(const Operand& x, const std::vector<std::int64_t>& before);
std::vector<Tensor> vsplit(const Operand& x, std::initializer_list<std::int64_t> before);
std::vector<Tensor> dsplit(const Operand& x, std::int64_t parts);
std::vector<Tensor> dsplit(const Operand& x, const std::vector<std::int64_t>& before);
std::vector<Tensor> dsplit(const Operand& x, std::initializer_list<std::int64_t> before);

// ---------------------------------------------------------------------------------------------- indices

/// The indices of the lower (upper) triangle of a (rows, columns) matrix, with the diagonals up to (from) an offset:
/// int64 of shape (2, count), rows before columns.
Tensor tril_indices(std::int64_t rows, std::int64_t columns, int offset = 0);
Tensor triu_indices(std::int64_t rows, std::int64_t columns, int offset = 0);

}  // namespace xgrad
#pragma GCC visibility pop
