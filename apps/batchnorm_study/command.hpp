#pragma once

#include <apps/common/commands.hpp>

namespace xgrad::apps {

/// The commands `study` and `paper`.
void add_study_commands(Commands& commands);

}  // namespace xgrad::apps
