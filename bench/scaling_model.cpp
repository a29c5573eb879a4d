#include "scaling_model.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <utility>
#include <vector>

#include <autograd/autograd.hpp>

namespace bench {

using namespace xgrad;

namespace {

constexpr Algorithm all_algorithms[] = {Algorithm::ring, Algorithm::tree, Algorithm::recursive_doubling,
                                        Algorithm::halving};

/// An observation's factors of the two unknowns, and its time.
struct Row {
  double first, second, seconds;
};

/// The unknowns with the least sum of squares of relative errors.
std::pair<double, double> least_squares(const std::vector<Row>& rows, const char* what) {
  std::vector<double> factors;
  for (const Row& row : rows) {
    if (!(row.seconds > 0)) fail("scaling model", std::string(what) + ": a measured time is not positive");
    factors.push_back(row.first / row.seconds);
    factors.push_back(row.second / row.seconds);
  }
  const auto count = static_cast<std::int64_t>(rows.size());
  if (count < 2) fail("scaling model", std::string(what) + ": expected two observations or more");
  const Tensor a = tensor(factors).reshape({count, 2});
  // The two unknowns differ by many powers of ten; columns of length 1 make the rank one of directions.
  const Tensor lengths = sqrt(sum(square(a), 0));
  const Lstsq solved = lstsq(a / lengths, ones({count}, float64), {.rcond = 1e-9});
  if (solved.rank.item<std::int64_t>() < 2)
    fail("scaling model", std::string(what) + ": observations of one size do not tell its two parts apart");
  const std::vector<double> x = (solved.solution / lengths).to_vector<double>();
  return {x[0], x[1]};
}

/// How many times its bytes a broadcast by a binomial tree takes where ranks that get values from one rank share its
/// link: rank r with 2^i <= r < 2^(i + 1) gets them from rank r - 2^i.
double shared_broadcast(unsigned ranks) {
  std::vector<double> arrival(ranks, 0.0);
  for (unsigned r = 0; r < ranks; ++r) {
    std::vector<unsigned> below;
    for (unsigned distance = std::bit_ceil(r + 1); r + distance < ranks; distance *= 2) below.push_back(r + distance);
    for (const unsigned receiver : below) arrival[receiver] = arrival[r] + static_cast<double>(below.size());
  }
  return *std::ranges::max_element(arrival);
}

}  // namespace

const char* to_string(Algorithm algorithm) noexcept {
  switch (algorithm) {
    case Algorithm::ring:
      return "ring";
    case Algorithm::tree:
      return "tree";
    case Algorithm::recursive_doubling:
      return "doubling";
    case Algorithm::halving:
      return "halving";
  }
  return "";
}

Algorithm algorithm_of(const std::string& name) {
  for (const Algorithm algorithm : all_algorithms)
    if (name == to_string(algorithm)) return algorithm;
  fail("scaling model", "there is no algorithm '" + name + "'; expected ring, tree, doubling or halving");
}

Cost all_reduce_cost(Algorithm algorithm, int ranks, double count, double bytes) {
  if (ranks < 1) fail("scaling model", "there are " + std::to_string(ranks) + " ranks; expected 1 or more");
  if (ranks == 1) return {};
  const auto p = static_cast<unsigned>(ranks);
  const double floor_log = std::bit_width(p) - 1, ceil_log = std::bit_width(p - 1);
  const bool power_of_two = std::has_single_bit(p);
  switch (algorithm) {
    case Algorithm::ring: {
      const double others = ranks - 1;
      return {2 * others * count, 2 * others / ranks * bytes};
    }
    case Algorithm::tree:
      return {2 * ceil_log * count, (ceil_log + shared_broadcast(p)) * bytes};
    case Algorithm::recursive_doubling: {
      // Ranks beyond a power of two hand their values in before and get the result afterwards.
      const double rounds = floor_log + (power_of_two ? 0 : 2);
      return {rounds * count, rounds * bytes};
    }
    case Algorithm::halving: {
      const double inner = std::bit_floor(p);
      Cost cost{2 * floor_log, 2 * (inner - 1) / inner};
      // The same, where each of such a pair adds up one half.
      if (!power_of_two) cost = {cost.messages + 3, cost.bytes + 2};
      return {cost.messages * count, cost.bytes * bytes};
    }
  }
  return {};
}

double time_of(const Cost& cost, const Link& link) {
  return cost.messages * link.latency + cost.bytes / link.bandwidth;
}

Link fit_link(std::span<const Observation> observations) {
  std::vector<Row> rows;
  for (const Observation& o : observations) rows.push_back({o.cost.messages, o.cost.bytes, o.seconds});
  auto [latency, seconds_per_byte] = least_squares(rows, "latency and bandwidth");
  if (!(seconds_per_byte > 0))
    fail("scaling model",
         "the observations fit " + std::to_string(1e9 * seconds_per_byte) + " s for 1e9 bytes; that must be positive");
  if (latency < 0) {
    // The least squares with no latency are those of one unknown, of seconds_per_byte * factor = 1.
    double squares = 0, factors = 0;
    for (const Row& row : rows) {
      squares += std::pow(row.second / row.seconds, 2);
      factors += row.second / row.seconds;
    }
    latency = 0, seconds_per_byte = factors / squares;
  }
  return {latency, 1 / seconds_per_byte};
}

Compute fit_compute(std::span<const ComputeObservation> observations) {
  std::vector<Row> rows;
  for (const ComputeObservation& o : observations) rows.push_back({1, o.images, o.seconds});
  const auto [fixed, per_image] = least_squares(rows, "time of computing");
  return {fixed, per_image};
}

double time_of(const Compute& compute, double images, int ranks, int cores) {
  const double sharing = std::max(1.0, static_cast<double>(ranks) / cores);
  return sharing * (compute.fixed + images * compute.per_image);
}

}  // namespace bench
