#include <doctest/doctest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include <autograd/autograd.hpp>
#include <autograd/run/run.hpp>
#include <nn/nn.hpp>

#include "../autograd/way.hpp"

// What float32 can lose where numbers are large, tiny or many, against float64 or against what is known. Each test
// goes node by node, by a plan, and by a plan with compiled loops.
namespace xgrad {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

/// Calls f once in each tier.
void in_every_tier(const std::function<void()>& f) {
  for (const char* tier : {"node by node", "planned", "compiled"}) {
    CAPTURE(std::string(tier));
    const test::Way way(std::string(tier) != "node by node", Planning::always,
                        std::string(tier) == "compiled" ? Compiling::always : Compiling::never);
    f();
  }
}

/// The largest absolute difference, NaN where one is NaN.
double difference(const Tensor& a, const Tensor& b) {
  const Tensor apart = abs(a.to(float64) - b.to(float64));
  return max(apart).item<double>();
}

std::vector<float> floats(const Tensor& x) { return x.to_vector<float>(); }

}  // namespace

TEST_CASE("batch norm of float32 numbers around 10,000 with variance 1 is that of float64 to 1e-3, gradients too") {
  manual_seed(2);
  // The same numbers in both: what float32 holds.
  const Tensor x = cast(randn({256, 40}, float64) + 1e4, float32);
  const Tensor images = cast(randn({16, 5, 12, 12}, float64) + 1e4, float32);
  const Tensor wanted = rand({256, 40}), wanted_of_images = rand({16, 5, 12, 12});
  eval({x, images, wanted, wanted_of_images});
  struct Results {
    Tensor value, gradient, image_value, image_gradient, variance;
  };
  const auto results = [&](DType dtype) {
    nn::BatchNorm1d norm(40, {.dtype = dtype});
    nn::BatchNorm2d image_norm(5, {.dtype = dtype});
    const Tape tape;
    const Tensor a = x.to(dtype), b = images.to(dtype);
    Results all{.value = norm(a), .gradient = {}, .image_value = image_norm(b), .image_gradient = {}, .variance = {}};
    const std::vector<Tensor> gradients =
        tape.gradient(sum(all.value * wanted.to(dtype)) + sum(all.image_value * wanted_of_images.to(dtype)), {a, b});
    all.gradient = gradients[0];
    all.image_gradient = gradients[1];
    all.variance = norm.running_var;
    eval({all.value, all.gradient, all.image_value, all.image_gradient, all.variance});
    return all;
  };
  in_every_tier([&] {
    const Results narrow = results(float32), wide = results(float64);
    CHECK(difference(narrow.value, wide.value) < 1e-3);
    CHECK(difference(narrow.image_value, wide.image_value) < 1e-3);
    CHECK(difference(narrow.gradient, wide.gradient) < 1e-3);
    CHECK(difference(narrow.image_gradient, wide.image_gradient) < 1e-3);
    CHECK(difference(narrow.variance, wide.variance) < 1e-3);
  });
}

TEST_CASE("variance and standard deviation of float32 numbers around 10,000 are those of float64") {
  manual_seed(3);
  const Tensor x = cast(randn({1000, 7}, float64) + 1e4, float32);
  eval(x);
  in_every_tier([&] {
    CHECK(difference(var(x, 0), var(x.to(float64), 0)) < 1e-5);
    CHECK(difference(xgrad::std(x, 0), xgrad::std(x.to(float64), 0)) < 1e-5);
    CHECK(difference(var(x.T(), 1), var(x.T().to(float64), 1)) < 1e-5);
  });
}

TEST_CASE("softmax, log_softmax and logsumexp of scores of any size neither overflow nor lose the sum") {
  in_every_tier([&] {
    for (const DType dtype : {float32, float64}) {
      const double huge = dtype == float32 ? 3e38 : 1e308;
      const double rounding = dtype == float32 ? 1e-6 : 1e-15;
      const Tensor equal = full({3, 50}, huge, dtype);
      CHECK(difference(softmax(equal), full({3, 50}, 0.02, dtype)) < rounding);
      CHECK(difference(softmax(-equal), full({3, 50}, 0.02, dtype)) < rounding);
      const Tensor apart = tensor({{huge, -huge, 0}, {-huge, -huge, -huge}}, float64).to(dtype);
      CHECK(difference(softmax(apart), tensor({{1, 0, 0}, {1. / 3, 1. / 3, 1. / 3}}, float64).to(dtype)) < rounding);
      CHECK(logsumexp(full({1000}, 1e4, dtype)).item<double>() ==
            doctest::Approx(1e4 + std::log(1000.0)).epsilon(1e-7));
      CHECK(logsumexp(full({1000}, -1e4, dtype)).item<double>() ==
            doctest::Approx(-1e4 + std::log(1000.0)).epsilon(1e-7));
      CHECK(logsumexp(tensor({-infinity, 3.0}).to(dtype)).item<double>() == doctest::Approx(3));
      CHECK(logsumexp(tensor({infinity, 3.0}).to(dtype)).item<double>() == infinity);
      // exp(-200) is 0 in float32, but its logarithm is there.
      CHECK(difference(log_softmax(tensor({{0.0, -200.0}}).to(dtype)), tensor({{0.0, -200.0}}).to(dtype)) < rounding);
      const std::vector<float> masked = floats(softmax(tensor({{-infinity, 0.0, -infinity}}).to(dtype)));
      CHECK(masked == std::vector<float>{0, 1, 0});
    }
  });
}

