#pragma once

#include <utility>
#include <vector>

#include <autograd/io/safetensors.hpp>
#include <autograd/tensor.hpp>

#pragma GCC visibility push(default)
namespace xgrad::optim {

/// Gradients after clipping, and their norm before it.
struct ClippedGradients {
  std::vector<Tensor> gradients;
  Tensor norm;  ///< a scalar
};

/// Scales gradients down together so that the norm of all their entries, taken as one vector, is at most max_norm: each
/// is multiplied by min(1, max_norm / (norm + 1e-6)), as PyTorch's clip_grad_norm_ does (Pascanu et al., 2013).
/// norm_type is the p of the norm, infinity for the largest absolute value. Entries that are NaN or infinite make the
/// norm NaN or infinite; look at `norm` to find out. Without gradients the norm is 0. Undefined gradients (of
/// parameters that have none, GradientOptions::allow_unused) stay undefined and do not count, here and below. Throws
/// Error unless max_norm >= 0 and norm_type > 0, and on gradients that are not floating-point.
ClippedGradients clip_grad_norm(const std::vector<Tensor>& gradients, double max_norm, double norm_type = 2);

/// Every entry held between -bound and bound. Throws Error unless bound >= 0, and on gradients as above.
std::vector<Tensor> clip_grad_value(const std::vector<Tensor>& gradients, double bound);

/// Adds up the gradients of several small batches in place of one large batch, with the memory of a small one:
///
///     for (auto [x, y] : parts) {
///       Tape tape;
///       accumulator.add(tape.gradient(nn::cross_entropy(model(x), y), model.parameters()));
///     }
///     sgd.step(accumulator.mean());
///
/// An undefined gradient adds nothing; a sum of undefined gradients only is undefined.
class GradientAccumulator {
 public:
  GradientAccumulator() = default;
  GradientAccumulator(const GradientAccumulator&) = default;
  GradientAccumulator& operator=(const GradientAccumulator&) = default;
  /// The other accumulator starts anew.
  GradientAccumulator(GradientAccumulator&& other) noexcept
      : total_(std::exchange(other.total_, {})), weight_(std::exchange(other.weight_, 0)) {}
  GradientAccumulator& operator=(GradientAccumulator&& other) noexcept {
    total_ = std::exchange(other.total_, {});
    weight_ = std::exchange(other.weight_, 0);
    return *this;
  }
  ~GradientAccumulator() = default;

  /// Adds gradients to the sum, and computes it. `weight` counts them that often: the number of examples of a batch,
  /// where batches are of different sizes. Throws Error where shapes or dtypes are not those of the first gradients,
  /// and unless weight > 0.
  void add(const std::vector<Tensor>& gradients, double weight = 1);

  /// The weighted mean of the gradients that were added; starts anew. Throws Error where nothing was added.
  std::vector<Tensor> mean();
  /// The weighted sum of the gradients that were added; starts anew. Throws Error where nothing was added.
  std::vector<Tensor> sum();

  /// What was added up, to go on from in the middle of a large batch: "weight" (float64), "count" (int64), and each
  /// defined sum i as "total.<i>".
  NamedTensors state() const;
  /// Throws Error, and changes nothing, on other names, a weight or a count below 0, and sums that are not
  /// floating-point.
  void load_state(const NamedTensors& state);

  /// The sum of the weights so far.
  double weight() const noexcept { return weight_; }

 private:
  std::vector<Tensor> total_;
  double weight_ = 0;
};

}  // namespace xgrad::optim
#pragma GCC visibility pop
