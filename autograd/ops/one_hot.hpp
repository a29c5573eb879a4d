#pragma once

#include <cstdint>

#include <autograd/operand.hpp>

namespace xgrad::ops {

/// The function, as its users know it, that one_hot is part of: whose name errors carry when a label is out of range.
enum class LabelsOf : std::int64_t { one_hot, cross_entropy, nll_loss };

/// one_hot, called in that function's name.
Tensor one_hot_in(LabelsOf function, const Operand& labels, std::int64_t classes, DType dtype);

}  // namespace xgrad::ops
