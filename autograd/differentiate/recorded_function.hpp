#pragma once

#include <autograd/differentiate/check_function.hpp>
#include <autograd/differentiate/gradient.hpp>
#include <autograd/ops/common.hpp>

namespace xgrad {

/// A function recorded at a point, on a tape of its own, in the name of an operation whose derivatives are wanted.
/// Throws Error where x or f(x) is not floating-point.
struct RecordedFunction {
  const char* op;
  Tape tape;
  Tensor x;           ///< an alias of the point, in which y can be differentiated
  std::size_t first;  ///< how much was recorded before f
  Tensor y;

  RecordedFunction(const char* name, const TensorFunction& f, const Tensor& at)
      : op(name), x(ops::alias(checked(name, f, at))), first(tape.size()), y(f(x)) {
    ops::check_floating(op, "f(x)", y);
  }

  /// The gradient of y, recorded. Throws Error where y has several elements.
  Tensor slope() const {
    if (y.size() != 1) fail(op, "f(x) has shape " + to_string(y.shape()) + "; expected one element");
    return gradient(y, x, {.materialize_grads = true});
  }

 private:
  static const Tensor& checked(const char* op, const TensorFunction& f, const Tensor& x) {
    check_function(op, f);
    ops::check_floating(op, "x", x);
    return x;
  }
};

}  // namespace xgrad
