#include <doctest/doctest.h>

#include <sstream>

#include <autograd/autograd.hpp>

#include "expect.hpp"

namespace xgrad {

using test::difference;
using test::error_of;
using test::lacks;

TEST_CASE("a shape knows rank, extents and number of elements") {
  const Shape shape = {2, 3, 4};
  CHECK(shape.rank() == 3);
  CHECK(shape[1] == 3);
  CHECK(shape.elements() == 24);
  CHECK(Shape{}.elements() == 1);
  CHECK(Shape{0, 5}.elements() == 0);
  CHECK(Shape(std::vector<std::int64_t>{2, 3}) == Shape{2, 3});
  CHECK(Shape{2, 3} != Shape{2, 3, 1});
  CHECK(Shape{2, 3} != Shape{3, 2});
}

TEST_CASE("a shape grows and shrinks") {
  Shape shape = {2, 4};
  shape.insert(1, 3);
  CHECK(shape == Shape{2, 3, 4});
  shape.insert(0, 1);
  CHECK(shape == Shape{1, 2, 3, 4});
  shape.insert(4, 5);
  CHECK(shape == Shape{1, 2, 3, 4, 5});
  shape.erase(0);
  shape.erase(3);
  CHECK(shape == Shape{2, 3, 4});
  shape.push_back(7);
  CHECK(shape == Shape{2, 3, 4, 7});
}

TEST_CASE("a shape prints as Python's tuples do") {
  CHECK(to_string(Shape{}) == "()");
  CHECK(to_string(Shape{3}) == "(3,)");
  CHECK(to_string(Shape{60, 100}) == "(60, 100)");
  std::ostringstream out;
  out << Shape{1, 2};
  CHECK(out.str() == "(1, 2)");
}

TEST_CASE("a negative extent and a ninth axis are refused") {
  CHECK(lacks(error_of([] { Shape{2, -1}; }), {"Shape", "-1"}) == "");
  CHECK(lacks(error_of([] { Shape{1, 1, 1, 1, 1, 1, 1, 1, 1}; }), {"Shape", "8"}) == "");
  CHECK(Shape{1, 1, 1, 1, 1, 1, 1, 1}.rank() == Shape::max_rank);
  CHECK(lacks(error_of([] { expand_dims(zeros({1, 1, 1, 1, 1, 1, 1, 1}), 0); }), {"8"}) == "");
}

TEST_CASE("reshape keeps the order of the elements and infers one extent") {
  const Tensor x = arange(12);
  CHECK(difference(reshape(x, {3, 4}), reshape(x, {3, -1})) == "");
  CHECK(difference(reshape(x, {-1, 2, 2}), x.reshape({3, 2, 2})) == "");
  CHECK(reshape(zeros({0, 3}), {3, 0}).shape() == Shape{3, 0});
  CHECK(reshape(zeros({0, 3}), {-1, 3}).shape() == Shape{0, 3});
  CHECK(reshape(tensor(5), {1, 1}).shape() == Shape{1, 1});
  CHECK(reshape(tensor({5}), std::vector<std::int64_t>{}).shape() == Shape{});
  CHECK(difference(reshape(transpose(tensor({{1, 2, 3}, {4, 5, 6}})), {6}), {1, 4, 2, 5, 3, 6}) == "");
}

TEST_CASE("transpose reverses the axes or orders them as asked") {
  const Tensor x = reshape(arange(24), {2, 3, 4});
  CHECK(transpose(x).shape() == Shape{4, 3, 2});
  const Tensor y = transpose(x, {1, 2, 0});
  CHECK(y.shape() == Shape{3, 4, 2});
  CHECK(take(take(take(y, 2), 3), 1).item<int>() == 1 * 12 + 2 * 4 + 3);
  CHECK(difference(permute(x, {-1, 0, 1}), transpose(x, {2, 0, 1})) == "");
  CHECK(difference(transpose(transpose(x)), x) == "");
  CHECK(difference(swapaxes(x, 0, -1), transpose(x)) == "");
  CHECK(transpose(tensor(1)).shape() == Shape{});
}

TEST_CASE("axes of extent 1 come and go") {
  const Tensor x = zeros({1, 3, 1});
  CHECK(squeeze(x).shape() == Shape{3});
  CHECK(squeeze(x, 0).shape() == Shape{3, 1});
  CHECK(squeeze(x, {0, -1}).shape() == Shape{3});
  CHECK(expand_dims(zeros({3}), {0, -1}).shape() == Shape{1, 3, 1});
  CHECK(expand_dims(zeros({2, 3}), 1).shape() == Shape{2, 1, 3});
  CHECK(expand_dims(zeros({2, 3}), 2).shape() == Shape{2, 3, 1});
  CHECK(expand_dims(tensor(1), 0).shape() == Shape{1});
}

TEST_CASE("broadcasting repeats axes of extent 1 and adds leading ones") {
  CHECK(difference(broadcast_to(tensor({{1}, {2}}), {2, 3}), {{1, 1, 1}, {2, 2, 2}}) == "");
  CHECK(difference(broadcast_to(tensor({1, 2}), {2, 2}), {{1, 2}, {1, 2}}) == "");
  CHECK(difference(broadcast_to(tensor(7), {2}), {7, 7}) == "");
  CHECK(broadcast_to(zeros({1, 3}), {0, 3}).shape() == Shape{0, 3});
}

TEST_CASE("flatten joins the axes from one to another") {
  CHECK(flatten(zeros({2, 3, 4})).shape() == Shape{24});
  CHECK(flatten(zeros({2, 3, 4}), 1).shape() == Shape{2, 12});
  CHECK(flatten(zeros({2, 3, 4}), -1).shape() == Shape{2, 3, 4});
  CHECK(flatten(zeros({0, 3, 4}), 1).shape() == Shape{0, 12});
  CHECK(flatten(zeros({2, 3, 4}), 0, 1).shape() == Shape{6, 4});
  CHECK(flatten(zeros({2, 3, 4, 5}), 1, -2).shape() == Shape{2, 12, 5});
  CHECK(flatten(zeros({2, 3, 4}), 1, 1).shape() == Shape{2, 3, 4});
  CHECK(flatten(tensor(5)).shape() == Shape{1});
}

TEST_CASE("slices follow Python's rules for open ends, negative places and steps") {
  const Tensor x = arange(10);
  CHECK(difference(slice(x, {{2, 5}}), tensor({2, 3, 4}, int64)) == "");
  CHECK(difference(slice(x, {{-3, {}}}), tensor({7, 8, 9}, int64)) == "");
  CHECK(difference(slice(x, {{{}, -7}}), tensor({0, 1, 2}, int64)) == "");
  CHECK(difference(slice(x, {{1, 8, 3}}), tensor({1, 4, 7}, int64)) == "");
  CHECK(difference(slice(x, {{.step = -4}}), tensor({9, 5, 1}, int64)) == "");
  CHECK(difference(slice(x, {{5, 1, -2}}), tensor({5, 3}, int64)) == "");
  CHECK(difference(slice(x, {{-1, -4, -1}}), tensor({9, 8, 7}, int64)) == "");
  CHECK(difference(slice(x, {{8, 100}}), tensor({8, 9}, int64)) == "");
  CHECK(difference(slice(x, {{-100, 2}}), tensor({0, 1}, int64)) == "");
  CHECK(difference(slice(x, {{100, -100, -5}}), tensor({9, 4}, int64)) == "");
  CHECK(slice(x, {{5, 5}}).shape() == Shape{0});
  CHECK(slice(x, {{5, 2}}).shape() == Shape{0});
  CHECK(slice(x, {{20, 30}}).shape() == Shape{0});
}

TEST_CASE("slices take leading axes, and one axis by number") {
  const Tensor x = reshape(arange(12), {3, 4});
  CHECK(difference(slice(x, {{1, {}}}), tensor({{4, 5, 6, 7}, {8, 9, 10, 11}}, int64)) == "");
  CHECK(difference(slice(x, {{}, {1, 3}}), tensor({{1, 2}, {5, 6}, {9, 10}}, int64)) == "");
  CHECK(difference(slice(x, 1, 1, 3), slice(x, {{}, {1, 3}})) == "");
  CHECK(difference(slice(x, -1, 0, 4, 3), tensor({{0, 3}, {4, 7}, {8, 11}}, int64)) == "");
  CHECK(difference(slice(transpose(x), {{1, 2}}), tensor({{1, 5, 9}}, int64)) == "");
}

TEST_CASE("concatenate joins along an axis, stack along a new one") {
  const Tensor a = tensor({{1, 2}}), b = tensor({{3, 4}, {5, 6}});
  CHECK(difference(concatenate({a, b}), {{1, 2}, {3, 4}, {5, 6}}) == "");
  CHECK(difference(concatenate({b, b}, -1), {{3, 4, 3, 4}, {5, 6, 5, 6}}) == "");
  CHECK(difference(concatenate({a, zeros({0, 2})}), a) == "");
  CHECK(difference(concatenate({a}), a) == "");
  CHECK(concatenate({a, tensor({{1}}, float64)}, 1).dtype() == float64);
  CHECK(difference(stack({a, a}), {{{1, 2}}, {{1, 2}}}) == "");
  CHECK(stack({a, a, a}, -1).shape() == Shape{1, 2, 3});
  CHECK(difference(stack({tensor(1), tensor(2)}), {1, 2}) == "");
}

TEST_CASE("take and gather pick entries, scatter_add puts them back") {
  const Tensor x = tensor({{1, 2, 3}, {4, 5, 6}});
  CHECK(difference(take(x, test::i64({1, 0, 1})), {{4, 5, 6}, {1, 2, 3}, {4, 5, 6}}) == "");
  CHECK(difference(take(x, test::i64({{-1}, {0}}), 1), {{{3}, {1}}, {{6}, {4}}}) == "");
  CHECK(take(x, zeros({0}, int64)).shape() == Shape{0, 3});
  CHECK(take(x, test::i64(1)).shape() == Shape{3});
  CHECK(difference(gather(x, 1, test::i64({{2, 0}, {1, 1}})), {{3, 1}, {5, 5}}) == "");
  CHECK(difference(gather(x, 0, test::i64({{1, 0, 1}})), {{4, 2, 6}}) == "");
  CHECK(difference(gather(x, 1, test::i64({{-1}, {-2}})), {{3}, {5}}) == "");
  CHECK(difference(scatter_add({2, 3}, 1, test::i64({{2, 0, 2}, {1, 1, 1}}), x), {{2, 0, 4}, {0, 15, 0}}) == "");
}

TEST_CASE("one_hot adds an axis with a 1 at the label") {
  CHECK(difference(one_hot(test::i64({2, 0}), 3), {{0, 0, 1}, {1, 0, 0}}) == "");
  CHECK(one_hot(zeros({2, 5}, int64), 3, float64).shape() == Shape{2, 5, 3});
  CHECK(one_hot(test::i64({0}), 1, float64).dtype() == float64);
  CHECK(one_hot(zeros({0}, int64), 3).shape() == Shape{0, 3});
}

}  // namespace xgrad
