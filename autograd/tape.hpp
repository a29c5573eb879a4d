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
  /// Whether a source that the result does not depend on is fine, with a gradient of zeros. Otherwise it is an Error.
  bool allow_unused = true;
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
  /// where x or y is not floating-point, or where y was recorded without a tape and its recipe is gone.
  Tensor gradient(const Tensor& y, const Tensor& x, const GradientOptions& options = {}) const;
  /// The gradients with respect to several tensors, in their order.
  std::vector<Tensor> gradient(const Tensor& y, const std::vector<Tensor>& xs,
                               const GradientOptions& options = {}) const;
  std::vector<Tensor> gradient(const Tensor& y, std::initializer_list<Tensor> xs,
                               const GradientOptions& options = {}) const;

  /// Whether a tape is alive on this thread.
  static bool alive() noexcept;

  /// Number of nodes recorded on this thread and kept.
  std::size_t size() const noexcept;
};

}  // namespace xgrad
