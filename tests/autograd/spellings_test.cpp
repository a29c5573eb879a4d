#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <cstdlib>
#include <iostream>
#include <span>
#include <sstream>
#include <string>
#include <vector>

#include <autograd/autograd.hpp>
#include <nn/parameter.hpp>

#include "expect.hpp"

// What people who know PyTorch or NumPy write first: it compiles, and means what it means there.
using namespace xgrad;
using test::difference;
using test::error_of;
using test::f64;
using test::i64;
using test::lacks;

namespace {

const Tensor& x23() {
  static const Tensor x = tensor({{1, 5, 3}, {4, 2, 6}});
  return x;
}

}  // namespace

TEST_CASE("making tensors") {
  CHECK(zeros(3).shape() == Shape{3});
  CHECK(zeros(2, 3).shape() == Shape{2, 3});
  CHECK(zeros({2, 3}, float64).dtype() == float64);
  CHECK(zeros(3, float64).shape() == Shape{3});
  CHECK(ones(4).shape() == Shape{4});
  CHECK(ones(1, 2, 3).shape() == Shape{1, 2, 3});
  CHECK(full(3, 1.5).shape() == Shape{3});
  CHECK(full({2, 2}, 7).shape() == Shape{2, 2});
  CHECK(rand(5).shape() == Shape{5});
  CHECK(rand(2, 3).shape() == Shape{2, 3});
  CHECK(randn(2, 3).shape() == Shape{2, 3});
  CHECK(randn({2, 3}, float64).dtype() == float64);
  CHECK(randint(10, {4}).shape() == Shape{4});
  CHECK(randint(0, 10, {4}).dtype() == int64);
  CHECK(randint(0, 10, 4).shape() == Shape{4});
  CHECK(difference(arange(4), i64({0, 1, 2, 3})) == "");
  CHECK(difference(arange(1, 7, 2), i64({1, 3, 5})) == "");
  CHECK(linspace(0, 1, 5).shape() == Shape{5});
  CHECK(eye(3).shape() == Shape{3, 3});
  CHECK(tensor(3.5).item() == 3.5);
  CHECK(tensor({1.5, 2}).shape() == Shape{2});
  CHECK(tensor({{1, 2}, {3, 4}}).shape() == Shape{2, 2});
  CHECK(Tensor(2).dtype() == int64);
}

TEST_CASE("C++ numbers in") {
  const std::int64_t seven = 7;
  const Tensor alone = tensor(std::span(&seven, 1), {});  // {} is a shape, not the first dtype
  CHECK(alone.dtype() == int64);
  CHECK(alone.item<int>() == 7);
  const std::vector<int> ints = {1, 2, 3};
  CHECK(difference(tensor(ints), i64({1, 2, 3})) == "");
  CHECK(difference(tensor(std::vector<int>{4, 5}), i64({4, 5})) == "");
  CHECK(difference(tensor(std::vector<float>{1, 2}), tensor({1, 2})) == "");
  CHECK(difference(tensor(std::vector<double>{1, 2}), f64({1, 2})) == "");
  CHECK(difference(tensor(std::vector<double>{1, 2}, float32), tensor({1, 2})) == "");
  CHECK(difference(tensor(std::vector<bool>{true, false}), tensor({1, 0}, boolean)) == "");
  CHECK(difference(tensor(std::vector<std::uint8_t>{255, 0}), i64({255, 0})) == "");
  CHECK(difference(tensor(std::array{1.5f, 2.5f}), tensor({1.5, 2.5})) == "");
  const double plain[] = {1, 2, 3};
  CHECK(difference(tensor(plain), f64({1, 2, 3})) == "");
  CHECK(difference(tensor(std::span<const double>(plain, 2)), f64({1, 2})) == "");
  CHECK(difference(tensor(ints, {3, 1}), i64({{1}, {2}, {3}})) == "");
  CHECK(difference(tensor(std::vector<float>{1, 2, 3, 4}, {2, 2}), tensor({{1, 2}, {3, 4}})) == "");
  CHECK(difference(tensor(std::vector<std::vector<double>>{{1, 2}, {3, 4}}), f64({{1, 2}, {3, 4}})) == "");
  CHECK(difference(tensor(std::vector<std::array<int, 2>>{{1, 2}, {3, 4}}), i64({{1, 2}, {3, 4}})) == "");
  CHECK(tensor(std::vector<float>{}).shape() == Shape{0});
  CHECK(tensor(std::vector<std::vector<float>>{}).shape() == Shape{0, 0});
  CHECK(lacks(error_of([] {
                tensor(std::vector<std::vector<int>>{{1}, {2, 3}});
              }),
              {"tensor: ", "ragged", "of 2"}) == "");
  CHECK(lacks(error_of([] { tensor(std::vector<std::uint64_t>{~std::uint64_t{0}}); }),
              {"18446744073709551615", "int64"}) == "");
  CHECK(lacks(error_of([] { tensor(std::vector<int>{1, 2}, {3}); }), {"tensor: 2 values", "(3,)"}) == "");
}

