#include <autograd/autograd.hpp>

#include "problems.hpp"

namespace gradbench {

using namespace xgrad;

std::vector<Tensor> observed(const BaInput& in, std::int64_t first, std::int64_t last) {
  const auto some = [&](const Tensor& all) { return slice(all, 0, first, last); };
  std::vector<Tensor> at = unstack(transpose(take(in.camera, some(in.camera_of))));
  for (const Tensor& coordinate : unstack(transpose(take(in.point, some(in.point_of))))) at.push_back(coordinate);
  at.push_back(some(in.weight));
  return at;
}

Tensor observation_rows(const BaInput& in, std::int64_t first, std::int64_t last) {
  const Tape tape;
  const std::vector<Tensor> at = observed(in, first, last);
  std::vector<Tensor> columns;
  for (const Tensor& error : reprojection_errors(at, slice(in.feature, 1, first, last)))
    for (const Tensor& slope : tape.gradient(sum(error), at, {.materialize_grads = true})) columns.push_back(slope);
  return ravel(stack(columns, 1));
}

}  // namespace gradbench
