#pragma once

#include <cstdint>

/// Products of which one operand is read where a table says: windows of images, without a copy of each.
namespace xgrad::ops {

/// result (lines * rows, width) = sum over j of a[line * line_step + row * row_step + table[j]] b[j * width + column],
/// or result += it. Each element is the sum of its products in the order of the table, whatever else is computed.
template <class T>
struct TableProduct {
  std::int64_t lines, line_step;
  std::int64_t rows, row_step;
  const T* a;
  const std::int64_t* table;
  std::int64_t depth;  ///< entries of the table, and rows of b
  const T* b;          ///< contiguous
  int width;           ///< one of TableKernels::widths
  T* result;           ///< contiguous
  bool accumulate;
};

/// to (columns, rows) = the transpose of from (rows, columns), or to += it. Rows of both are `step` elements apart.
template <class T>
struct Transposition {
  std::int64_t rows, columns;
  const T* from;
  std::int64_t from_step;
  T* to;
  std::int64_t to_step;
  bool accumulate;
};

/// The kernels of one instruction set.
template <class T>
struct TableKernels {
  int widths[3];  ///< columns that a product may have, from the most to the fewest
  void (*multiply)(const TableProduct<T>&);
  void (*transpose)(const Transposition<T>&);
};

/// Those for this processor.
template <class T>
const TableKernels<T>& table_kernels();

namespace baseline {
extern const TableKernels<float> table_kernels_float;
extern const TableKernels<double> table_kernels_double;
}  // namespace baseline
namespace avx2 {
extern const TableKernels<float> table_kernels_float;
extern const TableKernels<double> table_kernels_double;
}  // namespace avx2
namespace avx512 {
extern const TableKernels<float> table_kernels_float;
extern const TableKernels<double> table_kernels_double;
}  // namespace avx512

}  // namespace xgrad::ops
