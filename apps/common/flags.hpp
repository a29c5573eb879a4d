#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <type_traits>
#include <vector>

#include <CLI/CLI.hpp>

#include <apps/common/numbers.hpp>
#include <apps/common/serve_at.hpp>

/// What the programs' command lines share. CLI11 is heavy, so only the files that describe flags include this.
///
/// A flag's value is read by numbers.hpp, not by CLI11, which follows the locale and reads "-1" as a large unsigned
/// number. A value that a flag does not take ends the program with usage_exit_code and one line that names the flag,
/// the value and what was expected, before it has done anything.
namespace xgrad::apps {

namespace detail {

/// Throws CLI::ValidationError("'text' is not ...").
[[noreturn]] void refuse_value(const std::string& flag, const std::string& text, const std::string& expected);

/// How the help shows a flag that takes one of several words: "{sgd,adam}".
std::string choice_type(const std::vector<std::string>& choices);

template <class T>
T accept(const std::string& flag, const std::string& text, const Accepted<T>& accepted) {
  const std::optional<T> value = parse_number<T>(text);
  if (!value || !accepted.contains(*value)) refuse_value(flag, text, accepted.expected);
  return *value;
}

template <class T>
constexpr const char* type_name = std::is_floating_point_v<T> ? "NUMBER" : "INTEGER";

}  // namespace detail

/// A flag with a number. The help shows the value that `value` has now.
template <class T>
CLI::Option* add_number(CLI::App& app, const std::string& flag, T& value,
                        const Accepted<std::type_identity_t<T>>& accepted, const std::string& help) {
  const auto read = [=, &value](const std::string& text) { value = detail::accept<T>(flag, text, accepted); };
  return app.add_option_function<std::string>(flag, read, help)
      ->type_name(detail::type_name<T>)
      ->default_str(fmt::format("{}", value));
}

/// The same for a number that may be left open.
template <class T>
CLI::Option* add_number(CLI::App& app, const std::string& flag, std::optional<T>& value,
                        const Accepted<std::type_identity_t<T>>& accepted, const std::string& help) {
  const auto read = [=, &value](const std::string& text) { value = detail::accept<T>(flag, text, accepted); };
  return app.add_option_function<std::string>(flag, read, help)->type_name(detail::type_name<T>);
}

/// A flag with one or more whole numbers, with commas or spaces between.
CLI::Option* add_numbers(CLI::App& app, const std::string& flag, std::vector<std::int64_t>& values,
                         const Accepted<std::int64_t>& accepted, const std::string& help);

/// A flag --seeds with seeds, each once: "7", "1,2,5" or "1..5", of which there are at most 1,000.
CLI::Option* add_seeds(CLI::App& app, std::vector<std::uint64_t>& seeds, const std::string& help);

/// A flag with one of several words.
CLI::Option* add_choice(CLI::App& app, const std::string& flag, const std::vector<std::string>& choices,
                        const std::function<void(const std::string&)>& choose, const std::string& help);
/// A flag with one or more of several words, with commas or spaces between.
CLI::Option* add_choices(CLI::App& app, const std::string& flag, std::vector<std::string>& chosen,
                         const std::vector<std::string>& choices, const std::string& help);

/// A flag with a file, a directory or another text that must not be empty.
CLI::Option* add_text(CLI::App& app, const std::string& flag, std::string& value, const std::string& help);

/// --run, a trained model as model_of_run takes it.
CLI::Option* add_run(CLI::App& app, std::string& run);

/// --threads, bounded by what set_num_threads takes.
CLI::Option* add_threads(CLI::App& app, int& threads);

/// --serve, where a live view is.
CLI::Option* add_serve(CLI::App& app, std::optional<ServeAt>& at);

/// The names of the flags that the command line or its configuration file has, without their dashes.
std::set<std::string> given_flags(const CLI::App& command);

/// The flags of a command, "--lr".
std::vector<std::string> flag_names(const CLI::App& command);

/// The words that a flag with a choice takes; none for others. They are its type in the help: "{sgd,adam}".
std::vector<std::string> choices_of(const CLI::Option& option);

}  // namespace xgrad::apps
