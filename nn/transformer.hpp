#pragma once

#include <concepts>
#include <functional>
#include <optional>
#include <string>
#include <utility>

#include <nn/attention.hpp>
#include <nn/containers.hpp>
#include <nn/dropout.hpp>
#include <nn/norm.hpp>

#pragma GCC visibility push(default)
/// The Transformer (Vaswani et al., "Attention is all you need", 2017) with PyTorch's modules, options, names of
/// parameters and conventions of masks (see MultiheadAttention). Sequences are (L, N, d_model), with batch_first
/// (N, L, d_model), or without a batch (L, d_model); results have the shape of the first input.
namespace xgrad::nn {

/// The function between the two linear maps of a Transformer's layer: relu or gelu by name, or a function of a tensor
/// that has no parameters. Throws Error for other names and for an empty function.
class Activation {
 public:
  Activation(const char* name) : Activation(std::string(name)) {}
  Activation(const std::string& name);
  template <std::invocable<const Tensor&> F>
  Activation(F f) : Activation(std::function<Tensor(const Tensor&)>(std::move(f)), 0) {}

  Tensor operator()(const Tensor& x) const { return f_(x); }

 private:
  Activation(std::function<Tensor(const Tensor&)> f, int);

  std::function<Tensor(const Tensor&)> f_;
};

struct TransformerLayerOptions {
  std::int64_t dim_feedforward = 2048;
  double dropout = 0.1;
  Activation activation = "relu";
  double layer_norm_eps = 1e-5;
  bool batch_first = false;
  /// Whether inputs of attention and of the linear maps are normalized, rather than sums of inputs and results.
  bool norm_first = false;
  bool bias = true;
  /// As in MultiheadAttentionOptions; PyTorch has no such option.
  std::optional<std::int64_t> num_kv_heads = {};
  DType dtype = float32;
};

/// Masks of a call; shapes and meaning are those of MultiheadAttentionMasks.
struct TransformerEncoderMasks {
  Tensor src_mask = {};
  Tensor src_key_padding_mask = {};
  bool is_causal = false;
};
/// Masks of a decoder, and whether attention is causal, by PyTorch's names.
struct TransformerDecoderMasks {
  Tensor tgt_mask = {};
  Tensor memory_mask = {};
  Tensor tgt_key_padding_mask = {};
  Tensor memory_key_padding_mask = {};
  bool tgt_is_causal = false;
  bool memory_is_causal = false;
};
/// Masks of encoder and decoder, and whether attention is causal, by PyTorch's names.
struct TransformerMasks {
  Tensor src_mask = {};
  Tensor tgt_mask = {};
  Tensor memory_mask = {};
  Tensor src_key_padding_mask = {};
  Tensor tgt_key_padding_mask = {};
  Tensor memory_key_padding_mask = {};
  bool src_is_causal = false;
  bool tgt_is_causal = false;
  bool memory_is_causal = false;
};

/// Self-attention, then two linear maps with an activation between them, each added to its input:
///
///     x = norm1(x + self_attn(x)),   x = norm2(x + linear2(activation(linear1(x)))),
///
/// or with norm_first x = x + self_attn(norm1(x)) and so on. Dropout follows the attention, the activation and the last
/// map. Throws Error as its parts do.
class TransformerEncoderLayer : public Module {
 public:
  TransformerEncoderLayer(std::int64_t d_model, std::int64_t nhead, const TransformerLayerOptions& options = {});

  using Module::operator();
  Tensor operator()(const Operand& src, const TransformerEncoderMasks& masks) const;
  /// Without masks; with a src_mask; and with a src_key_padding_mask as well.
  Tensor forward(const Tensor& src) const override;
  Tensor forward(const Tensor& src, const Tensor& src_mask) const override;
  Tensor forward(const Tensor& src, const Tensor& src_mask, const Tensor& src_key_padding_mask) const override;

  MultiheadAttention self_attn;
  Linear linear1;
  Dropout dropout;
  Linear linear2;
  LayerNorm norm1;
  LayerNorm norm2;
  Dropout dropout1;
  Dropout dropout2;

 private:
  Tensor apply(const Tensor& src, const TransformerEncoderMasks& masks) const;

  Activation activation_;
  bool norm_first_;
};

/// TransformerEncoderLayer with attention to an encoder's result (`memory`) between the two parts: self_attn, norm1,
/// multihead_attn, norm2, the linear maps, norm3.
class TransformerDecoderLayer : public Module {
 public:
  TransformerDecoderLayer(std::int64_t d_model, std::int64_t nhead, const TransformerLayerOptions& options = {});

  using Module::operator();
  Tensor operator()(const Operand& tgt, const Operand& memory, const TransformerDecoderMasks& masks) const;
  /// Without masks; with a tgt_mask.
  Tensor forward(const Tensor& tgt, const Tensor& memory) const override;
  Tensor forward(const Tensor& tgt, const Tensor& memory, const Tensor& tgt_mask) const override;

