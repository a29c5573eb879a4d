#include "wrong_calls.hpp"

namespace xgrad::test {
namespace {

using Reduction = void (*)(const Tensor&, const Axes&);
using AlongAxis = void (*)(const Tensor&, int);

const std::vector<std::pair<std::string, Reduction>> over_axes = {
    {"var_mean", [](const Tensor& x, const Axes& axes) { var_mean(x, axes); }},
    {"std_mean", [](const Tensor& x, const Axes& axes) { std_mean(x, axes); }},
    {"aminmax", [](const Tensor& x, const Axes& axes) { aminmax(x, axes); }},
    {"nansum", [](const Tensor& x, const Axes& axes) { nansum(x, axes); }},
    {"nanmean", [](const Tensor& x, const Axes& axes) { nanmean(x, axes); }},
    {"count_nonzero", [](const Tensor& x, const Axes& axes) { count_nonzero(x, axes); }},
};

const std::vector<std::pair<std::string, AlongAxis>> along_axis = {
    {"nanmedian", [](const Tensor& x, int axis) { nanmedian(x, axis); }},
    {"nanquantile", [](const Tensor& x, int axis) { nanquantile(x, 0.5, axis); }},
    {"diff", [](const Tensor& x, int axis) { diff(x, 1, axis); }},
    {"cummax", [](const Tensor& x, int axis) { cummax(x, axis); }},
    {"cummin", [](const Tensor& x, int axis) { cummin(x, axis); }},
    {"kthvalue", [](const Tensor& x, int axis) { kthvalue(x, 1, axis); }},
    {"mode", [](const Tensor& x, int axis) { mode(x, axis); }},
};

}  // namespace

WrongCalls wrong_statistics() {
  const Tensor none, x = zeros({2, 3}), no_rows = zeros({0, 3}), four = zeros({4}), ints = zeros({2, 3}, int64);
  WrongCalls rows;
  for (const auto& [name, f] : over_axes) {
    rows.push_back(without(name, "x", [f = f](const Tensor& t) { f(t, {}); }));
    append(rows, wrong_axes(name, [f = f](const Tensor& t, int axis) { f(t, axis); }));
    rows.push_back({name, Kind::axis, [=, f = f] { f(x, {0, -2}); }, {"axis -2 is given twice", "(2, 3)"}});
  }
  for (const auto& [name, f] : along_axis) {
    rows.push_back(without(name, "x", [f = f](const Tensor& t) { f(t, 0); }));
    append(rows, wrong_axes(name, f));
  }
  for (const auto& [name, f] : along_axis) {
    if (name != "nanmedian" && name != "nanquantile" && name != "mode") continue;
    rows.push_back({name, Kind::shape, [=, f = f] { f(no_rows, 0); }, {"(0, 3)", "no elements", "at least one"}});
  }
  append(
      rows,
      {
          {"aminmax", Kind::shape, [=] { aminmax(no_rows); }, {"(0, 3)", "no elements", "at least one"}},
          {"nanquantile", Kind::range, [=] { nanquantile(x, 1.5); }, {"q is 1.5", "expected 0 to 1"}},
          {"nanquantile", Kind::range, [=] { nanquantile(x, not_a_number); }, {"q is nan", "expected 0 to 1"}},
          {"var_mean",
           Kind::range,
           [=] { var_mean(x, 0, {.correction = not_a_number}); },
           {"correction is nan", "expected"}},
          without("cov", "x", [](const Tensor& t) { cov(t); }),
          {"cov",
           Kind::shape,
           [] {
             cov(zeros({1, 2, 3}));
           },
           {"(1, 2, 3)", "two axes at most"}},
          {"cov", Kind::range, [=] { cov(x, {.correction = not_a_number}); }, {"correction is nan", "expected"}},
          {"cov", Kind::dtype, [=] { cov(x, {.fweights = zeros({3})}); }, {"'fweights'", "float32", "int64", "(3,)"}},
          {"cov", Kind::shape, [=] { cov(x, {.aweights = four}); }, {"'aweights'", "(4,)", "shape (3,)"}},
          without("corrcoef", "x", [](const Tensor& t) { corrcoef(t); }),
          {"corrcoef",
           Kind::shape,
           [] {
             corrcoef(zeros({1, 2, 3}));
           },
           {"(1, 2, 3)", "two axes at most"}},
          {"diff", Kind::range, [=] { diff(x, -1); }, {"count is -1", "expected 0 to"}},
          {"diff", Kind::range, [=] { diff(x, most_int); }, {"count is 9223372036854775807", "expected 0 to"}},
          {"diff", Kind::shape, [=] { diff(x, 1, -1, four); }, {"'prepend'", "(4,)", "(2, 3)", "equal extents"}},
          without("trapezoid", "y", [](const Tensor& t) { trapezoid(t); }),
          without("trapezoid", "x", [=](const Tensor& t) { trapezoid(x, t); }),
          {"trapezoid", Kind::axis, [=] { trapezoid(x, 1, 2); }, {"axis 2", "(2, 3)", "-2 to 1"}},
          {"trapezoid", Kind::range, [=] { trapezoid(x, not_a_number); }, {"dx is nan", "expected a number"}},
          {"trapezoid", Kind::shape, [=] { trapezoid(x, four); }, {"'x'", "(4,)", "(2, 3)", "a vector of 3"}},
          without("cumulative_trapezoid", "y", [](const Tensor& t) { cumulative_trapezoid(t); }),
          without("cumulative_trapezoid", "x", [=](const Tensor& t) { cumulative_trapezoid(x, t); }),
          {"cumulative_trapezoid", Kind::axis, [=] { cumulative_trapezoid(x, x, -3); }, {"axis -3", "-2 to 1"}},
          {"cumulative_trapezoid", Kind::range, [=] { cumulative_trapezoid(x, not_a_number); }, {"dx is nan"}},
          {"cumulative_trapezoid", Kind::shape, [=] { cumulative_trapezoid(x, four); }, {"'x'", "(4,)", "(2, 3)"}},
          without("histc", "x", [](const Tensor& t) { histc(t); }),
          {"histc", Kind::dtype, [=] { histc(ints); }, {"'x'", "int64", "float32 or float64"}},
          {"histc", Kind::range, [=] { histc(x, 0); }, {"bins is 0", "expected 1 or more"}},
          {"histc", Kind::range, [=] { histc(x, 2, 1, 0); }, {"low is 1", "high is 0", "low <= high"}},
          without("bincount", "x", [](const Tensor& t) { bincount(t); }),
          {"bincount", Kind::dtype, [=] { bincount(four); }, {"'x'", "float32", "int64 is expected"}},
          {"bincount", Kind::shape, [=] { bincount(ints); }, {"(2, 3)", "a vector"}},
          {"bincount", Kind::shape, [=] { bincount(four.to(int64), x); }, {"'weights'", "(2, 3)", "(4,)"}},
          {"bincount", Kind::range, [=] { bincount(four.to(int64), {}, -1); }, {"minlength is -1", "0 or more"}},
          {"bincount",
           Kind::value,
           [] {
             bincount(tensor({1, -2}, int64));
           },
           {"holds -2", "expected 0 or more"}},
          {"bincount", Kind::value, [] { bincount(tensor({most_int}, int64)); }, {"more elements than a tensor"}},
          {"kthvalue", Kind::range, [=] { kthvalue(x, 0); }, {"k is 0", "axis 1", "(2, 3)", "expected 1 to 3"}},
          {"kthvalue", Kind::range, [=] { kthvalue(x, 4); }, {"k is 4", "expected 1 to 3"}},
          without("searchsorted", "sorted", [=](const Tensor& t) { searchsorted(t, x); }),
          without("searchsorted", "values", [=](const Tensor& t) { searchsorted(four, t); }),
          {"searchsorted",
           Kind::shape,
           [=] {
             searchsorted(x, zeros({3, 3}));
           },
           {"'sorted'", "(2, 3)", "(3, 3)", "a vector, or equal extents"}},
          without("bucketize", "x", [=](const Tensor& t) { bucketize(t, four); }),
          without("bucketize", "boundaries", [=](const Tensor& t) { bucketize(x, t); }),
          {"bucketize", Kind::shape, [=] { bucketize(x, x); }, {"'boundaries'", "(2, 3)", "a vector"}},
          without("isin", "x", [=](const Tensor& t) { isin(t, x); }),
          without("isin", "elements", [=](const Tensor& t) { isin(x, t); }),
          without("unique", "x", [](const Tensor& t) { unique(t); }),
          without("multinomial", "weights", [](const Tensor& t) { multinomial(t, 1); }),
          {"multinomial", Kind::dtype, [=] { multinomial(ints, 1); }, {"'weights'", "int64", "float32 or float64"}},
          {"multinomial", Kind::range, [=] { multinomial(x, -1); }, {"count is -1", "expected 0 or more"}},
          {"multinomial", Kind::value, [=] { multinomial(x - 1, 1); }, {"'weights'", "below 0", "finite"}},
          {"multinomial", Kind::value, [=] { multinomial(x, 1); }, {"has 0 numbers above 0", "at least 1"}},
          without("gumbel_softmax", "logits", [](const Tensor& t) { gumbel_softmax(t); }),
          {"gumbel_softmax", Kind::range, [=] { gumbel_softmax(x, {.tau = 0}); }, {"tau is 0", "above 0"}},
          {"gumbel_softmax", Kind::axis, [=] { gumbel_softmax(x, {.axis = 2}); }, {"axis 2", "(2, 3)", "-2 to 1"}},
          without("rrelu", "x", [](const Tensor& t) { rrelu(t); }),
          {"rrelu", Kind::range, [=] { rrelu(x, {.lower = 1}); }, {"lower is 1", "lower <= upper"}},
      });
  return rows;
}

TEST_CASE("wrong calls of statistics, searches and draws are refused") { check(wrong_statistics()); }

}  // namespace xgrad::test
