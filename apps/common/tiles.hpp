#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <apps/common/axis.hpp>
#include <apps/common/canvas.hpp>

namespace xgrad::apps {

/// How numbers become colours: from black to white, or from blue over white, which is the middle of the range, to red.
enum class TileColours { grey, diverging };

/// Small images in rows and columns, as digits or filters are shown.
struct TileGrid {
  std::string title;
  std::int64_t height = 0, width = 0;  ///< of each, in pixels
  Range range = {0, 1};                ///< of their values; those outside have the colours of its ends
  TileColours colours = TileColours::grey;
  std::int64_t columns = 10;

  struct Tile {
    std::vector<float> values;  ///< row by row
    std::string caption = {};
  };
  std::vector<Tile> tiles;
};

/// Draws the tiles and writes `stem`.svg and `stem`.png. Throws Error where a tile has another number of values than
/// height x width, and where the files cannot be written.
void save_tiles(const std::filesystem::path& stem, const TileGrid& grid);

/// Draws a confusion matrix, counts[label][prediction], with each count and colours by its share of its row, and writes
/// `stem`.svg and `stem`.png. Throws Error where the matrix is not square, and where the files cannot be written.
void save_confusion(const std::filesystem::path& stem, const std::string& title,
                    const std::vector<std::vector<std::int64_t>>& counts);

}  // namespace xgrad::apps