  MultiheadAttention self_attn;
  MultiheadAttention multihead_attn;
  Linear linear1;
  Dropout dropout;
  Linear linear2;
  LayerNorm norm1;
  LayerNorm norm2;
  LayerNorm norm3;
  Dropout dropout1;
  Dropout dropout2;
  Dropout dropout3;

 private:
  Tensor apply(const Tensor& tgt, const Tensor& memory, const TransformerDecoderMasks& masks) const;

  Activation activation_;
  bool norm_first_;
};

/// num_layers clones of a layer, one after the other, and a norm where one is given. Throws Error where num_layers is
/// negative.
class TransformerEncoder : public Module {
 public:
  TransformerEncoder(const TransformerEncoderLayer& encoder_layer, std::int64_t num_layers,
                     const std::optional<LayerNorm>& norm = {});

  using Module::operator();
  Tensor operator()(const Operand& src, const TransformerEncoderMasks& masks) const;
  /// Without masks; with a src_mask; and with a src_key_padding_mask as well.
  Tensor forward(const Tensor& src) const override;
  Tensor forward(const Tensor& src, const Tensor& src_mask) const override;
  Tensor forward(const Tensor& src, const Tensor& src_mask, const Tensor& src_key_padding_mask) const override;

  Shared<std::vector<TransformerEncoderLayer>> layers;
  std::optional<LayerNorm> norm;

 private:
  friend class Transformer;
  TransformerEncoder() : Module("TransformerEncoder") {}
  Tensor apply(const Tensor& src, const TransformerEncoderMasks& masks) const;

  ModuleList list_ = register_module("layers", ModuleList());
};

/// The same of decoder layers.
class TransformerDecoder : public Module {
 public:
  TransformerDecoder(const TransformerDecoderLayer& decoder_layer, std::int64_t num_layers,
                     const std::optional<LayerNorm>& norm = {});

  using Module::operator();
  Tensor operator()(const Operand& tgt, const Operand& memory, const TransformerDecoderMasks& masks) const;
  /// Without masks; with a tgt_mask.
  Tensor forward(const Tensor& tgt, const Tensor& memory) const override;
  Tensor forward(const Tensor& tgt, const Tensor& memory, const Tensor& tgt_mask) const override;

  Shared<std::vector<TransformerDecoderLayer>> layers;
  std::optional<LayerNorm> norm;

 private:
  friend class Transformer;
  TransformerDecoder() : Module("TransformerDecoder") {}
  Tensor apply(const Tensor& tgt, const Tensor& memory, const TransformerDecoderMasks& masks) const;

  ModuleList list_ = register_module("layers", ModuleList());
};

struct TransformerOptions {
  std::int64_t num_encoder_layers = 6;
  std::int64_t num_decoder_layers = 6;
  /// Options of the layers. The norms at the end of encoder and decoder have their layer_norm_eps and bias.
  TransformerLayerOptions layer = {};
  /// Modules of your own in the place of encoder and decoder. They are called with (src, src_mask,
  /// src_key_padding_mask) and with (tgt, memory, tgt_mask, memory_mask, tgt_key_padding_mask,
  /// memory_key_padding_mask): a mask that is not given is an undefined Tensor, and those at the end are left out.
  std::optional<Module> custom_encoder = {};
  std::optional<Module> custom_decoder = {};
};

/// An encoder and a decoder, each with a LayerNorm at its end. Weights of two axes or more start as xavier_uniform,
/// also those of modules of your own, as in PyTorch.
///
///     nn::Transformer model(512, 8, {.layer = {.batch_first = true}});
///     Tensor y = model(src, tgt, {.tgt_is_causal = true});
///
/// Throws Error where is_causal is asked of a module of your own, which gets masks only.
class Transformer : public Module {
 public:
  explicit Transformer(std::int64_t d_model = 512, std::int64_t nhead = 8, const TransformerOptions& options = {});

  using Module::operator();
  Tensor operator()(const Operand& src, const Operand& tgt, const TransformerMasks& masks) const;
  /// Without masks.
  Tensor forward(const Tensor& src, const Tensor& tgt) const override;

  TransformerEncoder encoder;  ///< without layers where there is a custom_encoder, which has its name in the state
  std::optional<Module> custom_encoder;
  TransformerDecoder decoder;  ///< without layers where there is a custom_decoder, which has its name in the state
  std::optional<Module> custom_decoder;

 private:
  Tensor apply(const Tensor& src, const Tensor& tgt, const TransformerMasks& masks) const;
  Tensor encoded(const Tensor& src, const TransformerMasks& masks) const;
  std::optional<Module> registered(const char* name, const std::optional<Module>& module);
};

/// (size, size) zeros, and -inf above the diagonal: a mask that is added, for attention to what came before. Options
/// named is_causal have the same effect, and cost no mask.
Tensor generate_square_subsequent_mask(std::int64_t size, DType dtype = float32);

}  // namespace xgrad::nn
#pragma GCC visibility pop
