#include <doctest/doctest.h>

#include <algorithm>

#include <data/loader.hpp>
#include <data/sampler.hpp>

#include "files.hpp"

namespace xgrad::data {
namespace {

using Ints = std::vector<std::int64_t>;

Ints sorted(Ints values) {
  std::ranges::sort(values);
  return values;
}

TEST_CASE("samplers give the indices that they promise") {
  CHECK(SequentialSampler(3).order(4) == Ints{0, 1, 2});
  CHECK(sorted(RandomSampler(5, {.seed = 1}).order(0)) == Ints{0, 1, 2, 3, 4});
  CHECK(sorted(RandomSampler(2, {.num_samples = 4}).order(0)) == Ints{0, 0, 1, 1});
  const std::vector<double> weights{0, 1, 0, 3, 0};
  const Ints drawn = WeightedRandomSampler(weights, {.num_samples = 4000}).order(0);
  CHECK(std::ranges::count(drawn, 1) + std::ranges::count(drawn, 3) == 4000);
  CHECK(std::abs(std::ranges::count(drawn, 3) - 3000) < 150);
  CHECK(sorted(WeightedRandomSampler(weights, {.num_samples = 2, .replacement = false}).order(0)) == Ints{1, 3});
  CHECK(sorted(BalancedSampler(Ints{7, 7, 7, 9}).order(0)) == Ints{0, 1, 2, 3, 3, 3});
  const DistributedSamplerOptions second{.world_size = 2, .rank = 1, .shuffle = false};
  CHECK(DistributedSampler(5, second).order(0) == Ints{1, 3, 0});
  CHECK(BucketSampler(Ints{3, 1, 2}, {.batch_size = 2, .shuffle = false}).order(0) == Ints{1, 2, 0});
}

TEST_CASE("samplers refuse what does not fit") {
  CHECK(test::holds(test::error_of([] { WeightedRandomSampler(std::vector<double>{-1}); }), {"weight 0 is -1"}));
  CHECK(test::holds(test::error_of([] { DistributedSampler(5, {.world_size = 2, .rank = 2}); }), {"rank is 2 of 2"}));
  CHECK(test::holds(test::error_of([] { Sampler(2, 1, [](std::int64_t) { return Ints{2}; }).order(0); }), {"index 2"}));
}

}  // namespace
}  // namespace xgrad::data
