#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <autograd/io/file.hpp>
#include <autograd/io/stored_dtype.hpp>
#include <autograd/tensor.hpp>

/// The elements of tensors as files hold them: of any stored type, byte order and order of axes.
namespace xgrad::io {

/// How the elements of one tensor lie in a file.
struct Layout {
  StoredDType dtype = StoredDType::float32;
  bool big_endian = false;
  bool fortran_order = false;  ///< the first axis is the innermost
};

/// The memory that the tensors of one file may take.
class Budget {
 public:
  /// Throws Error on a negative limit.
  Budget(const Place& place, std::optional<std::int64_t> max_bytes, std::int64_t default_bytes);

  std::int64_t limit() const { return limit_; }
  /// Throws Error where the limit would be exceeded.
  void take(const Place& place, std::int64_t bytes);

 private:
  std::int64_t limit_, left_;
};

/// The shape of an array in a file. Throws Error where there are too many axes, or so many elements that their bytes
/// could not be counted, were no extent 0.
Shape checked_shape(const Place& place, std::span<const std::int64_t> extents);

/// The tensor of stored elements, of dtype_of(layout.dtype). Throws Error, naming the element, on a bool that is
/// neither 0 nor 1 and a uint64 beyond int64; where the budget does not suffice, and where memory does not. There have
/// to be shape.elements() times size_of(layout.dtype) bytes.
Tensor decode(const Place& place, std::string_view bytes, const Shape& shape, const Layout& layout, Budget& budget);

/// The bytes of a tensor stored as a dtype, little-endian and in C order: its own memory, which lives as long as the
/// tensor does, or what it was converted to, which is put into `converted`. Throws Error where the conversion is not
/// one of StoredDType's, naming the element where it is one value that does not fit.
std::string_view encode(const Place& place, const Tensor& tensor, StoredDType dtype,
                        std::deque<std::string>& converted);

}  // namespace xgrad::io
