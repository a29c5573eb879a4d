#include <apps/text/model.hpp>

#include <autograd/ops.hpp>

namespace xgrad::apps::text {

namespace {

nn::TransformerEncoder make_transformer(const Config& config) {
  const nn::TransformerEncoderLayer layer(config.units, config.heads,
                                          {.dim_feedforward = 4 * config.units,
                                           .dropout = config.dropout,
                                           .activation = "gelu",
                                           .batch_first = true,
                                           .norm_first = true});
  return {layer, config.layers, nn::LayerNorm(config.units)};
}

}  // namespace

LanguageModel::LanguageModel(const Config& config, std::int64_t alphabet)
    : Module("LanguageModel"),
      embedding_(register_module("embedding", nn::Embedding(alphabet, config.units))),
      head_(register_module("head", nn::Linear(config.units, alphabet))),
      context_(config.context) {
  if (config.model == "lstm") {
    lstm_ = register_module("lstm", nn::LSTM(config.units, config.units,
                                             {.num_layers = config.layers,
                                              .batch_first = true,
                                              .dropout = config.layers > 1 ? config.dropout : 0}));
  } else {
    positions_ = register_module("positions", nn::LearnedPositions(config.context, config.units));
    transformer_ = register_module("transformer", make_transformer(config));
  }
}

Tensor LanguageModel::forward(const Tensor& x) const {
  const Tensor embedded = embedding_(x);
  if (lstm_) return head_((*lstm_)(embedded));
  return head_((*transformer_)((*positions_)(embedded), {.is_causal = true}));
}

Tensor LanguageModel::read(Reading& reading, std::span<const std::int64_t> tokens) const {
  if (!lstm_) {
    std::vector<std::int64_t>& last = reading.last;
    last.insert(last.end(), tokens.begin(), tokens.end());
    if (std::ssize(last) > context_) last.erase(last.begin(), last.end() - context_);
    return (*this)(tensor(last, {1, std::ssize(last)}))[0][-1];
  }
  const Tensor x = tensor(std::vector<std::int64_t>(tokens.begin(), tokens.end()), {1, std::ssize(tokens)});
  auto [output, state] = (*lstm_)(embedding_(x), reading.state);
  xgrad::eval({output, state.h, state.c});
  reading.state = state;
  return head_(output[0][-1]);
}

std::int64_t LanguageModel::parameter_count() const {
  std::int64_t count = 0;
  for (const nn::Parameter& parameter : parameters()) count += parameter.value().size();
  return count;
}

}  // namespace xgrad::apps::text
