#include <autograd/ops/common.hpp>

namespace xgrad {

Tensor lerp(const Operand& a, const Operand& b, const Operand& weight) {
  const Called called("lerp");
  ops::check_defined("lerp", "a", a);
  ops::check_defined("lerp", "b", b);
  ops::check_defined("lerp", "weight", weight);
  ops::broadcast_shapes("lerp", ops::broadcast_shapes("lerp", a.shape(), b.shape()), weight.shape());
  const DType dtype = ops::real(ops::promote({&a.tensor(), &b.tensor(), &weight.tensor()}));
  const Tensor start = cast(a, dtype), end = cast(b, dtype), part = cast(weight, dtype);
  const Tensor difference = end - start;
  // From the nearer end, so that both ends are exact.
  return where(part < 0.5, start + part * difference, end - (1 - part) * difference);
}

}  // namespace xgrad
