#include <doctest/doctest.h>

#include <autograd/ops/aliases.hpp>

#include "misuse/lists.hpp"

namespace xgrad::test {
namespace {

template <Tensor (*f)(const Operand&, const Axes&, ReduceOptions)>
Probe reduction(const char* name, const Tensor& x) {
  return probe(
      name, [](const Tensor& a, const Axes& axes, ReduceOptions options) { return f(a, axes, options); }, x, Axes{0, 2},
      ReduceOptions{});
}

}  // namespace

Probes reduction_probes() {
  const Tensor x = reshape(arange(0, 12, 1, float32) / 7, {2, 3, 2}), whole = reshape(arange(12), {2, 3, 2});
  Probes probes;
  for (const Tensor& a : {x, whole}) {
    append(probes,
           {reduction<sum>("sum", a), reduction<mean>("mean", a), reduction<max>("max", a), reduction<min>("min", a),
            reduction<logsumexp>("logsumexp", a), reduction<prod>("prod", a), reduction<any>("any", a),
            reduction<all>("all", a), reduction<amax>("amax", a), reduction<amin>("amin", a)});
  }
  append(
      probes,
      {probe(
           "var", [](const Tensor& a, const Axes& axes, VarOptions o) { return var(a, axes, o); }, x, Axes{1},
           VarOptions{}),
       probe(
           "std", [](const Tensor& a, const Axes& axes, VarOptions o) { return xgrad::std(a, axes, o); }, x, Axes{1},
           VarOptions{}),
       probe(
           "stddev", [](const Tensor& a, const Axes& axes, VarOptions o) { return stddev(a, axes, o); }, x, Axes{1},
           VarOptions{}),
       probe(
           {"quantile", "sort"},
           [](const Tensor& a, double q, std::optional<int> axis, QuantileOptions o) {
             return quantile(a, q, axis, o);
           },
           x, 0.5, std::optional(1), QuantileOptions{}),
       probe(
           {"quantile", "sort"},
           [](const Tensor& a, const std::vector<double>& q, std::optional<int> axis, QuantileOptions o) {
             return quantile(a, q, axis, o);
           },
           x, std::vector<double>{0.25, 0.75}, std::optional(1), QuantileOptions{}),
       probe(
           "cdist", [](const Tensor& a, const Tensor& b, double p) { return cdist(a, b, p); }, x, x, 2.0),
       probe(
           "argmax", [](const Tensor& a, std::optional<int> axis, ReduceOptions o) { return argmax(a, axis, o); }, x,
           std::optional(1), ReduceOptions{}),
       probe(
           "argmin", [](const Tensor& a, std::optional<int> axis, ReduceOptions o) { return argmin(a, axis, o); }, x,
           std::optional(1), ReduceOptions{}),
       probe(
           "norm", [](const Tensor& a, double p, const Axes& axes, ReduceOptions o) { return norm(a, p, axes, o); }, x,
           2.0, Axes{0, 1}, ReduceOptions{}),
       probe(
           "median", [](const Tensor& a, std::optional<int> axis, ReduceOptions o) { return median(a, axis, o); }, x,
           std::optional(1), ReduceOptions{}),
       probe(
           "softmax", [](const Tensor& a, int axis) { return softmax(a, axis); }, x, -1),
       probe(
           "log_softmax", [](const Tensor& a, int axis) { return log_softmax(a, axis); }, x, -1),
       probe(
           "cumsum", [](const Tensor& a, int axis, ScanOptions o) { return cumsum(a, axis, o); }, x, 1, ScanOptions{}),
       probe(
           "cumsum", [](const Tensor& a, int axis, ScanOptions o) { return cumsum(a, axis, o); }, whole, 1,
           ScanOptions{}),
       probe(
           "cumprod", [](const Tensor& a, int axis, ScanOptions o) { return cumprod(a, axis, o); }, x, 1,
           ScanOptions{}),
       probe(
           "cumprod", [](const Tensor& a, int axis, ScanOptions o) { return cumprod(a, axis, o); }, whole, 1,
           ScanOptions{}),
       probe(
           "logcumsumexp", [](const Tensor& a, int axis) { return logcumsumexp(a, axis); }, x, 1),
       probe(
           "linear_scan",
           [](const Tensor& a, const Tensor& b, int axis, ScanOptions o) { return linear_scan(a, b, axis, o); }, x, x,
           1, ScanOptions{}),
       probe(
           "sort", [](const Tensor& a, int axis, SortOptions o) { return sort(a, axis, o); }, x, -1, SortOptions{}),
       probe(
           "argsort", [](const Tensor& a, int axis, SortOptions o) { return argsort(a, axis, o); }, x, -1,
           SortOptions{}),
       probe(
           "topk", [](const Tensor& a, std::int64_t k, int axis, TopKOptions o) { return topk(a, k, axis, o); }, x,
           std::int64_t{2}, 1, TopKOptions{})});
  return probes;
}

TEST_CASE("reductions, scans and sorts stand wrong calls") { run(reduction_probes()); }

}  // namespace xgrad::test
