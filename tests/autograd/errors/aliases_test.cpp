#include <autograd/ops/aliases.hpp>

#include "wrong_calls.hpp"

namespace xgrad::test {
namespace {

using Unary = Tensor (*)(const Operand&);
using Binary = Tensor (*)(const Operand&, const Operand&);

const std::vector<std::pair<std::string, Unary>> unary = {
    {"neg", neg},         {"negative", negative}, {"absolute", absolute}, {"arcsin", arcsin},
    {"arccos", arccos},   {"arctan", arctan},     {"arcsinh", arcsinh},   {"arccosh", arccosh},
    {"arctanh", arctanh}, {"detach", detach},     {"inverse", inverse},
};

const std::vector<std::pair<std::string, Binary>> binary = {
    {"mul", mul}, {"sub", sub}, {"div", div}, {"power", power}, {"mod", mod}, {"arctan2", arctan2},
    {"eq", eq},   {"ne", ne},   {"lt", lt},   {"le", le},       {"gt", gt},   {"ge", ge},
};

using Join = Tensor (*)(const std::vector<Tensor>&, int);

}  // namespace

/// Errors that come out of an operation called by another of its names.
WrongCalls wrong_aliases() {
  const Tensor none, x = zeros({2, 3}), four = zeros({4}), index = zeros({2, 3}, int64);
  WrongCalls rows;
  for (const auto& [name, f] : unary) rows.push_back(without(name, "x", f));
  for (const auto& [name, f] : binary) {
    rows.push_back(without(name, "a", [=, f = f](const Tensor& a) { f(a, x); }));
    rows.push_back(without(name, "b", [=, f = f](const Tensor& b) { f(x, b); }));
    rows.push_back({name, Kind::shape, [=, f = f] { f(x, four); }, {"(2, 3) and (4,)", "expected equal extents"}});
  }
  for (const auto& [name, f] : std::vector<std::pair<std::string, Join>>{{"cat", cat}, {"concat", concat}}) {
    rows.push_back({name, Kind::undefined, [=, f = f] { f({x, none}, 0); }, {"'tensors'", "undefined"}});
    rows.push_back({name, Kind::axis, [=, f = f] { f({x}, 2); }, {"axis 2", "(2, 3)", "-2 to 1"}});
    rows.push_back({name, Kind::shape, [=, f = f] { f({x, four}, 0); }, {"(2, 3)", "(4,)"}});
  }
  append(rows, wrong_axes("unbind", [](const Tensor& t, int axis) { unbind(t, axis); }));
  append(rows, wrong_axes("amax", [](const Tensor& t, int axis) { amax(t, axis); }));
  append(rows, wrong_axes("amin", [](const Tensor& t, int axis) { amin(t, axis); }));
  append(rows, wrong_axes("transpose", [](const Tensor& t, int axis) { transpose(t, axis, 0); }));
  append(rows, {
                   without("unbind", "x", [](const Tensor& t) { unbind(t); }),
                   without("amax", "x", [](const Tensor& t) { amax(t); }),
                   without("amin", "x", [](const Tensor& t) { amin(t); }),
                   without("transpose", "x", [](const Tensor& t) { transpose(t, 0, 1); }),
                   {"amax",
                    Kind::shape,
                    [] {
                      amax(zeros({0, 3}), 0);
                    },
                    {"(0, 3)", "no elements"}},
                   {"amin",
                    Kind::shape,
                    [] {
                      amin(zeros({0, 3}), 0);
                    },
                    {"(0, 3)", "no elements"}},
                   without("unsqueeze", "x", [](const Tensor& t) { unsqueeze(t, 0); }),
                   {"unsqueeze", Kind::axis, [=] { unsqueeze(x, 3); }, {"axis 3", "-3 to 2"}},
                   without("permute", "x",
                           [](const Tensor& t) {
                             permute(t, {0, 1});
                           }),
                   {"permute",
                    Kind::axis,
                    [=] {
                      permute(x, {0, 2});
                    },
                    {"axis 2", "(2, 3)", "-2 to 1"}},
                   without("repeat_interleave", "x", [](const Tensor& t) { repeat_interleave(t, 2); }),
                   {"repeat_interleave", Kind::axis, [=] { repeat_interleave(x, 2, 2); }, {"axis 2", "(2, 3)"}},
                   {"repeat_interleave", Kind::range, [=] { repeat_interleave(x, -1, 0); }, {"-1", "(2, 3)"}},
                   without("take_along_dim", "x", [=](const Tensor& t) { take_along_dim(t, index, 0); }),
                   without("take_along_dim", "indices", [=](const Tensor& t) { take_along_dim(x, t, 0); }),
                   {"take_along_dim", Kind::axis, [=] { take_along_dim(x, index, 2); }, {"axis 2", "(2, 3)"}},
                   {"take_along_dim", Kind::dtype, [=] { take_along_dim(x, x, 0); }, {"'indices'", "float32", "int64"}},
                   {"take_along_dim", Kind::shape, [=] { take_along_dim(x, four.to(int64), 0); }, {"(4,)", "(2, 3)"}},
                   without("clamp", "x", [](const Tensor& t) { clamp(t, 0, 1); }),
                   {"clamp", Kind::range, [=] { clamp(x, 2, 1); }, {"low is 2", "high is 1", "expected low <= high"}},
                   {"inverse", Kind::shape, [=] { inverse(x); }, {"(2, 3)", "expected"}},
               });
  return rows;
}

TEST_CASE("wrong calls of operations by their other names are refused") { check(wrong_aliases()); }

}  // namespace xgrad::test
