#include <autograd/kernel/array.hpp>

#include <algorithm>
#include <cstring>

namespace xgrad::run {
namespace {

constexpr int max_operands = 4;

/// A loop nest over operands: axes of extent 1 dropped, neighbours that all operands step through evenly merged.
struct LoopNest {
  int operands = 0;
  int rank = 0;
  std::array<std::int64_t, Shape::max_rank> extents{};
  std::array<Strides, max_operands> strides{};

  LoopNest(const Shape& shape, std::span<const Strides> steps) : operands(static_cast<int>(steps.size())) {
    for (int axis = 0; axis < shape.rank(); ++axis) {
      if (shape[axis] == 1) continue;
      const auto here = static_cast<std::size_t>(axis);
      if (rank > 0 && mergeable(shape[axis], steps, here)) {
        extents[last()] *= shape[axis];
      } else {
        ++rank;
        extents[last()] = shape[axis];
      }
      for (std::size_t k = 0; k < steps.size(); ++k) strides[k][last()] = steps[k][here];
    }
    if (rank == 0) {
      rank = 1;
      extents[0] = 1;
    }
  }

  std::size_t last() const noexcept { return static_cast<std::size_t>(rank - 1); }

  /// Calls body(offsets), offsets in elements, for every index of all axes but the last `inner`.
  template <class Body>
  void each_outer(int inner, Body&& body) const {
    std::array<std::int64_t, max_operands> offsets{};
    std::array<std::int64_t, Shape::max_rank> index{};
    const int outer = std::max(0, rank - inner);
    while (true) {
      body(offsets);
      int axis = outer - 1;
      for (; axis >= 0; --axis) {
        const auto a = static_cast<std::size_t>(axis);
        for (std::size_t k = 0; k < static_cast<std::size_t>(operands); ++k) offsets[k] += strides[k][a];
        if (++index[a] < extents[a]) break;
        for (std::size_t k = 0; k < static_cast<std::size_t>(operands); ++k) offsets[k] -= strides[k][a] * extents[a];
        index[a] = 0;
      }
      if (axis < 0) return;
    }
  }

