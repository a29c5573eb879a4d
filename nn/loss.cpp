#include <nn/loss.hpp>

#include <limits>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include <autograd/ops.hpp>
#include <autograd/out_of_memory.hpp>
#include <nn/loss_parts.hpp>

namespace xgrad::nn {

using namespace losses;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

// ---------------------------------------------------------------------------------------------- classes

void check_scores(std::string_view loss, std::string_view name, const Tensor& scores) {
  check_defined(loss, name, scores);
  if (scores.rank() < 2 || !is_floating(scores.dtype())) {
    fail(loss, fmt::format("{0} are {1}; floating-point {0} (N, C, ...) were expected", name, described(scores)));
  }
}

void check_labels(std::string_view loss, std::string_view name, const Tensor& labels, const Tensor& scores) {
  Shape expected = scores.shape();
  expected.erase(1);
  if (labels.shape() == expected && labels.dtype() == int64) return;
  fail(loss, fmt::format("labels are {}; int64 {} was expected for {} of shape {}", described(labels),
                         to_string(expected), name, to_string(scores.shape())));
}

/// (N, C, d1, ...) as (N, d1, ..., C).
Tensor classes_last(const Tensor& scores) {
  std::vector<int> order;
  for (int axis = 0; axis < scores.rank(); ++axis)
    if (axis != 1) order.push_back(axis);
  order.push_back(1);
  return scores.rank() == 2 ? scores : transpose(scores, order);
}

/// Applies labels, class weights and the index to ignore to losses.
class Labels {
 public:
  Labels(const Tensor& labels, std::int64_t classes, DType dtype, const Tensor& weight,
         std::optional<std::int64_t> ignore_index) {
    if (ignore_index) {
      kept_ = not_equal(labels, *ignore_index);
      is_label_ = one_hot(where(kept_, labels, 0), classes, boolean);
    } else {
      is_label_ = one_hot(labels, classes, boolean);
    }
    if (weight.defined())
      weights_ = kept(pick(weight));
    else if (ignore_index)
      count_ = sum(kept_).to(dtype);
  }

  /// Picks the label's value out of the values for each class.
  Tensor pick(const Tensor& values) const { return sum(where(is_label_, values, 0.0), -1); }

  /// Losses times the weight of the label's class.
  Tensor weighted(const Tensor& losses) const { return weights_.defined() ? losses * weights_ : losses; }

  /// Losses, 0 where the label is ignored.
  Tensor kept(const Tensor& losses) const { return kept_.defined() ? where(kept_, losses, 0.0) : losses; }

  /// Reduces losses that are already weighted and masked.
  Tensor reduced(std::string_view loss, const Tensor& losses, Reduction reduction) const {
    if (reduction == Reduction::mean && weights_.defined()) return sum(losses) / sum(weights_);
    if (reduction == Reduction::mean && count_.defined()) return sum(losses) / count_;
    return reduce(loss, losses, reduction);
  }

 private:
  Tensor is_label_;  ///< (..., C), bool
  Tensor kept_;      ///< bool; undefined where nothing is ignored
  Tensor weights_;   ///< undefined without class weights
  Tensor count_;     ///< how many labels are kept; undefined where weights or shapes give it
};

/// p log(q), and 0 where both p and q are 0: a class that is masked out does not count.
Tensor weighted_log(const Tensor& p, const Tensor& log_q) {
  const Tensor vanishes = where(equal(p, 0.0), equal(log_q, -infinity), false);
  return p * where(vanishes, 0.0, log_q);
}

/// -sum(target log(softmax(logits))) over the classes, for targets that are probabilities.
Tensor soft_cross_entropy(const Tensor& logits, const Tensor& target, const CrossEntropyOptions& options) {
  constexpr const char* loss = "cross_entropy";
  if (target.shape() != logits.shape() || target.dtype() != logits.dtype()) {
    fail(loss, fmt::format("the target is {0}; int64 labels, or probabilities {1} were expected for logits {1}",
                           described(target), described(logits)));
  }
  if (options.ignore_index && *options.ignore_index >= 0) {
    fail(loss, fmt::format("ignore_index is {}, the target {}; only int64 labels can be ignored", *options.ignore_index,
                           described(target)));
  }
  const double smoothing = options.label_smoothing;
  Tensor share = target;
  if (smoothing > 0) share = share * (1 - smoothing) + smoothing / static_cast<double>(logits.size(1));
  if (options.weight.defined()) {
    std::vector<std::int64_t> spread(static_cast<std::size_t>(logits.rank() - 1), 1);
    spread.front() = -1;
    share = share * reshape(options.weight, spread);
  }
  return reduce(loss, -sum(weighted_log(share, log_softmax(logits, 1)), 1), options.reduction);
}

// ---------------------------------------------------------------------------------------------- probabilities

/// log(p), but -100 where p is below exp(-100), with a derivative of 0 there. NaN for negative p.
Tensor limited_log(const Tensor& p) {
  constexpr double limit = 3.7200759760208361e-44;  // exp(-100)
  const Tensor vanishes = less(abs(p), limit);
  return where(vanishes, -100.0, log(where(vanishes, 1.0, p)));
}

}  // namespace

