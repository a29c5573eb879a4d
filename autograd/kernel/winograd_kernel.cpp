#include <autograd/kernel/gemm.hpp>
#include <autograd/kernel/lanes.hpp>
#include <autograd/kernel/winograd.hpp>
#include <cstddef>
#include <cstring>
#include <type_traits>
#include <utility>

// Compiled for the baseline and, on x86-64, for AVX2 with FMA and for AVX-512, as gemm_kernel.cpp is. Lanes are tiles:
// a transform is a few sums of whole vectors. Rows are transformed along columns first, where they lie; what a row of
// tiles gives is collected one row after the other, and regrouped into vectors of one element of each tile.

namespace xgrad::ops {
namespace {

using Index = std::int64_t;

constexpr int points = static_cast<int>(tile_points);
constexpr int side = static_cast<int>(tile_size);

template <class T>
using Vector = typename Lanes<T, vector_bytes>::Register;
template <class T>
using Memory = typename Lanes<T, vector_bytes>::Memory;
template <class T>
constexpr int lanes = Lanes<T, vector_bytes>::count;

template <class T>
Vector<T> load(const T* from) {
  return *reinterpret_cast<const Memory<T>*>(from);
}
template <class T>
void store(T* to, Vector<T> value) {
  *reinterpret_cast<Memory<T>*>(to) = value;
}

// ------------------------------------------------------------------------------------------------- transforms
// One way each; a square is transformed both ways.

constexpr double near_point = 0.75, far_point = 1.5;
/// Powers of the points, and sums and products of them: exact numbers all.
template <class T>
struct Points {
  static constexpr T a = T(near_point), b = T(far_point), a2 = a * a, b2 = b * b, a3 = a2 * a, b3 = b2 * b;
  static constexpr T sum = a2 + b2, product = a2 * b2;
};

/// B' d.
template <class T, class V = Vector<T>>
void windows_forward(const V (&d)[points], V (&v)[points]) {
  using P = Points<T>;
  const V even_a = d[4] - P::b2 * d[2], odd_a = P::a * (d[3] - P::b2 * d[1]);
  const V even_b = d[4] - P::a2 * d[2], odd_b = P::b * (d[3] - P::a2 * d[1]);
  v[0] = P::product * d[0] - P::sum * d[2] + d[4];
  v[1] = even_a + odd_a;
  v[2] = even_a - odd_a;
  v[3] = even_b + odd_b;
  v[4] = even_b - odd_b;
  v[5] = P::product * d[1] - P::sum * d[3] + d[5];
}

/// B v.
template <class T, class V = Vector<T>>
void windows_back(const V (&v)[points], V (&d)[points]) {
  using P = Points<T>;
  const V even_a = v[1] + v[2], odd_a = P::a * (v[1] - v[2]);
  const V even_b = v[3] + v[4], odd_b = P::b * (v[3] - v[4]);
  d[0] = P::product * v[0];
  d[1] = P::product * v[5] - P::b2 * odd_a - P::a2 * odd_b;
  d[2] = -P::sum * v[0] - P::b2 * even_a - P::a2 * even_b;
  d[3] = odd_a + odd_b - P::sum * v[5];
  d[4] = v[0] + even_a + even_b;
  d[5] = v[5];
}

/// A y.
template <class T, class V = Vector<T>>
void blocks_forward(const V (&y)[side], V (&m)[points]) {
  using P = Points<T>;
  const V even_a = y[0] + P::a2 * y[2], odd_a = P::a * y[1] + P::a3 * y[3];
  const V even_b = y[0] + P::b2 * y[2], odd_b = P::b * y[1] + P::b3 * y[3];
  m[0] = y[0];
  m[1] = even_a + odd_a;
  m[2] = even_a - odd_a;
  m[3] = even_b + odd_b;
  m[4] = even_b - odd_b;
  m[5] = y[3];
}

/// A' m.
template <class T, class V = Vector<T>>
void blocks_back(const V (&m)[points], V (&y)[side]) {
  using P = Points<T>;
  const V even_a = m[1] + m[2], odd_a = m[1] - m[2], even_b = m[3] + m[4], odd_b = m[3] - m[4];
  y[0] = m[0] + even_a + even_b;
  y[1] = P::a * odd_a + P::b * odd_b;
  y[2] = P::a2 * even_a + P::b2 * even_b;
  y[3] = P::a3 * odd_a + P::b3 * odd_b + m[5];
}

// ------------------------------------------------------------------------------------------------- regrouping

template <class V>
constexpr auto all_lanes = std::make_integer_sequence<int, sizeof(V) / sizeof(V{}[0])>();

/// Of the elements of x and y, one after the other, every second, from `first` on.
template <int first, class V, int... lane>
V every_second(const V& x, const V& y, std::integer_sequence<int, lane...>) {
  return __builtin_shufflevector(x, y, (2 * lane + first)...);
}

/// Elements of x and y in turn, of the lower halves or of the upper ones.
template <bool upper, class V, int... lane>
V in_turn(const V& x, const V& y, std::integer_sequence<int, lane...>) {
  constexpr int n = sizeof...(lane);
  return __builtin_shufflevector(x, y, ((upper ? n / 2 : 0) + lane / 2 + lane % 2 * n)...);
}

/// p[k] = elements k, k + 4, k + 8, ... of memory, for the first `wanted` k.
template <int wanted, class T>
void apart(const T* from, Vector<T>* p) {
  constexpr auto all = all_lanes<Vector<T>>;
  const Vector<T> a = load(from), b = load(from + lanes<T>);
  const Vector<T> c = load(from + 2 * lanes<T>), d = load(from + 3 * lanes<T>);
  const Vector<T> even_low = every_second<0>(a, b, all), even_high = every_second<0>(c, d, all);
  const Vector<T> odd_low = every_second<1>(a, b, all), odd_high = every_second<1>(c, d, all);
  p[0] = every_second<0>(even_low, even_high, all);
  p[1] = every_second<0>(odd_low, odd_high, all);
  if constexpr (wanted > 2) {
    p[2] = every_second<1>(even_low, even_high, all);
    p[3] = every_second<1>(odd_low, odd_high, all);
  }
}

/// The inverse, of four.
template <class T>
void together(const Vector<T>& a, const Vector<T>& b, const Vector<T>& c, const Vector<T>& d, T* to) {
  constexpr auto all = all_lanes<Vector<T>>;
  const Vector<T> even_low = in_turn<false>(a, c, all), even_high = in_turn<true>(a, c, all);
  const Vector<T> odd_low = in_turn<false>(b, d, all), odd_high = in_turn<true>(b, d, all);
  store(to, in_turn<false>(even_low, odd_low, all));
  store(to + lanes<T>, in_turn<true>(even_low, odd_low, all));
  store(to + 2 * lanes<T>, in_turn<false>(even_high, odd_high, all));
  store(to + 3 * lanes<T>, in_turn<true>(even_high, odd_high, all));
}

template <class T>
void store_some(T* to, const Vector<T>& value, Index count) {
  if (count >= lanes<T>) return store(to, value);
  T plain[lanes<T>];
  store(plain, value);
  const T* from = plain;
#pragma GCC unroll 4
  for (int some = lanes<T> / 2; some > 0; some /= 2) {
    if ((count & some) == 0) continue;
    std::memcpy(to, from, static_cast<std::size_t>(some) * sizeof(T));
    to += some, from += some;
  }
}

template <class T>
Vector<T> load_some(const T* from, Index count) {
  if (count >= lanes<T>) return load(from);
  T plain[lanes<T>] = {};
  for (Index i = 0; i < count; ++i) plain[i] = from[i];
  return load(plain);
}

/// The vector with zeros outside of lanes [first, last).
template <class V>
V kept(const V& x, Index first, Index last) {
  using Bits = decltype(x < x);
  Bits lane{};
  constexpr int n = sizeof(V) / sizeof(x[0]);
#pragma GCC unroll 16
  for (int i = 0; i < n; ++i) lane[i] = i;
  using Number = std::remove_reference_t<decltype(lane[0])>;
  const Bits inside = (lane >= static_cast<Number>(first)) & (lane < static_cast<Number>(last));
  return reinterpret_cast<V>(reinterpret_cast<Bits>(x) & inside);
}

// ------------------------------------------------------------------------------------------------- rows of tiles

/// Rows of tiles, of all images counted through, go by in chunks whose rows of elements stay in the first-level cache.
template <class T>
struct Rows {
  Index width;   ///< elements of a row of tiles
  Index all;     ///< rows of tiles
  Index chunk;   ///< rows of tiles of a chunk
  Index padded;  ///< elements of a row of an image with what is around it
  Index length;  ///< elements of a row of all tiles of a chunk

