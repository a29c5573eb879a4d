#include <examples/arguments.hpp>

#include <algorithm>
#include <exception>

#include <fmt/format.h>

namespace xgrad::examples {

namespace {

int print_help(const std::string& program, const std::vector<Option>& options) {
  fmt::print("Usage: {} [--short]", program);
  for (const Option& option : options) fmt::print(" [{} {}]", option.name, option.value);
  fmt::print("\n  {:<14} a run of a few seconds\n", "--short");
  for (const Option& option : options) fmt::print("  {:<14} {}\n", option.name + " " + option.value, option.meaning);
  return 0;
}

int refuse(const std::string& program, const std::string& message) {
  fmt::print(stderr, "{}: {}; --help lists the options\n", program, message);
  return 2;
}

}  // namespace

int run_example(int argc, char** argv, const std::vector<Option>& options,
                const std::function<int(const Arguments&)>& example) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  const std::string path = argv[0], program = path.substr(path.rfind('/') + 1);
  Arguments arguments;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (word == "--help") return print_help(program, options);
    if (word == "--short") {
      arguments.brief = true;
    } else if (std::ranges::find(options, word, &Option::name) == options.end()) {
      return refuse(program, fmt::format("unknown option '{}'", word));
    } else if (i + 1 == words.size()) {
      return refuse(program, fmt::format("{} without a value", word));
    } else {
      arguments.values[word] = words[++i];
    }
  }
  try {
    return example(arguments);
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}: {}\n", program, error.what());
    return 1;
  }
}

}  // namespace xgrad::examples
