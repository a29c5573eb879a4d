#include <doctest/doctest.h>

#include <autograd/ops/aliases.hpp>

#include "misuse/lists.hpp"

namespace xgrad::test {

Probes indexing_probes() {
  const Tensor x = reshape(arange(0, 6, 1, float32), {2, 3}), rows = tensor({1, 0, 1}, int64);
  const Tensor places = tensor({{0, 2}, {1, -1}}, int64), values = ones({2, 2}), mask = x > 2;
  const std::int64_t three = 3;
  return {
      probe(
          "take", [](const Tensor& a, const Tensor& i, int axis) { return take(a, i, axis); }, x, rows, 0),
      probe(
          "gather", [](const Tensor& a, int axis, const Tensor& i) { return gather(a, axis, i); }, x, 1, places),
      probe(
          "scatter_add",
          [](const Shape& shape, int axis, const Tensor& i, const Tensor& v) { return scatter_add(shape, axis, i, v); },
          Shape{2, 3}, 1, tensor({{0, 2}, {1, 2}}, int64), values),
      probe(
          "one_hot", [](const Tensor& a, std::int64_t classes, DType dtype) { return one_hot(a, classes, dtype); },
          rows, three, float32),
      probe(
          "index_select", [](const Tensor& a, int axis, const Tensor& i) { return index_select(a, axis, i); }, x, 0,
          rows),
      probe(
          "index_add",
          [](const Tensor& a, int axis, const Tensor& i, const Tensor& s) { return index_add(a, axis, i, s); }, x, 0,
          rows, ones({3, 3})),
      probe(
          "take_along_axis", [](const Tensor& a, const Tensor& i, int axis) { return take_along_axis(a, i, axis); }, x,
          places, 1),
      probe(
          "take_along_dim", [](const Tensor& a, const Tensor& i, int axis) { return take_along_dim(a, i, axis); }, x,
          places, 1),
      probe(
          "put_along_axis",
          [](const Tensor& a, const Tensor& i, const Tensor& v, int axis) { return put_along_axis(a, i, v, axis); }, x,
          places, values, 1),
      probe(
          "masked_fill", [](const Tensor& a, const Tensor& m, const Tensor& v) { return masked_fill(a, m, v); }, x,
          mask, tensor(1)),
      probe(
          "masked_select", [](const Tensor& a, const Tensor& m) { return masked_select(a, m); }, x, mask),
      probe(
          "nonzero",
          [](const Tensor& a) {
            // Runs at the call, and looks at every element.
            return a.defined() && a.size() > 1000 ? Tensor() : nonzero(a);
          },
          x),
      probe(
          "embedding",
          [](const Tensor& i, const Tensor& w, EmbeddingOptions options) { return embedding(i, w, options); }, rows, x,
          EmbeddingOptions{}),
      probe(
          "at", [](const Tensor& a, const std::vector<Index>& indices) { return at(a, indices); }, x,
          std::vector<Index>{std::int64_t{1}, Slice{0, 2, 1}}),
      probe(
          "at", [](const Tensor& a, const std::vector<Index>& indices) { return at(a, indices); }, x,
          std::vector<Index>{tensor({0, 1}, int64), tensor({0, 1}, int64)}),
      probe(
          "index_put",
          [](const Tensor& a, const std::vector<Index>& indices, const Tensor& v) { return index_put(a, indices, v); },
          x, std::vector<Index>{std::int64_t{1}, Slice{0, 2, 1}}, tensor({7, 8})),
      probe(
          "index_put",
          [](const Tensor& a, const std::vector<Index>& indices, const Tensor& v) { return index_put(a, indices, v); },
          x, std::vector<Index>{tensor({0, 1}, int64), tensor({0, 1}, int64)}, tensor({7, 8})),
      probe(
          {"Index", "at"}, [](const Tensor& a, const std::vector<std::int64_t>& list) { return a[Index(list)]; }, x,
          std::vector<std::int64_t>{1, 0}),
      probe(
          {"Members::index", "at"}, [](const Tensor& a, const std::vector<Index>& indices) { return a.index(indices); },
          x, std::vector<Index>{std::int64_t{1}, Slice{0, 2, 1}}),
      probe(
          {"RowIterator", "at"},
          [](const Tensor& a, std::int64_t row) {
            int seen = 0;
            for (auto entry = a.begin(); entry != a.end() && seen < 100; ++entry, ++seen) (*entry).shape();
            return *RowIterator(a, row);
          },
          x, std::int64_t{1}),
  };
}

TEST_CASE("indexing stands wrong calls") { run(indexing_probes()); }

}  // namespace xgrad::test
