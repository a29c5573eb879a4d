#include <autograd/kernel/channel_product.hpp>
#include <autograd/kernel/lanes.hpp>

#include <cstddef>
#include <utility>

// Compiled for each instruction set (autograd/kernel/lanes.hpp); everything else is local to this file. a * b + c is
// one fma here where there is one (-ffp-contract=fast).

namespace xgrad::ops {
namespace {

using Index = std::int64_t;

constexpr int most_lines = 4;

/// `lines` rows of results, `vectors` vectors wide, kept in registers over all of the table.
template <class T, int bytes, int vectors, int lines>
void weigh_tile(const PlaneWindows<T>& p, const T* weights, const T* from, T* result) {
  using Register = typename Lanes<T, bytes>::Register;
  using Memory = typename Lanes<T, bytes>::Memory;
  constexpr int lanes = Lanes<T, bytes>::count;
  Register sums[lines][vectors];
#pragma GCC unroll 4
  for (int i = 0; i < lines; ++i) {
#pragma GCC unroll 2
    for (int v = 0; v < vectors; ++v) sums[i][v] = Register{};
  }
  for (Index j = 0; j < p.depth; ++j) {
    const T weight = weights[j];
    const T* a = from + p.table[j];
#pragma GCC unroll 4
    for (int i = 0; i < lines; ++i) {
#pragma GCC unroll 2
      for (int v = 0; v < vectors; ++v) sums[i][v] += weight * *reinterpret_cast<const Memory*>(a + v * lanes);
      a += p.line_step;
    }
  }
#pragma GCC unroll 4
  for (int i = 0; i < lines; ++i) {
#pragma GCC unroll 2
    for (int v = 0; v < vectors; ++v) *reinterpret_cast<Memory*>(result + i * p.columns + v * lanes) = sums[i][v];
  }
}

/// Columns from one on, as many as there are in the vectors, of all lines.
template <class T, int bytes, int vectors>
void weigh_columns(const PlaneWindows<T>& p, const T* weights, Index column, T* result) {
  Index i = 0;
  for (; i + most_lines <= p.lines; i += most_lines)
    weigh_tile<T, bytes, vectors, most_lines>(p, weights, p.plane + i * p.line_step + column,
                                              result + i * p.columns + column);
  for (; i < p.lines; ++i)
    weigh_tile<T, bytes, vectors, 1>(p, weights, p.plane + i * p.line_step + column, result + i * p.columns + column);
}

/// By vectors of so many bytes, as long as they fit; the last one overlaps those before. Narrower planes by shorter
/// vectors, or element by element.
template <class T, int bytes>
void weigh_by(const PlaneWindows<T>& p, const T* weights, T* result) {
  constexpr Index lanes = Lanes<T, bytes>::count;
  if (p.columns < lanes) {
    if constexpr (bytes > 16) return weigh_by<T, bytes / 2>(p, weights, result);
    for (Index i = 0; i < p.lines; ++i) {
      for (Index k = 0; k < p.columns; ++k) {
        T sum = 0;
        for (Index j = 0; j < p.depth; ++j) sum += weights[j] * p.plane[i * p.line_step + k + p.table[j]];
        result[i * p.columns + k] = sum;
      }
    }
    return;
  }
  Index k = 0;
  for (; k + 2 * lanes <= p.columns; k += 2 * lanes) weigh_columns<T, bytes, 2>(p, weights, k, result);
  for (; k + lanes <= p.columns; k += lanes) weigh_columns<T, bytes, 1>(p, weights, k, result);
  if (k < p.columns) weigh_columns<T, bytes, 1>(p, weights, p.columns - lanes, result);
}

template <class T>
void weigh(const PlaneWindows<T>& p, const T* weights, T* result) {
  weigh_by<T, vector_bytes>(p, weights, result);
}

/// Sums for `count` entries of the table, over the columns from `first` to `last` of all lines, by whole vectors.
template <class T, int bytes, int count>
void correlate_some(const PlaneWindows<T>& p, const T* values, Index first, Index last, const Index* table,
                    T* weights) {
  using Register = typename Lanes<T, bytes>::Register;
  using Memory = typename Lanes<T, bytes>::Memory;
  constexpr Index lanes = Lanes<T, bytes>::count;
  Register sums[count];
#pragma GCC unroll 8
  for (int j = 0; j < count; ++j) sums[j] = Register{};
  for (Index i = 0; i < p.lines; ++i) {
    for (Index k = first; k < last; k += lanes) {
      const Register value = *reinterpret_cast<const Memory*>(values + i * p.columns + k);
      const T* a = p.plane + i * p.line_step + k;
#pragma GCC unroll 8
      for (int j = 0; j < count; ++j) sums[j] += value * *reinterpret_cast<const Memory*>(a + table[j]);
    }
  }
  for (int j = 0; j < count; ++j) {
    T sum = 0;
    // NOLINTNEXTLINE(clang-analyzer-core.uninitialized.Assign): all lanes have their values
    for (Index lane = 0; lane < lanes; ++lane) sum += sums[j][lane];
    weights[j] += sum;
  }
}

constexpr int most_entries = 8;

template <class T, int bytes>
void correlate_columns(const PlaneWindows<T>& p, const T* values, Index first, Index last, T* weights) {
  static constexpr auto kernels = []<int... n>(std::integer_sequence<int, n...>) {
    struct {
      void (*of[sizeof...(n)])(const PlaneWindows<T>&, const T*, Index, Index, const Index*, T*);
    } list{{&correlate_some<T, bytes, n + 1>...}};
    return list;
  }
  (std::make_integer_sequence<int, most_entries>());
  // In turns about equal, since few sums at a time wait for each other.
  const Index turns = (p.depth + most_entries - 1) / most_entries;
  for (Index t = 0; t < turns; ++t) {
    const Index begin = p.depth * t / turns, end = p.depth * (t + 1) / turns;
    kernels.of[end - begin - 1](p, values, first, last, p.table + begin, weights + begin);
  }
}

/// The columns from `first` on, by vectors of so many bytes as far as whole ones go; then by shorter ones.
template <class T, int bytes>
void correlate_from(const PlaneWindows<T>& p, const T* values, Index first, T* weights) {
  constexpr Index lanes = Lanes<T, bytes>::count;
  const Index last = first + (p.columns - first) / lanes * lanes;
  if (last > first) correlate_columns<T, bytes>(p, values, first, last, weights);
  if constexpr (bytes > 16) return correlate_from<T, bytes / 2>(p, values, last, weights);
  for (Index j = 0; j < p.depth; ++j) {
    T sum = 0;
    for (Index i = 0; i < p.lines; ++i)
      for (Index k = last; k < p.columns; ++k)
        sum += values[i * p.columns + k] * p.plane[i * p.line_step + k + p.table[j]];
    if (last < p.columns) weights[j] += sum;
  }
}

template <class T>
void correlate(const PlaneWindows<T>& p, const T* values, T* weights) {
  correlate_from<T, vector_bytes>(p, values, 0, weights);
}

template <class T>
constexpr ChannelKernels<T> kernels{&weigh<T>, &correlate<T>};

}  // namespace

namespace XGRAD_LANES {
const ChannelKernels<float> channel_kernels_float = kernels<float>;
const ChannelKernels<double> channel_kernels_double = kernels<double>;
}  // namespace XGRAD_LANES

}  // namespace xgrad::ops
