#include "wrong_calls.hpp"

namespace xgrad::test {
namespace {

using Scatters = void (*)(const Tensor&, int, const Tensor&, const Tensor&);

const std::vector<std::pair<std::string, Scatters>> scatters = {
    {"scatter", [](const Tensor& x, int axis, const Tensor& i, const Tensor& s) { scatter(x, axis, i, s); }},
    {"scatter_add", [](const Tensor& x, int axis, const Tensor& i, const Tensor& s) { scatter_add(x, axis, i, s); }},
    {"scatter_reduce", [](const Tensor& x, int axis, const Tensor& i,
                          const Tensor& s) { scatter_reduce(x, axis, i, s, ScatterReduction::amax); }},
};

}  // namespace

WrongCalls wrong_scatters() {
  const Tensor none, x = zeros({2, 3}), vector = zeros({2}), ints = zeros({2, 3}, int64), mask = zeros({3}, boolean);
  const Tensor index = zeros({2, 3}, int64), places = tensor({1, 0}, int64), beyond = tensor({{0, 2}}, int64);
  WrongCalls rows;
  for (const auto& [name, f] : scatters) {
    append(rows,
           {
               without(name, "x", [=, f = f](const Tensor& t) { f(t, 0, index, x); }),
               without(name, "index", [=, f = f](const Tensor& t) { f(x, 0, t, x); }),
               without(name, "source", [=, f = f](const Tensor& t) { f(x, 0, index, t); }),
               {name, Kind::dtype, [=, f = f] { f(x, 0, x, x); }, {"'index'", "float32", "int64 is expected"}},
               {name, Kind::dtype, [=, f = f] { f(ints, 0, index, x); }, {"'source'", "float32", "int64", "to()"}},
               {name, Kind::shape, [=, f = f] { f(x, 0, places, x); }, {"'index'", "(2,)", "(2, 3)", "as many axes"}},
               {name,
                Kind::shape,
                [=, f = f] {
                  f(x, 1, zeros({3, 3}, int64), x);
                },
                {"'index'", "(3, 3)", "(2, 3)"}},
               {name, Kind::shape, [=, f = f] { f(x, 0, index, vector); }, {"'source'", "(2,)", "(2, 3)", "expected"}},
               {name, Kind::axis, [=, f = f] { f(x, 2, index, x); }, {"axis 2", "(2, 3)", "-2 to 1"}},
               {name, Kind::axis, [=, f = f] { f(Tensor(1.0), 1, index, x); }, {"axis 1", "shape ()"}},
           });
  }
  append(rows,
         {
             {"scatter", Kind::value, [=] { eval(scatter(x, 0, beyond, 1)); }, {"index 2", "position 1", "axis of 2"}},
             {"scatter_reduce",
              Kind::value,
              [=] { eval(scatter_reduce(x, 0, beyond, x, ScatterReduction::prod)); },
              {"index 2", "axis of 2"}},
             {"scatter_reduce",
              Kind::value,
              [=] { eval(scatter_reduce(x, 0, beyond, x, ScatterReduction::amin)); },
              {"index 2", "position 1", "axis of 2"}},
             without("index_copy", "x", [=](const Tensor& t) { index_copy(t, 0, places, x); }),
             without("index_copy", "index", [=](const Tensor& t) { index_copy(x, 0, t, x); }),
             without("index_copy", "source", [=](const Tensor& t) { index_copy(x, 0, places, t); }),
             {"index_copy", Kind::axis, [=] { index_copy(x, 2, places, x); }, {"axis 2", "(2, 3)", "-2 to 1"}},
             {"index_copy", Kind::dtype, [=] { index_copy(x, 0, vector, x); }, {"'index'", "float32", "int64"}},
             {"index_copy", Kind::shape, [=] { index_copy(x, 1, places, x); }, {"'source'", "(2, 3)", "(2, 2)"}},
             {"index_copy", Kind::shape, [=] { index_copy(x, 1, index, x); }, {"'index'", "(2, 3)", "a vector"}},
             without("index_fill", "x", [=](const Tensor& t) { index_fill(t, 0, places, 1); }),
             without("index_fill", "index", [=](const Tensor& t) { index_fill(x, 0, t, 1); }),
             without("index_fill", "value", [=](const Tensor& t) { index_fill(x, 0, places, t); }),
             {"index_fill", Kind::axis, [=] { index_fill(x, -3, places, 1); }, {"axis -3", "(2, 3)", "-2 to 1"}},
             {"index_fill", Kind::dtype, [=] { index_fill(x, 0, vector, 1); }, {"'index'", "float32", "int64"}},
             {"index_fill", Kind::dtype, [=] { index_fill(ints, 0, places, 0.5); }, {"'value' is 0.5", "int64"}},
             {"index_fill", Kind::shape, [=] { index_fill(x, 0, places, vector); }, {"'value'", "(2,)", "()"}},
             without("masked_scatter", "x", [=](const Tensor& t) { masked_scatter(t, mask, x); }),
             without("masked_scatter", "mask", [=](const Tensor& t) { masked_scatter(x, t, x); }),
             without("masked_scatter", "source", [=](const Tensor& t) { masked_scatter(x, mask, t); }),
             {"masked_scatter", Kind::dtype, [=] { masked_scatter(x, x, x); }, {"'mask'", "float32", "bool"}},
             {"masked_scatter",
              Kind::shape,
              [=] { masked_scatter(x, zeros({2}, boolean), x); },
              {"(2, 3) and (2,)", "do not broadcast"}},
             {"masked_scatter",
              Kind::shape,
              [=] { masked_scatter(x, equal(x, 0), vector); },
              {"'source'", "(2,)", "6 places", "as many elements"}},
             without("put", "x", [=](const Tensor& t) { put(t, places, 1); }),
             without("put", "indices", [=](const Tensor& t) { put(x, t, 1); }),
             without("put", "values", [=](const Tensor& t) { put(x, places, t); }),
             {"put", Kind::dtype, [=] { put(x, vector, 1); }, {"'indices'", "float32", "int64 is expected"}},
             {"put", Kind::shape, [=] { put(x, places, x); }, {"'values'", "(2, 3)", "(2,)", "broadcasts"}},
             {"put",
              Kind::value,
              [=] {
                eval(put(x, tensor({0, 6}, int64), 1));
              },
              {"index 6", "axis of 6"}},
         });
  return rows;
}

TEST_CASE("wrong scatters are refused") { check(wrong_scatters()); }

}  // namespace xgrad::test
