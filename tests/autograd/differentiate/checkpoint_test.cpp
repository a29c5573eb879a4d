#include <doctest/doctest.h>

#include <algorithm>
#include <bit>
#include <stdexcept>

#include <autograd/autograd.hpp>
#include <autograd/primitive.hpp>

#include "../expect.hpp"
#include "../fusing.hpp"

namespace xgrad {
namespace {

/// "" where both lists of tensors are the same to the last bit.
std::string different_bits(const std::vector<Tensor>& actual, const std::vector<Tensor>& expected) {
  if (actual.size() != expected.size()) return "another number of tensors";
  for (std::size_t i = 0; i < actual.size(); ++i) {
    if (actual[i].shape() != expected[i].shape() || actual[i].dtype() != expected[i].dtype()) return "another shape";
    const std::vector<double> a = actual[i].to_vector<double>(), e = expected[i].to_vector<double>();
    for (std::size_t k = 0; k < a.size(); ++k)
      if (std::bit_cast<std::uint64_t>(a[k]) != std::bit_cast<std::uint64_t>(e[k]))
        return "tensor " + std::to_string(i) + ", entry " + std::to_string(k) + ": " + std::to_string(a[k]) +
               " instead of " + std::to_string(e[k]);
  }
  return "";
}

long count(const std::string& primitive) {
  const std::vector<std::string> names = recorded_primitives();
  return std::ranges::count(names, primitive);
}

/// A multilayer perceptron whose layers are as wide as they are tall.
struct Perceptron {
  std::vector<Tensor> weights;
  Tensor x;

  Perceptron(int depth, std::int64_t width, std::int64_t batch) {
    Generator generator(1);
    for (int i = 0; i < depth; ++i) weights.push_back(0.2 * randn({width, width}, float32, generator));
    x = randn({batch, width}, float32, generator);
    eval(weights);
    eval(x);
  }

  Tensor layers(Tensor y, std::size_t first, std::size_t last) const {
    for (std::size_t i = first; i < last; ++i) y = tanh(matmul(y, weights[i]));
    return y;
  }

  /// In segments; 0: without checkpoints.
  Tensor loss(std::size_t segments) const {
    Tensor y = x;
    if (segments == 0) y = layers(y, 0, weights.size());
    for (std::size_t s = 0; s < segments; ++s) {
      const std::size_t first = s * weights.size() / segments, last = (s + 1) * weights.size() / segments;
      y = checkpoint([&, first, last](const Tensor& in) { return layers(in, first, last); }, y);
    }
    return mean(square(y));
  }

  std::vector<Tensor> gradients(std::size_t segments) const {
    const Tape tape;
    std::vector<Tensor> result = tape.gradient(loss(segments), weights);
    eval(result);
    return result;
  }

