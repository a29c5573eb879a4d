#include <apps/text/command.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <apps/common/flags.hpp>
#include <apps/common/interrupt.hpp>
#include <apps/common/output.hpp>
#include <apps/common/run_log.hpp>
#include <apps/text/evaluate.hpp>
#include <apps/text/sample.hpp>
#include <apps/text/train.hpp>
#include <autograd/error.hpp>

namespace xgrad::apps {

namespace {

using namespace text;
using Json = nlohmann::ordered_json;

/// What --text says, when it is no file, to mean the built-in sentences.
constexpr const char* synthetic_name = "synthetic";

struct Flags {
  Flags() { train.log = {"tensorboard"}; }

  std::string text = synthetic_name;
  std::string run;  // a trained model's folder

  // train
  TrainOptions train;
  std::string out;
  bool quick = false;
  bool resume = false;
  bool overwrite = false;

  // sample
  SampleOptions sample;
};

void describe_text(CLI::App& command, Flags& flags) {
  add_text(command, "--text", flags.text, "A text file in UTF-8, or 'synthetic' for built-in sentences");
}

void describe_train(CLI::App& command, Flags& flags) {
  const auto integer = [](std::int64_t low, std::int64_t high) { return whole_number(low, high); };
  command.add_flag("--quick", flags.quick, "A glance: 200 steps of a small model");
  add_text(command, "--out", flags.out, "The run's folder")->default_str("runs/text-N, a new one");
  CLI::Option* resume = command.add_flag("--resume", flags.resume,
                                         "Go on with the run in --out, or else the newest one, to the bit as if "
                                         "there had been no stop");
  command.add_flag("--overwrite", flags.overwrite, "Replace the run in --out")->excludes(resume);
  add_choices(command, "--log", flags.train.log, log_choices, "What else the run's folder gets: scalars of each step");
  add_number(command, "--baseline", flags.train.baseline, whole_number(0, 20),
             "Characters that the baseline looks back, a model of counts");

  add_serve(command, flags.train.serve);

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

int run_train(Flags& flags, const Call& call) {
  catch_interrupts();
  TrainOptions& options = flags.train;
  options.given = call.given();
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
  options.out = flags.out;
  options.start = start_of(flags.resume, flags.overwrite);
  options.say = call.json() ? note : say;
  options.toml = [&](Metadata values) {
    values["text"] = flags.text;
    return call.toml(values);
  };
  check("train", options.config);
  check_run_folder(options);
  const TrainOutcome outcome = train(load(flags.text, flags.quick), options);
  if (call.json()) {
    Json validations = Json::array();
    for (const Validation& row : outcome.validations)
      validations.push_back(
          {{"step", row.step}, {"train_bits", row.train_bits}, {"validation_bits", row.validation_bits}});
    print(Json{{"run", outcome.folder.string()},
               {"complete", outcome.complete},
               {"step", outcome.step},
               {"validations", validations},
               {"baseline_bits", outcome.baseline_bits}}
              .dump(2) +
          "\n");
  } else if (outcome.complete) {
    const double bits = outcome.validations.back().validation_bits;
    print(fmt::format(
        "{:.3f} bits per character in validation, {:.1f} % of the baseline's {:.3f} (counts of up to {} "
        "characters before)\nRun: {}\n",
        bits, 100 * bits / outcome.baseline_bits, outcome.baseline_bits, options.baseline, outcome.folder.string()));
  } else {
    print(fmt::format("Interrupted after {} steps. Go on with --resume --out {}\n", outcome.step,
                      outcome.folder.string()));
  }
  return outcome.complete ? 0 : interrupted_exit_code;
}

Trained load_run(const Flags& flags) { return load_trained(model_of_run("text", flags.run, "text train")); }

int run_eval(const Flags& flags, const Call& call) {
  const auto [description, model] = load_run(flags);
  const std::vector<std::int64_t> tokens = description.alphabet.tokens("--text", load(flags.text, false));
  const double bits = bits_per_character(model, tokens, description.config.context, description.config.batch);
  if (call.json())
    print(Json{{"bits_per_character", bits}, {"characters", tokens.size()}}.dump(2) + "\n");
  else
    print(fmt::format("{:.3f} bits per character on {} characters\n", bits, tokens.size()));
  return 0;
}

int run_sample(const Flags& flags, const Call& call) {
  catch_interrupts();
  const auto [description, model] = load_run(flags);
  std::string text = flags.sample.prompt;
  if (!call.json()) print(text);
  sample(model, description.alphabet, flags.sample, [&](const std::string& character) {
    text += character;
    if (!call.json()) print(character);
    return !interrupted();
  });
  print(call.json() ? Json{{"prompt", flags.sample.prompt}, {"text", text}}.dump(2) + "\n" : "\n");
  return interrupted() ? interrupted_exit_code : 0;
}

}  // namespace

void add_text_commands(Commands& commands) {
  const auto flags = std::make_shared<Flags>();
  CLI::App& group =
      commands.group("text", "A text, character by character: an LSTM or a Transformer that goes on with it");
  CLI::App& train = commands.add(
      "train", "Train a model, with checkpoints",
      {"text train --quick", "text train --text book.txt --model transformer --out runs/book",
       "text train --text book.txt --resume --out runs/book"},
      [flags](const Call& call) { return run_train(*flags, call); }, &group);
  describe_text(train, *flags);
  describe_train(train, *flags);
  CLI::App& eval = commands.add(
      "eval", "Bits per character of a trained model on a text", {"text eval --text other.txt --run runs/book"},
      [flags](const Call& call) { return run_eval(*flags, call); }, &group);
  describe_text(eval, *flags);
  add_run(eval, flags->run);
  CLI::App& sample = commands.add(
      "sample", "Write a text",
      {"text sample --prompt 'The ' --temperature 0.5", "text sample --run runs/book --seed 3"},
      [flags](const Call& call) { return run_sample(*flags, call); }, &group);
  add_run(sample, flags->run);
  describe_sample(sample, *flags);
}

}  // namespace xgrad::apps
