#pragma once

#include <initializer_list>
#include <optional>
#include <utility>
#include <vector>

#include <autograd/ops.hpp>

#pragma GCC visibility push(default)
/// Elements put in other places, repeated or left out. All are compositions of slices, joins and broadcasts.
namespace xgrad {

/// What pad() puts around a tensor.
enum class PadMode {
  constant,   ///< a number
  reflect,    ///< x mirrored at its edge, which is not repeated: c b | a b c | b a
  replicate,  ///< the edge repeated (NumPy's "edge"): a a | a b c | c c
  circular,   ///< x repeated (NumPy's "wrap"): b c | a b c | a b
};

struct PadOptions {
  PadMode mode = PadMode::constant;
  Number value = 0;  ///< of the constant mode; an Error where int64 does not hold it
};

/// x with pads[i].first elements before axis i and pads[i].second after it, as NumPy's pad. A negative number takes
/// elements away; what the other side adds is made of x as it was. Throws Error unless there is one pair for each axis;
/// where more is taken away than there is; and where `reflect` is to add an axis's extent or more, `circular` more
/// than it, or `replicate`
/// anything to an extent of 0.
Tensor pad(const Operand& x, const std::vector<std::pair<std::int64_t, std::int64_t>>& pads, PadOptions options = {});

/// The elements of the given axes (all of them by default) in reverse order.
Tensor flip(const Operand& x, const Axes& axes = {});
/// Elements moved by `shift` places along an axis, those beyond the end back to the start; without an axis, of the
/// flattened tensor, in x's shape.
Tensor roll(const Operand& x, std::int64_t shift, std::optional<int> axis = {});
/// The same along several axes, each by its own shift. Throws Error unless there are as many.
Tensor roll(const Operand& x, const std::vector<std::int64_t>& shifts, const std::vector<int>& axes);
/// x repeated as a whole, repeats[i] times along axis i. The shorter of x's shape and repeats gets leading ones.
Tensor tile(const Operand& x, const std::vector<std::int64_t>& repeats);
/// Every entry of an axis repeated `count` times in place (NumPy's repeat); without an axis, of the flattened tensor.
Tensor repeat(const Operand& x, std::int64_t count, std::optional<int> axis = {});

/// x cut along an axis: into parts of `size`, the last one smaller where it does not divide; or of the given sizes,
/// which must sum to the extent. At most 2^24 parts, of unstack too.
std::vector<Tensor> split(const Operand& x, std::int64_t size, int axis = 0);
std::vector<Tensor> split(const Operand& x, const std::vector<std::int64_t>& sizes, int axis = 0);
/// Sizes in braces, also a single one: split(x, {2}) is of an axis of 2.
std::vector<Tensor> split(const Operand& x, std::initializer_list<std::int64_t> sizes, int axis = 0);
/// x cut along an axis into at most `chunks` parts of equal size, the last one smaller where it does not divide: 7 in 3
/// chunks are 3, 3, 1, and 5 in 4 are 2, 2, 1, as PyTorch's.
std::vector<Tensor> chunk(const Operand& x, std::int64_t chunks, int axis = 0);
/// The entries of an axis, without the axis.
std::vector<Tensor> unstack(const Operand& x, int axis = 0);

/// Which of the first two vectors of a grid runs down its rows.
enum class Indexing {
  ij,  ///< the first, as PyTorch's default
  xy,  ///< the second, as NumPy's default: x runs along rows, y down columns
};
/// The coordinates of a grid's points: for vectors of lengths n, m, k, ... (or scalars, of length 1) as many tensors of
/// shape (n, m, k, ...), of which tensor i holds at [j0, j1, ...] what vector i holds at [ji]. With Indexing::xy the
/// first two axes of all results are exchanged. Throws Error on no vectors, and on tensors with more axes.
std::vector<Tensor> meshgrid(const std::vector<Tensor>& tensors, Indexing indexing = Indexing::ij);
/// The diagonal of two axes as the last axis of the result: x[..., i, i + offset]. Empty where the offset leads
/// outside.
Tensor diagonal(const Operand& x, int offset = 0, int axis1 = 0, int axis2 = 1);
/// A vector as diagonal of a square matrix of zeros; a matrix's diagonal as a vector.
Tensor diag(const Operand& x, int offset = 0);
/// The sum of a diagonal. Integers and bools add up in int64.
Tensor trace(const Operand& x, int offset = 0, int axis1 = 0, int axis2 = 1);
/// The last two axes with zeros above (below) a diagonal; offset 1 is the one above the main diagonal.
Tensor tril(const Operand& x, int offset = 0);
Tensor triu(const Operand& x, int offset = 0);

}  // namespace xgrad
#pragma GCC visibility pop
