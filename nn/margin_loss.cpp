#include <nn/margin_loss.hpp>

#include <cmath>
#include <limits>

#include <fmt/format.h>

#include <autograd/ops.hpp>
#include <autograd/out_of_memory.hpp>
#include <nn/loss_parts.hpp>

namespace xgrad::nn {

using namespace losses;

namespace {

void check_number(std::string_view loss, std::string_view name, double value) {
  if (!std::isfinite(value)) fail(loss, fmt::format("{} is {}; a finite number was expected", name, value));
}

/// Floating-point tensors of one shape.
void check_vectors(std::string_view loss, std::initializer_list<std::pair<const char*, const Tensor*>> given) {
  const auto& [first, x] = *given.begin();
  for (const auto& [name, other] : given) {
    check_floating(loss, name, *other);
    if (other->shape() != x->shape()) {
      fail(loss, fmt::format("argument '{}' has shape {}, argument '{}' {}; one shape was expected", first,
                             to_string(x->shape()), name, to_string(other->shape())));
    }
  }
}

/// (N, C) or (C,).
void check_class_scores(std::string_view loss, const Tensor& x) {
  check_floating(loss, "x", x);
  if ((x.rank() == 1 || x.rank() == 2) && x.size(-1) > 0) return;
  fail(loss, fmt::format("argument 'x' has shape {}; (N, C) or (C,) was expected, C not 0", to_string(x.shape())));
}

void check_labels(std::string_view loss, const Tensor& labels, const Shape& expected, const Tensor& x) {
  check_defined(loss, "labels", labels);
  if (labels.dtype() == int64 && labels.shape() == expected) return;
  fail(loss, fmt::format("labels are {}; int64 {} was expected for scores of shape {}", described(labels),
                         to_string(expected), to_string(x.shape())));
}

Tensor triplet(std::string_view loss, const Tensor& near, Tensor far, const Tensor& between, double margin,
               Reduction reduction) {
  if (between.defined()) far = minimum(far, between);
  return reduce(loss, relu(near - far + margin), reduction);
}

}  // namespace

Tensor margin_ranking_loss(const Operand& a, const Operand& b, const Operand& target,
                           const MarginRankingOptions& options) try {
  const Called called("margin_ranking_loss");
  constexpr const char* loss = "margin_ranking_loss";
  check_pair(loss, "a", a, target);
  check_pair(loss, "b", b, target);
  check_number(loss, "margin", options.margin);
  return reduce(loss, relu(options.margin - target * (a - b)), options.reduction);
} catch (const std::bad_alloc&) {
  refuse_lists("margin_ranking_loss");
}

Tensor soft_margin_loss(const Operand& x, const Operand& target, const LossOptions& options) try {
  const Called called("soft_margin_loss");
  check_pair("soft_margin_loss", "x", x, target);
  return reduce("soft_margin_loss", -log_sigmoid(target * x), options.reduction);
} catch (const std::bad_alloc&) {
  refuse_lists("soft_margin_loss");
}

Tensor multi_margin_loss(const Operand& x, const Operand& labels, const MultiMarginOptions& options) try {
  const Called called("multi_margin_loss");
  constexpr const char* loss = "multi_margin_loss";
  check_class_scores(loss, x);
  check_labels(loss, labels, x.rank() == 1 ? Shape{} : Shape{x.size(0)}, x);
  check_class_weight(loss, options.weight, x.size(-1), x.dtype());
  check_number(loss, "margin", options.margin);
  if (options.p != 1 && options.p != 2) fail(loss, fmt::format("p is {}; 1 or 2 was expected", options.p));
  const Tensor is_label = one_hot(labels, x.size(-1), boolean);
  const auto pick = [&](const Tensor& values) { return sum(where(is_label, values, 0.0), -1, {.keepdims = true}); };
  const Tensor excess = relu(options.margin - pick(x) + x);
  Tensor terms = where(is_label, 0.0, options.p == 1 ? excess : square(excess));
  if (options.weight.defined()) terms = terms * pick(options.weight);
  return reduce(loss, sum(terms, -1) / static_cast<double>(x.size(-1)), options.reduction);
} catch (const std::bad_alloc&) {
  refuse_lists("multi_margin_loss");
}

Tensor multilabel_margin_loss(const Operand& x, const Operand& labels, const LossOptions& options) try {
  const Called called("multilabel_margin_loss");
  constexpr const char* loss = "multilabel_margin_loss";
  check_class_scores(loss, x);
  check_labels(loss, labels, x.shape(), x);
  const std::int64_t classes = x.size(-1);
  const Tensor counts = not_equal(cumprod(greater_equal(labels, 0), -1), 0);  // those before the first negative one
  const Tensor places = where(counts, labels, 0);
  const Tensor is_label = any(logical_and(one_hot(places, classes, boolean), expand_dims(counts, -1)), -2);
  // (..., label, class)
  const Tensor gap = expand_dims(gather(x, -1, places), -1) - expand_dims(x, -2);
  const Tensor matters = logical_and(expand_dims(counts, -1), logical_not(expand_dims(is_label, -2)));
  const Tensor losses = sum(where(matters, relu(1.0 - gap), 0.0), {-2, -1}) / static_cast<double>(classes);
  return reduce(loss, losses, options.reduction);
} catch (const std::bad_alloc&) {
  refuse_lists("multilabel_margin_loss");
}

Tensor multilabel_soft_margin_loss(const Operand& x, const Operand& target,
                                   const MultilabelSoftMarginOptions& options) try {
  const Called called("multilabel_soft_margin_loss");
  constexpr const char* loss = "multilabel_soft_margin_loss";
  check_pair(loss, "x", x, target);
  check_floating(loss, "target", target);
  if (x.rank() == 0) fail(loss, "argument 'x' is a scalar; (..., C) was expected");
  check_entry_weight(loss, "weight", options.weight, x);
  const Tensor terms = -(target * log_sigmoid(x) + (1.0 - target) * log_sigmoid(-x));
  return reduce(loss, mean(options.weight.defined() ? terms * options.weight : terms, -1), options.reduction);
} catch (const std::bad_alloc&) {
  refuse_lists("multilabel_soft_margin_loss");
}

Tensor cosine_embedding_loss(const Operand& a, const Operand& b, const Operand& target,
                             const CosineEmbeddingOptions& options) try {
  const Called called("cosine_embedding_loss");
  constexpr const char* loss = "cosine_embedding_loss";
  check_vectors(loss, {{"a", &a.tensor()}, {"b", &b.tensor()}});
  check_defined(loss, "target", target);
  Shape expected = a.shape();
  if (a.rank() == 1 || a.rank() == 2) expected.erase(a.rank() - 1);
  if ((a.rank() != 1 && a.rank() != 2) || target.shape() != expected) {
    fail(loss, fmt::format("argument 'a' has shape {}, argument 'target' {}; (N, D) and (N,), or (D,) and () were "
                           "expected",
                           to_string(a.shape()), to_string(target.shape())));
  }
  check_number(loss, "margin", options.margin);
  constexpr double eps = 1e-12;  // PyTorch's
  const Tensor squares = (sum(square(a), -1) + eps) * (sum(square(b), -1) + eps);
  const Tensor cosine = sum(a * b, -1) / sqrt(squares);
  const Tensor apart =
      where(equal(target, -1), relu(cosine - options.margin), std::numeric_limits<double>::quiet_NaN());
  return reduce(loss, where(equal(target, 1), 1.0 - cosine, apart), options.reduction);
} catch (const std::bad_alloc&) {
  refuse_lists("cosine_embedding_loss");
}

Tensor triplet_margin_loss(const Operand& anchor, const Operand& positive, const Operand& negative,
                           const TripletMarginOptions& options) try {
  const Called called("triplet_margin_loss");
  constexpr const char* loss = "triplet_margin_loss";
  check_vectors(loss,
                {{"anchor", &anchor.tensor()}, {"positive", &positive.tensor()}, {"negative", &negative.tensor()}});
  if (anchor.rank() == 0) fail(loss, "argument 'anchor' is a scalar; (N, D) or (D,) was expected");
  check_number(loss, "margin", options.margin);
  check_number(loss, "eps", options.eps);
  if (!(options.p > 0)) fail(loss, fmt::format("p is {}; it must be positive", options.p));
  const auto between = [&](const Tensor& a, const Tensor& b) {
    return pairwise_distance(a, b, options.p, options.eps);
  };
  return triplet(loss, between(anchor, positive), between(anchor, negative),
                 options.swap ? between(positive, negative) : Tensor(), options.margin, options.reduction);
} catch (const std::bad_alloc&) {
  refuse_lists("triplet_margin_loss");
}

Tensor triplet_margin_with_distance_loss(const Operand& anchor, const Operand& positive, const Operand& negative,
                                         const TripletMarginWithDistanceOptions& options) {
  constexpr const char* loss = "triplet_margin_with_distance_loss";
  check_vectors(loss,
                {{"anchor", &anchor.tensor()}, {"positive", &positive.tensor()}, {"negative", &negative.tensor()}});
  if (anchor.rank() == 0) fail(loss, "argument 'anchor' is a scalar; (N, D) or (D,) was expected");
  check_number(loss, "margin", options.margin);
  const auto between = [&](const Tensor& a, const Tensor& b) {
    const Tensor d = options.distance_function ? options.distance_function(a, b) : pairwise_distance(a, b);
    if (!d.defined() || !is_floating(d.dtype()))
      fail(loss, fmt::format("distance_function gives {}; a floating-point tensor was expected",
                             d.defined() ? described(d) : "an undefined Tensor"));
    return d;
  };
  const Tensor near = between(anchor, positive), far = between(anchor, negative);
  const Tensor other = options.swap ? between(positive, negative) : Tensor();
  if (near.shape() != far.shape() || (other.defined() && other.shape() != near.shape()))
    fail(loss, fmt::format("distance_function gives shapes {} and {}; one shape was expected", to_string(near.shape()),
                           to_string(far.shape())));
  const Called called(loss);
  return triplet(loss, near, far, other, options.margin, options.reduction);
}

}  // namespace xgrad::nn
