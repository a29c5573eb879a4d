// A program of an outside project: a session of one rank, as without mpirun, and a sum over it.
#include <cstdlib>
#include <iostream>

#include <autograd/autograd.hpp>
#include <autograd/mpi/session.hpp>

using namespace xgrad;

int main() {
  const mpi::Session session;
  const Tensor x = tensor({1, 2});
  const Tensor gradient = xgrad::gradient([](const Tensor& t) { return sum(distributed::all_reduce(t * t)); }, x);
  std::cout << "rank " << session.rank() << " of " << session.size() << ": " << gradient << "\n";
  return gradient.to_vector<float>() == std::vector<float>{2, 4} ? EXIT_SUCCESS : EXIT_FAILURE;
}