TEST_CASE("cross entropy of sure answers is exact at both ends, and so is its gradient") {
  in_every_tier([&] {
    const Tensor logits = tensor({{1e4, -1e4, 0}, {1e4, -1e4, 0}});
    const Tensor labels = tensor(std::vector<std::int64_t>{0, 1});
    const Tape tape;
    const Tensor losses = nn::cross_entropy(logits, labels, {.reduction = nn::Reduction::none});
    const Tensor gradient = tape.gradient(sum(losses), logits);
    CHECK(floats(losses) == std::vector<float>{0, 2e4});
    CHECK(floats(gradient) == std::vector<float>{0, 0, 0, 1, -1, 0});
    // Between probabilities and logits: a probability of 1 - 1e-8 is 1 in float32, its loss 1e-8.
    const Tensor sure = tensor({20.0, -20.0, 100.0, -100.0});
    const Tensor yes = ones({4});
    const Tensor loss = nn::binary_cross_entropy_with_logits(sure, yes, {.reduction = nn::Reduction::none});
    const std::vector<float> found = floats(loss);
    CHECK(found[0] == doctest::Approx(2.0611537e-9).epsilon(1e-5));
    CHECK(found[1] == doctest::Approx(20).epsilon(1e-6));
    CHECK(found[2] < 1e-40f);
    CHECK(found[3] == doctest::Approx(100).epsilon(1e-6));
  });
}

TEST_CASE("sums of a hundred million float32 numbers are right to six digits, where a running sum has none") {
  // One running float32 sum of ones would stop at 2^24, one of tenths at 2^21.
  constexpr std::int64_t count = 100'000'000;
  const Tensor tenths = full({count}, 0.1);
  eval(tenths);
  const auto exact = static_cast<double>(0.1f);
  in_every_tier([&] {
    CHECK(std::abs(sum(tenths).item<double>() / (count * exact) - 1) < 1e-6);
    CHECK(std::abs(mean(tenths).item<double>() / exact - 1) < 1e-6);
    // By rows, by columns, and in a loop that computes on its way.
    const Tensor table = tenths.reshape({10'000, 10'000});
    CHECK(difference(sum(table, 0), full({10'000}, 1e4 * exact, float64)) < 1e-6 * 1e3);
    CHECK(difference(sum(table, 1), full({10'000}, 1e4 * exact, float64)) < 1e-6 * 1e3);
    CHECK(std::abs(sum(square(tenths)).item<double>() / (count * exact * exact) - 1) < 1e-6);
    CHECK(sum(ones({count})).item<double>() == count);
  });
}

TEST_CASE("denormal numbers are numbers: they are added, multiplied, compared and kept") {
  constexpr float tiny = 1e-40f;  // below 1.2e-38, the smallest normal one
  in_every_tier([&] {
    const Tensor x = full({1000}, tiny);
    eval(x);
    CHECK(floats(x + x)[7] == tiny + tiny);
    CHECK(floats(x * 0.5)[7] == tiny * 0.5f);
    CHECK(floats(x * 1e10)[7] == tiny * 1e10f);
    CHECK(floats(x / 2 + x)[999] == tiny / 2 + tiny);
    CHECK(floats(tensor({1e-30f}) * tensor({1e-10f}))[0] == 1e-30f * 1e-10f);
    CHECK(all(greater(x, 0)).item<bool>());
    CHECK(floats(maximum(x, 0))[0] == tiny);
    CHECK(floats(relu(x))[0] == tiny);
    CHECK(floats(exp(full({9}, -95.0)))[8] == doctest::Approx(std::exp(-95.0)).epsilon(1e-3));
    CHECK(sum(x).item<double>() == doctest::Approx(1000.0 * static_cast<double>(tiny)).epsilon(1e-3));
    CHECK(floats(matmul(full({4, 8}, 1e-20f), full({8, 4}, 1e-20f)))[0] ==
          doctest::Approx(8 * static_cast<double>(1e-20f * 1e-20f)).epsilon(1e-3));
    const Tape tape;
    CHECK(floats(tape.gradient(sum(x * tiny), x))[3] == tiny);
  });
}

}  // namespace xgrad
