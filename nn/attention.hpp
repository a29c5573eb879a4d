#pragma once

#include <optional>

#include <autograd/ops/attention.hpp>
#include <nn/linear.hpp>

#pragma GCC visibility push(default)
namespace xgrad::nn {

struct MultiheadAttentionOptions {
  /// Probability with which attention weights are dropped in training mode.
  double dropout = 0;
  /// Whether the projections have biases.
  bool bias = true;
  /// Whether a key and a value that are parameters, bias_k and bias_v, are appended to the sequences.
  bool add_bias_kv = false;
  /// Whether a key and a value of zeros are appended.
  bool add_zero_attn = false;
  /// Widths of keys and values; embed_dim by default.
  std::optional<std::int64_t> kdim = {};
  std::optional<std::int64_t> vdim = {};
  /// Whether batches are (N, L, ...) rather than (L, N, ...).
  bool batch_first = false;
  /// The number of heads of keys and values, of which num_heads is a multiple; each serves as many heads of the query
  /// (grouped queries; 1 is multi-query attention). num_heads by default, as in PyTorch, which has no such option.
  std::optional<std::int64_t> num_kv_heads = {};
  DType dtype = float32;
};

/// Options of a call.
struct MultiheadAttentionMasks {
  /// (N, S), or (S,) for inputs without a batch: keys that are padding.
  Tensor key_padding_mask = {};
  /// Whether the weights are given as well. They cost nothing where they are not used, but in training mode with
  /// dropout.
  bool need_weights = true;
  /// (L, S), or (N * num_heads, L, S).
  Tensor attn_mask = {};
  /// Whether weights are the means over the heads.
  bool average_attn_weights = true;
  /// Whether query i attends to keys 0 to i only, with an attn_mask or without.
  bool is_causal = false;
};

/// What a call with options gives.
struct MultiheadAttentionResult {
  Tensor output;   ///< of the query's shape
  Tensor weights;  ///< (N, L, S), or (N, num_heads, L, S) unless averaged; undefined unless needed
};

/// Attention of several heads (Vaswani et al., 2017): projections of query, key and value are cut into num_heads heads,
/// scaled_dot_product_attention runs in each, and out_proj joins the results.
///
/// query: (L, N, embed_dim), key: (S, N, kdim), value: (S, N, vdim), with batch_first (N, L, embed_dim) and so on; or
/// without a batch (L, embed_dim), (S, kdim), (S, vdim). Masks follow PyTorch's convention for this module: bool is
/// true where a key is masked out (in scaled_dot_product_attention true takes part); floating-point is added to the
/// scores. They do not speak of appended keys, to which every query attends. A query without keys gets zeros.
///
/// Parameters are PyTorch's. With d = embed_dim / num_heads and K = d num_kv_heads: in_proj_weight
/// (embed_dim + 2 K, embed_dim), or where kdim or vdim differ q_proj_weight (embed_dim, embed_dim), k_proj_weight
/// (K, kdim) and v_proj_weight (K, vdim); in_proj_bias (embed_dim + 2 K,); bias_k and bias_v (1, 1, K); out_proj, a
/// Linear. Weights of the projections start as xavier_uniform, biases as zeros, bias_k and bias_v as xavier_normal.
///
///     Tensor y = attention(x, x, x);
///     auto [output, weights] = attention(x, memory, memory, {.key_padding_mask = padding});
///
/// Throws Error unless num_heads divides embed_dim and num_kv_heads num_heads, and on inputs and masks of other shapes
/// and dtypes.
class MultiheadAttention : public Module {
 public:
  MultiheadAttention(std::int64_t embed_dim, std::int64_t num_heads, const MultiheadAttentionOptions& options = {});

  using Module::operator();
  MultiheadAttentionResult operator()(const Operand& query, const Operand& key, const Operand& value,
                                      const MultiheadAttentionMasks& masks) const;
  /// The output without masks.
  Tensor forward(const Tensor& query, const Tensor& key, const Tensor& value) const override;
  std::string arguments() const override;

  // Undefined where the layer has none.
  Parameter in_proj_weight;
  Parameter q_proj_weight;
  Parameter k_proj_weight;
  Parameter v_proj_weight;
  Parameter in_proj_bias;
  Parameter bias_k;
  Parameter bias_v;
  Linear out_proj;

 private:
  struct Heads;

  MultiheadAttentionResult attend(const Tensor& query, const Tensor& key, const Tensor& value,
                                  const MultiheadAttentionMasks& masks) const;
  void check_inputs(const Tensor& query, const Tensor& key, const Tensor& value) const;
  Heads project(const Tensor& query, const Tensor& key, const Tensor& value) const;
  void append_keys(Heads& heads) const;
  Tensor checked_mask(const char* name, const Tensor& mask, const Shape& expected, const Shape& other) const;
  Tensor combined_mask(const MultiheadAttentionMasks& masks, const Heads& heads) const;

  std::int64_t embed_dim_;
  std::int64_t num_heads_;
  std::int64_t num_kv_heads_;
  std::int64_t kdim_;
  std::int64_t vdim_;
  MultiheadAttentionOptions options_;
};

}  // namespace xgrad::nn
#pragma GCC visibility pop