Tensor cross_entropy(const Operand& logits, const Operand& target, const CrossEntropyOptions& options) try {
  const Called called("cross_entropy");
  constexpr const char* loss = "cross_entropy";
  check_scores(loss, "logits", logits);
  check_defined(loss, "target", target);
  check_class_weight(loss, options.weight, logits.size(1), logits.dtype());
  const double smoothing = options.label_smoothing;
  if (!(smoothing >= 0 && smoothing <= 1))
    fail(loss, fmt::format("label_smoothing is {}; it must lie in [0, 1]", smoothing));
  if (is_floating(target.dtype()) && target.rank() == logits.rank()) return soft_cross_entropy(logits, target, options);
  check_labels(loss, "logits", target, logits);

  const Tensor scores = classes_last(logits);
  const Labels labels(target, scores.size(-1), scores.dtype(), options.weight, options.ignore_index);
  // Where all scores are -inf the loss is inf, not inf - inf.
  const Tensor total = logsumexp(scores, -1);
  Tensor losses = labels.weighted(where(equal(total, -infinity), 0.0, total) - labels.pick(scores));
  if (smoothing > 0) {
    const Tensor costs = -log_softmax(scores);
    const Tensor spread = options.weight.defined() ? sum(costs * options.weight, -1) : sum(costs, -1);
    losses = losses * (1 - smoothing) + spread * (smoothing / static_cast<double>(scores.size(-1)));
  }
  return labels.reduced(loss, labels.kept(losses), options.reduction);
} catch (const std::bad_alloc&) {
  refuse_lists("cross_entropy");
}

Tensor nll_loss(const Operand& log_probabilities, const Operand& labels, const NLLLossOptions& options) try {
  const Called called("nll_loss");
  constexpr const char* loss = "nll_loss";
  check_scores(loss, "log_probabilities", log_probabilities);
  check_defined(loss, "labels", labels);
  check_class_weight(loss, options.weight, log_probabilities.size(1), log_probabilities.dtype());
  check_labels(loss, "log_probabilities", labels, log_probabilities);
  const Tensor scores = classes_last(log_probabilities);
  const Labels chosen(labels, scores.size(-1), scores.dtype(), options.weight, options.ignore_index);
  return chosen.reduced(loss, chosen.kept(chosen.weighted(-chosen.pick(scores))), options.reduction);
} catch (const std::bad_alloc&) {
  refuse_lists("nll_loss");
}

Tensor binary_cross_entropy(const Operand& p, const Operand& target, const BinaryCrossEntropyOptions& options) try {
  const Called called("binary_cross_entropy");
  constexpr const char* loss = "binary_cross_entropy";
  check_pair(loss, "p", p, target);
  check_floating(loss, "target", target);
  check_entry_weight(loss, "weight", options.weight, p);
  const Tensor losses = -(target * limited_log(p) + (1.0 - target) * limited_log(1.0 - p));
  return reduce(loss, options.weight.defined() ? losses * options.weight : losses, options.reduction);
} catch (const std::bad_alloc&) {
  refuse_lists("binary_cross_entropy");
}

