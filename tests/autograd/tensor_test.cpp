#include <doctest/doctest.h>

#include <array>
#include <limits>

#include <autograd/autograd.hpp>

#include "expect.hpp"

namespace xgrad {
namespace {

using test::difference;
using test::error_of;
using test::lacks;

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

}  // namespace

TEST_CASE("nested braces give shape and values, in float32 unless asked otherwise") {
  const Tensor x = tensor({{1, 2, 3}, {4, 5, 6}});
  CHECK(x.shape() == Shape{2, 3});
  CHECK(x.dtype() == float32);
  CHECK(x.to_vector<float>() == std::vector<float>{1, 2, 3, 4, 5, 6});
  CHECK(tensor({{{1}, {2}}}, int64).shape() == Shape{1, 2, 1});
  CHECK(tensor({1.5, -2.5}, float64).to_vector<double>() == std::vector<double>{1.5, -2.5});
  CHECK(tensor({0, 1, 2}, boolean).to_vector<bool>() == std::vector<bool>{false, true, true});
  CHECK(tensor(3.25).shape() == Shape{});
}

TEST_CASE("empty braces give an axis of extent 0") {
  CHECK(tensor(NestedList{}).shape() == Shape{0});
  CHECK(tensor({NestedList{}, NestedList{}}).shape() == Shape{2, 0});
}

TEST_CASE("ragged braces are refused with what is there and what was expected") {
  CHECK(lacks(error_of([] { tensor({{1, 2}, {3}}); }), {"tensor", "ragged", "(2, 2)"}) == "");
  CHECK(lacks(error_of([] { tensor({{1, 2}, 3}); }), {"tensor", "ragged", "number"}) == "");
  CHECK(lacks(error_of([] { tensor({1, {2, 3}}); }), {"tensor", "ragged", "(2,)"}) == "");
}

TEST_CASE("spans of every element type are copied") {
  std::vector<float> floats = {1, 2, 3, 4, 5, 6};
  const Tensor x = tensor(std::span<const float>(floats), {2, 3});
  floats[0] = 100;
  CHECK(difference(x, {{1, 2, 3}, {4, 5, 6}}) == "");
  CHECK(tensor(std::span<const double>(std::vector<double>{0.1}), {}).item() == 0.1);
  const std::vector<std::int64_t> large = {std::numeric_limits<std::int64_t>::max()};
  CHECK(tensor(std::span<const std::int64_t>(large), {1}).item<std::int64_t>() == large[0]);
  const std::array<bool, 2> bools = {true, false};
  CHECK(tensor(std::span<const bool>(bools), {2}).to_vector<bool>() == std::vector<bool>{true, false});
}

TEST_CASE("a span whose size is not the shape's is refused with both") {
  const std::vector<float> values(5);
  CHECK(lacks(error_of([&] { tensor(std::span<const float>(values), {2, 3}); }), {"tensor", "5", "(2, 3)", "6"}) == "");
}

TEST_CASE("make_tensor lets its function write the values") {
  const Tensor x = make_tensor<float>({2, 2}, [](std::span<float> out) {
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<float>(i);
  });
  CHECK(difference(x, {{0, 1}, {2, 3}}) == "");
}

TEST_CASE("a plain number is a scalar of its kind") {
  CHECK(Tensor(2.5).dtype() == float32);
  CHECK(Tensor(2).dtype() == int64);
  CHECK(Tensor(true).dtype() == boolean);
  CHECK(Tensor(2.5).shape() == Shape{});
  CHECK(Tensor(2.5).item() == 2.5);
  CHECK(Tensor(true).item<bool>());
  CHECK(Tensor(std::int64_t{1} << 60).item<std::int64_t>() == std::int64_t{1} << 60);
  CHECK(Tensor(std::numeric_limits<std::int64_t>::min()).item<std::int64_t>() ==
        std::numeric_limits<std::int64_t>::min());
}

TEST_CASE("a plain number takes on the dtype of what it meets, without losing digits on the way") {
  const Tensor x = tensor({1}, float32), d = tensor({1}, float64), i = tensor({1}, int64), b = tensor({1}, boolean);
  CHECK((x * 2).dtype() == float32);
  CHECK((2.5 * x).dtype() == float32);
  CHECK((d + 0.1).dtype() == float64);
  CHECK((d + 0.1).item() == 1.1);
  CHECK((i + 2).dtype() == int64);
  CHECK((i + 2.5).dtype() == float32);
  CHECK((i + 2.5).item() == 3.5);
  CHECK((b + 2).dtype() == int64);
  CHECK((x + true).dtype() == float32);
}

TEST_CASE("dtypes promote in the order bool, int64, bfloat16, float32, float64") {
  const std::array<DType, 5> order = {boolean, int64, bfloat16, float32, float64};
  for (std::size_t i = 0; i < order.size(); ++i)
    for (std::size_t j = 0; j < order.size(); ++j) {
      if (i == 0 && j == 0) continue;
      CHECK(add(ones({2}, order[i]), ones({2}, order[j])).dtype() == computed_in(order[std::max(i, j)]));
    }
  CHECK(add(ones({2}, boolean), ones({2}, boolean)).to_vector<std::int64_t>() == std::vector<std::int64_t>{2, 2});
}

TEST_CASE("functions of real numbers turn integers and bools into float32") {
  const Tensor i = tensor({1, 4}, int64), b = tensor({0, 1}, boolean);
  for (const auto f : {exp, log, log1p, sqrt, tanh, sigmoid}) {
    CHECK(f(i).dtype() == float32);
    CHECK(f(b).dtype() == float32);
  }
  CHECK(difference(i / 2, tensor({0.5, 2})) == "");
  CHECK(difference(i / i, tensor({1, 1})) == "");
  CHECK(difference(mean(i), tensor(2.5)) == "");
  CHECK(difference(sum(b), tensor(1, int64)) == "");
  CHECK(softmax(i).dtype() == float32);
}

TEST_CASE("item converts a single element, and refuses more or none") {
  CHECK(tensor({{7.75}}, float64).item() == 7.75);
  CHECK(tensor({{7.75}}).item<int>() == 7);
  CHECK(tensor({-3}, int64).item<float>() == -3);
  CHECK(lacks(error_of([] { zeros({2, 3}).item(); }), {"item", "(2, 3)", "one element"}) == "");
  CHECK(lacks(error_of([] { zeros({0}).item(); }), {"item", "(0,)"}) == "");
  CHECK(lacks(error_of([] { tensor({nan}).item<int>(); }), {"item", "nan"}) == "");
}

TEST_CASE("data gives the values row-major, only in the tensor's own type") {
  const Tensor x = tensor({{1, 2, 3}, {4, 5, 6}});
  const Tensor y = transpose(x);
  const std::span<const float> values = y.data<float>();
  CHECK(std::vector<float>(values.begin(), values.end()) == std::vector<float>{1, 4, 2, 5, 3, 6});
  CHECK(lacks(error_of([&] { x.data<double>(); }), {"data", "float32", "float64"}) == "");
  CHECK(lacks(error_of([&] { x.data<bool>(); }), {"data", "float32", "bool"}) == "");
}

TEST_CASE("a span of the data lives as long as a handle") {
  Tensor x = ones({1000}) + 1;
  const Tensor other = x;
  const std::span<const float> values = x.data<float>();
  x = Tensor();
  CHECK(values[999] == 2);
  CHECK(other.data<float>().data() == values.data());
}

TEST_CASE("to_vector converts") {
  CHECK(tensor({1.75, -1.75}).to_vector<std::int64_t>() == std::vector<std::int64_t>{1, -1});
  CHECK(tensor({0.5, 0}).to_vector<bool>() == std::vector<bool>{true, false});
  CHECK(zeros({0, 3}).to_vector<double>().empty());
}

TEST_CASE("to converts between all dtypes and is the same tensor where nothing changes") {
  const Tensor x = tensor({-1.5, 0, 2.5});
  CHECK(x.to(float32).same_as(x));
  CHECK(difference(x.to(float64), tensor({-1.5, 0, 2.5}, float64)) == "");
  CHECK(difference(x.to(int64), tensor({-1, 0, 2}, int64)) == "");
  CHECK(difference(x.to(boolean), tensor({1, 0, 1}, boolean)) == "");
  CHECK(difference(tensor({nan}).to(boolean), tensor({1}, boolean)) == "");
  CHECK(difference(tensor({1, 0}, boolean).to(float64), tensor({1, 0}, float64)) == "");
  CHECK(difference(tensor({16777217}, int64).to(float64), tensor({16777217}, float64)) == "");
}

TEST_CASE("copies share a node, values never change, moved-from and default tensors are undefined") {
  Tensor x = ones({2});
  Tensor y = x;
  CHECK(y.same_as(x));
  x = x + 1;
  CHECK(difference(y, {1, 1}) == "");
  Tensor moved = std::move(y);
  CHECK(!y.defined());
  CHECK(moved.defined());
  CHECK(!Tensor().defined());
  CHECK(Tensor().same_as(Tensor()));
  Tensor& self = moved;
  moved = self;
  CHECK(difference(moved, {1, 1}) == "");
}

TEST_CASE("an undefined tensor is refused by everything that asks it for something") {
  const Tensor none;
  for (const std::string& text : {error_of([&] { (void)none.shape(); }), error_of([&] { (void)none.dtype(); }),
                                  error_of([&] { (void)none.size(); }), error_of([&] { (void)none.item(); }),
                                  error_of([&] { (void)none.data<float>(); }), error_of([&] { none.to(float64); }),
                                  error_of([&] { eval(none); })})
    CHECK(lacks(text, {"undefined"}) == "");
}

TEST_CASE("extents are asked for by axis, also from the end") {
  const Tensor x = zeros({2, 3, 4});
  CHECK(x.rank() == 3);
  CHECK(x.size() == 24);
  CHECK(x.size(1) == 3);
  CHECK(x.size(-1) == 4);
  CHECK(lacks(error_of([&] { (void)x.size(3); }), {"size", "3", "(2, 3, 4)"}) == "");
  CHECK(lacks(error_of([&] { (void)x.size(-4); }), {"size", "-4", "(2, 3, 4)"}) == "");
}

TEST_CASE("an iota, constants and the identity are what NumPy gives") {
  CHECK(difference(arange(4), tensor({0, 1, 2, 3}, int64)) == "");
  CHECK(difference(arange(1, 2, 0.25, float64), tensor({1, 1.25, 1.5, 1.75}, float64)) == "");
  CHECK(difference(arange(3, 0, -1), tensor({3, 2, 1}, int64)) == "");
  CHECK(arange(0).shape() == Shape{0});
  CHECK(arange(2, 1).shape() == Shape{0});
  CHECK(difference(linspace(0, 1, 5), {0, 0.25, 0.5, 0.75, 1}) == "");
  CHECK(difference(linspace(3, 5, 1), tensor({3})) == "");
  CHECK(linspace(3, 5, 0).shape() == Shape{0});
  CHECK(difference(eye(2, 3), {{1, 0, 0}, {0, 1, 0}}) == "");
  CHECK(difference(eye(2), {{1, 0}, {0, 1}}) == "");
  CHECK(difference(full({2}, 2.5, float64), tensor({2.5, 2.5}, float64)) == "");
  CHECK(difference(zeros_like(tensor({{1, 2}}, float64)), tensor({{0, 0}}, float64)) == "");
  CHECK(difference(ones_like(tensor({{1, 2}}, int64)), tensor({{1, 1}}, int64)) == "");
}

TEST_CASE("a tensor prints as in NumPy, with shape and dtype") {
  CHECK(lacks(to_string(tensor({{1, 2}, {3, 4}})), {"[[", "1", "4", "]]", "(2, 2)", "float32"}) == "");
  CHECK(lacks(to_string(Tensor(true)), {"True", "()", "bool"}) == "");
  CHECK(lacks(to_string(zeros({0, 3})), {"[]", "(0, 3)"}) == "");
  CHECK(lacks(to_string(tensor({nan, 1e30}, float64)), {"nan", "1e+30", "float64"}) == "");
  CHECK(lacks(to_string(tensor({-3, 14}, int64)), {"-3", "14", "(2,)", "int64"}) == "");
}

TEST_CASE("printing elides the middle of long axes") {
  const std::string text = to_string(arange(5000));
  CHECK(lacks(text, {"0", "...", "4999", "(5000,)"}) == "");
  CHECK(text.find("2500") == std::string::npos);
  CHECK(text.size() < 200);
  CHECK(to_string(zeros({300, 400, 50})).size() < 5000);
  CHECK(to_string(arange(20)).find("...") == std::string::npos);
}

TEST_CASE("eval runs what it is given") {
  const Tensor x = ones({3}), y = x + 1, z = y * y;
  eval({y, z});
  CHECK(difference(z, {4, 4, 4}) == "");
  eval(std::vector<Tensor>{});
}

}  // namespace xgrad
