#include "wrong_calls.hpp"

namespace xgrad::test {
namespace {

using Unary = Tensor (*)(const Operand&);
using Binary = Tensor (*)(const Operand&, const Operand&);
using Sums = Tensor (*)(const Operand&, const Operand&, const Operand&, AddProductOptions);

const std::vector<std::pair<std::string, Unary>> unary = {
    {"sinc", sinc}, {"erfinv", erfinv},   {"ndtr", ndtr},         {"log_ndtr", log_ndtr}, {"i0", i0},
    {"entr", entr}, {"deg2rad", deg2rad}, {"rad2deg", rad2deg},   {"positive", positive}, {"frac", frac},
    {"sgn", sgn},   {"signbit", signbit}, {"isposinf", isposinf}, {"isneginf", isneginf}, {"bitwise_not", bitwise_not},
};

const std::vector<std::pair<std::string, Binary>> binary = {
    {"xlog1py", xlog1py}, {"logaddexp2", logaddexp2},     {"float_power", float_power},
    {"ldexp", ldexp},     {"copysign", copysign},         {"fmax", fmax},
    {"fmin", fmin},       {"floor_divide", floor_divide},
};

const std::vector<std::pair<std::string, Binary>> of_integers = {
    {"bitwise_and", bitwise_and},
    {"bitwise_or", bitwise_or},
    {"bitwise_xor", bitwise_xor},
    {"bitwise_left_shift", bitwise_left_shift},
    {"gcd", gcd},
    {"bitwise_right_shift", bitwise_right_shift},
    {"lcm", lcm},
};

/// With shapes that fit.
struct Product {
  std::string name;
  Binary f;
  Shape a, b;
};
const std::vector<Product> products = {{"mm", mm, {2, 3}, {3, 2}},
                                       {"mv", mv, {2, 3}, {3}},
                                       {"bmm", bmm, {2, 2, 3}, {2, 3, 2}},
                                       {"vdot", vdot, {3}, {3}},
                                       {"inner", inner, {2, 3}, {3}}};

struct Sum {
  std::string name;
  Sums f;
  Shape a, b;
};
const std::vector<Sum> sums = {{"addmm", addmm, {2, 3}, {3, 2}},
                               {"addmv", addmv, {2, 3}, {3}},
                               {"baddbmm", baddbmm, {2, 2, 3}, {2, 3, 2}},
                               {"addbmm", addbmm, {2, 2, 3}, {2, 3, 2}},
                               {"addr", addr, {2}, {3}}};

}  // namespace

WrongCalls wrong_functions() {
  const Tensor none, x = zeros({2, 3}), four = zeros({4}), ints = zeros({2, 3}, int64);
  WrongCalls rows;
  for (const auto& [name, f] : unary) rows.push_back(without(name, "x", f));
  for (const auto& list : {binary, of_integers}) {
    for (const auto& [name, f] : list) {
      rows.push_back(without(name, "a", [=, f = f](const Tensor& t) { f(t, ints); }));
      rows.push_back(without(name, "b", [=, f = f](const Tensor& t) { f(ints, t); }));
      rows.push_back(
          {name, Kind::shape, [=, f = f] { f(ints, four.to(int64)); }, {"(2, 3) and (4,)", "expected equal extents"}});
    }
  }
  for (const auto& [name, f] : of_integers)
    rows.push_back({name, Kind::dtype, [=, f = f] { f(ints, x); }, {"'b'", "float32", "(2, 3)", "int64 or bool"}});
  for (const auto& [name, f, a, b] : products) {
    const Tensor left = zeros(a), right = zeros(b), wide = zeros({2, 2, 2, 4});
    rows.push_back(without(name, "a", [=, f = f](const Tensor& t) { f(t, right); }));
    rows.push_back(without(name, "b", [=, f = f](const Tensor& t) { f(left, t); }));
    rows.push_back({name, Kind::shape, [=, f = f] { f(left, wide); }, {to_string(a), "(2, 2, 2, 4)", "expected"}});
  }
  for (const auto& [name, f, a, b] : sums) {
    const Tensor left = zeros(a), right = zeros(b);
    rows.push_back(without(name, "x", [=, f = f](const Tensor& t) { f(t, left, right, {}); }));
    rows.push_back(without(name, "a", [=, f = f](const Tensor& t) { f(0, t, right, {}); }));
    rows.push_back(without(name, "b", [=, f = f](const Tensor& t) { f(0, left, t, {}); }));
    rows.push_back({name, Kind::shape, [=, f = f] { f(four, left, right, {}); }, {"'x'", "(4,)", "broadcasts"}});
    rows.push_back({name, Kind::shape, [=, f = f] { f(0, left, zeros({2, 2, 2, 2}), {}); }, {"(2, 2, 2, 2)"}});
    rows.push_back({name,
                    Kind::range,
                    [=, f = f] { f(0, left, right, {.beta = not_a_number}); },
                    {"beta is nan", "expected numbers"}});
  }
  for (const auto& [name, f] :
       {std::pair<std::string, Tensor (*)(const Operand&, const Operand&, const Operand&, double)>{"addcmul", addcmul},
        {"addcdiv", addcdiv}}) {
    rows.push_back(without(name, "x", [=, f = f](const Tensor& t) { f(t, x, x, 1); }));
    rows.push_back(without(name, "a", [=, f = f](const Tensor& t) { f(x, t, x, 1); }));
    rows.push_back(without(name, "b", [=, f = f](const Tensor& t) { f(x, x, t, 1); }));
    rows.push_back({name, Kind::shape, [=, f = f] { f(x, x, four, 1); }, {"(2, 3) and (4,)", "expected equal ext"}});
    rows.push_back({name, Kind::range, [=, f = f] { f(x, x, x, not_a_number); }, {"'value' is nan", "a number"}});
  }
  append(rows, wrong_axes("softmin", [](const Tensor& t, int axis) { softmin(t, axis); }));
  append(rows, wrong_axes("normalize", [](const Tensor& t, int axis) { normalize(t, 2, axis); }));
  append(rows, wrong_axes("cosine_similarity", [](const Tensor& t, int axis) { cosine_similarity(t, t, axis); }));
  append(rows, {
                   without("softmin", "x", [](const Tensor& t) { softmin(t); }),
                   without("logit", "x", [](const Tensor& t) { logit(t); }),
                   {"logit", Kind::range, [=] { logit(x, 0.6); }, {"eps is 0.6", "expected 0 to 0.5"}},
                   without("multigammaln", "x", [](const Tensor& t) { multigammaln(t, 2); }),
                   {"multigammaln", Kind::range, [=] { multigammaln(x, 0); }, {"p is 0", "expected 1 to 1000"}},
                   {"positive", Kind::dtype, [=] { positive(x > 0); }, {"'x'", "bool", "a number is expected"}},
                   {"bitwise_not", Kind::dtype, [=] { bitwise_not(x); }, {"'x'", "float32", "int64 or bool"}},
                   without("heaviside", "x", [=](const Tensor& t) { heaviside(t, x); }),
                   without("heaviside", "values", [=](const Tensor& t) { heaviside(x, t); }),
                   {"heaviside", Kind::shape, [=] { heaviside(x, four); }, {"(2, 3)", "(4,)", "expected equal ext"}},
                   without("nan_to_num", "x", [](const Tensor& t) { nan_to_num(t); }),
                   without("clip", "x", [=](const Tensor& t) { clip(t, x, x); }),
                   without("clip", "low", [=](const Tensor& t) { clip(x, t, x); }),
                   without("clip", "high", [=](const Tensor& t) { clip(x, x, t); }),
                   {"clip", Kind::shape, [=] { clip(x, four, x); }, {"(2, 3)", "(4,)", "expected equal ext"}},
                   {"clamp", Kind::shape, [=] { clamp(x, 0, four); }, {"(2, 3)", "(4,)", "expected equal ext"}},
                   {"round", Kind::range, [=] { round(x, 301); }, {"decimals is 301", "-300 to 300"}},
                   {"round", Kind::dtype, [=] { round(ints, -1); }, {"decimals is -1", "int64", "expected 0 or more"}},
                   without("softshrink", "x", [](const Tensor& t) { softshrink(t); }),
                   {"softshrink", Kind::range, [=] { softshrink(x, -1); }, {"lambda is -1", "expected 0 or more"}},
                   without("hardshrink", "x", [](const Tensor& t) { hardshrink(t); }),
                   {"hardshrink", Kind::range, [=] { hardshrink(x, not_a_number); }, {"lambda is nan", "a number"}},
                   without("threshold", "x", [](const Tensor& t) { threshold(t, 0, 1); }),
                   {"threshold", Kind::range, [=] { threshold(x, not_a_number, 1); }, {"threshold is nan", "a number"}},
                   {"threshold", Kind::range, [=] { threshold(ints, 0, 0.5); }, {"'value' is 0.5", "int64"}},
                   without("kron", "a", [=](const Tensor& t) { kron(t, x); }),
                   without("kron", "b", [=](const Tensor& t) { kron(x, t); }),
                   {"kron",
                    Kind::shape,
                    [=] {
                      kron(x, zeros({1, 1, 1, 1, 1}));
                    },
                    {"(1, 1, 1, 1, 1)", "at most 4"}},
                   without("dist", "a", [=](const Tensor& t) { dist(t, x); }),
                   without("dist", "b", [=](const Tensor& t) { dist(x, t); }),
                   {"dist", Kind::shape, [=] { dist(x, four); }, {"(2, 3) and (4,)", "expected equal ext"}},
                   {"dist", Kind::range, [=] { dist(x, x, not_a_number); }, {"'p' is nan", "expected a number"}},
                   without("pairwise_distance", "a", [=](const Tensor& t) { pairwise_distance(t, x); }),
                   without("pairwise_distance", "b", [=](const Tensor& t) { pairwise_distance(x, t); }),
                   {"pairwise_distance", Kind::shape, [=] { pairwise_distance(x, four); }, {"(2, 3) and (4,)"}},
                   {"pairwise_distance",
                    Kind::range,
                    [=] { pairwise_distance(x, x, 2, not_a_number); },
                    {"'eps' is nan", "expected a number"}},
                   without("cosine_similarity", "a", [=](const Tensor& t) { cosine_similarity(t, x); }),
                   without("cosine_similarity", "b", [=](const Tensor& t) { cosine_similarity(x, t); }),
                   {"cosine_similarity", Kind::shape, [=] { cosine_similarity(x, four); }, {"(2, 3) and (4,)"}},
                   {"cosine_similarity",
                    Kind::range,
                    [=] { cosine_similarity(x, x, 1, -1); },
                    {"eps is -1", "expected 0 or more"}},
                   without("normalize", "x", [](const Tensor& t) { normalize(t); }),
                   {"normalize", Kind::range, [=] { normalize(x, not_a_number); }, {"'p' is nan", "a number"}},
                   {"normalize", Kind::range, [=] { normalize(x, 2, 1, -1); }, {"eps is -1", "expected 0 or more"}},
                   without("renorm", "x", [](const Tensor& t) { renorm(t, 2, 0, 1); }),
                   {"renorm", Kind::axis, [=] { renorm(x, 2, 2, 1); }, {"axis 2", "(2, 3)", "-2 to 1"}},
                   {"renorm", Kind::range, [=] { renorm(x, 0, 0, 1); }, {"p is 0", "a number above 0"}},
                   {"renorm", Kind::range, [=] { renorm(x, 2, 0, -1); }, {"maxnorm is -1", "expected 0 or more"}},
                   {"renorm", Kind::shape, [=] { renorm(four, 2, 0, 1); }, {"(4,)", "two axes or more"}},
               });
  return rows;
}

TEST_CASE("wrong calls of functions and products are refused") { check(wrong_functions()); }

}  // namespace xgrad::test
