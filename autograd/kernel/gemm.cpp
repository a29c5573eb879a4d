#include <autograd/kernel/gemm.hpp>

#include <algorithm>

#include <autograd/kernel/pieces_of_product.hpp>
#include <autograd/kernel/processor.hpp>
#include <autograd/kernel/scratch.hpp>
#include <autograd/kernel/threads.hpp>
#include <autograd/per_thread.hpp>

namespace xgrad::ops {
namespace {

#ifdef XGRAD_HAVE_BLAS
constexpr bool has_blas = true;
#else
constexpr bool has_blas = false;
#endif

/// An own kernel computes at least so many columns.
constexpr std::int64_t fewest_columns = 16;

/// Whether the own kernel is at least as fast as OpenBLAS's: `bench_matmul` measures both.
bool own_is_faster(std::int64_t rows, std::int64_t columns, std::int64_t depth) {
  if (!has_blas) return true;
  constexpr std::int64_t most_for_few_rows = std::int64_t{1} << 16;  // of b: a larger one is read as fast by OpenBLAS
  constexpr std::int64_t most_for_avx2 = std::int64_t{1} << 27;
  return (rows >= 4 || columns * depth <= most_for_few_rows) &&
         (run::use_avx512() || rows * columns * depth <= most_for_avx2);
}

/// Whether the own kernel reads the matrix row by row for a product of one row, which takes no longer than reading it
/// takes. A wider matrix is left to OpenBLAS: tiles of columns would jump through it.
template <class T>
bool is_short_row(const Product<T>& p) {
  constexpr std::int64_t fewest = 4, most = 256;
  return p.n == 1 && p.column_b == 1 && p.m >= fewest && p.m <= most;
}

/// Asks for all lines of an operand at once. One that another core has written would come line by line otherwise, as
/// the product gets to it: that makes two small products side by side as slow as one after the other.
template <class T>
void fetch(const T* x, std::int64_t step, std::int64_t rows, std::int64_t columns) {
  constexpr std::int64_t line = 64 / static_cast<std::int64_t>(sizeof(T));
  constexpr std::int64_t most_lines = 4096;  // a quarter of a second-level cache
  if (rows * columns > most_lines * line) return;
  for (std::int64_t i = 0; i < rows; ++i)
    for (std::int64_t j = 0; j < columns; j += line) __builtin_prefetch(x + i * step + j);
}

template <class T>
void fetch_operands(const Product<T>& p) {
  p.column_a == 1 ? fetch(p.a, p.row_a, p.n, p.k) : fetch(p.a, p.column_a, p.k, p.n);
  p.column_b == 1 ? fetch(p.b, p.row_b, p.k, p.m) : fetch(p.b, p.column_b, p.m, p.k);
}

constexpr std::int64_t most_pieces = 8;

}  // namespace

template <class T>
Gemm<T> own_gemm() {
#ifdef XGRAD_HAVE_AVX512_LANES
  if (run::has_avx512()) return &gemm_avx512;
#endif
#ifdef XGRAD_HAVE_AVX2_LANES
  if (run::has_avx2()) return &gemm_avx2;
#endif
  if constexpr (has_blas)
    return nullptr;
  else
    return &gemm_baseline;
}

namespace {

template <class T>
std::size_t as_bytes(std::int64_t elements) {
  return static_cast<std::size_t>(elements) * sizeof(T);
}

/// Writes a product that was computed elsewhere to where it belongs, or adds it there.
template <class T>
void copy_result(const Product<T>& p, const T* from, std::int64_t row, std::int64_t column) {
  for (std::int64_t i = 0; i < p.n; ++i) {
    T* const to = p.result + i * p.leading;
    for (std::int64_t j = 0; j < p.m; ++j) {
      const T value = from[i * row + j * column];
      to[j] = p.accumulate ? to[j] + value : value;
    }
  }
}

/// A product by that of the exchanged operands: of few columns, since an own kernel does not know fewer than 16; or
/// where OpenBLAS is to compute what is meant. It gives the same bits as where the result is wanted with its axes
/// exchanged.
template <class T>
void multiply_exchanged(const Product<T>& p) {
  static thread_local constinit PerThread<run::Scratch> scratch;
  T* const exchanged = reinterpret_cast<T*>(scratch->reserve(as_bytes<T>(p.n * p.m)));
  multiply(Product<T>{.n = p.m,
                      .m = p.n,
                      .k = p.k,
                      .a = p.b,
                      .row_a = p.column_b,
                      .column_a = p.row_b,
                      .b = p.a,
                      .row_b = p.column_a,
                      .column_b = p.row_a,
                      .result = exchanged,
                      .leading = p.n,
                      .accumulate = false});
  copy_result(p, exchanged, 1, p.n);
}

/// The product of few columns and few rows, with columns of zeros beside them.
template <class T>
void multiply_padded(const Product<T>& p, Gemm<T> own) {
  static thread_local constinit PerThread<run::Scratch> scratch;
  T* const b = reinterpret_cast<T*>(scratch->reserve(as_bytes<T>((p.k + p.n) * fewest_columns)));
  T* const result = b + p.k * fewest_columns;
  std::fill_n(b, p.k * fewest_columns, T(0));
  if (p.column_b == 1) {
    for (std::int64_t i = 0; i < p.k; ++i) std::copy_n(p.b + i * p.row_b, p.m, b + i * fewest_columns);
  } else {
    for (std::int64_t j = 0; j < p.m; ++j)
      for (std::int64_t i = 0; i < p.k; ++i) b[i * fewest_columns + j] = p.b[i * p.row_b + j * p.column_b];
  }
  Product<T> padded = p;
  padded.m = padded.row_b = padded.leading = fewest_columns;
  padded.b = b;
  padded.column_b = 1;
  padded.result = result;
  padded.accumulate = false;
  own(padded);
  copy_result(p, result, fewest_columns, 1);
}

}  // namespace

namespace {

/// The own kernel where it computes a product of such extents; null where OpenBLAS does. The same for a product and the
/// exchanged one.
template <class T>
Gemm<T> gemm_for(std::int64_t n, std::int64_t m, std::int64_t k) {
  const bool narrow = m < fewest_columns, small = narrow && n < fewest_columns;
  return small || own_is_faster(narrow ? m : n, narrow ? n : m, k) ? own_gemm<T>() : nullptr;
}

}  // namespace

template <class T>
bool adds_at_the_end(std::int64_t n, std::int64_t m, std::int64_t k) {
  return k <= gemm_depth && gemm_for<T>(n, m, k);
}

template <class T>
void multiply(const Product<T>& product) {
  const bool narrow = product.m < fewest_columns, small = narrow && product.n < fewest_columns;
  const bool row = is_short_row(product);
  const Gemm<T> own = row ? own_gemm<T>() : gemm_for<T>(product.n, product.m, product.k);
  if (own && row) return own(product);
  if (own && small) return multiply_padded(product, own);
  if (own ? narrow : product.exchanged) return multiply_exchanged(product);
  const std::int64_t work = product.n * product.m * product.k;
  const Pieces pieces(product.n, product.m, own ? own_pieces(work) : std::min(most_pieces, work / large_product));
  run::parallel_for(static_cast<int>(pieces.count), [&](std::int64_t i) {
    const Product<T> piece = pieces.of(product, i);
    if (num_threads() > 1) fetch_operands(piece);
    if (own) return own(piece);
    if constexpr (has_blas) multiply_by_blas(piece);
  });
}

template Gemm<float> own_gemm<float>();
template Gemm<double> own_gemm<double>();
template bool adds_at_the_end<float>(std::int64_t, std::int64_t, std::int64_t);
template bool adds_at_the_end<double>(std::int64_t, std::int64_t, std::int64_t);
template void multiply(const Product<float>&);
template void multiply(const Product<double>&);

void* gemm_workspace(std::size_t bytes) {
  static thread_local constinit PerThread<run::Scratch> scratch;
  return scratch->reserve(bytes);
}

}  // namespace xgrad::ops
