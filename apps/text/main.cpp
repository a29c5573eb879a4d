#include <fmt/format.h>

#include <apps/common/flags.hpp>
#include <apps/common/interrupt.hpp>
#include <apps/common/output.hpp>
#include <apps/text/evaluate.hpp>
#include <apps/text/sample.hpp>
#include <apps/text/train.hpp>
#include <autograd/error.hpp>
#include <autograd/run/run.hpp>

namespace {

using namespace xgrad;
using namespace xgrad::apps;
using namespace xgrad::apps::text;

/// What --text says, when it is no file, to mean the built-in sentences.
constexpr const char* synthetic_name = "synthetic";

struct Flags {
  std::string text = synthetic_name;
  std::string checkpoint = "out/text.safetensors";
  int threads = num_threads();

  // train
  TrainOptions train;
  bool quick = false;
  bool resume = false;
  bool overwrite = false;

  // sample
  SampleOptions sample;
};

void describe_common(CLI::App& command, Flags& flags) {
  add_text(command, "--checkpoint", flags.checkpoint, "File of the trained model");
  add_threads(command, flags.threads);
}

void describe_text(CLI::App& command, Flags& flags) {
  add_text(command, "--text", flags.text, "A text file in UTF-8, or 'synthetic' for built-in sentences");
}

void describe_train(CLI::App& command, Flags& flags) {
  const auto integer = [](std::int64_t low, std::int64_t high) { return whole_number(low, high); };
  command.add_flag("--quick", flags.quick, "A glance: 200 steps of a small model");
  CLI::Option* resume =
      command.add_flag("--resume", flags.resume, "Go on from the checkpoint, to the bit as if there had been no stop");
  command.add_flag("--overwrite", flags.overwrite, "Begin anew where there is a checkpoint, which goes")
      ->excludes(resume);
  add_number(command, "--baseline", flags.train.baseline, whole_number(0, 20),
             "Characters that the baseline looks back, a model of counts");

  Config& c = flags.train.config;
  const auto number = [&](const std::string& flag, auto& value, const auto& accepted, const std::string& help) {
    add_number(command, flag, value, accepted, help)->group("Hyper-parameters");
  };
  add_choice(
      command, "--model", {"lstm", "transformer"}, [&c](const std::string& model) { c.model = model; }, "The network")
      ->default_str(c.model)
      ->group("Hyper-parameters");
  number("--layers", c.layers, integer(1, Config::max_layers), "Layers");
  number("--units", c.units, integer(1, Config::max_units), "Units of a layer");
  number("--heads", c.heads, integer(1, Config::max_units), "Heads of a Transformer's attention");
  number("--dropout", c.dropout, fraction(), "Share of the values that is dropped in training");
  number("--context", c.context, integer(1, Config::max_context), "Characters of a piece of the text");
  number("--batch", c.batch, integer(1, Config::max_batch), "Pieces of a step");
  number("--steps", c.steps, integer(1, Config::max_steps), "Steps of the whole run");
  number("--lr", c.lr, positive_number(), "AdamW's learning rate, which falls to 0 by a cosine");
  number("--warmup", c.warmup, integer(0, Config::max_steps), "Steps in which it rises");
  number("--weight-decay", c.weight_decay, non_negative_number(), "AdamW's weight decay");
  number("--clip", c.clip, positive_number(), "The largest norm of the gradients");
  number("--validation", c.validation, fraction(), "Share of the text, from its end, that is not trained on");
  number("--every", c.every, integer(1, Config::max_steps), "Steps between validations, each with a checkpoint");
  number("--seed", c.seed, seed_number(), "Seed of the initial weights, the pieces and dropout");
}

void describe_sample(CLI::App& command, Flags& flags) {
  add_text(command, "--prompt", flags.sample.prompt, "What the text begins with")->default_str("a line's end");
  add_number(command, "--length", flags.sample.length, whole_number<std::int64_t>(1, 1'000'000'000),
             "Characters to draw");
  add_number(command, "--temperature", flags.sample.temperature, non_negative_number(),
             "1 draws by the model's probabilities, less prefers the likely, 0 takes the likeliest");
  add_number(command, "--top-k", flags.sample.top_k, whole_number<std::int64_t>(1, 1'114'112),
             "Draw among so many of the likeliest characters");
  add_number(command, "--seed", flags.sample.seed, seed_number(), "Seed of the draws");
}

std::u32string load(const std::string& text, bool quick) {
  if (text != synthetic_name) return read_text(text);
  return synthetic_text(1, quick ? 20'000 : 200'000);
}

int run_train(Flags& flags, const CLI::App& command) {
  catch_interrupts();
  TrainOptions& options = flags.train;
  options.given = given_flags(command);
  if (flags.quick) {
    const auto set = [&](const char* name, std::int64_t& field, std::int64_t value) {
      if (!options.given.contains(name)) field = value;
    };
    set("layers", options.config.layers, 1);
    set("units", options.config.units, 64);
    set("context", options.config.context, 64);
    set("steps", options.config.steps, 200);
    set("warmup", options.config.warmup, 20);
    set("every", options.config.every, 100);
    if (!options.given.contains("lr")) options.config.lr = 0.01;
  }
  options.checkpoint = flags.checkpoint;
  options.start = start_of(flags.resume, flags.overwrite);
  check("train", options.config);
  check_run_files(options.checkpoint, options.start);
  return train(load(flags.text, flags.quick), options);
}

int run_eval(const Flags& flags) {
  const auto [description, model] = load_trained(flags.checkpoint);
  const std::vector<std::int64_t> tokens = description.alphabet.tokens("--text", load(flags.text, false));
  print(fmt::format("{:.3f} bits per character on {} characters\n",
                    bits_per_character(model, tokens, description.config.context, description.config.batch),
                    tokens.size()));
  return 0;
}

int run_sample(const Flags& flags) {
  catch_interrupts();
  const auto [description, model] = load_trained(flags.checkpoint);
  print(flags.sample.prompt);
  sample(model, description.alphabet, flags.sample, [](const std::string& character) {
    print(character);
    return !interrupted();
  });
  print("\n");
  return interrupted() ? interrupted_exit_code : 0;
}

int run(int argc, char** argv) {
  CLI::App app("A text, character by character: an LSTM or a Transformer that learns to go on with it.", "text");
  app.require_subcommand(1);
  Flags flags;
  CLI::App& train = *app.add_subcommand("train", "Train a model, with checkpoints");
  CLI::App& eval = *app.add_subcommand("eval", "Bits per character of a trained model on a text");
  CLI::App& sample = *app.add_subcommand("sample", "Write a text");
  describe_text(train, flags);
  describe_text(eval, flags);
  for (CLI::App* command : {&train, &eval, &sample}) describe_common(*command, flags);
  describe_train(train, flags);
  describe_sample(sample, flags);
  return parse_and_run(app, argc, argv, [&] {
    set_num_threads(flags.threads);
    if (train.parsed()) return run_train(flags, train);
    return eval.parsed() ? run_eval(flags) : run_sample(flags);
  });
}

}  // namespace

int main(int argc, char** argv) {
  return xgrad::apps::run_program("text", [&] { return run(argc, argv); });
}
