#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include <autograd/dtype.hpp>

#pragma GCC visibility push(default)
namespace xgrad {

#ifdef __GNUC__
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wshadow"  // xgrad::int64 and so on, which no scoped enumeration hides
#endif

/// Element types of files. Those that tensors have not are converted when they are read, exactly, and bfloat16 is, too:
///
/// | in a file                                              | read as |
/// |--------------------------------------------------------|---------|
/// | boolean                                                | boolean |
/// | (u)int8, (u)int16, (u)int32, (u)int64                  | int64   |
/// | float8_e4m3, float8_e5m2, float16, bfloat16, float32   | float32 |
/// | float64                                                | float64 |
///
/// A uint64 beyond int64 is an Error. NaNs keep their sign and payload.
///
/// Tensors are written in their own dtype, unless another type is asked for. Integers and bools are written as any
/// integer type that holds each of them; the first one that does not fit is an Error. Floating-point numbers are
/// written as any floating-point type, rounded to nearest, ties to even; beyond the largest number they become
/// infinite, or NaN in float8_e4m3, which has no infinity. Between integers and floating-point numbers nothing is
/// converted: that is an Error, `to(dtype)` before saving says what is meant.
enum class StoredDType : std::uint8_t {
  boolean,
  uint8,
  int8,
  uint16,
  int16,
  uint32,
  int32,
  uint64,
  int64,
  float8_e4m3,  ///< PyTorch's float8_e4m3fn: no infinity, largest number 448
  float8_e5m2,
  float16,   ///< IEEE 754 binary16
  bfloat16,  ///< the upper half of a float32
  float32,
  float64
};

#ifdef __GNUC__
#pragma GCC diagnostic pop
#endif

inline constexpr std::size_t stored_dtypes = 15;  ///< how many there are

/// Whether it is one of them: a number cast to a StoredDType may be none.
constexpr bool is_stored_dtype(StoredDType dtype) noexcept { return static_cast<std::size_t>(dtype) < stored_dtypes; }

/// Bytes of one element; 0 where it is none of them.
constexpr std::size_t size_of(StoredDType dtype) noexcept {
  constexpr std::size_t sizes[] = {1, 1, 1, 2, 2, 4, 4, 8, 8, 1, 1, 2, 2, 4, 8};
  return is_stored_dtype(dtype) ? sizes[static_cast<std::size_t>(dtype)] : 0;
}

/// "bool", "uint8", "float8_e4m3" and so on; "unknown" where it is none of them.
constexpr std::string_view to_string(StoredDType dtype) noexcept {
  constexpr std::string_view names[] = {"bool",        "uint8",   "int8",     "uint16",  "int16",
                                        "uint32",      "int32",   "uint64",   "int64",   "float8_e4m3",
                                        "float8_e5m2", "float16", "bfloat16", "float32", "float64"};
  return is_stored_dtype(dtype) ? names[static_cast<std::size_t>(dtype)] : "unknown";
}

/// The dtype of the tensor that such elements are read as.
constexpr DType dtype_of(StoredDType dtype) noexcept {
  if (dtype == StoredDType::boolean) return DType::boolean;
  if (dtype <= StoredDType::int64) return DType::int64;
  return dtype == StoredDType::float64 ? DType::float64 : DType::float32;
}

/// The type that a tensor is written as where nothing else is asked for: its own.
constexpr StoredDType stored_dtype_of(DType dtype) noexcept {
  constexpr StoredDType types[] = {StoredDType::boolean, StoredDType::int64, StoredDType::bfloat16,
                                   StoredDType::float32, StoredDType::float64};
  return is_dtype(dtype) ? types[static_cast<std::size_t>(dtype)] : StoredDType::float64;
}

}  // namespace xgrad
#pragma GCC visibility pop
