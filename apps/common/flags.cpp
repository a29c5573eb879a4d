#include <apps/common/flags.hpp>

#include <algorithm>
#include <locale>
#include <sstream>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <apps/common/output.hpp>
#include <apps/common/suggest.hpp>
#include <autograd/run/run.hpp>

namespace xgrad::apps {

namespace {

void check_choice(const std::string& flag, const std::string& text, const std::vector<std::string>& choices) {
  if (std::ranges::find(choices, text) != choices.end()) return;
  detail::refuse_value(flag, text, fmt::format("one of {}{}", fmt::join(choices, ", "), did_you_mean(text, choices)));
}

/// "mnist", or "mnist train" where that command has been given.
std::string command_of(const CLI::App& app) {
  std::string name = app.get_name();
  for (const CLI::App* command : app.get_subcommands()) name += " " + command->get_name();
  return name;
}

std::vector<std::string> names(const std::vector<const CLI::App*>& commands) {
  std::vector<std::string> result;
  for (const CLI::App* command : commands) result.push_back(command->get_name());
  return result;
}

std::vector<std::string> flags_of(const CLI::App& app) {
  std::vector<std::string> result;
  const auto append = [&](const CLI::App& one) {
    for (const CLI::Option* option : one.get_options())
      for (const std::string& name : option->get_lnames()) result.push_back("--" + name);
  };
  append(app);
  for (const CLI::App* command : app.get_subcommands()) append(*command);
  return result;
}

/// The line that says what is wrong. CLI11 complains of what is missing before it complains of what is too much, but
/// too much is what a slip of the hand looks like, so that is said first.
std::string complaint(const CLI::App& app, const CLI::ParseError& error) {
  const std::vector<std::string> commands = names(app.get_subcommands([](const CLI::App*) { return true; }));
  const bool lacks_command = !commands.empty() && app.get_subcommands().empty();
  std::vector<std::string> extras = app.remaining(true);
  std::stable_partition(extras.begin(), extras.end(),
                        [&](const std::string& text) { return text.starts_with('-') != lacks_command; });
  const bool is_about_extras =
      dynamic_cast<const CLI::ExtrasError*>(&error) || dynamic_cast<const CLI::RequiredError*>(&error);
  if (is_about_extras && !extras.empty()) {
    const std::string& extra = extras.front();
    if (extra.starts_with('-')) {
      const std::string flag = extra.substr(0, extra.find('='));
      return fmt::format("there is no flag '{}'{}", flag, did_you_mean(flag, flags_of(app)));
    }
    if (!lacks_command) return fmt::format("'{}' has no place here; expected flags", extra);
    return fmt::format("there is no command '{}'; expected one of {}{}", extra, fmt::join(commands, ", "),
                       did_you_mean(extra, commands));
  }
  if (lacks_command) return fmt::format("a command is missing; expected one of {}", fmt::join(commands, ", "));
  return error.what();
}

}  // namespace

namespace detail {

void refuse_value(const std::string& flag, const std::string& text, const std::string& expected) {
  throw CLI::ValidationError(flag, fmt::format("'{}' is not {}", text, expected));
}

}  // namespace detail

CLI::Option* add_numbers(CLI::App& app, const std::string& flag, std::vector<std::int64_t>& values,
                         const Accepted<std::int64_t>& accepted, const std::string& help) {
  const auto read = [=, &values](const std::vector<std::string>& texts) {
    values.clear();
    for (const std::string& text : texts) values.push_back(detail::accept<std::int64_t>(flag, text, accepted));
  };
  return app.add_option_function<std::vector<std::string>>(flag, read, help)
      ->delimiter(',')
      ->type_name(detail::type_name<std::int64_t>)
      ->default_str(fmt::format("{}", fmt::join(values, ",")));
}

CLI::Option* add_choice(CLI::App& app, const std::string& flag, const std::vector<std::string>& choices,
                        const std::function<void(const std::string&)>& choose, const std::string& help) {
  const auto read = [=](const std::string& text) {
    check_choice(flag, text, choices);
    choose(text);
  };
  return app.add_option_function<std::string>(flag, read, fmt::format("{}: {}", help, fmt::join(choices, ", ")))
      ->type_name("CHOICE");
}

CLI::Option* add_choices(CLI::App& app, const std::string& flag, std::vector<std::string>& chosen,
                         const std::vector<std::string>& choices, const std::string& help) {
  const auto read = [=, &chosen](const std::vector<std::string>& texts) {
    for (const std::string& text : texts) check_choice(flag, text, choices);
    chosen = texts;
  };
  return app
      .add_option_function<std::vector<std::string>>(flag, read, fmt::format("{}: {}", help, fmt::join(choices, ", ")))
      ->delimiter(',')
      ->type_name("CHOICE")
      ->default_str(fmt::format("{}", fmt::join(chosen, ",")));
}

CLI::Option* add_text(CLI::App& app, const std::string& flag, std::string& value, const std::string& help) {
  const auto read = [=, &value](const std::string& text) {
    if (text.empty()) detail::refuse_value(flag, text, "a name");
    value = text;
  };
  return app.add_option_function<std::string>(flag, read, help)->type_name("TEXT")->default_str(value);
}

CLI::Option* add_threads(CLI::App& app, int& threads) {
  return add_number(app, "--threads", threads, whole_number(1, max_num_threads), "Threads a run may use");
}

std::set<std::string> given_flags(const CLI::App& command) {
  std::set<std::string> given;
  for (const CLI::Option* option : command.get_options())
    if (option->count() > 0) given.insert(option->get_name().substr(2));
  return given;
}

int parse_and_run(CLI::App& app, int argc, char** argv, const std::function<int()>& work) {
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    std::ostringstream help, unused;
    help.imbue(std::locale::classic());
    if (app.exit(error, help, unused) != 0) {
      note(fmt::format("{0}: {1} ({0} --help says more)\n", command_of(app), complaint(app, error)));
      return usage_exit_code;
    }
    print(help.str());
    return 0;
  }
  return work();
}

}  // namespace xgrad::apps
