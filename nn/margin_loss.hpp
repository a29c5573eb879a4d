#pragma once

#include <functional>

#include <nn/loss.hpp>

#pragma GCC visibility push(default)
/// Losses that ask for a margin between scores or distances, with PyTorch's names, options and defaults. What loss.hpp
/// says of losses holds for them.
namespace xgrad::nn {

struct MarginRankingOptions {
  double margin = 0;
  Reduction reduction = Reduction::mean;
};

/// max(0, margin - target (a - b)): with target 1, a is to be larger than b by the margin; with -1, b than a. All: one
/// shape, a and b floating-point.
Tensor margin_ranking_loss(const Operand& a, const Operand& b, const Operand& target,
                           const MarginRankingOptions& options = {});

/// log(1 + exp(-target x)), for targets of 1 and -1. Both: one shape, x floating-point. Finite for finite x.
Tensor soft_margin_loss(const Operand& x, const Operand& target, const LossOptions& options = {});

struct MultiMarginOptions {
  /// The power of each term: 1 or 2.
  int p = 1;
  double margin = 1;
  /// A factor for each label's class, (C,) of the input's dtype.
  Tensor weight = {};
  Reduction reduction = Reduction::mean;
};

/// sum over the classes i other than the label of weight[label] max(0, margin - x[label] + x[i])^p / C.
/// x: (N, C) or (C,), floating-point; labels: int64 (N,) or a scalar. Throws Error unless p is 1 or 2. A label outside
/// 0..C-1 is an Error when the value is asked for.
Tensor multi_margin_loss(const Operand& x, const Operand& labels, const MultiMarginOptions& options = {});

/// sum of max(0, 1 - (x[j] - x[i])) / C over labels j and classes i that are none.
/// x: (N, C) or (C,), floating-point; labels: int64 of x's shape, of which those before the first negative one count.
Tensor multilabel_margin_loss(const Operand& x, const Operand& labels, const LossOptions& options = {});

struct MultilabelSoftMarginOptions {
  /// A factor for each class, floating-point, of a shape that broadcasts to the input's.
  Tensor weight = {};
  Reduction reduction = Reduction::mean;
};

/// The mean over the classes, the last axis, of -(target log(sigmoid(x)) + (1 - target) log(1 - sigmoid(x))).
/// Both: one shape (..., C), floating-point. Losses have the shape without the last axis.
Tensor multilabel_soft_margin_loss(const Operand& x, const Operand& target,
                                   const MultilabelSoftMarginOptions& options = {});

struct CosineEmbeddingOptions {
  double margin = 0;
  Reduction reduction = Reduction::mean;
};

/// With the cosine c of the angle between the vectors a and b: 1 - c where the target is 1, max(0, c - margin) where it
/// is -1, NaN where it is another number. a, b: (N, D) or (D,), floating-point; target: (N,) or a scalar.
Tensor cosine_embedding_loss(const Operand& a, const Operand& b, const Operand& target,
                             const CosineEmbeddingOptions& options = {});

struct TripletMarginOptions {
  double margin = 1;
  /// The norm of differences.
  double p = 2;
  /// Added to the entries of differences.
  double eps = 1e-6;
  /// Whether the distance of positive and negative stands in where it is smaller than that of anchor and negative
  /// (Balntas et al., 2016).
  bool swap = false;
  Reduction reduction = Reduction::mean;
};

/// max(0, d(anchor, positive) - d(anchor, negative) + margin), where d is the norm of differences along the last axis
/// (Schroff et al., 2015). All: floating-point (N, D) or (D,), one shape. Losses: (N,) or a scalar.
Tensor triplet_margin_loss(const Operand& anchor, const Operand& positive, const Operand& negative,
                           const TripletMarginOptions& options = {});

/// The distances of two batches.
using DistanceFunction = std::function<Tensor(const Tensor& a, const Tensor& b)>;

struct TripletMarginWithDistanceOptions {
  /// The norm of differences along the last axis where there is none.
  DistanceFunction distance_function = {};
  double margin = 1;
  bool swap = false;
  Reduction reduction = Reduction::mean;
};

/// triplet_margin_loss with a distance of one's own. Losses have the shape of distances. Throws Error where distances
/// are no floating-point tensors, or of several shapes.
Tensor triplet_margin_with_distance_loss(const Operand& anchor, const Operand& positive, const Operand& negative,
                                         const TripletMarginWithDistanceOptions& options = {});

}  // namespace xgrad::nn
#pragma GCC visibility pop
