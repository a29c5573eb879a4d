#pragma once

#include <autograd/ops.hpp>

#pragma GCC visibility push(default)
/// Operations on integers. Operands are int64 or bool and broadcast; no derivative exists.
namespace xgrad {

/// Bit by bit. Of bools they are the logical operations, and give bools.
Tensor bitwise_and(const Operand& a, const Operand& b);
Tensor bitwise_or(const Operand& a, const Operand& b);
Tensor bitwise_xor(const Operand& a, const Operand& b);
Tensor bitwise_not(const Operand& x);
/// a 2^b modulo 2^64, and floor(a / 2^b). For b < 0 and b > 63, 0; the sign of a, 0 or -1.
Tensor bitwise_left_shift(const Operand& a, const Operand& b);
Tensor bitwise_right_shift(const Operand& a, const Operand& b);

/// The greatest common divisor and the least common multiple, 0 or more (modulo 2^64). gcd(0, 0) is 0.
Tensor gcd(const Operand& a, const Operand& b);
Tensor lcm(const Operand& a, const Operand& b);

/// floor(a / b), exactly: int64 for int64 and bool, also floating-point operands. By 0 it is 0 in int64, a / b in
/// floating point. The derivative is 0.
Tensor floor_divide(const Operand& a, const Operand& b);

}  // namespace xgrad
#pragma GCC visibility pop
