#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <nn/module.hpp>

#pragma GCC visibility push(default)
namespace xgrad::nn {

/// What Embedding and EmbeddingBag share: a weight with a row for each of num_embeddings symbols, of which a padding
/// row gets no gradient, and what happens to rows that are looked up.
class EmbeddingTable : public Module {
 public:
  Parameter weight;  ///< (num_embeddings, embedding_dim); a buffer where it is frozen

 protected:
  struct Settings {
    std::optional<std::int64_t> padding_idx = {};
    std::optional<double> max_norm = {};
    double norm_type = 2;
    bool scale_grad_by_freq = false;
    DType dtype = float32;
  };

  /// A weight that starts as N(0, 1), its padding row as zeros.
  EmbeddingTable(std::string type_name, std::int64_t num_embeddings, std::int64_t embedding_dim,
                 const Settings& settings);
  /// A weight that is given: a parameter or, frozen, a buffer.
  EmbeddingTable(std::string type_name, const Tensor& embeddings, bool freeze, const Settings& settings);

  /// The weight, in which the rows at the indices are not longer than max_norm. In training mode the parameter becomes
  /// it.
  Tensor limited_weight(const Tensor& indices) const;
  std::optional<std::int64_t> padding_idx() const noexcept { return settings_.padding_idx; }
  bool scales_gradients() const noexcept { return settings_.scale_grad_by_freq; }
  /// Parts of what arguments() prints: "10, 3", ", padding_idx=9" and ", max_norm=1".
  std::string printed_sizes() const;
  std::string printed_padding() const;
  std::string printed_limits() const;

 private:
  void check_settings();

  std::int64_t num_embeddings_;
  std::int64_t embedding_dim_;
  Settings settings_;
  /// The weight that the last call with max_norm in training mode made: a second call before it is another one leaves
  /// it in its place, so that the gradients of both are those of one tensor.
  Shared<Tensor> limited_;
};

namespace detail {
/// Rows (S..., D) that were looked up at indices of shape S, with a gradient that is divided by how often each index
/// occurs in `all`, of 0 to count - 1, or -count to -1.
Tensor scaled_by_frequency(const Tensor& rows, const Tensor& indices, const Tensor& all, std::int64_t count);
}  // namespace detail

}  // namespace xgrad::nn
#pragma GCC visibility pop
