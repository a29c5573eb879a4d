#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <string>

#include <autograd/ops.hpp>
#include <autograd/recorder.hpp>
#include <autograd/vjp.hpp>

/// Shared by the families of operations: checks, shape rules, promotion.
namespace xgrad::ops {

/// Throws Error unless the tensor is defined.
void check_defined(const char* op, const char* argument, const Tensor& tensor);
/// Throws Error unless the tensor is float32 or float64.
void check_floating(const char* op, const char* argument, const Tensor& tensor);
/// Throws Error unless the tensor is int64.
void check_indices(const char* op, const char* argument, const Tensor& tensor);

/// An axis counted from the start. Throws Error where it is out of range for the rank; the shape is shown.
int checked_axis(const char* op, int axis, const Shape& shape);
/// x and an axis of it for operations that take a scalar for a vector of one element, as PyTorch's do.
struct Along {
  Tensor x;     ///< with one axis at least
  int axis;     ///< counted from the start
  bool scalar;  ///< whether x was a scalar

  /// Throws Error where x is undefined, and where the axis is out of range.
  Along(const char* op, const Tensor& x, int axis);
  /// A result that has x's rank, as a scalar again where x was one.
  Tensor restored(const Tensor& result) const { return scalar && result.rank() == 1 ? reshaped(result, {}) : result; }

 private:
  static Tensor reshaped(const Tensor& x, const Shape& shape);
};
/// The same where a new axis may go: 0..rank.
int checked_new_axis(const char* op, int axis, int result_rank);
/// The axes as a bit mask; a scalar's axis 0 or -1 is none. Throws Error on repeated axes and those out of range.
std::int64_t axes_mask(const char* op, const Axes& axes, const Shape& shape);

/// An index into an axis of n entries, counted from the start. Throws Error where it is out of range, with its position
/// among the (row-major) indices.
std::int64_t checked_index(const char* op, std::int64_t index, std::int64_t n, std::int64_t position);

/// An array as (outer, n, inner) around one axis.
struct Split {
  std::int64_t outer = 1, n = 1, inner = 1;

  Split(const Shape& shape, int axis) : n(shape[axis]) {
    for (int i = 0; i < shape.rank(); ++i)
      if (i != axis) (i < axis ? outer : inner) *= shape[i];
  }
};

/// Throws Error where a result of the given tensors would have more axes than a tensor can.
void check_rank(const char* op, int rank, std::initializer_list<const Tensor*> given);

/// NumPy's broadcasting. Throws Error, with both shapes, where an axis differs and neither is 1.
Shape broadcast_shapes(const char* op, const Shape& a, const Shape& b);

/// Throws Error, in the name of an operation of two tensors that others compute, where those would refuse them.
void check_operands(const char* op, const Tensor& a, const Tensor& b);

/// Whether a shape broadcasts to another.
bool broadcasts_to(const Shape& shape, const Shape& result) noexcept;

/// x in a shape of as many elements; for shapes known to fit.
Tensor reshaped(const Tensor& x, const Shape& shape);

/// A new node with the value of x, which runs nothing. Functions are differentiated with respect to such nodes, so that
/// a tensor which is given twice, or which the function captures, is not taken for the argument. A plain number stays
/// as it is.
Tensor alias(const Tensor& x);
std::vector<Tensor> aliases(const std::vector<Tensor>& xs);

/// The dtype in which operands compute: the highest, where plain numbers only raise the kind (bool, integer, floating)
/// and never the width.
DType promote(std::initializer_list<const Tensor*> operands);

/// The float dtype in which a function of real numbers computes.
inline DType real(DType dtype) { return is_floating(dtype) ? computed_in(dtype) : float32; }

/// x in a dtype, to become part of a tensor of that dtype. Throws Error where values could get lost: floating-point
/// values for int64 or bool (unless they are plain numbers that are whole), integers for bool.
Tensor fitted(const char* op, const char* argument, const Tensor& x, DType dtype);

/// Zeros of `shape` but for the entries of one axis from `start` on, which are x: the adjoint of a slice.
Tensor embedded(const Tensor& x, const Shape& shape, int axis, std::int64_t start);

/// Zeros of `shape` with `values` added at the entries `indices` of an axis: the adjoint of take.
Tensor add_at(const Shape& shape, int axis, const Tensor& indices, const Tensor& values);

/// x with `values` added at the entries `indices` of an axis; a wrong index is refused in the name of `caller`.
Tensor with_added(const Tensor& x, int axis, const Tensor& indices, const Tensor& values, const char* caller);

/// Rows of a tensor that is zero elsewhere.
struct AddedRows {
  Tensor indices;
  Tensor values;
};
/// What add_at is to compute, along the first axis, where it has not run yet.
std::optional<AddedRows> added_rows(const Tensor& x);

/// For each entry of an axis of n the last position whose index names it, or -1.
Tensor last_position(const Tensor& index, int axis, std::int64_t n);

/// Throws Error unless the tensor is bool.
void check_mask(const char* op, const Tensor& mask);

/// The flat row-major positions of elements that are not 0, as a vector. Runs x.
Tensor positions_of(const Tensor& x);

/// The first extents of every axis of x, as many as `shape` has.
Tensor corner_of(const Tensor& x, const Shape& shape);

/// Plain numbers that derivatives need again and again, one node of each for a thread. They are for derivatives only: a
/// number that a user might differentiate with respect to needs a node of its own.
struct Numbers {
  const Tensor zero = 0.0, half = 0.5, one = 1.0, two = 2.0;
};
const Numbers& numbers();

/// d, but 1 where d and g are both 0, so that g divided by the result is 0 there: a masked branch must not turn into
/// NaN.
Tensor masked_divisor(const Tensor& g, const Tensor& d);

/// The sum over the axes of a mask.
Tensor sum_axes(const Tensor& x, std::int64_t mask, ReduceOptions options);

/// The shape after a reduction over the axes of a mask, which stay with extent 1 where asked for.
Shape reduced_shape(const Shape& shape, std::int64_t mask, bool keepdims);

/// Pointers to what a family lists.
template <class T, std::size_t n>
std::array<const T*, n> pointers_to(const T (&list)[n]) {
  std::array<const T*, n> pointers{};
  for (std::size_t i = 0; i < n; ++i) pointers[i] = &list[i];
  return pointers;
}

/// Numbers of one dtype for samples, spread evenly over a range, in a scrambled order.
Tensor sample_values(const Shape& shape, double low, double high);

}  // namespace xgrad::ops

