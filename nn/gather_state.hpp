#pragma once

#include <concepts>
#include <utility>
#include <vector>

#include <autograd/distributed/communicator.hpp>
#include <autograd/io/safetensors.hpp>
#include <nn/metrics/metric.hpp>

#pragma GCC visibility push(default)
namespace xgrad::nn {

/// The state of all ranks, in their order, on each of them. A collective. Names, shapes and dtypes may be others on
/// other ranks. Throws Error where a tensor is undefined.
std::vector<NamedTensors> gather_state(const NamedTensors& state,
                                       const distributed::Communicator& group = distributed::world());

/// A metric over what all ranks have seen, on each of them (torcheval's get_synced_metric). A collective. Throws Error
/// as Metric::state does.
template <std::derived_from<Metric> M>
M get_synced_metric(const M& metric, const distributed::Communicator& group = distributed::world()) {
  M total = metric;
  total.reset();
  for (const NamedTensors& state : gather_state(metric.state(), group)) {
    M part = metric;
    part.load_state(state);
    total.merge(part);
  }
  return total;
}

}  // namespace xgrad::nn
#pragma GCC visibility pop
