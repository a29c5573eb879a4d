#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace xgrad::examples {

/// An option that an example takes beside --short: `--mnist DIR`.
struct Option {
  std::string name;     ///< "--mnist"
  std::string value;    ///< what stands for its value in the help: "DIR"
  std::string meaning;  ///< a few words
};

/// What the command line of an example says.
struct Arguments {
  /// Whether a run of a few seconds is asked for, as the tests make it.
  bool brief = false;
  std::map<std::string, std::string> values = {};  ///< of the options that were given, by name

  /// The value of an option; empty where it was not given.
  std::string value(const std::string& name) const { return values.contains(name) ? values.at(name) : ""; }
};

/// What main() returns: reads the command line and runs the example, which gives its exit code. Prints the options and
/// returns 0 for --help; says what is wrong and returns 2 for a command line that makes no sense, 1 for an Error.
int run_example(int argc, char** argv, const std::vector<Option>& options,
                const std::function<int(const Arguments&)>& example);

}  // namespace xgrad::examples
