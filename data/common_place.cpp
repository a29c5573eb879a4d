#include <data/common_place.hpp>

#include <algorithm>

#include <fmt/format.h>

#include <autograd/ops.hpp>

namespace xgrad::data::detail {

NamedTensors common_state(const NamedTensors& own, const Sampler& common, std::int64_t world_size) {
  constexpr const char* where = "CommonPlace";
  if (world_size < 1) fail(where, fmt::format("world_size is {}; expected at least 1", world_size));
  if (!common.defined()) fail(where, "a sampler without a function; expected the order that is common to all ranks");
  NamedTensors state = own;
  for (auto& [name, value] : state) {
    if (name == "batch_size") {
      const auto of_one = value.item<std::int64_t>();
      std::int64_t of_all = 0;
      if (__builtin_mul_overflow(of_one, world_size, &of_all))
        fail(where, fmt::format("batches of {} on each of {} ranks; expected a product that an int64 holds", of_one,
                                world_size));
      value = Tensor(of_all);
    }
    if (name == "sampler") value = Tensor(common.key());
  }
  return state;
}

NamedTensors own_state(const NamedTensors& common, const NamedTensors& own, const Sampler& sampler,
                       std::int64_t world_size) {
  const NamedTensors expected = common_state(own, sampler, world_size);
  NamedTensors state = common;
  for (auto& [name, value] : state) {
    const auto entry_name = &NamedTensors::value_type::first;
    const auto mine = std::ranges::find(own, name, entry_name), all = std::ranges::find(expected, name, entry_name);
    if (mine == own.end() || (name != "batch_size" && name != "sampler")) continue;
    const bool equal = value.defined() && value.dtype() == int64 && value.rank() == 0 &&
                       value.item<std::int64_t>() == all->second.item<std::int64_t>();
    // What differs is refused by the loader, in terms of all ranks where that is a number.
    if (equal) {
      value = mine->second;
    } else if (name == "batch_size" && value.defined() && value.dtype() == int64 && value.rank() == 0) {
      fail("CommonPlace.load_state",
           fmt::format("the state is of a batch size of {}; that of all {} ranks together is {}",
                       value.item<std::int64_t>(), world_size, all->second.item<std::int64_t>()));
    }
  }
  return state;
}

}  // namespace xgrad::data::detail
