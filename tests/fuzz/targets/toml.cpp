// Configuration files of the programs, through CLI11 as the programs call it.
#include <memory>

#include <apps/common/config_file.hpp>
#include <apps/common/flags.hpp>

#include "fuzz/target.hpp"

namespace xgrad::fuzz {
namespace {

using namespace xgrad::apps;

/// A program of two commands with flags of each kind.
struct Program {
  CLI::App root{"fuzz", "fuzz"};
  std::int64_t number = 1;
  double rate = 0.5;
  std::vector<std::int64_t> numbers = {1, 2};
  std::vector<std::uint64_t> seeds = {1};
  std::vector<std::string> chosen = {"a"};
  std::string text = "text", choice = "sgd";
  bool flag = false;

  Program() {
    root.set_config("--config", "", "A TOML file")->expected(1);
    root.config_formatter(std::make_shared<TomlConfig>(root));
    root.allow_config_extras(CLI::config_extras_mode::error);
    root.require_subcommand(0, 1);
    root.configurable();
    root.fallthrough();
    add(*root.add_subcommand("study", "A command"));
    add(*root.add_subcommand("mnist", "A group")->require_subcommand(0, 1)->add_subcommand("train", "A command"));
  }

  void add(CLI::App& command) {
    add_number(command, "--epochs", number, whole_number<std::int64_t>(1, 1000), "a number");
    add_number(command, "--rate", rate, non_negative_number(), "a number");
    add_numbers(command, "--units", numbers, whole_number<std::int64_t>(1, 1000), "numbers");
    add_seeds(command, seeds, "seeds");
    add_choices(command, "--log", chosen, {"a", "b"}, "words");
    add_choice(
        command, "--optimizer", {"sgd", "adam"}, [this](const std::string& word) { choice = word; }, "a word");
    add_text(command, "--out", text, "a text");
    command.add_flag("--quick", flag, "a flag");
  }
};

void run(std::string_view bytes) {
  for (const std::vector<std::string>& command :
       {std::vector<std::string>{},
        {"study"},
        {"train", "mnist"}}) {  // CLI11 takes arguments from the last to the first
    const File file(bytes);
    Program program;
    try {
      std::vector<std::string> arguments = {file.path().string(), "--config"};
      arguments.insert(arguments.end(), command.begin(), command.end());
      program.root.parse(arguments);
    } catch (const CLI::ParseError& error) {
      if (std::string_view(error.what()).empty()) found("an error without a text");
      continue;
    }
    if (program.number < 1 || program.number > 1000 || !(program.rate >= 0) || program.numbers.empty() ||
        (program.choice != "sgd" && program.choice != "adam") || program.text.empty())
      found("a value that the flag does not take");
  }
}

std::vector<std::string> seeds() {
  std::string deep = "[study";
  for (int i = 0; i < 30'000; ++i) deep += ".a";
  return {"[study]\nepochs = 7\nrate = 1e-3\nunits = [1, 2, 0x10]\nseeds = \"1..5\"\nquick = true\n",
          "[mnist.train]\nout = 'a'\nlog = [\"a\", \"b\"]\noptimizer = \"adam\"\nseeds = 7\n",
          "epochs = 3\n# note\n[mnist]\ntrain = { epochs = 4, out = \"\"\"x\ny\"\"\" }\n",
          "[study]\nepochs = 2024-01-01T00:00:00Z\n[mnist.train]\nrate = inf\n",
          "study = {epochs = {a = [[1], [2, 3]]}}\n[[mnist]]\n",
          deep + "]\n"};
}

const Registered target({.name = "toml", .run = run, .seeds = seeds});

}  // namespace
}  // namespace xgrad::fuzz
