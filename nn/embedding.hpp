#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <nn/embedding_table.hpp>

#pragma GCC visibility push(default)
namespace xgrad::nn {

struct EmbeddingOptions {
  /// A row that starts as zeros and gets no gradient; negative numbers count from the end.
  std::optional<std::int64_t> padding_idx = {};
  /// The greatest norm of a row that is looked up. Longer rows are scaled to it; the gradient is that in the scaled
  /// row. In training mode this changes the weight.
  std::optional<double> max_norm = {};
  /// The p of that norm.
  double norm_type = 2;
  /// Whether the gradient of a row is divided by how often its index occurs in the input.
  bool scale_grad_by_freq = false;
  DType dtype = float32;
};

/// Options of Embedding::from_pretrained: as in EmbeddingOptions, but the padding row keeps its values.
struct EmbeddingFromPretrainedOptions {
  /// Whether the weight is a buffer, which is saved by the same name and not trained, rather than a parameter.
  bool freeze = true;
  std::optional<std::int64_t> padding_idx = {};
  std::optional<double> max_norm = {};
  double norm_type = 2;
  bool scale_grad_by_freq = false;
};

/// A vector for each of num_embeddings symbols: xgrad::embedding with a weight of its own.
///
/// x: int64 indices of any shape S, y: S + (embedding_dim,), weight: (num_embeddings, embedding_dim), which starts as
/// N(0, 1), drawn from the default generator, as PyTorch's does. Gradients of repeated indices add up.
/// Throws Error on negative numbers, a padding_idx that is no row, a negative max_norm, a norm_type that is not
/// positive, and inputs that are not int64. An index outside -num_embeddings..num_embeddings-1 is an Error when the
/// value is asked for.
class Embedding : public EmbeddingTable {
 public:
  Embedding(std::int64_t num_embeddings, std::int64_t embedding_dim, const EmbeddingOptions& options = {});
  /// With a weight that is given: floating-point (num_embeddings, embedding_dim).
  static Embedding from_pretrained(const Tensor& embeddings, const EmbeddingFromPretrainedOptions& options = {});

  Tensor forward(const Tensor& x) const override;
  std::string arguments() const override;

 private:
  Embedding(const Tensor& embeddings, const EmbeddingFromPretrainedOptions& options);
};

}  // namespace xgrad::nn
#pragma GCC visibility pop
