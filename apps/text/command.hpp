#pragma once

#include <apps/common/commands.hpp>

namespace xgrad::apps {

/// The commands `text train`, `eval` and `sample`.
void add_text_commands(Commands& commands);

}  // namespace xgrad::apps
