#include <examples/gan.hpp>

#include <cmath>

#include <doctest/doctest.h>

#include <autograd/autograd.hpp>
#include <data/toy.hpp>
#include <examples/energy_distance.hpp>

using namespace xgrad;
using namespace xgrad::examples;

TEST_CASE("the loss of a linear critic, and its gradient, are those of the formulas") {
  manual_seed(1);
  const nn::Linear critic(2, 1);
  critic.weight.set(tensor({{3, 4}}));  // of norm 5 everywhere
  const Tensor real = randn({20, 2}) + 1, fake = randn({20, 2});
  Tape tape;
  const CriticLoss found = critic_loss(critic, real, fake, 2);
  const Tensor slope = tape.gradient(found.loss, critic.weight);
  const Tensor apart = mean(real, 0) - mean(fake, 0);
  const double distance = sum(apart * tensor({3, 4})).item();
  CHECK(found.slope_norm.item() == doctest::Approx(5));
  CHECK(found.distance.item() == doctest::Approx(distance).epsilon(1e-5));
  CHECK(found.loss.item() == doctest::Approx(2 * 16 - distance).epsilon(1e-5));
  // The gradient of 2 (|w| - 1)^2 is 4 (|w| - 1) w / |w|.
  CHECK(allclose(slope, expand_dims(16 * tensor({3, 4}) / 5 - apart, 0), {.rtol = 1e-5, .atol = 1e-5}));
}

TEST_CASE("a few steps bring generated points nearer to the data") {
  const Tensor points = data::make_moons({.n_samples = 500, .noise = 0.05, .seed = 1}).all().data;
  std::vector<double> distances;
  train_gan(points, {.units = 32, .batch = 64, .steps = 100, .lr = 3e-3, .report_every = 100},
            [&](const GanProgress& now, const Gan& gan) {
              CHECK(std::isfinite(now.distance));
              distances.push_back(energy_distance(gan.sample(500), points).item());
            });
  REQUIRE(distances.size() == 2);
  CHECK(distances.back() < 0.7 * distances.front());
}

TEST_CASE("the energy distance is that of the pairs' distances") {
  // Pairs of one of each: 1, 3, 1, 1. Pairs within: 2 and 2.
  CHECK(energy_distance(tensor({{0}, {2}}), tensor({{1}, {3}})).item() == doctest::Approx(2 * 1.5 - 2 - 2));
  manual_seed(2);
  const Tensor x = randn({2000, 3});
  CHECK(std::abs(energy_distance(x, randn({2000, 3})).item()) < 0.01);
  CHECK(energy_distance(x, randn({2000, 3}) + 0.5).item() > 0.1);
}

TEST_CASE("principal axes are directions in which samples vary most, of length 1") {
  manual_seed(3);
  const Tensor directions = tensor({{0.6, 0.8, 0}, {-0.8, 0.6, 0}, {0, 0, 1}});
  const Tensor x = matmul(randn({5000, 3}) * tensor({1, 5, 0.1}), directions) + 7;
  const Tensor axes = principal_axes(x, 2);
  CHECK(axes.shape() == Shape{3, 2});
  CHECK(abs(dot(axes[{Slice{}, 1}], directions[1])).item() == doctest::Approx(1).epsilon(1e-3));
  CHECK(abs(dot(axes[{Slice{}, 0}], directions[0])).item() == doctest::Approx(1).epsilon(1e-3));
}
