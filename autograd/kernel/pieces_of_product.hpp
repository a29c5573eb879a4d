#pragma once

#include <algorithm>
#include <cstdint>

#include <autograd/kernel/gemm.hpp>
#include <autograd/kernel/threads.hpp>

/// Products in pieces, for threads.
namespace xgrad::ops {

/// An own product of so many multiplications takes longer than two threads take to share it.
inline constexpr std::int64_t worth_sharing = std::int64_t{1} << 18;

/// The pieces that an own product of so many multiplications is cut into: its bits do not depend on them, so that they
/// may depend on the threads. Each packs operands of its own; two for a thread let the faster one do more of a long
/// product.
inline std::int64_t own_pieces(std::int64_t work) {
  if (work < worth_sharing || !run::shares_work()) return 1;
  const std::int64_t threads = num_threads();
  return std::min(work >= 16 * large_product * threads ? 2 * threads : threads, work / (worth_sharing / 2));
}

/// A product cut along its rows, or along its columns where these are more and pieces of whole panels about equal.
struct Pieces {
  bool by_rows;
  std::int64_t size;  ///< of all but the last, which has at least 16 and may be larger by less than 16
  std::int64_t count;

  Pieces(std::int64_t n, std::int64_t m, std::int64_t wanted)
      : by_rows(n >= m || m < 64 * wanted), size(by_rows ? n : m), count(1) {
    constexpr std::int64_t multiple = 16;
    if (wanted < 2 || size < 2 * multiple) return;
    const std::int64_t extent = size;
    const std::int64_t rounding = by_rows ? 2 : multiple;
    size = (extent / wanted + rounding - 1) / rounding * rounding;
    count = std::max<std::int64_t>(1, (extent + size - multiple) / size);
  }

  template <class T, class In>
  Product<T, In> of(const Product<T, In>& whole, std::int64_t i) const {
    Product<T, In> piece = whole;
    std::int64_t& extent = by_rows ? piece.n : piece.m;
    const std::int64_t start = i * size;
    extent = i + 1 < count ? size : extent - start;
    (by_rows ? piece.a : piece.b) += start * (by_rows ? piece.row_a : piece.column_b);
    piece.result += start * (by_rows ? piece.leading : 1);
    return piece;
  }
};

}  // namespace xgrad::ops
