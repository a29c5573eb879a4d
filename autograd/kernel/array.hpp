#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include <autograd/attributes.hpp>
#include <autograd/dtype.hpp>
#include <autograd/kernel/buffer.hpp>
#include <autograd/kernel/loops.hpp>
#include <autograd/shape.hpp>

#pragma GCC visibility push(default)
namespace xgrad::run {

/// Steps of each axis, in elements.
using Strides = std::array<std::int64_t, Shape::max_rank>;

/// Strides of a contiguous row-major array.
Strides contiguous_strides(const Shape& shape) noexcept;

/// A strided view of memory that something else owns.
struct Array {
  std::byte* data = nullptr;
  DType dtype = DType::float32;
  Shape shape;
  Strides strides{};

  Array() = default;
  Array(void* memory, DType type, const Shape& extents)
      : data(static_cast<std::byte*>(memory)), dtype(type), shape(extents), strides(contiguous_strides(extents)) {}

  bool contiguous() const noexcept;
  std::size_t bytes() const noexcept { return static_cast<std::size_t>(shape.elements()) * size_of(dtype); }
  template <class T>
  T* as() const noexcept {
    return reinterpret_cast<T*>(data);
  }
};

/// Which part of a whole result a call computes.
struct PartOf {
  Shape whole;
  std::array<std::int64_t, Shape::max_rank> first{};  ///< where its first element lies in the whole
};

/// The arguments of a block kernel: the attributes, views of its inputs, and the result to fill: contiguous, or for
/// primitives that say so (BlockTraits::any_layout) with rows apart, or its last two axes exchanged.
struct Call {
  const Attributes& attributes;
  std::span<const Array> inputs;
  const Array& result;
  bool accumulate = false;  ///< whether to add to the result, for primitives whose parts add up (BlockTraits::part)
  const PartOf* part = nullptr;  ///< where the result is a part of a whole; null where it is all of it
};

/// Copies values between arrays of one shape and dtype; transposes go block by block.
void copy(const Array& from, const Array& to);

/// A contiguous array of the same values: the array itself where it is contiguous, else a copy kept in `storage`.
Array contiguous(const Array& array, BufferHandle& storage);

/// The view of a primitive that changes nothing (ViewTraits::view).
bool same_view(const Attributes& attributes, const Array& input, Array& result);

/// The loop of an elementwise primitive over arrays that broadcast to the result's shape.
void run_elementwise(TileKernel kernel, std::span<const Array> inputs, const Array& result);

}  // namespace xgrad::run
#pragma GCC visibility pop
