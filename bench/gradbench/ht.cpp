#include <algorithm>

#include <autograd/autograd.hpp>

#include "modules.hpp"

namespace gradbench {

using namespace xgrad;

namespace {

/// Bones at one distance from the root: their places among all bones, and those of their parents in the level above.
struct Level {
  Tensor bones, parents;
};

/// The skeleton of a hand and its skin.
struct Model {
  Tensor base_relatives, inverse_base_absolutes;  ///< (bones, 4, 4)
  Tensor skin;        ///< (4 bones, vertices): the weight of each bone times the vertex's coordinates, 1 the last
  Tensor pose_place;  ///< (3, bones): where each angle of each bone stands in [theta, 0]
  std::vector<Level> levels;
  Tensor level_place;  ///< (bones,): where each bone stands in the levels, one after the other
  bool mirrored;

  explicit Model(const Json& model)
      : base_relatives(read_matrices(model.at("base_relatives"))),
        inverse_base_absolutes(read_matrices(model.at("inverse_base_absolutes"))),
        mirrored(model.at("is_mirrored")) {
    const Tensor weights = transpose(read_rows(model.at("weights"))),
                 vertices = transpose(read_rows(model.at("base_positions")));
    skin = reshape(expand_dims(weights, 1) * vertices, {-1, vertices.size(1)});
    eval(skin);

    const auto parents = model.at("parents").get<std::vector<std::int64_t>>();
    place_angles(parents.size());
    sort_bones(parents);
  }

 private:
  static Tensor read_matrices(const Json& matrices) { return read_numbers(matrices, {std::ssize(matrices), 4, 4}); }

  /// theta holds a rotation and a translation of the whole, and for each finger two angles of its first joint and one
  /// of the next two.
  void place_angles(std::size_t bones) {
    constexpr std::int64_t angles = 26;
    std::vector<std::vector<std::int64_t>> place(3, std::vector<std::int64_t>(bones, angles));
    std::int64_t next = 6;
    for (std::size_t finger = 0; finger < 5; ++finger)
      for (std::size_t joint = 0; joint < 3; ++joint) {
        place[0][2 + 4 * finger + joint] = next++;
        if (joint == 0) place[1][2 + 4 * finger] = next++;
      }
    pose_place = tensor(place);
  }

  /// Parents stand before their children.
  void sort_bones(const std::vector<std::int64_t>& parents) {
    std::vector<std::size_t> level_of, place;
    std::vector<std::vector<std::int64_t>> bones, above;
    for (std::size_t bone = 0; bone < parents.size(); ++bone) {
      const auto parent = static_cast<std::size_t>(parents[bone]);
      const std::size_t level = parents[bone] < 0 ? 0 : level_of[parent] + 1;
      if (level == bones.size()) bones.emplace_back(), above.emplace_back();
      level_of.push_back(level);
      place.push_back(bones[level].size());
      bones[level].push_back(static_cast<std::int64_t>(bone));
      above[level].push_back(level == 0 ? 0 : static_cast<std::int64_t>(place[parent]));
    }
    std::vector<std::int64_t> order;
    for (std::size_t level = 0; level < bones.size(); ++level) {
      levels.push_back({tensor(bones[level]), tensor(above[level])});
      order.insert(order.end(), bones[level].begin(), bones[level].end());
    }
    std::vector<std::int64_t> places(order.size());
    for (std::size_t i = 0; i < order.size(); ++i)
      places[static_cast<std::size_t>(order[i])] = static_cast<std::int64_t>(i);
    level_place = tensor(places);
  }
};

struct Input {
  Model model;
  Tensor theta;   ///< (26,)
  Tensor points;  ///< (points, 3)
  Tensor vertex;  ///< (points,) the vertex that a point corresponds to; (3, points) with us, the triangle's corners
  Tensor us;      ///< (points, 2): where a point lies in its triangle. Undefined where the points are vertices

