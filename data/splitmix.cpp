#include <data/splitmix.hpp>

#include <cstddef>
#include <numeric>
#include <utility>

namespace xgrad::data {

std::vector<std::int64_t> permutation(std::int64_t count, std::uint64_t seed, std::uint64_t stream) {
  std::vector<std::int64_t> numbers(static_cast<std::size_t>(count));
  std::iota(numbers.begin(), numbers.end(), std::int64_t{0});
  SplitMix64 random(seed, stream);
  for (std::size_t left = numbers.size(); left > 1; --left)
    std::swap(numbers[left - 1], numbers[static_cast<std::size_t>(random.below(left))]);
  return numbers;
}

}  // namespace xgrad::data
