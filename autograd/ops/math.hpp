#pragma once

#include <autograd/operand.hpp>
#include <autograd/tensor.hpp>

#pragma GCC visibility push(default)
/// More elementwise functions (included by ops.hpp). Operands broadcast; functions of real numbers turn int64 and bool
/// into float32. Unless said otherwise values are those of the C++ functions of the same names, to 4 units in the last
/// place, in float32 and float64 alike, and derivatives of any order exist.
namespace xgrad {

// ---------------------------------------------------------------------------------------------- trigonometry

/// Sine of x in radians, with derivative cos(x).
Tensor sin(const Operand& x);
/// Cosine of x in radians, with derivative -sin(x).
Tensor cos(const Operand& x);
/// Tangent of x in radians, with derivative 1 + tan(x)^2.
Tensor tan(const Operand& x);
/// Inverse sine; NaN outside [-1, 1]. The derivative 1 / sqrt(1 - x^2) is +inf at -1 and 1; where the cotangent is 0
/// there it is 0, as for sqrt.
Tensor asin(const Operand& x);
/// Inverse cosine; NaN outside [-1, 1]. The derivative -1 / sqrt(1 - x^2) is -inf at -1 and 1; where the cotangent is 0
/// there it is 0.
Tensor acos(const Operand& x);
/// Inverse tangent, in [-pi / 2, pi / 2], with derivative 1 / (1 + x^2).
Tensor atan(const Operand& x);
/// The angle of the point (b, a), in [-pi, pi]. The derivatives are b / (a^2 + b^2) and -a / (a^2 + b^2), and 0 at the
/// origin, where no direction is distinguished.
Tensor atan2(const Operand& a, const Operand& b);
/// Hyperbolic sine, with derivative cosh(x).
Tensor sinh(const Operand& x);
/// Hyperbolic cosine, with derivative sinh(x).
Tensor cosh(const Operand& x);
/// Inverse hyperbolic sine, with derivative 1 / sqrt(1 + x^2).
Tensor asinh(const Operand& x);
/// Inverse hyperbolic cosine; NaN below 1. The derivative is +inf at 1; where the cotangent is 0 there it is 0.
Tensor acosh(const Operand& x);
/// Inverse hyperbolic tangent; -inf at -1, inf at 1, NaN beyond.
Tensor atanh(const Operand& x);

// ---------------------------------------------------------------------------------------------- exponentials, roots

/// exp(x) - 1, accurate near 0; inf where exp is, in float32 from 88.4 on.
Tensor expm1(const Operand& x);
/// 2^x. Results below the smallest normal number may be 0.
Tensor exp2(const Operand& x);
/// Logarithms to base 2 and 10; -inf at 0, NaN below.
Tensor log2(const Operand& x);
Tensor log10(const Operand& x);
/// 1 / sqrt(x); inf at 0.
Tensor rsqrt(const Operand& x);
/// 1 / x; infinite at 0.
Tensor reciprocal(const Operand& x);
/// Cube root, also of negative numbers. The derivative is +inf at 0; where the cotangent is 0 there it is 0.
Tensor cbrt(const Operand& x);
/// sqrt(a^2 + b^2) without overflow. The derivatives are a / y and b / y, and 0 at the origin, of every order.
Tensor hypot(const Operand& a, const Operand& b);
/// log(exp(a) + exp(b)) without overflow; -inf where both are. The derivatives are softmax({a, b}): they add up to 1,
/// half to each where both are inf, but are 0 where both are -inf.
Tensor logaddexp(const Operand& a, const Operand& b);
/// a log(b), and 0 where a is 0, unless b is NaN. Where a is 0, and b is not a positive finite number, both derivatives
/// are 0; else they are log(b) and a / b.
Tensor xlogy(const Operand& a, const Operand& b);

/// a + weight (b - a): a at weight 0 and b at weight 1, exactly, for a and b that are finite. int64 and bool operands
/// become floating-point before they meet.
Tensor lerp(const Operand& a, const Operand& b, const Operand& weight);

// ---------------------------------------------------------------------------------------------- special functions

/// The error function 2 / sqrt(pi) * integral of exp(-t^2) from 0 to x.
Tensor erf(const Operand& x);
/// 1 - erf(x), accurate for large x.
Tensor erfc(const Operand& x);
/// log |Gamma(x)|; inf at 0, -1, -2, ... Its derivative is digamma. Accurate to some units in the last place of
/// max(1, |value|).
Tensor lgamma(const Operand& x);
/// The logarithmic derivative of Gamma. -inf at 0 (inf at -0), NaN at -1, -2, ... and at -inf. Accurate to some units
/// in the last place of max(1, |value|).
Tensor digamma(const Operand& x);
/// The n-th derivative of digamma. At its poles 0, -1, -2, ... it is inf for odd n; for even n, where both sides
/// differ, it is as digamma. Throws Error unless 0 <= n <= 100.
Tensor polygamma(int n, const Operand& x);

// ---------------------------------------------------------------------------------------------- rounding, remainders

/// The next integer below, above, nearest (half to even), towards 0. Floating-point; int64 and bool stay as they are.
/// The derivative is 0.
Tensor floor(const Operand& x);
Tensor ceil(const Operand& x);
Tensor round(const Operand& x);
Tensor trunc(const Operand& x);
/// a - b trunc(a / b), exactly: the remainder with the sign of a. NaN for b = 0; 0 in int64. d/da is 1, d/db
/// -trunc(a / b).
Tensor fmod(const Operand& a, const Operand& b);
/// a - b floor(a / b): the remainder with the sign of b, Python's a % b. NaN for b = 0; 0 in int64. d/da is 1, d/db
/// -floor(a / b).
Tensor remainder(const Operand& a, const Operand& b);

// ---------------------------------------------------------------------------------------------- logic

/// Bool tensors, without a derivative. Numbers count as true unless they are 0; NaN is true.
Tensor isnan(const Operand& x);
Tensor isinf(const Operand& x);
Tensor isfinite(const Operand& x);
Tensor logical_not(const Operand& x);
Tensor logical_and(const Operand& a, const Operand& b);
Tensor logical_or(const Operand& a, const Operand& b);
Tensor logical_xor(const Operand& a, const Operand& b);

}  // namespace xgrad
#pragma GCC visibility pop
