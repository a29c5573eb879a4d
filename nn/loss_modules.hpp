#pragma once

#include <utility>

#include <nn/likelihood_loss.hpp>
#include <nn/loss.hpp>
#include <nn/margin_loss.hpp>
#include <nn/module.hpp>

#pragma GCC visibility push(default)
/// The losses as modules, by PyTorch's names: each calls the function beside it with the options it was made with.
/// Weights are buffers, so that to(), state dicts and copies have them.
///
///     nn::CrossEntropyLoss criterion({.label_smoothing = 0.1});
///     Tensor loss = criterion(model(x), labels);
namespace xgrad::nn {

/// The options of a loss.
template <class Options>
class LossModule : public Module {
 protected:
  LossModule(std::string type_name, Options options) : Module(std::move(type_name)), options_(std::move(options)) {}

  Options options_;
};

/// cross_entropy.
class CrossEntropyLoss : public LossModule<CrossEntropyOptions> {
 public:
  explicit CrossEntropyLoss(const CrossEntropyOptions& options = {}) : LossModule("CrossEntropyLoss", options) {}

  using Module::operator();
  Tensor forward(const Tensor& x, const Tensor& target) const override;

  Buffer weight = register_buffer("weight", options_.weight);  ///< undefined where none was given
};

/// nll_loss.
class NLLLoss : public LossModule<NLLLossOptions> {
 public:
  explicit NLLLoss(const NLLLossOptions& options = {}) : LossModule("NLLLoss", options) {}

  using Module::operator();
  Tensor forward(const Tensor& x, const Tensor& target) const override;

  Buffer weight = register_buffer("weight", options_.weight);  ///< undefined where none was given
};

/// binary_cross_entropy.
class BCELoss : public LossModule<BinaryCrossEntropyOptions> {
 public:
  explicit BCELoss(const BinaryCrossEntropyOptions& options = {}) : LossModule("BCELoss", options) {}

  using Module::operator();
  Tensor forward(const Tensor& x, const Tensor& target) const override;

  Buffer weight = register_buffer("weight", options_.weight);  ///< undefined where none was given
};

/// binary_cross_entropy_with_logits.
class BCEWithLogitsLoss : public LossModule<BinaryCrossEntropyWithLogitsOptions> {
 public:
  explicit BCEWithLogitsLoss(const BinaryCrossEntropyWithLogitsOptions& options = {})
      : LossModule("BCEWithLogitsLoss", options) {}

  using Module::operator();
  Tensor forward(const Tensor& x, const Tensor& target) const override;

  Buffer weight = register_buffer("weight", options_.weight);              ///< undefined where none was given
  Buffer pos_weight = register_buffer("pos_weight", options_.pos_weight);  ///< undefined where none was given
};

/// kl_div.
class KLDivLoss : public LossModule<KLDivOptions> {
 public:
  explicit KLDivLoss(const KLDivOptions& options = {}) : LossModule("KLDivLoss", options) {}

  using Module::operator();
  Tensor forward(const Tensor& x, const Tensor& target) const override;
};

/// mse_loss.
class MSELoss : public LossModule<LossOptions> {
 public:
  explicit MSELoss(const LossOptions& options = {}) : LossModule("MSELoss", options) {}

  using Module::operator();
  Tensor forward(const Tensor& x, const Tensor& target) const override;
};

/// l1_loss.
class L1Loss : public LossModule<LossOptions> {
 public:
  explicit L1Loss(const LossOptions& options = {}) : LossModule("L1Loss", options) {}

  using Module::operator();
  Tensor forward(const Tensor& x, const Tensor& target) const override;
};

/// smooth_l1_loss.
class SmoothL1Loss : public LossModule<SmoothL1Options> {
 public:
  explicit SmoothL1Loss(const SmoothL1Options& options = {}) : LossModule("SmoothL1Loss", options) {}

  using Module::operator();
  Tensor forward(const Tensor& x, const Tensor& target) const override;
};

/// huber_loss.
class HuberLoss : public LossModule<HuberOptions> {
 public:
  explicit HuberLoss(const HuberOptions& options = {}) : LossModule("HuberLoss", options) {}

  using Module::operator();
  Tensor forward(const Tensor& x, const Tensor& target) const override;
};

/// hinge_embedding_loss.
class HingeEmbeddingLoss : public LossModule<HingeEmbeddingOptions> {
 public:
  explicit HingeEmbeddingLoss(const HingeEmbeddingOptions& options = {}) : LossModule("HingeEmbeddingLoss", options) {}

