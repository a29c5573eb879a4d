#include "wrong_calls.hpp"

namespace xgrad::test {
namespace {

using Reduction = Tensor (*)(const Tensor&, const Axes&);

const std::vector<std::pair<std::string, Reduction>> over_axes = {
    {"sum", [](const Tensor& x, const Axes& axes) { return sum(x, axes); }},
    {"mean", [](const Tensor& x, const Axes& axes) { return mean(x, axes); }},
    {"var", [](const Tensor& x, const Axes& axes) { return var(x, axes); }},
    {"std", [](const Tensor& x, const Axes& axes) { return xgrad::std(x, axes); }},
    {"stddev", [](const Tensor& x, const Axes& axes) { return stddev(x, axes); }},
    {"max", [](const Tensor& x, const Axes& axes) { return max(x, axes); }},
    {"min", [](const Tensor& x, const Axes& axes) { return min(x, axes); }},
    {"logsumexp", [](const Tensor& x, const Axes& axes) { return logsumexp(x, axes); }},
    {"prod", [](const Tensor& x, const Axes& axes) { return prod(x, axes); }},
    {"norm", [](const Tensor& x, const Axes& axes) { return norm(x, 2, axes); }},
    {"any", [](const Tensor& x, const Axes& axes) { return any(x, axes); }},
    {"all", [](const Tensor& x, const Axes& axes) { return all(x, axes); }},
};

using AlongAxis = Tensor (*)(const Tensor&, int);

const std::vector<std::pair<std::string, AlongAxis>> along_axis = {
    {"argmax", [](const Tensor& x, int axis) { return argmax(x, axis); }},
    {"argmin", [](const Tensor& x, int axis) { return argmin(x, axis); }},
    {"median", [](const Tensor& x, int axis) { return median(x, axis); }},
    {"softmax", [](const Tensor& x, int axis) { return softmax(x, axis); }},
    {"log_softmax", [](const Tensor& x, int axis) { return log_softmax(x, axis); }},
    {"cumsum", [](const Tensor& x, int axis) { return cumsum(x, axis); }},
    {"cumprod", [](const Tensor& x, int axis) { return cumprod(x, axis); }},
    {"logcumsumexp", [](const Tensor& x, int axis) { return logcumsumexp(x, axis); }},
    {"linear_scan", [](const Tensor& x, int axis) { return linear_scan(x, x, axis); }},
    {"sort", [](const Tensor& x, int axis) { return sort(x, axis); }},
    {"argsort", [](const Tensor& x, int axis) { return argsort(x, axis); }},
    {"topk", [](const Tensor& x, int axis) { return topk(x, 1, axis).values; }},
    {"quantile", [](const Tensor& x, int axis) { return quantile(x, 0.5, axis); }},
};

}  // namespace

WrongCalls wrong_reductions() {
  const Tensor none, x = zeros({2, 3}), no_rows = zeros({0, 3});
  WrongCalls rows;
  for (const auto& [name, f] : over_axes) {
    rows.push_back(without(name, "x", [f = f](const Tensor& t) { f(t, {}); }));
    append(rows, wrong_axes(name, [f = f](const Tensor& t, int axis) { f(t, axis); }));
    rows.push_back({name, Kind::axis, [=, f = f] { f(x, {0, -2}); }, {"axis -2 is given twice", "(2, 3)"}});
  }
  for (const auto& [name, f] : along_axis) {
    if (name != "linear_scan") rows.push_back(without(name, "x", [f = f](const Tensor& t) { f(t, 0); }));
    append(rows, wrong_axes(name, f));
  }
  for (const auto& [name, f] : over_axes) {
    if (name != "max" && name != "min") continue;
    rows.push_back({name, Kind::shape, [=, f = f] { f(no_rows, {}); }, {"(0, 3)", "no elements", "at least one"}});
    rows.push_back({name, Kind::shape, [=, f = f] { f(no_rows, 0); }, {"(0, 3)", "no elements", "at least one"}});
  }
  for (const auto& [name, f] : along_axis) {
    if (name != "argmax" && name != "argmin" && name != "median" && name != "quantile") continue;
    rows.push_back({name, Kind::shape, [=, f = f] { f(no_rows, 0); }, {"(0, 3)", "no elements", "at least one"}});
  }
  append(rows,
         {
             {"argmax", Kind::shape, [=] { argmax(no_rows); }, {"(0, 3)", "no elements", "at least one is expected"}},
             {"argmin", Kind::shape, [=] { argmin(no_rows); }, {"(0, 3)", "no elements", "at least one is expected"}},
             {"median", Kind::shape, [=] { median(no_rows); }, {"no elements", "at least one"}},
             {"var", Kind::range, [=] { var(x, 0, {.correction = not_a_number}); }, {"correction is nan", "expected"}},
             {"std",
              Kind::range,
              [=] { xgrad::std(x, 0, {.correction = not_a_number}); },
              {"correction is nan", "expected"}},
             {"stddev",
              Kind::range,
              [=] { stddev(x, 0, {.correction = not_a_number}); },
              {"correction is nan", "expected"}},
             without("max", "a", [=](const Tensor& t) { max(t, x); }),
             without("max", "b", [=](const Tensor& t) { max(x, t); }),
             {"max", Kind::shape, [=] { max(x, zeros({4})); }, {"(2, 3)", "(4,)"}},
             without("min", "a", [=](const Tensor& t) { min(t, x); }),
             without("min", "b", [=](const Tensor& t) { min(x, t); }),
             {"min", Kind::shape, [=] { min(x, zeros({4})); }, {"(2, 3)", "(4,)"}},
             {"norm", Kind::range, [=] { norm(x, not_a_number); }, {"p is nan", "expected a number"}},
             {"norm", Kind::shape, [=] { norm(no_rows, -1, 0); }, {"p is -1", "(0, 3)", "no elements"}},
             {"norm", Kind::shape, [=] { norm(no_rows, infinity); }, {"(0, 3)", "no elements", "at least one"}},
             {"quantile",
              Kind::shape,
              [=] {
                quantile(no_rows, {0, 1});
              },
              {"no elements", "at least one"}},
             {"quantile", Kind::range, [=] { quantile(x, 1.5); }, {"q is 1.5", "expected 0 to 1"}},
             {"quantile",
              Kind::range,
              [=] {
                quantile(x, {0.5, -0.1}, 0);
              },
              {"q is -0.1", "expected 0 to 1"}},
             {"quantile", Kind::range, [=] { quantile(x, not_a_number); }, {"q is nan", "expected 0 to 1"}},
             without("cdist", "a", [=](const Tensor& t) { cdist(t, x); }),
             without("cdist", "b", [=](const Tensor& t) { cdist(x, t); }),
             {"cdist", Kind::shape, [=] { cdist(x, zeros({3})); }, {"(2, 3) and (3,)", "expected (..., P, M)"}},
             {"cdist",
              Kind::shape,
              [=] {
                cdist(x, zeros({5, 4}));
              },
              {"(2, 3) and (5, 4)", "expected (..., P, M)"}},
             {"cdist",
              Kind::shape,
              [=] {
                cdist(zeros({2, 4, 3}), zeros({3, 5, 3}));
              },
              {"(2, 4, 3) and (3, 5, 3)", "axis -3 has 2 and 3", "expected equal extents, or 1"}},
             {"cdist", Kind::range, [=] { cdist(x, x, -1); }, {"p is -1", "expected a number from 0 on"}},
             {"cdist", Kind::range, [=] { cdist(x, x, not_a_number); }, {"p is nan", "expected a number from 0 on"}},
             {"topk", Kind::range, [=] { topk(x, 4); }, {"k is 4", "axis 1", "(2, 3)", "expected 0 to 3"}},
             {"topk", Kind::range, [=] { topk(x, -1); }, {"k is -1", "expected 0 to 3"}},
             {"topk", Kind::range, [=] { topk(x, least_int); }, {"k is -9223372036854775808", "expected 0 to 3"}},
             without("linear_scan", "a", [=](const Tensor& t) { linear_scan(t, x, 0); }),
             without("linear_scan", "b", [=](const Tensor& t) { linear_scan(x, t, 0); }),
             {"linear_scan",
              Kind::shape,
              [=] { linear_scan(x, zeros({4}), 0); },
              {"(2, 3)", "(4,)", "expected equal ext"}},
         });
  return rows;
}

TEST_CASE("wrong reductions, scans and sorts are refused by name, with what was given and expected") {
  check(wrong_reductions());
}

TEST_CASE("an extremum of each of no rows is fine") {
  CHECK(max(zeros({0, 3}), 1).shape() == Shape{0});
  CHECK(argmax(zeros({0, 3}), 1).shape() == Shape{0});
}

}  // namespace xgrad::test
