#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <autograd/tensor.hpp>

/// The checks of what metrics are given, for the files of this folder.
namespace xgrad::nn::inputs {

/// "float32 (4, 3)"
std::string described(const Tensor& x);

void check_defined(const std::string& where, std::string_view argument, const Tensor& x);

/// Values of which some may lie out of range: those in their place, and which lie within.
struct Checked {
  Tensor values;           ///< 0 where the value is out of range
  Tensor inside;           ///< bool, undefined where all are within
  Tensor outside() const;  ///< the number of those that are not, undefined for none

  /// A tensor with 0 where a value is out of range.
  Tensor kept(const Tensor& x) const;
};
/// The conditions of several values that belong together: within where all are.
Checked both(const Checked& values, const Checked& others);

/// int64 (or bool) values from 0 to `classes` - 1. Throws Error on another dtype and, where the tensor has its values,
/// on one that is out of range.
Checked classes_of(const std::string& where, std::string_view argument, const Tensor& x, std::int64_t classes);
/// Floating-point values in [low, high], NaN being out of range, as float64. Throws Error likewise.
Checked scores_of(const std::string& where, std::string_view argument, const Tensor& x, double low, double high);

/// The classes that predictions name: the largest entry of axis 1 of floating-point scores (N, C, ...), the first of
/// equal ones, or int64 classes of the shape of the targets. Throws Error where the shapes do not belong together, and
/// where C is not `classes` (0: any number).
Tensor predicted_classes(const std::string& where, const Tensor& predictions, const Tensor& targets,
                         std::int64_t classes);

/// Two floating-point or int64 tensors of one shape, as float64.
struct Pair {
  Tensor predictions, targets;
};
Pair pair_of(const std::string& where, const Tensor& predictions, const Tensor& targets);

}  // namespace xgrad::nn::inputs
