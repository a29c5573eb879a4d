#include <doctest/doctest.h>

#include <autograd/ops/aliases.hpp>

#include "misuse/lists.hpp"

namespace xgrad::test {

Probes shape_probes() {
  using Pads = std::vector<std::pair<std::int64_t, std::int64_t>>;
  const Tensor x = reshape(arange(0, 12, 1, float32), {2, 3, 2}), matrix = reshape(arange(0, 6, 1, float64), {2, 3});
  const std::int64_t two = 2, one = 1, zero = 0;
  return {
      probe(
          "reshape", [](const Tensor& a, const std::vector<std::int64_t>& shape) { return reshape(a, shape); }, x,
          std::vector<std::int64_t>{-1, 4}),
      probe(
          "transpose", [](const Tensor& a) { return transpose(a); }, x),
      probe(
          "transpose", [](const Tensor& a, const std::vector<int>& order) { return transpose(a, order); }, x,
          std::vector<int>{1, 2, 0}),
      probe(
          "permute", [](const Tensor& a, const std::vector<int>& order) { return permute(a, order); }, x,
          std::vector<int>{1, 2, 0}),
      probe(
          "swapaxes", [](const Tensor& a, int i, int j) { return swapaxes(a, i, j); }, x, 0, -1),
      probe(
          "squeeze", [](const Tensor& a, const Axes& axes) { return squeeze(a, axes); }, ones({1, 3, 1}), Axes{0, -1}),
      probe(
          {"expand_dims", "Axes"}, [](const Tensor& a, const Axes& axes) { return expand_dims(a, axes); }, x,
          Axes{0, -1}),
      probe(
          "broadcast_to", [](const Tensor& a, const Shape& shape) { return broadcast_to(a, shape); }, ones({3, 1}),
          Shape{2, 3, 4}),
      probe(
          "flatten", [](const Tensor& a, int axis) { return flatten(a, axis); }, x, 1),
      probe(
          "slice", [](const Tensor& a, const std::vector<Slice>& ranges) { return slice(a, ranges); }, x,
          std::vector<Slice>{Slice{0, 2, 1}, Slice{-1, 0, -1}}),
      probe(
          "slice",
          [](const Tensor& a, int axis, std::int64_t start, std::int64_t stop, std::int64_t step) {
            return slice(a, axis, start, stop, step);
          },
          x, 1, zero, two, one),
      probe(
          "concatenate", [](const std::vector<Tensor>& parts, int axis) { return concatenate(parts, axis); },
          std::vector<Tensor>{x, x, x}, 1),
      probe(
          "cat", [](const std::vector<Tensor>& parts, int axis) { return cat(parts, axis); }, std::vector<Tensor>{x, x},
          1),
      probe(
          "concat", [](const std::vector<Tensor>& parts, int axis) { return concat(parts, axis); },
          std::vector<Tensor>{x, x}, 1),
      probe(
          {"unsqueeze", "Axes"}, [](const Tensor& a, const Axes& axes) { return unsqueeze(a, axes); }, x, Axes{0, -1}),
      probe(
          "unbind", [](const Tensor& a, int axis) { return unbind(a, axis); }, x, 1),
      probe(
          "repeat_interleave",
          [](const Tensor& a, std::int64_t count, std::optional<int> axis) {
            return repeat_interleave(a, count, axis);
          },
          x, two, std::optional(1)),
      probe(
          "meshgrid", [](const std::vector<Tensor>& vectors, Indexing how) { return meshgrid(vectors, how); },
          std::vector<Tensor>{ones({3}), ones({2})}, Indexing::xy),
      probe(
          "stack", [](const std::vector<Tensor>& parts, int axis) { return stack(parts, axis); },
          std::vector<Tensor>{x, x}, 1),
      probe(
          {"pad", "concatenate"},
          [](const Tensor& a, const Pads& pads, PadOptions options) { return pad(a, pads, options); }, matrix,
          Pads{{0, 1}, {1, 0}}, PadOptions{}),
      probe(
          {"pad", "concatenate"},
          [](const Tensor& a, const Pads& pads, PadOptions options) { return pad(a, pads, options); }, matrix,
          Pads{{0, 1}, {1, 0}}, PadOptions{PadMode::reflect, 0}),
      probe(
          "flip", [](const Tensor& a, const Axes& axes) { return flip(a, axes); }, x, Axes{0, 1}),
      probe(
          "roll", [](const Tensor& a, std::int64_t shift, std::optional<int> axis) { return roll(a, shift, axis); }, x,
          one, std::optional(1)),
      probe(
          "tile", [](const Tensor& a, const std::vector<std::int64_t>& repeats) { return tile(a, repeats); }, x,
          std::vector<std::int64_t>{2, 1}),
      probe(
          "repeat", [](const Tensor& a, std::int64_t count, std::optional<int> axis) { return repeat(a, count, axis); },
          x, two, std::optional(1)),
      probe(
          "split", [](const Tensor& a, std::int64_t size, int axis) { return split(a, size, axis); }, x, two, 1),
      probe(
          "split",
          [](const Tensor& a, const std::vector<std::int64_t>& sizes, int axis) { return split(a, sizes, axis); }, x,
          std::vector<std::int64_t>{1, 2}, 1),
      probe(
          {"chunk", "split"}, [](const Tensor& a, std::int64_t chunks, int axis) { return chunk(a, chunks, axis); }, x,
          two, 1),
      probe(
          "unstack", [](const Tensor& a, int axis) { return unstack(a, axis); }, x, 1),
      probe(
          "diagonal",
          [](const Tensor& a, int offset, int axis1, int axis2) { return diagonal(a, offset, axis1, axis2); }, x, 0, 0,
          1),
      probe(
          {"diag", "subtract"}, [](const Tensor& a, int offset) { return diag(a, offset); }, ones({3}), 1),
      probe(
          {"diag", "subtract"}, [](const Tensor& a, int offset) { return diag(a, offset); }, matrix, 1),
      probe(
          "trace", [](const Tensor& a, int offset, int axis1, int axis2) { return trace(a, offset, axis1, axis2); }, x,
          0, 0, 1),
      probe(
          {"tril", "arange"}, [](const Tensor& a, int offset) { return tril(a, offset); }, x, 0),
      probe(
          {"triu", "arange"}, [](const Tensor& a, int offset) { return triu(a, offset); }, x, 0),
  };
}

TEST_CASE("operations on shapes stand wrong calls") { run(shape_probes()); }

}  // namespace xgrad::test