  /// The most bytes held, beyond what is held before, by loss and gradients; these run at once, or the loss first.
  std::size_t peak(std::size_t segments, bool loss_first) const {
    const std::size_t before = memory_stats().live;
    reset_peak_memory();
    {
      const Tape tape;
      const Tensor value = loss(segments);
      if (loss_first) value.item();
      std::vector<Tensor> result = tape.gradient(value, weights);
      result.push_back(value);
      eval(result);
    }
    CHECK(memory_stats().live == before);
    return memory_stats().peak - before;
  }
};

}  // namespace

TEST_CASE("checkpoint gives the value and gradients of the function, to the last bit") {
  const Perceptron net(9, 24, 40);
  const std::vector<Tensor> expected = net.gradients(0);
  for (const std::size_t segments : {1U, 3U, 9U}) CHECK(different_bits(net.gradients(segments), expected) == "");
  CHECK(different_bits({net.loss(3)}, {net.loss(0)}) == "");
}

TEST_CASE("peak memory goes with the square root of the depth in sqrt(depth) segments") {
  // Values of one layer take 64 KiB, its weights 1 KiB, so that what counts is which values are kept.
  constexpr double value = 1024 * 16 * sizeof(float);
  for (const bool loss_first : {false, true}) {
    INFO("the loss runs first: ", loss_first);
    const Perceptron shallow(16, 16, 1024), deep(64, 16, 1024);
    const auto plain_16 = static_cast<double>(shallow.peak(0, loss_first));
    const auto plain_64 = static_cast<double>(deep.peak(0, loss_first));
    const auto segments_16 = static_cast<double>(shallow.peak(4, loss_first));
    const auto segments_64 = static_cast<double>(deep.peak(8, loss_first));
    MESSAGE("bytes in values of a layer: ", plain_16 / value, " and ", plain_64 / value, " plain, ",
            segments_16 / value, " and ", segments_64 / value, " in segments");
    // Without checkpoints every layer's value is kept.
    CHECK(plain_16 >= 16 * value);
    CHECK(plain_64 >= 64 * value);
    // With them, the inputs of the segments, the values of one, and a few on the way.
    CHECK(segments_16 <= (4 + 4 + 4) * value);
    CHECK(segments_64 <= (8 + 8 + 4) * value);
    CHECK(segments_64 < 0.35 * plain_64);
    CHECK(segments_64 < 2.2 * segments_16);
  }
}

TEST_CASE("peak memory is the same in every step") {
  const test::Fusing planned(fusing());
  const Perceptron net(16, 16, 256);
  net.peak(4, false);
  const std::size_t peak = net.peak(4, false);
  for (int i = 0; i < 5; ++i) CHECK(net.peak(4, false) == peak);
}

TEST_CASE("plans of checkpointed steps are found again") {
  const test::Fusing planned(true);
  const Perceptron net(8, 8, 16);
  for (int i = 0; i < 4; ++i) net.gradients(3);
  const std::size_t misses = plan_cache_stats().misses;
  for (int i = 0; i < 5; ++i) net.gradients(3);
  CHECK(plan_cache_stats().misses == misses);
}

TEST_CASE("values stay few with several threads") {
  const Perceptron net(64, 16, 1024);
  const std::size_t one = net.peak(8, false);
  const std::vector<Tensor> expected = net.gradients(8);
  set_num_threads(2);
  const std::size_t two = net.peak(8, false);
  const std::vector<Tensor> gradients = net.gradients(8);
  set_num_threads(1);
  CHECK(two <= one + one / 10);
  CHECK(different_bits(gradients, expected) == "");
}

TEST_CASE("random numbers inside are the same when they are computed again") {
  const Tensor w = linspace(-1, 1, 12).reshape({3, 4});
  const auto f = [&](const Tensor& t) { return where(rand({5, 4}) < 0.5, tanh(matmul(t, w)), 0) * randn({5, 4}); };
  const Tensor x = linspace(-1, 2, 15).reshape({5, 3});
  const auto gradients = [&](bool checkpointed) {
    manual_seed(7);
    const Tape tape;
    const Tensor y = sum(square(checkpointed ? checkpoint(f, x) : f(x)));
    const Tensor after = rand({3});
    const std::vector<Tensor> g = tape.gradient(y, {x, w});
    return std::vector<Tensor>{y, g[0], g[1], after, rand({2})};
  };
  CHECK(different_bits(gradients(true), gradients(false)) == "");
  CHECK(norm(gradients(true)[1]).item() > 0);
}

TEST_CASE("the function is called once, and recorded again only where a derivative reads it") {
  int calls = 0;
  const auto f = [&](const Tensor& t) {
    ++calls;
    return tanh(tanh(t));
  };
  const Tape tape;
  const Tensor x = tensor({1, 2});
  const Tensor y = checkpoint(f, x);
  CHECK(count("tanh") == 2);
  tape.gradient(sum(y), x).to_vector<float>();
  CHECK(count("tanh") == 4);
  CHECK(calls == 1);
  // Of something else nothing is.
  tape.gradient(sum(x * x), x);
  CHECK(count("tanh") == 4);
}

TEST_CASE("gradients flow to all that the function reads") {
  const Tensor x = tensor({1, 2}, float64), captured = tensor({3, -1}, float64), factor = 1.5;
  const auto values = [&](bool checkpointed) {
    const Tape tape;
    const Tensor inner = exp(captured);  // recorded before, so outside
    const auto f = [&](const std::vector<Tensor>& t) { return sin(t[0] * inner) * t[1] * captured * factor + t[0]; };
    const Tensor y = checkpointed ? checkpoint(f, {x, x}) : f({x, x});
    return tape.gradient(sum(y * y), {x, captured, inner, factor});
  };
  const std::vector<Tensor> actual = values(true), expected = values(false);
  for (std::size_t i = 0; i < actual.size(); ++i)
    CHECK(test::difference(actual[i], expected[i], {.rtol = 1e-14}) == "");
}

TEST_CASE("a function that gives its input, something captured or a constant has nothing to compute again") {
  const Tape tape;
  const Tensor x = tensor({1, 2}), captured = tensor({3, 4});
  CHECK(checkpoint([](const Tensor& t) { return t; }, x).same_as(x));
  CHECK(checkpoint([&](const Tensor&) { return captured; }, x).same_as(captured));
  CHECK(checkpoint([](const Tensor&) { return Tensor(2.0); }, x).item() == 2);
  const Tensor before = x * x;
  CHECK(checkpoint([&](const Tensor&) { return before; }, x).same_as(before));
  CHECK(checkpoint([](const Tensor& t) { return argmax(t); }, x).item() == 1);
  CHECK(count("checkpoint") == 0);
  // Nothing that depends on anything: no gradient.
  const Tensor y = checkpoint([](const Tensor&) { return ones({2}) * rand({2}); }, x);
  CHECK(test::difference(tape.gradient(sum(y), x, {.materialize_grads = true}), zeros({2})) == "");
}

TEST_CASE("without a tape checkpoint is the call itself") {
  const Tensor x = tensor({1, 2});
  CHECK(test::difference(checkpoint([](const Tensor& t) { return t * t; }, x), {1, 4}) == "");
  CHECK(count("checkpoint") == 0);
}

TEST_CASE("what the function throws goes through, and the tape stays usable") {
  const Tape tape;
  const Tensor x = tensor({1, 2});
  const auto failing = [](const Tensor& t) -> Tensor {
    exp(t);
    throw std::runtime_error("inside");
  };
  CHECK_THROWS_WITH_AS(checkpoint(failing, x), "inside", std::runtime_error);
  CHECK_THROWS_AS(checkpoint([](const Tensor& t) { return matmul(t, ones({3, 3})); }, x), Error);
  const Tensor y = checkpoint([](const Tensor& t) { return t * t * t; }, x);
  CHECK(test::difference(tape.gradient(sum(y), x), {3, 12}) == "");
  CHECK_THROWS_AS(checkpoint([](const Tensor&) { return Tensor(); }, x), Error);
  CHECK_THROWS_AS(checkpoint([](const Tensor& t) { return t; }, Tensor()), Error);
}

TEST_CASE("values that the function looks at are let go of when it returns") {
  constexpr std::size_t bytes = (1 << 16) * sizeof(float);
  const Tensor x = rand({1 << 16});
  eval(x);
  const Tape tape;
  const std::size_t before = memory_stats().live;
  double seen = 0;
  const Tensor y = checkpoint(
      [&](const Tensor& t) {
        Tensor h = t;
        for (int i = 0; i < 10; ++i) {
          h = tanh(h);
          seen += sum(h).item();
        }
        return sum(h);
      },
      x);
  y.item();
  CHECK(seen > 0);
  CHECK(memory_stats().live < before + bytes);
  Tensor plain = x;
  for (int i = 0; i < 10; ++i) plain = tanh(plain);
  CHECK(different_bits({tape.gradient(y, x)}, {tape.gradient(sum(plain), x)}) == "");
}

TEST_CASE("what the function hands out has its value and its own gradient") {
  const Tensor x = tensor({0.5, -1}, float64);
  const auto values = [&](bool checkpointed) {
    const Tape tape;
    Tensor penalty;
    const auto f = [&](const Tensor& t) {
      const Tensor h = tanh(t);
      penalty = sum(h * h);
      return exp(h);
    };
    const Tensor y = checkpointed ? checkpoint(f, x) : f(x);
    const Tensor loss = sum(y * y) + penalty;
    return std::vector<Tensor>{loss, tape.gradient(loss, x), penalty};
  };
  const std::vector<Tensor> actual = values(true), expected = values(false);
  for (std::size_t i = 0; i < actual.size(); ++i)
    CHECK(test::difference(actual[i], expected[i], {.rtol = 1e-14}) == "");
}

TEST_CASE("a gradient with respect to a tensor inside, through the result, is refused rather than wrong") {
  const Tape tape;
  const Tensor x = tensor({1, 2});
  Tensor inside;
  const Tensor y = checkpoint(
      [&](const Tensor& t) {
        inside = t * t;
        return inside * t;
      },
      x);
  const std::string message = test::error_of([&] { tape.gradient(sum(y), inside); });
  CHECK(message.find("inside") != std::string::npos);
  CHECK(message.find("(2,)") != std::string::npos);
  CHECK_THROWS_AS(tape.gradient(sum(y), {x, inside}), Error);
  CHECK(test::difference(tape.gradient(sum(inside), x), {2, 4}) == "");
  CHECK(test::difference(tape.gradient(sum(inside * inside), inside), {2, 8}) == "");
}

TEST_CASE("a function may take gradients inside") {
  const Tensor x = tensor({0.3, -0.7}, float64);
  const auto slope = [](const Tensor& t) {
    const Tape inner;
    return inner.gradient(sum(sin(t) * t), t);
  };
  CHECK(test::difference(gradient([&](const Tensor& t) { return sum(checkpoint(slope, t) * t); }, x),
                         gradient([&](const Tensor& t) { return sum(slope(t) * t); }, x), {.rtol = 1e-13}) == "");
}

TEST_CASE("checkpoints nest") {
  const Tensor x = linspace(-1, 1, 6, float64);
  const auto f = [](const Tensor& t) { return sin(t) * t; };
  const auto plain = [&](const Tensor& t) { return f(f(f(f(t)) + t)); };
  const auto nested = [&](const Tensor& t) {
    return checkpoint(
        [&](const Tensor& a) {
          const Tensor b = checkpoint([&](const Tensor& c) { return checkpoint(f, checkpoint(f, c)); }, a);
          return checkpoint(f, f(b + a));
        },
        t);
  };
  CHECK(different_bits({nested(x)}, {plain(x)}) == "");
  const auto total = [](const auto& g) { return [&g](const Tensor& t) { return sum(square(g(t))); }; };
  CHECK(test::difference(gradient(total(nested), x), gradient(total(plain), x), {.rtol = 1e-13, .atol = 1e-15}) == "");
  const Tensor v = linspace(1, 2, 6, float64);
  CHECK(test::difference(hvp(total(nested), x, v), hvp(total(plain), x, v), {.rtol = 1e-12, .atol = 1e-14}) == "");
}

TEST_CASE("derivatives of higher order, jvp, hvp, Jacobians and vmap go through") {
  const Tensor w = linspace(-1, 1, 9, float64).reshape({3, 3});
  const auto layer = [&](const Tensor& t) { return tanh(matmul(t, w)) * t; };
  const TensorFunction plain = [&](const Tensor& t) { return layer(layer(t)); };
  const TensorFunction segments = [&](const Tensor& t) { return checkpoint(layer, checkpoint(layer, t)); };
  const Tensor x = tensor({0.3, -0.8, 1.1}, float64), v = tensor({1, 2, -1}, float64);
  const test::Tolerance close{.rtol = 1e-12, .atol = 1e-14};
  const auto total = [](const TensorFunction& f) {
    return TensorFunction([f](const Tensor& t) { return sum(exp(f(t))); });
  };
  CHECK(test::difference(gradient(total(segments), x), gradient(total(plain), x), close) == "");
  CHECK(test::difference(jvp(segments, x, v).second, jvp(plain, x, v).second, close) == "");
  CHECK(test::difference(hvp(total(segments), x, v), hvp(total(plain), x, v), close) == "");
  CHECK(test::difference(jacobian(segments, x), jacobian(plain, x), close) == "");
  CHECK(test::difference(hessian(total(segments), x), hessian(total(plain), x), close) == "");
  const auto third = [&](const TensorFunction& f) {
    return gradient([&](const Tensor& t) { return sum(v * hvp(total(f), t, v)); }, x);
  };
  CHECK(test::difference(third(segments), third(plain), {.rtol = 1e-11, .atol = 1e-12}) == "");

  const Tensor batch = linspace(-1, 1, 12, float64).reshape({4, 3});
  CHECK(test::difference(vmap(segments)(batch), vmap(plain)(batch), close) == "");
  const auto slopes = [&](const TensorFunction& f) {
    return vmap(TensorFunction([f, &total](const Tensor& t) { return gradient(total(f), t); }));
  };
  CHECK(test::difference(slopes(segments)(batch), slopes(plain)(batch), close) == "");
  const auto outer = [&](const TensorFunction& f) {
    return gradient([&](const Tensor& t) { return sum(square(vmap(f)(t))); }, batch);
  };
  CHECK(test::difference(outer(segments), outer(plain), close) == "");
  const TensorFunction around = [&](const Tensor& t) { return checkpoint(vmap(plain), t); };
  CHECK(test::difference(gradient(total(around), batch), gradient(total(vmap(plain)), batch), close) == "");
}

TEST_CASE("a gradient of a gradient whose values have run is right") {
  const Tape tape;
  const Tensor x = tensor({0.3, -0.8}, float64);
  const Tensor y = sum(checkpoint([](const Tensor& t) { return sin(t) * t; }, x));
  y.item();
  const Tensor first = tape.gradient(y, x);
  first.to_vector<double>();
  const Tensor second = tape.gradient(sum(first * first), x);
  const auto plain = [](const Tensor& t) { return sum(sin(t) * t); };
  const Tensor expected = gradient([&](const Tensor& t) { return sum(square(gradient(plain, t))); }, x);
  CHECK(test::difference(second, expected, {.rtol = 1e-13}) == "");
}

TEST_CASE("more inputs than a node has bits for") {
  std::vector<Tensor> xs;
  for (int i = 0; i < 50; ++i) xs.push_back(tensor({0.1 * i, 1.0 - i}, float64));
  const auto f = [](const std::vector<Tensor>& in) {
    Tensor y = in.front();
    for (std::size_t i = 1; i < in.size(); ++i) y = tanh(y) * in[i];
    return y;
  };
  const auto gradients = [&](bool checkpointed, const std::vector<Tensor>& sources) {
    const Tape tape;
    return tape.gradient(sum(checkpointed ? checkpoint(f, xs) : f(xs)), sources);
  };
  CHECK(different_bits(gradients(true, xs), gradients(false, xs)) == "");
  CHECK(different_bits(gradients(true, {xs[40]}), gradients(false, {xs[40]})) == "");
}

TEST_CASE("several results are checkpointed together") {
  const Tensor x = linspace(-1, 1, 6, float64).reshape({2, 3});
  const TensorsToTensors f = [](const std::vector<Tensor>& in) {
    const Tensor trunk = tanh(in[0]) * in[0];
    return std::vector<Tensor>{sum(trunk, 1), exp(trunk), sum(trunk)};
  };
  const auto values = [&](bool checkpointed) {
    const Tape tape;
    std::vector<Tensor> y = checkpointed ? checkpoint(f, {x}) : f({x});
    y.push_back(tape.gradient(sum(square(y[0])) + sum(y[1]) * y[2], x));
    return y;
  };
  const std::vector<Tensor> actual = values(true), expected = values(false);
  REQUIRE(actual.size() == 4);
  for (std::size_t i = 0; i < actual.size(); ++i)
    CHECK(test::difference(actual[i], expected[i], {.rtol = 1e-13, .atol = 1e-15}) == "");
  const Tape tape;
  CHECK_THROWS_AS(checkpoint(TensorsToTensors([](const auto& in) {
                               return std::vector<Tensor>{in[0], in[0].to(float32)};
                             }),
                             {x}),
                  Error);
  CHECK_THROWS_AS(checkpoint(TensorsToTensors([](const auto& in) { return std::vector<Tensor>{argmax(in[0])}; }), {x}),
                  Error);
}

TEST_CASE("a checkpointed custom function keeps its own derivative") {
  const Custom doubled = custom(
      "doubled", [](const std::vector<Tensor>& in) { return in[0] * 2; },
      [](const std::vector<Tensor>&, const Tensor&, const Tensor& cotangent) {
        return std::vector<Tensor>{cotangent * 5};
      });
  const Tensor x = tensor({1, 2});
  const Tensor g =
      gradient([&](const Tensor& t) { return sum(checkpoint([&](const Tensor& s) { return doubled(s) * s; }, t)); }, x);
  CHECK(test::difference(g, {1 * 5 + 2, 2 * 5 + 4}) == "");
}

TEST_CASE("a long chain of checkpoints costs time in proportion") {
  // A thousand segments of a few nodes each: quadratic work would be seen in the time limit of the sanitizers' builds.
  const Tape tape;
  const Tensor x = tensor({0.5, 1});
  Tensor y = x;
  for (int i = 0; i < 3000; ++i) y = checkpoint([](const Tensor& t) { return t * 0.5 + 0.5; }, y);
  const Tensor g = tape.gradient(sum(y), x);
  CHECK(test::difference(g, {0, 0}) == "");
  CHECK(tape.size() < 60'000);
}

}  // namespace xgrad
