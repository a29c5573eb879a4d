#include <nn/embedding.hpp>

#include <fmt/format.h>

#include <autograd/ops.hpp>
#include <nn/init.hpp>

namespace xgrad::nn {

Embedding::Embedding(std::int64_t num_embeddings, std::int64_t embedding_dim, const EmbeddingOptions& options)
    : Module("Embedding"),
      num_embeddings_(num_embeddings),
      embedding_dim_(embedding_dim),
      padding_idx_(options.padding_idx) {
  if (num_embeddings < 0 || embedding_dim < 0) {
    refuse(fmt::format("({}, {}) was given; numbers of embeddings and their width must not be negative", num_embeddings,
                       embedding_dim));
  }
  if (padding_idx_ && (*padding_idx_ < -num_embeddings || *padding_idx_ >= num_embeddings)) {
    refuse(fmt::format("padding_idx is {}; it must be one of {} rows, from {} to {}", *padding_idx_, num_embeddings,
                       -num_embeddings, num_embeddings - 1));
  }
  weight = register_parameter("weight", zeros({num_embeddings, embedding_dim}, options.dtype));
  init::normal(weight);
  if (!padding_idx_) return;
  if (*padding_idx_ < 0) *padding_idx_ += num_embeddings;
  const Tensor is_padding = expand_dims(equal(arange(num_embeddings), *padding_idx_), 1);
  weight.set(where(is_padding, 0.0, weight.value()));
}

Tensor Embedding::forward(const Tensor& x) const {
  if (x.dtype() != int64) {
    refuse(fmt::format("the input is {} {}; int64 indices were expected", to_string(x.dtype()), to_string(x.shape())));
  }
  return embedding(x, weight, xgrad::EmbeddingOptions{.padding_idx = padding_idx_});
}

std::string Embedding::arguments() const {
  return fmt::format("{}, {}{}", num_embeddings_, embedding_dim_,
                     padding_idx_ ? fmt::format(", padding_idx={}", *padding_idx_) : "");
}

}  // namespace xgrad::nn
