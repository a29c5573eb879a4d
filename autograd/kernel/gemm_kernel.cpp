#include <autograd/kernel/gemm.hpp>

#include <cstddef>
#include <utility>

#include <autograd/kernel/lanes.hpp>

// Compiled once for each instruction set (lanes.hpp). Vectors are the compiler's own, and everything is local to this
// file, so that there is nothing a linker could take from the one build for the other. a * b + c is one fma here where
// the instruction set has one (-ffp-contract=fast).

namespace xgrad::ops {
namespace {

using Index = std::int64_t;

// Two vectors for each row fill 28 of 32 registers, or 12 of 16. WebAssembly's compilers find room for 8 of 16.
constexpr int most_rows = vector_bytes == 64 ? 14 : vector_bytes == 32 ? 6 : 4;

// The inner extent goes by in pieces, and rows in blocks, so that packed operands stay in the second-level cache. Where
// there are several blocks of rows, columns go by in blocks too, whose packed panels stay in the third level.
constexpr Index row_block = 252;
constexpr Index column_block = 1024;

/// What a panel has at most.
template <class T>
constexpr Index panel_columns = 2 * Lanes<T, vector_bytes>::count;

/// One block of b's columns: `b` and its step from row to row. Of the result's columns the first `skip` are not
/// written: another block has them. The tile that reads the panel first may leave a copy of it, rows next to each
/// other.
template <class T>
struct Panel {
  const T* b;
  Index step;
  Index skip;
  T* copy;
};

/// `rows` rows of the result, `vectors` vectors wide, kept in registers over all of k.
template <class T, int bytes, int vectors, int rows, bool copies>
void tile(const Product<T>& p, const Panel<T>& panel, const T* a, T* result) {
  using Register = typename Lanes<T, bytes>::Register;
  using Memory = typename Lanes<T, bytes>::Memory;
  constexpr int lanes = Lanes<T, bytes>::count;
  constexpr int groups = (rows + 2) / 3;  // rows share pointers by three, or there are not enough registers
  const Index row = p.row_a, column = p.column_a;
  const T* group[groups];
#pragma GCC unroll 8
  for (int g = 0; g < groups; ++g) group[g] = a + 3 * g * row;
  Register sums[rows][vectors];
  const auto each_sum = [](auto&& f) {
#pragma GCC unroll 16
    for (int r = 0; r < rows; ++r) {
#pragma GCC unroll 2
      for (int v = 0; v < vectors; ++v) f(r, v);
    }
  };
  each_sum([&](int r, int v) { sums[r][v] = Register{}; });
  // The result is hardly ever near, and takes longer to come than to write.
  each_sum([&](int r, int v) { __builtin_prefetch(result + r * p.leading + v * lanes, 1, 3); });
  const T* b = panel.b;
  [[maybe_unused]] T* copy = panel.copy;
  for (Index i = 0; i < p.k; ++i) {
    Register values[vectors];
#pragma GCC unroll 2
    for (int v = 0; v < vectors; ++v) {
      values[v] = *reinterpret_cast<const Memory*>(b + v * lanes);
      if constexpr (copies) *reinterpret_cast<Memory*>(copy + v * lanes) = values[v];
    }
    if constexpr (copies) copy += vectors * lanes;
#pragma GCC unroll 16
    for (int r = 0; r < rows; ++r) {
      const T factor = group[r / 3][(r % 3) * row];
#pragma GCC unroll 2
      for (int v = 0; v < vectors; ++v) sums[r][v] += factor * values[v];
    }
#pragma GCC unroll 8
    for (int g = 0; g < groups; ++g) group[g] += column;
    b += panel.step;
  }
  const auto place = [](T* from, Index step, int r, int v) -> Memory* {
    return reinterpret_cast<Memory*>(from + r * step + v * lanes);
  };
  if (panel.skip == 0 && p.accumulate) {
    each_sum([&](int r, int v) { *place(result, p.leading, r, v) += sums[r][v]; });
  } else if (panel.skip == 0) {
    each_sum([&](int r, int v) { *place(result, p.leading, r, v) = sums[r][v]; });
  } else {
    T plain[rows][vectors * lanes];
    each_sum([&](int r, int v) { *place(plain[0], vectors * lanes, r, v) = sums[r][v]; });
    for (int r = 0; r < rows; ++r) {
      T* to = result + r * p.leading;
      for (Index i = panel.skip; i < vectors * lanes; ++i) to[i] = p.accumulate ? to[i] + plain[r][i] : plain[r][i];
    }
  }
}

template <class T>
using Tile = void (*)(const Product<T>&, const Panel<T>&, const T*, T*);

/// The tiles of 1 to most_rows rows.
template <class T, int bytes, int vectors, bool copies>
struct Tiles {
  Tile<T> of[most_rows];
  constexpr Tiles() : Tiles(std::make_integer_sequence<int, most_rows>()) {}

