#include <autograd/autograd.hpp>

#include "problems.hpp"

namespace gradbench {

using namespace xgrad;

Tensor vertices(const HandModel& model, const Tensor& theta) {
  const Tensor angles = take(concatenate({theta, model.zero}), model.pose_place);
  const Tensor relatives = matmul(model.base_relatives, rotations(model, angles));
  std::vector<Tensor> absolutes;
  for (const BoneLevel& level : model.levels) {
    const Tensor own = take(relatives, level.bones);
    absolutes.push_back(absolutes.empty() ? own : matmul(take(absolutes.back(), level.parents), own));
  }
  const Tensor moves = matmul(take(concatenate(absolutes), model.level_place), model.inverse_base_absolutes);
  Tensor turn = rotation(model, slice(theta, 0, 0, 3));
  if (model.mirrored) turn = turn * model.mirror;
  const Tensor turned = matmul(turn, reshape(transpose(slice(moves, 1, 0, 3), {1, 0, 2}), {3, -1}));
  return transpose(matmul(turned, model.skin)) + slice(theta, 0, 3, 6);
}

Tensor vertices_jacobian(const HandModel& model, const Tensor& theta) {
  return jacobian([&](const Tensor& at) { return vertices(model, at); }, theta);
}

Tensor seen_at(const Tensor& vertices, const Tensor& vertex, const Tensor& us) {
  if (!us.defined()) return take(vertices, vertex);
  const auto corner = [&](int i) { return take(vertices, select(vertex, 0, i)); };
  const Tensor a = slice(us, 1, 0, 1), b = slice(us, 1, 1, 2);
  return a * corner(0) + b * corner(1) + (1 - a - b) * corner(2);
}

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

}  // namespace gradbench
