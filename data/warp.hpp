#pragma once

#include <span>
#include <vector>

#include <data/transform.hpp>

#pragma GCC visibility push(default)
namespace xgrad::data::detail {

/// The picture with the values of other points: pixel i of the result, row by row, is the picture at column x[i] and
/// row y[i], in pixels, where whole numbers are the centres of pixels. Outside is `fill`, one number or one for each
/// channel; bilinear values next to the border are a mixture. Throws Error, which `where` begins, where there are other
/// numbers of channels, or more pixels than 2^30.
void warp(const char* where, Picture& picture, Resampling interpolation, const std::vector<double>& fill,
          std::span<const float> x, std::span<const float> y);

void check_resampling(const char* where, Resampling interpolation);

}  // namespace xgrad::data::detail
#pragma GCC visibility pop
