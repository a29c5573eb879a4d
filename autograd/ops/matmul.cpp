#include <algorithm>

#include <autograd/batched_call.hpp>
#include <autograd/kernel/array.hpp>
#include <autograd/kernel/narrow_gemm.hpp>
#include <autograd/kernel/threads.hpp>
#include <autograd/ops/common.hpp>

namespace xgrad {
namespace {

using ops::sample_values;

// ------------------------------------------------------------------------------------------------- kernel

/// The steps between the rows and between the columns of a matrix, one of which is 1.
struct Matrix {
  std::int64_t row = 1, column = 1;
};

std::int64_t step(const run::Array& array, int axis_from_last) {
  return array.strides[static_cast<std::size_t>(array.shape.rank() - axis_from_last)];
}

/// How a product can read the last two axes of an array in place, if it can.
bool readable(const run::Array& array, Matrix& matrix) {
  const std::int64_t rows = array.shape[array.shape.rank() - 2];
  const std::int64_t columns = array.shape[array.shape.rank() - 1];
  const std::int64_t row_step = rows == 1 ? std::max<std::int64_t>(columns, step(array, 2)) : step(array, 2);
  const std::int64_t column_step = columns == 1 ? std::max<std::int64_t>(rows, step(array, 1)) : step(array, 1);
  if ((step(array, 1) == 1 || columns == 1) && row_step >= std::max<std::int64_t>(1, columns)) {
    matrix = {row_step, 1};
    return true;
  }
  if ((step(array, 2) == 1 || rows == 1) && column_step >= std::max<std::int64_t>(1, rows)) {
    matrix = {1, column_step};
    return true;
  }
  return false;
}

/// Steps of the batch axes of an operand within the result's batch axes; 0 where it is broadcast.
run::Strides batch_steps(const run::Array& operand, const Shape& result) {
  run::Strides steps{};
  const int extra = result.rank() - operand.shape.rank();
  for (int axis = 0; axis < operand.shape.rank() - 2; ++axis)
    if (operand.shape[axis] != 1)
      steps[static_cast<std::size_t>(axis + extra)] = operand.strides[static_cast<std::size_t>(axis)];
  return steps;
}

template <class T, class In>
void multiply_batches(const run::Array& a, const run::Array& b, const run::Array& result, const Matrix& matrix_a,
                      const Matrix& matrix_b, std::int64_t leading, bool accumulate, bool is_exchanged) {
  const int rank = result.shape.rank();
  const std::int64_t n = result.shape[rank - 2];
  const std::int64_t m = result.shape[rank - 1];
  const std::int64_t k = a.shape[a.shape.rank() - 1];
  const run::Strides steps_a = batch_steps(a, result.shape);
  const run::Strides steps_b = batch_steps(b, result.shape);
  const std::int64_t batches = result.shape.elements() / std::max<std::int64_t>(1, n * m);
  const auto multiply = [&](std::int64_t batch) {
    std::int64_t offset_a = 0, offset_b = 0, offset = 0, rest = batch;
    for (int axis = rank - 3; axis >= 0; --axis) {
      const std::int64_t index = rest % result.shape[axis];
      rest /= result.shape[axis];
      offset_a += index * steps_a[static_cast<std::size_t>(axis)];
      offset_b += index * steps_b[static_cast<std::size_t>(axis)];
      offset += index * result.strides[static_cast<std::size_t>(axis)];
    }
    if (k == 0) {
      for (std::int64_t row = 0; row < n && !accumulate; ++row)
        std::fill_n(result.as<T>() + offset + row * leading, m, T(0));
      return;
    }
    ops::multiply(ops::Product<T, In>{n, m, k, a.as<In>() + offset_a, matrix_a.row, matrix_a.column,
                                      b.as<In>() + offset_b, matrix_b.row, matrix_b.column, result.as<T>() + offset,
                                      leading, accumulate, is_exchanged});
  };
  if (batches > 1 && batches * n * m * k >= ops::large_product)
    run::parallel_for(static_cast<int>(batches), multiply);
  else
    for (std::int64_t batch = 0; batch < batches; ++batch) multiply(batch);
}

run::Array exchanged(run::Array array) {
  const auto last = static_cast<std::size_t>(array.shape.rank() - 1);
  std::swap(array.shape[array.shape.rank() - 1], array.shape[array.shape.rank() - 2]);
  std::swap(array.strides[last], array.strides[last - 1]);
  return array;
}

void compute_product(const run::Call& call, bool is_exchanged) {
  if (call.result.shape.elements() == 0) return;
  Matrix layout;
  if (!readable(call.result, layout) || layout.column != 1) {
    // The transpose of a product is the product of the transposes, in the other order.
    const run::Array operands[] = {exchanged(call.inputs[1]), exchanged(call.inputs[0])};
    return compute_product({call.attributes, operands, exchanged(call.result), call.accumulate}, true);
  }
  run::BufferHandle storage[2];
  run::Array operands[2];
  Matrix matrices[2];
  for (std::size_t i = 0; i < 2; ++i) {
    operands[i] = call.inputs[i];
    if (operands[i].shape.elements() == 0 || readable(operands[i], matrices[i])) continue;
    operands[i] = run::contiguous(operands[i], storage[i]);
    readable(operands[i], matrices[i]);
  }
  const auto multiply = [&]<class T, class In>(std::type_identity<T>, std::type_identity<In>) {
    multiply_batches<T, In>(operands[0], operands[1], call.result, matrices[0], matrices[1], layout.row,
                            call.accumulate, is_exchanged);
  };
  constexpr std::type_identity<float> single;
  constexpr std::type_identity<double> precise;
  if (call.result.dtype == float64) return multiply(precise, precise);
  if (call.inputs[0].dtype == bfloat16) return multiply(single, std::type_identity<BFloat16>());
  multiply(single, single);
}

void matmul_kernel(const run::Call& call) { compute_product(call, false); }

std::optional<int> matmul_part(std::size_t k, int axis, const Shape& input, const Shape& result) {
  const int behind = result.rank() - axis;  // 1: columns, 2: rows, more: batches
  if (axis == added_up) return input.rank() - (k == 0 ? 1 : 2);
  if (behind == 1) return k == 1 ? input.rank() - 1 : all_of_it;
  if (behind == 2) return k == 0 ? input.rank() - 2 : all_of_it;
  const int own = input.rank() - behind;
  return own < 0 || input[own] == 1 ? all_of_it : own;
}

bool matmul_adds(DType dtype, const Shape& left, const Shape& result) {
  const std::int64_t n = result[-2], m = result[-1], k = left[-1];
  return dtype == float32 ? ops::adds_at_the_end<float>(n, m, k) : ops::adds_at_the_end<double>(n, m, k);
}

// ------------------------------------------------------------------------------------------------- derivative

void matmul_vjp(Vjp& v) {
  // Where the operands are bfloat16, the cotangent is rounded to it, too: its products are as fast then.
  const Tensor a = v.input(0), b = v.input(1);
  const Tensor cotangent = a.dtype() == bfloat16 ? cast(v.cotangent(), bfloat16) : v.cotangent();
  if (v.wants(0)) v.give(0, matmul(cotangent, swapaxes(b, -1, -2)));
  if (v.wants(1)) v.give(1, matmul(swapaxes(a, -1, -2), cotangent));
}

Tensor matmul_batch(const BatchedCall& b) {
  const int rank = b.shape().rank();
  return matmul(b.aligned(0, rank), b.aligned(1, rank));
}

// ------------------------------------------------------------------------------------------------- primitive

std::vector<Sample> matmul_samples() {
  const auto sample = [](const char* name, const Shape& a, const Shape& b) {
    return Sample{name,
                  [](const std::vector<Tensor>& x) { return matmul(x[0], x[1]); },
                  {sample_values(a, -1, 1), sample_values(b, -1, 1.5)}};
  };
  return {sample("matrices", {2, 3}, {3, 4}),
          sample("batches", {2, 2, 3}, {2, 3, 2}),
          sample("batches broadcast both ways", {2, 1, 2, 3}, {3, 3, 1}),
          sample("a row and a matrix", {3}, {3, 2}),
          sample("a matrix and a column", {2, 3}, {3}),
          sample("two vectors", {3}, {3}),
          sample("one matrix for a batch", {2, 2, 3}, {3, 2}),
          sample("a vector and a batch", {3}, {2, 3, 2}),
          sample("an inner dimension of 0", {2, 0}, {0, 3}),
          {"transposed operands",
           [](const std::vector<Tensor>& x) { return matmul(transpose(x[0]), transpose(x[1])); },
           {sample_values({3, 2}, -1, 1), sample_values({4, 3}, -1, 1.5)}}};
}

std::int64_t matmul_flops(const Shape& left, const Shape& result) { return 2 * result.elements() * left[-1]; }

constexpr Primitive matmul_primitive{.name = "matmul",
                                     .doc = "matrix product over the last two axes, batched over the rest",
                                     .vjp = &matmul_vjp,
                                     .reads = 3,
                                     .traits = BlockTraits{.kernel = &matmul_kernel,
                                                           .any_layout = true,
                                                           .part = &matmul_part,
                                                           .adds = &matmul_adds,
                                                           .linear = 3,
                                                           .reads_bfloat16 = true,
                                                           .flops = &matmul_flops},
                                     .batch = &matmul_batch,
                                     .samples = &matmul_samples};

/// The batch axes of both operands, broadcast; refused with their whole shapes.
Shape batch_shape(const Tensor& a, const Tensor& b, const Shape& batch_a, const Shape& batch_b) {
  try {
    return ops::broadcast_shapes("matmul", batch_a, batch_b);
  } catch (const Error&) {
    fail("matmul", "shapes " + to_string(a.shape()) + " and " + to_string(b.shape()) +
                       ": the batch axes (all but the last two) do not broadcast; expected equal extents, or 1");
  }
}

/// Both operands of rank 2 or more.
Tensor matrix_product(const Tensor& a, const Tensor& b, DType dtype) {
  const int rank_a = a.rank();
  const int rank_b = b.rank();
  if (rank_a > 2 && rank_b == 2) {
    // One matrix for a whole batch is one larger product, and its gradient one too.
    std::vector<std::int64_t> shape(a.shape().begin(), a.shape().end());
    shape.back() = b.size(1);
    const std::int64_t rows = a.size(rank_a - 1) == 0 ? 0 : a.size() / a.size(rank_a - 1);
    if (rows > 0) return reshape(matrix_product(a.reshape({rows, a.size(rank_a - 1)}), b, dtype), shape);
  }
  Shape batch_a = a.shape(), batch_b = b.shape();
  for (int i = 0; i < 2; ++i) {
    batch_a.erase(batch_a.rank() - 1);
    batch_b.erase(batch_b.rank() - 1);
  }
  Shape shape = batch_shape(a, b, batch_a, batch_b);
  shape.push_back(a.size(rank_a - 2));
  shape.push_back(b.size(rank_b - 1));
  return record2(matmul_primitive, a, b, shape, dtype);
}

}  // namespace

Tensor matmul(const Operand& a, const Operand& b) {
  const Called called("matmul");
  ops::check_defined("matmul", "a", a);
  ops::check_defined("matmul", "b", b);
  const auto shapes = [&] { return to_string(a.shape()) + " and " + to_string(b.shape()); };
  if (a.rank() == 0 || b.rank() == 0)
    fail("matmul", "shapes " + shapes() + ": both operands need at least one axis; use multiply for scalars");
  const std::int64_t inner_a = a.size(-1);
  const std::int64_t inner_b = b.size(b.rank() == 1 ? 0 : b.rank() - 2);
  if (inner_a != inner_b) {
    fail("matmul", "shapes " + shapes() + ": the last axis of a has " + std::to_string(inner_a) + ", the " +
                       (b.rank() == 1 ? "only" : "second to last") + " axis of b " + std::to_string(inner_b) +
                       "; expected them equal" +
                       (b.rank() == 2 && b.size(1) == inner_a ? " (b transposed would fit)" : ""));
  }
  constexpr std::int64_t longest = ops::longest_extent;
  if (a.rank() == 2 && b.rank() == 2 && a.dtype() == b.dtype() && is_floating(a.dtype()) && a.size(0) <= longest &&
      b.size(1) <= longest && inner_a <= longest)
    return record2(matmul_primitive, a, b, {a.size(0), b.size(1)}, computed_in(a.dtype()));
  const DType dtype = ops::promote({&a.tensor(), &b.tensor()});
  if (!is_floating(dtype)) {
    fail("matmul", "dtypes " + std::string(to_string(a.dtype())) + " and " + std::string(to_string(b.dtype())) +
                       " of shapes " + shapes() + "; float32 or float64 is expected");
  }
  for (const Operand* operand : {&a, &b})
    for (const std::int64_t extent : operand->shape())
      if (extent > longest) fail("matmul", "shapes " + shapes() + " exceed what BLAS can index");
  const bool narrow = a.dtype() == bfloat16 && b.dtype() == bfloat16;  // read as they are
  const Tensor left = cast(a.rank() == 1 ? expand_dims(a, 0) : a.tensor(), narrow ? bfloat16 : dtype);
  const Tensor right = cast(b.rank() == 1 ? expand_dims(b, 1) : b.tensor(), narrow ? bfloat16 : dtype);
  const Tensor product = matrix_product(left, right, dtype);
  if (a.rank() > 1 && b.rank() > 1) return product;
  Shape shape = product.shape();
  if (b.rank() == 1) shape.erase(shape.rank() - 1);
  if (a.rank() == 1) shape.erase(shape.rank() - (b.rank() == 1 ? 1 : 2));
  return product.reshape(shape);
}

std::span<const Primitive* const> matmul_primitives() {
  static constexpr const Primitive* list[] = {&matmul_primitive};
  return list;
}

}  // namespace xgrad
