#pragma once

#include <string>
#include <vector>

#include <CLI/CLI.hpp>

/// A program's commands as CLI11 holds them, below the program itself, the root.
namespace xgrad::apps {

/// Those right below a command.
std::vector<const CLI::App*> subcommands(const CLI::App& command);
std::vector<std::string> subcommand_names(const CLI::App& command);

const CLI::App& root_of(const CLI::App& command);

/// The names of the commands from the program to this one, without the program's: {"mnist", "train"}.
std::vector<std::string> path_of(const CLI::App& command);

/// The innermost command that a parsed command line has; the root where it has none.
const CLI::App& called(const CLI::App& root);

}  // namespace xgrad::apps
