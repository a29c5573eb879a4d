#pragma once

#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include <autograd/io/safetensors.hpp>

namespace xgrad::apps {

/// Configuration files in TOML, for CLI11. A command's values stand in its table, [mnist.train]; a file may have those
/// of several. Values above all tables belong to the command of the command line. Where that has no command, the file's
/// one table says which. Throws CLI::ConfigError where the file is no TOML, or has a key that the command does not
/// have.
class TomlConfig : public CLI::Config {
 public:
  explicit TomlConfig(const CLI::App& root) : root_(root) {}

  std::string to_config(const CLI::App* app, bool, bool, std::string) const override;
  std::vector<CLI::ConfigItem> from_config(std::istream& input) const override;

 private:
  const CLI::App& root_;
};

/// A configuration file of one command with the values of all its flags but those in `left_out`. A flag has its value
/// of `values` by its name, or else the one it was given, or else its default; one without any is left out.
std::string to_toml(const CLI::App& command, const Metadata& values, const std::vector<std::string>& left_out);

}  // namespace xgrad::apps
