#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include <autograd/tensor.hpp>

namespace xgrad {

/// One differentiation pass over what this thread has recorded from position `first` on: the cotangents of the sources
/// for one of y, recorded. Undefined for a source on which y does not depend. Sources that were recorded before `first`
/// are not reached.
std::vector<Tensor> differentiate(const Tensor& y, const Tensor& cotangent, std::span<const Tensor> sources,
                                  std::size_t first = 0);

}  // namespace xgrad
