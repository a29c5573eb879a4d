#include <doctest/doctest.h>

#include "misuse/lists.hpp"

namespace xgrad::test {
namespace {

/// Runs at the call, and looks at every element.
bool too_large(const Tensor& x) { return x.defined() && x.size() > 1000; }

template <class Result, Result (*f)(const Operand&, const Axes&, ReduceOptions)>
Probe reduction(const char* name, const Tensor& x) {
  return probe(
      name, [](const Tensor& a, const Axes& axes, ReduceOptions options) { return f(a, axes, options); }, x, Axes{0, 2},
      ReduceOptions{});
}

template <auto f>
Probe moments(const char* name, const Tensor& x) {
  return probe(
      name, [](const Tensor& a, const Axes& axes, VarOptions options) { return f(a, axes, options); }, x, Axes{1},
      VarOptions{});
}

}  // namespace

Probes statistics_probes() {
  const Tensor x = reshape(arange(0, 12, 1, float32) / 7, {2, 3, 2}), whole = reshape(arange(12), {2, 3, 2});
  const Tensor matrix = x[0], vector = tensor({0.1, 0.4, 0.7}), ints = tensor({0, 2, 2}, int64);
  Probes probes;
  for (const Tensor& a : {x, whole}) {
    append(probes, {reduction<Tensor, nansum>("nansum", a), reduction<Tensor, nanmean>("nanmean", a),
                    reduction<Tensor, count_nonzero>("count_nonzero", a), reduction<MinMax, aminmax>("aminmax", a),
                    moments<var_mean>("var_mean", a), moments<std_mean>("std_mean", a)});
  }
  append(probes,
         {
             probe(
                 "nanmedian",
                 [](const Tensor& a, std::optional<int> axis, ReduceOptions o) { return nanmedian(a, axis, o); }, x,
                 std::optional(1), ReduceOptions{}),
             probe(
                 "nanquantile",
                 [](const Tensor& a, double q, std::optional<int> axis, QuantileOptions o) {
                   return nanquantile(a, q, axis, o);
                 },
                 x, 0.5, std::optional(1), QuantileOptions{}),
             probe(
                 "cov", [](const Tensor& a, const CovOptions& o) { return cov(a, o); }, matrix,
                 CovOptions{.fweights = tensor({1, 2}, int64), .aweights = tensor({0.5, 0.2})}),
             probe(
                 "corrcoef", [](const Tensor& a) { return corrcoef(a); }, matrix),
             probe(
                 "diff",
                 [](const Tensor& a, std::int64_t count, int axis, const Tensor& first, const Tensor& last) {
                   // As many nodes as differences are taken.
                   return count > 100 && count < 100000 ? Tensor() : diff(a, count, axis, first, last);
                 },
                 x, std::int64_t{1}, 1, x, x),
             probe(
                 "trapezoid", [](const Tensor& y, double dx, int axis) { return trapezoid(y, dx, axis); }, x, 0.5, 1),
             probe(
                 "trapezoid", [](const Tensor& y, const Tensor& at, int axis) { return trapezoid(y, at, axis); }, x,
                 vector, 1),
             probe(
                 "cumulative_trapezoid",
                 [](const Tensor& y, double dx, int axis) { return cumulative_trapezoid(y, dx, axis); }, x, 0.5, 1),
             probe(
                 "cumulative_trapezoid",
                 [](const Tensor& y, const Tensor& at, int axis) { return cumulative_trapezoid(y, at, axis); }, x,
                 vector, 1),
             probe(
                 "histc",
                 [](const Tensor& a, std::int64_t bins, double low, double high) { return histc(a, bins, low, high); },
                 x, std::int64_t{4}, 0.0, 1.0),
             probe(
                 "bincount",
                 [](const Tensor& a, const Tensor& weights, std::int64_t minlength) {
                   return too_large(a) ? Tensor() : bincount(a, weights, minlength);
                 },
                 ints, vector, std::int64_t{4}),
             probe(
                 "cummax", [](const Tensor& a, int axis) { return cummax(a, axis); }, x, 1),
             probe(
                 "cummin", [](const Tensor& a, int axis) { return cummin(a, axis); }, x, 1),
             probe(
                 "kthvalue",
                 [](const Tensor& a, std::int64_t k, int axis, ReduceOptions o) { return kthvalue(a, k, axis, o); }, x,
                 std::int64_t{2}, 1, ReduceOptions{}),
             probe(
                 "mode", [](const Tensor& a, int axis, ReduceOptions o) { return mode(a, axis, o); }, x, 1,
                 ReduceOptions{}),
             probe(
                 "searchsorted",
                 [](const Tensor& sorted, const Tensor& values, SearchOptions o) {
                   return searchsorted(sorted, values, o);
                 },
                 matrix, matrix, SearchOptions{}),
             probe(
                 "bucketize",
                 [](const Tensor& a, const Tensor& boundaries, SearchOptions o) { return bucketize(a, boundaries, o); },
                 x, vector, SearchOptions{}),
             probe(
                 "isin", [](const Tensor& a, const Tensor& elements) { return isin(a, elements); }, x, vector),
             probe(
                 "unique", [](const Tensor& a) { return too_large(a) ? Unique{} : unique(a); }, x),
             probe(
                 "multinomial",
                 [](const Tensor& a, std::int64_t count, MultinomialOptions o, Generator g) {
                   return too_large(a) ? Tensor() : multinomial(a, count, o, g);
                 },
                 vector, std::int64_t{2}, MultinomialOptions{}, Generator(1)),
             probe(
                 "gumbel_softmax",
                 [](const Tensor& a, const GumbelSoftmaxOptions& o, Generator g) { return gumbel_softmax(a, o, g); },
                 matrix, GumbelSoftmaxOptions{}, Generator(1)),
             probe(
                 "rrelu", [](const Tensor& a, const RReluOptions& o, Generator g) { return rrelu(a, o, g); }, x,
                 RReluOptions{.training = true}, Generator(1)),
         });
  return probes;
}

TEST_CASE("statistics, searches and draws stand wrong calls") { run(statistics_probes()); }

}  // namespace xgrad::test
