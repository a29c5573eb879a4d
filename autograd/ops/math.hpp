#pragma once

#include <autograd/tensor.hpp>

/// More elementwise functions (included by ops.hpp). Operands broadcast; functions of real numbers turn int64 and bool
/// into float32. Unless said otherwise values are those of the C++ functions of the same names, to 4 units in the last
/// place, in float32 and float64 alike, and derivatives of any order exist.
namespace xgrad {

// ---------------------------------------------------------------------------------------------- trigonometry

Tensor sin(const Tensor& x);
Tensor cos(const Tensor& x);
Tensor tan(const Tensor& x);
/// Inverse sine; NaN outside [-1, 1]. The derivative 1 / sqrt(1 - x^2) is +inf at -1 and 1; where the cotangent is 0
/// there it is 0, as for sqrt.
Tensor asin(const Tensor& x);
/// Inverse cosine; NaN outside [-1, 1]. The derivative -1 / sqrt(1 - x^2) is -inf at -1 and 1; where the cotangent is 0
/// there it is 0.
Tensor acos(const Tensor& x);
Tensor atan(const Tensor& x);
/// The angle of the point (b, a), in [-pi, pi]. The derivatives are b / (a^2 + b^2) and -a / (a^2 + b^2), and 0 at the
/// origin, where no direction is distinguished.
Tensor atan2(const Tensor& a, const Tensor& b);
Tensor sinh(const Tensor& x);
Tensor cosh(const Tensor& x);
Tensor asinh(const Tensor& x);
/// Inverse hyperbolic cosine; NaN below 1. The derivative is +inf at 1; where the cotangent is 0 there it is 0.
Tensor acosh(const Tensor& x);
/// Inverse hyperbolic tangent; -inf at -1, inf at 1, NaN beyond.
Tensor atanh(const Tensor& x);

// ---------------------------------------------------------------------------------------------- exponentials, roots

/// exp(x) - 1, accurate near 0; inf where exp is, in float32 from 88.4 on.
Tensor expm1(const Tensor& x);
/// 2^x. Results below the smallest normal number may be 0.
Tensor exp2(const Tensor& x);
/// Logarithms to base 2 and 10; -inf at 0, NaN below.
Tensor log2(const Tensor& x);
Tensor log10(const Tensor& x);
/// 1 / sqrt(x); inf at 0.
Tensor rsqrt(const Tensor& x);
/// 1 / x; infinite at 0.
Tensor reciprocal(const Tensor& x);
/// Cube root, also of negative numbers. The derivative is +inf at 0; where the cotangent is 0 there it is 0.
Tensor cbrt(const Tensor& x);
/// sqrt(a^2 + b^2) without overflow. The derivatives are a / y and b / y, and 0 at the origin.
Tensor hypot(const Tensor& a, const Tensor& b);
/// log(exp(a) + exp(b)) without overflow; -inf where both are. The derivatives add up to 1.
Tensor logaddexp(const Tensor& a, const Tensor& b);
/// a log(b), and 0 where a is 0, unless b is NaN. Where a is 0, and b is not a positive finite number, both derivatives
/// are 0; else they are log(b) and a / b.
Tensor xlogy(const Tensor& a, const Tensor& b);

// ---------------------------------------------------------------------------------------------- special functions

/// The error function 2 / sqrt(pi) * integral of exp(-t^2) from 0 to x.
Tensor erf(const Tensor& x);
/// 1 - erf(x), accurate for large x.
Tensor erfc(const Tensor& x);
/// log |Gamma(x)|; inf at 0, -1, -2, ... Its derivative is digamma. Accurate to some units in the last place of
/// max(1, |value|).
Tensor lgamma(const Tensor& x);
/// The logarithmic derivative of Gamma. -inf at 0 (inf at -0), NaN at -1, -2, ... and at -inf. Accurate to some units
/// in the last place of max(1, |value|).
Tensor digamma(const Tensor& x);
/// The n-th derivative of digamma. At its poles 0, -1, -2, ... it is inf for odd n; for even n, where both sides
/// differ, it is as digamma. Throws Error unless 0 <= n <= 100.
Tensor polygamma(int n, const Tensor& x);

// ---------------------------------------------------------------------------------------------- rounding, remainders

/// The next integer below, above, nearest (half to even), towards 0. Floating-point; int64 and bool stay as they are.
/// The derivative is 0.
Tensor floor(const Tensor& x);
Tensor ceil(const Tensor& x);
Tensor round(const Tensor& x);
Tensor trunc(const Tensor& x);
/// a - b trunc(a / b), exactly: the remainder with the sign of a. NaN for b = 0; 0 in int64. d/da is 1, d/db
/// -trunc(a / b).
Tensor fmod(const Tensor& a, const Tensor& b);
/// a - b floor(a / b): the remainder with the sign of b, Python's a % b. NaN for b = 0; 0 in int64. d/da is 1, d/db
/// -floor(a / b).
Tensor remainder(const Tensor& a, const Tensor& b);

// ---------------------------------------------------------------------------------------------- logic

/// Bool tensors, without a derivative. Of a number it counts whether it is not 0; NaN is not 0.
Tensor isnan(const Tensor& x);
Tensor isinf(const Tensor& x);
Tensor isfinite(const Tensor& x);
Tensor logical_not(const Tensor& x);
Tensor logical_and(const Tensor& a, const Tensor& b);
Tensor logical_or(const Tensor& a, const Tensor& b);
Tensor logical_xor(const Tensor& a, const Tensor& b);

}  // namespace xgrad