namespace xgrad {
/// Primitives that other families use: reductions combine with add, maximum and minimum, and cast converts.
extern const Primitive cast_primitive;
extern const Primitive add_primitive;
extern const Primitive maximum_primitive;
extern const Primitive minimum_primitive;

/// The primitives of each family.
std::span<const Primitive* const> elementwise_primitives();
std::span<const Primitive* const> reduce_primitives();
std::span<const Primitive* const> matmul_primitives();
std::span<const Primitive* const> shape_primitives();
std::span<const Primitive* const> index_primitives();
std::span<const Primitive* const> random_primitives();
std::span<const Primitive* const> window_primitives();
std::span<const Primitive* const> winograd_primitives();
std::span<const Primitive* const> window_product_primitives();
std::span<const Primitive* const> channel_product_primitives();
std::span<const Primitive* const> pool_primitives();
std::span<const Primitive* const> resample_primitives();
std::span<const Primitive* const> grid_sample_primitives();
std::span<const Primitive* const> trigonometric_primitives();
std::span<const Primitive* const> exponential_primitives();
std::span<const Primitive* const> special_primitives();
std::span<const Primitive* const> rounding_primitives();
std::span<const Primitive* const> scan_primitives();
std::span<const Primitive* const> sort_primitives();
std::span<const Primitive* const> select_primitives();
std::span<const Primitive* const> solve_primitives();
std::span<const Primitive* const> determinant_primitives();
std::span<const Primitive* const> factorization_primitives();
std::span<const Primitive* const> integer_primitives();
std::span<const Primitive* const> order_primitives();
std::span<const Primitive* const> scatter_primitives();
std::span<const Primitive* const> system_primitives();
std::span<const Primitive* const> matrix_primitives();
std::span<const Primitive* const> fft_primitives();
std::span<const Primitive* const> checkpoint_primitives();
/// checkpoint() of autograd/differentiate/, for operations that keep less than their formula.
Tensor checkpointed(const std::function<Tensor(const std::vector<Tensor>&)>& f, const std::vector<Tensor>& xs);
std::span<const Primitive* const> hook_primitives();
std::span<const Primitive* const> ordered_primitives();
std::span<const Primitive* const> collective_primitives();

/// The compositions of each family.
std::span<const Composition* const> reduce_compositions();
std::span<const Composition* const> attention_compositions();
std::span<const Composition* const> arrange_compositions();
std::span<const Composition* const> basic_compositions();
std::span<const Composition* const> draws_compositions();
std::span<const Composition* const> functions_compositions();
std::span<const Composition* const> integer_compositions();
std::span<const Composition* const> order_compositions();
std::span<const Composition* const> products_compositions();
std::span<const Composition* const> scatter_compositions();
std::span<const Composition* const> statistics_compositions();
std::span<const Composition* const> conv_compositions();
std::span<const Composition* const> max_pool_compositions();
std::span<const Composition* const> max_unpool_compositions();
std::span<const Composition* const> avg_pool_compositions();
std::span<const Composition* const> interpolate_compositions();
std::span<const Composition* const> grid_sample_compositions();
std::span<const Composition* const> solve_compositions();
std::span<const Composition* const> system_compositions();
std::span<const Composition* const> matrix_compositions();
std::span<const Composition* const> matrix_norm_compositions();
std::span<const Composition* const> fft_compositions();
std::span<const Composition* const> complex_compositions();
}  // namespace xgrad
