#include <doctest/doctest.h>

#include <cmath>
#include <map>
#include <numbers>

#include <autograd/ops.hpp>
#include <data/toy.hpp>

#include "files.hpp"

namespace xgrad::data {
namespace {

using test::holds;

/// The features of an example, and its label or target.
struct Row {
  std::vector<double> x;
  double y;
};
std::vector<Row> rows_of(const Dataset<Example>& set) {
  const auto [data, target] = set.all();
  std::vector<Row> rows;
  const auto x = data.data<float>();
  const Tensor targets = target.to(float32);
  const auto y = targets.data<float>();
  const auto width = static_cast<std::size_t>(data.size(1));
  for (std::size_t i = 0; i < y.size(); ++i) {
    const auto row = x.subspan(i * width, width);
    rows.push_back({{row.begin(), row.end()}, y[i]});
  }
  return rows;
}

void check_rows(const Dataset<Example>& set, const std::vector<Row>& expected) {
  const std::vector<Row> rows = rows_of(set);
  REQUIRE(rows.size() == expected.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    CAPTURE(i);
    CHECK(rows[i].y == expected[i].y);
    for (std::size_t k = 0; k < expected[i].x.size(); ++k)
      CHECK(rows[i].x[k] == doctest::Approx(expected[i].x[k]).epsilon(1e-6).scale(1));
  }
}

std::map<double, int> counts(const Dataset<Example>& set) {
  std::map<double, int> counts;
  for (const Row& row : rows_of(set)) ++counts[row.y];
  return counts;
}

bool same(const Dataset<Example>& a, const Dataset<Example>& b) {
  return array_equal(a.all().data, b.all().data) && array_equal(a.all().target, b.all().target);
}

double mean_of(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}
double std_of(const std::vector<double>& values) {
  const double mean = mean_of(values);
  double sum = 0;
  for (const double value : values) sum += (value - mean) * (value - mean);
  return std::sqrt(sum / static_cast<double>(values.size()));
}

TEST_CASE("moons lie on two half circles") {
  // sklearn.datasets.make_moons(7, shuffle=False)
  const double s = std::sin(std::numbers::pi / 3);
  check_rows(
      make_moons({.n_samples = 7, .shuffle = false}),
      {{{1, 0}, 0}, {{0, 1}, 0}, {{-1, 0}, 0}, {{0, 0.5}, 1}, {{0.5, 0.5 - s}, 1}, {{1.5, 0.5 - s}, 1}, {{2, 0.5}, 1}});
  check_rows(make_moons({.n_samples = 1}), {{{0, 0.5}, 1}});
}

TEST_CASE("circles lie around 0") {
  check_rows(make_circles({.n_samples = 5, .shuffle = false, .factor = 0.5}),
             {{{1, 0}, 0},
              {{-1, 0}, 0},
              {{0.5, 0}, 1},
              {{-0.25, 0.5 * std::sin(2 * std::numbers::pi / 3)}, 1},
              {{-0.25, -0.5 * std::sin(2 * std::numbers::pi / 3)}, 1}});
}

TEST_CASE("spirals are arms that are turned against each other") {
  check_rows(make_spirals({.n_samples = 5, .n_classes = 2, .turns = 1, .shuffle = false}),
             {{{1.0 / 3 * std::cos(2 * std::numbers::pi / 3), 1.0 / 3 * std::sin(2 * std::numbers::pi / 3)}, 0},
              {{2.0 / 3 * std::cos(4 * std::numbers::pi / 3), 2.0 / 3 * std::sin(4 * std::numbers::pi / 3)}, 0},
              {{1, 0}, 0},
              {{0.5, 0}, 1},  // half a turn, and half a turn for the second class
              {{-1, 0}, 1}});
}

TEST_CASE("shuffling changes the order of the samples, and nothing else") {
  const auto sorted = [](const Dataset<Example>& set) {
    std::vector<std::vector<double>> values;
    for (const Row& row : rows_of(set)) values.push_back({row.x[0], row.x[1], row.y});
    std::ranges::sort(values);
    return values;
  };
  const auto check = [&](const auto& make, auto options) {
    options.n_samples = 50;
    const Dataset<Example> shuffled = make(options);
    options.shuffle = false;
    const Dataset<Example> plain = make(options);
    CHECK_FALSE(same(plain, shuffled));
    CHECK(sorted(plain) == sorted(shuffled));
  };
  check(make_moons, MoonsOptions{.noise = 0.1});
  check(make_circles, CirclesOptions{.noise = 0.1});
  check(make_spirals, SpiralsOptions{.noise = 0.1});
  check(make_blobs, BlobsOptions{});
}

TEST_CASE("a seed gives the same samples, another one others") {
  CHECK(same(make_moons({.noise = 0.1, .seed = 4}), make_moons({.noise = 0.1, .seed = 4})));
  CHECK_FALSE(same(make_moons({.noise = 0.1, .seed = 4}), make_moons({.noise = 0.1, .seed = 5})));
  CHECK(same(make_blobs({.seed = 4}), make_blobs({.seed = 4})));
  CHECK_FALSE(same(make_blobs({.seed = 4}), make_blobs({.seed = 5})));
  CHECK(same(make_regression({.seed = 4}), make_regression({.seed = 4})));
  CHECK_FALSE(same(make_regression({.seed = 4}), make_regression({.seed = 5})));
}

TEST_CASE("the samples of a seed are what they were") {
  // Written down from a run, so that another version or machine that gives others is noticed.
  check_rows(
      make_moons({.n_samples = 4, .noise = 0.1, .seed = 1}),
      {{{-1.026031, 0.047764}, 0}, {{0.098907, 0.503666}, 1}, {{1.053624, 0.133011}, 0}, {{1.775205, 0.473119}, 1}});
}

TEST_CASE("noise is normal with its standard deviation") {
  const std::int64_t n = 20'000;
  const auto plain = rows_of(make_moons({.n_samples = n, .shuffle = false}));
  const auto noisy = rows_of(make_moons({.n_samples = n, .shuffle = false, .noise = 0.3}));
  for (const std::size_t axis : {0U, 1U}) {
    std::vector<double> errors;
    int within = 0;
    for (std::size_t i = 0; i < plain.size(); ++i) {
      errors.push_back(noisy[i].x[axis] - plain[i].x[axis]);
      within += std::abs(errors.back()) < 0.3;
    }
    // Five standard errors: 0.3 / sqrt(n), 0.3 / sqrt(2 n), and of a share of 0.6827.
    CHECK(std::abs(mean_of(errors)) < 0.011);
    CHECK(std::abs(std_of(errors) - 0.3) < 0.0075);
    CHECK(std::abs(within / static_cast<double>(n) - 0.6827) < 0.0165);
  }
}

TEST_CASE("blobs are normal around their centres, in numbers as even as can be") {
  const Blobs blobs =
      make_blobs({.n_samples = 10'001, .centers = tensor({{0, 10, 5}, {-20, 0, 1}}, int64), .cluster_std = {0.5, 2}});
  CHECK(blobs.centers().shape() == Shape{2, 3});
  CHECK(blobs.centers().dtype() == float32);
  CHECK(counts(blobs) == std::map<double, int>{{0, 5001}, {1, 5000}});
  const double centers[2][3] = {{0, 10, 5}, {-20, 0, 1}}, spread[2] = {0.5, 2};
  const auto rows = rows_of(blobs);
  for (const std::size_t label : {0U, 1U})
    for (const std::size_t axis : {0U, 1U, 2U}) {
      std::vector<double> values;
      for (const Row& row : rows)
        if (row.y == static_cast<double>(label)) values.push_back(row.x[axis]);
      CHECK(std::abs(mean_of(values) - centers[label][axis]) < 0.075 * spread[label]);
      CHECK(std::abs(std_of(values) - spread[label]) < 0.05 * spread[label]);
    }
}

TEST_CASE("centres that are not given are in their box") {
  const Blobs blobs = make_blobs({.n_samples = 10, .n_features = 3, .centers = 4, .center_low = 2, .center_high = 3});
  CHECK(blobs.centers().shape() == Shape{4, 3});
  CHECK(min(blobs.centers()).item<float>() >= 2);
  CHECK(max(blobs.centers()).item<float>() <= 3);
  CHECK(counts(blobs) == std::map<double, int>{{0, 3}, {1, 3}, {2, 2}, {3, 2}});
  CHECK(blobs[0].data.shape() == Shape{3});
}

TEST_CASE("targets of a regression are the linear model of its features") {
  const Regression set = make_regression({.n_samples = 40, .n_features = 6, .n_informative = 2, .bias = 3, .seed = 2});
  const auto [x, y] = set.all();
  CHECK(x.shape() == Shape{40, 6});
  CHECK(y.shape() == Shape{40});
  CHECK(set.coef().shape() == Shape{6});
  CHECK(count_nonzero(set.coef()).item<std::int64_t>() == 2);
  CHECK(min(set.coef()).item<float>() >= 0);
  CHECK(max(set.coef()).item<float>() <= 100);
  // Features and targets are each rounded to float32.
  CHECK(allclose(matmul(x, set.coef()) + 3, y, {.rtol = 1e-5, .atol = 1e-3}));

  const Regression plain = make_regression({.n_samples = 4, .n_features = 3, .n_informative = 5, .shuffle = false});
  CHECK(count_nonzero(plain.coef()).item<std::int64_t>() == 3);
  const Regression first = make_regression({.n_samples = 4, .n_features = 3, .n_informative = 1, .shuffle = false});
  const Tensor coef = first.coef();
  CHECK(coef.data<float>()[0] > 0);
  CHECK(coef.data<float>()[1] == 0);

  const Regression several = make_regression({.n_samples = 40, .n_features = 5, .n_targets = 2});
  CHECK(several.coef().shape() == Shape{5, 2});
  CHECK(several.all().target.shape() == Shape{40, 2});
  CHECK(allclose(matmul(several.all().data, several.coef()), several.all().target, {.rtol = 1e-5, .atol = 1e-3}));
}

TEST_CASE("noise of a regression has its standard deviation") {
  const Regression set = make_regression({.n_samples = 20'000, .n_features = 2, .noise = 5});
  const auto [x, y] = set.all();
  const Tensor errors = y - matmul(x, set.coef());
  CHECK(std::abs(mean(errors).item<float>()) < 0.18);
  CHECK(std::abs(stddev(errors).item<float>() - 5) < 0.125);
}

TEST_CASE("options out of range are refused by name") {
  const auto refusal = [](const auto& make, const auto& options) { return test::error_of([&] { make(options); }); };
  CHECK(holds(refusal(make_moons, MoonsOptions{.n_samples = 0}), {"make_moons: .n_samples is 0; expected 1 or more"}));
  CHECK(holds(refusal(make_moons, MoonsOptions{.noise = -1}), {"make_moons: .noise is -1"}));
  CHECK(holds(refusal(make_moons, MoonsOptions{.noise = NAN}), {"make_moons: .noise is nan"}));
  CHECK(holds(refusal(make_moons, MoonsOptions{.n_samples = INT64_MAX}), {"make_moons: "}));
  CHECK(holds(refusal(make_circles, CirclesOptions{.factor = 1}),
              {"make_circles: .factor is 1; expected 0 <= factor < 1"}));
  CHECK(holds(refusal(make_spirals, SpiralsOptions{.n_classes = 0}), {"make_spirals: .n_classes is 0"}));
  CHECK(holds(refusal(make_spirals, SpiralsOptions{.turns = INFINITY}), {"make_spirals: .turns is inf"}));
  CHECK(holds(refusal(make_blobs, BlobsOptions{.centers = 0}), {"make_blobs: .centers is 0"}));
  CHECK(holds(refusal(make_blobs, BlobsOptions{.centers = ones({2})}),
              {".centers is float32 (2,)", "(centers, features)"}));
  CHECK(holds(refusal(make_blobs, BlobsOptions{.centers = Tensor()}), {".centers is an undefined Tensor"}));
  CHECK(holds(refusal(make_blobs, BlobsOptions{.cluster_std = {1, 2}}),
              {".cluster_std has 2 numbers; expected one, or 3"}));
  CHECK(holds(refusal(make_blobs, BlobsOptions{.cluster_std = {-1}}), {".cluster_std is -1"}));
  CHECK(holds(refusal(make_blobs, BlobsOptions{.center_low = 1, .center_high = 0}), {".center_low is 1"}));
  CHECK(holds(refusal(make_regression, RegressionOptions{.n_features = 0}), {"make_regression: .n_features is 0"}));
  CHECK(holds(refusal(make_regression, RegressionOptions{.bias = NAN}), {"make_regression: .bias is nan"}));
}

}  // namespace
}  // namespace xgrad::data
