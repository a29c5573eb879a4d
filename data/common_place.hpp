#pragma once

#include <cstdint>

#include <data/loader.hpp>
#include <data/sampler.hpp>

#pragma GCC visibility push(default)
namespace xgrad::data {

namespace detail {
/// A loader's state with the numbers of all ranks in place of one rank's, and the other way round.
NamedTensors common_state(const NamedTensors& own, const Sampler& common, std::int64_t world_size);
NamedTensors own_state(const NamedTensors& common, const NamedTensors& own, const Sampler& sampler,
                       std::int64_t world_size);
}  // namespace detail

/// The place of a Loader with a DistributedSampler, in terms that do not depend on the number of ranks: a checkpoint
/// that one rank writes is one for all, and for another number of them. Batch b of all ranks together is the same
/// samples of the common order, as long as their batch sizes add up to the same number:
///
///     const data::RandomSampler common(train.size(), {.seed = 1});
///     data::Loader loader(train, {.batch_size = 60 / world_size,
///                                 .sampler = data::DistributedSampler(common, {.world_size = world_size, .rank =
///                                 rank})});
///     data::CommonPlace place(loader, common, world_size);
///     nn::Training training{.model = model, .optimizer = sgd, .loader = place};
///
/// It refers to the loader, which must live as long.
template <Record R = Batch>
class CommonPlace {
 public:
  /// common: the order that is common to all ranks, the first argument of the DistributedSampler. Throws Error unless
  /// world_size >= 1, and where common has no function.
  CommonPlace(Loader<R>& loader, Sampler common, std::int64_t world_size)
      : loader_(loader), common_(std::move(common)), world_size_(world_size) {
    detail::common_state(loader_.state(), common_, world_size_);
  }

  /// Loader::state(), where "batch_size" is that of all ranks together and "sampler" tells common orders apart.
  NamedTensors state() const { return detail::common_state(loader_.state(), common_, world_size_); }
  /// Throws Error, and changes nothing, as Loader::load_state does: where samples, orders or the batch size of all
  /// ranks are others.
  void load_state(const NamedTensors& state) {
    loader_.load_state(detail::own_state(state, loader_.state(), common_, world_size_));
  }

 private:
  Loader<R>& loader_;
  Sampler common_;
  std::int64_t world_size_;
};

}  // namespace xgrad::data
#pragma GCC visibility pop
