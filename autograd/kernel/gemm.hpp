#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>

/// Products of two matrices: OpenBLAS's, and on x86-64 the library's own where OpenBLAS is slower. In a build without
/// BLAS (XGRAD_BLAS=OFF) all are the library's own.
namespace xgrad::ops {

/// Extents and steps of a product are at most this, as a BLAS integer is.
inline constexpr std::int64_t longest_extent = std::numeric_limits<int>::max();

/// result (n, m) = a (n, k) b (k, m), or result += a b. Element (i, j) of an operand lies at i * row + j * column; one
/// of its steps is 1. Rows of the result are `leading` elements apart. No extent is 0.
template <class T, class In = T>
struct Product {
  std::int64_t n, m, k;
  const In* a;
  std::int64_t row_a, column_a;
  const In* b;
  std::int64_t row_b, column_b;
  T* result;
  std::int64_t leading;
  bool accumulate;
  /// Whether it stands for the product of its operands' transposes in the other order, whose result is wanted with its
  /// axes exchanged. OpenBLAS may give other bits for that one; it is asked for the one that is meant.
  bool exchanged = false;
};

/// Computes it, whichever way is fastest for its extents on this processor, on the threads of the current run that are
/// free; how many these are changes no bit. Extents and steps are at most longest_extent.
template <class T>
void multiply(const Product<T>& product);

/// Whether a product that is added to what is there gives the same bits as its sum with that would: where it is an own
/// kernel's, and each element is complete before it is added.
template <class T>
bool adds_at_the_end(std::int64_t n, std::int64_t m, std::int64_t k);

/// From so many multiplications on, work is cut into pieces whatever the number of threads.
inline constexpr std::int64_t large_product = std::int64_t{1} << 22;

/// What an own kernel adds up before it writes.
inline constexpr std::int64_t gemm_depth = 512;

/// An own kernel; m is at least 16, or 4 where n is 1 and column_b too. Every element is the sum of its k products in
/// their order, gemm_depth at a time. Nothing else counts: neither what other elements the product has, nor in which
/// panels it is computed, nor where the operands lie changes a bit.
template <class T>
using Gemm = void (*)(const Product<T>&);

/// The own kernel for this processor. Where it has neither AVX2 with FMA nor AVX-512, that is the baseline's in a build
/// without BLAS, and null in others. XGRAD_DISABLE_AVX2=1 says that it has none, XGRAD_DISABLE_AVX512=1 that it has
/// AVX2 only.
template <class T>
Gemm<T> own_gemm();

void gemm_baseline(const Product<float>& product);
void gemm_baseline(const Product<double>& product);
void gemm_avx2(const Product<float>& product);
void gemm_avx2(const Product<double>& product);
void gemm_avx512(const Product<float>& product);
void gemm_avx512(const Product<double>& product);

/// BLAS's product, in a build that has it, on this thread.
void multiply_by_blas(const Product<float>& product);
void multiply_by_blas(const Product<double>& product);

/// Memory of this thread for an own kernel's packed operands, 64-byte aligned; it stays until the thread ends, or asks
/// for more. Throws std::bad_alloc.
void* gemm_workspace(std::size_t bytes);

}  // namespace xgrad::ops
