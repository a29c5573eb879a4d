#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <vector>

#include <autograd/tensor.hpp>

#pragma GCC visibility push(default)
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
/// keeps on the same list, and what it recorded stays until the outermost one ends. Leaving the scope frees all that
/// handles outside do not hold, without recursion.
///
/// A tape belongs to the thread that made it: asked on another one it throws Error, and so does every function that is
/// given a tensor without a value, or asked for a gradient of one, that another thread recorded. Values may be shared.
///
/// Without a tape, and once the outermost one has ended, values that handles wait for are recorded but not computed
/// until one of them is asked for, or until too much waits: more than 20,000 operations, or operations that read more
/// than 32 MiB of values that nothing else holds. Then they run, so that a loop that only updates running statistics or
/// sums up a metric keeps a bounded number of its batches. Each tape that is the outermost looks when it ends, and
/// operations without a tape look as they are recorded. An Error in such a run is thrown when the value is asked for.
class Tape {
 public:
  Tape();
  Tape(const Tape&) = delete;
  Tape& operator=(const Tape&) = delete;
  ~Tape();

  /// The gradient of y with respect to x: a tensor of x's shape and dtype, itself recorded and differentiable.
  /// Throws Error where y has several elements and no cotangent is given, where a cotangent's shape differs from y's,
  /// where x or y is not floating-point, where y does not depend on x (see GradientOptions), where y was recorded
  /// without a tape and its recipe is gone, and where the tape, y or x belongs to another thread.
  Tensor gradient(const Tensor& y, const Tensor& x, const GradientOptions& options = {}) const;
  /// The gradients with respect to several tensors, in their order.
  std::vector<Tensor> gradient(const Tensor& y, const std::vector<Tensor>& xs,
                               const GradientOptions& options = {}) const;
  std::vector<Tensor> gradient(const Tensor& y, std::initializer_list<Tensor> xs,
                               const GradientOptions& options = {}) const;

  /// Whether a tape is alive on this thread.
  static bool alive() noexcept;

  /// Number of nodes recorded on this thread and kept.
  std::size_t size() const;

 private:
  void check_thread(const char* where) const;

  std::uint32_t list_;  ///< the thread's
};

}  // namespace xgrad
#pragma GCC visibility pop
