#pragma once

#include <concepts>
#include <optional>

#include <autograd/ops.hpp>

#pragma GCC visibility push(default)
/// Elementwise functions that follow from others. Operands broadcast; functions of real numbers turn int64 and bool
/// into float32.
namespace xgrad {

// ---------------------------------------------------------------------------------------------- real numbers

/// log(x / (1 - x)): -inf at 0, inf at 1, NaN beyond; of x limited to [eps, 1 - eps] where eps is given. Throws Error
/// unless 0 <= eps <= 0.5.
Tensor logit(const Operand& x, std::optional<double> eps = {});
/// sin(pi x) / (pi x), and 1 at 0.
Tensor sinc(const Operand& x);
/// The inverse of erf: infinite at -1 and 1, NaN beyond.
Tensor erfinv(const Operand& x);
/// The standard normal distribution function, and its logarithm, finite for every finite x.
Tensor ndtr(const Operand& x);
Tensor log_ndtr(const Operand& x);
/// The modified Bessel function of the first kind, of order 0; infinite where float64 is.
Tensor i0(const Operand& x);
/// -x log(x): 0 at 0, with derivatives of 0 there; -inf below.
Tensor entr(const Operand& x);
/// a log(1 + b), and 0 where a is 0, unless b is NaN. Where a is 0, and b is not above -1 or not finite, both
/// derivatives are 0.
Tensor xlog1py(const Operand& a, const Operand& b);
/// log2(2^a + 2^b) without overflow, with the derivatives of logaddexp.
Tensor logaddexp2(const Operand& a, const Operand& b);
/// log of the multivariate gamma function of order p: p (p - 1) / 4 log(pi) + the sum of lgamma(x - i / 2) over i < p.
/// Throws Error unless 1 <= p <= 1000.
Tensor multigammaln(const Operand& x, int p);
/// a^b in float64.
Tensor float_power(const Operand& a, const Operand& b);
/// a 2^b.
Tensor ldexp(const Operand& a, const Operand& b);
/// Degrees to radians, and back.
Tensor deg2rad(const Operand& x);
Tensor rad2deg(const Operand& x);

// ---------------------------------------------------------------------------------------------- parts and signs

/// x itself. Throws Error on bools.
Tensor positive(const Operand& x);
/// x - trunc(x).
Tensor frac(const Operand& x);
/// sign(x): PyTorch's name for complex numbers too.
Tensor sgn(const Operand& x);
/// Whether the sign is negative, that of -0 too; not of NaN.
Tensor signbit(const Operand& x);
/// |a| with the sign of b, that of -0 too. The derivative in a is 0 at 0.
Tensor copysign(const Operand& a, const Operand& b);
/// 0 below 0, values at 0, 1 above, in the dtype of both; 0 for NaN.
Tensor heaviside(const Operand& x, const Operand& values);
/// Whether x is inf (-inf).
Tensor isposinf(const Operand& x);
Tensor isneginf(const Operand& x);

struct NanToNumOptions {
  double nan = 0;                     ///< in place of NaN
  std::optional<double> posinf = {};  ///< of inf; the largest number of the dtype by default
  std::optional<double> neginf = {};  ///< of -inf; the least number of the dtype by default
};
/// x with numbers in place of NaN and infinities, where the derivative is 0.
Tensor nan_to_num(const Operand& x, const NanToNumOptions& options = {});

/// The larger (smaller) of both; where one is NaN, the other. At ties a gets the gradient.
Tensor fmax(const Operand& a, const Operand& b);
Tensor fmin(const Operand& a, const Operand& b);

namespace detail {
struct BetweenTensors {
  static Tensor clip(const char* op, const Operand& x, const Operand& low, const Operand& high);
};
template <class L, class H>
concept Bounds =
    (std::same_as<L, Tensor> ||
     std::same_as<H, Tensor>)&&std::convertible_to<const L&, Tensor>&& std::convertible_to<const H&, Tensor>;
}  // namespace detail
/// x limited to [low, high], of which one is a tensor at least; all broadcast. Where low > high the result is high. The
/// gradient goes to what is taken; to x at the bounds.
template <class L, class H>
requires detail::Bounds<L, H> Tensor clip(const Operand& x, const L& low, const H& high) {
  return detail::BetweenTensors::clip("clip", x, low, high);
}
template <class L, class H>
requires detail::Bounds<L, H> Tensor clamp(const Operand& x, const L& low, const H& high) {
  return detail::BetweenTensors::clip("clamp", x, low, high);
}

/// x rounded to so many digits behind the point, half to even, as round(x 10^decimals) / 10^decimals; before it for
/// negative numbers. The derivative is 0. int64 and bool stay as they are. Throws Error on them for negative decimals,
/// and unless |decimals| <= 300.
Tensor round(const Operand& x, int decimals);

// ---------------------------------------------------------------------------------------------- activations

/// softmax(-x).
Tensor softmin(const Operand& x, int axis = -1);
/// x - lambda above lambda, x + lambda below -lambda, 0 between. Throws Error on lambda < 0.
Tensor softshrink(const Operand& x, double lambda = 0.5);
/// x where |x| > lambda, else 0.
Tensor hardshrink(const Operand& x, double lambda = 0.5);
/// x where it is above the threshold, else value.
Tensor threshold(const Operand& x, double threshold, double value);

}  // namespace xgrad
#pragma GCC visibility pop
