#pragma once

namespace xgrad::apps {

/// Exit code of a program that ended early because it was asked to.
inline constexpr int interrupted_exit_code = 130;

/// From now on SIGINT (Ctrl-C) and SIGTERM only make interrupted() true; a second one of the same kind ends the program
/// at once.
void catch_interrupts();

/// Whether one of them has arrived. Loops ask after each step, write what they have and return.
bool interrupted() noexcept;

}  // namespace xgrad::apps
