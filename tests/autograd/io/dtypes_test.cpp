#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>

#include <autograd/io/npz.hpp>
#include <autograd/io/safetensors.hpp>

#include "../../apps/scratch.hpp"
#include "../expect.hpp"
#include "bytes.hpp"

// Elements of every type that files hold: read, and written on request.
namespace xgrad {
namespace {

using test::difference;
using test::error_of;
using test::i64;
using test::lacks;
using test::npy_file;
using test::raw;
using test::safetensors_file;

constexpr std::int64_t lowest = std::numeric_limits<std::int64_t>::min(),
                       highest = std::numeric_limits<std::int64_t>::max();

std::vector<StoredDType> all_dtypes() {
  std::vector<StoredDType> dtypes;
  for (std::size_t i = 0; i < stored_dtypes; ++i) dtypes.push_back(static_cast<StoredDType>(i));
  return dtypes;
}

struct Example {
  std::string descr;  ///< NumPy's name; empty where it has none
  std::string format_name;
  StoredDType dtype;
  std::string bytes;  ///< six elements, little-endian
  Tensor expected;
};

std::vector<Example> examples() {
  const float inf = INFINITY;
  return {
      {"b1", "BOOL", StoredDType::boolean, raw<std::uint8_t>({0, 1, 1, 0, 0, 1}), tensor({0, 1, 1, 0, 0, 1}, boolean)},
      {"u1", "U8", StoredDType::uint8, raw<std::uint8_t>({0, 1, 127, 128, 254, 255}), i64({0, 1, 127, 128, 254, 255})},
      {"i1", "I8", StoredDType::int8, raw<std::int8_t>({0, 1, 127, -128, -2, -1}), i64({0, 1, 127, -128, -2, -1})},
      {"u2", "U16", StoredDType::uint16, raw<std::uint16_t>({0, 1, 258, 32768, 65534, 65535}),
       i64({0, 1, 258, 32768, 65534, 65535})},
      {"i2", "I16", StoredDType::int16, raw<std::int16_t>({0, 1, 258, -32768, 32767, -1}),
       i64({0, 1, 258, -32768, 32767, -1})},
      {"u4", "U32", StoredDType::uint32, raw<std::uint32_t>({0, 1, 66051, 2147483648, 4294967294, 4294967295}),
       i64({0, 1, 66051, 2147483648, 4294967294, 4294967295})},
      {"i4", "I32", StoredDType::int32, raw<std::int32_t>({0, 1, 66051, -2147483647, 2147483647, -1}),
       i64({0, 1, 66051, -2147483647, 2147483647, -1})},
      {"u8", "U64", StoredDType::uint64,
       raw<std::uint64_t>({0, 1, 72623859790382856, 9007199254740993, 9223372036854775806, 9223372036854775807}),
       tensor(std::vector<std::int64_t>{0, 1, 72623859790382856, 9007199254740993, highest - 1, highest}, {6})},
      {"i8", "I64", StoredDType::int64,
       raw<std::int64_t>({0, lowest, 72623859790382856, 9007199254740993, -1, highest}),
       tensor(std::vector<std::int64_t>{0, lowest, 72623859790382856, 9007199254740993, -1, highest}, {6})},
      {"", "F8_E4M3", StoredDType::float8_e4m3, raw<std::uint8_t>({0x38, 0x01, 0x7e, 0xfe, 0x80, 0xb8}),
       tensor({1, std::ldexp(1.0, -9), 448, -448, -0.0, -1})},
      {"", "F8_E5M2", StoredDType::float8_e5m2, raw<std::uint8_t>({0x3c, 0x01, 0x7b, 0xfc, 0x80, 0xbc}),
       tensor({1, std::ldexp(1.0, -16), 57344, -inf, -0.0, -1})},
      {"f2", "F16", StoredDType::float16, raw<std::uint16_t>({0x3c00, 0x0001, 0x7bff, 0xfc00, 0x8000, 0xbe00}),
       tensor({1, std::ldexp(1.0, -24), 65504, -inf, -0.0, -1.5})},
      {"", "BF16", StoredDType::bfloat16, raw<std::uint16_t>({0x3f80, 0x0001, 0x4049, 0xff80, 0x8000, 0xbfc0}),
       tensor({1, std::ldexp(1.0, -133), 3.140625, -inf, -0.0, -1.5})},
      {"f4", "F32", StoredDType::float32, raw<float>({1, 1e-45f, 3.1415927f, -inf, -0.0f, -1.5f}),
       tensor(std::vector<float>{1, 1e-45f, 3.1415927f, -inf, -0.0f, -1.5f}, {6})},
      {"f8", "F64", StoredDType::float64, raw<double>({1, 5e-324, 0.1, -INFINITY, -0.0, -1.5}),
       tensor(std::vector<double>{1, 5e-324, 0.1, -INFINITY, -0.0, -1.5}, {6})}};
}

std::string reversed_elements(std::string bytes, std::size_t size) {
  for (std::size_t at = 0; at < bytes.size(); at += size)
    std::reverse(bytes.begin() + static_cast<std::ptrdiff_t>(at),
                 bytes.begin() + static_cast<std::ptrdiff_t>(at + size));
  return bytes;
}

/// The elements of a C-ordered array in Fortran order, one by one.
std::string fortran_elements(const std::string& bytes, std::size_t size, const Shape& shape) {
  std::string result;
  const auto count = static_cast<std::size_t>(shape.elements());
  for (std::size_t i = 0; i < count; ++i) {
    std::size_t rest = i, index = 0;
    std::vector<std::size_t> at;
    for (const std::int64_t extent : shape) {
      at.push_back(rest % static_cast<std::size_t>(extent));
      rest /= static_cast<std::size_t>(extent);
    }
    for (int axis = 0; axis < shape.rank(); ++axis)
      index = index * static_cast<std::size_t>(shape[axis]) + at[static_cast<std::size_t>(axis)];
    result += bytes.substr(index * size, size);
  }
  return result;
}

/// "" where both tensors have the same shape, dtype and bytes.
std::string bits_differ(const Tensor& a, const Tensor& b) {
  if (a.dtype() != b.dtype() || a.shape() != b.shape()) return difference(a, b);
  const auto same = [&]<class T>(std::span<const T> x, std::span<const T> y) {
    return std::memcmp(x.data(), y.data(), x.size_bytes()) == 0 ? "" : "other bits: " + to_string(a) + to_string(b);
  };
  if (a.dtype() == boolean) return same(a.data<bool>(), b.data<bool>());
  if (a.dtype() == int64) return same(a.data<std::int64_t>(), b.data<std::int64_t>());
  if (a.dtype() == float32) return same(a.data<float>(), b.data<float>());
  return same(a.data<double>(), b.data<double>());
}

}  // namespace

TEST_CASE("npy arrays of every dtype, byte order, order of axes and shape are read exactly") {
  const Scratch scratch;
  for (const Example& x : examples()) {
    if (x.descr.empty()) continue;
    const std::size_t size = size_of(x.dtype);
    for (const char order : std::string("<>=|")) {
      if (order == '|' && size > 1) continue;
      for (const Shape& shape : {Shape{6}, Shape{2, 3}, Shape{3, 1, 2}, Shape{1, 6, 1}}) {
        for (const bool fortran : {false, true}) {
          INFO(order << x.descr << " " << shape << fortran);
          std::string bytes = fortran ? fortran_elements(x.bytes, size, shape) : x.bytes;
          if (order == '>') bytes = reversed_elements(bytes, size);
          test::spill(scratch / "a.npy", npy_file(std::string(1, order) + x.descr, fortran, shape, bytes));
          CHECK(bits_differ(load_npy(scratch / "a.npy"), x.expected.reshape(shape)) == "");
        }
      }
    }
  }
}

TEST_CASE("safetensors entries of every dtype are read exactly, and their types reported") {
  const Scratch scratch;
  for (const Example& x : examples()) {
    INFO(x.format_name);
    test::spill(scratch / "a", safetensors_file({{"x", x.format_name, "[2,3]", x.bytes}}));
    const Safetensors loaded = load_safetensors(scratch / "a");
    CHECK(bits_differ(loaded.tensors.at(0).second, x.expected.reshape({2, 3})) == "");
    CHECK(loaded.dtypes == std::map<std::string, StoredDType>{{"x", x.dtype}});
    CHECK(!loaded.checked);
  }
}

TEST_CASE("every dtype is written on request, and the bytes are those that were read") {
  const Scratch scratch;
  for (const Example& x : examples()) {
    INFO(x.format_name);
    save_safetensors(scratch / "a", {{"x", x.expected}}, {}, {.dtypes = {{"x", x.dtype}}});
    CHECK(contents(scratch / "a").ends_with(x.bytes));
    const Safetensors loaded = load_safetensors(scratch / "a");
    CHECK(bits_differ(loaded.tensors.at(0).second, x.expected) == "");
    save_safetensors(scratch / "b", loaded.tensors, loaded.metadata, {.dtypes = loaded.dtypes});
    CHECK(contents(scratch / "a") == contents(scratch / "b"));
    if (x.descr.empty()) {
      CHECK(lacks(error_of([&] { save_npy(scratch / "a.npy", x.expected, {.dtype = x.dtype}); }),
                  {"save_npy", "NumPy has no dtype", std::string(to_string(x.dtype))}) == "");
      continue;
    }
    save_npy(scratch / "a.npy", x.expected, {.dtype = x.dtype});
    CHECK(contents(scratch / "a.npy").ends_with(x.bytes));
    CHECK(contents(scratch / "a.npy").find(x.descr) != std::string::npos);
    save_npz(scratch / "a.npz", {{"x", x.expected}, {"y", ones({2})}}, {.dtypes = {{"x", x.dtype}}});
    CHECK(bits_differ(load_npz(scratch / "a.npz").at("x"), x.expected) == "");
  }
}

TEST_CASE("a conversion is exact, rounds as asked, or is refused: every pair of dtypes") {
  const Scratch scratch;
  const std::vector<Tensor> tensors = {tensor({0, 1}, boolean), i64({0, 1}), tensor({0, 1}), tensor({0, 1}, float64)};
  for (const Tensor& x : tensors) {
    for (const StoredDType dtype : all_dtypes()) {
      INFO(to_string(x.dtype()) << " as " << to_string(dtype));
      const std::string error = error_of([&] {
        save_safetensors(scratch / "a", {{"x", x}}, {}, {.dtypes = {{"x", dtype}}});
      });
      const bool floats = is_floating(x.dtype()) && is_floating(dtype_of(dtype));
      const bool integers = !is_floating(x.dtype()) && dtype_of(dtype) == int64;
      if (floats || integers || (x.dtype() == boolean && dtype == StoredDType::boolean)) {
        REQUIRE(error == "no Error");
        CHECK(load_safetensors(scratch / "a").tensors[0].second.to_vector<double>() == std::vector<double>{0, 1});
      } else {
        CHECK(lacks(error, {"save_safetensors", "'x'", std::string(to_string(x.dtype())), std::string(to_string(dtype)),
                            "to()"}) == "");
      }
    }
  }
}

TEST_CASE("an integer that does not fit into the type asked for is refused by element, at each type's bounds") {
  const Scratch scratch;
  struct Range {
    StoredDType dtype;
    std::int64_t low, high;
  };
  for (const auto& entry :
       {Range{StoredDType::uint8, 0, 255}, Range{StoredDType::int8, -128, 127}, Range{StoredDType::uint16, 0, 65535},
        Range{StoredDType::int16, -32768, 32767}, Range{StoredDType::uint32, 0, 4294967295},
        Range{StoredDType::int32, -2147483648, 2147483647}, Range{StoredDType::uint64, 0, highest}}) {
    const auto& dtype = entry.dtype;
    const auto& low = entry.low;
    const auto& high = entry.high;
    INFO(to_string(dtype));
    const auto save = [&](std::int64_t value) {
      const Tensor x = tensor(std::vector<std::int64_t>{0, value}, {2});
      return error_of([&] { save_npy(scratch / "a.npy", x, {.dtype = dtype}); });
    };
    for (const std::int64_t value : {low, high}) {
      CHECK(save(value) == "no Error");
      CHECK(load_npy(scratch / "a.npy").to_vector<std::int64_t>().back() == value);
    }
    CHECK(lacks(save(low - 1), {"element 1 is " + std::to_string(low - 1), std::string(to_string(dtype))}) == "");
    if (high < highest) CHECK(lacks(save(high + 1), {"element 1 is " + std::to_string(high + 1)}) == "");
  }
}

TEST_CASE("a uint64 beyond int64 is refused by its element, in both formats") {
  const Scratch scratch;
  const std::string bytes = raw<std::uint64_t>({1, 9223372036854775808U});
  test::spill(scratch / "a.npy", npy_file("<u8", false, {2}, bytes));
  CHECK(lacks(error_of([&] { load_npy(scratch / "a.npy"); }), {"element 1", "9223372036854775808", "int64"}) == "");
  test::spill(scratch / "a", safetensors_file({{"x", "U64", "[2]", bytes}}));
  CHECK(lacks(error_of([&] { load_safetensors(scratch / "a"); }), {"'x'", "element 1", "9223372036854775808"}) == "");
}

TEST_CASE("dtypes that no tensor has are refused by name and kind") {
  const Scratch scratch;
  for (const auto& [descr, kind] : {std::pair{"<c16", "complex"}, std::pair{"<U5", "text"}, std::pair{"|S3", "byte"},
                                    std::pair{"<M8[ns]", "time"}, std::pair{"|V2", "raw"}, std::pair{"<f16", "unknown"},
                                    std::pair{"", "nothing"}, std::pair{"<", "nothing"}, std::pair{"<i3", "unknown"}}) {
    test::spill(scratch / "a.npy", npy_file(descr, false, {1}, std::string(16, '\0')));
    CHECK(lacks(error_of([&] { load_npy(scratch / "a.npy"); }), {"a.npy", std::string("'") + descr + "'", kind}) == "");
  }
  for (const std::string name : {"F8_E8M0", "F4", "C64", "f32", ""}) {
    test::spill(scratch / "a", safetensors_file({{"x", name, "[1]", "1234"}}));
    CHECK(lacks(error_of([&] { load_safetensors(scratch / "a"); }), {"'x'", "dtype " + name, "BF16, F32"}) == "");
  }
}

TEST_CASE("a type for a tensor that is not there is refused") {
  const Scratch scratch;
  const auto dtypes = std::map<std::string, StoredDType>{{"z", StoredDType::int32}};
  CHECK(lacks(error_of([&] { save_npz(scratch / "a", {{"x", ones({1})}}, {.dtypes = dtypes}); }), {"'z'"}) == "");
  CHECK(lacks(error_of([&] {
                save_safetensors(scratch / "a", {{"x", ones({1})}}, {}, {.dtypes = dtypes});
              }),
              {"'z'"}) == "");
}

}  // namespace xgrad
