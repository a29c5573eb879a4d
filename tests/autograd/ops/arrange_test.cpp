#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include <autograd/autograd.hpp>

#include "autograd/expect.hpp"

namespace xgrad {
namespace {

using test::difference;
using test::f64;
using test::gradient_of;
using test::i64;

[[maybe_unused]] constexpr double nan = std::numeric_limits<double>::quiet_NaN();
[[maybe_unused]] constexpr double inf = std::numeric_limits<double>::infinity();

}  // namespace

TEST_CASE("cuts, joins and turns are PyTorch's") {
  const Tensor x = reshape(arange(6), {2, 3}), v = i64({1, 2, 3});
  CHECK(difference(rot90(x), i64({{2, 5}, {1, 4}, {0, 3}})) == "");
  CHECK(difference(rot90(rot90(x)), rot90(x, 2)) == "");
  CHECK(difference(rot90(x, -1), rot90(x, 3)) == "");
  CHECK(difference(rot90(rot90(x), 3), x) == "");
  CHECK(difference(select(x, 1, -1), i64({2, 5})) == "");
  CHECK(difference(narrow(arange(5), 0, -3, 2), i64({2, 3})) == "");
  CHECK(movedim(zeros({2, 3, 4}), {0, 1}, {-1, 0}).shape() == Shape{3, 4, 2});
  CHECK(movedim(zeros({2, 3, 4}), 0, -1).shape() == Shape{3, 4, 2});
  CHECK(moveaxis(zeros({2, 3, 4}), 2, 0).shape() == Shape{4, 2, 3});
  CHECK(unflatten(zeros({2, 6}), 1, {3, -1}).shape() == Shape{2, 3, 2});
  CHECK(atleast_1d(tensor(1)).shape() == Shape{1});
  CHECK(atleast_2d(tensor(1)).shape() == Shape{1, 1});
  CHECK(atleast_3d(v).shape() == Shape{1, 3, 1});
  CHECK(atleast_3d(x).shape() == Shape{2, 3, 1});
  CHECK(difference(hstack({i64({1, 2}), v}), i64({1, 2, 1, 2, 3})) == "");
  CHECK(difference(hstack({x, i64({{7}, {8}})}), i64({{0, 1, 2, 7}, {3, 4, 5, 8}})) == "");
  CHECK(difference(vstack({v, x}), i64({{1, 2, 3}, {0, 1, 2}, {3, 4, 5}})) == "");
  CHECK(dstack({v, v}).shape() == Shape{1, 3, 2});
  CHECK(difference(column_stack({i64({1, 2}), i64({{3, 4}, {5, 6}})}), i64({{1, 3, 4}, {2, 5, 6}})) == "");
  CHECK(difference(block_diag({tensor(1, int64), i64({2, 3}), i64({{4}, {5}})}),
                   i64({{1, 0, 0, 0}, {0, 2, 3, 0}, {0, 0, 0, 4}, {0, 0, 0, 5}})) == "");
  CHECK(difference(cartesian_prod({i64({1, 2}), i64({3, 4})}), i64({{1, 3}, {1, 4}, {2, 3}, {2, 4}})) == "");
  CHECK(cartesian_prod({i64({1, 2}), zeros({0}, int64)}).shape() == Shape{0, 2});
  CHECK(difference(combinations(v), i64({{1, 2}, {1, 3}, {2, 3}})) == "");
  CHECK(difference(combinations(v, 2, true), i64({{1, 1}, {1, 2}, {1, 3}, {2, 2}, {2, 3}, {3, 3}})) == "");
  CHECK(combinations(arange(6), 3).shape() == Shape{20, 3});
  CHECK(combinations(v, 4).shape() == Shape{0, 4});
  CHECK(combinations(v, 0).shape() == Shape{0});
}

TEST_CASE("parts differ by one at most, or begin at indices") {
  const std::vector<Tensor> parts = tensor_split(arange(7), 3);
  REQUIRE(parts.size() == 3);
  CHECK(difference(parts[0], i64({0, 1, 2})) == "");
  CHECK(difference(parts[2], i64({5, 6})) == "");
  const std::vector<Tensor> at = tensor_split(arange(7), {2, 9, 1});
  REQUIRE(at.size() == 4);
  CHECK(difference(at[1], i64({2, 3, 4, 5, 6})) == "");
  CHECK(at[2].size() == 0);
  CHECK(difference(at[3], i64({1, 2, 3, 4, 5, 6})) == "");
  CHECK(hsplit(arange(6), 3).size() == 3);
  CHECK(hsplit(zeros({2, 6}), 3)[0].shape() == Shape{2, 2});
  CHECK(vsplit(zeros({4, 2}), 2)[1].shape() == Shape{2, 2});
  CHECK(dsplit(zeros({1, 2, 6}), {1, 2})[2].shape() == Shape{1, 2, 4});
}

TEST_CASE("roll along several axes, squeeze of larger axes, pads below 0") {
  const Tensor x = reshape(arange(6), {2, 3});
  CHECK(difference(roll(x, {1, -1}, {0, 1}), i64({{4, 5, 3}, {1, 2, 0}})) == "");
  CHECK(difference(x.roll({1, 1}, {1, 1}), roll(x, 2, 1)) == "");
  CHECK(squeeze(zeros({2, 1, 3}), {0, 1}).shape() == Shape{2, 3});
  CHECK(squeeze(x, 0).shape() == x.shape());
  const Tensor row = arange(5);
  CHECK(difference(pad(row, {{-1, 2}}), i64({1, 2, 3, 4, 0, 0})) == "");
  CHECK(difference(pad(row, {{-1, 2}}, {.mode = PadMode::replicate}), i64({1, 2, 3, 4, 4, 4})) == "");
  CHECK(difference(pad(row, {{-1, 2}}, {.mode = PadMode::reflect}), i64({1, 2, 3, 4, 3, 2})) == "");
  CHECK(difference(pad(row, {{-4, 2}}, {.mode = PadMode::reflect}), i64({4, 3, 2})) == "");
}

TEST_CASE("tensors of indices that are apart give the first axes, numbers go beforehand") {
  const Tensor x = reshape(arange(24), {2, 3, 4}), i = i64({1, 0}), j = i64({3, 2});
  const Tensor apart = at(x, {i, Slice{}, j});
  REQUIRE(apart.shape() == Shape{2, 3});
  for (std::int64_t k = 0; k < 2; ++k)
    for (std::int64_t row = 0; row < 3; ++row)
      CHECK(at(apart, {k, row}).item<std::int64_t>() ==
            (i.to_vector<std::int64_t>()[static_cast<std::size_t>(k)] * 3 + row) * 4 +
                j.to_vector<std::int64_t>()[static_cast<std::size_t>(k)]);
  CHECK(at(x, {i, newaxis, j}).shape() == Shape{2, 1, 4});
  CHECK(at(x, {0, Slice{}, j}).shape() == Shape{3, 2});
  CHECK(difference(at(x, {0, Slice{}, j}), take(select(x, 0, 0), j, 1)) == "");
  CHECK(difference(at(x, {i, 0, j}), i64({15, 2})) == "");
  const Tensor put = index_put(zeros({2, 3, 4}), {i, Slice{}, j}, ones({2, 3}));
  CHECK(sum(put).item() == 6);
  CHECK(difference(at(put, {i, Slice{}, j}), ones({2, 3})) == "");
}

TEST_CASE("einsum sums over '...' that the result lacks") {
  CHECK(difference(einsum("...i->i", ones({2, 3})), {2, 2, 2}) == "");
  CHECK(difference(einsum("...i,...i->", ones({2, 3}), ones({3})), tensor(6)) == "");
  CHECK(difference(einsum("...ij,...jk->ik", ones({5, 2, 3}), ones({5, 3, 2})), {{15, 15}, {15, 15}}) == "");
}

TEST_CASE("indices of triangles") {
  const Tensor x = reshape(arange(12), {3, 4});
  const std::vector<Tensor> lower = unstack(tril_indices(3, 4, 1)), upper = unstack(triu_indices(3, 4, 1));
  const Tensor rest = x - index_put(zeros({3, 4}, int64), {lower[0], lower[1]}, at(x, {lower[0], lower[1]}));
  CHECK(difference(rest, triu(x, 2)) == "");
  CHECK(difference(sum(at(x, {upper[0], upper[1]})), sum(triu(x, 1))) == "");
}

}  // namespace xgrad
