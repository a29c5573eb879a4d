#include <nn/loss_modules.hpp>

namespace xgrad::nn {
namespace {

Tensor value_of(const Buffer& buffer) { return buffer.defined() ? Tensor(buffer) : Tensor(); }

}  // namespace

Tensor CrossEntropyLoss::forward(const Tensor& x, const Tensor& target) const {
  CrossEntropyOptions options = options_;
  options.weight = value_of(weight);
  return cross_entropy(x, target, options);
}

Tensor NLLLoss::forward(const Tensor& x, const Tensor& target) const {
  NLLLossOptions options = options_;
  options.weight = value_of(weight);
  return nll_loss(x, target, options);
}

Tensor BCELoss::forward(const Tensor& x, const Tensor& target) const {
  BinaryCrossEntropyOptions options = options_;
  options.weight = value_of(weight);
  return binary_cross_entropy(x, target, options);
}

Tensor BCEWithLogitsLoss::forward(const Tensor& x, const Tensor& target) const {
  BinaryCrossEntropyWithLogitsOptions options = options_;
  options.weight = value_of(weight);
  options.pos_weight = value_of(pos_weight);
  return binary_cross_entropy_with_logits(x, target, options);
}

Tensor KLDivLoss::forward(const Tensor& x, const Tensor& target) const { return kl_div(x, target, options_); }

Tensor MSELoss::forward(const Tensor& x, const Tensor& target) const { return mse_loss(x, target, options_); }

Tensor L1Loss::forward(const Tensor& x, const Tensor& target) const { return l1_loss(x, target, options_); }

Tensor SmoothL1Loss::forward(const Tensor& x, const Tensor& target) const {
  return smooth_l1_loss(x, target, options_);
}

Tensor HuberLoss::forward(const Tensor& x, const Tensor& target) const { return huber_loss(x, target, options_); }

Tensor HingeEmbeddingLoss::forward(const Tensor& x, const Tensor& target) const {
  return hinge_embedding_loss(x, target, options_);
}

Tensor SoftMarginLoss::forward(const Tensor& x, const Tensor& target) const {
  return soft_margin_loss(x, target, options_);
}

Tensor MultiMarginLoss::forward(const Tensor& x, const Tensor& target) const {
  MultiMarginOptions options = options_;
  options.weight = value_of(weight);
  return multi_margin_loss(x, target, options);
}

Tensor MultiLabelMarginLoss::forward(const Tensor& x, const Tensor& target) const {
  return multilabel_margin_loss(x, target, options_);
}

Tensor MultiLabelSoftMarginLoss::forward(const Tensor& x, const Tensor& target) const {
  MultilabelSoftMarginOptions options = options_;
  options.weight = value_of(weight);
  return multilabel_soft_margin_loss(x, target, options);
}

Tensor PoissonNLLLoss::forward(const Tensor& x, const Tensor& target) const {
  return poisson_nll_loss(x, target, options_);
}

Tensor MarginRankingLoss::forward(const Tensor& a, const Tensor& b, const Tensor& target) const {
  return margin_ranking_loss(a, b, target, options_);
}

Tensor CosineEmbeddingLoss::forward(const Tensor& a, const Tensor& b, const Tensor& target) const {
  return cosine_embedding_loss(a, b, target, options_);
}

Tensor TripletMarginLoss::forward(const Tensor& anchor, const Tensor& positive, const Tensor& negative) const {
  return triplet_margin_loss(anchor, positive, negative, options_);
}

Tensor TripletMarginWithDistanceLoss::forward(const Tensor& anchor, const Tensor& positive,
                                              const Tensor& negative) const {
  return triplet_margin_with_distance_loss(anchor, positive, negative, options_);
}

Tensor GaussianNLLLoss::forward(const Tensor& mean, const Tensor& target, const Tensor& var) const {
  return gaussian_nll_loss(mean, target, var, options_);
}

Tensor CTCLoss::operator()(const Operand& log_probabilities, const Operand& targets, const Operand& input_lengths,
                           const Operand& target_lengths) const {
  return Module::operator()(std::vector<Tensor>{log_probabilities.tensor(), targets.tensor(), input_lengths.tensor(),
                                                target_lengths.tensor()});
}
Tensor CTCLoss::forward(const std::vector<Tensor>& inputs) const {
  if (inputs.size() != 4)
    refuse("four inputs were expected: log_probabilities, targets, input_lengths and target_lengths");
  return ctc_loss(inputs[0], inputs[1], inputs[2], inputs[3], options_);
}

}  // namespace xgrad::nn
