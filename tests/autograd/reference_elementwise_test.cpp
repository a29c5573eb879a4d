#include <doctest/doctest.h>

#include "reference.hpp"

namespace xgrad::reference {
namespace {

Call unary(Tensor (*f)(const Operand&)) {
  return [f](const Case&, const Inputs& in) { return f(in["x"]); };
}

Call binary(Tensor (*f)(const Operand&, const Operand&)) {
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

Outputs normal_gate(const Case& one, const Inputs& in) {
  const bool tanh = one.given("approximate") && one.text("approximate") == "tanh";
  return gelu(in["x"], tanh ? GeluApproximation::tanh : GeluApproximation::none);
}

}  // namespace

Checks elementwise() {
  return derivatives_of({
      {"neg", unary(negate)},
      {"exp", unary(exp)},
      {"log", unary(log)},
      {"log1p", unary(log1p)},
      {"sqrt", unary(sqrt)},
      {"rsqrt", unary(rsqrt)},
      {"reciprocal", unary(reciprocal)},
      {"square", unary(square)},
      {"abs", unary(abs)},
      {"sign", unary(sign)},
      {"tanh", unary(tanh)},
      {"sigmoid", unary(sigmoid)},
      {"relu", unary(relu)},
      {"expm1", unary(expm1)},
      {"log2", unary(log2)},
      {"log10", unary(log10)},
      {"sin", unary(sin)},
      {"cos", unary(cos)},
      {"tan", unary(tan)},
      {"asin", unary(asin)},
      {"acos", unary(acos)},
      {"atan", unary(atan)},
      {"sinh", unary(sinh)},
      {"cosh", unary(cosh)},
      {"asinh", unary(asinh)},
      {"acosh", unary(acosh)},
      {"atanh", unary(atanh)},
      {"erf", unary(erf)},
      {"floor", unary(floor)},
      {"round", unary(round)},
      {"silu", unary(silu)},
      {"mish", unary(mish)},
      {"selu", unary(selu)},
      {"relu6", unary(relu6)},
      {"log_sigmoid", unary(log_sigmoid)},
      {"hardsigmoid", unary(hardsigmoid)},
      {"hardswish", unary(hardswish)},
      {"softsign", unary(softsign)},
      {"tanhshrink", unary(tanhshrink)},
      {"softplus",
       [](const Case& one, const Inputs& in) {
         return softplus(in["x"], one.number_or("beta", 1), one.number_or("threshold", 20));
       }},
      {"gelu", normal_gate},
      {"elu", [](const Case& one, const Inputs& in) { return elu(in["x"], one.number_or("alpha", 1)); }},
      {"celu", [](const Case& one, const Inputs& in) { return celu(in["x"], one.number("alpha")); }},
      {"leaky_relu",
       [](const Case& one, const Inputs& in) { return leaky_relu(in["x"], one.number_or("negative_slope", 0.01)); }},
      {"hardtanh",
       [](const Case& one, const Inputs& in) {
         return hardtanh(in["x"], one.number_or("min", -1), one.number_or("max", 1));
       }},
      {"prelu", [](const Case&, const Inputs& in) { return prelu(in["x"], in["weight"]); }},
      {"glu", [](const Case& one, const Inputs& in) { return glu(in["x"], one.axis()); }},
      {"atan2", binary(atan2)},
      {"logaddexp", binary(logaddexp)},
      {"xlogy", binary(xlogy)},
      {"edge_xlogy_zero", [](const Case&, const Inputs& in) { return xlogy(in["x"], in["x"]); }},
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
