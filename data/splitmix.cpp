#include <data/splitmix.hpp>

#include <cstddef>
#include <exception>
#include <numeric>
#include <string>
#include <utility>

#include <autograd/error.hpp>

namespace xgrad::data {

std::vector<std::int64_t> permutation(std::int64_t count, std::uint64_t seed, std::uint64_t stream) {
  if (count < 0) fail("data::permutation", std::to_string(count) + " numbers; expected 0 or more");
  std::vector<std::int64_t> numbers;
  try {
    numbers.resize(static_cast<std::size_t>(count));
  } catch (const std::exception&) {
    fail("data::permutation", "no memory for " + std::to_string(count) + " numbers");
  }
  std::iota(numbers.begin(), numbers.end(), std::int64_t{0});
  SplitMix64 random(seed, stream);
  for (std::size_t left = numbers.size(); left > 1; --left)
    std::swap(numbers[left - 1], numbers[static_cast<std::size_t>(random.below(left))]);
  return numbers;
}

}  // namespace xgrad::data
