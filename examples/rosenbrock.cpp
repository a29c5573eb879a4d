#include <examples/rosenbrock.hpp>

#include <autograd/ops.hpp>

namespace xgrad::examples {

Tensor rosenbrock(const Tensor& x) {
  const Tensor head = slice(x, 0, 0, x.size() - 1), tail = slice(x, 0, 1, x.size());
  return sum(100 * square(tail - square(head)) + square(1 - head));
}

Tensor rosenbrock_start(std::int64_t n) {
  return make_tensor<double>({n}, [](std::span<double> x) {
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = i % 2 == 0 ? -1.2 : 1;
  });
}

}  // namespace xgrad::examples
