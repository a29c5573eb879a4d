#pragma once

#include <span>
#include <string>

/// What an all_reduce and a data-parallel training step cost by the model of Hockney (1994): a message of n bytes takes
/// latency + n / bandwidth. Counts of messages are those of Thakur, Rabenseifner and Gropp, "Optimization of Collective
/// Communication Operations in MPICH" (2005), and for the ring of Patarasuk and Yuan, "Bandwidth Optimal All-reduce
/// Algorithms for Clusters of Workstations" (2009). The time of adding up is part of 1 / bandwidth.
namespace bench {

/// How the ranks of an all_reduce pass values on.
enum class Algorithm {
  ring,  ///< parts go around twice, to be added and to be handed out
  /// A reduction to one rank by a binomial tree, and a broadcast by the same. As in Open MPI, a rank begins to send to
  /// all below it at once, and they share its link: the broadcast takes k + (k - 1) + ... + 1 times its bytes for
  /// 2^k ranks, where the papers count k.
  tree,
  recursive_doubling,  ///< pairs exchange all values, at twice the distance each time
  halving,             ///< recursive halving, then doubling: Rabenseifner's
};

/// "ring", "tree", "doubling" or "halving"
const char* to_string(Algorithm algorithm) noexcept;
/// The algorithm of a name. Throws xgrad::Error for others.
Algorithm algorithm_of(const std::string& name);

/// What an operation sends one after the other: it takes messages * latency + bytes / bandwidth.
struct Cost {
  double messages = 0;
  double bytes = 0;
};

/// Of `count` operations on `bytes` bytes in sum, such as the buckets of a step. One rank sends nothing. Throws
/// xgrad::Error unless ranks > 0.
Cost all_reduce_cost(Algorithm algorithm, int ranks, double count, double bytes);

struct Link {
  double latency;    ///< seconds that a message takes, however short it is
  double bandwidth;  ///< bytes a second
};

/// Seconds.
double time_of(const Cost& cost, const Link& link);

/// An operation whose time was measured.
struct Observation {
  Cost cost;
  double seconds;
};

/// The latency and the bandwidth with the least sum of squares of relative errors, (predicted - measured) / measured:
/// with absolute ones the longest messages alone would count. A latency is 0 at the least: a queue that lets the first
/// bytes of a message pass at once makes it negative. Throws xgrad::Error for fewer than two observations, and where
/// they do not tell latency and bandwidth apart, or do not fit a positive bandwidth.
Link fit_link(std::span<const Observation> observations);

/// Time of computing a step on `images` images of one rank: fixed + images * per_image.
struct Compute {
  double fixed;      ///< seconds: the optimizer's, for one
  double per_image;  ///< seconds
};

struct ComputeObservation {
  double images;
  double seconds;
};

/// The same for computing. Throws xgrad::Error for fewer than two numbers of images.
Compute fit_compute(std::span<const ComputeObservation> observations);

/// Seconds of computing on one rank of `ranks`, all of which compute at a time on a machine of `cores` cores.
double time_of(const Compute& compute, double images, int ranks, int cores);

}  // namespace bench
