#include <autograd/ops.hpp>

#include <autograd/ops/common.hpp>

// Operators, and names that stand for two functions. Their errors name the operator or function that was called.
namespace xgrad {
namespace {

/// Throws Error unless the operand of an operator is bool.
void check_bool(const char* op, const char* argument, const Tensor& x, const char* instead) {
  ops::check_defined(op, argument, x);
  if (x.dtype() == boolean) return;
  fail(op, "argument '" + std::string(argument) + "' has dtype " + std::string(to_string(x.dtype())) + ", shape " +
               to_string(x.shape()) + "; expected bool. Comparisons give that, and " + instead + "() takes any dtype");
}

void check_pair(const char* op, const Tensor& a, const Tensor& b) {
  ops::check_defined(op, "a", a);
  ops::check_defined(op, "b", b);
  ops::broadcast_shapes(op, a.shape(), b.shape());
}

}  // namespace

Tensor detail::OfTwo::max(const Operand& a, const Operand& b) {
  check_pair("max", a, b);
  return maximum(a, b);
}

Tensor detail::OfTwo::min(const Operand& a, const Operand& b) {
  check_pair("min", a, b);
  return minimum(a, b);
}

Tensor operator%(const Operand& a, const Operand& b) {
  check_pair("operator%", a, b);
  return remainder(a, b);
}

Tensor operator!(const Tensor& x) {
  ops::check_defined("operator!", "x", x);
  return logical_not(x);
}

Tensor operator~(const Operand& x) {
  check_bool("operator~", "x", x, "logical_not");
  return logical_not(x);
}

Tensor operator&(const Operand& a, const Operand& b) {
  check_bool("operator&", "a", a, "logical_and");
  check_bool("operator&", "b", b, "logical_and");
  ops::broadcast_shapes("operator&", a.shape(), b.shape());
  return logical_and(a, b);
}

Tensor operator|(const Operand& a, const Operand& b) {
  check_bool("operator|", "a", a, "logical_or");
  check_bool("operator|", "b", b, "logical_or");
  ops::broadcast_shapes("operator|", a.shape(), b.shape());
  return logical_or(a, b);
}

Tensor operator^(const Operand& a, const Operand& b) {
  check_bool("operator^", "a", a, "logical_xor");
  check_bool("operator^", "b", b, "logical_xor");
  ops::broadcast_shapes("operator^", a.shape(), b.shape());
  return logical_xor(a, b);
}

}  // namespace xgrad
