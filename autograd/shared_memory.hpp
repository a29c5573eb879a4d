#pragma once

#include <autograd/kernel/array.hpp>
#include <autograd/kernel/buffer.hpp>
#include <autograd/tensor.hpp>

#pragma GCC visibility push(default)
/// Tensors' memory for bridges to other libraries: values where they lie, with what keeps them alive, and memory that a
/// tensor takes over.
namespace xgrad::detail {

/// Values of a tensor where they lie. The memory stays as long as the handle to it, and nothing writes to it meanwhile.
struct SharedValues {
  run::Array array;
  run::BufferHandle memory;
};

/// The values, row-major; runs what the tensor waits for. Throws Error, in the name of `where`, where the tensor is
/// undefined or has another dtype.
SharedValues contiguous_values(const char* where, const Tensor& tensor, DType dtype);
/// The same, except that a view (a transpose, a slice, a broadcast) that waits is not copied: the array has its
/// strides, in elements, over the values of what it is a view of. They may be 0 or negative.
SharedValues strided_values(const char* where, const Tensor& tensor, DType dtype);

/// A tensor whose values lie at the start of a buffer, row-major: without a copy. Nothing else may write to the buffer
/// from then on. Throws Error where the shape is too large, or the buffer smaller than its values.
Tensor tensor_of_memory(const Shape& shape, DType dtype, run::BufferHandle buffer);
/// The buffer whose memory begins at a place that Buffer::data() gave.
run::Buffer* buffer_of(void* data) noexcept;

}  // namespace xgrad::detail
#pragma GCC visibility pop
