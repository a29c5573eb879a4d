#include <data/draws.hpp>

#include <cmath>
#include <numbers>

namespace xgrad::data::detail {

double standard_normal(SplitMix64& random) {
  const double radius = std::sqrt(-2 * std::log1p(-random.uniform(0, 1)));
  return radius * std::cos(random.uniform(0, 2 * std::numbers::pi));
}

}  // namespace xgrad::data::detail
