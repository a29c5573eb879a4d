#pragma once

#include <cmath>
#include <map>
#include <string>

#include <autograd/io/npz.hpp>
#include <autograd/ops.hpp>

#include "apps/scratch.hpp"
#include "fuzz/target.hpp"

/// What the targets of files of tensors share.
namespace xgrad::fuzz {

/// Throws where two tensors differ; NaN agrees with NaN. Reads every element.
inline void expect_equal(const Tensor& a, const Tensor& b) {
  if (a.shape() != b.shape() || a.dtype() != b.dtype()) found("another shape or dtype after it was written again");
  const std::vector<double> left = a.to_vector<double>(), right = b.to_vector<double>();
  for (std::size_t i = 0; i < left.size(); ++i)
    if (left[i] != right[i] && !(std::isnan(left[i]) && std::isnan(right[i])))
      found("other values after they were written again");
}

/// Tensors of all dtypes, one without elements, one without axes.
inline std::map<std::string, Tensor> example_tensors() {
  return {{"x", tensor({{1, 2.5, -3}, {4, 5, 6}})}, {"bo\u00e9l", tensor({1, 0, 1}, boolean)}, {"empty", zeros({0, 3})},
          {"n", tensor({-7, 300}, int64)},          {"zeros", zeros({100}, float64)},          {"one", tensor(1.5)}};
}

}  // namespace xgrad::fuzz
