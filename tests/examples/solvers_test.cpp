#include <doctest/doctest.h>

#include <autograd/ops.hpp>
#include <examples/conjugate_gradients.hpp>
#include <examples/linear_solve.hpp>

using namespace xgrad;
using namespace xgrad::examples;

TEST_CASE("Cholesky's factorization and conjugate gradients solve a system with a known solution") {
  const Tensor a = tensor({{4, 1, -2}, {1, 5, 0.5}, {-2, 0.5, 6}}, float64), x = tensor({1, -2, 3}, float64);
  const Tensor b = matmul(a, x);
  CHECK(max(abs(solve_positive_definite(a, b) - x)).item() < 1e-14);
  CHECK(max(abs(conjugate_gradients([&](const Tensor& v) { return matmul(a, v); }, b) - x)).item() < 1e-11);
}

TEST_CASE("what is not positive definite is refused, and a right-hand side of zeros has a solution of zeros") {
  CHECK_THROWS_WITH_AS(solve_positive_definite(tensor({{1, 2}, {2, 1}}, float64), ones({2}, float64)),
                       "solve_positive_definite: the matrix is not positive definite", Error);
  const Tensor none = conjugate_gradients([](const Tensor& v) { return 2 * v; }, zeros({3}, float64));
  CHECK(max(abs(none)).item() == 0);
}
