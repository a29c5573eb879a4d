#pragma once

#include <optional>

#include <autograd/distributed/communicator.hpp>
#include <nn/module.hpp>

namespace xgrad::nn {

/// The first rank whose entries have other names, dtypes or shapes than rank 0's, on every rank the same. All ranks of
/// the group call it.
std::optional<std::size_t> rank_with_other_entries(const NamedParameters& entries,
                                                   const distributed::Communicator& group);

}  // namespace xgrad::nn
