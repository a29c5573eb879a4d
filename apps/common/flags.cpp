#include <apps/common/flags.hpp>

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <apps/common/suggest.hpp>
#include <autograd/run/run.hpp>

namespace xgrad::apps {

namespace {

void check_choice(const std::string& flag, const std::string& text, const std::vector<std::string>& choices) {
  if (std::ranges::find(choices, text) != choices.end()) return;
  detail::refuse_value(flag, text, fmt::format("one of {}{}", fmt::join(choices, ", "), did_you_mean(text, choices)));
}

}  // namespace

namespace detail {

void refuse_value(const std::string& flag, const std::string& text, const std::string& expected) {
  throw CLI::ValidationError(flag, fmt::format("'{}' is not {}", text, expected));
}

std::string choice_type(const std::vector<std::string>& choices) {
  return fmt::format("{{{}}}", fmt::join(choices, ","));
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

CLI::Option* add_seeds(CLI::App& app, std::vector<std::uint64_t>& seeds, const std::string& help) {
  static const std::string flag = "--seeds", expected = "seeds such as 7, 1,2,5 or 1..5, each once and at most 1000";
  const auto read = [&seeds](const std::string& text) {
    constexpr std::size_t most = 1000;
    seeds.clear();
    // CLI11's split drops an empty part at the end.
    for (std::size_t at = 0; at <= text.size();) {
      const std::size_t comma = std::min(text.find(',', at), text.size());
      const std::string part = text.substr(at, comma - at);
      const std::size_t dots = part.find("..");
      const auto first = parse_number<std::uint64_t>(part.substr(0, dots));
      const auto last = dots == std::string::npos ? first : parse_number<std::uint64_t>(part.substr(dots + 2));
      if (!first || !last || *last < *first || *last - *first >= most) detail::refuse_value(flag, text, expected);
      for (std::uint64_t i = 0; i <= *last - *first; ++i) seeds.push_back(*first + i);
      at = comma + 1;
    }
    if (seeds.size() > most || std::set<std::uint64_t>(seeds.begin(), seeds.end()).size() != seeds.size())
      detail::refuse_value(flag, text, expected);
  };
  return app.add_option_function<std::string>(flag + ",--seed", read, help)
      ->type_name("SEEDS")
      ->default_str(fmt::format("{}", fmt::join(seeds, ",")));
}

CLI::Option* add_choice(CLI::App& app, const std::string& flag, const std::vector<std::string>& choices,
                        const std::function<void(const std::string&)>& choose, const std::string& help) {
  const auto read = [=](const std::string& text) {
    check_choice(flag, text, choices);
    choose(text);
  };
  return app.add_option_function<std::string>(flag, read, help)->type_name(detail::choice_type(choices));
}

CLI::Option* add_choices(CLI::App& app, const std::string& flag, std::vector<std::string>& chosen,
                         const std::vector<std::string>& choices, const std::string& help) {
  const auto read = [=, &chosen](const std::vector<std::string>& texts) {
    for (const std::string& text : texts) check_choice(flag, text, choices);
    chosen = texts;
  };
  return app.add_option_function<std::vector<std::string>>(flag, read, help)
      ->delimiter(',')
      ->type_name(detail::choice_type(choices))
      ->default_str(fmt::format("{}", fmt::join(chosen, ",")));
}

CLI::Option* add_text(CLI::App& app, const std::string& flag, std::string& value, const std::string& help) {
  const auto read = [=, &value](const std::string& text) {
    if (text.empty()) detail::refuse_value(flag, text, "a name");
    value = text;
  };
  return app.add_option_function<std::string>(flag, read, help)->type_name("TEXT")->default_str(value);
}

CLI::Option* add_run(CLI::App& app, std::string& run) {
  return add_text(app, "--run", run, "The run's folder, or a checkpoint in it")->default_str("the newest in runs/");
}

CLI::Option* add_threads(CLI::App& app, int& threads) {
  return add_number(app, "--threads", threads, whole_number(1, max_num_threads), "Threads a run may use");
}

CLI::Option* add_serve(CLI::App& app, std::optional<ServeAt>& at) {
  const auto read = [&at](const std::string& text) {
    at = parse_serve_at(text);
    if (!at)
      detail::refuse_value("--serve", text,
                           "a port, a whole number from 0 to 65535, or an IPv4 address and a port, as 0.0.0.0:8080");
  };
  return app
      .add_option_function<std::string>(
          "--serve", read,
          "Show the run while it goes on, in a browser on this machine, at this port, of which 0 takes a free one; at "
          "ADDRESS:PORT on other machines, too, to those who know the secret in the page's address")
      ->type_name("[ADDRESS:]PORT");
}

std::set<std::string> given_flags(const CLI::App& command) {
  std::set<std::string> given;
  for (const CLI::Option* option : command.get_options())
    if (option->count() > 0) given.insert(option->get_name().substr(2));
  return given;
}

std::vector<std::string> flag_names(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::Option* option : command.get_options())
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  return names;
}

std::vector<std::string> choices_of(const CLI::Option& option) {
  const std::string type = option.get_type_name();
  if (!type.starts_with('{') || !type.ends_with('}')) return {};
  return CLI::detail::split(type.substr(1, type.size() - 2), ',');
}

}  // namespace xgrad::apps
