#include <doctest/doctest.h>

#include "misuse/lists.hpp"
#include "options.hpp"

namespace xgrad::test {
namespace {

using I = std::int64_t;

/// Layers of sizes that are drawn are not made large.
bool is_large(std::initializer_list<I> sizes) {
  for (const I size : sizes)
    if (size > 1000) return true;
  return false;
}

bool is_large(const nn::TransformerLayerOptions& o) {
  return is_large({o.dim_feedforward, o.num_kv_heads.value_or(0)});
}

const nn::TransformerLayerOptions small{.dim_feedforward = 3, .dropout = 0.5};

}  // namespace

Probes attention_probes() {
  const Tensor x = ones({3, 2, 4}), memory = ones({2, 2, 4}), mask = zeros({3, 3}), padding = zeros({2, 3});
  const I four = 4, two = 2;
  return {
      probe(
          {"MultiheadAttention", "its parts"},
          [](I width, I heads, const nn::MultiheadAttentionOptions& o, const Tensor& a) {
            if (is_large({width, heads, o.kdim.value_or(0), o.vdim.value_or(0)})) return a;
            return nn::MultiheadAttention(width, heads, o)(a, a, a);
          },
          four, two, nn::MultiheadAttentionOptions{.num_kv_heads = 1}, x),
      probe(
          {"MultiheadAttention", "its parts"},
          [](const Tensor& q, const Tensor& k, const Tensor& v, const nn::MultiheadAttentionMasks& masks) {
            const auto [output, weights] = nn::MultiheadAttention(4, 2)(q, k, v, masks);
            return std::vector<Tensor>{output, weights};
          },
          x, x, x, nn::MultiheadAttentionMasks{.key_padding_mask = padding, .attn_mask = mask}),
      probe(
          {"Activation", "its parts"}, [](const std::string& name) { return nn::Activation(name)(ones({2})); },
          std::string("relu")),
      probe(
          {"TransformerEncoderLayer", "its parts"},
          [](I width, I heads, const nn::TransformerLayerOptions& o, const Tensor& a) {
            return is_large({width, heads}) || is_large(o) ? a : nn::TransformerEncoderLayer(width, heads, o)(a);
          },
          four, two, small, x),
      probe(
          {"TransformerDecoderLayer", "its parts"},
          [](I width, I heads, const nn::TransformerLayerOptions& o, const Tensor& a, const Tensor& b) {
            return is_large({width, heads}) || is_large(o) ? a : nn::TransformerDecoderLayer(width, heads, o)(a, b);
          },
          four, two, small, x, memory),
      probe(
          {"TransformerEncoder", "its parts"},
          [](I layers, const Tensor& a, const nn::TransformerEncoderMasks& masks) {
            return layers > 20 && layers < 1000001
                       ? a
                       : nn::TransformerEncoder(nn::TransformerEncoderLayer(4, 2, small), layers)(a, masks);
          },
          two, x, nn::TransformerEncoderMasks{mask, padding}),
      probe(
          {"TransformerDecoder", "its parts"},
          [](I layers, const Tensor& a, const Tensor& b, const nn::TransformerDecoderMasks& masks) {
            return layers > 20 && layers < 1000001
                       ? a
                       : nn::TransformerDecoder(nn::TransformerDecoderLayer(4, 2, small), layers)(a, b, masks);
          },
          two, x, memory, nn::TransformerDecoderMasks{.tgt_mask = mask, .tgt_key_padding_mask = padding}),
      probe(
          {"Transformer", "its parts"},
          [](I width, I heads, const nn::TransformerOptions& o, const Tensor& a, const Tensor& b,
             const nn::TransformerMasks& masks) {
            const auto many = [](I layers) { return layers > 20 && layers < 1000001; };
            if (is_large({width, heads}) || is_large(o.layer) || many(o.num_encoder_layers) ||
                many(o.num_decoder_layers))
              return a;
            return nn::Transformer(width, heads, o)(a, b, masks);
          },
          four, two, nn::TransformerOptions{.num_encoder_layers = 1, .num_decoder_layers = 1, .layer = small}, memory,
          x, nn::TransformerMasks{.tgt_mask = mask}),
      probe(
          "generate_square_subsequent_mask",
          [](I size, DType dtype) { return nn::generate_square_subsequent_mask(size, dtype); }, two, float32),
      probe(
          {"SinusoidalPositions", "its parts"},
          [](I features, const nn::SinusoidalPositionsOptions& o, const Tensor& a, const Tensor& places) {
            return nn::SinusoidalPositions(features, o)(a, places);
          },
          four, nn::SinusoidalPositionsOptions{}, x, tensor({0, 1}, int64)),
      probe(
          {"LearnedPositions", "its parts"},
          [](I length, I features, const nn::LearnedPositionsOptions& o, const Tensor& a, const Tensor& places) {
            return is_large({length, features}) ? a : nn::LearnedPositions(length, features, o)(a, places);
          },
          four, four, nn::LearnedPositionsOptions{}, x, tensor({0, 1}, int64)),
      probe(
          {"RotaryPositions", "its parts"},
          [](I features, const nn::RotaryPositionsOptions& o, const Tensor& a, const Tensor& places) {
            return nn::RotaryPositions(features, o)(a, places);
          },
          four, nn::RotaryPositionsOptions{}, x, tensor({0, 1}, int64)),
  };
}

TEST_CASE("attention and Transformers stand wrong arguments and wrong inputs") { run(attention_probes()); }

}  // namespace xgrad::test
