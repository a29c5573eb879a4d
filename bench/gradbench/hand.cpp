#include "hand.hpp"

#include <iterator>

namespace gradbench {

namespace {

Tensor read_matrices(const Json& matrices) { return read_numbers(matrices, {std::ssize(matrices), 4, 4}); }

Tensor read_skin(const Json& model) {
  const std::vector<double> weights = flat_numbers(model.at("weights")),
                            positions = flat_numbers(model.at("base_positions"));
  const std::size_t vertices = positions.size() / 4, bones = weights.size() / vertices;
  std::vector<double> skin;
  for (std::size_t bone = 0; bone < bones; ++bone)
    for (std::size_t coordinate = 0; coordinate < 4; ++coordinate)
      for (std::size_t vertex = 0; vertex < vertices; ++vertex)
        skin.push_back(weights[vertex * bones + bone] * positions[4 * vertex + coordinate]);
  return make_tensor(skin, {4 * static_cast<std::int64_t>(bones), static_cast<std::int64_t>(vertices)});
}

/// theta holds a rotation and a translation of the whole, and for each finger two angles of its first joint and one
/// of the next two.
Tensor angle_places(std::size_t bones) {
  constexpr std::int64_t angles = 26;
  std::vector<std::int64_t> places(3 * bones, angles);
  std::int64_t next = 6;
  for (std::size_t finger = 0; finger < 5; ++finger)
    for (std::size_t joint = 0; joint < 3; ++joint) {
      const std::size_t bone = 2 + 4 * finger + joint;
      places[bone] = next++;
      if (joint == 0) places[bones + bone] = next++;
    }
  return make_integers(places, {3, static_cast<std::int64_t>(bones)});
}

Tensor read_vertices(const Json& data) {
  return make_integers(flat_integers(data.at("correspondences")), {std::ssize(data.at("correspondences"))});
}

/// The corners of the triangle of each point, (3, points).
Tensor read_corners(const Json& data) {
  const Json &correspondences = data.at("correspondences"), &triangles = data.at("model").at("triangles");
  std::vector<std::int64_t> corners;
  for (std::size_t corner = 0; corner < 3; ++corner)
    for (const Json& triangle : correspondences)
      corners.push_back(triangles.at(triangle.get<std::size_t>()).at(corner));
  return make_integers(corners, {3, std::ssize(correspondences)});
}

}  // namespace

HandModel::HandModel(const Json& model)
    : bones(std::ssize(model.at("parents"))),
      base_relatives(read_matrices(model.at("base_relatives"))),
      inverse_base_absolutes(read_matrices(model.at("inverse_base_absolutes"))),
      skin(read_skin(model)),
      pose_place(angle_places(static_cast<std::size_t>(bones))),
      mirrored(model.at("is_mirrored")),
      mirror(make_tensor({-1.0, 1.0, 1.0}, {3})),
      identity(make_tensor({1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0}, {3, 3})),
      zero(make_tensor({0.0}, {1})),
      zeros(make_tensor(std::vector<double>(static_cast<std::size_t>(bones), 0), {bones})),
      ones(make_tensor(std::vector<double>(static_cast<std::size_t>(bones), 1), {bones})) {
  sort_bones(flat_integers(model.at("parents")));
}

/// Parents stand before their children.
void HandModel::sort_bones(const std::vector<std::int64_t>& parents) {
  std::vector<std::size_t> level_of, place;
  std::vector<std::vector<std::int64_t>> own, above;
  for (std::size_t bone = 0; bone < parents.size(); ++bone) {
    const auto parent = static_cast<std::size_t>(parents[bone]);
    const std::size_t level = parents[bone] < 0 ? 0 : level_of[parent] + 1;
    if (level == own.size()) own.emplace_back(), above.emplace_back();
    level_of.push_back(level);
    place.push_back(own[level].size());
    own[level].push_back(static_cast<std::int64_t>(bone));
    above[level].push_back(level == 0 ? 0 : static_cast<std::int64_t>(place[parent]));
  }
  std::vector<std::int64_t> places(parents.size());
  std::int64_t next = 0;
  for (std::size_t level = 0; level < own.size(); ++level) {
    const Extents extents{std::ssize(own[level])};
    levels.push_back({make_integers(own[level], extents), make_integers(above[level], extents)});
    for (const std::int64_t bone : own[level]) places[static_cast<std::size_t>(bone)] = next++;
  }
  level_place = make_integers(places, {bones});
}

HandInput::HandInput(const Json& input)
    : model(input.at("data").at("model")),
      theta(read_vector(input.at("theta"))),
      points(read_rows(input.at("data").at("points"))) {
  const Json& numbers = input.at("us");
  vertex = numbers.empty() ? read_vertices(input.at("data")) : read_corners(input.at("data"));
  if (!numbers.empty()) us = read_rows(numbers);
}

Tensor rotation(const HandModel& model, const Tensor& a) {
  const Tensor square_angle = sum(square(a)), still = square_angle < 1e-8;
  const Tensor angle = sqrt(where(still, 1.0, square_angle)), axis = a / angle, c = cos(angle);
  const Tensor x = slice(axis, 0, 0, 1), y = slice(axis, 0, 1, 2), z = slice(axis, 0, 2, 3), zero = model.zero;
  const std::vector<Tensor> entries{zero, -z, y, z, zero, -x, -y, x, zero};  // turn v = axis x v
  const Tensor turn = reshape(stack(entries), {3, 3});
  return where(still, model.identity, outer(axis, axis) * (1 - c) + model.identity * c + turn * sin(angle));
}

Tensor rotations(const HandModel& model, const Tensor& angles) {
  const Tensor s = sin(angles), c = cos(angles), &zero = model.zeros, &one = model.ones;
  const Tensor sx = select(s, 0, 0), sz = select(s, 0, 1), sy = select(s, 0, 2);
  const Tensor cx = select(c, 0, 0), cz = select(c, 0, 1), cy = select(c, 0, 2);
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

}  // namespace gradbench
