#include <algorithm>

#include "modules.hpp"
#include "problems.hpp"

namespace gradbench {

namespace {

/// How far the points are from where the hand has them, (3 points,), the coordinates of a point one after the other.
Tensor errors(const HandInput& in) {
  return reshape(in.points - seen_at(vertices(in.model, in.theta), in.vertex, in.us), {-1});
}

/// (3 points, 2 + 26) or (3 points, 26): the chain rule in two steps, by the Jacobian of the vertices, of which there
/// are fewer. Some points at a time stay in the cache.
Tensor error_jacobian(const HandInput& in) {
  constexpr std::int64_t points_at_once = 2048;
  const Tensor hand = vertices(in.model, in.theta), slopes = vertices_jacobian(in.model, in.theta);
  std::vector<Tensor> parts;
  for (std::int64_t first = 0, points = in.points.size(0); first < points; first += points_at_once) {
    const std::int64_t last = std::min(points, first + points_at_once);
    const Tensor us = in.us.defined() ? slice(in.us, 0, first, last) : Tensor();
    parts.push_back(point_jacobian(hand, slopes, slice(in.vertex, in.us.defined() ? 1 : 0, first, last), us));
  }
  return reshape(concatenate(parts), {3 * in.points.size(0), -1});
}

}  // namespace

Module ht() {
  return {
      {"objective", [](const Json& input) { return program([in = HandInput(input)] { return errors(in); }); }},
      {"jacobian", [](const Json& input) { return program([in = HandInput(input)] { return error_jacobian(in); }); }}};
}

}  // namespace gradbench
