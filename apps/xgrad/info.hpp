#pragma once

#include <apps/common/commands.hpp>

namespace xgrad::apps {

/// The command `info`.
void add_info_command(Commands& commands);

}  // namespace xgrad::apps
