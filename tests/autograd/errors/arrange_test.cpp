#include "wrong_calls.hpp"

namespace xgrad::test {
namespace {

using Unary = Tensor (*)(const Operand&);
using Joins = Tensor (*)(const std::vector<Tensor>&);
using Parts = std::vector<Tensor> (*)(const Operand&, std::int64_t);

const std::vector<std::pair<std::string, Unary>> unary = {
    {"ravel", ravel},           {"atleast_1d", atleast_1d}, {"atleast_2d", atleast_2d},
    {"atleast_3d", atleast_3d}, {"fliplr", fliplr},         {"flipud", flipud},
};

const std::vector<std::pair<std::string, Joins>> joins = {
    {"hstack", hstack},
    {"vstack", vstack},
    {"row_stack", row_stack},
    {"dstack", dstack},
    {"block_diag", block_diag},
    {"cartesian_prod", cartesian_prod},
    {"column_stack", column_stack},
};

const std::vector<std::pair<std::string, Parts>> parts = {{"hsplit", hsplit}, {"vsplit", vsplit}, {"dsplit", dsplit}};

using AlongAxis = void (*)(const Tensor&, int);

const std::vector<std::pair<std::string, AlongAxis>> along_axis = {
    {"select", [](const Tensor& x, int axis) { select(x, axis, 0); }},
    {"narrow", [](const Tensor& x, int axis) { narrow(x, axis, 0, 1); }},
    {"unflatten",
     [](const Tensor& x, int axis) {
       unflatten(x, axis, {1, -1});
     }},
    {"movedim", [](const Tensor& x, int axis) { movedim(x, axis, 0); }},
    {"moveaxis", [](const Tensor& x, int axis) { moveaxis(x, axis, 0); }},
    {"swapdims", [](const Tensor& x, int axis) { swapdims(x, axis, 0); }},
    {"tensor_split", [](const Tensor& x, int axis) { tensor_split(x, 2, axis); }},
};

}  // namespace

WrongCalls wrong_arrangements() {
  const Tensor none, x = zeros({2, 3}), four = zeros({4});
  WrongCalls rows;
  for (const auto& [name, f] : unary) rows.push_back(without(name, "x", f));
  for (const auto& [name, f] : joins) {
    rows.push_back({name, Kind::undefined, [=, f = f] { f({x, none}); }, {"'tensors'", "number 1", "undefined"}});
    rows.push_back({name, Kind::shape, [f = f] { f({}); }, {"no tensors are given", "expected at least one"}});
    rows.push_back({name, Kind::shape, [=, f = f] { f({zeros({2, 2, 2, 2}), four}); }, {"(2, 2, 2, 2)", "expected"}});
  }
  for (const auto& [name, f] : parts) {
    rows.push_back(without(name, "x", [f = f](const Tensor& t) { f(t, 1); }));
    rows.push_back({name, Kind::shape, [f = f] { f(Tensor(1.0), 1); }, {"shape ()", "or more"}});
    rows.push_back({name,
                    Kind::range,
                    [f = f] {
                      f(zeros({5, 5, 5}), 2);
                    },
                    {"2 parts", "(5, 5, 5)", "of equal extents"}});
    rows.push_back({name, Kind::range, [f = f] { f(zeros({5, 5, 5}), 0); }, {"0 parts", "(5, 5, 5)", "1 or more"}});
  }
  for (const auto& [name, f] : along_axis) {
    rows.push_back(without(name, "x", [f = f](const Tensor& t) { f(t, 0); }));
    append(rows, wrong_axes(name, f));
  }
  append(rows,
         {
             {"select", Kind::range, [=] { select(x, 1, 3); }, {"index 3", "axis 1", "(2, 3)", "-3 to 2"}},
             {"select", Kind::range, [=] { select(x, 0, least_int); }, {"index -9223372036854775808", "-2 to 1"}},
             {"narrow", Kind::range, [=] { narrow(x, 1, 2, 2); }, {"start is 2", "length 2", "(2, 3)", "within it"}},
             {"narrow", Kind::range, [=] { narrow(x, 1, least_int, most_int); }, {"(2, 3)", "within it"}},
             {"unflatten",
              Kind::shape,
              [=] {
                unflatten(x, 1, {2, -1});
              },
              {"axis 1", "(2, 3)", "(2, -1)", "product is 3"}},
             {"movedim",
              Kind::axis,
              [=] {
                movedim(x, {0, 1}, {0});
              },
              {"2 axes", "1 places", "expected as many"}},
             {"movedim",
              Kind::axis,
              [=] {
                movedim(x, {0, -2}, {0, 1});
              },
              {"axis -2 is given twice", "(2, 3)"}},
             without("reshape_as", "x", [=](const Tensor& t) { reshape_as(t, x); }),
             without("reshape_as", "other", [=](const Tensor& t) { reshape_as(x, t); }),
             {"reshape_as", Kind::shape, [=] { reshape_as(x, four); }, {"(2, 3)", "(4,)", "6 elements"}},
             without("view_as", "x", [=](const Tensor& t) { view_as(t, x); }),
             without("view_as", "other", [=](const Tensor& t) { view_as(x, t); }),
             {"view_as", Kind::shape, [=] { view_as(x, four); }, {"(2, 3)", "(4,)", "6 elements"}},
             without("expand_as", "x", [=](const Tensor& t) { expand_as(t, x); }),
             without("expand_as", "other", [=](const Tensor& t) { expand_as(x, t); }),
             {"expand_as", Kind::shape, [=] { expand_as(x, four); }, {"(2, 3)", "(4,)", "broadcast"}},
             {"broadcast_tensors",
              Kind::undefined,
              [=] {
                broadcast_tensors({x, none});
              },
              {"'tensors'", "number 1", "undefined"}},
             {"broadcast_tensors",
              Kind::shape,
              [=] {
                broadcast_tensors({x, four});
              },
              {"(2, 3) and (4,)", "expected equal ext"}},
             without("rot90", "x", [](const Tensor& t) { rot90(t); }),
             {"rot90", Kind::axis, [=] { rot90(x, 1, 2, 0); }, {"axis 2", "(2, 3)", "-2 to 1"}},
             {"rot90", Kind::axis, [=] { rot90(x, 1, 0, -3); }, {"axis -3", "(2, 3)", "-2 to 1"}},
             {"rot90", Kind::axis, [=] { rot90(x, 1, 0, -2); }, {"both axes are axis 0", "(2, 3)", "expected two"}},
             {"rot90", Kind::shape, [=] { rot90(four); }, {"(4,)", "2 axes or more"}},
             {"fliplr", Kind::shape, [=] { fliplr(four); }, {"(4,)", "2 axes or more"}},
             {"flipud", Kind::shape, [] { flipud(1.0); }, {"shape ()", "1 axis or more"}},
             without("combinations", "x", [](const Tensor& t) { combinations(t); }),
             {"combinations", Kind::range, [=] { combinations(four, -1); }, {"count is -1", "expected 0 or more"}},
             {"combinations", Kind::range, [] { combinations(zeros({100}), 50); }, {"50 of 100", "at most 1e9"}},
             {"combinations", Kind::shape, [=] { combinations(x); }, {"(2, 3)", "expected a vector"}},
             {"tensor_split", Kind::range, [=] { tensor_split(x, 0); }, {"0 parts", "(2, 3)", "expected 1 to"}},
             {"tril_indices", Kind::range, [] { tril_indices(-1, 2); }, {"-1 rows", "expected 0 or more"}},
             {"tril_indices",
              Kind::range,
              [] { tril_indices(most_int, 1); },
              {"(9223372036854775807, 1)", "more elements than a tensor"}},
             {"triu_indices", Kind::range, [] { triu_indices(2, -1); }, {"-1 columns", "expected 0 or more"}},
         });
  return rows;
}

TEST_CASE("wrong cuts, joins and turns are refused") { check(wrong_arrangements()); }

}  // namespace xgrad::test
