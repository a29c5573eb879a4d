#pragma once

#include <optional>

#include <nn/embedding_table.hpp>

#pragma GCC visibility push(default)
namespace xgrad::nn {

/// How the rows of a bag become one.
enum class BagMode { sum, mean, max };

struct EmbeddingBagCall {
  /// int64 (B,): where the bags start in a vector of indices, from 0 on, never falling. They are run.
  Tensor offsets = {};
  /// Whether the gradient of a row is divided by how often its index occurs; not with BagMode::max.
  bool scale_grad_by_freq = false;
  BagMode mode = BagMode::mean;
  /// A factor for each row, of the shape of the indices; with BagMode::sum only.
  Tensor per_sample_weights = {};
  /// Whether the offsets end with the number of indices, so that B + 1 of them are given.
  bool include_last_offset = false;
  /// A row that no bag counts; negative numbers count from the end.
  std::optional<std::int64_t> padding_idx = {};
};

/// Sums, means or maxima of the rows of weight (num, D) in bags of indices: (B, D). Bags are the rows of int64 indices
/// (B, L), or where the indices are a vector stretches of it that start at the offsets. A bag without rows is 0. Of
/// maxima that tie each gets an equal share of the gradient. Throws Error on other shapes and dtypes; an index out of
/// range is one when the value is asked for.
Tensor embedding_bag(const Operand& indices, const Operand& weight, const EmbeddingBagCall& options = {});

/// As in EmbeddingOptions and EmbeddingBagCall.
struct EmbeddingBagOptions {
  std::optional<double> max_norm = {};
  double norm_type = 2;
  bool scale_grad_by_freq = false;
  BagMode mode = BagMode::mean;
  bool include_last_offset = false;
  std::optional<std::int64_t> padding_idx = {};
  DType dtype = float32;
};

/// As in EmbeddingFromPretrainedOptions and EmbeddingBagCall.
struct EmbeddingBagFromPretrainedOptions {
  bool freeze = true;
  std::optional<double> max_norm = {};
  double norm_type = 2;
  bool scale_grad_by_freq = false;
  BagMode mode = BagMode::mean;
  bool include_last_offset = false;
  std::optional<std::int64_t> padding_idx = {};
};

/// embedding_bag with a weight of its own: (num_embeddings, embedding_dim), which starts as that of Embedding.
///
///     Tensor y = bag(indices, offsets);            // or bag(indices) for (B, L)
///     Tensor z = bag(indices, offsets, weights);   // per_sample_weights
///
/// Throws Error as Embedding and embedding_bag do, and on scale_grad_by_freq with BagMode::max.
class EmbeddingBag : public EmbeddingTable {
 public:
  EmbeddingBag(std::int64_t num_embeddings, std::int64_t embedding_dim, const EmbeddingBagOptions& options = {});
  /// With a weight that is given: floating-point (num_embeddings, embedding_dim).
  static EmbeddingBag from_pretrained(const Tensor& embeddings, const EmbeddingBagFromPretrainedOptions& options = {});

  using Module::operator();
  Tensor forward(const Tensor& indices) const override;
  Tensor forward(const Tensor& indices, const Tensor& offsets) const override;
  /// Offsets may be undefined.
  Tensor forward(const Tensor& indices, const Tensor& offsets, const Tensor& per_sample_weights) const override;
  std::string arguments() const override;

 private:
  EmbeddingBag(const Tensor& embeddings, bool freeze, const EmbeddingBagOptions& options);
  void check_mode() const;

  BagMode mode_;
  bool include_last_offset_;
};

}  // namespace xgrad::nn
#pragma GCC visibility pop
