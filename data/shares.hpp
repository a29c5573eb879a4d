#pragma once

#include <cstdint>
#include <vector>

#pragma GCC visibility push(default)
/// Which pixels of an axis make up those of a longer or shorter one, for the library's own files.
namespace xgrad::data::detail {

/// What an output pixel is made of: so many input pixels from `begin` on, with their weights, which add up to 1.
struct Share {
  std::int64_t begin = 0;
  std::vector<float> weights = {};
};

/// Of an axis of `in` pixels: a part from `from` on, in which there are `scale` of them for each of `out` new ones. The
/// weights are a triangle around the middle of the new pixel that reaches `reach` pixels far, 1 or more: with the
/// larger of scale and 1 it is the antialiased bilinear filter of PIL and of PyTorch's interpolate.
std::vector<Share> triangle_shares(std::int64_t in, double from, double scale, std::int64_t out, double reach);

}  // namespace xgrad::data::detail
#pragma GCC visibility pop
