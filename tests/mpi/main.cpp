// doctest on each rank: mpirun's code is not 0 where a test fails on one of them.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <autograd/mpi/session.hpp>

int main(int argc, char** argv) {
  const xgrad::mpi::Session session({.deadline = std::chrono::seconds(60), .check_calls = true});
  return doctest::Context(argc, argv).run();
}
