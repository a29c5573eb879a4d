#include <nn/transformer.hpp>

#include <limits>

#include <fmt/format.h>

#include <autograd/ops.hpp>
#include <nn/clone.hpp>
#include <nn/init.hpp>

namespace xgrad::nn {
namespace {

std::function<Tensor(const Tensor&)> activation_named(const std::string& name) {
  if (name == "relu") return [](const Tensor& x) { return relu(x); };
  if (name == "gelu") return [](const Tensor& x) { return gelu(x); };
  fail("Activation", fmt::format("'{}' was given; 'relu', 'gelu' or a function was expected", name));
}

MultiheadAttention attention_of(std::int64_t d_model, std::int64_t nhead, const TransformerLayerOptions& options) {
  return {d_model, nhead,
          MultiheadAttentionOptions{.dropout = options.dropout,
                                    .bias = options.bias,
                                    .batch_first = options.batch_first,
                                    .num_kv_heads = options.num_kv_heads,
                                    .dtype = options.dtype}};
}

Linear linear_of(std::int64_t in, std::int64_t out, const TransformerLayerOptions& options) {
  return {in, out, {.bias = options.bias, .dtype = options.dtype}};
}

LayerNorm norm_of(std::int64_t d_model, const TransformerLayerOptions& options) {
  return LayerNorm(d_model, {.eps = options.layer_norm_eps, .bias = options.bias, .dtype = options.dtype});
}

/// Fills a list with clones of a layer. The typed handles are the members for the list's modules.
template <class Layer>
void fill(std::vector<Layer>& layers, ModuleList& list, const Layer& layer, std::int64_t count) {
  layers.reserve(static_cast<std::size_t>(count));
  for (std::int64_t i = 0; i < count; ++i) {
    const Layer own = clone(layer);
    const detail::ContainerCopy into_container;
    layers.push_back(list.push_back(own));
  }
}

/// The inputs without undefined ones at the end, but as many as are needed.
std::vector<Tensor> given(std::vector<Tensor> inputs, std::size_t needed) {
  while (inputs.size() > needed && !inputs.back().defined()) inputs.pop_back();
  return inputs;
}

void check_layers(const char* name, std::int64_t count) {
  if (count < 0 || count > 1'000'000)
    fail(name, fmt::format("num_layers is {}; it must not be negative, and at most a million", count));
}

}  // namespace

Activation::Activation(const std::string& name) : f_(activation_named(name)) {}

Activation::Activation(std::function<Tensor(const Tensor&)> f, int) : f_(std::move(f)) {
  if (!f_) fail("Activation", "the function is empty");
}

// ---------------------------------------------------------------------------------------------- layers

TransformerEncoderLayer::TransformerEncoderLayer(std::int64_t d_model, std::int64_t nhead,
                                                 const TransformerLayerOptions& options)
    : Module("TransformerEncoderLayer"),
      self_attn(register_module("self_attn", attention_of(d_model, nhead, options))),
      linear1(register_module("linear1", linear_of(d_model, options.dim_feedforward, options))),
      dropout(register_module("dropout", Dropout(options.dropout))),
      linear2(register_module("linear2", linear_of(options.dim_feedforward, d_model, options))),
      norm1(register_module("norm1", norm_of(d_model, options))),
      norm2(register_module("norm2", norm_of(d_model, options))),
      dropout1(register_module("dropout1", Dropout(options.dropout))),
      dropout2(register_module("dropout2", Dropout(options.dropout))),
      activation_(options.activation),
      norm_first_(options.norm_first) {}

Tensor TransformerEncoderLayer::apply(const Tensor& src, const TransformerEncoderMasks& masks) const {
  const auto attended = [&](const Tensor& x) {
    return dropout1(self_attn(x, x, x,
                              MultiheadAttentionMasks{.key_padding_mask = masks.src_key_padding_mask,
                                                      .need_weights = false,
                                                      .attn_mask = masks.src_mask,
                                                      .is_causal = masks.is_causal})
                        .output);
  };
  const auto mapped = [&](const Tensor& x) { return dropout2(linear2(dropout(activation_(linear1(x))))); };
  if (norm_first_) {
    const Tensor x = src + attended(norm1(src));
    return x + mapped(norm2(x));
  }
  const Tensor x = norm1(src + attended(src));
  return norm2(x + mapped(x));
}

Tensor TransformerEncoderLayer::operator()(const Operand& src, const TransformerEncoderMasks& masks) const {
  return scoped([&] { return apply(src, masks); });
}
Tensor TransformerEncoderLayer::forward(const Tensor& src) const { return apply(src, {}); }
Tensor TransformerEncoderLayer::forward(const Tensor& src, const Tensor& src_mask) const {
  return apply(src, {.src_mask = src_mask});
}
Tensor TransformerEncoderLayer::forward(const Tensor& src, const Tensor& src_mask,
                                        const Tensor& src_key_padding_mask) const {
  return apply(src, {.src_mask = src_mask, .src_key_padding_mask = src_key_padding_mask});
}

TransformerDecoderLayer::TransformerDecoderLayer(std::int64_t d_model, std::int64_t nhead,
                                                 const TransformerLayerOptions& options)
    : Module("TransformerDecoderLayer"),
      self_attn(register_module("self_attn", attention_of(d_model, nhead, options))),
      multihead_attn(register_module("multihead_attn", attention_of(d_model, nhead, options))),
      linear1(register_module("linear1", linear_of(d_model, options.dim_feedforward, options))),
      dropout(register_module("dropout", Dropout(options.dropout))),
      linear2(register_module("linear2", linear_of(options.dim_feedforward, d_model, options))),
      norm1(register_module("norm1", norm_of(d_model, options))),
      norm2(register_module("norm2", norm_of(d_model, options))),
      norm3(register_module("norm3", norm_of(d_model, options))),
      dropout1(register_module("dropout1", Dropout(options.dropout))),
      dropout2(register_module("dropout2", Dropout(options.dropout))),
      dropout3(register_module("dropout3", Dropout(options.dropout))),
      activation_(options.activation),
      norm_first_(options.norm_first) {}

Tensor TransformerDecoderLayer::apply(const Tensor& tgt, const Tensor& memory,
                                      const TransformerDecoderMasks& masks) const {
  const auto attended = [&](const Tensor& x) {
    return dropout1(self_attn(x, x, x,
                              MultiheadAttentionMasks{.key_padding_mask = masks.tgt_key_padding_mask,
                                                      .need_weights = false,
                                                      .attn_mask = masks.tgt_mask,
                                                      .is_causal = masks.tgt_is_causal})
                        .output);
  };
  const auto remembered = [&](const Tensor& x) {
    return dropout2(multihead_attn(x, memory, memory,
                                   MultiheadAttentionMasks{.key_padding_mask = masks.memory_key_padding_mask,
                                                           .need_weights = false,
                                                           .attn_mask = masks.memory_mask,
                                                           .is_causal = masks.memory_is_causal})
                        .output);
  };
  const auto mapped = [&](const Tensor& x) { return dropout3(linear2(dropout(activation_(linear1(x))))); };
  if (norm_first_) {
    Tensor x = tgt + attended(norm1(tgt));
    x = x + remembered(norm2(x));
    return x + mapped(norm3(x));
  }
  Tensor x = norm1(tgt + attended(tgt));
  x = norm2(x + remembered(x));
  return norm3(x + mapped(x));
}

Tensor TransformerDecoderLayer::operator()(const Operand& tgt, const Operand& memory,
                                           const TransformerDecoderMasks& masks) const {
  return scoped([&] { return apply(tgt, memory, masks); });
}
Tensor TransformerDecoderLayer::forward(const Tensor& tgt, const Tensor& memory) const {
  return apply(tgt, memory, {});
}
Tensor TransformerDecoderLayer::forward(const Tensor& tgt, const Tensor& memory, const Tensor& tgt_mask) const {
  return apply(tgt, memory, {.tgt_mask = tgt_mask});
}

// ---------------------------------------------------------------------------------------------- stacks

TransformerEncoder::TransformerEncoder(const TransformerEncoderLayer& encoder_layer, std::int64_t num_layers,
                                       const std::optional<LayerNorm>& final_norm)
    : Module("TransformerEncoder") {
  check_layers("TransformerEncoder", num_layers);
  fill(*layers, list_, encoder_layer, num_layers);
  if (final_norm) norm.emplace(register_module("norm", *final_norm));
}

Tensor TransformerEncoder::apply(const Tensor& src, const TransformerEncoderMasks& masks) const {
  Tensor x = src;
  {
    const NameScope scope("layers");
    for (const TransformerEncoderLayer& layer : layers) x = layer(x, masks);
  }
  return norm ? (*norm)(x) : x;
}

Tensor TransformerEncoder::operator()(const Operand& src, const TransformerEncoderMasks& masks) const {
  return scoped([&] { return apply(src, masks); });
}
Tensor TransformerEncoder::forward(const Tensor& src) const { return apply(src, {}); }
Tensor TransformerEncoder::forward(const Tensor& src, const Tensor& src_mask) const {
  return apply(src, {.src_mask = src_mask});
}
Tensor TransformerEncoder::forward(const Tensor& src, const Tensor& src_mask,
                                   const Tensor& src_key_padding_mask) const {
  return apply(src, {.src_mask = src_mask, .src_key_padding_mask = src_key_padding_mask});
}

TransformerDecoder::TransformerDecoder(const TransformerDecoderLayer& decoder_layer, std::int64_t num_layers,
                                       const std::optional<LayerNorm>& final_norm)
    : Module("TransformerDecoder") {
  check_layers("TransformerDecoder", num_layers);
  fill(*layers, list_, decoder_layer, num_layers);
  if (final_norm) norm.emplace(register_module("norm", *final_norm));
}

Tensor TransformerDecoder::apply(const Tensor& tgt, const Tensor& memory, const TransformerDecoderMasks& masks) const {
  Tensor x = tgt;
  {
    const NameScope scope("layers");
    for (const TransformerDecoderLayer& layer : layers) x = layer(x, memory, masks);
  }
  return norm ? (*norm)(x) : x;
}

Tensor TransformerDecoder::operator()(const Operand& tgt, const Operand& memory,
                                      const TransformerDecoderMasks& masks) const {
  return scoped([&] { return apply(tgt, memory, masks); });
}
Tensor TransformerDecoder::forward(const Tensor& tgt, const Tensor& memory) const { return apply(tgt, memory, {}); }
Tensor TransformerDecoder::forward(const Tensor& tgt, const Tensor& memory, const Tensor& tgt_mask) const {
  return apply(tgt, memory, {.tgt_mask = tgt_mask});
}

Transformer::Transformer(std::int64_t d_model, std::int64_t nhead, const TransformerOptions& options)
    : Module("Transformer"),
      encoder(options.custom_encoder ? TransformerEncoder()
                                     : register_module("encoder", TransformerEncoder({d_model, nhead, options.layer},
                                                                                     options.num_encoder_layers,
                                                                                     norm_of(d_model, options.layer)))),
      custom_encoder(registered("encoder", options.custom_encoder)),
      decoder(options.custom_decoder ? TransformerDecoder()
                                     : register_module("decoder", TransformerDecoder({d_model, nhead, options.layer},
                                                                                     options.num_decoder_layers,
                                                                                     norm_of(d_model, options.layer)))),
      custom_decoder(registered("decoder", options.custom_decoder)) {
  for (const Parameter& parameter : parameters())
    if (parameter.shape().rank() > 1) init::xavier_uniform(parameter);
}

std::optional<Module> Transformer::registered(const char* name, const std::optional<Module>& module) {
  return module ? std::optional<Module>(register_module(name, *module)) : std::nullopt;
}

Tensor Transformer::encoded(const Tensor& src, const TransformerMasks& masks) const {
  if (!custom_encoder)
    return encoder(src, TransformerEncoderMasks{.src_mask = masks.src_mask,
                                                .src_key_padding_mask = masks.src_key_padding_mask,
                                                .is_causal = masks.src_is_causal});
  if (masks.src_is_causal)
    refuse("src_is_causal is set, but a custom encoder gets masks only; a src_mask was expected");
  return (*custom_encoder)(given({src, masks.src_mask, masks.src_key_padding_mask}, 1));
}

Tensor Transformer::apply(const Tensor& src, const Tensor& tgt, const TransformerMasks& masks) const {
  const Tensor memory = encoded(src, masks);
  if (!custom_decoder)
    return decoder(tgt, memory,
                   TransformerDecoderMasks{.tgt_mask = masks.tgt_mask,
                                           .memory_mask = masks.memory_mask,
                                           .tgt_key_padding_mask = masks.tgt_key_padding_mask,
                                           .memory_key_padding_mask = masks.memory_key_padding_mask,
                                           .tgt_is_causal = masks.tgt_is_causal,
                                           .memory_is_causal = masks.memory_is_causal});
  if (masks.tgt_is_causal || masks.memory_is_causal)
    refuse(fmt::format("{} is set, but a custom decoder gets masks only; a mask was expected",
                       masks.tgt_is_causal ? "tgt_is_causal" : "memory_is_causal"));
  return (*custom_decoder)(given(
      {tgt, memory, masks.tgt_mask, masks.memory_mask, masks.tgt_key_padding_mask, masks.memory_key_padding_mask}, 2));
}

Tensor Transformer::operator()(const Operand& src, const Operand& tgt, const TransformerMasks& masks) const {
  return scoped([&] { return apply(src, tgt, masks); });
}
Tensor Transformer::forward(const Tensor& src, const Tensor& tgt) const { return apply(src, tgt, {}); }

Tensor generate_square_subsequent_mask(std::int64_t size, DType dtype) {
  const Called called("generate_square_subsequent_mask");
  if (size < 0) fail("generate_square_subsequent_mask", fmt::format("size is {}; it must not be negative", size));
  if (!is_floating(dtype))
    fail("generate_square_subsequent_mask",
         fmt::format("dtype {} was given; float32 or float64 was expected", to_string(dtype)));
  const Tensor row = expand_dims(arange(size), 1), column = arange(size);
  return where(less_equal(column, row), full({}, 0.0, dtype), -std::numeric_limits<double>::infinity());
}

}  // namespace xgrad::nn
