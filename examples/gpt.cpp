#include <examples/gpt.hpp>

#include <algorithm>

namespace xgrad::examples {

Block::Block(std::int64_t width, std::int64_t heads)
    : Module("Block"),
      norm1_(register_module("norm1", nn::LayerNorm(width))),
      attention_(register_module("attention", nn::MultiheadAttention(width, heads, {.batch_first = true}))),
      norm2_(register_module("norm2", nn::LayerNorm(width))),
      mlp_(register_module("mlp",
                           nn::Sequential{nn::Linear(width, 4 * width), nn::GELU(), nn::Linear(4 * width, width)})) {}

Tensor Block::forward(const Tensor& x) const {
  const Tensor read = norm1_(x);
  const Tensor y = x + attention_(read, read, read, {.need_weights = false, .is_causal = true}).output;
  return y + mlp_(norm2_(y));
}

Gpt::Gpt(std::int64_t alphabet, const GptOptions& options)
    : Module("Gpt"),
      embedding_(register_module("embedding", nn::Embedding(alphabet, options.width))),
      positions_(register_module("positions", nn::LearnedPositions(options.context, options.width))),
      blocks_(register_module("blocks", nn::Sequential())),
      norm_(register_module("norm", nn::LayerNorm(options.width))),
      head_(register_module("head", nn::Linear(options.width, alphabet, {.bias = false}))) {
  for (std::int64_t i = 0; i < options.layers; ++i) blocks_.push_back(Block(options.width, options.heads));
  nn::init::normal(head_.weight, {.std = 0.02});
  embedding_.weight = head_.weight;  // one matrix for reading and for writing
}

Tensor Gpt::forward(const Tensor& tokens) const { return head_(norm_(blocks_(positions_(embedding_(tokens))))); }

Tensor next_token_loss(const Gpt& gpt, const Tensor& tokens) {
  const Tensor before = tokens[{Slice{}, Slice{.stop = -1}}], after = tokens[{Slice{}, Slice{.start = 1}}];
  const Tensor logits = gpt(before);
  return nn::cross_entropy(reshape(logits, {-1, logits.size(2)}), flatten(after));
}

TrainedGpt train_gpt(const std::string& train, const std::string& test, const GptOptions& options) {
  Generator generator(options.seed);
  const GeneratorScope scope(generator);
  const Alphabet alphabet(train);
  TrainedGpt result{
      .gpt = Gpt(alphabet.size(), options), .alphabet = alphabet, .context = options.context, .progress = {}};
  optim::AdamW adamw(result.gpt.parameters(), {.lr = options.lr});
  const optim::Schedule rate =
      optim::schedule::one_cycle({.lr_max = options.lr, .steps = options.steps, .warmup = 0.05});

  // Pieces of a text, each from the beginning of a line on: (count, context + 1).
  const auto pieces = [&](const Tensor& numbers, const Tensor& starts, std::int64_t count) {
    const Tensor from = take(starts, randint(starts.size(), {count, 1}));
    return take(numbers, from + arange(options.context + 1));
  };
  const Tensor numbers = alphabet.encode(train), starts = line_starts(train, options.context + 1);
  const Tensor test_tokens = pieces(alphabet.encode(test), line_starts(test, options.context + 1), 100);

  for (std::int64_t step = 0; step <= options.steps; ++step) {
    Tape tape;
    const Tensor loss = next_token_loss(result.gpt, pieces(numbers, starts, options.batch));
    if (step % options.report_every == 0)
      result.progress.push_back(
          {.step = step, .train_loss = loss.item(), .test_loss = next_token_loss(result.gpt, test_tokens).item()});
    if (step == options.steps) break;
    optim::follow(rate, adamw);
    const auto gradients = tape.gradient(loss, result.gpt.parameters());
    adamw.step(optim::clip_grad_norm(gradients, 1).gradients);
  }
  return result;
}

std::string continue_text(const TrainedGpt& model, const std::string& prompt, std::int64_t count, double temperature) {
  std::string text = prompt;
  const auto context = static_cast<std::size_t>(model.context);
  for (std::int64_t i = 0; i < count && !text.ends_with('\n'); ++i) {
    const Tensor last = model.alphabet.encode(text.substr(text.size() - std::min(text.size(), context)));
    const Tensor logits = model.gpt(expand_dims(last, 0))[{0, -1}];
    const Tensor next = temperature > 0 ? categorical(logits / temperature) : argmax(logits);
    text += model.alphabet.decode(next.item<std::int64_t>());
  }
  return text;
}

}  // namespace xgrad::examples
