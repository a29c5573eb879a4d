#include <data/shares.hpp>

#include <algorithm>
#include <cmath>

namespace xgrad::data::detail {

std::vector<Share> triangle_shares(std::int64_t in, double from, double scale, std::int64_t out, double reach) {
  std::vector<Share> shares(static_cast<std::size_t>(out));
  std::vector<double> weights;
  for (std::int64_t i = 0; i < out; ++i) {
    Share& share = shares[static_cast<std::size_t>(i)];
    const double middle = from + (static_cast<double>(i) + 0.5) * scale;
    share.begin = std::clamp(static_cast<std::int64_t>(middle - reach + 0.5), std::int64_t{0}, in - 1);
    const std::int64_t end = std::clamp(static_cast<std::int64_t>(middle + reach + 0.5), share.begin + 1, in);
    weights.clear();
    double sum = 0;
    for (std::int64_t j = share.begin; j < end; ++j) {
      weights.push_back(std::max(1 - std::abs(static_cast<double>(j) - middle + 0.5) / reach, 0.0));
      sum += weights.back();
    }
    for (const double weight : weights) share.weights.push_back(static_cast<float>(weight / sum));
  }
  return shares;
}

}  // namespace xgrad::data::detail
