#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include <autograd/autograd.hpp>
#include <data/loader.hpp>
#include <data/mixing.hpp>
#include <data/transform.hpp>
#include <nn/nn.hpp>

#include "files.hpp"

namespace xgrad::data {
namespace {

using test::error_of;
using test::holds;
using Values = std::vector<float>;

/// Images of one value each: image i of 8x10 pixels i, with the label i.
Dataset<Batch> plain(std::int64_t count, std::int64_t channels = 1) {
  return Dataset<Batch>(count, [=](std::int64_t i) { return Batch{ones({channels, 8, 10}) * i, Tensor(i)}; });
}

/// The weight of a sample's own label, and the label of its partner, from probabilities.
struct Found {
  double weight = 0;
  std::int64_t partner = 0;
};
Found found(const Values& shares, std::int64_t own) {
  double sum = 0;
  for (const float share : shares) sum += share;
  CHECK(sum == doctest::Approx(1));
  for (std::size_t i = 0; i < shares.size(); ++i)
    if (static_cast<std::int64_t>(i) != own && shares[i] > 0)
      return {shares[static_cast<std::size_t>(own)], static_cast<std::int64_t>(i)};
  return {1, own};
}

}  // namespace

TEST_CASE("mixup mixes images and labels by one weight, with any partner") {
  const Dataset<Batch> set = mixup(plain(5), {.num_classes = 5});
  CHECK(set.size() == 5);
  std::set<std::int64_t> partners;
  std::vector<double> weights;
  for (std::int64_t epoch = 0; epoch < 400; ++epoch) {
    const Batch sample = set.get(2, {.seed = 1, .epoch = epoch});
    REQUIRE(sample.labels.dtype() == float32);
    REQUIRE(sample.labels.shape() == Shape{5});
    const auto [weight, partner] = found(sample.labels.to_vector<float>(), 2);
    partners.insert(partner);
    for (const float value : sample.images.to_vector<float>())
      CHECK(value == doctest::Approx(2 * weight + static_cast<double>(partner) * (1 - weight)));
    if (partner != 2) weights.push_back(weight);
  }
  CHECK(partners == std::set<std::int64_t>{0, 1, 2, 3, 4});
  // Beta(1, 1) is uniform: mean 1/2, variance 1/12.
  const double mean = std::accumulate(weights.begin(), weights.end(), 0.0) / static_cast<double>(weights.size());
  CHECK(mean == doctest::Approx(0.5).epsilon(0.15));
}

TEST_CASE("the weights of mixup follow the Beta distribution") {
  const Dataset<Batch> two = plain(2);
  for (const double alpha : {0.01, 0.2, 1.0, 4.0}) {
    CAPTURE(alpha);
    double sum = 0, squares = 0, count = 0;
    const Dataset<Batch> set = mixup(two, {.alpha = alpha, .num_classes = 2});
    for (std::int64_t epoch = 0; epoch < 3000; ++epoch) {
      const auto [weight, partner] = found(set.get(0, {.epoch = epoch}).labels.to_vector<float>(), 0);
      if (partner == 0) continue;
      sum += weight, squares += (weight - 0.5) * (weight - 0.5), ++count;
    }
    // A weight that is 1 to the last bit looks like a partner of the same label: alpha = 0.01 has many of these, and
    // as many near 0, which count.
    if (alpha >= 0.2) CHECK(sum / count == doctest::Approx(0.5).epsilon(0.1));
    if (alpha >= 0.2) CHECK(squares / count == doctest::Approx(1 / (4 * (2 * alpha + 1))).epsilon(0.1));
    if (alpha < 0.2) CHECK(squares / count > 0.23);
  }
}

TEST_CASE("cutmix puts a rectangle of the partner in, and mixes labels by its area") {
  const Dataset<Batch> set = cutmix(plain(4, 2), {.num_classes = 4});
  std::set<std::int64_t> areas;
  for (std::int64_t epoch = 0; epoch < 400; ++epoch) {
    const Batch sample = set.get(3, {.epoch = epoch});
    const auto [weight, partner] = found(sample.labels.to_vector<float>(), 3);
    const Values values = sample.images.to_vector<float>();
    REQUIRE(values.size() == 160);
    std::int64_t top = 8, bottom = -1, begin = 10, end = -1, area = 0;
    for (std::int64_t y = 0; y < 8; ++y)
      for (std::int64_t x = 0; x < 10; ++x) {
        const float value = values[static_cast<std::size_t>(10 * y + x)];
        REQUIRE(value == values[static_cast<std::size_t>(80 + 10 * y + x)]);
        if (value == 3) continue;
        CHECK(value == static_cast<float>(partner));
        ++area;
        top = std::min(top, y), bottom = std::max(bottom, y), begin = std::min(begin, x), end = std::max(end, x);
      }
    if (area > 0) CHECK(area == (bottom - top + 1) * (end - begin + 1));
    CHECK(weight == doctest::Approx(1 - static_cast<double>(area) / 80));
    areas.insert(area);
  }
  CHECK(areas.size() > 15);
}

TEST_CASE("mixed samples follow from seed, epoch and index, also behind transforms and each other") {
  const Dataset<Batch> base = transformed(plain(20), random_shift(2) | random_horizontal_flip());
  const Dataset<Batch> set = cutmix(mixup(base, {.alpha = 0.4, .num_classes = 20}), {.num_classes = 20});
  const auto epoch = [&](const LoaderOptions& options) {
    Values all;
    for (const auto& [x, y] : Loader(set, options)) {
      CHECK(y.shape() == Shape{x.size(0), 20});
      std::ranges::copy(x.data<float>(), std::back_inserter(all));
      std::ranges::copy(y.data<float>(), std::back_inserter(all));
    }
    return all;
  };
  const Values expected = epoch({.batch_size = 5, .seed = 3, .prefetch = 0});
  CHECK(epoch({.batch_size = 5, .seed = 3, .workers = 3}) == expected);
  CHECK(epoch({.batch_size = 5, .seed = 4}) != expected);
  const Batch whole = set.all({.seed = 3}), one = set.get(7, {.seed = 3});
  CHECK(whole.images[7].to_vector<float>() == one.images.to_vector<float>());
  CHECK(whole.labels[7].to_vector<float>() == one.labels.to_vector<float>());
}

TEST_CASE("mixed labels train a model") {
  const Dataset<Batch> set = mixup(plain(4), {.num_classes = 4});
  nn::Sequential model{nn::Flatten(), nn::Linear(80, 4)};
  for (const auto& [x, y] : Loader(set, {.batch_size = 4})) {
    Tape tape;
    const Tensor loss = nn::cross_entropy(model(x), y);
    CHECK(std::isfinite(loss.item()));
    for (const Tensor& gradient : tape.gradient(loss, model.parameters())) CHECK(max(abs(gradient)).item() > 0);
  }
}

TEST_CASE("options and samples that cannot be mixed are refused") {
  CHECK(holds(error_of([] { mixup(plain(2), {.alpha = 0}); }), {"mixup", "alpha is 0", "above 0"}));
  CHECK(holds(error_of([] { cutmix(plain(2), {.num_classes = 0}); }), {"cutmix", "num_classes is 0"}));
  CHECK(holds(error_of([] { mixup(plain(3), {.num_classes = 2}).all(); }), {"mixup", "a label is 2", "2"}));
  const Dataset<Batch> soft(2, [](std::int64_t i) { return Batch{ones({1, 2, 2}), ones({3}) * i}; });
  CHECK(holds(error_of([&] { cutmix(soft, {.num_classes = 4}).all(); }), {"cutmix", "float32 (3,)", "(4,)"}));
  const Dataset<Batch> rows(2, [](std::int64_t i) { return Batch{ones({4}), Tensor(i)}; });
  CHECK(mixup(rows).all().images.shape() == Shape{2, 4});
  CHECK(holds(error_of([&] { cutmix(rows).all(); }), {"cutmix", "(4,)", "(height, width)"}));
  const Dataset<Batch> uneven(9, [](std::int64_t i) { return Batch{ones({1, 2 + i, 2}), Tensor(i)}; });
  CHECK(holds(error_of([&] { mixup(uneven).all(); }), {"mixup", "2)"}));
}

}  // namespace xgrad::data
