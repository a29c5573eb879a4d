#include <doctest/doctest.h>

#include "misuse/lists.hpp"

namespace xgrad::test {

Probes window_probes() {
  const Tensor images = ones({2, 2, 5, 4}), signals = ones({2, 2, 5}), bias = ones({4});
  const Tensor bank = ones({4, 2, 3, 2}), rows = ones({4, 2, 3}), back = ones({2, 4, 3, 2});
  const Tensor volumes = ones({1, 2, 2, 3, 3});
  const std::int64_t two = 2;
  return {
      probe(
          {"conv2d", "matmul"},
          [](const Tensor& x, const Tensor& w, const Tensor& b, const Conv2dOptions& options) {
            return conv2d(x, w, b, options);
          },
          images, bank, bias, Conv2dOptions{}),
      probe(
          {"conv1d", "matmul"},
          [](const Tensor& x, const Tensor& w, const Tensor& b, const Conv1dOptions& options) {
            return conv1d(x, w, b, options);
          },
          signals, rows, bias, Conv1dOptions{}),
      probe(
          {"conv_transpose2d", "matmul"},
          [](const Tensor& x, const Tensor& w, const Tensor& b, const ConvTranspose2dOptions& options) {
            return conv_transpose2d(x, w, b, options);
          },
          images, back, bias, ConvTranspose2dOptions{}),
      probe(
          "unfold",
          [](const Tensor& x, const Pair& kernel, const UnfoldOptions& options) { return unfold(x, kernel, options); },
          images, Pair(2, 3), UnfoldOptions{}),
      probe(
          "fold",
          [](const Tensor& x, const Pair& size, const Pair& kernel, const UnfoldOptions& options) {
            return fold(x, size, kernel, options);
          },
          ones({2, 12, 8}), Pair(5, 4), Pair(2, 3), UnfoldOptions{}),
      probe(
          "max_pool2d",
          [](const Tensor& x, const Pair& kernel, const MaxPool2dOptions& options) {
            return max_pool2d(x, kernel, options);
          },
          images, Pair(2, 2), MaxPool2dOptions{}),
      probe(
          "max_pool1d",
          [](const Tensor& x, std::int64_t kernel, const MaxPool1dOptions& options) {
            return max_pool1d(x, kernel, options);
          },
          signals, two, MaxPool1dOptions{}),
      probe(
          "avg_pool2d",
          [](const Tensor& x, const Pair& kernel, const AvgPool2dOptions& options) {
            return avg_pool2d(x, kernel, options);
          },
          images, Pair(2, 2), AvgPool2dOptions{}),
      probe(
          "avg_pool1d",
          [](const Tensor& x, std::int64_t kernel, const AvgPool1dOptions& options) {
            return avg_pool1d(x, kernel, options);
          },
          signals, two, AvgPool1dOptions{}),
      probe(
          "adaptive_avg_pool2d",
          [](const Tensor& x, const AdaptiveSize2d& size) { return adaptive_avg_pool2d(x, size); }, images,
          AdaptiveSize2d(2, 3)),
      probe(
          "upsample_nearest2d", [](const Tensor& x, const Pair& scale) { return upsample_nearest2d(x, scale); }, images,
          Pair(2, 3)),
      probe(
          {"conv3d", "matmul"},
          [](const Tensor& x, const Tensor& w, const Tensor& b, const Conv3dOptions& options) {
            return conv3d(x, w, b, options);
          },
          volumes, ones({4, 2, 1, 3, 2}), bias, Conv3dOptions{}),
      probe(
          {"conv_transpose1d", "matmul"},
          [](const Tensor& x, const Tensor& w, const Tensor& b, const ConvTranspose1dOptions& options) {
            return conv_transpose1d(x, w, b, options);
          },
          signals, ones({2, 4, 3}), bias, ConvTranspose1dOptions{}),
      probe(
          {"conv_transpose3d", "matmul"},
          [](const Tensor& x, const Tensor& w, const Tensor& b, const ConvTranspose3dOptions& options) {
            return conv_transpose3d(x, w, b, options);
          },
          volumes, ones({2, 4, 1, 3, 2}), bias, ConvTranspose3dOptions{}),
      probe(
          "max_pool3d",
          [](const Tensor& x, const Triple& kernel, const MaxPool3dOptions& options) {
            return max_pool3d(x, kernel, options);
          },
          volumes, Triple(2, 2, 2), MaxPool3dOptions{}),
      probe(
          "avg_pool3d",
          [](const Tensor& x, const Triple& kernel, const AvgPool3dOptions& options) {
            return avg_pool3d(x, kernel, options);
          },
          volumes, Triple(2, 2, 2), AvgPool3dOptions{}),
      probe(
          "max_pool1d_with_indices",
          [](const Tensor& x, std::int64_t kernel, const MaxPool1dOptions& options) {
            return max_pool1d_with_indices(x, kernel, options);
          },
          signals, two, MaxPool1dOptions{}),
      probe(
          "max_pool2d_with_indices",
          [](const Tensor& x, const Pair& kernel, const MaxPool2dOptions& options) {
            return max_pool2d_with_indices(x, kernel, options);
          },
          images, Pair(2, 2), MaxPool2dOptions{}),
      probe(
          "max_pool3d_with_indices",
          [](const Tensor& x, const Triple& kernel, const MaxPool3dOptions& options) {
            return max_pool3d_with_indices(x, kernel, options);
          },
          volumes, Triple(2, 2, 2), MaxPool3dOptions{}),
      probe(
          "max_unpool1d",
          [](const Tensor& x, const Tensor& indices, std::int64_t kernel, const MaxUnpool1dOptions& options) {
            return max_unpool1d(x, indices, kernel, options);
          },
          signals, zeros(signals.shape(), int64), two, MaxUnpool1dOptions{}),
      probe(
          "max_unpool2d",
          [](const Tensor& x, const Tensor& indices, const Pair& kernel, const MaxUnpool2dOptions& options) {
            return max_unpool2d(x, indices, kernel, options);
          },
          images, zeros(images.shape(), int64), Pair(2, 2), MaxUnpool2dOptions{}),
      probe(
          "max_unpool3d",
          [](const Tensor& x, const Tensor& indices, const Triple& kernel, const MaxUnpool3dOptions& options) {
            return max_unpool3d(x, indices, kernel, options);
          },
          volumes, zeros(volumes.shape(), int64), Triple(2, 2, 2), MaxUnpool3dOptions{}),
      probe(
          "lp_pool1d",
          [](const Tensor& x, double norm, std::int64_t kernel, const LPPool1dOptions& options) {
            return lp_pool1d(x, norm, kernel, options);
          },
          signals, 2.0, two, LPPool1dOptions{}),
      probe(
          "lp_pool2d",
          [](const Tensor& x, double norm, const Pair& kernel, const LPPool2dOptions& options) {
            return lp_pool2d(x, norm, kernel, options);
          },
          images, 2.0, Pair(2, 2), LPPool2dOptions{}),
      probe(
          "adaptive_avg_pool1d", [](const Tensor& x, std::int64_t size) { return adaptive_avg_pool1d(x, size); },
          signals, two),
      probe(
          "adaptive_avg_pool3d",
          [](const Tensor& x, const AdaptiveSize3d& size) { return adaptive_avg_pool3d(x, size); }, volumes,
          AdaptiveSize3d(2, 3, 1)),
      probe(
          "adaptive_max_pool1d", [](const Tensor& x, std::int64_t size) { return adaptive_max_pool1d(x, size); },
          signals, two),
      probe(
          "adaptive_max_pool2d",
          [](const Tensor& x, const AdaptiveSize2d& size) { return adaptive_max_pool2d(x, size); }, images,
          AdaptiveSize2d(2, 3)),
      probe(
          "adaptive_max_pool3d",
          [](const Tensor& x, const AdaptiveSize3d& size) { return adaptive_max_pool3d(x, size); }, volumes,
          AdaptiveSize3d(2, 3, 1)),
      probe(
          "adaptive_max_pool1d_with_indices",
          [](const Tensor& x, std::int64_t size) { return adaptive_max_pool1d_with_indices(x, size); }, signals, two),
      probe(
          "adaptive_max_pool2d_with_indices",
          [](const Tensor& x, const AdaptiveSize2d& size) { return adaptive_max_pool2d_with_indices(x, size); }, images,
          AdaptiveSize2d(2, 3)),
      probe(
          "adaptive_max_pool3d_with_indices",
          [](const Tensor& x, const AdaptiveSize3d& size) { return adaptive_max_pool3d_with_indices(x, size); },
          volumes, AdaptiveSize3d(2, 3, 1)),
      probe(
          "local_response_norm",
          [](const Tensor& x, std::int64_t size, const LocalResponseNormOptions& options) {
            return local_response_norm(x, size, options);
          },
          images, two, LocalResponseNormOptions{}),
      probe(
          "interpolate", [](const Tensor& x, const InterpolateOptions& options) { return interpolate(x, options); },
          images, InterpolateOptions{.size = {3, 2}, .mode = InterpolationMode::bilinear}),
      probe(
          "interpolate", [](const Tensor& x, const InterpolateOptions& options) { return interpolate(x, options); },
          signals, InterpolateOptions{.scale_factor = {1.5}}),
      probe(
          "grid_sample",
          [](const Tensor& x, const Tensor& grid, const GridSampleOptions& options) {
            return grid_sample(x, grid, options);
          },
          images, ones({2, 3, 2, 2}), GridSampleOptions{}),
      probe(
          "affine_grid",
          [](const Tensor& theta, const Shape& size, const AffineGridOptions& options) {
            return affine_grid(theta, size, options);
          },
          ones({2, 2, 3}), Shape{2, 1, 3, 2}, AffineGridOptions{}),
      probe(
          "pixel_shuffle", [](const Tensor& x, std::int64_t factor) { return pixel_shuffle(x, factor); },
          ones({1, 4, 2, 3}), two),
      probe(
          "pixel_unshuffle", [](const Tensor& x, std::int64_t factor) { return pixel_unshuffle(x, factor); },
          ones({1, 1, 4, 2}), two),
      probe(
          "channel_shuffle", [](const Tensor& x, std::int64_t groups) { return channel_shuffle(x, groups); }, images,
          two),
  };
}

TEST_CASE("convolution and pooling stand wrong calls") { run(window_probes()); }

}  // namespace xgrad::test
