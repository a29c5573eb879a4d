#pragma once

#include <initializer_list>
#include <span>
#include <vector>

#include <autograd/tensor.hpp>

namespace xgrad {

/// How gradients are asked for.
struct GradientOptions {
  /// Cotangent of the differentiated tensor (the "upstream gradient"): its shape and dtype. Needed unless that tensor
  /// has one element; a scalar one defaults to 1.
  Tensor cotangent = {};
  /// A source that the result does not depend on is an Error: almost always it was left out by mistake, and an
  /// optimizer would move it by its decay and its momentum. With allow_unused its gradient is an undefined Tensor,
  /// which optimizers pass over; with materialize_grads it is zeros.
  bool allow_unused = false;
  bool materialize_grads = false;
};

/// Keeps what is recorded on this thread, for differentiation, until it goes out of scope. Tapes nest: the inner one
/// keeps on the same list, and what it recorded stays until the outermost one ends. A tape belongs to the thread that
/// made it. Leaving the scope frees all that handles outside do not hold, without recursion.
class Tape {
 public:
  Tape();
  Tape(const Tape&) = delete;
  Tape& operator=(const Tape&) = delete;
  ~Tape();

  /// The gradient of y with respect to x: a tensor of x's shape and dtype, itself recorded and differentiable.
  /// Throws Error where y has several elements and no cotangent is given, where a cotangent's shape differs from y's,
  /// where x or y is not floating-point, where y does not depend on x (see GradientOptions), or where y was recorded
  /// without a tape and its recipe is gone.
  Tensor gradient(const Tensor& y, const Tensor& x, const GradientOptions& options = {}) const;
  /// The gradients with respect to several tensors, in their order.
  std::vector<Tensor> gradient(const Tensor& y, const std::vector<Tensor>& xs,
                               const GradientOptions& options = {}) const;

  /// Whether a tape is alive on this thread.
  static bool alive() noexcept;

  /// Number of nodes recorded on this thread and kept.
  std::size_t size() const noexcept;
};

}  // namespace xgrad
