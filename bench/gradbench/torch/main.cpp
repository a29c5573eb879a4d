// GradBench's problems in libtorch, a tool as bench_gradbench is one. One thread, or as many as OMP_NUM_THREADS says.
#include <cstdlib>
#include <iostream>

#include <ATen/Parallel.h>

#include "modules.hpp"

extern "C" void openblas_set_num_threads(int);

int main() {
  if (!std::getenv("OMP_NUM_THREADS")) at::set_num_threads(1);
  openblas_set_num_threads(at::get_num_threads());  // OpenBLAS has threads of its own, which libtorch does not know of
  std::ios::sync_with_stdio(false);
  gradbench::serve(std::cin, std::cout, "libtorch", gradbench::modules());
}
