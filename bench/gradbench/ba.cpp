#include "problems.hpp"

#include <algorithm>
#include <memory>

#include "modules.hpp"
#include "pattern.hpp"

namespace gradbench {

namespace {

/// A vector for each observation.
using Vector = std::array<Tensor, 3>;

Vector cross(const Vector& a, const Vector& b) {
  return {a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]};
}

Tensor dot(const Vector& a, const Vector& b) { return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]; }

/// x turned about the axis r by the angle |r| (Rodrigues).
Vector rotate(const Vector& r, const Vector& x) {
  const Tensor square_angle = dot(r, r), turned = square_angle != 0;
  const Tensor angle = sqrt(where(turned, square_angle, 1));  // no root of 0, whose derivative is infinite
  const Tensor s = sin(angle), c = cos(angle);
  const Vector axis{r[0] / angle, r[1] / angle, r[2] / angle}, turn = cross(axis, x), small_turn = cross(r, x);
  const Tensor along = dot(axis, x) * (1 - c);
  Vector result;
  for (std::size_t i = 0; i < 3; ++i)
    result[i] = where(turned, x[i] * c + turn[i] * s + axis[i] * along, x[i] + small_turn[i]);
  return result;
}

}  // namespace

std::array<Tensor, 2> reprojection_errors(const std::vector<Tensor>& at, const Tensor& feature) {
  const Vector point{at[11] - at[3], at[12] - at[4], at[13] - at[5]}, seen = rotate({at[0], at[1], at[2]}, point);
  const Tensor x = seen[0] / seen[2], y = seen[1] / seen[2], distance = square(x) + square(y);
  const Tensor scale = (1 + at[9] * distance + at[10] * square(distance)) * at[6], weight = at[14];
  return {weight * (x * scale + at[7] - select(feature, 0, 0)), weight * (y * scale + at[8] - select(feature, 0, 1))};
}

namespace {

Tensor weight_error(const Tensor& weight) { return 1 - square(weight); }

Program objective(const Json& input) {
  return program(
      [in = BaInput(input)] {
        const auto [x, y] = reprojection_errors(observed(in, 0, in.observations), in.feature);
        return std::vector{x, y, weight_error(in.weight)};
      },
      [](const std::vector<Tensor>& errors) -> Json {
        const auto first = [&](std::size_t i) { return numbers_of(errors[i]).front(); };
        const std::int64_t count = static_cast<std::int64_t>(numbers_of(errors[0]).size());
        return {{"reproj_error", {{"elements", {first(0), first(1)}}, {"repeated", count}}},
                {"w_err", {{"element", first(2)}, {"repeated", count}}}};
      });
}

/// The Jacobian's values, row by row. Some observations at a time stay in the cache.
Tensor jacobian_values(const BaInput& in) {
  constexpr std::int64_t observations_at_once = 16384;
  std::vector<Tensor> values;
  for (std::int64_t first = 0; first < in.observations; first += observations_at_once)
    values.push_back(observation_rows(in, first, std::min(in.observations, first + observations_at_once)));
  values.push_back(gradient_of([](const Tensor& weight) { return sum(weight_error(weight)); }, in.weight));
  return concatenate(values);
}

/// The reference makes the pattern in each run, so that this one does, too.
Program jacobian(const Json& input) {
  struct Result {
    std::vector<Tensor> values;
    Pattern pattern;
  };
  const auto result = std::make_shared<Result>();
  return {[result, in = BaInput(input)] {
            result->values.clear();
            result->values = computed([&] { return std::vector{jacobian_values(in)}; });
            result->pattern.fill(in.cameras, in.points, integers_of(in.camera_of), integers_of(in.point_of));
          },
          [result] { return result->pattern.output(numbers_of(result->values[0])); }};
}

}  // namespace

Module ba() { return {{"objective", objective}, {"jacobian", jacobian}}; }

}  // namespace gradbench
