#include <cmath>
#include <limits>

#include <nn/onnx/graph.hpp>

namespace xgrad::onnx {
namespace {

using Unary = Tensor (*)(const Operand& x);
using Binary = Tensor (*)(const Operand& a, const Operand& b);

template <Unary f>
Results unary(const Call& c) {
  return {f(c[0])};
}

/// Of two tensors. Older operators align b with an axis of a (`broadcast`, up to opset 6), which is not supported.
template <Binary f>
Results binary(const Call& c) {
  if (c.says("axis") || c.integer("broadcast", 0) != 0) c.refuse("broadcasting along an axis is not supported");
  return {f(c[0], c[1])};
}

/// Of any number of tensors, from left to right.
template <Binary f>
Results folded(const Call& c) {
  Tensor result = c[0];
  for (std::size_t i = 1; i < c.count(); ++i) result = f(result, c[i]);
  return {result};
}

/// Whole numbers are divided towards 0.
Results divide_values(const Call& c) {
  if (c[0].dtype() != int64 || c[1].dtype() != int64) return {divide(c[0], c[1])};
  const Tensor down = floor_divide(c[0], c[1]);
  const Tensor rest = c[0] - down * c[1];
  return {where(logical_and(not_equal(rest, 0), less(down, 0)), down + 1, down)};
}

Results mod_values(const Call& c) { return {c.integer("fmod", 0) != 0 ? fmod(c[0], c[1]) : remainder(c[0], c[1])}; }

/// The exponent takes on the base's dtype.
Results pow_values(const Call& c) {
  if (is_floating(c[0].dtype())) return {pow(c[0], c[1].to(c[0].dtype()))};
  return {cast(round(pow(c[0].to(float64), c[1].to(float64))), c[0].dtype())};
}

Results clip_values(const Call& c) {
  Tensor x = c[0];
  if (c.opset < 11) {
    if (c.says("min")) x = maximum(x, c.number("min", 0));
    if (c.says("max")) x = minimum(x, c.number("max", 0));
    return {x};
  }
  if (c.has(1)) x = maximum(x, c[1]);
  if (c.has(2)) x = minimum(x, c[2]);
  return {x};
}

Results cast_values(const Call& c) {
  const auto to = dtype_here(c.integer("to", 0));
  if (!to) c.refuse("attribute 'to' is " + std::to_string(c.integer("to", 0)) + ", a type that tensors do not have");
  return {cast(c[0], *to)};
}

/// x itself: dropout acts in training only. The second output says which elements stay.
Results dropout_values(const Call& c) {
  if (c.has(2) && c[2].item<bool>()) c.refuse("it is exported in training mode, which is not supported");
  return {c[0], c.wants(1) ? ones(c[0].shape(), boolean) : Tensor()};
}

Results is_inf_values(const Call& c) {
  const bool negative = c.integer("detect_negative", 1) != 0, positive = c.integer("detect_positive", 1) != 0;
  if (negative && positive) return {isinf(c[0])};
  if (!negative && !positive) return {zeros(c[0].shape(), boolean)};
  return {positive ? isposinf(c[0]) : isneginf(c[0])};
}

/// The slope broadcasts to x.
Results prelu_values(const Call& c) { return {where(less(c[0], 0), c[0] * c[1], c[0])}; }

Results gelu_values(const Call& c) {
  const std::string how = c.text("approximate", "none");
  if (how != "none" && how != "tanh") c.refuse("attribute 'approximate' is '" + how + "'; none or tanh is expected");
  return {gelu(c[0], how == "tanh" ? GeluApproximation::tanh : GeluApproximation::none)};
}

Results hard_sigmoid_values(const Call& c) {
  return {minimum(maximum(c[0] * c.number("alpha", 0.2) + c.number("beta", 0.5), 0.0), 1.0)};
}

Results shift_values(const Call& c) {
  const std::string way = c.text("direction", "");
  if (way != "LEFT" && way != "RIGHT") c.refuse("attribute 'direction' is '" + way + "'; LEFT or RIGHT is expected");
  return {way == "LEFT" ? bitwise_left_shift(c[0], c[1]) : bitwise_right_shift(c[0], c[1])};
}

Results shrink_values(const Call& c) {
  const double lambda = c.number("lambd", 0.5), bias = c.number("bias", 0);
  const Tensor& x = c[0];
  return {where(less(x, -lambda), x + bias, where(greater(x, lambda), x - bias, zeros_like(x)))};
}

}  // namespace

const Operators& elementwise_operators() {
  static const Operators operators = {
      {"Add", &binary<add>},
      {"Sub", &binary<subtract>},
      {"Mul", &binary<multiply>},
      {"Div", &divide_values},
      {"Mod", &mod_values},
      {"Pow", &pow_values},
      {"Max", &folded<maximum>},
      {"Min", &folded<minimum>},
      {"Sum", &folded<add>},
      {"Mean", [](const Call& c) -> Results { return {folded<add>(c)[0] / static_cast<double>(c.count())}; }},
      {"Neg", &unary<negate>},
      {"Abs", &unary<abs>},
      {"Sign", &unary<sign>},
      {"Exp", &unary<exp>},
      {"Log", &unary<log>},
      {"Sqrt", &unary<sqrt>},
      {"Reciprocal", &unary<reciprocal>},
      {"Floor", &unary<floor>},
      {"Ceil", &unary<ceil>},
      {"Round", &unary<round>},
      {"Erf", &unary<erf>},
      {"Sin", &unary<sin>},
      {"Cos", &unary<cos>},
      {"Tan", &unary<tan>},
      {"Asin", &unary<asin>},
      {"Acos", &unary<acos>},
      {"Atan", &unary<atan>},
      {"Sinh", &unary<sinh>},
      {"Cosh", &unary<cosh>},
      {"Asinh", &unary<asinh>},
      {"Acosh", &unary<acosh>},
      {"Atanh", &unary<atanh>},
      {"Tanh", &unary<tanh>},
      {"Sigmoid", &unary<sigmoid>},
      {"Relu", &unary<relu>},
      {"Softsign", &unary<softsign>},
      {"HardSwish", &unary<hardswish>},
      {"Mish", &unary<mish>},
      {"Softplus", [](const Call& c) -> Results { return {logaddexp(c[0], zeros_like(c[0]))}; }},
      {"LeakyRelu", [](const Call& c) -> Results { return {leaky_relu(c[0], c.number("alpha", 0.01))}; }},
      {"Elu", [](const Call& c) -> Results { return {elu(c[0], c.number("alpha", 1))}; }},
      {"Celu", [](const Call& c) -> Results { return {celu(c[0], c.number("alpha", 1))}; }},
      {"Selu",
       [](const Call& c) -> Results {
         return {c.number("gamma", 1.05070102214813232421875) *
                 elu(c[0], c.number("alpha", 1.67326319217681884765625))};
       }},
      {"ThresholdedRelu",
       [](const Call& c) -> Results { return {where(greater(c[0], c.number("alpha", 1)), c[0], zeros_like(c[0]))}; }},
      {"HardSigmoid", &hard_sigmoid_values},
      {"Gelu", &gelu_values},
      {"PRelu", &prelu_values},
      {"Shrink", &shrink_values},
      {"Clip", &clip_values},
      {"Cast", &cast_values},
      {"CastLike", [](const Call& c) -> Results { return {cast(c[0], c[1].dtype())}; }},
      {"Dropout", &dropout_values},
      {"Identity", [](const Call& c) -> Results { return {c[0]}; }},
      {"Equal", &binary<equal>},
      {"Less", &binary<less>},
      {"LessOrEqual", &binary<less_equal>},
      {"Greater", &binary<greater>},
      {"GreaterOrEqual", &binary<greater_equal>},
      {"Not", &unary<logical_not>},
      {"And", &binary<logical_and>},
      {"Or", &binary<logical_or>},
      {"Xor", &binary<logical_xor>},
      {"BitwiseAnd", &binary<bitwise_and>},
      {"BitwiseOr", &binary<bitwise_or>},
      {"BitwiseXor", &binary<bitwise_xor>},
      {"BitwiseNot", &unary<bitwise_not>},
      {"BitShift", &shift_values},
      {"Where", [](const Call& c) -> Results { return {where(c[0], c[1], c[2])}; }},
      {"IsNaN", &unary<isnan>},
      {"IsInf", &is_inf_values},
  };
  return operators;
}

}  // namespace xgrad::onnx
