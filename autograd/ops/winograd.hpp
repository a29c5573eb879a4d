#pragma once

#include <autograd/kernel/winograd.hpp>
#include <autograd/ops/window.hpp>

#pragma GCC visibility push(default)  // for nn/onnx/
/// Winograd's convolution F(4 x 4, 3 x 3): see autograd/kernel/winograd.hpp.
namespace xgrad::ops {

/// Tiles of images: attributes of the primitives.
struct TileAttributes {
  std::int64_t down, across;  ///< how many there are
  std::int64_t top, left;     ///< how far outside of the image the first window begins; 0 for blocks
};

/// Whether a convolution of so many channels in each way, with windows that lie so, is computed this way. Neither the
/// number of images counts, nor how many threads run.
bool winograd_pays(std::int64_t channels, std::int64_t out, const WindowGrid& windows, DType dtype);

/// While it is alive, `winograd_pays` is false on this thread, and convolutions are recorded as the products of windows
/// that define them: for those who count these.
class DirectConvolutions {
 public:
  DirectConvolutions() noexcept;
  DirectConvolutions(const DirectConvolutions&) = delete;
  DirectConvolutions& operator=(const DirectConvolutions&) = delete;
  ~DirectConvolutions();
};

/// The convolution of x (N, C, H, W) with weights (O, C, 3, 3), where every window is 3 x 3 elements next to each other
/// and windows begin at every element: (N, O, windows down, windows across). It is a product for each of 36 points,
/// between three transforms that are linear, so its derivatives follow from theirs.
Tensor winograd_convolution(const Tensor& x, const Tensor& weight, const WindowGrid& windows);

}  // namespace xgrad::ops
#pragma GCC visibility pop
