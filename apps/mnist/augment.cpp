#include <apps/mnist/augment.hpp>

#include <numbers>

#include <autograd/ops.hpp>
#include <autograd/tape.hpp>

namespace xgrad::apps {

Tensor augmented(const Tensor& images, const Augmentation& augmentation, Generator& generator) {
  constexpr std::int64_t side = 28;
  const std::int64_t n = images.size(0);
  const auto within = [&](double bound) { return uniform(-bound, bound, {n}, float32, generator); };
  const Tensor angle = within(augmentation.degrees * std::numbers::pi / 180), shear = within(augmentation.shear);
  const Tensor width = 1 + within(augmentation.scale), height = 1 + within(augmentation.scale);
  // affine_grid's units: from -1 to 1 across the image.
  const Tensor right = within(2 * augmentation.shift / side), down = within(2 * augmentation.shift / side);
  const Tensor c = cos(angle), s = sin(angle);
  // Where each pixel of the result comes from: rotation times shear times scale.
  const Tensor first = stack({c * width, (c * shear - s) * height, right}, 1);
  const Tensor second = stack({s * width, (s * shear + c) * height, down}, 1);
  const Tensor grid = affine_grid(stack({first, second}, 1), {n, 1, side, side});
  return stop_gradient(grid_sample(images.reshape({n, 1, side, side}), grid).reshape(images.shape()));
}

}  // namespace xgrad::apps
