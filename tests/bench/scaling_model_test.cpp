#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <vector>

#include <autograd/error.hpp>

#include "../../bench/scaling_model.hpp"

namespace bench {
namespace {

using doctest::Approx;

constexpr Algorithm all[] = {Algorithm::ring, Algorithm::tree, Algorithm::recursive_doubling, Algorithm::halving};

/// Messages and bytes that pass one after the other while values are passed on round by round, counted.
Cost counted_ring(int ranks, double bytes) {
  Cost cost;
  for (int phase = 0; phase < 2; ++phase)  // adding up, handing out
    for (int round = 1; round < ranks; ++round) {
      ++cost.messages;
      cost.bytes += bytes / ranks;
    }
  return cost;
}

Cost counted_tree(int ranks, double bytes) {  // of a power of two
  Cost cost;
  int below = 0;  // of the first rank
  for (int distance = 1; distance < ranks; distance *= 2) {
    cost.messages += 2;
    cost.bytes += bytes;  // adding up
    ++below;
  }
  for (; below > 0; --below) cost.bytes += below * bytes;  // handing out: each of the last to have it has one less
  return cost;
}

Cost counted_doubling(int ranks, double bytes) {  // of a power of two
  Cost cost;
  for (int distance = 1; distance < ranks; distance *= 2) {
    ++cost.messages;
    cost.bytes += bytes;
  }
  return cost;
}

Cost counted_halving(int ranks, double bytes) {  // of a power of two
  Cost cost;
  double part = bytes;
  for (int distance = 1; distance < ranks; distance *= 2) {
    part /= 2;
    cost.messages += 2;
    cost.bytes += 2 * part;
  }
  return cost;
}

void check_equal(const Cost& a, const Cost& b) {
  CHECK(a.messages == Approx(b.messages).epsilon(1e-12));
  CHECK(a.bytes == Approx(b.bytes).epsilon(1e-12));
}

}  // namespace

TEST_CASE("costs are what counting round by round gives") {
  for (const int ranks : {2, 3, 4, 5, 8, 9, 1000, 1024})
    check_equal(all_reduce_cost(Algorithm::ring, ranks, 1, 1e6), counted_ring(ranks, 1e6));
  for (const int ranks : {2, 4, 8, 1024}) {
    CAPTURE(ranks);
    check_equal(all_reduce_cost(Algorithm::tree, ranks, 1, 1e6), counted_tree(ranks, 1e6));
    check_equal(all_reduce_cost(Algorithm::recursive_doubling, ranks, 1, 1e6), counted_doubling(ranks, 1e6));
    check_equal(all_reduce_cost(Algorithm::halving, ranks, 1, 1e6), counted_halving(ranks, 1e6));
  }
}

TEST_CASE("a tree of other numbers of ranks takes what its longest path does") {
  // Three: 1 and 2 hand theirs in one after the other, and get the sum at once.
  check_equal(all_reduce_cost(Algorithm::tree, 3, 1, 1e6), {4, 4e6});
  // Five: three rounds to add up. Rank 0 sends to 1, 2 and 4 at once (3), then 1 to 3 (1).
  check_equal(all_reduce_cost(Algorithm::tree, 5, 1, 1e6), {6, 7e6});
}

TEST_CASE("one rank sends nothing") {
  for (const Algorithm algorithm : all) check_equal(all_reduce_cost(algorithm, 1, 3, 1e6), {0, 0});
  CHECK_THROWS_AS(all_reduce_cost(Algorithm::ring, 0, 1, 1), xgrad::Error);
}

TEST_CASE("buckets cost as many messages, and the bytes of one operation") {
  for (const Algorithm algorithm : all) {
    const Cost one = all_reduce_cost(algorithm, 6, 1, 1e6), five = all_reduce_cost(algorithm, 6, 5, 1e6);
    check_equal(five, {5 * one.messages, one.bytes});
  }
}

TEST_CASE("ranks beyond a power of two cost more than those up to it") {
  for (const Algorithm algorithm : {Algorithm::recursive_doubling, Algorithm::halving}) {
    const Cost four = all_reduce_cost(algorithm, 4, 1, 1), five = all_reduce_cost(algorithm, 5, 1, 1),
               seven = all_reduce_cost(algorithm, 7, 1, 1);
    CHECK(five.messages > four.messages);
    CHECK(five.bytes > four.bytes);
    check_equal(five, seven);
  }
}

TEST_CASE("names of algorithms go there and back") {
  for (const Algorithm algorithm : all) CHECK(algorithm_of(to_string(algorithm)) == algorithm);
  CHECK_THROWS_WITH_AS(algorithm_of("star"),
                       "scaling model: there is no algorithm 'star'; expected ring, tree, doubling or halving",
                       xgrad::Error);
}

TEST_CASE("a fit finds the latency and the bandwidth that times were made of") {
  const Link link{.latency = 3e-5, .bandwidth = 1.1e8};
  std::vector<Observation> observations;
  for (const Algorithm algorithm : all)
    for (const int ranks : {2, 3, 4})
      for (const double bytes : {1e3, 1e5, 1e7}) {
        const Cost cost = all_reduce_cost(algorithm, ranks, 1, bytes);
        observations.push_back({cost, time_of(cost, link)});
      }
  const Link fitted = fit_link(observations);
  CHECK(fitted.latency == Approx(link.latency).epsilon(1e-9));
  CHECK(fitted.bandwidth == Approx(link.bandwidth).epsilon(1e-9));
}

TEST_CASE("a fit weighs relative errors") {
  // Short messages are as far off as long ones, the other way: no message counts more than the other.
  std::vector<Observation> observations;
  for (const double bytes : {1.0, 1e9})
    for (const double factor : {0.9, 1.1}) observations.push_back({{1, bytes}, factor * (1e-5 + bytes * 1e-8)});
  const Link fitted = fit_link(observations);
  // Least squares of (c x / t - 1) for t = 0.9 c and 1.1 c: x = (1/0.9 + 1/1.1) / (1/0.81 + 1/1.21).
  const double x = (1 / 0.9 + 1 / 1.1) / (1 / 0.81 + 1 / 1.21);
  CHECK(fitted.latency == Approx(x * 1e-5).epsilon(1e-5));
  CHECK(1 / fitted.bandwidth == Approx(x * 1e-8).epsilon(1e-5));
}

TEST_CASE("a fit takes no latency below 0, and then the bandwidth that fits best without one") {
  // 32 KiB of each message pass at once, so that a straight line begins below 0.
  std::vector<Observation> observations;
  for (const double bytes : {64e3, 256e3, 1e6, 4e6}) observations.push_back({{1, bytes}, (bytes - 32768) / 1e8});
  const Link fitted = fit_link(observations);
  CHECK(fitted.latency == 0);
  const auto squares = [&](double bandwidth) {
    double sum = 0;
    for (const Observation& o : observations)
      sum += std::pow(time_of(o.cost, {.latency = 0, .bandwidth = bandwidth}) / o.seconds - 1, 2);
    return sum;
  };
  CHECK(squares(fitted.bandwidth) < squares(1.001 * fitted.bandwidth));
  CHECK(squares(fitted.bandwidth) < squares(0.999 * fitted.bandwidth));
}

TEST_CASE("a fit refuses observations that do not tell") {
  const auto observed = [](double bytes, double seconds) { return Observation{{2, 2 * bytes}, seconds}; };
  CHECK_THROWS_AS(fit_link(std::vector<Observation>{observed(1e3, 1e-3)}), xgrad::Error);
  CHECK_THROWS_AS(fit_link(std::vector{observed(1e3, 1e-3), observed(1e3, 2e-3)}), xgrad::Error);
  CHECK_THROWS_AS(fit_link(std::vector{observed(1e3, 1e-3), observed(1e6, 1e-4)}), xgrad::Error);
  CHECK_THROWS_AS(fit_link(std::vector{observed(1e3, 1e-3), observed(1e6, 0)}), xgrad::Error);
}

TEST_CASE("a fit of computing finds what is fixed and what each image takes, and ranks share cores") {
  std::vector<ComputeObservation> observations;
  for (const double images : {16.0, 64.0, 256.0}) observations.push_back({images, 2e-3 + images * 1e-4});
  const Compute compute = fit_compute(observations);
  CHECK(compute.fixed == Approx(2e-3).epsilon(1e-9));
  CHECK(compute.per_image == Approx(1e-4).epsilon(1e-9));
  CHECK(time_of(compute, 100, 2, 2) == Approx(12e-3).epsilon(1e-9));
  CHECK(time_of(compute, 100, 4, 2) == Approx(24e-3).epsilon(1e-9));
  CHECK_THROWS_AS(fit_compute(std::vector<ComputeObservation>{{16, 1}, {16, 2}}), xgrad::Error);
}

}  // namespace bench
