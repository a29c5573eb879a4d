#include "modules.hpp"
#include "tensors.hpp"

namespace gradbench {

namespace {

/// log(sum(exp(x))) of its parts, as the eval asks, and not a logsumexp() of the library.
Tensor log_sum_exp(const Tensor& x) {
  const Tensor largest = max(x);
  return largest + log(sum(exp(x - largest)));
}

}  // namespace

Module lse() {
  return {{"primal",
           [](const Json& input) { return program([x = read_vector(input.at("x"))] { return log_sum_exp(x); }); }},
          {"gradient", [](const Json& input) {
             return program([x = read_vector(input.at("x"))] { return gradient_of(log_sum_exp, x); });
           }}};
}

}  // namespace gradbench
