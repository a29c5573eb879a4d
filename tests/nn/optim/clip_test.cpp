#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include <autograd/run/run.hpp>
#include <nn/nn.hpp>

#include "../../autograd/expect.hpp"
#include "../../autograd/fusing.hpp"

namespace xgrad::optim {

using test::difference;
using test::error_of;
using test::lacks;

constexpr double infinity = std::numeric_limits<double>::infinity();

TEST_CASE("gradients above the norm are scaled to it together, others stay as they are") {
  const std::vector<Tensor> gradients{tensor({3, 0}, float64), tensor({{-4}}, float64)};
  const auto [clipped, norm] = clip_grad_norm(gradients, 1);
  CHECK(norm.item() == doctest::Approx(5));
  CHECK(difference(clipped[0], tensor({0.6, 0}, float64), {.rtol = 1e-6}) == "");
  CHECK(difference(clipped[1], tensor({{-0.8}}, float64), {.rtol = 1e-6}) == "");
  const auto [same, small] = clip_grad_norm(gradients, 10);
  CHECK(difference(same[0], gradients[0]) == "");
  CHECK(clip_grad_norm(gradients, 1, infinity).norm.item() == 4);
  CHECK(clip_grad_norm(gradients, 1, 1).norm.item() == 7);
  CHECK(clip_grad_norm(gradients, 1, 3).norm.item() == doctest::Approx(std::cbrt(27 + 64)));
  CHECK(clip_grad_norm({}, 1).norm.item() == 0);
  CHECK(difference(clip_grad_norm({zeros({2})}, 0).gradients[0], zeros({2})) == "");
}

TEST_CASE("gradients of both floating-point types have one norm, and keep their types") {
  for (const double p : {1.0, 2.0, 3.0, infinity}) {
    const std::vector<Tensor> gradients{tensor({3, 0}), tensor({{-4}}, float64), zeros({0})};
    const auto [clipped, norm] = clip_grad_norm(gradients, 0.5, p);
    const double expected = std::isinf(p) ? 4 : std::pow(std::pow(3, p) + std::pow(4, p), 1 / p);
    CHECK(norm.item() == doctest::Approx(expected));
    CHECK(difference(clipped[0], gradients[0] * (0.5 / expected), {.rtol = 1e-5}) == "");
    CHECK(difference(clipped[1], gradients[1] * (0.5 / expected), {.rtol = 1e-5}) == "");
    CHECK(clipped[2].size() == 0);
  }
}

TEST_CASE("one entry that is NaN shows in the norm and in every gradient") {
  const auto [clipped, norm] = clip_grad_norm({tensor({1, NAN}), tensor({2})}, 1);
  CHECK(std::isnan(norm.item()));
  CHECK(std::isnan(clipped[1].item()));
}

TEST_CASE("clipped gradients can be differentiated, as any other values") {
  // Where it clips, the result has the same norm for any gradient: its derivative along the gradient vanishes, but for
  // the 1e-6 in the denominator.
  const Tensor g = tensor({3, 4}, float64);
  const Tape tape;
  const std::vector<Tensor> clipped = clip_grad_norm({g}, 1).gradients;
  const Tensor derivative = tape.gradient(sum(square(clipped[0])), g);
  CHECK(std::abs(sum(derivative * g).item()) < 1e-6);
}

TEST_CASE("values are held within a bound") {
  CHECK(difference(clip_grad_value({tensor({-3, 0.5, 2})}, 1)[0], {-1, 0.5, 1}) == "");
}

TEST_CASE("clipping refuses bounds below 0, norms that are none, and what is no gradient") {
  CHECK(lacks(error_of([] { clip_grad_norm({ones({1})}, -1); }), {"clip_grad_norm", "max_norm", "-1"}) == "");
  CHECK(lacks(error_of([] { clip_grad_norm({ones({1})}, 1, 0); }), {"clip_grad_norm", "norm_type", "0"}) == "");
  CHECK(lacks(error_of([] { clip_grad_value({zeros({2}, int64)}, 1); }), {"clip_grad_value", "int64 (2,)"}) == "");
  CHECK(lacks(error_of([] { clip_grad_value({ones({1})}, -0.5); }), {"bound", "-0.5"}) == "");
}

TEST_CASE("gradients of parts add up to that of the whole batch, in constant memory") {
  const nn::Linear linear(5, 3, {.dtype = float64});
  Generator generator(4);
  const Tensor x = randn({12, 5}, float64, generator), target = randn({12, 3}, float64, generator);
  eval({x, target});
  const std::vector<nn::Parameter> parameters{linear.weight, linear.bias};
  const auto gradient_of = [&](std::int64_t from, std::int64_t to) {
    const Tape tape;
    const Tensor loss = nn::mse_loss(linear(slice(x, 0, from, to)), slice(target, 0, from, to));
    return tape.gradient(loss, {linear.weight, linear.bias});
  };
  const std::vector<Tensor> whole = gradient_of(0, 12);
  GradientAccumulator accumulator;
  for (const auto& [from, to] : std::vector<std::pair<std::int64_t, std::int64_t>>{{0, 3}, {3, 4}, {4, 12}})
    accumulator.add(gradient_of(from, to), static_cast<double>(to - from));
  CHECK(accumulator.weight() == 12);
  const std::vector<Tensor> mean = accumulator.mean();
  for (std::size_t i = 0; i < whole.size(); ++i)
    CHECK(difference(mean[i], whole[i], {.rtol = 1e-12, .atol = 1e-14}) == "");
  CHECK(accumulator.weight() == 0);

  std::size_t after_three = 0;
  for (int i = 0; i < 50; ++i) {
    accumulator.add(gradient_of(0, 12));
    if (i == 3) after_three = memory_stats().live;
  }
  CHECK(memory_stats().live == after_three);
  CHECK(difference(accumulator.sum()[0], 50 * whole[0], {.rtol = 1e-12}) == "");
}

TEST_CASE("an accumulator adds in place, and never into what it was given or gave") {
  const test::Fusing planned(true);
  const int threads = num_threads();
  set_num_threads(1);
  const Tensor part = ones({1000, 100});
  eval(part);
  GradientAccumulator accumulator;
  accumulator.add({part});
  accumulator.add({part});
  reset_peak_memory();
  const std::size_t before = memory_stats().live;
  for (int i = 0; i < 3; ++i) accumulator.add({part}, 2);
  // Small change: numbers of a plan, and the like.
  CHECK(memory_stats().peak < before + 100'000);
  const Tensor given = accumulator.sum()[0];
  accumulator.add({given});
  accumulator.add({part});
  CHECK(difference(given, full({1000, 100}, 8)) == "");
  CHECK(difference(part, ones({1000, 100})) == "");
  set_num_threads(threads);
}

TEST_CASE("an accumulator keeps its sum where the run of a part fails") {
  GradientAccumulator accumulator;
  accumulator.add({ones({2})}, 3);
  const Tensor failing = take(ones({2}), tensor({0, 5}, int64));
  CHECK(error_of([&] { accumulator.add({failing}); }) != "no Error");
  CHECK(accumulator.weight() == 3);
  CHECK(difference(accumulator.mean()[0], ones({2})) == "");
}

TEST_CASE("an accumulator refuses what does not fit what it has, and to give what it has not") {
  GradientAccumulator accumulator;
  CHECK(lacks(error_of([&] { accumulator.mean(); }), {"no gradients"}) == "");
  accumulator.add({ones({2})});
  CHECK(lacks(error_of([&] { accumulator.add({ones({3})}); }), {"gradient 0", "(3,)", "(2,)"}) == "");
  CHECK(lacks(error_of([&] { accumulator.add({ones({2}), ones({2})}); }), {"2 gradients", "1"}) == "");
  CHECK(lacks(error_of([&] { accumulator.add({ones({2})}, 0); }), {"weight", "0"}) == "");
  CHECK(lacks(error_of([&] { accumulator.add({ones({2})}, infinity); }), {"weight is inf"}) == "");
  CHECK(difference(accumulator.sum()[0], ones({2})) == "");
}

}  // namespace xgrad::optim
