#pragma once

#include <nn/loss.hpp>

#pragma GCC visibility push(default)
/// Negative logarithms of likelihoods, with PyTorch's names, options and defaults. What loss.hpp says of losses holds
/// for them.
namespace xgrad::nn {

struct PoissonNLLOptions {
  /// Whether the input is the logarithm of the rate.
  bool log_input = true;
  /// Whether Stirling's approximation of log(target!) is added, for targets above 1.
  bool full = false;
  /// Added to a rate of which the logarithm is taken.
  double eps = 1e-8;
  Reduction reduction = Reduction::mean;
};

/// exp(x) - target x for a log-rate x, or x - target log(x + eps) for a rate. Both: one shape, floating-point.
Tensor poisson_nll_loss(const Operand& x, const Operand& target, const PoissonNLLOptions& options = {});

struct GaussianNLLOptions {
  /// Whether the constant log(2 pi) / 2 is added.
  bool full = false;
  /// Variances below are taken as this, with the derivative as if they were not.
  double eps = 1e-6;
  Reduction reduction = Reduction::mean;
};

/// (log(var) + (mean - target)^2 / var) / 2. mean and target: one shape, floating-point; var: floating-point, of their
/// shape, with 1 as last extent, or without the last axis; or one number. Throws Error unless eps > 0.
Tensor gaussian_nll_loss(const Operand& mean, const Operand& target, const Operand& var,
                         const GaussianNLLOptions& options = {});

struct CTCOptions {
  /// The class that stands for no label.
  std::int64_t blank = 0;
  /// mean divides each loss by the length of its target (1 at least) first.
  Reduction reduction = Reduction::mean;
  /// Whether losses that are inf, of targets that do not fit their inputs, are 0.
  bool zero_infinity = false;
};

/// Connectionist temporal classification (Graves et al., 2006): the negative logarithm of the probability of all
/// sequences of classes, one at each step, that give the target once repetitions and then blanks are taken out.
///
/// log_probabilities: (T, N, C), or (T, C) for one sequence, floating-point, as log_softmax gives. targets: int64 (N,
/// S), padded, or (the sum of target_lengths,), one after the other; (S,) for one sequence; classes other than blank.
/// input_lengths and target_lengths: int64 (N,), or scalars for one sequence; both are run, as targets are. Losses:
/// (N,), or a scalar. A target that is too long for its input has a loss of inf, with derivatives of 0.
///
/// The derivative is that in log_probabilities. (PyTorch's adds exp(log_probabilities), which vanishes behind
/// log_softmax.) Throws Error on other shapes and dtypes, on lengths that are negative or too large, and on labels that
/// are no class, or blank.
Tensor ctc_loss(const Operand& log_probabilities, const Operand& targets, const Operand& input_lengths,
                const Operand& target_lengths, const CTCOptions& options = {});

}  // namespace xgrad::nn
#pragma GCC visibility pop
