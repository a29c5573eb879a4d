#pragma once

#include <cstdint>

/// Vectors of the compiler's own, for kernels that are compiled once for each instruction set: a header without
/// functions, so that there is nothing a linker could take from one build for the other.
namespace xgrad::ops {

/// A vector of that many bytes: in registers, and as it lies in memory.
template <class T, int bytes>
struct Lanes {
  using Register [[gnu::vector_size(bytes)]] = T;
  using Memory [[gnu::vector_size(bytes), gnu::aligned(alignof(T)), gnu::may_alias]] = T;
  static constexpr int count = bytes / static_cast<int>(sizeof(T));
};

}  // namespace xgrad::ops