Tensor binary_cross_entropy_with_logits(const Operand& logits, const Operand& target,
                                        const BinaryCrossEntropyWithLogitsOptions& options) try {
  const Called called("binary_cross_entropy_with_logits");
  constexpr const char* loss = "binary_cross_entropy_with_logits";
  check_pair(loss, "logits", logits, target);
  check_floating(loss, "target", target);
  check_entry_weight(loss, "weight", options.weight, logits);
  check_entry_weight(loss, "pos_weight", options.pos_weight, logits);
  const Tensor positive = options.pos_weight.defined() ? target * options.pos_weight : target.tensor();
  const Tensor losses = -(positive * log_sigmoid(logits) + (1.0 - target) * log_sigmoid(-logits));
  return reduce(loss, options.weight.defined() ? losses * options.weight : losses, options.reduction);
} catch (const std::bad_alloc&) {
  refuse_lists("binary_cross_entropy_with_logits");
}

Tensor kl_div(const Operand& log_probabilities, const Operand& target, const KLDivOptions& options) try {
  const Called called("kl_div");
  constexpr const char* loss = "kl_div";
  check_pair(loss, "log_probabilities", log_probabilities, target);
  check_floating(loss, "target", target);
  if (options.log_target) {
    const Tensor vanishes = equal(target, -infinity);
    return reduce(loss, where(vanishes, 0.0, exp(target) * (where(vanishes, 0.0, target) - log_probabilities)),
                  options.reduction);
  }
  const Tensor expected = where(equal(target, 0.0), 0.0, target * log_probabilities);
  return reduce(loss, xlogy(target, target) - expected, options.reduction);
} catch (const std::bad_alloc&) {
  refuse_lists("kl_div");
}

Tensor mse_loss(const Operand& prediction, const Operand& target, const LossOptions& options) try {
  const Called called("mse_loss");
  check_pair("mse_loss", "prediction", prediction, target);
  return reduce("mse_loss", square(prediction - target), options.reduction);
} catch (const std::bad_alloc&) {
  refuse_lists("mse_loss");
}

Tensor l1_loss(const Operand& prediction, const Operand& target, const LossOptions& options) try {
  const Called called("l1_loss");
  check_pair("l1_loss", "prediction", prediction, target);
  return reduce("l1_loss", abs(prediction - target), options.reduction);
} catch (const std::bad_alloc&) {
  refuse_lists("l1_loss");
}

Tensor smooth_l1_loss(const Operand& prediction, const Operand& target, const SmoothL1Options& options) try {
  const Called called("smooth_l1_loss");
  constexpr const char* loss = "smooth_l1_loss";
  check_pair(loss, "prediction", prediction, target);
  const double beta = options.beta;
  if (!(beta >= 0)) fail(loss, fmt::format("beta is {}; it must not be negative", beta));
  const Tensor error = prediction - target, d = abs(error);
  if (beta == 0) return reduce(loss, d, options.reduction);
  return reduce(loss, where(less(d, beta), square(error) * (0.5 / beta), d - 0.5 * beta), options.reduction);
} catch (const std::bad_alloc&) {
  refuse_lists("smooth_l1_loss");
}

Tensor huber_loss(const Operand& prediction, const Operand& target, const HuberOptions& options) try {
  const Called called("huber_loss");
  constexpr const char* loss = "huber_loss";
  check_pair(loss, "prediction", prediction, target);
  const double delta = options.delta;
  if (!(delta > 0)) fail(loss, fmt::format("delta is {}; it must be positive", delta));
  const Tensor error = prediction - target, d = abs(error);
  return reduce(loss, where(less_equal(d, delta), square(error) * 0.5, (d - 0.5 * delta) * delta), options.reduction);
} catch (const std::bad_alloc&) {
  refuse_lists("huber_loss");
}

Tensor hinge_embedding_loss(const Operand& x, const Operand& target, const HingeEmbeddingOptions& options) try {
  const Called called("hinge_embedding_loss");
  constexpr const char* loss = "hinge_embedding_loss";
  check_pair(loss, "x", x, target);
  if (!(options.margin > -std::numeric_limits<double>::infinity()))
    fail(loss, fmt::format("margin is {}; it must be a number", options.margin));
  const Tensor apart = where(equal(target, -1), relu(options.margin - x), std::numeric_limits<double>::quiet_NaN());
  return reduce(loss, where(equal(target, 1), x, apart), options.reduction);
} catch (const std::bad_alloc&) {
  refuse_lists("hinge_embedding_loss");
}

}  // namespace xgrad::nn
