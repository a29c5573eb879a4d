#include <doctest/doctest.h>

#include <autograd/ops/aliases.hpp>

#include "misuse/lists.hpp"

namespace xgrad::test {
namespace {

using Unary = Tensor (*)(const Operand&);
using Binary = Tensor (*)(const Operand&, const Operand&);
using Joins = Tensor (*)(const std::vector<Tensor>&);

Probe unary(const char* name, Unary f, const Tensor& x) {
  return probe(
      name, [f](const Tensor& a) { return f(a); }, x);
}
Probe binary(const char* name, Binary f, const Tensor& x) {
  return probe(
      name, [f](const Tensor& a, const Tensor& b) { return f(a, b); }, x, x);
}
Probe join(const char* name, Joins f, const std::vector<Tensor>& right) {
  return probe(
      name, [f](const std::vector<Tensor>& tensors) { return f(tensors); }, right);
}

/// By a number of parts, and before indices.
template <class Parts, class Before>
void split_probes(Probes& probes, const char* name, Parts parts, Before before, const Tensor& x) {
  probes.push_back(probe(name, parts, x, std::int64_t{2}));
  probes.push_back(probe(name, before, x, std::vector<std::int64_t>{1, 2}));
}

}  // namespace

Probes arrange_probes() {
  const Tensor x = reshape(arange(0, 24, 1, float32), {2, 4, 3}), matrix = x[0], vector = tensor({1, 2, 3});
  Probes probes = {
      probe(
          "select", [](const Tensor& a, int axis, std::int64_t i) { return select(a, axis, i); }, x, 1,
          std::int64_t{2}),
      probe(
          "narrow",
          [](const Tensor& a, int axis, std::int64_t start, std::int64_t length) {
            return narrow(a, axis, start, length);
          },
          x, 1, std::int64_t{1}, std::int64_t{2}),
      probe(
          "unflatten",
          [](const Tensor& a, int axis, const std::vector<std::int64_t>& shape) { return unflatten(a, axis, shape); },
          x, 1, std::vector<std::int64_t>{2, -1}),
      probe(
          "movedim",
          [](const Tensor& a, const std::vector<int>& from, const std::vector<int>& to) {
            return movedim(a, from, to);
          },
          x, std::vector<int>{0, 1}, std::vector<int>{-1, 0}),
      probe(
          "moveaxis", [](const Tensor& a, int from, int to) { return moveaxis(a, from, to); }, x, 0, 2),
      probe(
          "swapdims", [](const Tensor& a, int axis1, int axis2) { return swapdims(a, axis1, axis2); }, x, 0, 2),
      unary("ravel", ravel, x),
      binary("reshape_as", reshape_as, x),
      binary("view_as", view_as, x),
      binary("expand_as", expand_as, x),
      unary("atleast_1d", atleast_1d, x),
      unary("atleast_2d", atleast_2d, vector),
      unary("atleast_3d", atleast_3d, matrix),
      probe(
          "broadcast_tensors", [](const std::vector<Tensor>& tensors) { return broadcast_tensors(tensors); },
          std::vector<Tensor>{matrix, vector}),
      probe(
          "rot90", [](const Tensor& a, int count, int axis1, int axis2) { return rot90(a, count, axis1, axis2); }, x, 1,
          0, 2),
      unary("fliplr", fliplr, x),
      unary("flipud", flipud, x),
      join("hstack", hstack, {x, x}),
      join("vstack", vstack, {vector, matrix}),
      join("row_stack", row_stack, {vector, matrix}),
      join("dstack", dstack, {matrix, matrix}),
      join("column_stack", column_stack, {vector, vector}),
      join("block_diag", block_diag, {matrix, vector}),
      join("cartesian_prod", cartesian_prod, {vector, vector}),
      probe(
          "combinations",
          [](const Tensor& a, std::int64_t count, CombinationsOptions o) {
            // Lists all combinations.
            return a.defined() && a.size() > 100 && count == 1 ? Tensor() : combinations(a, count, o);
          },
          vector, std::int64_t{2}, CombinationsOptions{}),
      probe(
          "roll",
          [](const Tensor& a, const std::vector<std::int64_t>& shifts, const std::vector<int>& axes) {
            return roll(a, shifts, axes);
          },
          x, std::vector<std::int64_t>{1, -1}, std::vector<int>{0, 1}),
      probe(
          "tril_indices",
          [](std::int64_t rows, std::int64_t columns, int offset) { return tril_indices(rows, columns, offset); },
          std::int64_t{3}, std::int64_t{4}, 1),
      probe(
          "triu_indices",
          [](std::int64_t rows, std::int64_t columns, int offset) { return triu_indices(rows, columns, offset); },
          std::int64_t{3}, std::int64_t{4}, 1),
      probe(
          "tensor_split",
          [](const Tensor& a, std::int64_t parts, int axis) {
            // As many tensors as parts.
            return parts > 1000 && parts < (1 << 24) ? std::vector<Tensor>{} : tensor_split(a, parts, axis);
          },
          x, std::int64_t{3}, 1),
      probe(
          "tensor_split",
          [](const Tensor& a, const std::vector<std::int64_t>& before, int axis) {
            return tensor_split(a, before, axis);
          },
          x, std::vector<std::int64_t>{1, 3}, 1),
  };
  split_probes(
      probes, "hsplit", [](const Tensor& a, std::int64_t parts) { return hsplit(a, parts); },
      [](const Tensor& a, const std::vector<std::int64_t>& before) { return hsplit(a, before); }, x);
  split_probes(
      probes, "vsplit", [](const Tensor& a, std::int64_t parts) { return vsplit(a, parts); },
      [](const Tensor& a, const std::vector<std::int64_t>& before) { return vsplit(a, before); }, x);
  split_probes(
      probes, "dsplit", [](const Tensor& a, std::int64_t parts) { return dsplit(a, parts); },
      [](const Tensor& a, const std::vector<std::int64_t>& before) { return dsplit(a, before); }, zeros({2, 1, 4}));
  return probes;
}

TEST_CASE("cuts, joins and turns stand wrong calls") { run(arrange_probes()); }

}  // namespace xgrad::test
