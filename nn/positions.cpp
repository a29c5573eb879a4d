#include <nn/positions.hpp>

#include <cmath>

#include <fmt/format.h>

#include <autograd/ops.hpp>
#include <nn/init.hpp>

namespace xgrad::nn {
namespace {

std::string described(const Tensor& x) { return fmt::format("{} {}", to_string(x.dtype()), to_string(x.shape())); }

/// The angles p / base^(2 i / features) of positions of shape (...), in float64: (..., features / 2).
Tensor angles(const Tensor& positions, std::int64_t features, double base) {
  const double step = -2 * std::log(base) / static_cast<double>(features);
  const Tensor rates = exp(arange(0, features / 2, 1, float64) * step);
  return expand_dims(cast(positions, float64), -1) * rates;
}

/// Pairs (a[i], b[i]) of last axes as neighbours.
Tensor interleaved(const Tensor& a, const Tensor& b) {
  Shape shape = a.shape();
  shape[shape.rank() - 1] *= 2;
  return reshape(stack({a, b}, -1), shape);
}

bool valid_sizes(std::int64_t features, double base) {
  return features > 0 && features % 2 == 0 && base > 0 && std::isfinite(base);
}
std::string sizes_text(std::int64_t features, double base) {
  return fmt::format(
      "features {} and base {} were given; a positive even number, and a positive finite one were "
      "expected",
      features, base);
}

/// The axis of positions counted from the end, or 0 where x does not fit.
int axis_from_end(const Tensor& x, std::int64_t features, int axis) {
  const int from_end = axis < 0 ? axis : axis - x.rank();
  const bool fits = from_end < -1 && from_end >= -x.rank() && x.size(-1) == features && is_floating(x.dtype());
  return fits ? from_end : 0;
}
std::string input_text(const Tensor& x, std::int64_t features, int axis) {
  return fmt::format("the input is {}; floating-point (..., {}) was expected, with positions along axis {}",
                     described(x), features, axis);
}

/// Values (..., L, E) for x whose positions are another axis than the last but one.
Tensor placed(const Tensor& values, int axis) {
  std::vector<int> axes;
  for (int between = axis + 1; between < -1; ++between) axes.push_back(between);
  return axes.empty() ? values : expand_dims(values, axes);
}

void check_positions(const Tensor& x, const Tensor& positions, int axis, std::string& problem) {
  if (!positions.defined()) {
    problem = "the positions are an undefined Tensor (default-constructed or moved from)";
  } else if (positions.dtype() == boolean || positions.rank() == 0 || positions.size(-1) != x.size(axis)) {
    problem = fmt::format("the positions are {}; numbers (..., {}) were expected for an input of shape {}",
                          described(positions), x.size(axis), to_string(x.shape()));
  } else if (axis != -2 && positions.rank() != 1) {
    problem = fmt::format("the positions are {}; a vector was expected with positions along axis {}",
                          described(positions), axis);
  }
}

}  // namespace

SinusoidalPositions::SinusoidalPositions(std::int64_t features, const SinusoidalPositionsOptions& options)
    : Module("SinusoidalPositions"), features_(features), options_(options) {
  if (!valid_sizes(features, options.base)) refuse(sizes_text(features, options.base));
}

Tensor SinusoidalPositions::forward(const Tensor& x) const {
  const int axis = axis_from_end(x, features_, options_.axis);
  if (axis == 0) refuse(input_text(x, features_, options_.axis));
  return forward(x, arange(x.size(axis)));
}

Tensor SinusoidalPositions::forward(const Tensor& x, const Tensor& positions) const {
  const int axis = axis_from_end(x, features_, options_.axis);
  if (axis == 0) refuse(input_text(x, features_, options_.axis));
  std::string problem;
  check_positions(x, positions, axis, problem);
  if (!problem.empty()) refuse(problem);
  const Tensor angle = angles(positions, features_, options_.base);
  return x + cast(placed(interleaved(sin(angle), cos(angle)), axis), x.dtype());
}

std::string SinusoidalPositions::arguments() const {
  return fmt::format("{}{}", features_, options_.base == 10000 ? "" : fmt::format(", base={}", options_.base));
}

LearnedPositions::LearnedPositions(std::int64_t max_length, std::int64_t features,
                                   const LearnedPositionsOptions& options)
    : Module("LearnedPositions"), max_length_(max_length), features_(features), options_(options) {
  if (max_length < 0 || features < 0)
    refuse(fmt::format("({}, {}) was given; sizes must not be negative", max_length, features));
  weight = register_parameter("weight", zeros({max_length, features}, options.dtype));
  init::normal(weight, {.std = options.std});
}

Tensor LearnedPositions::forward(const Tensor& x) const {
  const int axis = axis_from_end(x, features_, options_.axis);
  if (axis == 0) refuse(input_text(x, features_, options_.axis));
  if (x.size(axis) > max_length_)
    refuse(fmt::format("the input has shape {}; at most {} positions were expected along axis {}", to_string(x.shape()),
                       max_length_, options_.axis));
  return x + placed(slice(weight, 0, 0, x.size(axis)), axis);
}

Tensor LearnedPositions::forward(const Tensor& x, const Tensor& positions) const {
  const int axis = axis_from_end(x, features_, options_.axis);
  if (axis == 0) refuse(input_text(x, features_, options_.axis));
  std::string problem;
  check_positions(x, positions, axis, problem);
  if (problem.empty() && positions.dtype() != int64)
    problem = fmt::format("the positions are {}; int64 was expected", described(positions));
  if (!problem.empty()) refuse(problem);
  return x + placed(take(weight, positions), axis);
}

std::string LearnedPositions::arguments() const { return fmt::format("{}, {}", max_length_, features_); }

RotaryPositions::RotaryPositions(std::int64_t features, const RotaryPositionsOptions& options)
    : Module("RotaryPositions"), features_(features), options_(options) {
  if (!valid_sizes(features, options.base)) refuse(sizes_text(features, options.base));
}

Tensor RotaryPositions::forward(const Tensor& x) const {
  if (axis_from_end(x, features_, -2) == 0) refuse(input_text(x, features_, -2));
  return forward(x, arange(x.size(-2)));
}

Tensor RotaryPositions::forward(const Tensor& x, const Tensor& positions) const {
  if (axis_from_end(x, features_, -2) == 0) refuse(input_text(x, features_, -2));
  std::string problem;
  check_positions(x, positions, -2, problem);
  if (!problem.empty()) refuse(problem);
  const Tensor angle = angles(positions, features_, options_.base);
  const Tensor c = cast(cos(angle), x.dtype()), s = cast(sin(angle), x.dtype());
  const bool half = options_.style == RotaryStyle::half;
  const std::int64_t middle = features_ / 2;
  const Tensor a = half ? slice(x, -1, 0, middle) : slice(x, -1, 0, features_, 2);
  const Tensor b = half ? slice(x, -1, middle, features_) : slice(x, -1, 1, features_, 2);
  const Tensor first = a * c - b * s, second = b * c + a * s;
  return half ? concatenate({first, second}, -1) : interleaved(first, second);
}

std::string RotaryPositions::arguments() const {
  std::string text = fmt::format("{}", features_);
  if (options_.base != 10000) text += fmt::format(", base={}", options_.base);
  return text + (options_.style == RotaryStyle::half ? ", style='half'" : "");
}

}  // namespace xgrad::nn
