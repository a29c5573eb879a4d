#include <nn/embedding.hpp>

#include <fmt/format.h>

#include <autograd/ops.hpp>

namespace xgrad::nn {

Embedding::Embedding(std::int64_t num_embeddings, std::int64_t embedding_dim, const EmbeddingOptions& options)
    : EmbeddingTable("Embedding", num_embeddings, embedding_dim,
                     {.padding_idx = options.padding_idx,
                      .max_norm = options.max_norm,
                      .norm_type = options.norm_type,
                      .scale_grad_by_freq = options.scale_grad_by_freq,
                      .dtype = options.dtype}) {}

Embedding::Embedding(const Tensor& embeddings, const EmbeddingFromPretrainedOptions& options)
    : EmbeddingTable("Embedding", embeddings, options.freeze,
                     {.padding_idx = options.padding_idx,
                      .max_norm = options.max_norm,
                      .norm_type = options.norm_type,
                      .scale_grad_by_freq = options.scale_grad_by_freq}) {}

Embedding Embedding::from_pretrained(const Tensor& embeddings, const EmbeddingFromPretrainedOptions& options) {
  return {embeddings, options};
}

Tensor Embedding::forward(const Tensor& x) const {
  if (x.dtype() != int64) {
    refuse(fmt::format("the input is {} {}; int64 indices were expected", to_string(x.dtype()), to_string(x.shape())));
  }
  const Tensor table = limited_weight(x);
  const Tensor rows = embedding(x, table, xgrad::EmbeddingOptions{.padding_idx = padding_idx()});
  return scales_gradients() ? detail::scaled_by_frequency(rows, x, x, table.size(0)) : rows;
}

std::string Embedding::arguments() const { return printed_sizes() + printed_padding() + printed_limits(); }

}  // namespace xgrad::nn
