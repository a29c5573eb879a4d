#include <autograd/io/elements.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <exception>
#include <limits>
#include <type_traits>
#include <utility>

#include <fmt/format.h>

#include <autograd/io/small_floats.hpp>

namespace xgrad::io {
namespace {

static_assert(std::endian::native == std::endian::little, "elements are read and written as they lie in memory");

/// A stored element of type Stored.
template <class Stored>
Stored element_at(std::string_view bytes, std::size_t index, bool big_endian) {
  if (!big_endian) return number_at<Stored>(bytes, index * sizeof(Stored));
  auto reversed = number_at<std::array<char, sizeof(Stored)>>(bytes, index * sizeof(Stored));
  std::ranges::reverse(reversed);
  return std::bit_cast<Stored>(reversed);
}

/// Calls f(place in the file, place in the tensor) for each element, in the order of the file.
template <class F>
void for_each_element(const Shape& shape, bool fortran_order, F&& f) {
  const auto count = static_cast<std::size_t>(shape.elements());
  if (!fortran_order || shape.rank() < 2) {
    for (std::size_t i = 0; i < count; ++i) f(i, i);
    return;
  }
  std::array<std::int64_t, Shape::max_rank> stride{}, at{};
  std::int64_t step = 1;
  for (int axis = shape.rank() - 1; axis >= 0; --axis) {
    stride[static_cast<std::size_t>(axis)] = step;
    step *= shape[axis];
  }
  std::int64_t target = 0;
  for (std::size_t i = 0; i < count; ++i) {
    f(i, static_cast<std::size_t>(target));
    for (int axis = 0; axis < shape.rank(); ++axis) {
      const auto a = static_cast<std::size_t>(axis);
      target += stride[a];
      if (++at[a] < shape[axis]) break;
      target -= stride[a] * shape[axis];
      at[a] = 0;
    }
  }
}

/// A tensor whose memory fill writes; memory that cannot be had is an Error of this place.
template <Element Value, class Fill>
Tensor new_tensor(const Place& place, const Shape& shape, Fill&& fill) {
  std::pair<Tensor, void*> allocated;
  try {
    allocated = detail::allocate(shape, dtype_of<Value>());
  } catch (const std::exception&) {
    refuse_memory(place, static_cast<std::uint64_t>(shape.elements()) * sizeof(Value));
  }
  fill(std::span<Value>(static_cast<Value*>(allocated.second), static_cast<std::size_t>(shape.elements())));
  return allocated.first;
}

/// The tensor of `convert(stored element, its place in the file)`.
template <class Stored, Element Value, class Convert>
Tensor decode_as(const Place& place, std::string_view bytes, const Shape& shape, const Layout& layout,
                 Convert&& convert) {
  return new_tensor<Value>(place, shape, [&](std::span<Value> values) {
    if constexpr (std::is_same_v<Stored, Value>) {
      if (!layout.big_endian && !layout.fortran_order) {
        if (!bytes.empty()) std::memcpy(values.data(), bytes.data(), bytes.size());
        return;
      }
    }
    for_each_element(shape, layout.fortran_order, [&](std::size_t from, std::size_t to) {
      values[to] = convert(element_at<Stored>(bytes, from, layout.big_endian), from);
    });
  });
}

template <class Stored, Element Value>
Tensor decode_plain(const Place& place, std::string_view bytes, const Shape& shape, const Layout& layout) {
  return decode_as<Stored, Value>(place, bytes, shape, layout,
                                  [](Stored value, std::size_t) { return static_cast<Value>(value); });
}

template <class Small, class Stored>
Tensor decode_small(const Place& place, std::string_view bytes, const Shape& shape, const Layout& layout) {
  return decode_as<Stored, float>(place, bytes, shape, layout,
                                  [](Stored bits, std::size_t) { return widen<Small>(bits); });
}

Tensor decode_uint64(const Place& place, std::string_view bytes, const Shape& shape, const Layout& layout) {
  return decode_as<std::uint64_t, std::int64_t>(
      place, bytes, shape, layout, [&](std::uint64_t value, std::size_t index) {
        if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
          place.refuse(fmt::format("uint64 element {} is {}, beyond int64", index, value));
        return static_cast<std::int64_t>(value);
      });
}

Tensor decode_bool(const Place& place, std::string_view bytes, const Shape& shape, const Layout& layout) {
  return decode_as<std::uint8_t, bool>(place, bytes, shape, layout, [&](std::uint8_t value, std::size_t index) {
    if (value > 1) place.refuse(fmt::format("bool element {} is neither 0 nor 1 but {}", index, value));
    return value == 1;
  });
}

/// A string of so many elements of type Stored, each `convert(element, its place)`.
template <class Stored, class T, class Convert>
std::string encode_as(const Place& place, std::span<const T> values, Convert&& convert) {
  std::string bytes;
  with_memory(place, values.size() * sizeof(Stored), [&] { bytes.resize(values.size() * sizeof(Stored)); });
  for (std::size_t i = 0; i < values.size(); ++i) {
    const Stored stored = convert(values[i], i);
    std::memcpy(bytes.data() + i * sizeof(Stored), &stored, sizeof stored);
  }
  return bytes;
}

template <class Stored, class T>
std::string encode_integers_as(const Place& place, std::span<const T> values, StoredDType dtype) {
  return encode_as<Stored>(place, values, [&](T value, std::size_t index) {
    const auto wide = static_cast<std::int64_t>(value);
    if (!std::in_range<Stored>(wide))
      place.refuse(fmt::format("element {} is {}, which does not fit into {}", index, wide, to_string(dtype)));
    return static_cast<Stored>(wide);
  });
}

template <class T>
std::string encode_integers(const Place& place, std::span<const T> values, StoredDType dtype) {
  switch (dtype) {
    case StoredDType::uint8:
      return encode_integers_as<std::uint8_t>(place, values, dtype);
    case StoredDType::int8:
      return encode_integers_as<std::int8_t>(place, values, dtype);
    case StoredDType::uint16:
      return encode_integers_as<std::uint16_t>(place, values, dtype);
    case StoredDType::int16:
      return encode_integers_as<std::int16_t>(place, values, dtype);
    case StoredDType::uint32:
      return encode_integers_as<std::uint32_t>(place, values, dtype);
    case StoredDType::int32:
      return encode_integers_as<std::int32_t>(place, values, dtype);
    case StoredDType::uint64:
      return encode_integers_as<std::uint64_t>(place, values, dtype);
    default:
      return encode_integers_as<std::int64_t>(place, values, dtype);
  }
}

float number_of(xgrad::BFloat16 value) { return value; }
template <std::floating_point T>
T number_of(T value) {
  return value;
}

template <class Small, class Stored, class T>
std::string encode_small(const Place& place, std::span<const T> values) {
  return encode_as<Stored>(
      place, values, [](T value, std::size_t) { return static_cast<Stored>(narrow_bits<Small>(number_of(value))); });
}

template <class T>
std::string encode_floats(const Place& place, std::span<const T> values, StoredDType dtype) {
  switch (dtype) {
    case StoredDType::float8_e4m3:
      return encode_small<Float8E4M3, std::uint8_t>(place, values);
    case StoredDType::float8_e5m2:
      return encode_small<Float8E5M2, std::uint8_t>(place, values);
    case StoredDType::float16:
      return encode_small<Float16, std::uint16_t>(place, values);
    case StoredDType::bfloat16:
      return encode_small<BFloat16, std::uint16_t>(place, values);
    case StoredDType::float32:
      return encode_as<float>(place, values, [](T value, std::size_t) { return static_cast<float>(value); });
    default:
      return encode_as<double>(place, values, [](T value, std::size_t) { return static_cast<double>(value); });
  }
}

std::string converted_bytes(const Place& place, const Tensor& tensor, StoredDType dtype) {
  if (tensor.dtype() == boolean) return encode_integers(place, tensor.data<bool>(), dtype);
  if (tensor.dtype() == int64) return encode_integers(place, tensor.data<std::int64_t>(), dtype);
  if (tensor.dtype() == bfloat16) return encode_floats(place, tensor.data<xgrad::BFloat16>(), dtype);
  if (tensor.dtype() == float32) return encode_floats(place, tensor.data<float>(), dtype);
  return encode_floats(place, tensor.data<double>(), dtype);
}

std::string_view own_bytes(const Tensor& tensor) {
  return visit_dtype(tensor.dtype(), [&]<class T>(std::type_identity<T>) -> std::string_view {
    const std::span<const T> values = tensor.data<T>();
    return {reinterpret_cast<const char*>(values.data()), values.size_bytes()};
  });
}

}  // namespace

Budget::Budget(const Place& place, std::optional<std::int64_t> max_bytes, std::int64_t default_bytes)
    : limit_(max_bytes.value_or(default_bytes)), left_(limit_) {
  if (limit_ < 0) place.refuse(fmt::format(".max_bytes is {}; a number of bytes was expected", limit_));
}

void Budget::take(const Place& place, std::int64_t bytes) {
  if (bytes > left_)
    place.refuse(fmt::format("its {} bytes and the {} before it are more than the {} that .max_bytes allows", bytes,
                             limit_ - left_, limit_));
  left_ -= bytes;
}

Shape checked_shape(const Place& place, std::span<const std::int64_t> extents) {
  if (extents.size() > Shape::max_rank)
    place.refuse(fmt::format("{} axes; at most {} are supported", extents.size(), Shape::max_rank));
  std::int64_t bytes = sizeof(double);
  for (const std::int64_t extent : extents)
    if (__builtin_mul_overflow(bytes, std::max<std::int64_t>(extent, 1), &bytes))
      place.refuse("its shape has more elements than memory can hold: the product of the extents overflows");
  return Shape(extents);
}

Tensor decode(const Place& place, std::string_view bytes, const Shape& shape, const Layout& layout, Budget& budget) {
  budget.take(place, shape.elements() * static_cast<std::int64_t>(size_of(dtype_of(layout.dtype))));
  switch (layout.dtype) {
    case StoredDType::boolean:
      return decode_bool(place, bytes, shape, layout);
    case StoredDType::uint8:
      return decode_plain<std::uint8_t, std::int64_t>(place, bytes, shape, layout);
    case StoredDType::int8:
      return decode_plain<std::int8_t, std::int64_t>(place, bytes, shape, layout);
    case StoredDType::uint16:
      return decode_plain<std::uint16_t, std::int64_t>(place, bytes, shape, layout);
    case StoredDType::int16:
      return decode_plain<std::int16_t, std::int64_t>(place, bytes, shape, layout);
    case StoredDType::uint32:
      return decode_plain<std::uint32_t, std::int64_t>(place, bytes, shape, layout);
    case StoredDType::int32:
      return decode_plain<std::int32_t, std::int64_t>(place, bytes, shape, layout);
    case StoredDType::uint64:
      return decode_uint64(place, bytes, shape, layout);
    case StoredDType::int64:
      return decode_plain<std::int64_t, std::int64_t>(place, bytes, shape, layout);
    case StoredDType::float8_e4m3:
      return decode_small<Float8E4M3, std::uint8_t>(place, bytes, shape, layout);
    case StoredDType::float8_e5m2:
      return decode_small<Float8E5M2, std::uint8_t>(place, bytes, shape, layout);
    case StoredDType::float16:
      return decode_small<Float16, std::uint16_t>(place, bytes, shape, layout);
    case StoredDType::bfloat16:
      return decode_small<BFloat16, std::uint16_t>(place, bytes, shape, layout);
    case StoredDType::float32:
      return decode_plain<float, float>(place, bytes, shape, layout);
    case StoredDType::float64:
      break;
  }
  return decode_plain<double, double>(place, bytes, shape, layout);
}

std::string_view encode(const Place& place, const Tensor& tensor, StoredDType dtype,
                        std::deque<std::string>& converted) {
  if (!is_stored_dtype(dtype))
    place.refuse(
        fmt::format("StoredDType({}) is no dtype; those that files have are its enumerators", static_cast<int>(dtype)));
  if (stored_dtype_of(tensor.dtype()) == dtype) return own_bytes(tensor);
  if (is_floating(tensor.dtype()) != is_floating(dtype_of(dtype)) || dtype == StoredDType::boolean)
    place.refuse(fmt::format("a tensor of dtype {} cannot be stored as {}; convert it with to() before",
                             to_string(tensor.dtype()), to_string(dtype)));
  return converted.emplace_back(converted_bytes(place, tensor, dtype));
}

}  // namespace xgrad::io
