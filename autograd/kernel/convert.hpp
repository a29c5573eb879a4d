#pragma once

#include <autograd/dtype.hpp>
#include <autograd/kernel/loops.hpp>

namespace xgrad::run {

/// The loop that copies values of one dtype to another.
TileKernel copy_tile(DType operand, DType result);

}  // namespace xgrad::run
