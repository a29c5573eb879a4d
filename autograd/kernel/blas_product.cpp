#include <cblas.h>

#include <algorithm>

#include <autograd/kernel/blas.hpp>
#include <autograd/kernel/gemm.hpp>

// Left out of a build without BLAS.

namespace xgrad::ops {
namespace {

static_assert(longest_extent <= std::numeric_limits<blasint>::max());

/// The layout of an operand of `rows` and `columns`, as BLAS is told it.
struct Layout {
  CBLAS_TRANSPOSE transpose;
  blasint leading;

  Layout(std::int64_t row, std::int64_t column, std::int64_t rows, std::int64_t columns)
      : transpose(column == 1 ? CblasNoTrans : CblasTrans),
        leading(static_cast<blasint>(column == 1 ? std::max(row, columns) : std::max(column, rows))) {}
};

/// The product of a matrix and a vector: y, whose elements are `step_y` apart, = matrix (rows, columns) x, or += it.
/// Element (i, j) of the matrix lies at i * row + j * column.
template <class T>
void blas_vector(std::int64_t rows, std::int64_t columns, const T* matrix, std::int64_t row, std::int64_t column,
                 const T* x, std::int64_t step_x, T* y, std::int64_t step_y, bool accumulate) {
  const bool plain = column == 1;
  const CBLAS_TRANSPOSE transpose = plain ? CblasNoTrans : CblasTrans;
  const auto n = static_cast<blasint>(plain ? rows : columns), m = static_cast<blasint>(plain ? columns : rows);
  const auto leading = static_cast<blasint>(std::max(plain ? row : column, plain ? columns : rows));
  const auto inc_x = static_cast<blasint>(step_x), inc_y = static_cast<blasint>(step_y);
  const T beta = accumulate ? T(1) : T(0);
  if constexpr (sizeof(T) == sizeof(float))
    cblas_sgemv(CblasRowMajor, transpose, n, m, 1, matrix, leading, x, inc_x, beta, y, inc_y);
  else
    cblas_dgemv(CblasRowMajor, transpose, n, m, 1, matrix, leading, x, inc_x, beta, y, inc_y);
}

/// Fewer rows or columns are multiplied one by one: OpenBLAS packs the matrix for any number of them, which takes ten
/// times as long as a product with one vector.
constexpr std::int64_t fewest_packed = 4;

template <class T>
void blas_one_by_one(const Product<T>& p) {
  const bool by_rows = p.n < p.m || (p.n == p.m && !p.exchanged);
  for (std::int64_t i = 0; i < (by_rows ? p.n : p.m); ++i) {
    if (by_rows)
      blas_vector(p.m, p.k, p.b, p.column_b, p.row_b, p.a + i * p.row_a, p.column_a, p.result + i * p.leading, 1,
                  p.accumulate);
    else
      blas_vector(p.n, p.k, p.a, p.row_a, p.column_a, p.b + i * p.column_b, p.row_b, p.result + i, p.leading,
                  p.accumulate);
  }
}

template <class T>
void multiply_in(const Product<T>& p) {
  keep_blas_to_one_thread();
  if (std::min(p.n, p.m) < fewest_packed) return blas_one_by_one(p);
  const Layout a(p.row_a, p.column_a, p.n, p.k), b(p.row_b, p.column_b, p.k, p.m);
  const auto n = static_cast<blasint>(p.n), m = static_cast<blasint>(p.m), k = static_cast<blasint>(p.k);
  const auto leading = static_cast<blasint>(p.leading);
  const T beta = p.accumulate ? T(1) : T(0);
  if constexpr (sizeof(T) == sizeof(float))
    cblas_sgemm(CblasRowMajor, a.transpose, b.transpose, n, m, k, 1, p.a, a.leading, p.b, b.leading, beta, p.result,
                leading);
  else
    cblas_dgemm(CblasRowMajor, a.transpose, b.transpose, n, m, k, 1, p.a, a.leading, p.b, b.leading, beta, p.result,
                leading);
}

}  // namespace

void multiply_by_blas(const Product<float>& product) { multiply_in(product); }
void multiply_by_blas(const Product<double>& product) { multiply_in(product); }

}  // namespace xgrad::ops
