#pragma once

#include <vector>

#include <autograd/vjp.hpp>

namespace xgrad {

/// Parts of one cotangent (Vjp::give_part), from the derivatives of slices of one tensor, as few tensors of that
/// tensor's shape, which add up to the cotangent. Parts of one place are added; up to four that overlap are cut where
/// others begin or end; those that lie apart are joined by one concatenation, with zeros between them. So the gradient
/// of a tensor that was cut in n slices costs as much as the tensor, not n times as much. Recorded.
std::vector<Tensor> joined_parts(std::vector<Vjp::Part> parts, const Shape& shape);

}  // namespace xgrad
