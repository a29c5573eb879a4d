#include "wrong_calls.hpp"

namespace xgrad::test {
namespace {

using Unary = std::function<Tensor(const Tensor&)>;
using Binary = std::function<Tensor(const Tensor&, const Tensor&)>;

const std::vector<std::pair<std::string, Unary>> unary = {
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
    {"round", [](const Tensor& x) { return round(x); }},
    {"trunc", trunc},
    {"isnan", isnan},
    {"isinf", isinf},
    {"isfinite", isfinite},
    {"logical_not", logical_not},
    {"log_sigmoid", log_sigmoid},
    {"gelu", [](const Tensor& x) { return gelu(x); }},
    {"silu", silu},
    {"mish", mish},
    {"selu", selu},
    {"relu6", relu6},
    {"hardsigmoid", hardsigmoid},
    {"hardswish", hardswish},
    {"softsign", softsign},
    {"tanhshrink", tanhshrink},
    {"softplus", [](const Tensor& x) { return softplus(x); }},
    {"elu", [](const Tensor& x) { return elu(x); }},
    {"celu", [](const Tensor& x) { return celu(x); }},
    {"leaky_relu", [](const Tensor& x) { return leaky_relu(x); }},
    {"hardtanh", [](const Tensor& x) { return hardtanh(x); }},
    {"clip", [](const Tensor& x) { return clip(x, 0, 1); }},
    {"cast", [](const Tensor& x) { return cast(x, float64); }},
    {"clone", clone},
    {"polygamma", [](const Tensor& x) { return polygamma(1, x); }},
};

const std::vector<std::pair<std::string, Binary>> binary = {
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
    {"isclose", [](const Tensor& a, const Tensor& b) { return isclose(a, b); }},
    {"allclose", [](const Tensor& a, const Tensor& b) { return Tensor(allclose(a, b)); }},
};

}  // namespace

WrongCalls wrong_elementwise_calls() {
  constexpr std::int64_t huge = std::int64_t{1} << 40;
  const Tensor none, x = zeros({2, 3}), mask = zeros({2, 3}, boolean), four = zeros({4}), scalar = tensor(1);
  WrongCalls rows;
  for (const auto& [name, f] : unary) rows.push_back(without(name, "x", f));
  for (const auto& [name, f] : binary) {
    rows.push_back(without(name, "a", [=, f = f](const Tensor& a) { f(a, x); }));
    rows.push_back(without(name, "b", [=, f = f](const Tensor& b) { f(x, b); }));
    rows.push_back({name,
                    Kind::shape,
                    [=, f = f] { f(x, four); },
                    {"shapes (2, 3) and (4,)", "axis -1 has 3 and 4", "expected equal extents, or 1"}});
    rows.push_back({name,
                    Kind::shape,
                    [=, f = f] {
                      f(zeros({3, 3}), x);
                    },
                    {"shapes (3, 3) and (2, 3)", "axis -2 has 3 and 2", "expected equal extents, or 1"}});
    rows.push_back({name, Kind::shape, [=, f = f] { f(zeros({0, 3}), x); }, {"shapes (0, 3) and (2, 3)"}});
    rows.push_back({name,
                    Kind::shape,
                    [=, f = f] {
                      f(broadcast_to(scalar, {huge, 1}), broadcast_to(scalar, {1, huge}));
                    },
                    {"1099511627776", "more elements than a tensor may have"}});
  }
  append(
      rows,
      {
          without("lerp", "a", [=](const Tensor& t) { lerp(t, x, 0.5); }),
          without("lerp", "b", [=](const Tensor& t) { lerp(x, t, 0.5); }),
          without("lerp", "weight", [=](const Tensor& t) { lerp(x, x, t); }),
          {"lerp", Kind::shape, [=] { lerp(x, four, 0.5); }, {"(2, 3) and (4,)", "expected equal extents, or 1"}},
          {"lerp", Kind::shape, [=] { lerp(x, x, four); }, {"(2, 3) and (4,)", "expected equal extents, or 1"}},
          without("array_equal", "a", [=](const Tensor& t) { array_equal(t, x); }),
          without("array_equal", "b", [=](const Tensor& t) { array_equal(x, t); }),
          {"array_equal", Kind::shape, [=] { array_equal(x, Tensor()); }, {"'b'", "undefined"}},
          {"isclose", Kind::range, [=] { isclose(x, x, {.rtol = -1}); }, {"rtol is -1", "expected numbers from 0 on"}},
          {"isclose", Kind::range, [=] { isclose(x, x, {.atol = not_a_number}); }, {"atol is nan", "expected"}},
          {"allclose", Kind::range, [=] { allclose(x, x, {.atol = -1}); }, {"atol is -1", "expected"}},
          without("where", "condition", [=](const Tensor& t) { where(t, x, x); }),
          without("where", "a", [=](const Tensor& t) { where(mask, t, x); }),
          without("where", "b", [=](const Tensor& t) { where(mask, x, t); }),
          {"where", Kind::dtype, [=] { where(x, x, x); }, {"argument 'condition'", "float32", "(2, 3)", "bool is exp"}},
          {"where", Kind::shape, [=] { where(mask, four, x); }, {"(4,)", "(2, 3)", "expected equal extents"}},
          {"where", Kind::shape, [=] { where(zeros({5}, boolean), x, x); }, {"(5,)", "(2, 3)", "expected equal ext"}},
          {"clip", Kind::range, [=] { clip(x, 2, 1); }, {"low is 2", "high is 1", "expected low <= high"}},
          {"clip", Kind::range, [=] { clip(x, not_a_number, 1); }, {"low is nan", "expected low <= high"}},
          {"clip", Kind::range, [=] { clip(x, 0, not_a_number); }, {"high is nan", "expected low <= high"}},
          {"clip", Kind::range, [=] { clip(x, {}, not_a_number); }, {"high is nan", "expected"}},
          {"clip", Kind::range, [=] { clip(x, not_a_number, {}); }, {"low is nan", "expected"}},
          {"polygamma", Kind::range, [=] { polygamma(-1, x); }, {"'n' is -1", "expected"}},
          {"polygamma", Kind::range, [=] { polygamma(101, x); }, {"'n' is 101", "expected", "100"}},
          {"softplus", Kind::range, [=] { softplus(x, 0); }, {"'beta' is 0", "expected a positive number"}},
          {"softplus", Kind::range, [=] { softplus(x, not_a_number); }, {"'beta' is nan", "expected a positive"}},
          {"softplus", Kind::range, [=] { softplus(x, infinity); }, {"'beta' is inf", "expected a positive"}},
          {"softplus", Kind::range, [=] { softplus(x, 1, not_a_number); }, {"'threshold' is nan", "expected"}},
          {"elu", Kind::range, [=] { elu(x, not_a_number); }, {"'alpha' is nan", "expected"}},
          {"celu", Kind::range, [=] { celu(x, 0); }, {"'alpha' is 0", "expected"}},
          {"celu", Kind::range, [=] { celu(x, not_a_number); }, {"'alpha' is nan", "expected"}},
          {"leaky_relu", Kind::range, [=] { leaky_relu(x, not_a_number); }, {"'negative_slope' is nan", "expected"}},
          {"hardtanh", Kind::range, [=] { hardtanh(x, 1, 1); }, {"min is 1", "max is 1", "expected min < max"}},
          {"hardtanh", Kind::range, [=] { hardtanh(x, not_a_number, 1); }, {"min is nan", "expected min < max"}},
          without("prelu", "x", [=](const Tensor& t) { prelu(t, four); }),
          without("prelu", "weight", [=](const Tensor& t) { prelu(x, t); }),
          {"prelu",
           Kind::shape,
           [=] { prelu(x, four); },
           {"x has shape (2, 3)", "weight (4,)", "expected", "or (C,) for x"}},
          {"prelu", Kind::shape, [=] { prelu(four, four); }, {"(4,)", "expected"}},
          {"prelu", Kind::dtype, [=] { prelu(x, zeros({3}, int64)); }, {"'weight'", "int64", "float32 or float64"}},
          without("glu", "x", [=](const Tensor& t) { glu(t); }),
          {"glu", Kind::shape, [=] { glu(x, 1); }, {"axis 1", "(2, 3)", "extent 3", "expected an even"}},
      });
  append(rows, wrong_axes("glu", [](const Tensor& t, int axis) { glu(t, axis); }));
  return rows;
}

TEST_CASE("wrong calls of elementwise operations are refused by name, with what was given and expected") {
  check(wrong_elementwise_calls());
}

}  // namespace xgrad::test