  explicit Rows(const Tiling<T>& t) : width(side * t.across), all(t.count * t.down) {
    constexpr Index tiles = 256, n = lanes<T>;
    chunk = tiles / t.across > 1 ? tiles / t.across : 1;
    if (chunk > all) chunk = all;
    padded = (width + n - 1) / n * n + side + n;
    const Index most = chunk * t.across;
    length = side * (most > n ? most : n) + 2 * n;
  }
  T* workspace(Index elements) const {
    return static_cast<T*>(gemm_workspace(static_cast<std::size_t>(elements) * sizeof(T)));
  }
};

/// Calls f(first tile, tiles that count) for vectors of tiles. The last one overlaps the one before.
template <class T, class F>
void each_vector(Index tiles, F&& f) {
  if (tiles < lanes<T>) return f(0, tiles);
  for (Index tile = 0; tile + lanes<T> <= tiles; tile += lanes<T>) f(tile, lanes<T>);
  if (tiles % lanes<T> != 0) f(tiles - lanes<T>, lanes<T>);
}

template <TileKind kind, class T>
void split(const Tiling<T>& t) {
  constexpr bool overlap = kind == TileKind::windows;
  constexpr int rows = overlap ? points : side;
  const Rows<T> r(t);
  const Index plane = (side * t.down + rows - side) * r.padded;
  T* const padded = r.workspace(plane + 2 * points * r.length);  // an image with what is around it
  T* const collected = padded + plane;
  T* const next = collected + points * r.length;  // the same rows, from 4 elements further on
  std::memset(padded, 0, static_cast<std::size_t>(plane) * sizeof(T));
  T* out = t.tiles;
  const auto transformed = [&](const T* from, T* to) {
    Vector<T> d[rows], v[points];
#pragma GCC unroll 8
    for (int i = 0; i < rows; ++i) d[i] = load(from + i * r.padded);
    if constexpr (overlap)
      windows_forward<T>(d, v);
    else
      blocks_forward<T>(d, v);
#pragma GCC unroll 8
    for (int i = 0; i < points; ++i) store(to + i * r.length, v[i]);
  };
  for (Index first = 0; first < r.all; first += r.chunk) {
    const Index last = first + r.chunk < r.all ? first + r.chunk : r.all;
    for (Index row = first; row < last; ++row) {
      const Index of_image = row % t.down, place = (row - first) * r.width;
      if (of_image == 0) {
        const T* const image = t.images + row / t.down * t.image_step;
        for (Index y = 0; y < t.height; ++y)
          std::memcpy(padded + (y + t.top) * r.padded + t.left, image + y * t.width,
                      static_cast<std::size_t>(t.width) * sizeof(T));
      }
      const T* const from = padded + of_image * side * r.padded;
      for (Index q = 0; q < r.width; q += lanes<T>) {
        transformed(from + q, collected + place + q);
        if constexpr (overlap) transformed(from + q + side, next + place + q);
      }
    }
    const Index tiles = (last - first) * t.across;
    each_vector<T>(tiles, [&](Index tile, Index count) {
      for (int i = 0; i < points; ++i) {
        Vector<T> d[rows], v[points];
        apart<4>(collected + i * r.length + side * tile, d);
        if constexpr (overlap) {
          apart<2>(next + i * r.length + side * tile, d + side);
          windows_forward<T>(d, v);
        } else {
          blocks_forward<T>(d, v);
        }
        T* to = out + i * points * t.product_step + tile;
#pragma GCC unroll 8
        for (int j = 0; j < points; ++j) store_some(to + j * t.product_step, v[j], count);
      }
    });
    out += tiles;
  }
}

/// Rows of elements out of the tiles of a chunk: `collected`, and for windows `next`, 4 elements further on.
template <TileKind kind, class T>
void collect(const T* tiles, Index step, Index count, Index length, T* collected, T* next) {
  each_vector<T>(count, [&](Index tile, Index some) {
    for (int i = 0; i < points; ++i) {
      Vector<T> v[points];
#pragma GCC unroll 8
      for (int j = 0; j < points; ++j) v[j] = load_some(tiles + (i * points + j) * step + tile, some);
      T* const to = collected + i * length + side * tile;
      if constexpr (kind == TileKind::windows) {
        Vector<T> d[points];
        windows_back<T>(v, d);
        together(d[0], d[1], d[2], d[3], to);
        together(d[4], d[5], Vector<T>{}, Vector<T>{}, next + i * length + side * tile);
      } else {
        Vector<T> y[side];
        blocks_back<T>(v, y);
        together(y[0], y[1], y[2], y[3], to);
      }
    }
  });
}

template <class T>
void join_blocks(const Tiling<T>& t) {
  const Rows<T> r(t);
  T* const collected = r.workspace(points * r.length);
  const T* in = t.tiles;
  for (Index first = 0; first < r.all; first += r.chunk) {
    const Index last = first + r.chunk < r.all ? first + r.chunk : r.all;
    collect<TileKind::blocks>(in, t.product_step, (last - first) * t.across, r.length, collected, collected);
    in += (last - first) * t.across;
    for (Index row = first; row < last; ++row) {
      const Index above = row % t.down * side;
      T* const image = t.images + row / t.down * t.image_step + above * t.width;
      const Index rows = t.height - above < side ? t.height - above : side;
      for (Index q = 0; q < t.width; q += lanes<T>) {
        Vector<T> m[points], y[side];
#pragma GCC unroll 8
        for (int i = 0; i < points; ++i) m[i] = load(collected + i * r.length + (row - first) * r.width + q);
        blocks_back<T>(m, y);
        for (Index i = 0; i < rows; ++i) store_some(image + i * t.width + q, y[i], t.width - q);
      }
    }
  }
}

template <class T>
void join_windows(const Tiling<T>& t) {
  const Rows<T> r(t);
  constexpr Index n = lanes<T>;
  const Index plane = (side * t.down + points - side) * r.padded;
  T* const collected = r.workspace(2 * points * r.length + n + plane);
  T* const next = collected + points * r.length + n;  // is read from 4 elements before it on
  T* const sums = next + points * r.length;           // an image with what is around it
  const T* in = t.tiles;
  for (Index first = 0; first < r.all; first += r.chunk) {
    const Index last = first + r.chunk < r.all ? first + r.chunk : r.all;
    collect<TileKind::windows>(in, t.product_step, (last - first) * t.across, r.length, collected, next);
    in += (last - first) * t.across;
    for (Index row = first; row < last; ++row) {
      const Index of_image = row % t.down;
      T* const to = sums + of_image * side * r.padded;
      const Index place = (row - first) * r.width;
      for (Index q = 0; q < r.width + points - side; q += n) {
        // Beside the row's elements there are those of the rows before and behind.
        const bool inside = q >= side && q + n <= r.width;
        Vector<T> v[points], d[points];
#pragma GCC unroll 8
        for (int i = 0; i < points; ++i) {
          const Vector<T> here = load(collected + i * r.length + place + q);
          const Vector<T> before = load(next + i * r.length + place + q - side);
          v[i] = inside ? here + before : kept(here, 0, r.width - q) + kept(before, side - q, r.width + side - q);
        }
        windows_back<T>(v, d);
        // The first rows are the last ones of the tiles above.
#pragma GCC unroll 8
        for (int i = 0; i < points; ++i)
          store(to + i * r.padded + q, i < points - side && of_image > 0 ? load(to + i * r.padded + q) + d[i] : d[i]);
      }
      if (of_image + 1 < t.down) continue;
      T* image = t.images + row / t.down * t.image_step;
      for (Index y = 0; y < t.height; ++y)
        std::memcpy(image + y * t.width, sums + (y + t.top) * r.padded + t.left,
                    static_cast<std::size_t>(t.width) * sizeof(T));
    }
  }
}

template <class T>
void split_any(const Tiling<T>& tiling) {
  tiling.kind == TileKind::windows ? split<TileKind::windows>(tiling) : split<TileKind::blocks>(tiling);
}

template <class T>
void join_any(const Tiling<T>& tiling) {
  tiling.kind == TileKind::windows ? join_windows(tiling) : join_blocks(tiling);
}

}  // namespace

namespace XGRAD_LANES {

void split_tiles(const Tiling<float>& tiling) { split_any(tiling); }
void split_tiles(const Tiling<double>& tiling) { split_any(tiling); }
void join_tiles(const Tiling<float>& tiling) { join_any(tiling); }
void join_tiles(const Tiling<double>& tiling) { join_any(tiling); }

}  // namespace XGRAD_LANES

}  // namespace xgrad::ops
