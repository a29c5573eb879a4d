// GradBench's problems for GradBench's evals: a tool that reads messages from standard input and answers on standard
// output.
//
//   gradbench run --eval "gradbench repo eval gmm" --tool build/release/bench/gradbench/bench_gradbench
#include <iostream>

#include "modules.hpp"

int main() {
  std::ios::sync_with_stdio(false);
  gradbench::serve(std::cin, std::cout, "xgrad", gradbench::modules());
}
