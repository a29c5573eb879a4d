#include <examples/linear_solve.hpp>

#include <cmath>

namespace xgrad::examples {

Tensor solve_positive_definite(const Tensor& a, const Tensor& b) {
  const std::size_t n = static_cast<std::size_t>(b.size());
  std::vector<double> l = a.to_vector<double>(), x = b.to_vector<double>();
  const auto at = [&](std::size_t i, std::size_t j) -> double& { return l[i * n + j]; };
  for (std::size_t j = 0; j < n; ++j) {  // L in place of A's lower triangle, column by column
    for (std::size_t k = 0; k < j; ++k)
      for (std::size_t i = j; i < n; ++i) at(i, j) -= at(i, k) * at(j, k);
    if (!(at(j, j) > 0)) throw Error("solve_positive_definite: the matrix is not positive definite");
    const double root = std::sqrt(at(j, j));
    for (std::size_t i = j; i < n; ++i) at(i, j) /= root;
  }
  for (std::size_t i = 0; i < n; ++i) {  // L y = b
    for (std::size_t k = 0; k < i; ++k) x[i] -= at(i, k) * x[k];
    x[i] /= at(i, i);
  }
  for (std::size_t i = n; i-- > 0;) {  // L^T x = y
    for (std::size_t k = i + 1; k < n; ++k) x[i] -= at(k, i) * x[k];
    x[i] /= at(i, i);
  }
  return tensor(x, {b.size()});
}

}  // namespace xgrad::examples
