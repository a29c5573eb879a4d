#pragma once

#include <cstdint>
#include <optional>

#include <autograd/operand.hpp>
#include <autograd/tensor.hpp>

#pragma GCC visibility push(default)
/// Losses, with PyTorch's names, options and defaults: compositions, differentiable to any order in every
/// floating-point argument. Unless said otherwise the result is a scalar, or holds the losses of the single entries
/// with Reduction::none; over no entries the sum is 0, the mean NaN. Shapes, dtypes and options that do not fit are an
/// Error that names the loss and the argument. Only weights broadcast: for other arguments broadcasting is almost
/// always a mistake.
namespace xgrad::nn {

/// How the losses of the single entries are combined: their mean, their sum, none (all of them are given), or their sum
/// divided by the extent of axis 0, which is kl_div's mean over samples.
enum class Reduction { mean, sum, none, batchmean };

struct LossOptions {
  Reduction reduction = Reduction::mean;
};

// ---------------------------------------------------------------------------------------------- classes

struct NLLLossOptions {
  /// A factor for each class, (C,) of the input's dtype. The mean is then a weighted one: it divides by the sum of the
  /// labels' weights.
  Tensor weight = {};
  /// A label that is ignored: its loss and gradient are 0, and the mean leaves it out (NaN if all are ignored). It need
  /// not be a class. nullopt: every label must be a class.
  std::optional<std::int64_t> ignore_index = -100;
  Reduction reduction = Reduction::mean;
};

struct CrossEntropyOptions {
  /// As in NLLLossOptions. If the target holds probabilities, the term of each class is multiplied by its factor, and
  /// means are not weighted.
  Tensor weight = {};
  /// As in NLLLossOptions. Probabilities have no labels to ignore: a number from 0 on is an Error then.
  std::optional<std::int64_t> ignore_index = -100;
  Reduction reduction = Reduction::mean;
  /// The share, in [0, 1], of the target that is spread evenly over all classes (Szegedy et al., 2016).
  double label_smoothing = 0;
};

/// -log(softmax(logits)[label]), finite for finite logits of any size. If the target holds the probabilities q of all
/// classes, -sum(q log(softmax(logits))) over the classes.
///
/// logits: (N, C) or (N, C, d1, ...), floating-point; target: int64 labels (N,) or (N, d1, ...) in 0..C-1, or
/// probabilities of the logits' shape and dtype. A logit of -inf has no weight. If its class is the label or has a
/// share of the target, the loss is inf, as it is for a row of -inf only, and its gradient is softmax - target. Losses
/// have the shape of labels. A label outside 0..C-1 that is not ignored is an Error when the value is asked for.
Tensor cross_entropy(const Operand& logits, const Operand& target, const CrossEntropyOptions& options = {});

/// -log_probabilities[label]: cross_entropy for labels without its log_softmax. Shapes and errors are those of
/// cross_entropy.
Tensor nll_loss(const Operand& log_probabilities, const Operand& labels, const NLLLossOptions& options = {});

// ---------------------------------------------------------------------------------------------- probabilities

struct BinaryCrossEntropyOptions {
  /// A factor for each entry, floating-point, of a shape that broadcasts to the input's. The mean stays a plain one.
  Tensor weight = {};
  Reduction reduction = Reduction::mean;
};

struct BinaryCrossEntropyWithLogitsOptions {
  /// As in BinaryCrossEntropyOptions.
  Tensor weight = {};
  Reduction reduction = Reduction::mean;
  /// A factor for the positive part of each entry: above 1 for recall, below 1 for precision. Floating-point, of a
  /// shape that broadcasts to the logits'.
  Tensor pos_weight = {};
};

/// -(target log(p) + (1 - target) log(1 - p)), where logarithms below -100 are -100, with a derivative of 0 there.
/// p and target: one shape, floating-point. p outside [0, 1] gives NaN.
Tensor binary_cross_entropy(const Operand& p, const Operand& target, const BinaryCrossEntropyOptions& options = {});

/// -(pos_weight target log(sigmoid(x)) + (1 - target) log(1 - sigmoid(x))), finite for finite logits x of any size.
/// logits and target: one shape, floating-point.
Tensor binary_cross_entropy_with_logits(const Operand& logits, const Operand& target,
                                        const BinaryCrossEntropyWithLogitsOptions& options = {});

struct KLDivOptions {
  /// mean, PyTorch's default, is that of all entries; batchmean is the divergence itself, as a mean over samples.
  Reduction reduction = Reduction::mean;
  /// Whether the target holds logarithms of probabilities.
  bool log_target = false;
};

/// The terms target (log(target) - log_probabilities) of the Kullback-Leibler divergence of a prediction from a target
/// distribution; 0, with derivatives of 0, where the target is 0. Both: one shape, floating-point.
Tensor kl_div(const Operand& log_probabilities, const Operand& target, const KLDivOptions& options = {});

// ---------------------------------------------------------------------------------------------- distances

struct SmoothL1Options {
  Reduction reduction = Reduction::mean;
  /// Below this distance the loss is quadratic. With 0 it is l1_loss. Negative numbers are an Error.
  double beta = 1;
};

struct HuberOptions {
  Reduction reduction = Reduction::mean;
  /// Up to this distance the loss is quadratic. Must be positive.
  double delta = 1;
};

/// square(prediction - target), both of one shape, the prediction floating-point.
Tensor mse_loss(const Operand& prediction, const Operand& target, const LossOptions& options = {});

/// |prediction - target|, with derivative 0 where they are equal. Arguments as for mse_loss.
Tensor l1_loss(const Operand& prediction, const Operand& target, const LossOptions& options = {});

/// With d = |prediction - target|: d^2 / (2 beta) where d < beta, else d - beta / 2. Arguments as for mse_loss.
Tensor smooth_l1_loss(const Operand& prediction, const Operand& target, const SmoothL1Options& options = {});

/// With d = |prediction - target|: d^2 / 2 where d <= delta, else delta (d - delta / 2) (Huber, 1964). Arguments as for
/// mse_loss.
Tensor huber_loss(const Operand& prediction, const Operand& target, const HuberOptions& options = {});

struct HingeEmbeddingOptions {
  double margin = 1;
  Reduction reduction = Reduction::mean;
};

/// x where the target is 1, max(0, margin - x) where it is -1, NaN where it is another number. x: floating-point,
/// usually a distance; target: of its shape, of any dtype.
Tensor hinge_embedding_loss(const Operand& x, const Operand& target, const HingeEmbeddingOptions& options = {});

}  // namespace xgrad::nn
#pragma GCC visibility pop
