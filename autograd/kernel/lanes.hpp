#pragma once

#include <cstdint>
#include <utility>

/// Vectors of the compiler's own, for kernels that are compiled once for each instruction set: for AVX-512
/// (XGRAD_TARGET_AVX512), for AVX2 with FMA (XGRAD_TARGET_AVX2) and for the baseline.
/// Functions here are local to the file that includes them, so that there is nothing a linker could take from one build
/// for the other. XGRAD_LANES is the namespace of what such a file gives to others.
#if defined(XGRAD_TARGET_AVX512)
#define XGRAD_LANES avx512
#elif defined(XGRAD_TARGET_AVX2)
#define XGRAD_LANES avx2
#else
#define XGRAD_LANES baseline
#endif

namespace xgrad::ops {

/// A vector of that many bytes: in registers, and as it lies in memory.
template <class T, int bytes>
struct Lanes {
  using Register [[gnu::vector_size(bytes)]] = T;
  using Memory [[gnu::vector_size(bytes), gnu::aligned(alignof(T)), gnu::may_alias]] = T;
  static constexpr int count = bytes / static_cast<int>(sizeof(T));
};

/// The longest vectors of the instruction set.
#if defined(XGRAD_TARGET_AVX512)
constexpr int vector_bytes = 64;
#elif defined(XGRAD_TARGET_AVX2)
constexpr int vector_bytes = 32;
#else
constexpr int vector_bytes = 16;
#endif

/// In each 16 bytes, elements of the lower half of x and y in turn, or of the upper half.
template <bool upper, class V, int... lane>
[[maybe_unused]] static V halves(const V& x, const V& y, std::integer_sequence<int, lane...>) {
  constexpr int n = sizeof...(lane), part = 16 / static_cast<int>(sizeof(x[0]));
  return __builtin_shufflevector(x, y,
                                 (lane / part * part + (upper ? part / 2 : 0) + lane % part / 2 + lane % 2 * n)...);
}

/// Transposes the squares that vectors have in each 16 bytes: as many vectors as 16 bytes have elements.
template <class V, int count>
[[maybe_unused]] static void transpose_squares(V (&x)[count]) {
  static_assert(count == 16 / sizeof(x[0][0]) && (count == 2 || count == 4));
  constexpr auto lanes = std::make_integer_sequence<int, static_cast<int>(sizeof(V) / sizeof(x[0][0]))>();
  if constexpr (count == 4) {
    const V a = halves<false>(x[0], x[2], lanes), b = halves<false>(x[1], x[3], lanes);
    const V c = halves<true>(x[0], x[2], lanes), d = halves<true>(x[1], x[3], lanes);
    x[0] = halves<false>(a, b, lanes), x[1] = halves<true>(a, b, lanes);
    x[2] = halves<false>(c, d, lanes), x[3] = halves<true>(c, d, lanes);
  } else {
    const V a = halves<false>(x[0], x[1], lanes), b = halves<true>(x[0], x[1], lanes);
    x[0] = a, x[1] = b;
  }
}

}  // namespace xgrad::ops
