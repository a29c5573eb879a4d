#include <doctest/doctest.h>

#include "misuse/lists.hpp"

namespace xgrad::test {
namespace {

using Unary = Tensor (*)(const Operand&);
using Binary = Tensor (*)(const Operand&, const Operand&);
using Sum = Tensor (*)(const Operand&, const Operand&, const Operand&, AddProductOptions);
using Scaled = Tensor (*)(const Operand&, const Operand&, const Operand&, double);

constexpr std::pair<const char*, Unary> unary[] = {
    {"sinc", sinc}, {"erfinv", erfinv},   {"ndtr", ndtr},         {"log_ndtr", log_ndtr}, {"i0", i0},
    {"entr", entr}, {"deg2rad", deg2rad}, {"rad2deg", rad2deg},   {"positive", positive}, {"frac", frac},
    {"sgn", sgn},   {"signbit", signbit}, {"isposinf", isposinf}, {"isneginf", isneginf}, {"bitwise_not", bitwise_not},
};
constexpr std::pair<const char*, Binary> binary[] = {
    {"xlog1py", xlog1py},
    {"logaddexp2", logaddexp2},
    {"float_power", float_power},
    {"ldexp", ldexp},
    {"copysign", copysign},
    {"heaviside", heaviside},
    {"fmax", fmax},
    {"fmin", fmin},
    {"floor_divide", floor_divide},
    {"bitwise_and", bitwise_and},
    {"bitwise_or", bitwise_or},
    {"bitwise_xor", bitwise_xor},
    {"bitwise_left_shift", bitwise_left_shift},
    {"bitwise_right_shift", bitwise_right_shift},
    {"gcd", gcd},
    {"lcm", lcm},
    {"kron", kron},
    {"inner", inner},
};

Probe product(const char* name, Binary f, const Shape& a, const Shape& b) {
  return probe(
      name, [f](const Tensor& x, const Tensor& y) { return f(x, y); }, ones(a), ones(b));
}
Probe sum_of(const char* name, Sum f, const Shape& a, const Shape& b) {
  return probe(
      name,
      [f](const Tensor& x, const Tensor& y, const Tensor& z, AddProductOptions options) { return f(x, y, z, options); },
      ones({}), ones(a), ones(b), AddProductOptions{});
}
Probe scaled(const char* name, Scaled f, const Tensor& x) {
  return probe(
      name, [f](const Tensor& a, const Tensor& b, const Tensor& c, double value) { return f(a, b, c, value); }, x, x, x,
      0.5);
}

}  // namespace

Probes function_probes() {
  const Tensor x = reshape(arange(1, 7, 1, float32), {2, 3}) / 10, whole = reshape(arange(6), {2, 3});
  Probes probes;
  for (const Tensor& a : {x, whole}) {
    for (const auto& [name, f] : unary) {
      if (!is_floating(a.dtype()) || std::string(name) != "bitwise_not")
        probes.push_back(probe(
            name, [f = f](const Tensor& t) { return f(t); }, a));
    }
  }
  for (const auto& [name, f] : binary)
    probes.push_back(probe(
        name, [f = f](const Tensor& a, const Tensor& b) { return f(a, b); }, whole, whole));
  append(
      probes,
      {
          probe(
              "logit", [](const Tensor& a, std::optional<double> eps) { return logit(a, eps); }, x, std::optional(0.1)),
          probe(
              "multigammaln", [](const Tensor& a, int p) { return multigammaln(a, p); }, x, 3),
          probe(
              "nan_to_num", [](const Tensor& a, const NanToNumOptions& o) { return nan_to_num(a, o); }, x,
              NanToNumOptions{}),
          probe(
              "clip", [](const Tensor& a, const Tensor& low, const Tensor& high) { return clip(a, low, high); }, x, x,
              x),
          probe(
              "clamp", [](const Tensor& a, const Tensor& low, const Tensor& high) { return clamp(a, low, high); }, x, x,
              x),
          probe(
              "round", [](const Tensor& a, int decimals) { return round(a, decimals); }, x, 2),
          probe(
              "softmin", [](const Tensor& a, int axis) { return softmin(a, axis); }, x, 1),
          probe(
              "softshrink", [](const Tensor& a, double lambda) { return softshrink(a, lambda); }, x, 0.5),
          probe(
              "hardshrink", [](const Tensor& a, double lambda) { return hardshrink(a, lambda); }, x, 0.5),
          probe(
              "threshold", [](const Tensor& a, double limit, double value) { return threshold(a, limit, value); }, x,
              0.5, 2.0),
          product("mm", mm, {2, 3}, {3, 2}),
          product("mv", mv, {2, 3}, {3}),
          product("bmm", bmm, {2, 2, 3}, {2, 3, 2}),
          product("vdot", vdot, {3}, {3}),
          product("inner", inner, {2, 3}, {4, 3}),
          sum_of("addmm", addmm, {2, 3}, {3, 2}),
          sum_of("addmv", addmv, {2, 3}, {3}),
          sum_of("baddbmm", baddbmm, {2, 2, 3}, {2, 3, 2}),
          sum_of("addbmm", addbmm, {2, 2, 3}, {2, 3, 2}),
          sum_of("addr", addr, {2}, {3}),
          scaled("addcmul", addcmul, x),
          scaled("addcdiv", addcdiv, x),
          probe(
              "dist", [](const Tensor& a, const Tensor& b, double p) { return dist(a, b, p); }, x, x, 2.0),
          probe(
              "pairwise_distance",
              [](const Tensor& a, const Tensor& b, double p, double eps, ReduceOptions o) {
                return pairwise_distance(a, b, p, eps, o);
              },
              x, x, 2.0, 1e-6, ReduceOptions{}),
          probe(
              "cosine_similarity",
              [](const Tensor& a, const Tensor& b, int axis, double eps) { return cosine_similarity(a, b, axis, eps); },
              x, x, 1, 1e-8),
          probe(
              "normalize", [](const Tensor& a, double p, int axis, double eps) { return normalize(a, p, axis, eps); },
              x, 2.0, 1, 1e-12),
          probe(
              "renorm", [](const Tensor& a, double p, int axis, double most) { return renorm(a, p, axis, most); }, x,
              2.0, 0, 1.0),
      });
  return probes;
}

TEST_CASE("functions and products stand wrong calls") { run(function_probes()); }

}  // namespace xgrad::test
