#include <apps/xgrad/completion.hpp>

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <apps/common/command_tree.hpp>
#include <apps/common/flags.hpp>
#include <apps/common/output.hpp>

namespace xgrad::apps {

namespace {

using Visit = std::function<void(const CLI::App&)>;

void for_each_command(const CLI::App& app, const Visit& visit) {
  visit(app);
  for (const CLI::App* command : subcommands(app)) for_each_command(*command, visit);
}

/// "mnist train"; empty for the program itself.
std::string path(const CLI::App& app) { return fmt::format("{}", fmt::join(path_of(app), " ")); }

bool takes_value(const CLI::Option& option) { return option.get_expected_min() > 0; }
bool takes_file(const CLI::Option& option) {
  return option.get_type_name() == "TEXT" || option.get_type_name() == "FILE";
}

/// A word in single quotes.
std::string in_quotes(const std::string& text) {
  std::string result = "'";
  for (const char c : text) result += c == '\'' ? "'\\''" : std::string(1, c);
  return result + "'";
}

std::string bash(const CLI::App& root) {
  const std::string& name = root.get_name();
  std::string paths, words, values;
  for_each_command(root, [&](const CLI::App& app) {
    std::vector<std::string> candidates = flag_names(app);
    if (&app != &root) candidates.push_back("--config");
    for (const CLI::App* command : subcommands(app)) {
      candidates.push_back(command->get_name());
      const std::string above = path(app);
      paths += fmt::format("      {}) path={} ;;\n",
                           in_quotes(above.empty() ? command->get_name() : above + " " + command->get_name()),
                           in_quotes(path(*command)));
    }
    words += fmt::format("    {}) words={} ;;\n", in_quotes(path(app)),
                         in_quotes(fmt::format("{}", fmt::join(candidates, " "))));
    for (const CLI::Option* option : app.get_options())
      for (const std::string& flag : option->get_lnames()) {
        const std::vector<std::string> choices = choices_of(*option);
        const std::string when = in_quotes(path(app) + ":--" + flag);
        if (!choices.empty())
          values += fmt::format("    {}) COMPREPLY=($(compgen -W {} -- \"$current\")); return ;;\n", when,
                                in_quotes(fmt::format("{}", fmt::join(choices, " "))));
        else if (takes_file(*option))
          values += fmt::format("    {}) COMPREPLY=($(compgen -f -- \"$current\")); return ;;\n", when);
        else if (takes_value(*option))
          values += fmt::format("    {}) return ;;\n", when);
      }
  });
  return fmt::format(R"(# Completion of {0} for bash.
_{0}() {{
  local current=${{COMP_WORDS[COMP_CWORD]}} previous=${{COMP_WORDS[COMP_CWORD-1]}} path= words= word
  COMPREPLY=()
  for word in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
    case "${{path:+$path }}$word" in
{1}    esac
  done
  case "$path:$previous" in
    *:--config) COMPREPLY=($(compgen -f -- "$current")); return ;;
{2}  esac
  case "$path" in
{3}  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}}
complete -o bashdefault -o default -F _{0} {0}
)",
                     name, paths, values, words);
}

std::string fish(const CLI::App& root) {
  const std::string& name = root.get_name();
  std::string text = fmt::format("# Completion of {0} for fish.\ncomplete -c {0} -f\n", name);
  for_each_command(root, [&](const CLI::App& app) {
    std::string condition = "__fish_use_subcommand";
    const std::vector<std::string> above = path_of(app);
    if (!above.empty()) {
      condition.clear();
      for (const std::string& part : above)
        condition += fmt::format("{}__fish_seen_subcommand_from {}", condition.empty() ? "" : "; and ", part);
      const std::vector<std::string> below = subcommand_names(app);
      if (!below.empty()) condition += fmt::format("; and not __fish_seen_subcommand_from {}", fmt::join(below, " "));
    }
    for (const CLI::App* command : subcommands(app))
      text += fmt::format("complete -c {} -n {} -a {} -d {}\n", name, in_quotes(condition), command->get_name(),
                          in_quotes(command->get_description()));
    for (const CLI::Option* option : app.get_options())
      for (const std::string& flag : option->get_lnames()) {
        text += fmt::format("complete -c {} -n {} -l {} -d {}", name, in_quotes(condition), flag,
                            in_quotes(option->get_description()));
        const std::vector<std::string> choices = choices_of(*option);
        if (!choices.empty())
          text += fmt::format(" -x -a {}", in_quotes(fmt::format("{}", fmt::join(choices, " "))));
        else if (takes_file(*option))
          text += " -r -F";
        else if (takes_value(*option))
          text += " -x";
        text += "\n";
      }
  });
  return text;
}

}  // namespace

std::string completion(const CLI::App& root, Shell shell) {
  if (shell == Shell::fish) return fish(root);
  if (shell == Shell::bash) return bash(root);
  return fmt::format("#compdef {}\nautoload -U +X bashcompinit && bashcompinit\n{}", root.get_name(), bash(root));
}

void add_completion_command(Commands& commands) {
  const auto shell = std::make_shared<Shell>(Shell::bash);
  CLI::App& command =
      commands.add("completion", "Print a script that completes this program's command lines in a shell",
                   {"completion bash > ~/.local/share/bash-completion/completions/xgrad",
                    "completion zsh > ~/.zfunc/_xgrad", "completion fish > ~/.config/fish/completions/xgrad.fish"},
                   [&commands, shell](const Call&) {
                     print(completion(commands.root(), *shell));
                     return 0;
                   });
  add_choice(
      command, "shell", {"bash", "zsh", "fish"},
      [shell](const std::string& name) {
        *shell = name == "bash" ? Shell::bash : name == "zsh" ? Shell::zsh : Shell::fish;
      },
      "The shell")
      ->required()
      ->configurable(false);
}

}  // namespace xgrad::apps