TEST_CASE("C++ numbers out") {
  const Tensor x = tensor({{1, 2}, {3, 4}});
  const float f = x.sum().item<float>();
  const double d = x.sum().item();
  const int i = x.sum().item<int>();
  CHECK((f == 10 && d == 10 && i == 10));
  CHECK(x.to_vector<float>() == std::vector<float>{1, 2, 3, 4});
  CHECK(x.to_vector<int>() == std::vector<int>{1, 2, 3, 4});
  CHECK(x.data<float>()[3] == 4);
  CHECK(x.size(0) == 2);
  CHECK(x.size(-1) == 2);
  CHECK(x.shape()[1] == 2);
  CHECK(x.dim() == 2);
  CHECK(x.numel() == 4);
  std::ostringstream out;
  out << x.dtype() << " " << x.shape() << " " << x;
  CHECK(out.str().starts_with("float32 (2, 2) [[1"));
}

TEST_CASE("arithmetic with numbers") {
  const Tensor x = f64({1, 2});
  CHECK(difference(x * 2, f64({2, 4})) == "");
  CHECK(difference(2 - x, f64({1, 0})) == "");
  CHECK(difference(1.0f / x, f64({1, 0.5})) == "");
  CHECK(difference(-x + 1, f64({0, -1})) == "");
  CHECK(difference(x % 2, f64({1, 0})) == "");
  CHECK(difference(pow(x, 2), f64({1, 4})) == "");
  CHECK(difference(pow(2, x), f64({2, 4})) == "");
  CHECK(difference(x == x, tensor({1, 1}, boolean)) == "");
  CHECK(difference(x == 2, tensor({0, 1}, boolean)) == "");
  CHECK(difference(!(x == 2), tensor({1, 0}, boolean)) == "");
  CHECK(difference(where(x > 1, x, 0), f64({0, 2})) == "");
  CHECK(difference(maximum(x, 1.5), f64({1.5, 2})) == "");
  CHECK(difference(max(x, f64({3, 0})), f64({3, 2})) == "");
  CHECK(difference(min(x, f64({3, 0})), f64({1, 0})) == "");
  CHECK(difference(clip(x, 0, 1), f64({1, 1})) == "");
  CHECK((abs(-2) == 2 && std::pow(2.0, 3) == 8));  // the C library's are still there
  if (x.sum() > 2) CHECK(true);
  Tensor total = 0;
  for (const Tensor row : x23()) total += row.sum();
  CHECK(total.item() == 21);
}

TEST_CASE("reductions") {
  const Tensor& x = x23();
  CHECK(difference(sum(x, 0, true), {{5, 7, 9}}) == "");
  CHECK(difference(x.sum(0, true), {{5, 7, 9}}) == "");
  CHECK(difference(mean(x, -1, true), {{3}, {4}}) == "");
  CHECK(difference(x.mean({0, 1}), mean(x)) == "");
  CHECK(difference(mean(x, {0, 1}), mean(x)) == "");
  CHECK(difference(max(x, 1), {5, 6}) == "");
  CHECK(difference(x.max(), tensor(6)) == "");
  CHECK(difference(x.argmax(1), i64({1, 2})) == "");
  CHECK(difference(argmax(x, 1, true), i64({{1}, {2}})) == "");
  CHECK(difference(stddev(x, 1), x.std(1)) == "");
  CHECK(difference(xgrad::std(x, 1), x.std(1)) == "");
  CHECK(difference(x.norm(), norm(x)) == "");
  CHECK(difference(norm(x, 2, 1, true), norm(x, 2, 1).reshape(2, 1)) == "");
  CHECK(difference(logsumexp(x, 1, true), logsumexp(x, 1).reshape({-1, 1})) == "");
  CHECK(difference(any(x > 5, 1), tensor({0, 1}, boolean)) == "");
  CHECK(static_cast<bool>(all(x > 0)));
  CHECK(difference(sort(x, 1, true), {{5, 3, 1}, {6, 4, 2}}) == "");
  CHECK(difference(topk(x, 1, 1, false).values, {{1}, {2}}) == "");
  CHECK(difference(cumsum(x, 0), {{1, 5, 3}, {5, 7, 9}}) == "");
  CHECK(difference(softmax(x, 1), x.softmax(-1)) == "");
}

