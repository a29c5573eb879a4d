#include <doctest/doctest.h>

#include "misuse/lists.hpp"

namespace xgrad::test {
namespace {

/// Runs at the call, and looks at every element.
bool too_large(const Tensor& x) { return x.defined() && x.size() > 1000; }

}  // namespace

Probes scatter_probes() {
  const Tensor x = reshape(arange(0, 6, 1, float32), {2, 3}), rows = tensor({1, 0}, int64), mask = x > 2;
  const Tensor places = tensor({{0, 2}, {1, -1}}, int64);
  return {
      probe(
          "index_copy",
          [](const Tensor& a, int axis, const Tensor& i, const Tensor& s) { return index_copy(a, axis, i, s); }, x, 0,
          rows, x),
      probe(
          "index_fill",
          [](const Tensor& a, int axis, const Tensor& i, const Tensor& v) { return index_fill(a, axis, i, v); }, x, 0,
          rows, tensor(1)),
      probe(
          {"scatter", "scatter_reduce"},
          [](const Tensor& a, int axis, const Tensor& i, const Tensor& s, ScatterOptions o) {
            return scatter(a, axis, i, s, o);
          },
          x, 1, places, x, ScatterOptions{}),
      probe(
          "scatter_add",
          [](const Tensor& a, int axis, const Tensor& i, const Tensor& s) { return scatter_add(a, axis, i, s); }, x, 1,
          places, x),
      probe(
          "scatter_reduce",
          [](const Tensor& a, int axis, const Tensor& i, const Tensor& s, ScatterReduction r, ScatterReduceOptions o) {
            return scatter_reduce(a, axis, i, s, r, o);
          },
          x, 1, places, x, ScatterReduction::prod, ScatterReduceOptions{}),
      probe(
          "masked_scatter",
          [](const Tensor& a, const Tensor& m, const Tensor& s) {
            return too_large(m) || too_large(a) ? Tensor() : masked_scatter(a, m, s);
          },
          x, mask, x),
      probe(
          "put", [](const Tensor& a, const Tensor& i, const Tensor& v, PutOptions o) { return put(a, i, v, o); }, x,
          rows, tensor({7, 8}), PutOptions{}),
      probe(
          "index_put",
          [](const Tensor& a, const std::vector<Index>& indices, const Tensor& v, IndexPutOptions o) {
            return index_put(a, indices, v, o);
          },
          x, std::vector<Index>{tensor({0, 1}, int64), tensor({0, 1}, int64)}, tensor({7, 8}),
          IndexPutOptions{.accumulate = true}),
  };
}

TEST_CASE("scatters stand wrong calls") { run(scatter_probes()); }

}  // namespace xgrad::test
