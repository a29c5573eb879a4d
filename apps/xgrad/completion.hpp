#pragma once

#include <string>

#include <apps/common/commands.hpp>

namespace xgrad::apps {

enum class Shell { bash, zsh, fish };

/// A script that makes a shell complete the commands, flags, choices and file names of a program.
std::string completion(const CLI::App& root, Shell shell);

/// The command `completion`, which prints such a script.
void add_completion_command(Commands& commands);

}  // namespace xgrad::apps