TEST_CASE("shapes and indices") {
  const Tensor& x = x23();
  CHECK(x.reshape({-1, 2}).shape() == Shape{3, 2});
  CHECK(x.reshape(-1).shape() == Shape{6});
  CHECK(x.view({3, 2}).shape() == Shape{3, 2});
  CHECK(x.view(3, -1).shape() == Shape{3, 2});
  CHECK(reshape(x, {3, 2}).shape() == Shape{3, 2});
  CHECK(reshape(x, -1).shape() == Shape{6});
  CHECK(x.flatten().shape() == Shape{6});
  CHECK(x.T().shape() == Shape{3, 2});
  CHECK(x.transpose(0, 1).shape() == Shape{3, 2});
  CHECK(transpose(x, 0, 1).shape() == Shape{3, 2});
  CHECK(transpose(x, {1, 0}).shape() == Shape{3, 2});
  CHECK(x.permute({1, 0}).shape() == Shape{3, 2});
  CHECK(x.permute(1, 0).shape() == Shape{3, 2});
  CHECK(x.expand_dims(0).squeeze(0).shape() == Shape{2, 3});
  CHECK(difference(x[0], {1, 5, 3}) == "");
  CHECK(x[0][1].item() == 5);
  CHECK(x[{0, 1}].item() == 5);
  CHECK(difference(x[-1], {4, 2, 6}) == "");
  CHECK(difference(x[Slice{0, 1}], {{1, 5, 3}}) == "");
  CHECK(difference(x[{ellipsis, 0}], {1, 4}) == "");
  CHECK(difference(x.index({Slice{}, 0}), {1, 4}) == "");
  CHECK(difference(x[x > 4], {5, 6}) == "");
  CHECK(difference(x[arange(1)], {{1, 5, 3}}) == "");
  CHECK(concatenate({x, x}).shape() == Shape{4, 3});
  CHECK(concatenate({x, x}, 1).shape() == Shape{2, 6});
  CHECK(stack({x, x}).shape() == Shape{2, 2, 3});
  CHECK(split(x.T(), {1, 2}).size() == 2);
  CHECK(split(x, {2}).size() == 1);  // sizes, not the size of each
  CHECK(lacks(error_of([] { split(x23(), {1}); }), {"split: "}) == "");
  CHECK(x.to(float64).dtype() == float64);
  CHECK(x.detach().shape() == x.shape());
}

TEST_CASE("products") {
  const Tensor a = f64({{1, 2}, {3, 4}});
  CHECK(difference(a.matmul(a), matmul(a, a)) == "");
  CHECK(difference(einsum("ij,jk->ik", {a, a}), matmul(a, a)) == "");
  CHECK(difference(einsum("ij,jk->ik", a, a), matmul(a, a)) == "");
  CHECK(difference(einsum("ij,jk,kl->il", a, a, a), matmul(matmul(a, a), a)) == "");
  CHECK(difference(einsum("ii->i", a), f64({1, 4})) == "");
  CHECK(difference(einsum("ii->i", {a}), f64({1, 4})) == "");
}

TEST_CASE("gradients") {
  const Tensor x = f64({1, 2}), y = f64({3, 4});
  const nn::Parameter p(x), q(y);
  const Tape tape;
  const Tensor product = sum(x * y);
  CHECK(difference(tape.gradient(product, x), y) == "");
  CHECK(tape.gradient(product, {x}).size() == 1);
  CHECK(tape.gradient(product, {x, y}).size() == 2);
  CHECK(tape.gradient(product, std::vector<Tensor>{x, y}).size() == 2);
  CHECK(tape.gradient(sum(p * q), {p}).size() == 1);
  CHECK(difference(tape.gradient(sum(p * q), {p, q})[1], x) == "");
  CHECK(difference(tape.gradient(sum(p * q), p), y) == "");
  CHECK(gradient(product, {x})[0].same_as(gradient(product, {x})[0]) == false);
  CHECK(gradient(product, {x, y}, {.allow_unused = false}).size() == 2);
  CHECK(difference(gradient([](const Tensor& t) { return (t * t).sum(); }, x), 2 * x) == "");
  CHECK(gradient([](const std::vector<Tensor>& t) { return (t[0] * t[1]).sum(); }, {x, y}).size() == 2);
  CHECK(gradient([](const std::vector<Tensor>& t) { return (t[0] * t[0]).sum(); }, {x}).size() == 1);
}
