#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <span>

#include <autograd/autograd.hpp>

#include "modules.hpp"

namespace gradbench {

using namespace xgrad;

namespace {

constexpr std::int64_t camera_parameters = 11, parameters = camera_parameters + 3 + 1;

/// A camera has a rotation (axis times angle), its centre, focal length, principal point (2) and radial distortion (2).
struct Input {
  std::int64_t cameras, points, observations;
  Tensor camera;               ///< (11, cameras)
  Tensor point;                ///< (3, points)
  Tensor weight;               ///< (observations,)
  Tensor feature;              ///< (2, observations): where the point was seen
  Tensor camera_of, point_of;  ///< (observations,)

  explicit Input(const Json& input)
      : cameras(input.at("n")),
        points(input.at("m")),
        observations(input.at("p")),
        camera(copies(input.at("cam"), cameras)),
        point(copies(input.at("x"), points)),
        weight(ravel(copies(Json::array({input.at("w")}), observations))),
        feature(transpose(copies(input.at("feat"), observations))),
        camera_of(arange(observations) % cameras),
        point_of(arange(observations) % points) {
    eval({camera, point, weight, feature, camera_of, point_of});
  }

 private:
  /// GradBench sends one vector for all; it is stored as often as it stands for.
  static Tensor copies(const Json& numbers, std::int64_t count) { return tile(read_vector(numbers), {count, 1}); }
};

/// The 15 parameters that each of some observations reads, of its camera and its point, and its weight: for each of
/// them one tensor of those observations.
std::vector<Tensor> observed(const Input& in, std::int64_t first, std::int64_t last) {
  const auto some = [&](const Tensor& all) { return slice(all, 0, first, last); };
  std::vector<Tensor> at = unstack(transpose(take(in.camera, some(in.camera_of))));
  for (const Tensor& coordinate : unstack(transpose(take(in.point, some(in.point_of))))) at.push_back(coordinate);
  at.push_back(some(in.weight));
  return at;
}

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

/// How far from the feature each observation's point is seen, times its weight: of both coordinates.
std::array<Tensor, 2> reprojection_errors(const std::vector<Tensor>& at, const Tensor& feature) {
  const Vector point{at[11] - at[3], at[12] - at[4], at[13] - at[5]}, seen = rotate({at[0], at[1], at[2]}, point);
  const Tensor x = seen[0] / seen[2], y = seen[1] / seen[2], distance = square(x) + square(y);
  const Tensor scale = (1 + at[9] * distance + at[10] * square(distance)) * at[6], weight = at[14];
  return {weight * (x * scale + at[7] - select(feature, 0, 0)), weight * (y * scale + at[8] - select(feature, 0, 1))};
}

Tensor weight_error(const Tensor& weight) { return 1 - square(weight); }

Program objective(const Json& input) {
  return program(
      [in = Input(input)] {
        const auto [x, y] = reprojection_errors(observed(in, 0, in.observations), in.feature);
        return std::vector{x, y, weight_error(in.weight)};
      },
      [](const std::vector<Tensor>& errors) -> Json {
        const auto first = [&](std::size_t i) { return errors[i].data<double>().front(); };
        const std::int64_t count = errors[0].size();
        return {{"reproj_error", {{"elements", {first(0), first(1)}}, {"repeated", count}}},
                {"w_err", {{"element", first(2)}, {"repeated", count}}}};
      });
}

/// The Jacobian's values, row by row. An observation's two errors depend on its own 15 parameters only, so that the
/// gradient of the sum of all first errors holds the first row of every block, and that of all second errors the
/// second. Some observations at a time stay in the cache.
Tensor jacobian_values(const Input& in) {
  constexpr std::int64_t observations_at_once = 16384;
  std::vector<Tensor> values;
  for (std::int64_t first = 0; first < in.observations; first += observations_at_once) {
    const std::int64_t last = std::min(in.observations, first + observations_at_once);
    const Tape tape;
    const std::vector<Tensor> at = observed(in, first, last);
    std::vector<Tensor> columns;
    for (const Tensor& error : reprojection_errors(at, slice(in.feature, 1, first, last)))
      for (const Tensor& slope : tape.gradient(sum(error), at, {.materialize_grads = true})) columns.push_back(slope);
    values.push_back(ravel(stack(columns, 1)));  // blocks of 30
  }
  const Tape tape;
  values.push_back(tape.gradient(sum(weight_error(in.weight)), in.weight));
  return concatenate(values);
}

/// A sparse matrix by compressed rows.
struct Pattern {
  std::vector<int> rows, columns;

  /// Finds the pattern in the memory of the one before.
  void fill(const Input& in) {
    const std::span<const std::int64_t> camera_of = in.camera_of.data<std::int64_t>(),
                                        point_of = in.point_of.data<std::int64_t>();
    const auto observations = static_cast<std::size_t>(in.observations);
    rows.resize(3 * observations + 1);
    columns.resize((2 * parameters + 1) * observations);
    const std::int64_t first_point = camera_parameters * in.cameras, first_weight = first_point + 3 * in.points;
    int* column = columns.data();
    int* row = rows.data();
    *row++ = 0;
    const auto add = [&](std::int64_t first, std::int64_t count) {
      for (std::int64_t k = 0; k < count; ++k) *column++ = static_cast<int>(first + k);
    };
    const auto end_row = [&] { *row++ = static_cast<int>(column - columns.data()); };
    for (std::size_t i = 0; i < observations; ++i)
      for (int coordinate = 0; coordinate < 2; ++coordinate) {
        add(camera_parameters * camera_of[i], camera_parameters);
        add(first_point + 3 * point_of[i], 3);
        add(first_weight + static_cast<std::int64_t>(i), 1);
        end_row();
      }
    for (std::int64_t i = 0; i < in.observations; ++i) {
      add(first_weight + i, 1);
      end_row();
    }
  }
};

/// The reference makes the pattern in each run, so that this one does, too.
Program jacobian(const Json& input) {
  struct Result {
    Tensor values;
    Pattern pattern;
  };
  const auto result = std::make_shared<Result>();
  return {[result, in = Input(input)] {
            result->values = {};
            result->values = jacobian_values(in);
            eval(result->values);
            result->pattern.fill(in);
          },
          [result]() -> Json {
            // The first block and the last entry, as the eval asks, of all lists.
            const auto ends = [](const auto& all) {
              Json list = Json::array();
              for (std::size_t i = 0; i < 2 * parameters; ++i) list.push_back(all[i]);
              list.push_back(all.back());
              return list;
            };
            return {{"rows", ends(result->pattern.rows)},
                    {"cols", ends(result->pattern.columns)},
                    {"vals", ends(result->values.data<double>())}};
          }};
}

}  // namespace

Module ba() { return {{"objective", objective}, {"jacobian", jacobian}}; }

}  // namespace gradbench