  using Module::operator();
  Tensor forward(const Tensor& x, const Tensor& target) const override;
};

/// soft_margin_loss.
class SoftMarginLoss : public LossModule<LossOptions> {
 public:
  explicit SoftMarginLoss(const LossOptions& options = {}) : LossModule("SoftMarginLoss", options) {}

  using Module::operator();
  Tensor forward(const Tensor& x, const Tensor& target) const override;
};

/// multi_margin_loss.
class MultiMarginLoss : public LossModule<MultiMarginOptions> {
 public:
  explicit MultiMarginLoss(const MultiMarginOptions& options = {}) : LossModule("MultiMarginLoss", options) {}

  using Module::operator();
  Tensor forward(const Tensor& x, const Tensor& target) const override;

  Buffer weight = register_buffer("weight", options_.weight);  ///< undefined where none was given
};

/// multilabel_margin_loss.
class MultiLabelMarginLoss : public LossModule<LossOptions> {
 public:
  explicit MultiLabelMarginLoss(const LossOptions& options = {}) : LossModule("MultiLabelMarginLoss", options) {}

  using Module::operator();
  Tensor forward(const Tensor& x, const Tensor& target) const override;
};

/// multilabel_soft_margin_loss.
class MultiLabelSoftMarginLoss : public LossModule<MultilabelSoftMarginOptions> {
 public:
  explicit MultiLabelSoftMarginLoss(const MultilabelSoftMarginOptions& options = {})
      : LossModule("MultiLabelSoftMarginLoss", options) {}

  using Module::operator();
  Tensor forward(const Tensor& x, const Tensor& target) const override;

  Buffer weight = register_buffer("weight", options_.weight);  ///< undefined where none was given
};

/// poisson_nll_loss.
class PoissonNLLLoss : public LossModule<PoissonNLLOptions> {
 public:
  explicit PoissonNLLLoss(const PoissonNLLOptions& options = {}) : LossModule("PoissonNLLLoss", options) {}

  using Module::operator();
  Tensor forward(const Tensor& x, const Tensor& target) const override;
};

/// margin_ranking_loss.
class MarginRankingLoss : public LossModule<MarginRankingOptions> {
 public:
  explicit MarginRankingLoss(const MarginRankingOptions& options = {}) : LossModule("MarginRankingLoss", options) {}

  using Module::operator();
  Tensor forward(const Tensor& a, const Tensor& b, const Tensor& target) const override;
};

/// cosine_embedding_loss.
class CosineEmbeddingLoss : public LossModule<CosineEmbeddingOptions> {
 public:
  explicit CosineEmbeddingLoss(const CosineEmbeddingOptions& options = {})
      : LossModule("CosineEmbeddingLoss", options) {}

  using Module::operator();
  Tensor forward(const Tensor& a, const Tensor& b, const Tensor& target) const override;
};

/// triplet_margin_loss.
class TripletMarginLoss : public LossModule<TripletMarginOptions> {
 public:
  explicit TripletMarginLoss(const TripletMarginOptions& options = {}) : LossModule("TripletMarginLoss", options) {}

  using Module::operator();
  Tensor forward(const Tensor& anchor, const Tensor& positive, const Tensor& negative) const override;
};

/// triplet_margin_with_distance_loss.
class TripletMarginWithDistanceLoss : public LossModule<TripletMarginWithDistanceOptions> {
 public:
  explicit TripletMarginWithDistanceLoss(const TripletMarginWithDistanceOptions& options = {})
      : LossModule("TripletMarginWithDistanceLoss", options) {}

  using Module::operator();
  Tensor forward(const Tensor& anchor, const Tensor& positive, const Tensor& negative) const override;
};

/// gaussian_nll_loss.
class GaussianNLLLoss : public LossModule<GaussianNLLOptions> {
 public:
  explicit GaussianNLLLoss(const GaussianNLLOptions& options = {}) : LossModule("GaussianNLLLoss", options) {}

  using Module::operator();
  Tensor forward(const Tensor& mean, const Tensor& target, const Tensor& var) const override;
};

/// ctc_loss. It takes four inputs: log_probabilities, targets, input_lengths, target_lengths.
class CTCLoss : public LossModule<CTCOptions> {
 public:
  explicit CTCLoss(const CTCOptions& options = {}) : LossModule("CTCLoss", options) {}

  Tensor operator()(const Operand& log_probabilities, const Operand& targets, const Operand& input_lengths,
                    const Operand& target_lengths) const;
  Tensor forward(const std::vector<Tensor>& inputs) const override;
};

}  // namespace xgrad::nn
#pragma GCC visibility pop
