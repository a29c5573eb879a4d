#pragma once

#include <memory>

#include <autograd/distributed/transport.hpp>

namespace xgrad::distributed {

/// Of every collective.
struct CollectiveAttributes {
  std::shared_ptr<Transport> transport;
  int root;
};

/// Runs the collectives of this thread's list that have not run yet.
void run_ordered();

}  // namespace xgrad::distributed
