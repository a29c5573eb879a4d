#include "differentiate.hpp"
#include "problems.hpp"

namespace gradbench {

Tensor vertices(const HandModel& model, const Tensor& theta) {
  const Tensor angles = torch::cat({theta, model.zero}).index_select(0, model.pose_place.view(-1)).view({3, -1});
  const Tensor relatives = model.base_relatives.matmul(rotations(model, angles));
  std::vector<Tensor> absolutes;
  for (const BoneLevel& level : model.levels) {
    const Tensor own = relatives.index_select(0, level.bones);
    absolutes.push_back(absolutes.empty() ? own : absolutes.back().index_select(0, level.parents).matmul(own));
  }
  const Tensor moves = torch::cat(absolutes).index_select(0, model.level_place).matmul(model.inverse_base_absolutes);
  Tensor turn = rotation(model, theta.narrow(0, 0, 3));
  if (model.mirrored) turn = turn * model.mirror;
  const Tensor turned = turn.matmul(moves.narrow(1, 0, 3).transpose(0, 1).reshape({3, -1}));
  return turned.matmul(model.skin).t() + theta.narrow(0, 3, 3);
}

/// One product for each angle, of a graph that is recorded once.
Tensor vertices_jacobian(const HandModel& model, const Tensor& theta) {
  const std::vector<Tensor> directions = torch::eye(theta.numel(), theta.options()).unbind();
  return torch::stack(jacobian_products([&](const Tensor& at) { return vertices(model, at); }, theta, directions), 2);
}

Tensor seen_at(const Tensor& vertices, const Tensor& vertex, const Tensor& us) {
  if (!us.defined()) return vertices.index_select(0, vertex);
  const auto corner = [&](int i) { return vertices.index_select(0, vertex[i]); };
  const Tensor a = us.narrow(1, 0, 1), b = us.narrow(1, 1, 1);
  return a * corner(0) + b * corner(1) + (1 - a - b) * corner(2);
}

Tensor point_jacobian(const Tensor& hand, const Tensor& slopes, const Tensor& vertex, const Tensor& us) {
  std::vector<Tensor> columns;
  if (us.defined()) {
    const std::vector<Tensor> directions = torch::eye(2, us.options()).unsqueeze(1).expand({2, us.size(0), 2}).unbind();
    const auto error = [&](const Tensor& at) { return -seen_at(hand, vertex, at); };
    columns.push_back(torch::stack(jacobian_products(error, us, directions), 2));
  }
  const Tensor hands = hand.unsqueeze(2).expand_as(slopes).reshape({slopes.size(0), -1});  // 26 hands side by side
  const auto error = [&](const Tensor& moved) { return -seen_at(moved, vertex, us); };
  columns.push_back(jacobian_products(error, hands, {slopes.view_as(hands)})[0].view({-1, 3, slopes.size(2)}));
  return torch::cat(columns, 2);
}

}  // namespace gradbench
