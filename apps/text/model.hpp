#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include <apps/text/config.hpp>
#include <nn/nn.hpp>

namespace xgrad::apps::text {

/// Says which character is next: an embedding, an LSTM or a Transformer that looks back only (learned positions, norms
/// first, gelu, four times as many units in between), and a linear map to a score for each character.
///
/// x: (N, L) int64 tokens, L at most the context for a Transformer; y: (N, L, alphabet) scores of what follows each.
class LanguageModel : public nn::Module {
 public:
  /// PyTorch's default weights, drawn from the default generator.
  LanguageModel(const Config& config, std::int64_t alphabet);

  Tensor forward(const Tensor& x) const override;

  /// A text that goes on, and what the model knows of it.
  struct Reading {
    nn::LSTMState state = {};
    std::vector<std::int64_t> last = {};  ///< the tokens of a Transformer's context
  };
  /// Reads tokens, one or more, and gives the scores (alphabet,) of what follows them.
  Tensor read(Reading& reading, std::span<const std::int64_t> tokens) const;

  std::int64_t parameter_count() const;

 private:
  nn::Embedding embedding_;
  std::optional<nn::LSTM> lstm_;
  std::optional<nn::LearnedPositions> positions_;
  std::optional<nn::TransformerEncoder> transformer_;
  nn::Linear head_;
  std::int64_t context_;
};

}  // namespace xgrad::apps::text
