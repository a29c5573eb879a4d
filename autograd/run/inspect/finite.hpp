#pragma once

#include <span>

#include <autograd/kernel/array.hpp>
#include <autograd/node.hpp>

namespace xgrad::run {

/// Throws an Error that says all there is to know where a node made NaN or Inf out of finite values
/// (autograd/anomaly.hpp). `inputs` are the views of its inputs that its kernel has read.
void check_finite(const Node& node, std::span<const Array> inputs, const Array& result);

}  // namespace xgrad::run
