#include <autograd/kernel/narrow_gemm.hpp>

// gcc 12 takes the undefined vectors of its own header for a mistake (its bug 105593).
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wuninitialized"
#ifndef __clang__
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
#include <immintrin.h>
#pragma GCC diagnostic pop

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>

// Compiled for AVX-512 with BF16. Everything is local to this file, so that there is nothing a linker could take from
// it for another one. An instruction multiplies 16 pairs of numbers by 16 others and adds each pair's two products to a
// float32, so operands are packed in pairs: of two neighbours along k.

namespace xgrad::ops {
namespace {

using Index = std::int64_t;
using Pair = std::uint32_t;

constexpr int lanes = 16;
constexpr int vectors = 2;  // of a panel
constexpr Index panel_columns = vectors * lanes;
constexpr int most_rows = 14;     // of a tile: two vectors for each row fill 28 of 32 registers
constexpr Index row_block = 168;  // the packed rows of a block stay in the second-level cache
constexpr Index column_block = 4096;

__m512bh pairs(const Pair* from) { return std::bit_cast<__m512bh>(_mm512_loadu_si512(from)); }
__m512bh repeated(Pair pair) { return std::bit_cast<__m512bh>(_mm512_set1_epi32(static_cast<int>(pair))); }

constexpr Index pairs_in(Index k) { return (k + 1) / 2; }

/// Ones for the first `count` elements, or all.
__mmask16 first16(Index count) { return static_cast<__mmask16>(count >= 16 ? 0xffff : (1 << count) - 1); }
__mmask32 first32(Index count) {
  return count >= 32 ? ~__mmask32{0} : static_cast<__mmask32>((std::uint64_t{1} << count) - 1);
}

/// Transposes 16 x 16 pairs and writes the first `count` of the new rows.
void store_transposed(const __m512i (&x)[lanes], Pair* out, Index width, Index count) {
  __m512i y[lanes], z[lanes];
  for (int r = 0; r < lanes; r += 4) {
    const __m512i a = _mm512_unpacklo_epi32(x[r], x[r + 1]), b = _mm512_unpackhi_epi32(x[r], x[r + 1]);
    const __m512i c = _mm512_unpacklo_epi32(x[r + 2], x[r + 3]), d = _mm512_unpackhi_epi32(x[r + 2], x[r + 3]);
    y[r] = _mm512_unpacklo_epi64(a, c), y[r + 1] = _mm512_unpackhi_epi64(a, c);
    y[r + 2] = _mm512_unpacklo_epi64(b, d), y[r + 3] = _mm512_unpackhi_epi64(b, d);
  }
  // y[4 g + i] holds, in its q-th 16 bytes, rows 4 g to 4 g + 3 of column 4 q + i.
  for (int i = 0; i < 4; ++i) {
    const __m512i a = _mm512_shuffle_i32x4(y[i], y[4 + i], 0x88), b = _mm512_shuffle_i32x4(y[i], y[4 + i], 0xdd);
    const __m512i c = _mm512_shuffle_i32x4(y[8 + i], y[12 + i], 0x88);
    const __m512i d = _mm512_shuffle_i32x4(y[8 + i], y[12 + i], 0xdd);
    z[i] = _mm512_shuffle_i32x4(a, c, 0x88), z[4 + i] = _mm512_shuffle_i32x4(b, d, 0x88);
    z[8 + i] = _mm512_shuffle_i32x4(a, c, 0xdd), z[12 + i] = _mm512_shuffle_i32x4(b, d, 0xdd);
  }
  for (int r = 0; r < lanes && r < count; ++r) _mm512_storeu_si512(out + r * width, z[r]);
}

/// Lines of elements: the i-th of line j lies at i * along + j * across, one of which is 1.
struct Lines {
  const BFloat16* data;
  Index along, across;
};

/// out (pairs of k, width): 16 lines at most, zeros in place of those that are missing and of an odd last element.
void pack16(const Lines& from, Index k, Index lines, Index width, Pair* out) {
  if (from.along == 1) {
    for (Index i = 0; i < k; i += 2 * lanes) {
      const __mmask32 mask = first32(k - i);
      __m512i x[lanes];
      for (int r = 0; r < lanes; ++r)
        x[r] = r < lines ? _mm512_maskz_loadu_epi16(mask, from.data + r * from.across + i) : _mm512_setzero_si512();
      store_transposed(x, out + i / 2 * width, width, pairs_in(k - i));
    }
    return;
  }
  const __mmask16 mask = first16(lines);
  const auto load = [mask](const BFloat16* row) { return _mm512_cvtepu16_epi32(_mm256_maskz_loadu_epi16(mask, row)); };
  for (Index i = 0; i < k; i += 2) {
    const BFloat16* const first = from.data + i * from.along;
    const __m512i low = load(first), high = i + 1 < k ? load(first + from.along) : _mm512_setzero_si512();
    _mm512_storeu_si512(out + i / 2 * width, _mm512_or_si512(low, _mm512_slli_epi32(high, 16)));
  }
}

/// The same for up to `width` lines.
void pack(const Lines& from, Index k, Index lines, Index width, Pair* out) {
  for (Index j = 0; j < width; j += lanes)
    pack16({from.data + std::min(j, lines) * from.across, from.along, from.across}, k,
           std::clamp<Index>(lines - j, 0, lanes), width, out + j);
}

/// `rows` rows of a panel: result (rows, columns) = a (pairs, lanes) b (pairs, panel_columns), or += it.
template <int rows>
void tile(const Pair* a, const Pair* b, Index count, float* result, Index leading, Index columns, bool accumulate) {
  __m512 sums[rows][vectors];
#pragma GCC unroll 16
  for (int r = 0; r < rows; ++r) {
#pragma GCC unroll 2
    for (int v = 0; v < vectors; ++v) {
      sums[r][v] = _mm512_setzero_ps();
      __builtin_prefetch(result + r * leading + v * lanes, 1, 3);
    }
  }
  for (Index i = 0; i < count; ++i) {
    const __m512bh values[vectors] = {pairs(b), pairs(b + lanes)};
#pragma GCC unroll 16
    for (int r = 0; r < rows; ++r) {
      const __m512bh factor = repeated(a[r]);
#pragma GCC unroll 2
      for (int v = 0; v < vectors; ++v) sums[r][v] = _mm512_dpbf16_ps(sums[r][v], factor, values[v]);
    }
    a += lanes;
    b += panel_columns;
  }
  for (int v = 0; v < vectors; ++v) {
    const Index left = columns - v * lanes;
    if (left <= 0) return;
    const __mmask16 mask = first16(left);
#pragma GCC unroll 16
    for (int r = 0; r < rows; ++r) {
      float* const to = result + r * leading + v * lanes;
      const __m512 sum = sums[r][v];
      _mm512_mask_storeu_ps(to, mask, accumulate ? _mm512_add_ps(_mm512_maskz_loadu_ps(mask, to), sum) : sum);
    }
  }
}

using Tile = void (*)(const Pair*, const Pair*, Index, float*, Index, Index, bool);

template <int... rows>
constexpr auto tiles_of(std::integer_sequence<int, rows...>) {
  struct {
    Tile of[most_rows];
  } tiles{{&tile<rows + 1>...}};
  return tiles;
}
constexpr auto tiles = tiles_of(std::make_integer_sequence<int, most_rows>());

/// Parts of an extent, as equal as can be.
constexpr Index part_of(Index extent, Index most, Index multiple) {
  const Index count = (extent + most - 1) / most;
  const Index even = (extent + count - 1) / count;
  return (even + multiple - 1) / multiple * multiple;
}

/// Rows of a product with matrices of which both have neighbours along k next to each other: each element is read once,
/// as it lies. For a few rows, of which each would otherwise pay for packing all of b.
void by_elements(const NarrowProduct& p) {
  constexpr Index step = 2 * lanes;
  constexpr int at_once = 4;
  const Index whole = p.k / step * step;
  const __mmask32 mask = first32(p.k - whole);
  const auto load = [](const BFloat16* from) { return std::bit_cast<__m512bh>(_mm512_loadu_si512(from)); };
  const auto load_rest = [mask](const BFloat16* from) {
    return std::bit_cast<__m512bh>(_mm512_maskz_loadu_epi16(mask, from));
  };
  for (Index i = 0; i < p.n; ++i) {
    const BFloat16* const a = p.a + i * p.row_a;
    for (Index j = 0; j < p.m; j += at_once) {
      const int columns = static_cast<int>(std::min<Index>(at_once, p.m - j));
      const BFloat16* b[at_once];
      for (int c = 0; c < at_once; ++c) b[c] = p.b + (j + std::min(c, columns - 1)) * p.column_b;
      __m512 sums[at_once] = {_mm512_setzero_ps(), _mm512_setzero_ps(), _mm512_setzero_ps(), _mm512_setzero_ps()};
      for (Index k = 0; k < whole; k += step) {
        const __m512bh factor = load(a + k);
#pragma GCC unroll 4
        for (int c = 0; c < at_once; ++c) sums[c] = _mm512_dpbf16_ps(sums[c], factor, load(b[c] + k));
      }
      if (whole < p.k)
        for (int c = 0; c < at_once; ++c)
          sums[c] = _mm512_dpbf16_ps(sums[c], load_rest(a + whole), load_rest(b[c] + whole));
      for (int c = 0; c < columns; ++c) {
        float& to = p.result[i * p.leading + j + c];
        const float sum = _mm512_reduce_add_ps(sums[c]);
        to = p.accumulate ? to + sum : sum;
      }
    }
  }
}

/// A row times a matrix whose rows lie in memory, some of which are read side by side, from the first element to the
/// last. Sums stay in the first-level cache, in the order in which rows are interleaved.
void row_by_rows(const NarrowProduct& p, const BFloat16* a, float* result, float* sums) {
  constexpr Index width = 2 * lanes;
  constexpr Index at_once = 8;  // rows of b
  const Index padded = (p.m + width - 1) / width * width;
  std::fill_n(sums, padded, 0.0f);
  for (Index i = 0; i < p.k; i += at_once) {
    __m512bh factors[at_once / 2];
    const BFloat16* rows[at_once];
    for (Index r = 0; r < at_once; ++r) rows[r] = p.b + std::min(i + r, p.k - 1) * p.row_b;
    for (Index r = 0; r < at_once; r += 2) {
      const auto factor = [&](Index k) { return k < p.k ? Pair{a[k * p.column_a].bits} : Pair{0}; };
      factors[r / 2] = repeated(factor(i + r) | factor(i + r + 1) << 16);
    }
    for (Index j = 0; j < p.m; j += width) {
      const __mmask32 mask = first32(p.m - j);
      __m512 low = _mm512_loadu_ps(sums + j), high = _mm512_loadu_ps(sums + j + lanes);
#pragma GCC unroll 4
      for (Index r = 0; r < at_once; r += 2) {
        const __m512i x = _mm512_maskz_loadu_epi16(mask, rows[r] + j),
                      y = _mm512_maskz_loadu_epi16(mask, rows[r + 1] + j);
        low = _mm512_dpbf16_ps(low, factors[r / 2], std::bit_cast<__m512bh>(_mm512_unpacklo_epi16(x, y)));
        high = _mm512_dpbf16_ps(high, factors[r / 2], std::bit_cast<__m512bh>(_mm512_unpackhi_epi16(x, y)));
      }
      _mm512_storeu_ps(sums + j, low);
      _mm512_storeu_ps(sums + j + lanes, high);
    }
  }
  const __m512i first = _mm512_setr_epi32(0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23);
  const __m512i second = _mm512_setr_epi32(8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31);
  for (Index j = 0; j < p.m; j += width) {
    const __m512 low = _mm512_loadu_ps(sums + j), high = _mm512_loadu_ps(sums + j + lanes);
    for (int v = 0; v < 2 && j + v * lanes < p.m; ++v) {
      float* const to = result + j + v * lanes;
      const __mmask16 mask = first16(p.m - j - v * lanes);
      const __m512 sum = _mm512_permutex2var_ps(low, v == 0 ? first : second, high);
      _mm512_mask_storeu_ps(to, mask, p.accumulate ? _mm512_add_ps(_mm512_maskz_loadu_ps(mask, to), sum) : sum);
    }
  }
}

void by_rows(const NarrowProduct& p) {
  float* const sums = static_cast<float*>(gemm_workspace(static_cast<std::size_t>(p.m + 2 * lanes) * sizeof(float)));
  for (Index i = 0; i < p.n; ++i) row_by_rows(p, p.a + i * p.row_a, p.result + i * p.leading, sums);
}

}  // namespace

void narrow_gemm(const NarrowProduct& p) {
  constexpr Index fewest_packed = 4;
  if (p.n < fewest_packed && p.column_a == 1 && p.row_b == 1) return by_elements(p);
  if (p.n < fewest_packed && p.column_b == 1) return by_rows(p);
  const Index rows = part_of(p.n, row_block, 1), chunk = part_of(p.m, column_block, panel_columns);
  const Index depth = std::min(p.k, gemm_depth);
  const Index panels = (chunk + panel_columns - 1) / panel_columns;
  const Index panel = pairs_in(depth) * panel_columns;
  const Index packed_rows = (rows + most_rows - 1) / most_rows * lanes;
  Pair* const packed_b = static_cast<Pair*>(
      gemm_workspace(static_cast<std::size_t>(panels * panel + pairs_in(depth) * packed_rows) * sizeof(Pair)));
  Pair* const packed_a = packed_b + panels * panel;
  for (Index column = 0; column < p.m; column += chunk) {
    const Index columns = std::min(chunk, p.m - column);
    for (Index start = 0; start < p.k; start += depth) {
      const Index k = std::min(depth, p.k - start);
      const bool adds = p.accumulate || start > 0;
      for (Index row = 0; row < p.n; row += rows) {
        const Index block = std::min(rows, p.n - row);
        const Index count = (block + most_rows - 1) / most_rows;  // of tiles, as equal as can be
        const auto height = [&](Index t) { return block / count + (t < block % count ? 1 : 0); };
        Pair* a = packed_a;
        for (Index t = 0, done = row; t < count; ++t) {
          pack({p.a + done * p.row_a + start * p.column_a, p.column_a, p.row_a}, k, height(t), lanes, a);
          a += pairs_in(k) * lanes;
          done += height(t);
        }
        for (Index j = 0; j < columns; j += panel_columns) {
          const Index width = std::min(panel_columns, columns - j);
          Pair* const b = packed_b + j / panel_columns * panel;
          if (row == 0)
            pack({p.b + start * p.row_b + (column + j) * p.column_b, p.row_b, p.column_b}, k, width, panel_columns, b);
          a = packed_a;
          float* result = p.result + row * p.leading + column + j;
          for (Index t = 0; t < count; ++t) {
            tiles.of[height(t) - 1](a, b, pairs_in(k), result, p.leading, width, adds);
            a += pairs_in(k) * lanes;
            result += height(t) * p.leading;
          }
        }
      }
    }
  }
}

}  // namespace xgrad::ops
