#include <cstring>

#include <fmt/format.h>

#include <autograd/io/small_floats.hpp>
#include <nn/onnx/graph.hpp>
#include <nn/onnx/proto.hpp>

namespace xgrad::onnx {
namespace {

using Proto = ::onnx::TensorProto;

/// The numbers of a tensor as T, from its bytes as Stored or from a list, each through `convert`.
template <class Stored, class T, class List, class F>
Tensor numbers(const Proto& proto, const Shape& shape, const List& list, const std::string& place, F convert) {
  const std::int64_t count = shape.elements();
  if (proto.has_raw_data()) {
    const std::string& bytes = proto.raw_data();
    if (bytes.size() / sizeof(Stored) != static_cast<std::size_t>(count) || bytes.size() % sizeof(Stored) != 0) {
      fail(place, fmt::format("{} bytes for shape {} of elements of {} bytes; expected {}", bytes.size(),
                              to_string(shape), sizeof(Stored), static_cast<std::size_t>(count) * sizeof(Stored)));
    }
    return make_tensor<T>(shape, [&](std::span<T> out) {
      for (std::size_t i = 0; i < out.size(); ++i) {
        Stored stored;
        std::memcpy(&stored, bytes.data() + i * sizeof stored, sizeof stored);
        out[i] = static_cast<T>(convert(stored));
      }
    });
  }
  if (list.size() != count)
    fail(place, fmt::format("{} values for shape {}; expected {}", list.size(), to_string(shape), count));
  return make_tensor<T>(shape, [&](std::span<T> out) {
    for (std::size_t i = 0; i < out.size(); ++i)
      out[i] = static_cast<T>(convert(static_cast<Stored>(list.Get(static_cast<int>(i)))));
  });
}

}  // namespace

std::optional<DType> dtype_here(std::int64_t type) {
  switch (type) {
    case Proto::BOOL:
      return boolean;
    case Proto::INT8:
    case Proto::INT16:
    case Proto::INT32:
    case Proto::INT64:
    case Proto::UINT8:
    case Proto::UINT16:
    case Proto::UINT32:
    case Proto::UINT64:
      return int64;
    case Proto::FLOAT:
    case Proto::FLOAT16:
      return float32;
    case Proto::BFLOAT16:
      return bfloat16;
    case Proto::DOUBLE:
      return float64;
    default:
      return {};
  }
}

Tensor read_tensor(const Proto& proto, const std::string& place) {
  if (proto.data_location() == Proto::EXTERNAL)
    fail(place, "its values are in another file, which is not read; export with the values inside");
  if (proto.has_segment()) fail(place, "it is a segment of a tensor; expected a whole one");
  if (proto.dims_size() > Shape::max_rank)
    fail(place, fmt::format("it has {} axes; at most {} are supported", proto.dims_size(), Shape::max_rank));
  std::vector<std::int64_t> extents(proto.dims().begin(), proto.dims().end());
  for (const std::int64_t extent : extents)
    if (extent < 0) fail(place, fmt::format("an extent is {}; expected 0 or more", extent));
  Shape shape;
  try {
    shape = Shape(extents);
    check_size("shape", shape);
  } catch (const Error& error) {
    fail(place, error.what());
  }
  const auto same = [](auto value) { return value; };
  switch (proto.data_type()) {
    case Proto::FLOAT:
      return numbers<float, float>(proto, shape, proto.float_data(), place, same);
    case Proto::DOUBLE:
      return numbers<double, double>(proto, shape, proto.double_data(), place, same);
    case Proto::INT64:
      return numbers<std::int64_t, std::int64_t>(proto, shape, proto.int64_data(), place, same);
    case Proto::INT32:
      return numbers<std::int32_t, std::int64_t>(proto, shape, proto.int32_data(), place, same);
    case Proto::INT16:
      return numbers<std::int16_t, std::int64_t>(proto, shape, proto.int32_data(), place, same);
    case Proto::INT8:
      return numbers<std::int8_t, std::int64_t>(proto, shape, proto.int32_data(), place, same);
    case Proto::UINT8:
      return numbers<std::uint8_t, std::int64_t>(proto, shape, proto.int32_data(), place, same);
    case Proto::UINT16:
      return numbers<std::uint16_t, std::int64_t>(proto, shape, proto.int32_data(), place, same);
    case Proto::UINT32:
      return numbers<std::uint32_t, std::int64_t>(proto, shape, proto.uint64_data(), place, same);
    case Proto::UINT64:
      return numbers<std::uint64_t, std::int64_t>(proto, shape, proto.uint64_data(), place, [&](std::uint64_t value) {
        if (value >> 63 != 0) fail(place, fmt::format("{} does not fit int64", value));
        return value;
      });
    case Proto::BOOL:
      return numbers<std::uint8_t, bool>(proto, shape, proto.int32_data(), place,
                                         [](std::uint8_t v) { return v != 0; });
    case Proto::FLOAT16:
      return numbers<std::uint16_t, float>(proto, shape, proto.int32_data(), place,
                                           [](std::uint16_t bits) { return io::widen<io::Float16>(bits); });
    case Proto::BFLOAT16:
      return numbers<std::uint16_t, float>(proto, shape, proto.int32_data(), place,
                                           [](std::uint16_t bits) { return io::widen<io::BFloat16>(bits); });
    default:
      fail(place, fmt::format("its elements have type {} of ONNX, which tensors do not have",
                              Proto::DataType_IsValid(proto.data_type())
                                  ? Proto::DataType_Name(static_cast<Proto::DataType>(proto.data_type()))
                                  : std::to_string(proto.data_type())));
  }
}

}  // namespace xgrad::onnx
