#pragma once

#include <cstdint>
#include <vector>

#include <autograd/operand.hpp>
#include <autograd/ops/spatial.hpp>
#include <autograd/shape.hpp>
#include <autograd/tensor.hpp>

#pragma GCC visibility push(default)
/// Images at other places than those of their elements, and elements that move between channels and places, with
/// PyTorch's names, coordinates and defaults. Inputs of interpolation are float32 or float64. Derivatives of any order
/// exist.
namespace xgrad {

/// How values between elements are found.
enum class InterpolationMode {
  nearest,        ///< the element at floor(i scale), as PyTorch's and OpenCV's
  linear,         ///< of (N, C, L)
  bilinear,       ///< of (N, C, H, W)
  bicubic,        ///< of (N, C, H, W), by the cubic convolution kernel with a = -0.75 (Keys, 1981)
  trilinear,      ///< of (N, C, D, H, W)
  area,           ///< adaptive_avg_pool
  nearest_exact,  ///< the element at floor((i + 0.5) scale), as Pillow's and scikit-image's
};

struct InterpolateOptions {
  /// Spatial extents of the result, one for each axis or one for all: `size` or `scale_factor` must be given.
  std::vector<std::int64_t> size = {};
  /// The result has floor(n scale_factor) places for n; one number for each axis or one for all.
  std::vector<double> scale_factor = {};
  InterpolationMode mode = InterpolationMode::nearest;
  /// Whether the centres of the corner elements coincide; else the corners' outer edges do. For linear to trilinear.
  bool align_corners = false;
  /// Whether coordinates follow from the extents also where a scale_factor is given, which may be a little different.
  bool recompute_scale_factor = false;
};

/// x with other spatial extents, its values interpolated. (N, C, L), (N, C, H, W) or (N, C, D, H, W), with extents of
/// at least 1. Throws Error where both or none of size and scale_factor are given, or as many numbers as do not fit the
/// axes; on sizes out of 1 to 2^31 - 1; on a mode of another number of axes, and on align_corners for modes that have
/// none.
Tensor interpolate(const Operand& x, const InterpolateOptions& options);
/// Every element repeated scale.height times down and scale.width times across: (N, C, H, W) to
/// (N, C, H scale.height, W scale.width). Throws Error on scales below 1.
Tensor upsample_nearest2d(const Operand& x, const Pair& scale);

/// How values between the elements of an image are found: as in interpolate().
enum class GridSampleMode { bilinear, nearest, bicubic };

/// Values outside of an image.
enum class GridPadding {
  zeros,
  border,      ///< the nearest element of the border
  reflection,  ///< the image reflected at its border, as often as needed
};

struct GridSampleOptions {
  GridSampleMode mode = GridSampleMode::bilinear;  ///< trilinear for volumes
  GridPadding padding_mode = GridPadding::zeros;
  /// Whether -1 and 1 are the centres of the corner elements, or their outer edges.
  bool align_corners = false;
};

/// x at the places that a grid names: (N, C, H, W) and grid (N, H', W', 2) to (N, C, H', W'), or (N, C, D, H, W) and
/// (N, D', H', W', 3) to (N, C, D', H', W'). The last axis of the grid holds the place (x, y) or (x, y, z), from -1
/// (left, top, front) to 1. Differentiable in x and in the grid. A place that is NaN gives 0. Throws Error on images
/// without elements, where the batches differ, and on bicubic for volumes.
Tensor grid_sample(const Operand& x, const Operand& grid, const GridSampleOptions& options = {});

struct AffineGridOptions {
  /// As in GridSampleOptions.
  bool align_corners = false;
};

/// The grid for grid_sample of an affine map: theta (N, 2, 3) and size (N, C, H, W) to (N, H, W, 2), or theta (N, 3, 4)
/// and size (N, C, D, H, W) to (N, D, H, W, 3). Place p of the result is theta (p, 1). Throws Error where theta and
/// size do not fit each other.
Tensor affine_grid(const Operand& theta, const Shape& size, const AffineGridOptions& options = {});

/// (..., C r r, H, W) to (..., C, H r, W r): channels become places (Shi et al., 2016). Any dtype. Throws Error unless
/// the factor r is positive and the channels are a multiple of its square.
Tensor pixel_shuffle(const Operand& x, std::int64_t upscale_factor);
/// The inverse: (..., C, H r, W r) to (..., C r r, H, W). Throws Error unless r is positive and divides H and W.
Tensor pixel_unshuffle(const Operand& x, std::int64_t downscale_factor);
/// (N, C, ...) with channels that were ordered by (group, channel in it) ordered by (channel in it, group) (Zhang et
/// al., 2018). Any dtype. Throws Error unless `groups` is positive and divides C.
Tensor channel_shuffle(const Operand& x, std::int64_t groups);

}  // namespace xgrad
#pragma GCC visibility pop
