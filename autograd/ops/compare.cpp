#include <autograd/ops/compare.hpp>

#include <autograd/ops/common.hpp>
#include <autograd/text.hpp>

namespace xgrad {
namespace {

/// |a - b| in float64. A difference of integers is exact if it fits in 64 bits. A larger one is computed in float64,
/// whose error is far below any tolerance that matters there.
Tensor distance(const Tensor& a, const Tensor& b) {
  const Tensor rounded = abs(a.to(float64) - b.to(float64));
  if (is_floating(a.dtype()) || is_floating(b.dtype())) return rounded;
  return where(rounded < 0x1p62, abs((a.to(int64) - b.to(int64)).to(float64)), rounded);
}

Tensor both_nan(const Tensor& a, const Tensor& b) { return logical_and(not_equal(a, a), not_equal(b, b)); }

bool every(const Tensor& x) { return all(x).item() != 0; }

}  // namespace

Tensor isclose(const Operand& a, const Operand& b, const CloseOptions& options) {
  const Called called("isclose");
  ops::check_operands("isclose", a, b);
  if (!(options.rtol >= 0 && options.atol >= 0)) {
    fail("isclose", "rtol is " + to_string(options.rtol) + " and atol is " + to_string(options.atol) +
                        "; expected numbers from 0 on");
  }
  const Tensor away = distance(a, b);
  const Tensor within = logical_and(isfinite(away), away <= abs(b.to(float64)) * options.rtol + options.atol);
  const Tensor close = logical_or(equal(a, b), within);
  return options.equal_nan ? logical_or(close, both_nan(a, b)) : close;
}

bool allclose(const Operand& a, const Operand& b, const CloseOptions& options) {
  const Called called("allclose");
  return every(isclose(a, b, options));
}

bool array_equal(const Operand& a, const Operand& b, const EqualOptions& options) {
  const Called called("array_equal");
  ops::check_defined("array_equal", "a", a);
  ops::check_defined("array_equal", "b", b);
  if (a.shape() != b.shape()) return false;
  const Tensor same = equal(a, b);
  return every(options.equal_nan ? logical_or(same, both_nan(a, b)) : same);
}

}  // namespace xgrad
