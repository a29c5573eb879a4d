#include <doctest/doctest.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include <autograd/autograd.hpp>
#include <autograd/differentiate/batching.hpp>
#include <autograd/differentiate/folding.hpp>
#include <autograd/primitive.hpp>
#include <autograd/recorder.hpp>

#include "../expect.hpp"

namespace xgrad {
namespace {

using test::difference;

constexpr test::Tolerance close{.rtol = 1e-10, .atol = 1e-10};

/// A number for each place of an axis, all different, as an operand of tensors of that many axes.
Tensor factors(const Shape& shape, int axis) {
  Shape along;
  for (int i = 0; i < shape.rank(); ++i) along.push_back(i == axis ? shape[i] : 1);
  return (arange(shape[axis]).to(float64) * 0.3 + 0.5).reshape(along);
}

std::vector<Tensor> inputs_of(const Node& node) {
  std::vector<Tensor> inputs;
  for (Node* input : node.inputs()) inputs.push_back(handle(input));
  return inputs;
}

/// The names of what a function records for an input of this shape, once it is folded, and whether both give the same.
struct Outcome {
  std::vector<std::string> names;
  std::string difference;

  int count(const std::string& name) const { return static_cast<int>(std::ranges::count(names, name)); }
};

Outcome outcome(const TensorFunction& f, const Tensor& x) {
  const Tape tape;
  const Tensor unknown = placeholder("test", "", x.shape(), x.dtype());
  const Tensor given = x * 1;
  eval(given);
  const Tensor y = folded(f(unknown), {unknown}, {given});
  Outcome result;
  std::vector<const Node*> stack{y.node()}, seen;
  while (!stack.empty()) {
    const Node& node = *stack.back();
    stack.pop_back();
    if (node.has_value() || std::ranges::count(seen, &node) > 0) continue;
    seen.push_back(&node);
    result.names.emplace_back(node.primitive->name);
    for (const Node* input : node.inputs()) stack.push_back(input);
  }
  result.difference = difference(y, f(x), close);
  return result;
}

}  // namespace

TEST_CASE("operations that say so are linear, and factors along an axis move through them") {
  int checked = 0;
  for (const Primitive* primitive : primitives()) {
    if (!primitive->block() || primitive->block()->linear == 0) continue;
    const BlockTraits& block = *primitive->block();
    CAPTURE(primitive->name);
    const bool has_samples = primitive->samples != nullptr;
    REQUIRE(has_samples);
    for (const Sample& sample : primitive->samples()) {
      CAPTURE(sample.name);
      const Tape tape;
      const std::size_t first = recorder().nodes.size();
      const Tensor kept = sample.f(sample.inputs);
      for (std::size_t i = first, end = recorder().nodes.size(); i < end; ++i) {
        const Node& node = *recorder().nodes[i];
        if (node.primitive != primitive) continue;
        const std::vector<Tensor> inputs = inputs_of(node);
        const Tensor y = handle(recorder().nodes[i]);
        const auto with = [&](std::size_t k, const Tensor& other) {
          std::vector<Tensor> others = inputs;
          others[k] = other;
          return record(*primitive, others, node.shape, node.dtype, node.attributes);
        };
        for (std::size_t k = 0; k < inputs.size(); ++k) {
          if (!(block.linear >> k & 1u)) continue;
          const Tensor z = cos(inputs[k] * 3 + 1);
          CHECK(difference(with(k, inputs[k] * 2 + z), y * 2 + with(k, z), close) == "");
          for (int axis = 0; axis < node.shape.rank() && block.part; ++axis) {
            const Shape& from = inputs[k].shape();
            const std::optional<int> own = block.part(k, axis, from, node.shape);
            if (!own || *own < 0 || from[*own] != node.shape[axis]) continue;
            CAPTURE(axis);
            CHECK(difference(with(k, inputs[k] * factors(from, *own)), y * factors(node.shape, axis), close) == "");
            ++checked;
          }
        }
      }
    }
  }
  CHECK(checked > 20);
}

TEST_CASE("factors and summands move into constants") {
  const Tensor x = sin(arange(12).to(float64)).reshape({3, 4});
  const Tensor w = cos(arange(20).to(float64)).reshape({4, 5}), s = arange(5).to(float64) + 0.5;
  SUBCASE("through sums and views") {
    const Outcome one = outcome([&](const Tensor& a) { return ((matmul(a, w) + s) * s - 3) / 7 + s; }, x);
    CHECK(one.difference == "");
    CHECK(one.count("matmul") == 1);
    CHECK(one.count("add") == 1);
    CHECK(one.names.size() == 2);
    const Outcome views = outcome(
        [&](const Tensor& a) {
          return matmul(a, w).T().reshape({5, 3, 1}) * s.reshape({5, 1, 1}) * 2;
        },
        x);
    CHECK(views.difference == "");
    CHECK(views.count("multiply") == 0);
  }
  SUBCASE("through views that split an axis") {
    for (const Shape& at : {Shape{5, 1, 1, 1}, Shape{2, 1, 1}}) {
      const Outcome split = outcome(
          [&](const Tensor& a) {
            const Tensor y = matmul(cos(arange(40).to(float64)).reshape({10, 4}), a.T());  // (10, 3)
            return (at[0] == 5 ? y.reshape({5, 2, 3, 1}) : y.reshape({5, 2, 3})[0].reshape({2, 3, 1})) *
                   (arange(at[0]).to(float64) + 0.5).reshape(at);
          },
          x);
      CHECK(split.difference == "");
      CHECK(split.count("multiply") == (at[0] == 5 ? 0 : 1));
    }
    const Outcome inner = outcome(
        [&](const Tensor& a) {
          const Tensor y = matmul(cos(arange(40).to(float64)).reshape({10, 4}), a.T());
          return y.reshape({5, 2, 3}) * (arange(2).to(float64) + 0.5).reshape({2, 1});
        },
        x);
    CHECK(inner.difference == "");
    CHECK(inner.count("multiply") == 0);
  }
  SUBCASE("into the left operand") {
    const Outcome left = outcome([&](const Tensor& a) { return matmul(w.T(), a.T()) * s.reshape({5, 1}); }, x);
    CHECK(left.difference == "");
    CHECK(left.count("multiply") == 0);
  }
  SUBCASE("not along an axis that no constant has") {
    const Outcome rows = outcome(
        [&](const Tensor& a) {
          return matmul(a, w) * arange(3).to(float64).reshape({3, 1});
        },
        x);
    CHECK(rows.difference == "");
    CHECK(rows.count("multiply") == 1);
  }
  SUBCASE("not through a value that is read twice") {
    const Outcome twice = outcome(
        [&](const Tensor& a) {
          const Tensor y = matmul(a, w);
          return y * s + y;
        },
        x);
    CHECK(twice.difference == "");
    CHECK(twice.count("matmul") == 1);
    CHECK(twice.count("multiply") == 1);
    const Outcome sums = outcome(
        [&](const Tensor& a) {
          const Tensor y = matmul(a, w) + s;
          return (y + 1) * y;
        },
        x);
    CHECK(sums.difference == "");
  }
  SUBCASE("not a factor that is not finite") {
    const Outcome infinite = outcome([&](const Tensor& a) { return matmul(a * 0, w) / (s - 0.5); }, x);
    CHECK(infinite.difference == "");
    CHECK(infinite.count("divide") == 1);
  }
  SUBCASE("constants that differ along several axes, and constants that broadcast the value") {
    CHECK(outcome([&](const Tensor& a) { return matmul(a, w) * (x + 1)[0].sum() * matmul(x, w); }, x).difference == "");
    CHECK(outcome([&](const Tensor& a) { return a.sum() * s + s; }, x).difference == "");
    CHECK(outcome([&](const Tensor& a) { return 1 / (a + 5) - (2 - a) * 3; }, x).difference == "");
  }
  SUBCASE("slices, and views that repeat") {
    CHECK(outcome([&](const Tensor& a) { return matmul(a, w).slice(1, 1, 4) * s.slice(0, 0, 3); }, x).difference == "");
    CHECK(outcome([&](const Tensor& a) { return broadcast_to(matmul(a, w), {2, 3, 5}) * s; }, x).difference == "");
    CHECK(outcome([&](const Tensor& a) { return flip(matmul(a, w), 1) * s; }, x).difference == "");
    CHECK(outcome([&](const Tensor& a) { return matmul(a, w).reshape({15}) * arange(15).to(float64); }, x).difference ==
          "");
  }
  SUBCASE("square products, whose axes have one extent") {
    const Tensor square = cos(arange(16).to(float64)).reshape({4, 4}), t = s.slice(0, 0, 4);
    const Tensor y = sin(arange(16).to(float64)).reshape({4, 4});
    CHECK(outcome([&](const Tensor& a) { return matmul(a, square).T() * t; }, y).difference == "");
    CHECK(outcome([&](const Tensor& a) { return matmul(a, square).T() * t.reshape({4, 1}); }, y).difference == "");
    CHECK(outcome([&](const Tensor& a) { return (matmul(square, a).T() + t).T() * t; }, y).difference == "");
  }
}

}  // namespace xgrad
