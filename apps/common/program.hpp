#pragma once

#include <functional>
#include <string_view>

namespace xgrad::apps {

/// Exit code of a program that was called with flags it does not understand.
inline constexpr int usage_exit_code = 2;

/// All of a program's main(): secures the standard streams, does the work and gives the exit code. What the work throws
/// becomes a line on stderr and exit code 1.
int run_program(std::string_view name, const std::function<int()>& work) noexcept;

}  // namespace xgrad::apps
