#include <autograd/kernel/lanes.hpp>
#include <autograd/kernel/table_product.hpp>

#include <cstddef>
#include <utility>

// Compiled for each instruction set (autograd/kernel/lanes.hpp); everything else is local to this file. a * b + c is
// one fma here where there is one (-ffp-contract=fast).

namespace xgrad::ops {
namespace {

using Index = std::int64_t;

// Two vectors for each row fill 28 of 32 registers, or 12 of 16.
constexpr int most_rows = vector_bytes == 64 ? 14 : 6;

/// `rows` rows of the result, `vectors` vectors wide, kept in registers over all of the table. Each `group` of them
/// reads elements of a that lie next to each other; from group to group it is `step`.
template <class T, int bytes, int vectors, int group, int rows>
void tile(const TableProduct<T>& p, Index step, const T* a, T* result) {
  using Register = typename Lanes<T, bytes>::Register;
  using Memory = typename Lanes<T, bytes>::Memory;
  constexpr int lanes = Lanes<T, bytes>::count;
  const auto place = [&](int r, int v) -> Memory* {
    return reinterpret_cast<Memory*>(result + r * vectors * lanes + v * lanes);
  };
  Register sums[rows][vectors];
  const auto each_sum = [](auto&& f) {
#pragma GCC unroll 16
    for (int r = 0; r < rows; ++r) {
#pragma GCC unroll 2
      for (int v = 0; v < vectors; ++v) f(r, v);
    }
  };
  each_sum([&](int r, int v) { sums[r][v] = Register{}; });
  const T* b = p.b;
  for (Index i = 0; i < p.depth; ++i) {
    Register values[vectors];
#pragma GCC unroll 2
    for (int v = 0; v < vectors; ++v) values[v] = *reinterpret_cast<const Memory*>(b + v * lanes);
    b += vectors * lanes;
    const T* from = a + p.table[i];  // of three groups, or there are not enough registers for pointers
#pragma GCC unroll 16
    for (int r = 0; r < rows; ++r) {
      const T factor = from[r / group % 3 * step + r % group];
#pragma GCC unroll 2
      for (int v = 0; v < vectors; ++v) sums[r][v] += factor * values[v];
      if ((r + 1) % (3 * group) == 0) from += 3 * step;
    }
  }
  if (p.accumulate)
    each_sum([&](int r, int v) { *place(r, v) += sums[r][v]; });
  else
    each_sum([&](int r, int v) { *place(r, v) = sums[r][v]; });
}

template <class T>
using Tile = void (*)(const TableProduct<T>&, Index step, const T*, T*);

/// The tiles of 1 to most_rows / group groups; those of one group where that is 0.
template <class T, int bytes, int vectors, int group>
struct Tiles {
  static constexpr int count = group == 0 ? most_rows : most_rows / group;
  Tile<T> of[count];
  constexpr Tiles() : Tiles(std::make_integer_sequence<int, count>()) {}

