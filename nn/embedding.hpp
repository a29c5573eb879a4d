#pragma once

#include <optional>

#include <nn/module.hpp>

namespace xgrad::nn {

struct EmbeddingOptions {
  /// A row that starts as zeros and gets no gradient; negative numbers count from the end.
  std::optional<std::int64_t> padding_idx = {};
  DType dtype = float32;
};

/// A vector for each of num_embeddings symbols: xgrad::embedding with a weight of its own.
///
/// x: int64 indices of any shape S, y: S + (embedding_dim,), weight: (num_embeddings, embedding_dim), which starts as
/// N(0, 1), drawn from the default generator, as PyTorch's does. Gradients of repeated indices add up.
/// Throws Error on negative numbers, a padding_idx that is no row, and inputs that are not int64. An index outside
/// -num_embeddings..num_embeddings-1 is an Error when the value is asked for.
class Embedding : public Module {
 public:
  Embedding(std::int64_t num_embeddings, std::int64_t embedding_dim, const EmbeddingOptions& options = {});

  Tensor forward(const Tensor& x) const override;
  std::string arguments() const override;

  Parameter weight;

 private:
  std::int64_t num_embeddings_;
  std::int64_t embedding_dim_;
  std::optional<std::int64_t> padding_idx_;  ///< from 0 on
};

}  // namespace xgrad::nn
