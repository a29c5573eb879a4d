#pragma once

#include <string>
#include <vector>

#include <examples/text.hpp>
#include <nn/nn.hpp>

namespace xgrad::examples {

struct GptOptions {
  std::int64_t context = 64;  ///< characters that a prediction may look back on
  std::int64_t width = 64;
  std::int64_t heads = 4;
  std::int64_t layers = 2;
  std::int64_t batch = 16;
  std::int64_t steps = 1500;
  double lr = 3e-3;  ///< reached after a twentieth of the steps, then falls along a cosine
  std::int64_t report_every = 100;
  std::uint64_t seed = 1;
};

/// A layer: attention to what stands earlier in the text, then a small network for each place by itself. Both add to
/// their input. x: (N, L, width), and so is the result.
class Block : public nn::Module {
 public:
  Block(std::int64_t width, std::int64_t heads);

  Tensor forward(const Tensor& x) const override;

 private:
  nn::LayerNorm norm1_;
  nn::MultiheadAttention attention_;
  nn::LayerNorm norm2_;
  nn::Sequential mlp_;
};

/// A small GPT (Radford et al., "Language models are unsupervised multitask learners", 2019). tokens: (N, L) int64, L
/// at most the context; the result: (N, L, alphabet), logits of the character after each.
class Gpt : public nn::Module {
 public:
  Gpt(std::int64_t alphabet, const GptOptions& options);

  Tensor forward(const Tensor& tokens) const override;

 private:
  nn::Embedding embedding_;
  nn::LearnedPositions positions_;
  nn::Sequential blocks_;
  nn::LayerNorm norm_;
  nn::Linear head_;
};

/// The mean surprise (cross entropy, in nats) of each next character. tokens: (N, L + 1).
Tensor next_token_loss(const Gpt& gpt, const Tensor& tokens);

/// A trained model, and its losses now and then: steps so far, the loss of the last batch, and of the held-out text.
struct GptProgress {
  std::int64_t step = 0;
  double train_loss = 0;
  double test_loss = 0;
};
struct TrainedGpt {
  Gpt gpt;
  Alphabet alphabet;
  std::int64_t context;
  std::vector<GptProgress> progress;
};
TrainedGpt train_gpt(const std::string& train, const std::string& test, const GptOptions& options = {});

/// A text that goes on from a prompt, character by character, up to a count or to the end of a line. A temperature of 0
/// takes the most likely character, 1 draws from the model's distribution.
std::string continue_text(const TrainedGpt& model, const std::string& prompt, std::int64_t count,
                          double temperature = 0);

}  // namespace xgrad::examples
