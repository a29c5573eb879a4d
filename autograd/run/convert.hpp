#pragma once

#include <autograd/primitive.hpp>

namespace xgrad::run {

/// The loop that copies values of one dtype to another.
TileKernel copy_tile(DType operand, DType result);

}  // namespace xgrad::run