  explicit Input(const Json& input)
      : model(input.at("data").at("model")),
        theta(read_vector(input.at("theta"))),
        points(read_rows(input.at("data").at("points"))) {
    const Json &data = input.at("data"), &numbers = input.at("us");
    vertex = read_integers(data.at("correspondences"), {std::ssize(data.at("correspondences"))});
    if (!numbers.empty()) {
      const Json& triangles = data.at("model").at("triangles");
      vertex = transpose(take(read_integers(triangles, {std::ssize(triangles), 3}), vertex));
      us = read_rows(numbers);
    }
    eval(vertex);
  }
};

/// The rotation about the axis a by the angle |a|; none below 1e-4.
Tensor rotation(const Tensor& a) {
  const Tensor square_angle = sum(square(a)), still = square_angle < 1e-8, identity = eye(3, 3, float64);
  const Tensor angle = sqrt(where(still, 1, square_angle)), axis = a / angle, c = cos(angle);
  const Tensor x = select(axis, 0, 0), y = select(axis, 0, 1), z = select(axis, 0, 2), zero = zeros({}, float64);
  const Tensor turn = reshape(stack({zero, -z, y, z, zero, -x, -y, x, zero}), {3, 3});  // turn v = axis x v
  return where(still, identity, outer(axis, axis) * (1 - c) + identity * c + turn * sin(angle));
}

/// Rz Ry Rx of each bone as an affine map, (bones, 4, 4), for the angles x, z and y, (3, bones).
Tensor rotations(const Tensor& angles) {
  const Tensor s = sin(angles), c = cos(angles);
  const Tensor sx = select(s, 0, 0), sz = select(s, 0, 1), sy = select(s, 0, 2);
  const Tensor cx = select(c, 0, 0), cz = select(c, 0, 1), cy = select(c, 0, 2);
  const Tensor zero = zeros({angles.size(1)}, float64), one = ones({angles.size(1)}, float64);
  const std::vector<Tensor> entries{cz * cy,
                                    cz * sy * sx - sz * cx,
                                    cz * sy * cx + sz * sx,
                                    zero,
                                    sz * cy,
                                    sz * sy * sx + cz * cx,
                                    sz * sy * cx - cz * sx,
                                    zero,
                                    -sy,
                                    cy * sx,
                                    cy * cx,
                                    zero,
                                    zero,
                                    zero,
                                    zero,
                                    one};
  return reshape(stack(entries, 1), {-1, 4, 4});
}

/// Where the skin's vertices are, (vertices, 3). The whole hand's rotation turns the bones, so that it need not turn
/// each vertex.
Tensor vertices(const Model& model, const Tensor& theta) {
  const Tensor angles = take(concatenate({theta, zeros({1}, float64)}), model.pose_place);
  const Tensor relatives = matmul(model.base_relatives, rotations(angles));
  std::vector<Tensor> absolutes;
  for (const Level& level : model.levels) {
    const Tensor own = take(relatives, level.bones);
    absolutes.push_back(absolutes.empty() ? own : matmul(take(absolutes.back(), level.parents), own));
  }
  const Tensor moves = matmul(take(concatenate(absolutes), model.level_place), model.inverse_base_absolutes);
  Tensor turn = rotation(slice(theta, 0, 0, 3));
  if (model.mirrored) turn = turn * tensor({-1, 1, 1}, float64);
  const Tensor turned = matmul(turn, reshape(transpose(slice(moves, 1, 0, 3), {1, 0, 2}), {3, -1}));
  return transpose(matmul(turned, model.skin)) + slice(theta, 0, 3, 6);
}

/// Where a hand has the points, (points, n), of its vertices, (vertices, n): n is 3, or 3 times a number of hands.
Tensor seen_at(const Tensor& vertices, const Tensor& vertex, const Tensor& us) {
  if (!us.defined()) return take(vertices, vertex);
  const auto corner = [&](int i) { return take(vertices, select(vertex, 0, i)); };
  const Tensor a = slice(us, 1, 0, 1), b = slice(us, 1, 1, 2);
  return a * corner(0) + b * corner(1) + (1 - a - b) * corner(2);
}

/// How far the points are from where the hand has them, (3 points,), the coordinates of a point one after the other.
Tensor errors(const Input& in) { return ravel(in.points - seen_at(vertices(in.model, in.theta), in.vertex, in.us)); }

/// The errors' derivatives of some points: in the two coordinates of each point's triangle, where there are any, then
/// in theta, (points, 3, 2 + 26) or (points, 3, 26). `slopes` are the vertices' derivatives in theta, (vertices, 3,
/// 26).
Tensor point_jacobian(const Tensor& hand, const Tensor& slopes, const Tensor& vertex, const Tensor& us) {
  std::vector<Tensor> columns;
  if (us.defined())
    for (int i = 0; i < 2; ++i) {
      const Tensor direction = broadcast_to(select(eye(2, 2, float64), 0, i), us.shape());
      const auto error = [&](const Tensor& at) { return -seen_at(hand, vertex, at); };
      columns.push_back(expand_dims(jvp(error, us, direction).second, 2));
    }
  const Tensor direction = reshape(slopes, {slopes.size(0), -1});  // 26 hands side by side
  const Tensor hands = reshape(broadcast_to(expand_dims(hand, 2), slopes.shape()), direction.shape());
  const auto error = [&](const Tensor& moved) { return -seen_at(moved, vertex, us); };
  columns.push_back(reshape(jvp(error, hands, direction).second, {-1, 3, slopes.size(2)}));
  return concatenate(columns, 2);
}

/// (3 points, 2 + 26) or (3 points, 26). Errors depend on their own point's us only, so that two products with the
/// Jacobian hold the derivatives in these. Those in theta are the chain rule in two steps: the Jacobian of the
/// vertices, of which there are fewer, and one product with that of the points, which moves a hand for each angle. Some
/// points at a time stay in the cache.
Tensor error_jacobian(const Input& in) {
  constexpr std::int64_t points_at_once = 2048;
  const Tensor hand = vertices(in.model, in.theta);
  const Tensor slopes = jacobian([&](const Tensor& theta) { return vertices(in.model, theta); }, in.theta);
  std::vector<Tensor> parts;
  for (std::int64_t first = 0, points = in.points.size(0); first < points; first += points_at_once) {
    const std::int64_t last = std::min(points, first + points_at_once);
    const Tensor us = in.us.defined() ? slice(in.us, 0, first, last) : Tensor();
    parts.push_back(point_jacobian(hand, slopes, slice(in.vertex, in.vertex.rank() - 1, first, last), us));
  }
  const Tensor all = concatenate(parts, 0);
  return reshape(all, {-1, all.size(2)});
}

}  // namespace

Module ht() {
  return {{"objective", [](const Json& input) { return program([in = Input(input)] { return errors(in); }); }},
          {"jacobian", [](const Json& input) { return program([in = Input(input)] { return error_jacobian(in); }); }}};
}

}  // namespace gradbench
