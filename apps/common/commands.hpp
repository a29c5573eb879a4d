#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include <autograd/io/safetensors.hpp>

namespace xgrad::apps {

/// A command as somebody has called it.
class Call {
 public:
  Call(const CLI::App& command, bool json) : command_(command), json_(json) {}

  /// Whether results are to be printed as one JSON document.
  bool json() const noexcept { return json_; }
  /// Names of the flags that the command line or the configuration file gave.
  std::set<std::string> given() const;
  /// A configuration file that repeats the call: each flag with its value, which `values` has by the flag's name where
  /// it is another one than was given or is the default. Without the flags that say where results go.
  std::string toml(const Metadata& values = {}) const;

 private:
  const CLI::App& command_;
  bool json_;
};

/// The commands of a program: their names and flags, which CLI11 holds, and their work. Each has --help with examples,
/// --config FILE, --json and --threads.
class Commands {
 public:
  using Work = std::function<int(const Call&)>;

  Commands(const std::string& name, const std::string& description, const std::string& version);
  Commands(const Commands&) = delete;
  Commands& operator=(const Commands&) = delete;
  ~Commands();

  /// A command that stands for others, as "mnist" in "mnist train".
  CLI::App& group(const std::string& name, const std::string& description);
  /// A command of the program or of a group; its flags are added to what this gives. `examples` are command lines
  /// without the program's name.
  CLI::App& add(const std::string& name, const std::string& description, const std::vector<std::string>& examples,
                Work work, CLI::App* group = nullptr);

  /// Parses the command line and does the command's work. The exit code is the work's, 0 where help was asked for, and
  /// usage_exit_code after a line on stderr where the line makes no sense; a mistyped flag or command is answered with
  /// the nearest there is.
  int run(int argc, char** argv);

  const CLI::App& root() const noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace xgrad::apps
