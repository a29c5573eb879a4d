#pragma once

#include <string>

#include <autograd/ops/conv.hpp>
#include <autograd/ops/interpolate.hpp>
#include <nn/module.hpp>

#pragma GCC visibility push(default)
/// Layers without parameters that take images apart, put them together, or bring them to another size.
namespace xgrad::nn {

/// The windows of images as columns: xgrad::unfold.
class Unfold : public Module {
 public:
  explicit Unfold(const Pair& kernel_size, const UnfoldOptions& options = {});

  Tensor forward(const Tensor& x) const override;
  std::string arguments() const override;

 private:
  Pair kernel_size_;
  UnfoldOptions options_;
};

/// Columns added up where their windows lie: xgrad::fold.
class Fold : public Module {
 public:
  Fold(const Pair& output_size, const Pair& kernel_size, const UnfoldOptions& options = {});

  Tensor forward(const Tensor& x) const override;
  std::string arguments() const override;

 private:
  Pair output_size_;
  Pair kernel_size_;
  UnfoldOptions options_;
};

/// Channels that become places: xgrad::pixel_shuffle. Throws Error on factors below 1.
class PixelShuffle : public Module {
 public:
  explicit PixelShuffle(std::int64_t upscale_factor);

  Tensor forward(const Tensor& x) const override;
  std::string arguments() const override;

 private:
  std::int64_t upscale_factor_;
};

/// Places that become channels: xgrad::pixel_unshuffle. Throws Error on factors below 1.
class PixelUnshuffle : public Module {
 public:
  explicit PixelUnshuffle(std::int64_t downscale_factor);

  Tensor forward(const Tensor& x) const override;
  std::string arguments() const override;

 private:
  std::int64_t downscale_factor_;
};

/// Channels of several groups mixed: xgrad::channel_shuffle. Throws Error on less than one group.
class ChannelShuffle : public Module {
 public:
  explicit ChannelShuffle(std::int64_t groups);

  Tensor forward(const Tensor& x) const override;
  std::string arguments() const override;

 private:
  std::int64_t groups_;
};

/// Inputs of another size: xgrad::interpolate. Throws Error unless one of size and scale_factor is given.
class Upsample : public Module {
 public:
  explicit Upsample(const InterpolateOptions& options) : Upsample("Upsample", options) {}

  Tensor forward(const Tensor& x) const override;
  std::string arguments() const override;

 protected:
  Upsample(std::string type_name, const InterpolateOptions& options);

 private:
  InterpolateOptions options_;
};

struct UpsamplingOptions {
  std::vector<std::int64_t> size = {};
  std::vector<double> scale_factor = {};
};

/// Upsample of images (N, C, H, W) in the mode `nearest`.
class UpsamplingNearest2d : public Upsample {
 public:
  explicit UpsamplingNearest2d(const UpsamplingOptions& options)
      : Upsample("UpsamplingNearest2d", {.size = options.size, .scale_factor = options.scale_factor}) {}
};

/// Upsample of images (N, C, H, W) in the mode `bilinear`, with align_corners.
class UpsamplingBilinear2d : public Upsample {
 public:
  explicit UpsamplingBilinear2d(const UpsamplingOptions& options)
      : Upsample("UpsamplingBilinear2d", {.size = options.size,
                                          .scale_factor = options.scale_factor,
                                          .mode = InterpolationMode::bilinear,
                                          .align_corners = true}) {}
};

}  // namespace xgrad::nn
#pragma GCC visibility pop
