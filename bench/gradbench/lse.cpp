#include <autograd/autograd.hpp>

#include "modules.hpp"

namespace gradbench {

using namespace xgrad;

namespace {

/// log(sum(exp(x))) of its parts, as the eval asks, and not xgrad's logsumexp().
Tensor log_sum_exp(const Tensor& x) {
  const Tensor largest = max(x);
  return largest + log(sum(exp(x - largest)));
}

}  // namespace

Module lse() {
  return {{"primal",
           [](const Json& input) { return program([x = read_vector(input.at("x"))] { return log_sum_exp(x); }); }},
          {"gradient", [](const Json& input) {
             return program([x = read_vector(input.at("x"))] { return gradient(log_sum_exp, x); });
           }}};
}

}  // namespace gradbench
