#pragma once

#include <cstdint>
#include <optional>

#include <autograd/kernel/array.hpp>
#include <autograd/primitive.hpp>

namespace xgrad::run {

/// How a value lies in memory that others hold: bytes from its start, and strides.
struct Lie {
  std::int64_t offset = 0;
  Strides strides{};
};

/// How a view of a value lies; nothing where strides cannot express it.
inline std::optional<Lie> view_of(const ViewTraits& view, const Attributes& attributes, DType from_dtype,
                                  const Shape& from_shape, const Lie& from, DType dtype, const Shape& shape) {
  // The rules for views move a pointer and set strides; a made-up address stands for the memory's start.
  auto* const origin = reinterpret_cast<std::byte*>(std::uintptr_t{1} << (sizeof(void*) == 8 ? 46 : 30));
  Array source;
  source.data = origin + from.offset;
  source.dtype = from_dtype;
  source.shape = from_shape;
  source.strides = from.strides;
  Array result;
  result.dtype = dtype;
  result.shape = shape;
  if (!view.view(attributes, source, result)) return std::nullopt;
  return Lie{.offset = result.data - origin, .strides = result.strides};
}

}  // namespace xgrad::run
