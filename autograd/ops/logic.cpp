#include <limits>

#include <autograd/ops/common.hpp>

namespace xgrad {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

}  // namespace

Tensor isnan(const Operand& x) {
  const Called called("isnan");
  ops::check_defined("isnan", "x", x);
  return not_equal(x, x);
}

Tensor isinf(const Operand& x) {
  const Called called("isinf");
  ops::check_defined("isinf", "x", x);
  return equal(abs(x), infinity);
}

Tensor isfinite(const Operand& x) {
  const Called called("isfinite");
  ops::check_defined("isfinite", "x", x);
  return less(abs(x), infinity);
}

Tensor logical_not(const Operand& x) {
  const Called called("logical_not");
  ops::check_defined("logical_not", "x", x);
  return equal(x, false);
}

Tensor logical_and(const Operand& a, const Operand& b) {
  const Called called("logical_and");
  ops::check_operands("logical_and", a, b);
  return where(cast(a, boolean), cast(b, boolean), false);
}

Tensor logical_or(const Operand& a, const Operand& b) {
  const Called called("logical_or");
  ops::check_operands("logical_or", a, b);
  return where(cast(a, boolean), true, cast(b, boolean));
}

Tensor logical_xor(const Operand& a, const Operand& b) {
  const Called called("logical_xor");
  ops::check_operands("logical_xor", a, b);
  return not_equal(cast(a, boolean), cast(b, boolean));
}

}  // namespace xgrad
