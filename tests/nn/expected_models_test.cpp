#include "expected.hpp"

// Modules with states in PyTorch's names and layouts, loaded by load_state_dict, against PyTorch: outputs, and
// gradients in inputs and in all parameters.
namespace xgrad::nn::test {
namespace {
using Arrays = std::map<std::string, Tensor>;
}  // namespace

TEST_CASE("multi-head attention agrees with PyTorch") {
  const MultiheadAttention masked(8, 2, {.dtype = float64});
  agrees("attention_masks", masked, [&](const Arrays& in, const Arrays& constants) {
    const auto [output, weights] =
        masked(in.at("query"), in.at("memory"), in.at("memory"),
               {.key_padding_mask = constants.at("key_padding_mask"), .attn_mask = constants.at("attn_mask")});
    return std::vector<Tensor>{output, weights};
  });
  const MultiheadAttention self(8, 2, {.batch_first = true, .dtype = float64});
  agrees("attention_self", self, [&](const Arrays& in, const Arrays&) {
    const Tensor& x = in.at("x");
    const auto [output, weights] = self(x, x, x, {.average_attn_weights = false});
    return std::vector<Tensor>{output, weights};
  });
  const MultiheadAttention widths(
      8, 2, {.add_bias_kv = true, .add_zero_attn = true, .kdim = 5, .vdim = 3, .batch_first = true, .dtype = float64});
  agrees("attention_widths", widths, [&](const Arrays& in, const Arrays& constants) {
    const auto [output, weights] =
        widths(in.at("query"), in.at("key"), in.at("value"), {.attn_mask = constants.at("attn_mask")});
    return std::vector<Tensor>{output, weights};
  });
  const MultiheadAttention plain(8, 2, {.bias = false, .dtype = float64});
  agrees("attention_unbatched", plain, [&](const Arrays& in, const Arrays& constants) {
    const auto [output, weights] =
        plain(in.at("query"), in.at("key"), in.at("value"), {.attn_mask = constants.at("attn_mask")});
    return std::vector<Tensor>{output, weights};
  });
}

TEST_CASE("layers of Transformers agree with PyTorch, normalizing first and last") {
  for (const bool first : {false, true}) {
    const std::string order = first ? "first" : "last";
    const TransformerLayerOptions encoder_options{.dim_feedforward = 6,
                                                  .dropout = 0,
                                                  .activation = first ? "gelu" : "relu",
                                                  .norm_first = first,
                                                  .dtype = float64};
    const TransformerEncoderLayer encoder(8, 2, encoder_options);
    agrees("encoder_layer_norm_" + order, encoder, [&](const Arrays& in, const Arrays& constants) {
      return std::vector<Tensor>{encoder(in.at("src"), constants.at("src_mask"), constants.at("src_key_padding_mask"))};
    });
    // The same mask by comparison of places.
    agrees("encoder_layer_norm_" + order, encoder, [&](const Arrays& in, const Arrays& constants) {
      return std::vector<Tensor>{encoder(
          in.at("src"),
          TransformerEncoderMasks{.src_key_padding_mask = constants.at("src_key_padding_mask"), .is_causal = true})};
    });
    const TransformerLayerOptions decoder_options{
        .dim_feedforward = 6, .dropout = 0, .batch_first = true, .norm_first = first, .dtype = float64};
    const TransformerDecoderLayer decoder(8, 2, decoder_options);
    agrees("decoder_layer_norm_" + order, decoder, [&](const Arrays& in, const Arrays& constants) {
      return std::vector<Tensor>{
          decoder(in.at("tgt"), in.at("memory"),
                  TransformerDecoderMasks{.tgt_mask = constants.at("tgt_mask"),
                                          .memory_key_padding_mask = constants.at("memory_key_padding_mask")})};
    });
  }
}

TEST_CASE("a Transformer agrees with PyTorch") {
  const Transformer model(4, 2,
                          {.num_encoder_layers = 2,
                           .num_decoder_layers = 1,
                           .layer = {.dim_feedforward = 5, .dropout = 0, .dtype = float64}});
  agrees("transformer", model, [&](const Arrays& in, const Arrays& constants) {
    return std::vector<Tensor>{
        model(in.at("src"), in.at("tgt"), TransformerMasks{.tgt_mask = constants.at("tgt_mask")})};
  });
}

TEST_CASE("an MLP with batch norm and a CNN agree with PyTorch") {
  const Sequential mlp{Linear(5, 4, {.dtype = float64}), BatchNorm1d(4, {.dtype = float64}), ReLU(),
                       Linear(4, 3, {.dtype = float64})};
  agrees("mlp", mlp, [&](const Arrays& in, const Arrays&) { return std::vector<Tensor>{mlp(in.at("x"))}; });
  const Sequential cnn{Conv2d(2, 3, 3, {.padding = 1, .dtype = float64}),
                       BatchNorm2d(3, {.dtype = float64}),
                       ReLU(),
                       MaxPool2d(2),
                       Conv2d(3, 2, 2, {.dtype = float64}),
                       Flatten(),
                       Linear(8, 3, {.dtype = float64})};
  agrees("cnn", cnn, [&](const Arrays& in, const Arrays&) { return std::vector<Tensor>{cnn(in.at("x"))}; });
}

TEST_CASE("recurrent layers of two layers and directions agree with PyTorch") {
  const RecurrentOptions options{.num_layers = 2, .bidirectional = true, .dtype = float64};
  const RNN rnn(3, 2, options);
  agrees("rnn", rnn, [&](const Arrays& in, const Arrays&) {
    const auto [output, h_n] = rnn(in.at("x"), in.at("h"));
    return std::vector<Tensor>{output, h_n};
  });
  const LSTM lstm(3, 2, options);
  agrees("lstm", lstm, [&](const Arrays& in, const Arrays&) {
    const auto [output, state] = lstm(in.at("x"), {in.at("h"), in.at("c")});
    return std::vector<Tensor>{output, state.h, state.c};
  });
  const GRU gru(3, 2, options);
  agrees("gru", gru, [&](const Arrays& in, const Arrays&) {
    const auto [output, h_n] = gru(in.at("x"), in.at("h"));
    return std::vector<Tensor>{output, h_n};
  });
}

TEST_CASE("cells of recurrent layers agree with PyTorch") {
  const RNNCell rnn(3, 2, {.dtype = float64});
  agrees("rnn_cell", rnn,
         [&](const Arrays& in, const Arrays&) { return std::vector<Tensor>{rnn(in.at("x"), in.at("h"))}; });
  const LSTMCell lstm(3, 2, {.dtype = float64});
  agrees("lstm_cell", lstm, [&](const Arrays& in, const Arrays&) {
    const auto [h, c] = lstm(in.at("x"), {in.at("h"), in.at("c")});
    return std::vector<Tensor>{h, c};
  });
  const GRUCell gru(3, 2, {.dtype = float64});
  agrees("gru_cell", gru,
         [&](const Arrays& in, const Arrays&) { return std::vector<Tensor>{gru(in.at("x"), in.at("h"))}; });
}

TEST_CASE("a bilinear layer agrees with PyTorch") {
  const Bilinear layer(3, 4, 2, {.dtype = float64});
  agrees("bilinear", layer,
         [&](const Arrays& in, const Arrays&) { return std::vector<Tensor>{layer(in.at("a"), in.at("b"))}; });
}

}  // namespace xgrad::nn::test
