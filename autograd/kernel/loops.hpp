#pragma once

#include <cstdint>

#pragma GCC visibility push(default)
namespace xgrad {

/// One vectorised loop: out[i] = f(in[0][i * step[0]], ...) for i < n. A step is 1, or 0 for an operand that is the
/// same for the whole loop.
using TileKernel = void (*)(void* out, const void* const* in, const std::int64_t* step, std::int64_t n);

/// Reductions of columns add up so many rows before these join the total.
inline constexpr std::int64_t rows_of_block = 32;

}  // namespace xgrad
#pragma GCC visibility pop
