#pragma once

#include <apps/common/commands.hpp>

namespace xgrad::apps {

/// The command `activations`.
void add_activations_command(Commands& commands);

}  // namespace xgrad::apps
