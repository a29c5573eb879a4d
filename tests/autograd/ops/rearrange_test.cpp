#include <doctest/doctest.h>

#include <limits>
#include <span>
#include <vector>

#include <autograd/autograd.hpp>

#include "autograd/expect.hpp"

namespace xgrad {
namespace {

using test::difference;
using test::error_of;
using test::f64;
using test::i64;
using test::lacks;

constexpr std::int64_t huge = std::int64_t{1} << 62;

const Tensor x = f64({{1, 2, 3}, {4, 5, 6}});

/// Whether a rearrangement has derivatives, also of a transposed input.
bool differentiable(const TensorFunction& f) {
  return gradcheck([&](const Tensor& y) { return square(f(y)); }, x, {.order = 2}).passed &&
         gradcheck([&](const Tensor& y) { return square(f(y.T())); }, x.T(), {.order = 2}).passed;
}

}  // namespace

TEST_CASE("pad adds a number, the mirror image or the edge") {
  CHECK(difference(pad(x, {{1, 0}, {0, 2}}, {.value = 9}), {{9, 9, 9, 9, 9}, {1, 2, 3, 9, 9}, {4, 5, 6, 9, 9}}) == "");
  CHECK(difference(pad(x, {{0, 0}, {2, 1}}, {.mode = PadMode::reflect}), {{3, 2, 1, 2, 3, 2}, {6, 5, 4, 5, 6, 5}}) ==
        "");
  CHECK(difference(pad(x, {{1, 0}, {2, 1}}, {.mode = PadMode::replicate}),
                   {{1, 1, 1, 2, 3, 3}, {1, 1, 1, 2, 3, 3}, {4, 4, 4, 5, 6, 6}}) == "");
  CHECK(difference(pad(x, {{-1, 0}, {1, -2}}), {{0, 4}}) == "");
  CHECK(pad(x, {{-1, -1}, {0, 0}}).shape() == Shape{0, 3});
  CHECK(difference(pad(zeros({0, 2}, float64), {{1, 0}, {0, 1}}, {.value = 1}), {{1, 1, 1}}) == "");
  CHECK(difference(pad(zeros({0}, float64), {{0, 2}}, {.value = 3}), {3, 3}) == "");
  CHECK(difference(pad(f64(2), {}), f64(2)) == "");
  CHECK(difference(pad(i64({1, 2}), {{1, 1}}, {.mode = PadMode::reflect}), i64({2, 1, 2, 1})) == "");
  for (const PadMode mode : {PadMode::constant, PadMode::reflect, PadMode::replicate}) {
    CHECK(differentiable([&](const Tensor& y) { return pad(y, {{1, 0}, {2, 1}}, {.mode = mode}); }));
  }
}

TEST_CASE("flip and roll move elements, and roll takes any shift") {
  CHECK(difference(flip(x), {{6, 5, 4}, {3, 2, 1}}) == "");
  CHECK(difference(flip(x, -1), {{3, 2, 1}, {6, 5, 4}}) == "");
  CHECK(difference(flip(x, {}), {{6, 5, 4}, {3, 2, 1}}) == "");
  CHECK(flip(zeros({0, 3})).shape() == Shape{0, 3});
  CHECK(difference(flip(f64(1)), f64(1)) == "");
  CHECK(difference(roll(x, 1, 1), {{3, 1, 2}, {6, 4, 5}}) == "");
  CHECK(difference(roll(x, -4, 1), {{2, 3, 1}, {5, 6, 4}}) == "");
  CHECK(difference(roll(x, 2), {{5, 6, 1}, {2, 3, 4}}) == "");
  CHECK(difference(roll(x, 3, 1), x) == "");
  CHECK(roll(zeros({0, 3}), 2).shape() == Shape{0, 3});
  CHECK(difference(roll(f64(1), 5), f64(1)) == "");
  CHECK(difference(roll(x, std::numeric_limits<std::int64_t>::min(), 0), x) == "");
  CHECK(differentiable([](const Tensor& y) { return flip(y, 0) * roll(y, 1); }));
}

TEST_CASE("tile repeats the whole, repeat each entry") {
  CHECK(difference(tile(f64({1, 2}), {2}), {1, 2, 1, 2}) == "");
  CHECK(difference(tile(f64({1, 2}), {2, 1}), {{1, 2}, {1, 2}}) == "");
  CHECK(difference(tile(x, {2}), {{1, 2, 3, 1, 2, 3}, {4, 5, 6, 4, 5, 6}}) == "");
  CHECK(difference(tile(f64({{1, 2}, {3, 4}}), {2, 2}), {{1, 2, 1, 2}, {3, 4, 3, 4}, {1, 2, 1, 2}, {3, 4, 3, 4}}) ==
        "");
  CHECK(tile(x, {2, 0}).shape() == Shape{4, 0});
  CHECK(tile(zeros({0, 3}), {2, 2}).shape() == Shape{0, 6});
  CHECK(difference(tile(f64(5), {3}), {5, 5, 5}) == "");
  CHECK(difference(tile(x, {}), x) == "");
  CHECK(tile(zeros({1, 1, 1, 1, 1, 1, 1, 2}), {2, 1, 1, 1, 1, 1, 1, 3}).shape() == Shape{2, 1, 1, 1, 1, 1, 1, 6});
  CHECK(difference(repeat(f64({1, 2}), 2, 0), {1, 1, 2, 2}) == "");
  CHECK(difference(repeat(x, 2, 0), {{1, 2, 3}, {1, 2, 3}, {4, 5, 6}, {4, 5, 6}}) == "");
  CHECK(difference(repeat(x, 2, -1), {{1, 1, 2, 2, 3, 3}, {4, 4, 5, 5, 6, 6}}) == "");
  CHECK(difference(repeat(x, 2), {1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6}) == "");
  CHECK(repeat(x, 0, 1).shape() == Shape{2, 0});
  CHECK(differentiable([](const Tensor& y) { return tile(y, {2, 3}); }));
  CHECK(differentiable([](const Tensor& y) { return repeat(y, 3, 1); }));
}

TEST_CASE("split, chunk and unstack cut an axis, and stack undoes unstack") {
  const Tensor line = f64({0, 1, 2, 3, 4, 5, 6});
  const auto extents = [](const std::vector<Tensor>& parts) {
    std::vector<std::int64_t> result;
    for (const Tensor& part : parts) result.push_back(part.size(0));
    return result;
  };
  using Extents = std::vector<std::int64_t>;
  CHECK(extents(split(line, 3)) == Extents{3, 3, 1});
  CHECK(extents(split(line, {2, 0, 5})) == Extents{2, 0, 5});
  CHECK(extents(split(line, huge)) == Extents{7});
  CHECK(difference(split(line, {2, 0, 5})[2], {2, 3, 4, 5, 6}) == "");
  CHECK(extents(chunk(line, 3)) == Extents{3, 3, 1});
  CHECK(extents(chunk(slice(line, 0, 0, 5), 4)) == Extents{2, 2, 1});
  CHECK(extents(chunk(zeros({0}), 2)) == Extents{0});
  CHECK(difference(split(x, 2, -1)[1], {{3}, {6}}) == "");
  CHECK(difference(concatenate(chunk(x, 2, 1), 1), x) == "");
  CHECK(difference(stack(unstack(x, 1), 1), x) == "");
  CHECK(unstack(zeros({0, 2})).empty());
  CHECK(differentiable([](const Tensor& y) { return unstack(y, 0)[1] * split(y, 1)[0]; }));
}

TEST_CASE("many narrow columns join as a loop joins them") {
  // Longer than the rows that concatenate joins at a time, and no multiple of them.
  constexpr std::int64_t rows = 30011;
  const Tensor a = arange(0, 4 * rows, 1, float64).reshape({4, rows}), b = -a;
  const auto expect = [&](const Tensor& joined, const auto& entry) {
    const std::span<const double> values = joined.data<double>();
    std::int64_t wrong = 0;
    for (std::int64_t i = 0; i < rows; ++i)
      for (std::int64_t k = 0; k < 8; ++k) wrong += values[static_cast<std::size_t>(8 * i + k)] != entry(i, k);
    CHECK(wrong == 0);
  };
  const auto of_a = [&](std::int64_t i, std::int64_t k) { return static_cast<double>(k * rows + i); };
  const auto columns = [&](std::int64_t i, std::int64_t k) { return k < 4 ? of_a(i, k) : -of_a(i, k - 4); };
  std::vector<Tensor> parts = unstack(a);
  for (const Tensor& row : unstack(b)) parts.push_back(row);
  expect(stack(parts, 1), columns);
  expect(concatenate({a.T(), b.T()}, 1), columns);
  // The axis that is cut is the second here, and the joined one the last.
  const Tensor pairs = concatenate({a.reshape({2, 2 * rows, 1}), b.reshape({2, 2 * rows, 1})}, 2);
  expect(pairs, [&](std::int64_t i, std::int64_t k) {
    const auto value = static_cast<double>((8 * i + k) / 2);
    return k % 2 == 0 ? value : -value;
  });
}

TEST_CASE("diagonals of every offset agree with a loop") {
  for (const Tensor& m : {x, Tensor(x.T()), zeros({0, 3}, float64), zeros({2, 0}, float64)}) {
    for (int k = -4; k <= 4; ++k) {
      INFO("offset ", k, " of ", to_string(m.shape()));
      const std::vector<double> entries = m.to_vector<double>();
      std::vector<double> expected;
      for (std::int64_t i = 0; i < m.size(0); ++i)
        if (i + k >= 0 && i + k < m.size(1))
          expected.push_back(entries[static_cast<std::size_t>(i * m.size(1) + i + k)]);
      const Tensor on_diagonal =
          tensor(std::span<const double>(expected), {static_cast<std::int64_t>(expected.size())});
      CHECK(difference(diagonal(m, k), on_diagonal) == "");
      CHECK(difference(diag(m, k), on_diagonal) == "");
      CHECK(difference(trace(m, k), sum(on_diagonal)) == "");
    }
  }
}

TEST_CASE("diagonals of any two axes come last; diag and trace") {
  const Tensor cube = arange(0, 12, 1, float64).reshape({2, 3, 2});
  CHECK(difference(diagonal(cube, 0, 0, 2), {{0, 7}, {2, 9}, {4, 11}}) == "");
  CHECK(difference(diagonal(cube, 0, 2, 0), {{0, 7}, {2, 9}, {4, 11}}) == "");
  CHECK(difference(diagonal(cube, 1, -1, 1), {{2, 5}, {8, 11}}) == "");
  CHECK(difference(trace(cube, 0, 1, 2), {3, 15}) == "");
  CHECK(difference(trace(i64({{1, 2}, {3, 4}})), i64(5)) == "");
  CHECK(difference(diag(f64({1, 2})), {{1, 0}, {0, 2}}) == "");
  CHECK(difference(diag(f64({1, 2}), 1), {{0, 1, 0}, {0, 0, 2}, {0, 0, 0}}) == "");
  CHECK(difference(diag(f64({1, 2}), -1), {{0, 0, 0}, {1, 0, 0}, {0, 2, 0}}) == "");
  CHECK(difference(diag(i64({3})), i64({{3}})) == "");
  CHECK(diag(zeros({0})).shape() == Shape{0, 0});
  CHECK(difference(diag(zeros({0}, float64), 1), {{0}}) == "");
  for (const int k : {-1, 0, 1, 5}) {
    CHECK(differentiable([k](const Tensor& y) { return diagonal(y, k); }));
    CHECK(differentiable([k](const Tensor& y) { return diag(flatten(y), k); }));
  }
}

TEST_CASE("tril and triu keep one side of a diagonal, of every matrix of a batch") {
  CHECK(difference(tril(x), {{1, 0, 0}, {4, 5, 0}}) == "");
  CHECK(difference(tril(x, -1), {{0, 0, 0}, {4, 0, 0}}) == "");
  CHECK(difference(triu(x), {{1, 2, 3}, {0, 5, 6}}) == "");
  CHECK(difference(triu(x, 2), {{0, 0, 3}, {0, 0, 0}}) == "");
  CHECK(difference(tril(stack({x, x})), stack({tril(x), tril(x)})) == "");
  CHECK(difference(triu(i64({{1, 2}, {3, 4}})), i64({{1, 2}, {0, 4}})) == "");
  CHECK(triu(ones({2, 2}) > 0).dtype() == boolean);
  CHECK(tril(zeros({0, 3})).shape() == Shape{0, 3});
  // What is left out may be NaN.
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK(difference(tril(f64({{1, nan}, {2, 3}})), {{1, 0}, {2, 3}}) == "");
  CHECK(differentiable([](const Tensor& y) { return tril(y) * triu(y, -1); }));
}

TEST_CASE("rearranging refuses what has no meaning") {
  const Tensor none;
  const std::vector<std::pair<std::string, std::vector<std::string>>> errors = {
      {error_of([&] { pad(none, {}); }), {"pad:", "undefined"}},
      {error_of([&] {
         pad(x, {{1, 1}});
       }),
       {"pad:", "1 pairs", "(2, 3)", "2"}},
      {error_of([&] {
         pad(x, {{0, 0}, {-2, -2}});
       }),
       {"pad:", "(-2, -2)", "axis 1", "(2, 3)"}},
      {error_of([&] {
         pad(x, {{0, 0}, {-4, 9}});
       }),
       {"pad:", "(-4, 9)", "axis 1", "(2, 3)"}},
      {error_of([&] {
         pad(x, {{2, 0}, {0, 0}}, {.mode = PadMode::reflect});
       }),
       {"pad:", "(2, 0)", "axis 0", "reflect"}},
      {error_of([&] {
         pad(zeros({0}), {{1, 0}}, {.mode = PadMode::replicate});
       }),
       {"pad:", "(0,)", "edge"}},
      {error_of([&] {
         pad(x, {{huge, huge}, {0, 0}});
       }),
       {"pad:", "at most 70368744177664"}},
      {error_of([&] { flip(none); }), {"flip:", "undefined"}},
      {error_of([&] { flip(x, 2); }), {"flip:", "2", "(2, 3)"}},
      {error_of([&] { roll(none, 1); }), {"roll:", "undefined"}},
      {error_of([&] { roll(x, 1, 2); }), {"roll:", "2", "(2, 3)"}},
      {error_of([&] { tile(none, {1}); }), {"tile:", "undefined"}},
      {error_of([&] { tile(x, {-1}); }), {"tile:", "-1", "(2, 3)"}},
      {error_of([&] {
         tile(x, {huge, huge});
       }),
       {"tile:", "more elements than a tensor may have"}},
      {error_of([&] {
         tile(x, {1, 1, 1, 1, 1, 1, 1, 1, 1});
       }),
       {"tile:", "9 repeats", "8 axes"}},
      {error_of([&] { repeat(none, 1, 0); }), {"repeat:", "undefined"}},
      {error_of([&] { repeat(x, -1, 0); }), {"repeat:", "-1", "axis 0", "(2, 3)"}},
      {error_of([&] { repeat(x, 1, 2); }), {"repeat:", "2", "(2, 3)"}},
      {error_of([&] { repeat(x, huge); }), {"repeat:", "more elements than a tensor may have"}},
      {error_of([&] { split(none, 1); }), {"split:", "undefined"}},
      {error_of([&] { split(x, 0); }), {"split:", "size is 0"}},
      {error_of([&] { split(x, 1, 2); }), {"split:", "2", "(2, 3)"}},
      {error_of([&] {
         split(x, {1, 1}, 1);
       }),
       {"split:", "[1, 1]", "axis 1", "(2, 3)", "sum is 3"}},
      {error_of([&] {
         split(x, {4, -1}, 1);
       }),
       {"split:", "[4, -1]"}},
      {error_of([&] { chunk(none, 1); }), {"chunk:", "undefined"}},
      {error_of([&] { chunk(x, 0); }), {"chunk:", "chunks is 0"}},
      {error_of([&] { chunk(x, 1, 2); }), {"chunk:", "2", "(2, 3)"}},
      {error_of([&] { unstack(none); }), {"unstack:", "undefined"}},
      {error_of([&] { unstack(1.0); }), {"unstack:", "scalar"}},
      {error_of([&] { diagonal(none); }), {"diagonal:", "undefined"}},
      {error_of([&] { diagonal(zeros({3})); }), {"diagonal:", "(3,)", "two axes"}},
      {error_of([&] { diagonal(x, 0, 1, -1); }), {"diagonal:", "axis 1", "(2, 3)"}},
      {error_of([&] { diagonal(x, 0, 0, 2); }), {"diagonal:", "2", "(2, 3)"}},
      {error_of([&] { diag(none); }), {"diag:", "undefined"}},
      {error_of([&] {
         diag(zeros({1, 2, 3}));
       }),
       {"diag:", "(1, 2, 3)", "vector"}},
      {error_of([&] { trace(none); }), {"trace:", "undefined"}},
      {error_of([&] { trace(1.0); }), {"trace:", "()"}},
      {error_of([&] { tril(none); }), {"tril:", "undefined"}},
      {error_of([&] { tril(zeros({3})); }), {"tril:", "(3,)"}},
      {error_of([&] { triu(none); }), {"triu:", "undefined"}},
      {error_of([&] { triu(zeros({3})); }), {"triu:", "(3,)"}},
      {error_of([&] { arange(0, 1e16); }), {"arange:", "elements"}},
      {error_of([&] { arange(1e19, 2e19, 1e18); }), {"arange:", "whole for int64", "fit it"}},
  };
  for (const auto& [text, parts] : errors) CHECK(lacks(text, parts) == "");
}

TEST_CASE("meshgrid holds the coordinates of every point, by rows or by columns first") {
  const Tensor u = f64({1, 2, 3}), v = f64({10, 20});
  const std::vector<Tensor> ij = meshgrid({u, v}), xy = meshgrid({u, v}, Indexing::xy);
  CHECK(difference(ij[0], {{1, 1}, {2, 2}, {3, 3}}) == "");
  CHECK(difference(ij[1], {{10, 20}, {10, 20}, {10, 20}}) == "");
  CHECK(difference(xy[0], {{1, 2, 3}, {1, 2, 3}}) == "");
  CHECK(difference(xy[1], {{10, 10, 10}, {20, 20, 20}}) == "");
}

TEST_CASE("meshgrid of one, three and scalar tensors, of several dtypes and lengths") {
  const std::vector<Tensor> grid = meshgrid({arange(2), tensor(5), arange(3).to(float64)});
  for (const Tensor& axis : grid) CHECK(axis.shape() == Shape{2, 1, 3});
  CHECK(grid[0].dtype() == int64);
  CHECK(grid[2].dtype() == float64);
  for (std::int64_t i = 0; i < 2; ++i)
    for (std::int64_t k = 0; k < 3; ++k) {
      CHECK(at(grid[0], {i, 0, k}).item() == static_cast<double>(i));
      CHECK(at(grid[1], {i, 0, k}).item() == 5);
      CHECK(at(grid[2], {i, 0, k}).item() == static_cast<double>(k));
    }
  const std::vector<Tensor> exchanged = meshgrid({arange(2), arange(4), arange(3)}, Indexing::xy);
  for (const Tensor& axis : exchanged) CHECK(axis.shape() == Shape{4, 2, 3});
  CHECK(at(exchanged[0], {3, 1, 2}).item() == 1);
  CHECK(at(exchanged[1], {3, 1, 2}).item() == 3);
  CHECK(at(exchanged[2], {3, 1, 2}).item() == 2);
  CHECK(difference(meshgrid({arange(3)}, Indexing::xy)[0], arange(3)) == "");
  CHECK(meshgrid({arange(3), zeros({0})})[0].shape() == Shape{3, 0});
  const GradcheckResult result = gradcheck(
      [](const std::vector<Tensor>& lines) {
        const std::vector<Tensor> grid_of = meshgrid(lines, Indexing::xy);
        return square(grid_of[0]) * grid_of[1];
      },
      {f64({1, 2, 3}), f64({4, 5})}, {.order = 2});
  CHECK_MESSAGE(result.passed, result.message);
}

}  // namespace xgrad
