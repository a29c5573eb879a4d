#include <doctest/doctest.h>

#include <autograd/ops/aliases.hpp>

#include "misuse/lists.hpp"

namespace xgrad::test {
namespace {

using Unary = Tensor (*)(const Operand&);
using Binary = Tensor (*)(const Operand&, const Operand&);

constexpr std::pair<const char*, Unary> unary[] = {
    {"negate", negate},
    {"exp", exp},
    {"log", log},
    {"log1p", log1p},
    {"sqrt", sqrt},
    {"square", square},
    {"abs", abs},
    {"sign", sign},
    {"tanh", tanh},
    {"sigmoid", sigmoid},
    {"relu", relu},
    {"stop_gradient", stop_gradient},
    {"log_sigmoid", log_sigmoid},
    {"silu", silu},
    {"mish", mish},
    {"selu", selu},
    {"relu6", relu6},
    {"hardsigmoid", hardsigmoid},
    {"hardswish", hardswish},
    {"softsign", softsign},
    {"tanhshrink", tanhshrink},
    {"sin", sin},
    {"cos", cos},
    {"tan", tan},
    {"asin", asin},
    {"acos", acos},
    {"atan", atan},
    {"sinh", sinh},
    {"cosh", cosh},
    {"asinh", asinh},
    {"acosh", acosh},
    {"atanh", atanh},
    {"expm1", expm1},
    {"exp2", exp2},
    {"log2", log2},
    {"log10", log10},
    {"rsqrt", rsqrt},
    {"reciprocal", reciprocal},
    {"cbrt", cbrt},
    {"erf", erf},
    {"erfc", erfc},
    {"lgamma", lgamma},
    {"digamma", digamma},
    {"floor", floor},
    {"ceil", ceil},
    {"round", round},
    {"trunc", trunc},
    {"isnan", isnan},
    {"isinf", isinf},
    {"isfinite", isfinite},
    {"logical_not", logical_not},
    {"clone", clone},
    {"neg", neg},
    {"negative", negative},
    {"absolute", absolute},
    {"arcsin", arcsin},
    {"arccos", arccos},
    {"arctan", arctan},
    {"arcsinh", arcsinh},
    {"arccosh", arccosh},
    {"arctanh", arctanh},
    {"detach", detach},
};

constexpr std::pair<const char*, Binary> binary[] = {
    {"add", add},
    {"subtract", subtract},
    {"multiply", multiply},
    {"divide", divide},
    {"pow", pow},
    {"maximum", maximum},
    {"minimum", minimum},
    {"equal", equal},
    {"not_equal", not_equal},
    {"less", less},
    {"less_equal", less_equal},
    {"greater", greater},
    {"greater_equal", greater_equal},
    {"atan2", atan2},
    {"hypot", hypot},
    {"logaddexp", logaddexp},
    {"xlogy", xlogy},
    {"fmod", fmod},
    {"remainder", remainder},
    {"logical_and", logical_and},
    {"logical_or", logical_or},
    {"logical_xor", logical_xor},
    {"mul", mul},
    {"sub", sub},
    {"div", div},
    {"power", power},
    {"mod", mod},
    {"arctan2", arctan2},
    {"eq", eq},
    {"ne", ne},
    {"lt", lt},
    {"le", le},
    {"gt", gt},
    {"ge", ge},
};

/// What runs at the call is not asked of large tensors.
bool are_small(const Tensor& a, const Tensor& b) {
  return (!a.defined() || a.size() < 1000) && (!b.defined() || b.size() < 1000);
}

}  // namespace

Probes elementwise_probes() {
  const Tensor x = tensor({{0.5, 0.25, 0.75}, {1, 2, 3}}), y = tensor({{0.5, 0.5, 0.25}, {2, 1, 3}});
  const Tensor image = ones({1, 3, 2, 2}), whole = tensor({{5, -7, 0}, {1, 2, 3}}, int64);
  Probes probes;
  for (const auto& [name, f] : unary)
    probes.push_back(probe(
        name, [f = f](const Tensor& a) { return f(a); }, x));
  for (const auto& [name, f] : binary) {
    const auto call = [f = f](const Tensor& a, const Tensor& b) { return f(a, b); };
    probes.push_back(probe(name, call, x, y));
    probes.push_back(probe(name, call, whole, whole));
  }
  append(probes,
         {probe(
              "clip",
              [](const Tensor& a, std::optional<double> low, std::optional<double> high) { return clip(a, low, high); },
              x, std::optional(0.2), std::optional(0.8)),
          probe(
              "clip",
              [](const Tensor& a, std::optional<double> low, std::optional<double> high) { return clip(a, low, high); },
              whole, std::optional(0.0), std::optional(2.0)),
          probe(
              "clamp",
              [](const Tensor& a, std::optional<std::int64_t> low, std::optional<std::int64_t> high) {
                return clamp(a, low, high);
              },
              whole, std::optional<std::int64_t>(0), std::optional<std::int64_t>(2)),
          probe(
              "lerp", [](const Tensor& a, const Tensor& b, const Tensor& weight) { return lerp(a, b, weight); }, x, y,
              tensor(0.5)),
          probe(
              "isclose",
              [](const Tensor& a, const Tensor& b, const CloseOptions& options) { return isclose(a, b, options); }, x,
              y, CloseOptions{}),
          probe(
              "isclose",
              [](const Tensor& a, const Tensor& b, const CloseOptions& options) { return isclose(a, b, options); },
              whole, whole, CloseOptions{}),
          probe(
              "allclose",
              [](const Tensor& a, const Tensor& b, const CloseOptions& options) {
                return !are_small(a, b) || allclose(a, b, options);
              },
              x, y, CloseOptions{}),
          probe(
              "array_equal",
              [](const Tensor& a, const Tensor& b, const EqualOptions& options) {
                return !are_small(a, b) || array_equal(a, b, options);
              },
              x, y, EqualOptions{}),
          probe(
              "where", [](const Tensor& c, const Tensor& a, const Tensor& b) { return where(c, a, b); }, x > 0.5, x, y),
          probe(
              "cast", [](const Tensor& a, DType dtype) { return cast(a, dtype); }, x, float64),
          probe(
              "softplus", [](const Tensor& a, double beta, double threshold) { return softplus(a, beta, threshold); },
              x, 1.0, 20.0),
          probe(
              "gelu", [](const Tensor& a, GeluApproximation how) { return gelu(a, how); }, x, GeluApproximation::none),
          probe(
              "elu", [](const Tensor& a, double alpha) { return elu(a, alpha); }, x, 1.0),
          probe(
              "celu", [](const Tensor& a, double alpha) { return celu(a, alpha); }, x, 1.0),
          probe(
              "leaky_relu", [](const Tensor& a, double slope) { return leaky_relu(a, slope); }, x, 0.01),
          probe(
              "prelu", [](const Tensor& a, const Tensor& weight) { return prelu(a, weight); }, image,
              tensor({0.1, 0.2, 0.3})),
          probe(
              "hardtanh", [](const Tensor& a, double min, double max) { return hardtanh(a, min, max); }, x, -1.0, 1.0),
          probe(
              "glu", [](const Tensor& a, int axis) { return glu(a, axis); }, x, 0),
          probe(
              "polygamma", [](int n, const Tensor& a) { return polygamma(n, a); }, 1, x)});
  return probes;
}

TEST_CASE("elementwise operations stand wrong calls") { run(elementwise_probes()); }

}  // namespace xgrad::test
