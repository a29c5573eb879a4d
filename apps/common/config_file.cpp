#include <apps/common/config_file.hpp>

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

// toml++ asserts that a table's name begins as a name may, before it tells that it does not; where NDEBUG is defined
// the compiler may take it for granted. Without either it tells.
#undef NDEBUG
#define TOML_ASSERT(expression) static_cast<void>(0)
#include <toml++/toml.h>

#include <apps/common/command_tree.hpp>
#include <apps/common/suggest.hpp>

namespace xgrad::apps {

namespace {

using Path = std::vector<std::string>;

[[noreturn]] void refuse(const std::string& what) {
  throw CLI::ConfigError("configuration file: " + what, CLI::ExitCodes::ConfigError);
}

std::string dotted(const Path& path) { return fmt::format("{}", fmt::join(path, ".")); }

std::string line_of(const toml::node& node) { return fmt::format("line {}", node.source().begin.line); }

/// A value as a command line has it.
std::string text_of(const std::string& key, const toml::node& node) {
  if (const auto text = node.value_exact<std::string>()) return *text;
  if (const auto number = node.value_exact<std::int64_t>()) return std::to_string(*number);
  if (const auto number = node.value_exact<double>()) return fmt::format("{}", *number);
  if (const auto truth = node.value_exact<bool>()) return *truth ? "true" : "false";
  refuse(fmt::format("{}: '{}' is neither a text nor a number, true or false, or a list of these", line_of(node), key));
}

std::vector<std::string> texts_of(const std::string& key, const toml::node& node) {
  if (!node.is_array()) return {text_of(key, node)};
  std::vector<std::string> texts;
  for (const toml::node& element : *node.as_array()) texts.push_back(text_of(key, element));
  return texts;
}

const CLI::App* find_command(const CLI::App& app, std::string_view name) {
  for (const CLI::App* command : subcommands(app))
    if (command->get_name() == name) return command;
  return nullptr;
}

/// The paths of all tables that are commands of their own; throws where a table is none.
void find_commands(const toml::table& table, const CLI::App& app, const Path& path, std::vector<Path>& found) {
  if (!path.empty() && subcommand_names(app).empty()) {
    found.push_back(path);
    return;
  }
  for (const auto& [key, node] : table) {
    if (!node.is_table()) continue;
    const CLI::App* command = find_command(app, key.str());
    Path below = path;
    below.emplace_back(key.str());
    if (!command)
      refuse(fmt::format("{}: there is no command [{}]{}", line_of(node), dotted(below),
                         did_you_mean(key.str(), subcommand_names(app))));
    find_commands(*node.as_table(), *command, below, found);
  }
}

void append_values(const toml::table& table, const CLI::App& command, const Path& path,
                   std::vector<CLI::ConfigItem>& items) {
  for (const auto& [key, node] : table) {
    const std::string name(key.str());
    const CLI::Option* option = command.get_option_no_throw("--" + name);
    if (node.is_table()) continue;  // of another command
    if (!option || !option->get_configurable()) {
      std::vector<std::string> known;
      for (const CLI::Option* other : command.get_options())
        if (other->get_configurable() && !other->get_lnames().empty()) known.push_back(other->get_lnames().front());
      refuse(fmt::format("{}: '{}' has no value '{}'{}", line_of(node), fmt::join(path, " "), name,
                         did_you_mean(name, known)));
    }
    CLI::ConfigItem& item = items.emplace_back();
    item.parents = path;
    item.name = name;
    item.inputs = texts_of(name, node);
  }
}

toml::table parsed(std::istream& input) {
  try {
    return toml::parse(input);
  } catch (const toml::parse_error& error) {
    refuse(fmt::format("line {}: no TOML: {}", error.source().begin.line, error.description()));
  }
}

/// CLI11's signs that a command begins or ends.
CLI::ConfigItem sign(const Path& path, const char* name) {
  CLI::ConfigItem item;
  item.parents = path;
  item.name = name;
  return item;
}

/// A value as TOML writes it.
std::string literal(const CLI::Option& option, const std::string& text) {
  const std::string type = option.get_type_name();
  if (type == "NUMBER" || type == "INTEGER") return text;
  return nlohmann::json(text).dump();  // JSON's texts are TOML's as well
}

bool is_flag(const CLI::Option& option) { return option.get_expected_min() == 0; }
bool is_list(const CLI::Option& option) { return option.get_expected_max() > 1; }

}  // namespace

std::string TomlConfig::to_config(const CLI::App* app, bool, bool, std::string) const { return to_toml(*app, {}, {}); }

std::vector<CLI::ConfigItem> TomlConfig::from_config(std::istream& input) const {
  const toml::table table = parsed(input);
  std::vector<Path> tables;
  find_commands(table, root_, {}, tables);

  const CLI::App* command = &called(root_);
  Path path = path_of(*command);
  const bool named = command != &root_;
  if (named && !subcommand_names(*command).empty()) return {};  // the command line lacks the rest, and is told so
  if (!named) {
    if (tables.size() != 1)
      refuse(tables.empty()
                 ? "names no command; expected a table such as [mnist.train], or a command on the command line"
                 : fmt::format("has values of {} commands; name one on the command line", tables.size()));
    path = tables.front();
    for (const std::string& name : path) command = find_command(*command, name);
  }

  std::vector<CLI::ConfigItem> values;
  const toml::table* at = &table;
  for (std::size_t depth = 0;; ++depth) {
    if (!named && depth > 0) values.push_back(sign({path.begin(), path.begin() + std::ptrdiff_t(depth)}, "++"));
    if (at) append_values(*at, *command, path, values);
    if (depth == path.size()) break;
    if (at) at = (*at)[path[depth]].as_table();
  }
  if (!named)
    for (std::size_t depth = path.size(); depth > 0; --depth)
      values.push_back(sign({path.begin(), path.begin() + std::ptrdiff_t(depth)}, "--"));
  return values;
}

std::string to_toml(const CLI::App& command, const Metadata& values, const std::vector<std::string>& left_out) {
  std::string text = fmt::format("[{}]\n", dotted(path_of(command)));
  for (const CLI::Option* option : command.get_options()) {
    if (!option->get_configurable() || option->get_lnames().empty()) continue;
    const std::string& name = option->get_lnames().front();
    if (std::ranges::find(left_out, name) != left_out.end()) continue;
    std::vector<std::string> texts = option->results();
    if (is_flag(*option)) {
      if (!texts.empty()) text += fmt::format("{} = {}\n", name, texts.back());
      continue;
    }
    const auto split = [&](const std::string& list) {
      return is_list(*option) ? CLI::detail::split(list, ',') : std::vector<std::string>{list};
    };
    if (const auto value = values.find(name); value != values.end())
      texts = split(value->second);
    else if (texts.empty() && !option->get_default_str().empty())
      texts = split(option->get_default_str());
    if (texts.empty()) continue;
    for (std::string& one : texts) one = literal(*option, one);
    text += is_list(*option) ? fmt::format("{} = [{}]\n", name, fmt::join(texts, ", "))
                             : fmt::format("{} = {}\n", name, texts.back());
  }
  return text;
}

}  // namespace xgrad::apps
