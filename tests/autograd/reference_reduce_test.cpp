#include <doctest/doctest.h>

#include "reference.hpp"

namespace xgrad::reference {
namespace {

ReduceOptions options(const Case& one) { return {.keepdims = one.given("keepdims") && one.flag("keepdims")}; }

Call reduction(Tensor (*f)(const Operand&, const Axes&, ReduceOptions)) {
  return [f](const Case& one, const Inputs& in) { return f(in["x"], one.axes(), options(one)); };
}

/// The same over one axis that the manifest does not give.
Call reduction_along(Tensor (*f)(const Operand&, const Axes&, ReduceOptions), int axis) {
  return [f, axis](const Case&, const Inputs& in) { return f(in["x"], axis, {}); };
}

Call moment(Tensor (*f)(const Operand&, const Axes&, VarOptions)) {
  return [f](const Case& one, const Inputs& in) {
    return f(in["x"], one.axes(), {.correction = one.number_or("ddof", 1), .keepdims = options(one).keepdims});
  };
}

Outputs norm_of(const Case& one, const Inputs& in) { return norm(in["x"], std::stod(one.text("p")), one.axes()); }

}  // namespace

Checks reductions() {
  return derivatives_of({
      {"sum", reduction(sum)},
      {"mean", reduction(mean)},
      {"max", reduction(max)},
      {"min", reduction(min)},
      {"logsumexp", reduction(logsumexp)},
      {"var", moment(var)},
      {"std", moment(std)},
      {"prod", reduction(prod)},
      {"cumsum", [](const Case& one, const Inputs& in) { return cumsum(in["x"], one.axis()); }},
      {"cumprod", [](const Case& one, const Inputs& in) { return cumprod(in["x"], one.axis()); }},
      {"trace", [](const Case&, const Inputs& in) { return trace(in["x"]); }},
      {"norm", norm_of},
      {"edge_norm_l1_zero", [](const Case&, const Inputs& in) { return norm(in["x"], 1); }},
      {"edge_norm_l2_zero", [](const Case&, const Inputs& in) { return norm(in["x"]); }},
      {"edge_max_ties_axis", reduction_along(max, 1)},
      {"edge_amax_ties_axis", reduction_along(max, 1)},
      {"edge_sum_axis_of_empty", reduction_along(sum, 0)},
      {"edge_sum_axis1_of_3x0", reduction_along(sum, 1)},
  });
}

TEST_CASE("reductions agree with the reference") { run(reductions()); }

}  // namespace xgrad::reference