 private:
  template <int... n>
  constexpr explicit Tiles(std::integer_sequence<int, n...>)
      : of{&tile<T, bytes, vectors, (group == 0 ? n + 1 : group), (group == 0 ? 1 : group) * (n + 1)>...} {}
};

/// So many rows as tiles that are as equal as can be: f(rows before, rows).
template <class F>
void each_tile(Index rows, Index most, F&& f) {
  const Index count = (rows + most - 1) / most;
  const Index least = rows / count, longer = rows % count;  // so many tiles have a row more
  for (Index i = 0, before = 0; i < count; ++i) {
    const Index own = least + (i < longer ? 1 : 0);
    f(before, own);
    before += own;
  }
}

/// Each line by itself: rows of neighbours (group 0), or of elements `row_step` apart (1).
template <class T, int bytes, int vectors, int group>
void multiply_by_line(const TableProduct<T>& p) {
  static constexpr Tiles<T, bytes, vectors, group> tiles;
  for (Index line = 0; line < p.lines; ++line) {
    each_tile(p.rows, most_rows, [&](Index before, Index rows) {
      tiles.of[rows - 1](p, p.row_step, p.a + line * p.line_step + before * p.row_step,
                         p.result + (line * p.rows + before) * p.width);
    });
  }
}

/// Several short lines at once, of `group` rows each.
template <class T, int bytes, int vectors, int group>
void multiply_lines(const TableProduct<T>& p) {
  static constexpr Tiles<T, bytes, vectors, group> tiles;
  each_tile(p.lines, tiles.count, [&](Index before, Index lines) {
    tiles.of[lines - 1](p, p.line_step, p.a + before * p.line_step, p.result + before * group * p.width);
  });
}

template <class T, int bytes, int vectors, int... shorter>
void multiply_width(const TableProduct<T>& p, std::integer_sequence<int, shorter...>) {
  constexpr void (*of_rows[])(const TableProduct<T>&) = {&multiply_lines<T, bytes, vectors, shorter + 1>...};
  if (p.row_step != 1)
    multiply_by_line<T, bytes, vectors, 1>(p);
  else if (p.lines > 1 && p.rows <= most_rows / 2)
    of_rows[p.rows - 1](p);
  else
    multiply_by_line<T, bytes, vectors, 0>(p);
}

template <class T>
void multiply(const TableProduct<T>& p) {
  constexpr int lanes = Lanes<T, vector_bytes>::count;
  constexpr auto shorter = std::make_integer_sequence<int, most_rows / 2>();
  if (p.rows == 0 || p.lines == 0) return;
  if (p.width == 2 * lanes) return multiply_width<T, vector_bytes, 2>(p, shorter);
  if (p.width == lanes) return multiply_width<T, vector_bytes, 1>(p, shorter);
  if constexpr (vector_bytes > 16) multiply_width<T, vector_bytes / 2, 1>(p, shorter);
}

/// A square of as many rows as a vector of 16 bytes has elements.
template <class T>
void transpose_square(const Transposition<T>& t, Index row, Index column) {
  using Register = typename Lanes<T, 16>::Register;
  using Memory = typename Lanes<T, 16>::Memory;
  constexpr int n = Lanes<T, 16>::count;
  Register x[n];
#pragma GCC unroll 4
  for (int i = 0; i < n; ++i) x[i] = *reinterpret_cast<const Memory*>(t.from + (row + i) * t.from_step + column);
  transpose_squares(x);
#pragma GCC unroll 4
  for (int i = 0; i < n; ++i) {
    Memory& to = *reinterpret_cast<Memory*>(t.to + (column + i) * t.to_step + row);
    to = t.accumulate ? to + x[i] : x[i];
  }
}

/// By squares; what is left goes element by element. Lines of the cache are read, or written, in one go on the side
/// where they are further apart: there they may evict each other.
template <class T>
void transpose(const Transposition<T>& t) {
  constexpr Index n = Lanes<T, 16>::count, line = 64 / static_cast<Index>(sizeof(T)), early = 2 * line;
  const Index whole_rows = t.rows / n * n, whole_columns = t.columns / n * n;
  if (t.from_step > t.to_step) {
    for (Index start = 0; start < whole_columns; start += line) {
      const Index end = whole_columns - start < line ? whole_columns : start + line;
      for (Index r = 0; r < whole_rows; r += n) {
        if (start + early < whole_columns)
          for (Index i = 0; i < n; ++i) __builtin_prefetch(t.from + (r + i) * t.from_step + start + early);
        for (Index c = start; c < end; c += n) transpose_square(t, r, c);
      }
    }
  } else {
    for (Index c = 0; c < whole_columns; c += n)
      for (Index r = 0; r < whole_rows; r += n) transpose_square(t, r, c);
  }
  const auto one_by_one = [&](Index row, Index rows, Index column, Index columns) {
    for (Index c = column; c < columns; ++c) {
      for (Index r = row; r < rows; ++r) {
        T& to = t.to[c * t.to_step + r];
        const T value = t.from[r * t.from_step + c];
        to = t.accumulate ? to + value : value;
      }
    }
  };
  one_by_one(whole_rows, t.rows, 0, whole_columns);
  one_by_one(0, t.rows, whole_columns, t.columns);
}

template <class T>
constexpr TableKernels<T> kernels{
    {2 * Lanes<T, vector_bytes>::count, Lanes<T, vector_bytes>::count,
     vector_bytes > 16 ? Lanes<T, vector_bytes / 2>::count : Lanes<T, vector_bytes>::count},
    &multiply<T>,
    &transpose<T>};

}  // namespace

namespace XGRAD_LANES {
const TableKernels<float> table_kernels_float = kernels<float>;
const TableKernels<double> table_kernels_double = kernels<double>;
}  // namespace XGRAD_LANES

}  // namespace xgrad::ops
