#include <nn/entries_of_ranks.hpp>

#include <cstdint>
#include <vector>

#include <fmt/format.h>

#include <autograd/autograd.hpp>
#include <autograd/distributed/collectives.hpp>
#include <autograd/fingerprint.hpp>

namespace xgrad::nn {

std::optional<std::size_t> rank_with_other_entries(const NamedParameters& entries,
                                                   const distributed::Communicator& group) {
  Fingerprint own;
  for (const auto& [name, entry] : entries)
    own.add(fmt::format("{} {} {};", name, to_string(entry.dtype()), to_string(entry.shape())));
  const auto number = static_cast<std::int64_t>(own.value());
  const std::vector<std::int64_t> all = distributed::all_gather(tensor(number), 0, group).to_vector<std::int64_t>();
  for (std::size_t rank = 1; rank < all.size(); ++rank)
    if (all[rank] != all[0]) return rank;
  return std::nullopt;
}

}  // namespace xgrad::nn
