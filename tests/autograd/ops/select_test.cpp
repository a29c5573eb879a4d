#include <doctest/doctest.h>

#include <limits>

#include <autograd/autograd.hpp>

#include "autograd/expect.hpp"

namespace xgrad {
namespace {

using test::difference;
using test::error_of;
using test::f64;
using test::gradient_of;
using test::i64;
using test::lacks;

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

const Tensor x = f64({{1, 2, 3}, {4, 5, 6}});
const Tensor cube = arange(0, 24, 1, float64).reshape({2, 3, 4});

bool differentiable(const TensorFunction& f, const Tensor& at) {
  return gradcheck([&](const Tensor& y) { return square(f(y)); }, at, {.order = 2}).passed;
}

}  // namespace

TEST_CASE("index_select and index_add take a vector of indices, repeated and negative ones too") {
  CHECK(difference(index_select(x, 1, i64({2, 0, -1})), {{3, 1, 3}, {6, 4, 6}}) == "");
  CHECK(index_select(x, 0, zeros({0}, int64)).shape() == Shape{0, 3});
  CHECK(difference(index_add(x, 1, i64({0, 0, -1}), f64({{1, 10, 100}, {1, 10, 100}})), {{12, 2, 103}, {15, 5, 106}}) ==
        "");
  CHECK(difference(index_add(x, 0, zeros({0}, int64), zeros({0, 3})), x) == "");
  CHECK(differentiable([](const Tensor& y) { return index_add(y, 0, i64({1, 1}), y * y); }, x));
  CHECK(error_of([] { eval(index_select(x, 0, i64({2}))); }).find("out of range") != std::string::npos);
}

TEST_CASE("take_along_axis broadcasts the other axes") {
  CHECK(difference(take_along_axis(x, i64({{2, -1}, {0, 1}}), 1), {{3, 3}, {4, 5}}) == "");
  CHECK(difference(take_along_axis(x, i64({{1}}), 1), {{2}, {5}}) == "");
  CHECK(difference(take_along_axis(x, i64({{1, 0, 1}}), 0), {{4, 2, 6}}) == "");
  CHECK(difference(take_along_axis(x, argsort(x, 1, {.descending = true}), 1), {{3, 2, 1}, {6, 5, 4}}) == "");
  CHECK(difference(take_along_axis(f64({{1, 2, 3}}), i64({{0}, {2}}), 1), {{1}, {3}}) == "");
  CHECK(differentiable([](const Tensor& y) { return take_along_axis(y, i64({{1, 1}}), 1); }, x));
}

TEST_CASE("put_along_axis puts the last of several values, which alone gets the gradient") {
  CHECK(difference(put_along_axis(x, i64({{0, 0}, {-1, 1}}), f64({{7, 8}, {9, 10}}), 1), {{8, 2, 3}, {4, 10, 9}}) ==
        "");
  CHECK(difference(put_along_axis(x, i64({{1}}), 0, 1), {{1, 0, 3}, {4, 0, 6}}) == "");
  CHECK(difference(put_along_axis(x, zeros({2, 0}, int64), 5, 1), x) == "");
  const auto values = [](const Tensor& v) { return put_along_axis(x, i64({{0, 0}, {-1, 1}}), v, 1); };
  CHECK(difference(gradient_of(values, f64({{7, 8}, {9, 10}})), {{0, 1}, {1, 1}}) == "");
  const auto base = [](const Tensor& y) { return put_along_axis(y, i64({{0, 0}, {-1, 1}}), 5, 1); };
  CHECK(difference(gradient_of(base, x), {{0, 1, 1}, {1, 0, 0}}) == "");
  CHECK(differentiable(
      [](const Tensor& y) {
        return put_along_axis(y, i64({{0}, {1}}), sum(y, 1, {.keepdims = true}), 1);
      },
      x));
  CHECK(error_of([] { eval(put_along_axis(x, i64({{3}}), 0, 1)); }).find("out of range") != std::string::npos);
}

TEST_CASE("masks fill and select") {
  CHECK(difference(masked_fill(x, x > 4, -1), {{1, 2, 3}, {4, -1, -1}}) == "");
  CHECK(difference(masked_fill(x, tensor({1, 0, 0}, boolean), 0), {{0, 2, 3}, {0, 5, 6}}) == "");
  CHECK(masked_fill(tensor({1, 2}), tensor({1, 0}, boolean), f64(3)).dtype() == float32);
  CHECK(difference(gradient_of([](const Tensor& y) { return masked_fill(sqrt(y), equal(y, 0.0), 0); }, f64({0, 4})),
                   {0, 0.25}) == "");
  CHECK(difference(masked_select(x, x > 4), {5, 6}) == "");
  CHECK(difference(masked_select(x, tensor({{1}, {0}}, boolean)), {1, 2, 3}) == "");
  CHECK(difference(masked_select(f64({1, 2}), tensor({{1, 0}, {1, 1}}, boolean)), {1, 1, 2}) == "");
  CHECK(masked_select(x, x > 9).shape() == Shape{0});
  CHECK(differentiable([](const Tensor& y) { return masked_select(y, x > 2); }, x));
}

TEST_CASE("nonzero lists indices row by row, and takes NaN for not zero") {
  CHECK(difference(nonzero(f64({{0, nan}, {2, 0}})), i64({{0, 1}, {1, 0}})) == "");
  CHECK(difference(nonzero(tensor({0, 1, 1}, boolean)), i64({{1}, {2}})) == "");
  CHECK(nonzero(zeros({2, 3})).shape() == Shape{0, 2});
  CHECK(nonzero(zeros({0, 3})).shape() == Shape{0, 2});
  CHECK(nonzero(f64(3)).shape() == Shape{1, 0});
  CHECK(nonzero(f64(0)).shape() == Shape{0, 0});
}

TEST_CASE("an embedding gives rows; the padding row gets no gradient") {
  const Tensor weight = f64({{1, 2}, {3, 4}, {5, 6}});
  const Tensor indices = i64({{0, 2}, {2, -1}});
  CHECK(difference(embedding(indices, weight), {{{1, 2}, {5, 6}}, {{5, 6}, {5, 6}}}) == "");
  CHECK(difference(embedding(indices, weight, {.padding_idx = 2}), embedding(indices, weight)) == "");
  const auto gradient = [&](EmbeddingOptions options) {
    return gradient_of([&](const Tensor& w) { return embedding(indices, w, options); }, weight);
  };
  CHECK(difference(gradient({}), {{1, 1}, {0, 0}, {3, 3}}) == "");
  for (const int row : {2, -1}) CHECK(difference(gradient({.padding_idx = row}), {{1, 1}, {0, 0}, {0, 0}}) == "");
  CHECK(embedding(zeros({0, 2}, int64), weight).shape() == Shape{0, 2, 2});
  CHECK(error_of([&] { eval(embedding(i64({3}), weight, {.padding_idx = 0})); }).find("out of range") !=
        std::string::npos);
}

TEST_CASE("at takes numbers, ranges, new axes and ellipses as NumPy does") {
  CHECK(difference(at(x, {1}), {4, 5, 6}) == "");
  CHECK(difference(at(x, {-1, -1}), f64(6)) == "");
  CHECK(difference(at(x, {ellipsis, newaxis, 2}), {{3}, {6}}) == "");
  CHECK(difference(at(x, {Slice{}, Slice{.step = -1}}), {{3, 2, 1}, {6, 5, 4}}) == "");
  CHECK(difference(at(x, {newaxis, 0}), {{1, 2, 3}}) == "");
  CHECK(difference(at(cube, {0, ellipsis, 1}), {1, 5, 9}) == "");
  CHECK(difference(at(x, {}), x) == "");
  CHECK(difference(at(x, {ellipsis}), x) == "");
  CHECK(at(f64(1), {newaxis, ellipsis, newaxis}).shape() == Shape{1, 1});
  CHECK(differentiable([](const Tensor& y) { return at(y, {Slice{.start = 1}, newaxis, -1}); }, x));
}

TEST_CASE("at takes tensors for neighbouring axes, and masks") {
  CHECK(difference(at(x, {i64({0, 1, -1}), i64({2, 0, 2})}), {3, 4, 6}) == "");
  CHECK(difference(at(x, {i64({{0}, {1}}), i64({0, 2})}), {{1, 3}, {4, 6}}) == "");
  CHECK(difference(at(x, {Slice{}, i64({1, 1})}), {{2, 2}, {5, 5}}) == "");
  CHECK(difference(at(cube, {i64({1, 0}), 2, i64({3, 0})}), {23, 8}) == "");
  CHECK(difference(at(cube, {1, i64({2, 0}), i64({3, 0})}), {23, 12}) == "");
  CHECK(difference(at(cube, {Slice{.start = 1}, i64({2, 0}), i64({3, 0})}), {{23, 12}}) == "");
  CHECK(difference(at(cube, {newaxis, 1, 0, i64({1, 2})}), {{13, 14}}) == "");
  CHECK(at(cube, {ellipsis, zeros({5, 2}, int64)}).shape() == Shape{2, 3, 5, 2});
  CHECK(difference(at(x, {x > 4}), {5, 6}) == "");
  CHECK(difference(at(x, {tensor({0, 1}, boolean)}), {{4, 5, 6}}) == "");
  CHECK(difference(at(x, {Slice{}, tensor({1, 0, 1}, boolean)}), {{1, 3}, {4, 6}}) == "");
  CHECK(at(cube, {greater(at(cube, {ellipsis, 0}), 100.0)}).shape() == Shape{0, 4});
  CHECK(difference(gradient_of(
                       [](const Tensor& y) {
                         return at(y, {i64({0, 0, 1}), i64({2, 2, 0})});
                       },
                       x),
                   {{0, 0, 2}, {1, 0, 0}}) == "");
  CHECK(differentiable([](const Tensor& y) { return at(y, {i64({0, 0, 1}), i64({2, 2, 0})}); }, x));
  CHECK(error_of([] { eval(at(x, {i64({0, 2}), i64({0, 0})})); }).find("2 is out of range") != std::string::npos);
  CHECK(error_of([] { eval(at(x, {i64({0, 1}), i64({0, -4})})); }).find("-4 is out of range") != std::string::npos);
}

TEST_CASE("selecting refuses what has no meaning") {
  const Tensor none, index = i64({0, 1}), mask = x > 2;
  const std::vector<std::pair<std::string, std::vector<std::string>>> errors = {
      {error_of([&] { index_select(none, 0, index); }), {"index_select:", "'x'", "undefined"}},
      {error_of([&] { index_select(x, 2, index); }), {"index_select:", "2", "(2, 3)"}},
      {error_of([&] { index_select(x, 0, x); }), {"index_select:", "int64", "float64"}},
      {error_of([&] { index_select(x, 0, i64({{0}})); }), {"index_select:", "(1, 1)", "vector"}},
      {error_of([&] { index_add(none, 0, index, x); }), {"index_add:", "'x'", "undefined"}},
      {error_of([&] { index_add(x, 0, index, none); }), {"index_add:", "'source'", "undefined"}},
      {error_of([&] { index_add(x, 1, index, x); }), {"index_add:", "(2, 3)", "(2, 2)"}},
      {error_of([&] { index_add(x, 2, index, x); }), {"index_add:", "2", "(2, 3)"}},
      {error_of([&] { take_along_axis(none, index, 0); }), {"take_along_axis:", "undefined"}},
      {error_of([&] { take_along_axis(x, index, 0); }), {"take_along_axis:", "(2,)", "(2, 3)"}},
      {error_of([&] { take_along_axis(x, x, 0); }), {"take_along_axis:", "int64"}},
      {error_of([&] { take_along_axis(x, i64({{0}}), 2); }), {"take_along_axis:", "2", "(2, 3)"}},
      {error_of([&] {
         take_along_axis(x, i64({{0, 1}}), 0);
       }),
       {"take_along_axis:", "(2, 3)", "(1, 2)"}},
      {error_of([&] { put_along_axis(none, index, 1, 0); }), {"put_along_axis:", "undefined"}},
      {error_of([&] { put_along_axis(x, index, 1, 0); }), {"put_along_axis:", "(2,)", "(2, 3)"}},
      {error_of([&] { put_along_axis(x, i64({{0}}), none, 0); }), {"put_along_axis:", "'values'", "undefined"}},
      {error_of([&] {
         put_along_axis(x, i64({{0}}), zeros({2, 2}), 1);
       }),
       {"put_along_axis:", "(2, 2)"}},
      {error_of([&] { put_along_axis(x, i64({{0}}), 1, 2); }), {"put_along_axis:", "2", "(2, 3)"}},
      {error_of([&] { masked_fill(none, mask, 0); }), {"masked_fill:", "'x'", "undefined"}},
      {error_of([&] { masked_fill(x, none, 0); }), {"masked_fill:", "'mask'", "undefined"}},
      {error_of([&] { masked_fill(x, x, 0); }), {"masked_fill:", "bool", "float64"}},
      {error_of([&] { masked_fill(x, mask, x); }), {"masked_fill:", "'value'", "(2, 3)"}},
      {error_of([&] {
         masked_fill(f64({1, 2}), mask, 0);
       }),
       {"masked_fill:", "(2, 3)", "(2,)"}},
      {error_of([&] { masked_select(none, mask); }), {"masked_select:", "undefined"}},
      {error_of([&] { masked_select(x, x); }), {"masked_select:", "bool"}},
      {error_of([&] {
         masked_select(f64({1, 2}), mask);
       }),
       {"masked_select:", "(2,)", "(2, 3)"}},
      {error_of([&] { nonzero(none); }), {"nonzero:", "undefined"}},
      {error_of([&] { embedding(x, x); }), {"embedding:", "int64"}},
      {error_of([&] { embedding(index, none); }), {"embedding:", "'weight'", "undefined"}},
      {error_of([&] { embedding(index, f64({1})); }), {"embedding:", "(1,)"}},
      {error_of([&] { embedding(index, x, {.padding_idx = 2}); }), {"embedding:", "padding_idx is 2", "-2 to 1"}},
      {error_of([&] { at(none, {1}); }), {"at:", "undefined"}},
      {error_of([&] { at(x, {none}); }), {"at:", "undefined"}},
      {error_of([&] { at(x, {2}); }), {"at:", "2", "axis 0", "(2, 3)"}},
      {error_of([&] {
         at(x, {Slice{}, -4});
       }),
       {"at:", "-4", "axis 1"}},
      {error_of([&] {
         at(x, {0, 0, 0});
       }),
       {"at:", "3 axes", "(2, 3)"}},
      {error_of([&] {
         at(x, {ellipsis, ellipsis});
       }),
       {"at:", "2 ellipses"}},
      {error_of([&] { at(x, {x}); }), {"at:", "float64", "int64"}},
      {error_of([&] {
         at(x, {tensor({1, 0, 1}, boolean)});
       }),
       {"at:", "(3,)", "(2, 3)"}},
      {error_of([&] {
         at(x, {index, i64({0, 1, 2})});
       }),
       {"at:", "(2,)", "(3,)"}},
  };
  for (const auto& [text, parts] : errors) CHECK(lacks(text, parts) == "");
}

}  // namespace xgrad
