#pragma once

#include <functional>
#include <map>
#include <string>

/// One side of the comparison: a framework, or the floor. Each is a program of its own, so that the two frameworks
/// never share a process, and all measure themselves by the same code.
namespace bench {

/// A case, ready to run.
struct Work {
  std::function<void()> step;
  /// A number that depends on all that the last step computed: equal on both sides, or one of them computes something
  /// else.
  std::function<double()> value;
};

/// Cases by name.
using Cases = std::map<std::string, std::function<Work()>>;

struct Side {
  std::string version;
  /// Threads that a step may use.
  void (*set_threads)(int);
  /// A tiny training step: it pages in the library's code before memory is measured.
  void (*warm_up)();
  Cases cases;
};

/// The program of a side:
///
///   bench_SIDE --version
///   bench_SIDE CASE [--seconds 1] [--threads 1] [--clock wall|cpu]   prints the median time of a step, and the value
///   bench_SIDE CASE --turns [...]      the same after each line on standard input; a line is the seconds to run for
///   bench_SIDE CASE --memory [...]     prints KiB: how far the resident set rises above the idle process's, at most,
///                                      in the case's first five steps
///
/// Times are in seconds, of the wall clock or of the processor (of all threads). Cases that a side does not have end
/// it with status 3.
int run_side(int argc, char** argv, const Side& side);

}  // namespace bench