 private:
  template <int... rows>
  constexpr explicit Tiles(std::integer_sequence<int, rows...>) : of{&tile<T, bytes, vectors, rows + 1, copies>...} {}
};

/// Memory that is read soon: `count` rows of `length` elements, `step` apart.
template <class T>
struct Ahead {
  const T* from;
  Index count, length, step;

  /// Asks for the i-th of `parts` parts of it.
  void fetch(Index i, Index parts) const {
    constexpr Index line = 64 / static_cast<Index>(sizeof(T));
    const Index end = (i + 1) * count / parts;
    for (Index row = i * count / parts; row < end; ++row) {
      const T* const start = from + row * step;
      for (Index j = 0; j < length; j += line) __builtin_prefetch(start + j, 0, 2);
    }
  }
};

/// All rows of one panel, in tiles of rows as equal as can be.
template <class T, int bytes, int vectors>
void multiply_panel(const Product<T>& p, Panel<T> panel, const Ahead<T>& ahead, T* result) {
  static constexpr Tiles<T, bytes, vectors, false> tiles;
  const Index count = (p.n + most_rows - 1) / most_rows;
  const Index least = p.n / count;
  const Index longer = p.n % count;  // so many tiles have a row more
  const T* a = p.a;
  for (Index i = 0; i < count; ++i) {
    const Index rows = least + (i < longer ? 1 : 0);
    ahead.fetch(i, count);
    if (vectors > 1 && panel.copy) {
      static constexpr Tiles<T, bytes, vectors, (vectors > 1)> copying;
      copying.of[rows - 1](p, panel, a, result);
      panel = {panel.copy, vectors * Lanes<T, bytes>::count, panel.skip, nullptr};
    } else {
      tiles.of[rows - 1](p, panel, a, result);
    }
    a += rows * p.row_a;
    result += rows * p.leading;
  }
}

/// out (k, width) = the transpose of from (width, k), rows of which are `step` apart.
template <class T, Index width>
void pack_transposed(const T* from, Index step, Index k, T* out) {
  // Within 16 bytes the blocks are transposed. Where vectors are longer, two rows of 16 bytes that are `part` rows
  // apart share one.
  constexpr int halves = vector_bytes >= 32 ? 2 : 1;
  using Register = typename Lanes<T, 16 * halves>::Register;
  using Memory = typename Lanes<T, 16 * halves>::Memory;
  using HalfMemory = typename Lanes<T, 16>::Memory;
  constexpr int part = Lanes<T, 16>::count, columns = halves * part;
  const auto load = [&]<int... lane>(const T* at, Register& x, std::integer_sequence<int, lane...>) {
    if constexpr (halves == 2)
      x = __builtin_shufflevector(*reinterpret_cast<const HalfMemory*>(at),
                                  *reinterpret_cast<const HalfMemory*>(at + part * step), lane...);
    else
      x = *reinterpret_cast<const HalfMemory*>(at);
  };
  constexpr Index chunk = 256 / static_cast<Index>(sizeof(T));  // what it fills stays in the first-level cache
  for (Index start = 0; start < k; start += chunk) {
    const Index end = k - start < chunk ? k : start + chunk;
    for (Index j = 0; j + columns <= width; j += columns) {
      const T* rows = from + j * step;
      T* to = out + j;
      Index i = start;
      for (; i + part <= end; i += part) {
        Register x[part];
#pragma GCC unroll 4
        for (int r = 0; r < part; ++r) load(rows + r * step + i, x[r], std::make_integer_sequence<int, columns>());
        transpose_squares(x);
#pragma GCC unroll 4
        for (int r = 0; r < part; ++r) *reinterpret_cast<Memory*>(to + (i + r) * width) = x[r];
      }
      for (; i < end; ++i)
        for (int r = 0; r < columns; ++r) to[i * width + r] = rows[r * step + i];
    }
  }
  if constexpr (width < columns)
    for (Index i = 0; i < k; ++i)
      for (Index j = 0; j < width; ++j) out[i * width + j] = from[j * step + i];
}

/// out (rows, columns) = from. Rows are asked for ahead, since the processor does not foresee where the next begins.
template <class T>
void copy_rows(const T* from, Index step, Index rows, Index columns, T* out, Index out_step) {
  constexpr Index early = 8;
  const Ahead<T> ahead{from, rows, columns, step};
  for (Index i = 0; i < early && i < rows; ++i) ahead.fetch(i, rows);
  for (Index i = 0; i < rows; ++i) {
    if (i + early < rows) ahead.fetch(i + early, rows);
    for (Index j = 0; j < columns; ++j) out[i * out_step + j] = from[i * step + j];
  }
}

/// Rows so far apart all fall into the same few lines of a first-level cache.
template <class T>
bool collides(Index step) {
  return step * static_cast<Index>(sizeof(T)) % 2048 == 0;
}

/// Where the packed panels of one block of columns lie.
template <class T>
struct Packed {
  T* next;       ///< of the next panel
  Index step;    ///< from panel to panel; 0 where each is read by one block of rows only
  bool present;  ///< an earlier block of rows has packed them
};

/// Of the columns from `start` on, the first `skip` belong to the panel before.
template <class T, int bytes, int vectors>
void columns(const Product<T>& p, Index start, Index skip, Packed<T>& packed) {
  constexpr Index width = vectors * Lanes<T, bytes>::count;
  const bool transposed = p.column_b != 1;
  const bool copies =
      vectors > 1 && !transposed && p.n > most_rows && p.k > 32 && p.row_b * static_cast<Index>(sizeof(T)) >= 2048;
  Panel<T> panel{p.b + start * p.column_b, p.row_b, skip, nullptr};
  const Index after = start + width;
  const Index next_width = p.m - after < panel_columns<T> ? p.m - after : panel_columns<T>;
  Ahead<T> ahead{nullptr, 0, 0, 0};
  if (next_width > 0 && (transposed || copies)) {
    const T* const next = p.b + after * p.column_b;
    if (packed.present)
      ahead = {packed.next + packed.step, p.k, next_width, next_width};
    else if (transposed)
      ahead = {next, next_width, p.k, p.column_b};
    else
      ahead = {next, p.k, next_width, p.row_b};
  }
  if ((transposed || copies) && packed.present) {
    panel = {packed.next, width, skip, nullptr};
  } else if (transposed) {
    pack_transposed<T, width>(panel.b, p.column_b, p.k, packed.next);
    panel = {packed.next, width, skip, nullptr};
  } else if (copies) {
    panel.copy = packed.next;
  }
  multiply_panel<T, bytes, vectors>(p, panel, ahead, p.result + start);
  packed.next += packed.step;
}

// ------------------------------------------------------------------------------------------------- one row

constexpr int most_row_vectors = 8;

/// `vectors` vectors of a result of one row, kept in registers over all of k. The last one begins at column `last`,
/// where it may overlap the one before; its first `skip` columns are not written.
template <class T, int bytes, int vectors>
void row_tile(const Product<T>& p, const T* b, Index last, Index skip, T* result) {
  using Register = typename Lanes<T, bytes>::Register;
  using Memory = typename Lanes<T, bytes>::Memory;
  constexpr int lanes = Lanes<T, bytes>::count;
  Register sums[vectors];
#pragma GCC unroll 8
  for (int v = 0; v < vectors; ++v) sums[v] = Register{};
  const T* a = p.a;
  for (Index i = 0; i < p.k; ++i) {
    const T factor = *a;
#pragma GCC unroll 8
    for (int v = 0; v < vectors; ++v)
      sums[v] += factor * *reinterpret_cast<const Memory*>(b + (v + 1 < vectors ? v * lanes : last));
    a += p.column_a;
    b += p.row_b;
  }
#pragma GCC unroll 8
  for (int v = 0; v + 1 < vectors; ++v) {
    auto* const to = reinterpret_cast<Memory*>(result + v * lanes);
    *to = p.accumulate ? *to + sums[v] : sums[v];
  }
  T plain[lanes];
  *reinterpret_cast<Memory*>(plain) = sums[vectors - 1];
  for (Index i = skip; i < lanes; ++i) result[last + i] = p.accumulate ? result[last + i] + plain[i] : plain[i];
}

template <class T, int bytes>
void row_in_tiles(const Product<T>& p) {
  static constexpr auto tiles = []<int... v>(std::integer_sequence<int, v...>) {
    struct {
      void (*of[sizeof...(v)])(const Product<T>&, const T*, Index, Index, T*);
    } list{{&row_tile<T, bytes, v + 1>...}};
    return list;
  }
  (std::make_integer_sequence<int, most_row_vectors>());
  constexpr Index lanes = Lanes<T, bytes>::count;
  const Index vectors = (p.m + lanes - 1) / lanes;
  const Index count = (vectors + most_row_vectors - 1) / most_row_vectors;
  const Index columns = (vectors + count - 1) / count * lanes;  // of a tile
  for (Index start = 0; start < p.m; start += columns) {
    const Index rest = p.m - start < columns ? p.m - start : columns;
    const Index own = (rest + lanes - 1) / lanes;
    tiles.of[own - 1](p, p.b + start, rest - lanes, own * lanes - rest, p.result + start);
  }
}

/// A product of one row, the rows of whose matrix are read from first to last.
template <class T>
void multiply_row(const Product<T>& p) {
  if constexpr (vector_bytes == 64)
    if (p.m >= Lanes<T, 64>::count) return row_in_tiles<T, 64>(p);
  if constexpr (vector_bytes >= 32)
    if (p.m >= Lanes<T, 32>::count) return row_in_tiles<T, 32>(p);
  row_in_tiles<T, 16>(p);
}

/// A product of one block of rows, one of columns and one of the inner extent.
template <class T>
void multiply_block(const Product<T>& p, Packed<T> packed) {
  if (p.n == 1 && p.column_b == 1) return multiply_row(p);
  constexpr Index lanes = Lanes<T, vector_bytes>::count;
  Index start = 0;
  for (; start + 2 * lanes <= p.m; start += 2 * lanes) columns<T, vector_bytes, 2>(p, start, 0, packed);
  if (start + lanes <= p.m) {
    columns<T, vector_bytes, 1>(p, start, 0, packed);
    start += lanes;
  }
  const Index rest = p.m - start;
  if (rest == 0) return;
  // The last vector, as short as can be, overlaps those before.
  if constexpr (vector_bytes == 64)
    if (rest > lanes / 2) return columns<T, 64, 1>(p, p.m - lanes, lanes - rest, packed);
  if constexpr (vector_bytes >= 32)
    if (rest > Lanes<T, 16>::count)
      return columns<T, 32, 1>(p, p.m - Lanes<T, 32>::count, Lanes<T, 32>::count - rest, packed);
  columns<T, 16, 1>(p, p.m - Lanes<T, 16>::count, Lanes<T, 16>::count - rest, packed);
}

/// The extent of the blocks, as equal as can be, into which so much is cut.
constexpr Index block_of(Index extent, Index most, Index multiple) {
  const Index count = (extent + most - 1) / most;
  const Index even = (extent + count - 1) / count;
  return (even + multiple - 1) / multiple * multiple;
}

template <class T>
void compute(const Product<T>& whole) {
  const bool transposed = whole.row_a == 1;
  const Index step_a = transposed ? whole.column_a : whole.row_a;
  const bool copies = whole.m > panel_columns<T> && collides<T>(step_a);
  const Index rows = block_of(whole.n, row_block, most_rows);
  const bool several = rows < whole.n;
  const Index chunk = several ? block_of(whole.m, column_block, panel_columns<T>) : whole.m;
  const Index depths = whole.k < gemm_depth ? whole.k : gemm_depth;
  const Index panel = depths * panel_columns<T>;
  const Index panels = several ? (chunk / panel_columns<T> + 2) * panel : panel;
  constexpr Index apart = 32 / static_cast<Index>(sizeof(T));  // what rows of the copy are longer by
  const Index copy = (depths + apart) * rows + apart * depths;
  T* const workspace =
      static_cast<T*>(gemm_workspace(static_cast<std::size_t>(panels + (copies ? copy : 0)) * sizeof(T)));
  for (Index column = 0; column < whole.m; column += chunk) {
    for (Index depth = 0; depth < whole.k; depth += gemm_depth) {
      for (Index row = 0; row < whole.n; row += rows) {
        Product<T> p = whole;
        p.n = whole.n - row < rows ? whole.n - row : rows;
        p.m = whole.m - column < chunk ? whole.m - column : chunk;
        p.k = whole.k - depth < gemm_depth ? whole.k - depth : gemm_depth;
        p.a += row * p.row_a + depth * p.column_a;
        p.b += depth * p.row_b + column * p.column_b;
        p.result += row * p.leading + column;
        p.accumulate = whole.accumulate || depth > 0;
        if (copies) {
          const Index length = transposed ? p.n : p.k;
          copy_rows(p.a, step_a, transposed ? p.k : p.n, length, workspace + panels, length + apart);
          p.a = workspace + panels;
          (transposed ? p.column_a : p.row_a) = length + apart;
        }
        multiply_block(p, Packed<T>{workspace, several ? panel : 0, row > 0});
      }
    }
  }
}

}  // namespace

#if defined(XGRAD_TARGET_AVX512)
void gemm_avx512(const Product<float>& product) { compute(product); }
void gemm_avx512(const Product<double>& product) { compute(product); }
#elif defined(XGRAD_TARGET_AVX2)
void gemm_avx2(const Product<float>& product) { compute(product); }
void gemm_avx2(const Product<double>& product) { compute(product); }
#else
void gemm_baseline(const Product<float>& product) { compute(product); }
void gemm_baseline(const Product<double>& product) { compute(product); }
#endif

}  // namespace xgrad::ops
