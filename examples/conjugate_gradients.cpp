#include <examples/conjugate_gradients.hpp>

#include <autograd/ops.hpp>

namespace xgrad::examples {

Tensor conjugate_gradients(const TensorFunction& product, const Tensor& b, const ConjugateGradientsOptions& options) {
  Tensor x = zeros_like(b), residual = b, direction = b, square_norm = dot(b, b);
  const double enough = options.tolerance * options.tolerance * square_norm.item();
  for (int i = 0; i < options.max_iterations && square_norm.item() > enough; ++i) {
    const Tensor image = product(direction);
    const Tensor step = square_norm / dot(direction, image);
    x = x + step * direction;
    residual = residual - step * image;
    const Tensor previous = square_norm;
    square_norm = dot(residual, residual);
    direction = residual + square_norm / previous * direction;
    eval({x, residual, direction, square_norm});
  }
  return x;
}

}  // namespace xgrad::examples
