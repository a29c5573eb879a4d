#include <doctest/doctest.h>

#include "misuse/lists.hpp"

namespace xgrad::test {

Probes window_probes() {
  const Tensor images = ones({2, 2, 5, 4}), signals = ones({2, 2, 5}), bias = ones({4});
  const Tensor bank = ones({4, 2, 3, 2}), rows = ones({4, 2, 3}), back = ones({2, 4, 3, 2});
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
          {"adaptive_avg_pool2d", "avg_pool2d"},
          [](const Tensor& x, const Pair& size) { return adaptive_avg_pool2d(x, size); }, images, Pair(2, 3)),
      probe(
          "upsample_nearest2d", [](const Tensor& x, const Pair& scale) { return upsample_nearest2d(x, scale); }, images,
          Pair(2, 3)),
  };
}

TEST_CASE("convolution and pooling stand wrong calls") { run(window_probes()); }

}  // namespace xgrad::test
