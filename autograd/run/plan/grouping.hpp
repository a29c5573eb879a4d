#pragma once

#include <autograd/run/plan/draft.hpp>

namespace xgrad::run {

/// Places all vertices, and puts them into groups.
void group_vertices(Draft& draft);

}  // namespace xgrad::run
