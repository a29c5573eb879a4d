#include <doctest/doctest.h>

#include <algorithm>

#include <autograd/autograd.hpp>
#include <autograd/primitive.hpp>
#include <nn/nn.hpp>

#include "../expect.hpp"

namespace xgrad {
namespace {

using test::difference;
using test::error_of;
using test::f64;
using test::i64;
using test::lacks;

constexpr test::Tolerance rounding{.rtol = 1e-12, .atol = 1e-13};

Tensor normal(const Shape& shape, std::uint64_t seed = 5) {
  Generator generator(seed);
  return randn(shape, float64, generator);
}

Tensor example(const Tensor& x, std::int64_t i) { return take(x, tensor(std::span(&i, 1), {}), 0); }

/// What vmap has to give: f of one example after the other.
Tensor by_loop(const TensorFunction& f, const Tensor& x) {
  std::vector<Tensor> results;
  for (std::int64_t i = 0; i < x.size(0); ++i) results.push_back(f(example(x, i)));
  return stack(results);
}

}  // namespace

TEST_CASE("vmap of a function is the function of every example") {
  const Tensor w = normal({3, 2}), x = normal({4, 5, 3});
  const std::vector<TensorFunction> functions{
      [](const Tensor& t) { return sum(t); },
      [](const Tensor& t) { return softmax(t, 0) + mean(t, 1, {.keepdims = true}); },
      [&](const Tensor& t) { return matmul(t, w); },
      [&](const Tensor& t) { return matmul(w.T(), t.T()); },
      [](const Tensor& t) { return matmul(t.T(), t); },
      [](const Tensor& t) {
        return concatenate({slice(t, 1, 0, 2), zeros({5, 1}, float64)}, 1);
      },
      [](const Tensor& t) { return cast(argmax(t, 1), float64) * max(t); },
      [](const Tensor& t) {
        return where(greater(t, 0), t, 2.0) * ones({2, 1, 3}, float64);
      },
      [](const Tensor& t) { return std(t, 0) + logsumexp(t, -2); },
      [](const Tensor& t) { return t; },
  };
  for (std::size_t i = 0; i < functions.size(); ++i) {
    INFO("function ", i);
    CHECK(difference(vmap(functions[i])(x), by_loop(functions[i], x), rounding) == "");
  }
}

TEST_CASE("vmap indexes with indices of each example's own, and by shared ones") {
  const Tensor x = normal({3, 4, 2}), rows = i64({{0, -1}, {2, 2}, {3, 0}}), shared = i64({1, -2});
  const auto both = vmap([](const std::vector<Tensor>& t) { return take(t[0], t[1]); });
  const auto only_rows = vmap([&](const Tensor& t) { return take(x, t, 1); });
  const auto only_x = vmap([&](const Tensor& t) { return take(t, shared, 0); });
  for (std::int64_t i = 0; i < 3; ++i) {
    CHECK(difference(example(both({x, rows}), i), take(example(x, i), example(rows, i))) == "");
    CHECK(difference(example(only_rows(rows), i), take(x, example(rows, i), 1)) == "");
    CHECK(difference(example(only_x(x), i), take(example(x, i), shared, 0)) == "");
  }
  const auto beyond = vmap([](const std::vector<Tensor>& t) { return take(t[0], t[1]); });
  CHECK(lacks(error_of([&] { eval(beyond({x, i64({{0}, {4}, {0}})})); }), {"index 4", "axis of 4"}) == "");
}

TEST_CASE("in_axes says which axis counts examples, and what is shared") {
  const Tensor x = normal({3, 4}), y = normal({3, 2});
  const auto f = [](const std::vector<Tensor>& t) { return sum(t[0]) * t[1]; };
  const Tensor columns = vmap(f, {.in_axes = {1, std::nullopt}})({x, y});
  CHECK(difference(columns, sum(x, 0).reshape({4, 1, 1}) * y, rounding) == "");
  CHECK(difference(vmap(f, {.in_axes = {-1, std::nullopt}})({x, y}), columns) == "");
  CHECK(difference(vmap(f, {.in_axes = {-2, 0}})({x, y}), sum(x, 1).reshape({3, 1}) * y, rounding) == "");
}

TEST_CASE("vmap of a function that gives several tensors, one of them the same for all") {
  const TensorsToTensors f = [](const std::vector<Tensor>& t) {
    return std::vector<Tensor>{t[0] + 1, sum(t[0]), f64({7, 8})};
  };
  const std::vector<Tensor> results = vmap(f)({f64({{1, 2}, {3, 4}})});
  CHECK(difference(results[0], {{2, 3}, {4, 5}}) == "");
  CHECK(difference(results[1], {3, 7}) == "");
  CHECK(difference(results[2], {{7, 8}, {7, 8}}) == "");
}

TEST_CASE("the gradient of each sample, in one program") {
  manual_seed(3);
  nn::Sequential model{nn::Linear(4, 6, {.dtype = float64}), nn::Tanh(), nn::Linear(6, 3, {.dtype = float64})};
  const std::vector<Tensor> parameters = model.parameters();
  const TensorsToTensors gradients = [&](const std::vector<Tensor>& sample) {
    const Tape tape;
    const Tensor loss = nn::cross_entropy(model(sample[0].reshape({1, 4})), sample[1].reshape({1}));
    return tape.gradient(loss, parameters);
  };
  const Tensor x = normal({5, 4}), labels = i64({0, 2, 1, 1, 0});
  const std::vector<Tensor> per_sample = vmap(gradients)({x, labels});
  REQUIRE(per_sample.size() == 4);
  for (std::int64_t i = 0; i < 5; ++i) {
    const std::vector<Tensor> expected = gradients({example(x, i), example(labels, i)});
    for (std::size_t k = 0; k < expected.size(); ++k)
      CHECK(difference(example(per_sample[k], i), expected[k], rounding) == "");
  }
  // Their mean is the gradient of the mean loss.
  const Tape tape;
  const std::vector<Tensor> together = tape.gradient(nn::cross_entropy(model(x), labels), parameters);
  for (std::size_t k = 0; k < together.size(); ++k)
    CHECK(difference(mean(per_sample[k], 0), together[k], rounding) == "");
}

TEST_CASE("a larger batch records no more nodes") {
  manual_seed(3);
  nn::Sequential model{nn::Linear(4, 6), nn::Tanh(), nn::Linear(6, 3)};
  const auto nodes = [&](std::int64_t batch) {
    const Tape tape;
    const std::size_t before = tape.size();
    const TensorsToTensors gradients = [&](const std::vector<Tensor>& sample) {
      const Tensor loss = nn::cross_entropy(model(sample[0].reshape({1, 4})), sample[1].reshape({1}));
      return tape.gradient(loss, model.parameters());
    };
    vmap(gradients)({zeros({batch, 4}), zeros({batch}, int64)});
    return tape.size() - before;
  };
  CHECK(nodes(2) == nodes(200));
}

TEST_CASE("convolution and pooling of one image at a time are those of a batch") {
  const Tensor images = normal({3, 2, 6, 6}), kernels = normal({4, 2, 3, 3}, 6);
  const auto f = [&](const Tensor& image) {
    return max_pool2d(conv2d(image.reshape({1, 2, 6, 6}), kernels), 2).reshape({4, 2, 2});
  };
  CHECK(difference(vmap(f)(images), max_pool2d(conv2d(images, kernels), 2), rounding) == "");
  const auto g = vmap([&](const Tensor& image) { return gradient([&](const Tensor& t) { return sum(f(t)); }, image); });
  const Tensor expected = gradient([&](const Tensor& t) { return sum(max_pool2d(conv2d(t, kernels), 2)); }, images);
  CHECK(difference(g(images), expected, rounding) == "");
}

TEST_CASE("vmap nests") {
  const Tensor x = normal({3, 4}), y = normal({2, 4});
  const auto dot = [](const Tensor& a, const Tensor& b) { return sum(a * b); };
  const auto products = vmap([&](const Tensor& a) { return vmap([&](const Tensor& b) { return dot(a, b); })(y); });
  CHECK(difference(products(x), matmul(x, y.T()), rounding) == "");
  const auto deep = vmap(vmap([](const Tensor& t) { return softmax(t); }));
  CHECK(difference(deep(normal({2, 3, 4})), softmax(normal({2, 3, 4})), rounding) == "");
}

TEST_CASE("vmap of transforms, and transforms of vmap") {
  const TensorFunction f = [](const Tensor& t) { return sum(tanh(t) * square(t)); };
  const Tensor x = normal({3, 4});
  const auto hessians = [&](const Tensor& t) { return hessian(f, t); };
  CHECK(difference(vmap(TensorFunction(hessians))(x), by_loop(hessians, x), rounding) == "");
  const auto along = [&](const Tensor& t) { return jvp(f, t, t).second; };
  CHECK(difference(vmap(TensorFunction(along))(x), by_loop(along, x), rounding) == "");
  const GradcheckResult result = gradcheck(vmap(f), x, {.order = 2});
  CHECK_MESSAGE(result.passed, result.message);
}

TEST_CASE("a batch of no examples gives results without examples") {
  const auto f = [](const Tensor& t) { return matmul(t, ones({3, 2}, float64)) + sum(tanh(t)); };
  CHECK(vmap(f)(zeros({0, 4, 3}, float64)).shape() == Shape{0, 4, 2});
  CHECK(vmap([](const Tensor& t) { return sum(t); })(zeros({0, 4})).shape() == Shape{0});
}

TEST_CASE("random numbers are the same for all examples") {
  Generator generator(1);
  const Tensor y = vmap([&](const Tensor& t) { return t + randn({2}, float64, generator); })(zeros({3, 2}, float64));
  CHECK(difference(example(y, 0), example(y, 2)) == "");
  CHECK(generator.position() > 0);
}

TEST_CASE("values that depend on the inputs are not known inside vmap, others are") {
  const auto looks = vmap([](const Tensor& t) { return t * sum(t).item(); });
  CHECK(lacks(error_of([&] { looks(f64({{1, 2}})); }), {"vmap", "value", "(2,)", "not known"}) == "");
  const auto prints = vmap([](const Tensor& t) { return t.data<double>()[0] > 0 ? t : -t; });
  CHECK(lacks(error_of([&] { prints(f64({{1, 2}})); }), {"vmap", "not known"}) == "");
  const Tensor scale = exp(f64({0}));
  const auto captured = vmap([&](const Tensor& t) {
    const Tensor waiting = t + 1;
    return waiting * scale.item();
  });
  CHECK(difference(captured(f64({{1}, {2}})), {{2}, {3}}) == "");
}

TEST_CASE("what was kept from inside vmap has no value, and disturbs nothing else") {
  Tensor kept;
  const Tensor y = vmap([&](const Tensor& t) { return kept = t * 2; })(f64({{1}, {2}}));
  CHECK(difference(y, {{2}, {4}}) == "");
  CHECK(lacks(error_of([&] { kept.item(); }), {"vmap", "kept outside"}) == "");
  CHECK((f64({1}) + 1).item() == 2);
}

TEST_CASE("an error inside the function leaves nothing behind") {
  const auto refuses = vmap([](const Tensor& t) { return t + ones({7}, float64); });
  CHECK(lacks(error_of([&] { refuses(f64({{1, 2}})); }), {"add", "(2,)", "(7,)"}) == "");
  CHECK((f64({1}) + 1).item() == 2);
}

TEST_CASE("vmap refuses what does not fit") {
  const auto f = [](const std::vector<Tensor>& t) { return t[0]; };
  const auto sum_of = vmap([](const Tensor& t) { return sum(t); });
  const Tensor x = zeros({3, 2}), deep = zeros({1, 1, 1, 1, 1, 1, 1, 1});
  CHECK(lacks(error_of([&] {
                vmap(f)({x, zeros({4})});
              }),
              {"vmap", "input number 1", "(4,)", "4 examples", "3"}) == "");
  CHECK(lacks(error_of([&] { sum_of(tensor(1)); }), {"vmap", "input number 0", "scalar"}) == "");
  CHECK(lacks(error_of([&] { vmap(f, {.in_axes = {0}})({x, x}); }), {"vmap", "2 inputs", "1 entries"}) == "");
  CHECK(lacks(error_of([&] { vmap(f, {.in_axes = {2}})({x}); }), {"vmap", "axis 2", "(3, 2)"}) == "");
  CHECK(lacks(error_of([&] { vmap(f, {.in_axes = {std::nullopt}})({x}); }), {"vmap", "none of 1 inputs"}) == "");
  CHECK(lacks(error_of([&] { sum_of(Tensor()); }), {"vmap", "undefined"}) == "");
  CHECK(lacks(error_of([&] { vmap([](const Tensor&) { return Tensor(); })(x); }), {"vmap", "f(x)", "undefined"}) == "");
  const auto deepens = vmap([&](const Tensor& t) { return sum(t) * deep; });
  CHECK(lacks(error_of([&] { deepens(x); }), {"vmap", "(1, 1, 1, 1, 1, 1, 1, 1)", "batch axis"}) == "");
}

}  // namespace xgrad
