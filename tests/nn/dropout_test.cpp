#include <doctest/doctest.h>

#include <cmath>

#include <autograd/differentiate/gradcheck.hpp>
#include <autograd/ops.hpp>
#include <nn/dropout.hpp>

#include "../autograd/expect.hpp"

namespace xgrad::nn {

using test::difference;
using test::error_of;
using test::lacks;

TEST_CASE("dropout zeroes entries with probability p and scales the others") {
  manual_seed(1);
  const Dropout dropout(0.25);
  const std::vector<float> y = dropout(ones({200, 200}) * 3).to_vector<float>();
  std::size_t zeros = 0;
  for (const float value : y) {
    CHECK((value == 0 || value == doctest::Approx(4)));
    zeros += value == 0;
  }
  // 40,000 draws: the share's standard error is 0.0022.
  CHECK(static_cast<double>(zeros) / 40000 == doctest::Approx(0.25).epsilon(0.04));
}

TEST_CASE("dropout draws anew in every call, and again from the same seed") {
  const Dropout dropout(0.5);
  manual_seed(1);
  const Tensor a = dropout(ones({100})), b = dropout(ones({100}));
  manual_seed(1);
  const Tensor c = dropout(ones({100}));
  CHECK(difference(a, b) != "");
  CHECK(difference(a, c) == "");
}

TEST_CASE("the gradient of dropout has the mask of its value") {
  const Dropout dropout(0.5);
  const Tape tape;
  const Tensor x = ones({50}, float64);
  const Tensor y = dropout(x);
  CHECK(difference(tape.gradient(sum(y), x), y) == "");
}

TEST_CASE("dropout does nothing in evaluation and with p = 0, and drops all with p = 1") {
  Dropout dropout(0.5);
  const Tensor x = tensor({1, 2, 3});
  CHECK(difference(Dropout(0)(x), x) == "");
  CHECK(difference(Dropout(1)(x), {0, 0, 0}) == "");
  dropout.eval();
  CHECK(dropout(x).same_as(x));
}

TEST_CASE("dropout of channels zeroes whole ones") {
  manual_seed(3);
  /// How many channels, the first `channel_axes` axes, are zero throughout; the others must be 2 throughout.
  const auto zero_channels = [](const Tensor& y, int channel_axes) {
    std::int64_t count = 1;
    for (int axis = 0; axis < channel_axes; ++axis) count *= y.shape()[axis];
    const Tensor channels = y.reshape({count, y.size() / count});
    const Tensor low = min(channels, 1), high = max(channels, 1);
    CHECK(difference(low, high) == "");
    CHECK(all(logical_or(equal(high, 0), equal(high, 2))).item<bool>());
    return sum(equal(high, 0)).item<std::int64_t>();
  };
  // 400 draws of probability 0.5: the standard error is 10.
  const std::int64_t dropped[] = {
      zero_channels(Dropout1d()(ones({20, 20, 7})), 2),       zero_channels(Dropout1d()(ones({400, 7})), 1),
      zero_channels(Dropout2d()(ones({20, 20, 3, 2})), 2),    zero_channels(Dropout2d()(ones({20, 20, 3})), 2),
      zero_channels(Dropout3d()(ones({20, 20, 2, 1, 2})), 2), zero_channels(Dropout3d()(ones({400, 2, 1, 2})), 1)};
  for (const std::int64_t count : dropped) CHECK(std::abs(count - 200) < 50);
}

TEST_CASE("alpha dropout keeps mean 0 and variance 1, and puts SELU's limit where it drops") {
  manual_seed(4);
  const double p = 0.3, limit = -1.7580993408473766;
  const double scale = 1 / std::sqrt((1 - p) * (1 + p * limit * limit)), shift = -scale * p * limit;
  const Tensor x = randn({400, 500}), y = AlphaDropout(p)(x);
  // 200,000 draws: the standard error of the mean is 0.002.
  CHECK(std::abs(mean(y).item()) < 0.01);
  CHECK(std::abs(var(y).item() - 1) < 0.02);
  const Tensor kept = less(abs(y - (scale * x + shift)), 1e-5), gone = less(abs(y - (scale * limit + shift)), 1e-5);
  CHECK(all(logical_or(kept, gone)).item<bool>());
  CHECK(std::abs(mean(cast(gone, float32)).item() - p) < 0.01);

  const Tensor channels = FeatureAlphaDropout(p)(zeros({50, 40, 3}));
  CHECK(difference(min(channels, 2), max(channels, 2)) == "");
  CHECK(difference(AlphaDropout(1)(tensor({1, 2})), {0, 0}) == "");
  CHECK(difference(FeatureAlphaDropout(0)(x), x) == "");
  AlphaDropout quiet(0.5);
  quiet.eval();
  CHECK(quiet(x).same_as(x));
  CHECK(to_string(AlphaDropout(0.1)) == "AlphaDropout(p=0.1)");
  CHECK(to_string(Dropout2d()) == "Dropout2d(p=0.5)");
}

TEST_CASE("dropout refuses a p that is no probability") {
  CHECK(lacks(error_of([] { Dropout(1.5); }), {"Dropout", "p is 1.5", "[0, 1]"}) == "");
  CHECK(lacks(error_of([] { Dropout(-0.1); }), {"p is -0.1"}) == "");
}

}  // namespace xgrad::nn
