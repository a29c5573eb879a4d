#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>

/// One side of the comparison: a framework. Each is a program of its own, and both measure themselves by the same code.
namespace bench::dynamic {

/// A case, ready to run.
struct Work {
  /// Runs one program, whose structure depends on the argument: a length, a number of steps, a batch size, the number
  /// of an episode, a sentence or a network. Everything it asks for is computed when it returns. Gives how many steps
  /// or samples that were.
  std::function<std::int64_t(std::int64_t)> step;
  /// A number that depends on what all steps so far computed: equal on both sides, or one of them computes something
  /// else.
  std::function<double()> value;
};

struct Side {
  std::string version;
  /// Threads that a step may use.
  void (*set_threads)(int);
  /// All cases; what is made here, such as data and weights, is not measured.
  std::map<std::string, std::function<Work()>> cases;
};

/// The program of a side:
///
///   bench_dynamic_SIDE --version
///   bench_dynamic_SIDE CASE [--quick] [--clock cpu|wall]   runs a case on one thread, once; prints its measurements,
///                                                          a line "NAME NUMBER" each, and then "end"
///
/// Times are in seconds, of the processor (of all threads) or of the wall clock. Names are those of side.cpp.
int run_side(int argc, char** argv, const Side& side);

}  // namespace bench::dynamic