 private:
  bool mergeable(std::int64_t extent, std::span<const Strides> steps, std::size_t axis) const {
    for (std::size_t k = 0; k < steps.size(); ++k)
      if (strides[k][last()] != steps[k][axis] * extent) return false;
    return true;
  }
};

template <class T>
void copy_rows(const LoopNest& nest, const T* from, T* to) {
  const std::int64_t n = nest.extents[nest.last()];
  const std::int64_t from_step = nest.strides[0][nest.last()];
  const std::int64_t to_step = nest.strides[1][nest.last()];
  nest.each_outer(1, [&](const auto& offsets) {
    const T* source = from + offsets[0];
    T* target = to + offsets[1];
    if (from_step == 1 && to_step == 1) {
      std::memcpy(target, source, static_cast<std::size_t>(n) * sizeof(T));
    } else if (from_step == 0 && to_step == 1) {
      std::fill_n(target, n, *source);
    } else {
      for (std::int64_t i = 0; i < n; ++i) target[i * to_step] = source[i * from_step];
    }
  });
}

/// Two innermost axes, of which the source steps by 1 along the outer one: tiles that fit the cache both ways.
template <class T>
void copy_transposed(const LoopNest& nest, const T* from, T* to) {
  constexpr std::int64_t tile = 32;
  const std::size_t column = nest.last();
  const std::size_t row = column - 1;
  const std::int64_t rows = nest.extents[row];
  const std::int64_t columns = nest.extents[column];
  const std::int64_t from_column = nest.strides[0][column];
  const std::int64_t to_row = nest.strides[1][row];
  nest.each_outer(2, [&](const auto& offsets) {
    for (std::int64_t i0 = 0; i0 < rows; i0 += tile) {
      for (std::int64_t j0 = 0; j0 < columns; j0 += tile) {
        const std::int64_t i1 = std::min(rows, i0 + tile);
        const std::int64_t j1 = std::min(columns, j0 + tile);
        for (std::int64_t i = i0; i < i1; ++i) {
          const T* source = from + offsets[0] + i;
          T* target = to + offsets[1] + i * to_row;
          for (std::int64_t j = j0; j < j1; ++j) target[j] = source[j * from_column];
        }
      }
    }
  });
}

template <class T>
void copy_elements(const Array& from, const Array& to) {
  const Strides steps[] = {from.strides, to.strides};
  const LoopNest nest(to.shape, steps);
  const std::size_t last = nest.last();
  const bool transposed =
      nest.rank >= 2 && nest.strides[0][last] != 1 && nest.strides[0][last - 1] == 1 && nest.strides[1][last] == 1;
  if (transposed)
    copy_transposed(nest, from.as<T>(), to.as<T>());
  else
    copy_rows(nest, from.as<T>(), to.as<T>());
}

}  // namespace

Strides contiguous_strides(const Shape& shape) noexcept {
  Strides strides{};
  std::int64_t step = 1;
  for (int axis = shape.rank(); axis-- > 0;) {
    strides[static_cast<std::size_t>(axis)] = step;
    step *= shape[axis];
  }
  return strides;
}

bool Array::contiguous() const noexcept {
  std::int64_t step = 1;
  for (int axis = shape.rank(); axis-- > 0;) {
    if (shape[axis] != 1 && strides[static_cast<std::size_t>(axis)] != step) return shape.elements() == 0;
    step *= shape[axis];
  }
  return true;
}

void copy(const Array& from, const Array& to) {
  if (to.shape.elements() == 0) return;
  switch (size_of(to.dtype)) {
    case 1:
      return copy_elements<std::uint8_t>(from, to);
    case 2:
      return copy_elements<std::uint16_t>(from, to);
    case 4:
      return copy_elements<std::uint32_t>(from, to);
    default:
      return copy_elements<std::uint64_t>(from, to);
  }
}

bool same_view(const Attributes&, const Array& input, Array& result) {
  result.data = input.data;
  result.strides = input.strides;
  return true;
}

Array contiguous(const Array& array, BufferHandle& storage) {
  if (array.contiguous()) return array;
  storage = BufferHandle(Buffer::allocate(static_cast<std::size_t>(array.shape.elements()) * size_of(array.dtype)));
  Array result(storage->data(), array.dtype, array.shape);
  copy(array, result);
  return result;
}

void run_elementwise(TileKernel kernel, std::span<const Array> inputs, const Array& result) {
  if (result.shape.elements() == 0) return;
  std::array<Strides, max_operands> steps{};
  const std::size_t operands = inputs.size();
  for (std::size_t k = 0; k < operands; ++k) {
    const int extra = result.shape.rank() - inputs[k].shape.rank();
    for (int axis = extra; axis < result.shape.rank(); ++axis) {
      const auto own = static_cast<std::size_t>(axis - extra);
      const bool broadcast = inputs[k].shape[axis - extra] == 1;
      steps[k][static_cast<std::size_t>(axis)] = broadcast ? 0 : inputs[k].strides[own];
    }
  }
  steps[operands] = result.strides;
  const LoopNest nest(result.shape, std::span(steps).first(operands + 1));
  const std::size_t last = nest.last();
  const std::int64_t n = nest.extents[last];

  // Operands whose innermost step is neither 0 nor 1 are gathered, tile by tile.
  constexpr std::int64_t tile = 1024;
  alignas(64) static thread_local std::byte gathered[max_operands][tile * 8];
  std::array<std::int64_t, max_operands> step{};
  bool gathers = false;
  for (std::size_t k = 0; k < operands; ++k) {
    step[k] = n == 1 ? 1 : nest.strides[k][last];
    gathers = gathers || (step[k] != 0 && step[k] != 1);
  }
  nest.each_outer(1, [&](const auto& offsets) {
    const std::int64_t chunk = gathers ? tile : n;
    for (std::int64_t start = 0; start < n; start += chunk) {
      const std::int64_t count = std::min(chunk, n - start);
      std::array<const void*, max_operands> pointers{};
      std::array<std::int64_t, max_operands> kernel_steps{};
      for (std::size_t k = 0; k < operands; ++k) {
        const auto width = static_cast<std::int64_t>(size_of(inputs[k].dtype));
        const std::byte* source = inputs[k].data + (offsets[k] + start * step[k]) * width;
        kernel_steps[k] = step[k] == 0 ? 0 : 1;
        pointers[k] = source;
        if (step[k] == 0 || step[k] == 1) continue;
        for (std::int64_t i = 0; i < count; ++i)
          std::memcpy(gathered[k] + i * width, source + i * step[k] * width, static_cast<std::size_t>(width));
        pointers[k] = gathered[k];
      }
      std::byte* out = result.data + (offsets[operands] + start) * static_cast<std::int64_t>(size_of(result.dtype));
      kernel(out, pointers.data(), kernel_steps.data(), count);
    }
  });
}

}  // namespace xgrad::run
