#include <data/toy.hpp>

#include <cmath>
#include <exception>
#include <functional>
#include <numbers>
#include <numeric>

#include <fmt/format.h>

#include <autograd/error.hpp>
#include <autograd/ops.hpp>
#include <data/combine.hpp>
#include <data/draws.hpp>
#include <data/splitmix.hpp>

namespace xgrad::data {
namespace {

/// Streams of a seed; that of sample i is first_sample + i.
enum Stream : std::uint64_t { order_of_samples, order_of_features, model, first_sample };

void check_count(const char* where, const char* name, std::int64_t count) {
  if (count < 1) fail(where, fmt::format(".{} is {}; expected 1 or more", name, count));
}

void check_spread(const char* where, const char* name, double spread) {
  if (!(spread >= 0) || !std::isfinite(spread))
    fail(where, fmt::format(".{} is {}; expected a finite number, 0 or more", name, spread));
}

void check_finite(const char* where, const char* name, double number) {
  if (!std::isfinite(number)) fail(where, fmt::format(".{} is {}; expected a finite number", name, number));
}

/// Throws Error where a tensor cannot have these extents.
Shape shape_of(const char* where, std::int64_t rows, std::int64_t columns) {
  const Shape shape{rows, columns};
  if (!shape.fits()) fail(where, fmt::format("data of shape {} are too large", to_string(shape)));
  return shape;
}

template <class T>
std::vector<T> array_of(const char* where, std::int64_t count) {
  try {
    return std::vector<T>(static_cast<std::size_t>(count));
  } catch (const std::exception&) {
    fail(where, fmt::format("no memory for {} numbers", count));
  }
}

std::vector<std::int64_t> order_of(const char* where, std::int64_t count, bool shuffle, std::uint64_t seed,
                                   Stream stream) {
  if (shuffle) return permutation(count, seed, stream);
  auto order = array_of<std::int64_t>(where, count);
  std::iota(order.begin(), order.end(), std::int64_t{0});
  return order;
}

struct Samples {
  const char* where;
  std::int64_t count;
  std::int64_t features;
  bool shuffle;
  std::uint64_t seed;
};

/// Writes the features of sample i, and gives its label.
using MakeSample = std::function<std::int64_t(std::int64_t i, std::span<double> features, SplitMix64& random)>;

std::vector<Tensor> classes(const Samples& samples, const MakeSample& make) {
  const Shape shape = shape_of(samples.where, samples.count, samples.features);
  const std::vector<std::int64_t> order =
      order_of(samples.where, samples.count, samples.shuffle, samples.seed, Stream::order_of_samples);
  auto labels = array_of<std::int64_t>(samples.where, samples.count);
  auto row = array_of<double>(samples.where, samples.features);
  Tensor data = make_tensor<float>(shape, [&](std::span<float> out) {
    float* place = out.data();
    for (std::size_t i = 0; i < order.size(); ++i) {
      SplitMix64 random(samples.seed, Stream::first_sample + static_cast<std::uint64_t>(order[i]));
      labels[i] = make(order[i], row, random);
      for (const double feature : row) *place++ = static_cast<float>(feature);
    }
  });
  return {std::move(data), tensor(std::span<const std::int64_t>(labels), {samples.count})};
}

/// A point on a part of the plane, with noise.
struct Point {
  double x;
  double y;
  std::int64_t label;
};
Dataset<Example> points(const Samples& samples, double noise, const std::function<Point(std::int64_t)>& point) {
  check_spread(samples.where, "noise", noise);
  return Dataset<Example>(
      detail::of_tensors(classes(samples, [&](std::int64_t i, std::span<double> out, SplitMix64& random) {
        const auto [x, y, label] = point(i);
        out[0] = x + noise * detail::standard_normal(random);
        out[1] = y + noise * detail::standard_normal(random);
        return label;
      })));
}

/// Samples in groups as even as can be, the first ones with one more.
struct Groups {
  Groups(std::int64_t samples, std::int64_t groups) : each(samples / groups), larger(samples % groups) {}

  struct Place {
    std::int64_t group;
    std::int64_t index;
    std::int64_t size;
  };
  Place of(std::int64_t sample) const {
    if (sample < larger * (each + 1)) return {sample / (each + 1), sample % (each + 1), each + 1};
    sample -= larger * (each + 1);
    return {larger + sample / each, sample % each, each};
  }

