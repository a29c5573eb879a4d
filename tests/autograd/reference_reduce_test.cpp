#include <doctest/doctest.h>

#include "reference.hpp"

namespace xgrad::reference {
namespace {

ReduceOptions options(const Case& one) { return {.keepdims = one.given("keepdims") && one.flag("keepdims")}; }

Call reduction(Tensor (*f)(const Tensor&, const Axes&, ReduceOptions)) {
  return [f](const Case& one, const Inputs& in) { return f(in["x"], one.axes(), options(one)); };
}

/// The same over one axis that the manifest does not give.
Call reduction_along(Tensor (*f)(const Tensor&, const Axes&, ReduceOptions), int axis) {
  return [f, axis](const Case&, const Inputs& in) { return f(in["x"], axis, {}); };
}

Call moment(Tensor (*f)(const Tensor&, const Axes&, VarOptions)) {
  return [f](const Case& one, const Inputs& in) {
    return f(in["x"], one.axes(), {.correction = one.number_or("ddof", 1), .keepdims = options(one).keepdims});
  };
}

Outputs norm(const Case& one, const Inputs& in) {
  const std::string p = one.text("p");
  if (p == "inf") return max(abs(in["x"]), one.axes());
  if (p == "1.0") return sum(abs(in["x"]), one.axes());
  if (p == "2.0") return sqrt(sum(square(in["x"]), one.axes()));
  return pow(sum(pow(abs(in["x"]), std::stod(p)), one.axes()), 1 / std::stod(p));
}

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
      {"norm", norm},
      {"edge_norm_l1_zero", [](const Case&, const Inputs& in) { return sum(abs(in["x"])); }},
      {"edge_max_ties_axis", reduction_along(max, 1)},
      {"edge_amax_ties_axis", reduction_along(max, 1)},
      {"edge_sum_axis_of_empty", reduction_along(sum, 0)},
      {"edge_sum_axis1_of_3x0", reduction_along(sum, 1)},
  });
}

TEST_CASE("reductions agree with the reference") { run(reductions()); }

}  // namespace xgrad::reference
