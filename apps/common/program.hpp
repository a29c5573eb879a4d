#pragma once

#include <functional>
#include <string_view>

namespace xgrad::apps {

/// Exit code of a program that was called with flags it does not understand.
inline constexpr int usage_exit_code = 2;

/// Runs a program's work and gives its exit code; what it throws becomes a line on stderr and exit code 1.
int run_program(std::string_view name, const std::function<int()>& work);

}  // namespace xgrad::apps
