#include <nn/likelihood_loss.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>

#include <fmt/format.h>

#include <autograd/ops.hpp>
#include <autograd/out_of_memory.hpp>
#include <nn/loss_parts.hpp>

namespace xgrad::nn {

using namespace losses;

Tensor poisson_nll_loss(const Operand& x, const Operand& target, const PoissonNLLOptions& options) try {
  const Called called("poisson_nll_loss");
  constexpr const char* loss = "poisson_nll_loss";
  check_pair(loss, "x", x, target);
  check_floating(loss, "target", target);
  if (!(options.eps >= 0)) fail(loss, fmt::format("eps is {}; it must not be negative", options.eps));
  Tensor losses = options.log_input ? exp(x) - target * x : x - target * log(x + options.eps);
  if (options.full) {
    const Tensor counts = greater(target, 1), n = where(counts, target, 1.0);
    losses = losses + where(counts, n * log(n) - n + 0.5 * log(2 * std::numbers::pi * n), 0.0);
  }
  return reduce(loss, losses, options.reduction);
} catch (const std::bad_alloc&) {
  refuse_lists("poisson_nll_loss");
}

Tensor gaussian_nll_loss(const Operand& mean, const Operand& target, const Operand& var,
                         const GaussianNLLOptions& options) try {
  const Called called("gaussian_nll_loss");
  constexpr const char* loss = "gaussian_nll_loss";
  check_pair(loss, "mean", mean, target);
  check_floating(loss, "target", target);
  check_floating(loss, "var", var);
  if (!(options.eps > 0)) fail(loss, fmt::format("eps is {}; it must be positive", options.eps));
  Shape one = mean.shape(), without = mean.shape();
  if (mean.rank() > 0) {
    one[mean.rank() - 1] = 1;
    without.erase(mean.rank() - 1);
  }
  const bool number = var.rank() == 0;
  if (!number && var.shape() != mean.shape() && var.shape() != one && var.shape() != without) {
    fail(loss, fmt::format("argument 'var' has shape {}; {}, {} or {} was expected", to_string(var.shape()),
                           to_string(mean.shape()), to_string(one), to_string(without)));
  }
  const bool as_it_is = var.shape() == mean.shape() || var.shape() == one;
  const Tensor own = number     ? ones({}, mean.dtype()) * var  // a plain number in the dtype of the mean
                     : as_it_is ? var.tensor()
                                : expand_dims(var, -1);
  // The limit moves the value and leaves the derivative.
  const Tensor variance = own + stop_gradient(maximum(own, options.eps) - own);
  Tensor losses = 0.5 * (log(variance) + square(mean - target) / variance);
  if (options.full) losses = losses + 0.5 * std::log(2 * std::numbers::pi);
  return reduce(loss, losses, options.reduction);
} catch (const std::bad_alloc&) {
  refuse_lists("gaussian_nll_loss");
}

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr const char* ctc = "ctc_loss";

/// The lengths of sequences and the labels of targets, which decide which paths there are.
struct Sequences {
  std::vector<std::int64_t> inputs, targets;
  std::vector<std::vector<std::int64_t>> labels;
  std::int64_t longest = 0;  ///< of the targets
};

std::vector<std::int64_t> checked_lengths(const char* name, const Tensor& lengths, std::int64_t count,
                                          std::int64_t most) {
  check_defined(ctc, name, lengths);
  if (lengths.dtype() != int64 || lengths.size() != count || lengths.rank() > 1) {
    fail(ctc, fmt::format("argument '{}' is {}; int64 ({},) was expected", name, described(lengths), count));
  }
  const std::vector<std::int64_t> values = lengths.to_vector<std::int64_t>();
  for (const std::int64_t length : values)
    if (length < 0 || length > most)
      fail(ctc, fmt::format("argument '{}' holds {}; numbers from 0 to {} were expected", name, length, most));
  return values;
}

Sequences sequences_of(const Tensor& scores, const Tensor& targets, const Tensor& input_lengths,
                       const Tensor& target_lengths, std::int64_t blank, bool one) {
  const std::int64_t count = scores.size(1);
  check_defined(ctc, "targets", targets);
  const bool padded = targets.rank() == 2 || one;
  if (targets.dtype() != int64 || targets.rank() < 1 || targets.rank() > 2 ||
      (targets.rank() == 2 && (targets.size(0) != count || one))) {
    fail(ctc, fmt::format("argument 'targets' is {}; int64 {} was expected for log_probabilities of shape {}",
                          described(targets), one ? "(S,)" : fmt::format("({}, S) or (S,)", count),
                          to_string(scores.shape())));
  }
  Sequences result;
  result.inputs = checked_lengths("input_lengths", input_lengths, count, scores.size(0));
  result.targets = checked_lengths("target_lengths", target_lengths, count, targets.size(-1));
  const std::int64_t total = std::accumulate(result.targets.begin(), result.targets.end(), std::int64_t{0});
  if (!padded && total != targets.size()) {
    fail(ctc, fmt::format("argument 'targets' has shape {}; ({},), the sum of target_lengths, was expected",
                          to_string(targets.shape()), total));
  }
  const std::vector<std::int64_t> all = targets.to_vector<std::int64_t>();
  std::int64_t start = 0;
  for (std::size_t n = 0; n < result.targets.size(); ++n) {
    if (padded) start = static_cast<std::int64_t>(n) * targets.size(-1);
    const auto from = all.begin() + start;
    result.labels.emplace_back(from, from + result.targets[n]);
    start += result.targets[n];
    result.longest = std::max(result.longest, result.targets[n]);
    for (const std::int64_t label : result.labels.back())
      if (label < 0 || label >= scores.size(2) || label == blank)
        fail(ctc, fmt::format("argument 'targets' holds {}; classes from 0 to {} other than {}, the blank, were "
                              "expected",
                              label, scores.size(2) - 1, blank));
  }
  return result;
}

/// log(exp(a) + exp(b) + ...) of what can come before: the same state, the one before it, and where `skips` holds the
/// one before that.
Tensor forward_step(const Tensor& before, const Tensor& skips, const Tensor& emitted, const Tensor& nothing) {
  const std::int64_t states = before.size(1);
  const auto shifted = [&](std::int64_t by) {
    if (by >= states) return broadcast_to(slice(nothing, 1, 0, 1), before.shape());
    return concatenate({slice(nothing, 1, 0, by), slice(before, 1, 0, states - by)}, 1);
  };
  const Tensor moved = logaddexp(before, shifted(1));
  return logaddexp(moved, where(skips, shifted(2), -infinity)) + emitted;
}

/// The losses (N,) of log-probabilities (T, N, C), by the forward algorithm over targets with blanks around all labels.
Tensor ctc_losses(const Tensor& scores, const Sequences& sequences, std::int64_t blank) {
  const std::int64_t steps = scores.size(0), count = scores.size(1), states = 2 * sequences.longest + 1;
  std::vector<std::int64_t> classes;
  std::vector<std::uint8_t> skips, ends;
  for (std::int64_t n = 0; n < count; ++n) {
    const auto& labels = sequences.labels[static_cast<std::size_t>(n)];
    const auto length = static_cast<std::int64_t>(labels.size());
    for (std::int64_t s = 0; s < states; ++s) {
      const auto place = static_cast<std::size_t>(s / 2);
      const bool is_label = s % 2 == 1 && place < labels.size();
      classes.push_back(is_label ? labels[place] : blank);
      skips.push_back(is_label && place > 0 && labels[place] != labels[place - 1]);
      ends.push_back(s == 2 * length || (length > 0 && s == 2 * length - 1));
    }
  }
  const Shape shape{count, states};
  const auto mask = [&](const std::vector<std::uint8_t>& bits) {
    return not_equal(tensor(std::vector<std::int64_t>(bits.begin(), bits.end())).reshape(shape), 0);
  };
  const Tensor index = tensor(classes).reshape({1, count, states});
  const std::vector<Tensor> emitted = unstack(gather(scores, 2, broadcast_to(index, {steps, count, states})));
  const Tensor skip = mask(skips), nothing = full({count, 2}, -infinity, scores.dtype());
  const Tensor lengths = tensor(sequences.inputs).reshape({count, 1});
  const std::int64_t shortest = *std::min_element(sequences.inputs.begin(), sequences.inputs.end());

  // Before the first step the path is at the first blank. Numbers of a finished input stay as they are.
  Tensor alpha = where(equal(arange(states), 0), zeros(shape, scores.dtype()), -infinity);
  for (std::int64_t t = 0; t < steps; ++t) {
    const Tensor next = forward_step(alpha, skip, emitted[static_cast<std::size_t>(t)], nothing);
    alpha = t < shortest ? next : where(less(t, lengths), next, alpha);
  }
  return -logsumexp(where(mask(ends), alpha, -infinity), 1);
}

}  // namespace

