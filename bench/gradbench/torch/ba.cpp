#include "problems.hpp"

namespace gradbench {

std::vector<Tensor> observed(const BaInput& in, std::int64_t first, std::int64_t last) {
  const auto of = [&](const Tensor& all, const Tensor& places) {
    return all.index_select(0, places.slice(0, first, last)).t().contiguous().unbind();
  };
  std::vector<Tensor> at = of(in.camera, in.camera_of);
  for (const Tensor& coordinate : of(in.point, in.point_of)) at.push_back(coordinate);
  at.push_back(in.weight.slice(0, first, last));
  return at;
}

Tensor observation_rows(const BaInput& in, std::int64_t first, std::int64_t last) {
  std::vector<Tensor> at = observed(in, first, last), columns;
  for (Tensor& parameter : at) parameter = parameter.detach().requires_grad_();
  const torch::AutoGradMode recording(true);
  const auto [x, y] = reprojection_errors(at, in.feature.slice(1, first, last));
  for (const Tensor& error : {x, y}) {
    const bool again = error.is_same(x);
    // An error does not depend on the principal point's other coordinate.
    for (const Tensor& slope : torch::autograd::grad({error.sum()}, at, {}, again, false, true))
      columns.push_back(slope.defined() ? slope : torch::zeros_like(error));
  }
  return torch::stack(columns, 1).view(-1);
}

}  // namespace gradbench
