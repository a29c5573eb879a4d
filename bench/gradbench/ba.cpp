#include <cstdint>
#include <memory>
#include <span>

#include <autograd/autograd.hpp>

#include "modules.hpp"

namespace gradbench {

using namespace xgrad;

namespace {

constexpr std::int64_t camera_parameters = 11, parameters = camera_parameters + 3 + 1;

/// All is stored by component, so that operations go along observations. A camera has a rotation (axis times angle),
/// its centre, focal length, principal point (2) and radial distortion (2).
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
        feature(copies(input.at("feat"), observations)),
        camera_of(arange(observations) % cameras),
        point_of(arange(observations) % points) {
    eval({camera, point, weight, feature, camera_of, point_of});
  }

 private:
  /// GradBench sends one vector for all; it is stored as often as it stands for.
  static Tensor copies(const Json& numbers, std::int64_t count) {
    return tile(expand_dims(read_vector(numbers), 1), {1, count});
  }
};

/// The parameters that each observation reads: (11, P), (3, P) and (P,).
std::vector<Tensor> observed(const Input& in) {
  return {take(in.camera, in.camera_of, 1), take(in.point, in.point_of, 1), in.weight};
}

/// x turned about the axis r by the angle |r| (Rodrigues), both (3, P).
Tensor rotate(const Tensor& r, const Tensor& x) {
  const Tensor square_angle = sum(square(r), 0), turned = square_angle != 0;
  const Tensor angle = sqrt(where(turned, square_angle, 1));  // no root of 0, whose derivative is infinite
  const Tensor axis = r / angle, c = cos(angle);
  return where(turned, x * c + cross(axis, x, 0) * sin(angle) + axis * (sum(axis * x, 0) * (1 - c)),
               x + cross(r, x, 0));
}

/// How far from the feature each observation's point is seen, times its weight: (2, P).
Tensor reprojection_error(const std::vector<Tensor>& at, const Tensor& feature) {
  const Tensor &camera = at[0], &point = at[1], &weight = at[2];
  const auto part = [&](int first, int count) { return slice(camera, 0, first, first + count); };
  const Tensor seen = rotate(part(0, 3), point - part(3, 3));
  const Tensor plane = slice(seen, 0, 0, 2) / select(seen, 0, 2);
  const Tensor distance = sum(square(plane), 0);
  const Tensor distortion = 1 + select(camera, 0, 9) * distance + select(camera, 0, 10) * square(distance);
  return weight * (plane * distortion * select(camera, 0, 6) + part(7, 2) - feature);
}

Tensor weight_error(const Tensor& weight) { return 1 - square(weight); }

Program objective(const Json& input) {
  return program(
      [in = Input(input)] {
        return std::vector{reprojection_error(observed(in), in.feature), weight_error(in.weight)};
      },
      [](const std::vector<Tensor>& errors) -> Json {
        const Tensor &reprojection = errors[0], &weight = errors[1];
        return {{"reproj_error",
                 {{"elements", write_numbers(select(reprojection, 1, 0))}, {"repeated", reprojection.size(1)}}},
                {"w_err", {{"element", select(weight, 0, 0).item()}, {"repeated", weight.size()}}}};
      });
}

/// The Jacobian's values, row by row. An observation's two errors depend on its own 15 parameters only, so that the
/// gradient of the sum of all first errors holds the first row of every block, and one of all second errors the second.
Tensor jacobian_values(const Input& in) {
  const Tape tape;
  const std::vector<Tensor> at = observed(in);
  const Tensor errors = reprojection_error(at, in.feature);
  std::vector<Tensor> rows;
  for (int row = 0; row < 2; ++row) {
    const std::vector<Tensor> slopes = tape.gradient(sum(select(errors, 0, row)), at);
    rows.push_back(concatenate({slopes[0], slopes[1], expand_dims(slopes[2], 0)}));
  }
  const Tensor blocks = transpose(stack(rows), {2, 0, 1});  // (P, 2, 15)
  return concatenate({ravel(blocks), tape.gradient(sum(weight_error(in.weight)), in.weight)});
}

/// A sparse matrix by compressed rows.
struct Pattern {
  std::vector<int> rows, columns;

  explicit Pattern(const Input& in) {
    const std::span<const std::int64_t> camera_of = in.camera_of.data<std::int64_t>(),
                                        point_of = in.point_of.data<std::int64_t>();
    rows.reserve(static_cast<std::size_t>(3 * in.observations + 1));
    columns.reserve(static_cast<std::size_t>((2 * parameters + 1) * in.observations));
    rows.push_back(0);
    const std::int64_t first_point = camera_parameters * in.cameras, first_weight = first_point + 3 * in.points;
    for (std::size_t i = 0; i < camera_of.size(); ++i)
      for (int row = 0; row < 2; ++row) {
        for (std::int64_t k = 0; k < camera_parameters; ++k) add(camera_parameters * camera_of[i] + k);
        for (std::int64_t k = 0; k < 3; ++k) add(first_point + 3 * point_of[i] + k);
        add(first_weight + static_cast<std::int64_t>(i));
        rows.push_back(static_cast<int>(columns.size()));
      }
    for (std::int64_t i = 0; i < in.observations; ++i) {
      add(first_weight + i);
      rows.push_back(static_cast<int>(columns.size()));
    }
  }

 private:
  void add(std::int64_t column) { columns.push_back(static_cast<int>(column)); }
};

/// The reference makes the pattern in each run, so that this one does, too.
Program jacobian(const Json& input) {
  struct Result {
    Tensor values;
    std::unique_ptr<Pattern> pattern;
  };
  const auto result = std::make_shared<Result>();
  return {[result, in = Input(input)] {
            *result = {};
            result->values = jacobian_values(in);
            eval(result->values);
            result->pattern = std::make_unique<Pattern>(in);
          },
          [result]() -> Json {
            // The first block and the last entry, as the eval asks, of all lists.
            const auto ends = [](const auto& all) {
              Json list = Json::array();
              for (std::size_t i = 0; i < 2 * parameters; ++i) list.push_back(all[i]);
              list.push_back(all.back());
              return list;
            };
            return {{"rows", ends(result->pattern->rows)},
                    {"cols", ends(result->pattern->columns)},
                    {"vals", ends(result->values.data<double>())}};
          }};
}

}  // namespace

Module ba() { return {{"objective", objective}, {"jacobian", jacobian}}; }

}  // namespace gradbench
