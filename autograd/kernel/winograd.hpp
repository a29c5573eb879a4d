#pragma once

#include <cstdint>

/// The transforms of Winograd's convolution F(4 x 4, 3 x 3): tiles of 4 x 4 results out of windows of 6 x 6 elements,
/// with 36 multiplications for each pair of channels instead of 144 (Lavin and Gray, Fast Algorithms for Convolutional
/// Neural Networks, 2016). The points are 0, 3/4, -3/4, 3/2, -3/2 and infinity, whose powers are exact: float32 results
/// have half the error that the usual points 1, -1, 2, -2 give (docs/performance.md).
namespace xgrad::ops {

/// Which squares of an image the tiles are made of.
enum class TileKind : std::int64_t {
  windows,  ///< of 6 x 6 elements that begin every 4: of the data; B' d B of each
  blocks,   ///< of 4 x 4 elements side by side: of the results; A y A' of each
};

inline constexpr std::int64_t tile_size = 4;       ///< results of a tile, each way
inline constexpr std::int64_t tile_points = 6;     ///< products of a tile, each way
inline constexpr std::int64_t tile_products = 36;  ///< products of a tile

/// One channel of images and of their tiles. Rows of an image lie next to each other. Product f of tile number k,
/// counted through all images, is at tiles + f * product_step + k.
template <class T>
struct Tiling {
  TileKind kind;
  std::int64_t count;          ///< images
  std::int64_t height, width;  ///< of an image
  std::int64_t down, across;   ///< tiles of an image
  std::int64_t top, left;      ///< how far outside of the image the first window begins
  T* images;
  std::int64_t image_step;
  T* tiles;
  std::int64_t product_step;
};

/// Writes the tiles; elements outside of the images are zero.
template <class T>
using SplitTiles = void (*)(const Tiling<T>& tiling);
/// The adjoint: writes the images, in which what tiles give to one element adds up.
template <class T>
using JoinTiles = void (*)(const Tiling<T>& tiling);

/// The kernels for this processor.
template <class T>
SplitTiles<T> split_tiles();
template <class T>
JoinTiles<T> join_tiles();

namespace baseline {
void split_tiles(const Tiling<float>& tiling);
void split_tiles(const Tiling<double>& tiling);
void join_tiles(const Tiling<float>& tiling);
void join_tiles(const Tiling<double>& tiling);
}  // namespace baseline
namespace avx2 {
void split_tiles(const Tiling<float>& tiling);
void split_tiles(const Tiling<double>& tiling);
void join_tiles(const Tiling<float>& tiling);
void join_tiles(const Tiling<double>& tiling);
}  // namespace avx2
namespace avx512 {
void split_tiles(const Tiling<float>& tiling);
void split_tiles(const Tiling<double>& tiling);
void join_tiles(const Tiling<float>& tiling);
void join_tiles(const Tiling<double>& tiling);
}  // namespace avx512

}  // namespace xgrad::ops
