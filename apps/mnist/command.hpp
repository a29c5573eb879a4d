#pragma once

#include <apps/common/commands.hpp>

namespace xgrad::apps {

/// The commands `mnist train`, `eval`, `predict` and `export`.
void add_mnist_commands(Commands& commands);

}  // namespace xgrad::apps