Tensor ctc_loss(const Operand& log_probabilities, const Operand& targets, const Operand& input_lengths,
                const Operand& target_lengths, const CTCOptions& options) {
  const Called called(ctc);
  check_floating(ctc, "log_probabilities", log_probabilities);
  const bool one = log_probabilities.rank() == 2;
  if ((!one && log_probabilities.rank() != 3) || log_probabilities.size(0) == 0) {
    fail(ctc, fmt::format("argument 'log_probabilities' has shape {}; (T, N, C) or (T, C) was expected, T not 0",
                          to_string(log_probabilities.shape())));
  }
  const Tensor scores = one ? expand_dims(log_probabilities, 1) : log_probabilities.tensor();
  if (options.blank < 0 || options.blank >= scores.size(2)) {
    fail(ctc, fmt::format("blank is {}; one of {} classes was expected, from 0", options.blank, scores.size(2)));
  }
  const Sequences sequences = sequences_of(scores, targets, input_lengths, target_lengths, options.blank, one);
  if (scores.size(1) == 0) return reduce(ctc, zeros({0}, scores.dtype()), options.reduction);
  Tensor losses = ctc_losses(scores, sequences, options.blank);
  if (options.zero_infinity) losses = where(equal(losses, infinity), 0.0, losses);
  if (options.reduction == Reduction::mean) {
    std::vector<std::int64_t> divisors = sequences.targets;
    for (std::int64_t& length : divisors) length = std::max<std::int64_t>(length, 1);
    losses = losses / cast(tensor(divisors), scores.dtype());
  }
  return reduce(ctc, one ? squeeze(losses, 0) : losses, options.reduction);
}

}  // namespace xgrad::nn
