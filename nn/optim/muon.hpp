#pragma once

#include <nn/optim/optimizer.hpp>

#pragma GCC visibility push(default)
namespace xgrad::optim {

/// How the size of a Muon step depends on the shape (rows, columns) of a weight.
enum class MuonScale {
  original,         ///< lr sqrt(max(1, rows / columns)), as Jordan's
  match_rms_adamw,  ///< 0.2 lr sqrt(max(rows, columns)): steps as large as AdamW's, so that one lr fits both
};

struct MuonOptions {
  double lr = 1e-3;
  /// Each step multiplies the parameter by 1 - lr * weight_decay, here and with AdamW.
  double weight_decay = 0.1;
  /// Decay of the running average of the gradients of weights.
  double momentum = 0.95;
  bool nesterov = true;
  /// Steps of the Newton-Schulz iteration, and the least length that it divides by.
  int ns_steps = 5;
  double ns_eps = 1e-7;
  MuonScale scale = MuonScale::original;
  /// Whether 2-d parameters of the group are orthogonalized; otherwise the whole group is trained by AdamW, as is
  /// advised for embeddings and the last layer.
  bool orthogonalize = true;
  /// AdamW's options, for parameters that are not.
  double beta1 = 0.9;
  double beta2 = 0.95;
  double eps = 1e-8;
  bool maximize = false;
};

/// Muon (Jordan et al., "Muon: an optimizer for hidden layers in neural networks", 2024), in PyTorch's form. The step
/// of a 2-d weight is the orthogonal matrix nearest to its averaged gradient, U V^T for U S V^T, to some 30 % in the
/// singular values:
///
///     b <- momentum b + (1 - momentum) g,   d = momentum b + (1 - momentum) g with nesterov, else b,
///     X = d / |d|, and ns_steps times   A = X X^T,   X <- 3.4445 X + (-4.775 A + 2.0315 A^2) X,
///     p <- (1 - lr weight_decay) p - lr scale(p) X.
///
/// All other parameters (biases, gains, filters) take AdamW's step, so that one optimizer trains a whole network.
/// PyTorch computes X in bfloat16, this in the dtype of the parameter; and PyTorch refuses all but 2-d parameters.
///
///     optim::Muon muon({{hidden.parameters(), {.lr = 0.02}}, {head.parameters(), {.lr = 3e-4, .orthogonalize =
///     false}}});
///
/// state() has b, and AdamW's average of gradients, as "momentum_buffer", and the average of squares as "exp_avg_sq",
/// which is empty for weights that are orthogonalized. Throws Error on negative values, momentum and betas outside
/// [0, 1), and ns_steps outside [1, 100].
class Muon : public GroupedOptimizer<MuonOptions> {
 public:
  explicit Muon(const std::vector<ParameterGroup<MuonOptions>>& groups);
  explicit Muon(const nn::ParameterList& parameters, const MuonOptions& options = {})
      : Muon(Groups{{parameters, options}}) {}

 protected:
  Tensor update(std::size_t i, const Tensor& parameter, const Tensor& gradient) override;

 private:
  bool orthogonalizes(std::size_t i) const;
};

}  // namespace xgrad::optim
#pragma GCC visibility pop
