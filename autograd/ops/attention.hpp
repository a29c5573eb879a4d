#pragma once

#include <optional>

#include <autograd/operand.hpp>
#include <autograd/tensor.hpp>

#pragma GCC visibility push(default)
namespace xgrad {

struct AttentionOptions {
  /// Which keys a query attends to, of a shape that broadcasts to (..., L, S): bool, true where it does; or
  /// floating-point, added to the scores. An undefined Tensor: all of them.
  Tensor attn_mask = {};
  /// Probability with which weights are set to 0, the others being divided by 1 - dropout_p; drawn from the default
  /// generator. A function has no training mode: give 0 for evaluation.
  double dropout_p = 0;
  /// Whether query i attends to keys 0 to i only. With a mask as well, both hold.
  bool is_causal = false;
  /// The factor of the scores; 1 / sqrt(E) by default.
  std::optional<double> scale = {};
  /// Whether axis -3 holds heads, of which the query may have a multiple of the key's: that many heads of the query
  /// in a row share a head of key and value (Ainslie et al., "GQA", 2023).
  bool enable_gqa = false;
};

/// softmax(query key^T scale + mask) value (Vaswani et al., "Attention is all you need", 2017), as PyTorch's.
///
/// The weights, (..., L, S), are never whole in memory where there are many (2^22): the product, its softmax and the
/// second product run together for some rows at a time, and a derivative computes the weights again for the rows at
/// hand (Dao et al., "FlashAttention", 2022). That takes memory in proportion to L + S. A mask is read as it is given,
/// and one that is drawn for dropout is whole.
///
/// query: (..., L, E), key: (..., S, E), value: (..., S, Ev), floating-point; leading axes broadcast. The result is
/// (..., L, Ev). A query that attends to no key gives zeros, with derivatives of 0. Throws Error on other shapes and
/// dtypes, on a mask that does not broadcast, where dropout_p lies outside [0, 1], on a scale that is not finite, and
/// with enable_gqa where the query's heads are no multiple of the key's, or key and value differ in heads.
Tensor scaled_dot_product_attention(const Operand& query, const Operand& key, const Operand& value,
                                    const AttentionOptions& options = {});

}  // namespace xgrad
#pragma GCC visibility pop
