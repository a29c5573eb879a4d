#include <doctest/doctest.h>

#include "reference.hpp"

namespace xgrad::reference {
namespace {

Call unary(Tensor (*f)(const Tensor&)) {
  return [f](const Case&, const Inputs& in) { return f(in["x"]); };
}

Call binary(Tensor (*f)(const Tensor&, const Tensor&)) {
  return [f](const Case&, const Inputs& in) { return f(in["a"], in["b"]); };
}

/// a^b, where the case gives one of them as a number.
Outputs power(const Case& one, const Inputs& in) {
  if (one.given("base")) return pow(one.number("base"), in["b"]);
  if (one.given("exponent")) return pow(in["a"], one.number("exponent"));
  return pow(in["a"], in["b"]);
}

Call power_of_x(double exponent) {
  return [exponent](const Case&, const Inputs& in) { return pow(in["x"], exponent); };
}

Outputs clamp(const Case& one, const Inputs& in) {
  const std::optional<double> none;
  return clip(in["x"], one.number("min"), one.given("max") ? one.number("max") : none);
}

}  // namespace

Checks elementwise() {
  return derivatives_of({
      {"neg", unary(negate)},
      {"exp", unary(exp)},
      {"log", unary(log)},
      {"log1p", unary(log1p)},
      {"sqrt", unary(sqrt)},
      {"rsqrt", [](const Case&, const Inputs& in) { return 1 / sqrt(in["x"]); }},
      {"reciprocal", [](const Case&, const Inputs& in) { return 1 / in["x"]; }},
      {"square", unary(square)},
      {"abs", unary(abs)},
      {"sign", unary(sign)},
      {"tanh", unary(tanh)},
      {"sigmoid", unary(sigmoid)},
      {"relu", unary(relu)},
      {"silu", [](const Case&, const Inputs& in) { return in["x"] * sigmoid(in["x"]); }},
      {"add", binary(add)},
      {"sub", binary(subtract)},
      {"mul", binary(multiply)},
      {"div", binary(divide)},
      {"maximum", binary(maximum)},
      {"minimum", binary(minimum)},
      {"pow", power},
      {"edge_pow_2_at_zero", power_of_x(2)},
      {"edge_pow_0_at_zero", power_of_x(0)},
      {"edge_pow_1_at_zero", power_of_x(1)},
      {"edge_pow_half_at_zero", power_of_x(0.5)},
      {"edge_pow_3_negative", power_of_x(3)},
      {"edge_pow_2_5_negative", power_of_x(2.5)},
      {"clamp", clamp},
      {"edge_clamp_at_bounds", [](const Case&, const Inputs& in) { return clip(in["x"], -1, 1); }},
      {"where", [](const Case&, const Inputs& in) { return where(in["cond"], in["a"], in["b"]); }},
      {"edge_where_nan_branch", [](const Case&, const Inputs& in) { return where(in["x"] > 0, log(in["x"]), 0); }},
      {"masked_fill",
       [](const Case& one, const Inputs& in) { return where(in["mask"], one.number("value"), in["a"]); }},
      {"lerp", [](const Case&, const Inputs& in) { return in["a"] + in["w"] * (in["b"] - in["a"]); }},
  });
}

TEST_CASE("elementwise operations agree with the reference") { run(elementwise()); }

}  // namespace xgrad::reference