  std::int64_t each;
  std::int64_t larger;
};

}  // namespace

Dataset<Example> make_moons(const MoonsOptions& options) {
  const char* where = "make_moons";
  const Called called(where);
  check_count(where, "n_samples", options.n_samples);
  const std::int64_t outer = options.n_samples / 2, inner = options.n_samples - outer;
  return points({where, options.n_samples, 2, options.shuffle, options.seed}, options.noise, [&](std::int64_t i) {
    const bool lower = i >= outer;
    const std::int64_t index = lower ? i - outer : i, count = lower ? inner : outer;
    const double angle =
        count == 1 ? 0 : std::numbers::pi * static_cast<double>(index) / static_cast<double>(count - 1);
    return lower ? Point{1 - std::cos(angle), 0.5 - std::sin(angle), 1} : Point{std::cos(angle), std::sin(angle), 0};
  });
}

Dataset<Example> make_circles(const CirclesOptions& options) {
  const char* where = "make_circles";
  const Called called(where);
  check_count(where, "n_samples", options.n_samples);
  if (!(options.factor >= 0 && options.factor < 1))
    fail(where, fmt::format(".factor is {}; expected 0 <= factor < 1", options.factor));
  const std::int64_t outer = options.n_samples / 2, inner = options.n_samples - outer;
  return points({where, options.n_samples, 2, options.shuffle, options.seed}, options.noise, [&](std::int64_t i) {
    const bool within = i >= outer;
    const double part = static_cast<double>(within ? i - outer : i) / static_cast<double>(within ? inner : outer);
    const double angle = 2 * std::numbers::pi * part, radius = within ? options.factor : 1;
    return Point{radius * std::cos(angle), radius * std::sin(angle), within ? 1 : 0};
  });
}

Dataset<Example> make_spirals(const SpiralsOptions& options) {
  const char* where = "make_spirals";
  const Called called(where);
  check_count(where, "n_samples", options.n_samples);
  check_count(where, "n_classes", options.n_classes);
  check_finite(where, "turns", options.turns);
  const Groups arms(options.n_samples, options.n_classes);
  return points({where, options.n_samples, 2, options.shuffle, options.seed}, options.noise, [&](std::int64_t i) {
    const auto [arm, index, size] = arms.of(i);
    const double t = static_cast<double>(index + 1) / static_cast<double>(size);
    const double angle =
        2 * std::numbers::pi * (options.turns * t + static_cast<double>(arm) / static_cast<double>(options.n_classes));
    return Point{t * std::cos(angle), t * std::sin(angle), arm};
  });
}

namespace {

/// (centers, features), as given or at random.
Tensor centers_of(const BlobsOptions& options) {
  const char* where = "make_blobs";
  const Called called(where);
  check_count(where, "n_samples", options.n_samples);
  if (const Tensor* given = std::get_if<Tensor>(&options.centers)) {
    if (!given->defined() || given->rank() != 2 || given->size(0) < 1 || given->size(1) < 1 ||
        given->dtype() == boolean)
      fail(where,
           fmt::format(".centers is {}; expected numbers of shape (centers, features)",
                       given->defined() ? fmt::format("{} {}", to_string(given->dtype()), to_string(given->shape()))
                                        : "an undefined Tensor"));
    Tensor centers = stop_gradient(given->to(float32));
    eval({centers});
    return centers;
  }
  const std::int64_t count = std::get<std::int64_t>(options.centers);
  check_count(where, "centers", count);
  check_count(where, "n_features", options.n_features);
  check_finite(where, "center_low", options.center_low);
  check_finite(where, "center_high", options.center_high);
  if (options.center_low > options.center_high)
    fail(where, fmt::format(".center_low is {} and .center_high {}; expected low <= high", options.center_low,
                            options.center_high));
  SplitMix64 random(options.seed, Stream::model);
  return make_tensor<float>(shape_of(where, count, options.n_features), [&](std::span<float> out) {
    for (float& value : out) value = static_cast<float>(random.uniform(options.center_low, options.center_high));
  });
}

std::vector<Tensor> blobs(const Tensor& centers, const BlobsOptions& options) {
  const char* where = "make_blobs";
  const Called called(where);
  const std::int64_t count = centers.size(0), features = centers.size(1);
  const std::size_t spreads = options.cluster_std.size();
  if (spreads != 1 && std::ssize(options.cluster_std) != count)
    fail(where, fmt::format(".cluster_std has {} numbers; expected one, or {}, one for each centre", spreads, count));
  for (const double spread : options.cluster_std) check_spread(where, "cluster_std", spread);
  const Groups groups(options.n_samples, count);
  const std::span<const float> places = centers.data<float>();
  return classes({where, options.n_samples, features, options.shuffle, options.seed},
                 [&](std::int64_t i, std::span<double> out, SplitMix64& random) {
                   const std::int64_t label = groups.of(i).group;
                   const double spread = options.cluster_std[spreads == 1 ? 0 : static_cast<std::size_t>(label)];
                   for (std::size_t k = 0; k < out.size(); ++k)
                     out[k] = static_cast<double>(places[static_cast<std::size_t>(label * features) + k]) +
                              spread * detail::standard_normal(random);
                   return label;
                 });
}

/// (features, targets) or (features,).
Tensor coefficients(const RegressionOptions& options) {
  const char* where = "make_regression";
  const Called called(where);
  check_count(where, "n_samples", options.n_samples);
  check_count(where, "n_features", options.n_features);
  check_count(where, "n_informative", options.n_informative);
  check_count(where, "n_targets", options.n_targets);
  check_finite(where, "bias", options.bias);
  check_spread(where, "noise", options.noise);
  shape_of(where, options.n_samples, options.n_features);
  shape_of(where, options.n_samples, options.n_targets);
  const Shape shape = shape_of(where, options.n_features, options.n_targets);
  const std::vector<std::int64_t> order =
      order_of(where, options.n_features, options.shuffle, options.seed, Stream::order_of_features);
  SplitMix64 random(options.seed, Stream::model);
  const Tensor coef = make_tensor<float>(shape, [&](std::span<float> out) {
    const auto targets = static_cast<std::size_t>(options.n_targets);
    for (std::size_t i = 0; i < order.size(); ++i)
      for (std::size_t k = 0; k < targets; ++k)
        out[static_cast<std::size_t>(order[i]) * targets + k] =
            static_cast<std::int64_t>(i) < options.n_informative ? static_cast<float>(random.uniform(0, 100)) : 0;
  });
  return options.n_targets == 1 ? coef.reshape({options.n_features}) : coef;
}

/// Each sample has random numbers of its own, so to shuffle them would change nothing.
std::vector<Tensor> regression(const Tensor& coef, const RegressionOptions& options) {
  const Called called("make_regression");
  const auto features = static_cast<std::size_t>(options.n_features);
  const auto targets = static_cast<std::size_t>(options.n_targets);
  const auto samples = static_cast<std::size_t>(options.n_samples);
  const std::span<const float> factors = coef.data<float>();
  auto sums = array_of<double>("make_regression", options.n_targets);
  Tensor x;
  const Shape shape = options.n_targets == 1 ? Shape{options.n_samples} : Shape{options.n_samples, options.n_targets};
  Tensor y = make_tensor<float>(shape, [&](std::span<float> target) {
    x = make_tensor<float>({options.n_samples, options.n_features}, [&](std::span<float> data) {
      for (std::size_t i = 0; i < samples; ++i) {
        SplitMix64 random(options.seed, Stream::first_sample + i);
        sums.assign(targets, options.bias);
        for (std::size_t j = 0; j < features; ++j) {
          const double value = detail::standard_normal(random);
          data[i * features + j] = static_cast<float>(value);
          for (std::size_t k = 0; k < targets; ++k) sums[k] += value * static_cast<double>(factors[j * targets + k]);
        }
        for (std::size_t k = 0; k < targets; ++k)
          target[i * targets + k] = static_cast<float>(sums[k] + options.noise * detail::standard_normal(random));
      }
    });
  });
  return {x, y};
}

}  // namespace

Blobs::Blobs(const BlobsOptions& options) : Blobs(centers_of(options), options) {}
Blobs::Blobs(Tensor centers, const BlobsOptions& options)
    : Dataset<Example>(detail::of_tensors(blobs(centers, options))), centers_(std::move(centers)) {}

Regression::Regression(const RegressionOptions& options) : Regression(coefficients(options), options) {}
Regression::Regression(Tensor coef, const RegressionOptions& options)
    : Dataset<Example>(detail::of_tensors(regression(coef, options))), coef_(std::move(coef)) {}

}  // namespace xgrad::data
