#include <apps/common/commands.hpp>

#include <algorithm>
#include <iterator>
#include <sstream>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <apps/common/command_tree.hpp>
#include <apps/common/config_file.hpp>
#include <apps/common/flags.hpp>
#include <apps/common/output.hpp>
#include <apps/common/program.hpp>
#include <apps/common/suggest.hpp>
#include <autograd/run/run.hpp>

namespace xgrad::apps {

namespace {

/// Flags that say where a run's results go, how they are shown, or how fast: not what they are.
const std::vector<std::string> not_of_the_run = {"out", "resume", "overwrite", "json", "threads", "serve", "deadline"};

/// "xgrad mnist train".
std::string full_name(const CLI::App& command) {
  const std::string path = fmt::format("{}", fmt::join(path_of(command), " "));
  return root_of(command).get_name() + (path.empty() ? "" : " " + path);
}

/// The line that says what is wrong. CLI11 complains of what is missing before it complains of what is too much, but
/// too much is what a slip of the hand looks like, so that is said first.
std::string complaint(const CLI::App& root, const CLI::ParseError& error) {
  const CLI::App& command = called(root);
  const std::vector<std::string> commands = subcommand_names(command);
  const bool lacks_command = !commands.empty();
  std::vector<std::string> extras = root.remaining(true);
  std::stable_partition(extras.begin(), extras.end(),
                        [&](const std::string& text) { return text.starts_with('-') != lacks_command; });
  const bool is_about_extras =
      dynamic_cast<const CLI::ExtrasError*>(&error) || dynamic_cast<const CLI::RequiredError*>(&error);
  if (is_about_extras && !extras.empty()) {
    const std::string& extra = extras.front();
    if (extra.starts_with('-')) {
      const std::string flag = extra.substr(0, extra.find('='));
      std::vector<std::string> flags = flag_names(command);
      std::ranges::copy(flag_names(root), std::back_inserter(flags));
      return fmt::format("there is no flag '{}'{}", flag, did_you_mean(flag, flags));
    }
    if (!lacks_command) return fmt::format("'{}' has no place here; expected flags", extra);
    return fmt::format("there is no command '{}'; expected one of {}{}", extra, fmt::join(commands, ", "),
                       did_you_mean(extra, commands));
  }
  if (lacks_command && is_about_extras)
    return fmt::format("a command is missing; expected one of {}", fmt::join(commands, ", "));
  if (dynamic_cast<const CLI::FileError*>(&error)) return fmt::format("--config: cannot be read: {}", error.what());
  return error.what();
}

std::string footer(const std::string& program, const std::vector<std::string>& examples) {
  std::string text = examples.size() == 1 ? "Example:" : "Examples:";
  for (const std::string& example : examples) text += fmt::format("\n  {} {}", program, example);
  return text + "\n\nValues of flags can also come from a TOML file: --config FILE.";
}

}  // namespace

std::set<std::string> Call::given() const { return given_flags(command_); }

std::string Call::toml(const Metadata& values) const {
  const CLI::App& root = root_of(command_);
  return fmt::format("# {}. This repeats the run: {} --config FILE\n\n{}", root.version(), root.get_name(),
                     to_toml(command_, values, not_of_the_run));
}

struct Commands::State {
  CLI::App root;
  std::vector<std::pair<CLI::App*, Work>> commands;
  int threads = 1;
  bool json = false;

  State(const std::string& name, const std::string& description) : root(description, name) {}
};

Commands::Commands(const std::string& name, const std::string& description, const std::string& version)
    : state_(std::make_unique<State>(name, description)) {
  CLI::App& root = state_->root;
  root.set_version_flag("--version", fmt::format("{} {}", name, version), "Print the version");
  root.set_config("--config", "", "A TOML file with values of flags, as each run writes one (run.toml)")
      ->type_name("FILE")
      ->expected(1);
  root.config_formatter(std::make_shared<TomlConfig>(root));
  root.allow_config_extras(CLI::config_extras_mode::error);
  root.require_subcommand(0, 1);
  root.configurable();
  root.fallthrough();
}

Commands::~Commands() = default;

CLI::App& Commands::group(const std::string& name, const std::string& description) {
  return *state_->root.add_subcommand(name, description)->require_subcommand(0, 1);
}

CLI::App& Commands::add(const std::string& name, const std::string& description,
                        const std::vector<std::string>& examples, Work work, CLI::App* group) {
  CLI::App& command = *(group ? group : &state_->root)->add_subcommand(name, description);
  command.footer(footer(state_->root.get_name(), examples));
  state_->commands.emplace_back(&command, std::move(work));
  return command;
}

const CLI::App& Commands::root() const noexcept { return state_->root; }

int Commands::run(int argc, char** argv) {
  CLI::App& root = state_->root;
  state_->threads = num_threads();
  for (const auto& [command, work] : state_->commands) {
    command->add_flag("--json", state_->json, "Print the results as JSON");
    add_threads(*command, state_->threads);
  }
  try {
    root.parse(argc, argv);
    const CLI::App& command = called(root);
    if (!subcommand_names(command).empty()) throw CLI::RequiredError("a command");
  } catch (const CLI::ParseError& error) {
    std::ostringstream help, unused;
    help.imbue(std::locale::classic());
    if (root.exit(error, help, unused) != 0) {
      note(fmt::format("{0}: {1} ({0} --help says more)\n", full_name(called(root)), complaint(root, error)));
      return usage_exit_code;
    }
    print(help.str());
    return 0;
  }
  const CLI::App& command = called(root);
  set_num_threads(state_->threads);
  const auto found = std::ranges::find(state_->commands, &command, &std::pair<CLI::App*, Work>::first);
  return found->second(Call(command, state_->json));
}

}  // namespace xgrad::apps
