#pragma once

#include <autograd/run/plan/draft.hpp>

namespace xgrad::run {

/// Computes values that take few operations again where they are needed, instead of writing and reading them.
void recompute_cheap_values(Draft& draft);

}  // namespace xgrad::run
