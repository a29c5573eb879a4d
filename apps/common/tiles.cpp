#include <apps/common/tiles.hpp>

#include <algorithm>
#include <cmath>
#include <numeric>

#include <fmt/format.h>

#include <autograd/error.hpp>

namespace xgrad::apps {

namespace {

constexpr double margin = 24, gap = 8, tile_side = 56, caption_height = 14;
constexpr Colour muted = {0.35, 0.35, 0.35};

Colour between(Colour a, Colour b, double share) {
  const auto mix = [&](double x, double y) { return x + share * (y - x); };
  return {mix(a.red, b.red), mix(a.green, b.green), mix(a.blue, b.blue)};
}

Colour colour_of(double value, Range range, TileColours colours) {
  constexpr Colour black = {0, 0, 0}, white = {1, 1, 1}, low = {0.13, 0.40, 0.67}, high = {0.70, 0.09, 0.17};
  const double share = std::isfinite(value) ? std::clamp(place(value, range, Scale::linear), 0.0, 1.0) : 0.5;
  if (colours == TileColours::grey) return between(black, white, share);
  return share < 0.5 ? between(low, white, 2 * share) : between(white, high, 2 * share - 1);
}

}  // namespace

void save_tiles(const std::filesystem::path& stem, const TileGrid& grid) {
  for (const TileGrid::Tile& tile : grid.tiles)
    if (std::ssize(tile.values) != grid.height * grid.width)
      fail("save_tiles",
           fmt::format("a tile has {} values; expected {} x {}", tile.values.size(), grid.height, grid.width));
  const auto columns = static_cast<std::size_t>(std::max<std::int64_t>(grid.columns, 1));
  const std::size_t rows = (grid.tiles.size() + columns - 1) / columns;
  const bool captions = std::ranges::any_of(grid.tiles, [](const auto& tile) { return !tile.caption.empty(); });
  const double across = tile_side + gap, down = tile_side + gap + (captions ? caption_height : 0);
  const double shown = static_cast<double>(std::min(columns, std::max<std::size_t>(grid.tiles.size(), 1)));
  const double width = std::max(2 * margin + shown * across - gap, 360.0);
  const double height = 44 + static_cast<double>(rows) * down + margin - gap;
  save_drawing(stem, width, height, [&](Canvas& canvas) {
    canvas.text({margin, 26}, grid.title, {.size = 15, .weight = Weight::bold});
    for (std::size_t i = 0; i < grid.tiles.size(); ++i) {
      const Box box = {margin + static_cast<double>(i % columns) * across, 44 + static_cast<double>(i / columns) * down,
                       tile_side, tile_side};
      canvas.image(box, static_cast<int>(grid.width), static_cast<int>(grid.height), [&](int row, int column) {
        return colour_of(grid.tiles[i].values[static_cast<std::size_t>(row * grid.width + column)], grid.range,
                         grid.colours);
      });
      if (captions)
        canvas.text({box.left + box.width / 2, box.bottom() + 11}, grid.tiles[i].caption,
                    {.size = 10, .align = Align::centre, .colour = muted});
    }
  });
}

void save_confusion(const std::filesystem::path& stem, const std::string& title,
                    const std::vector<std::vector<std::int64_t>>& counts) {
  for (const auto& row : counts)
    if (row.size() != counts.size())
      fail("save_confusion",
           fmt::format("a row of {} counts; expected {}, one for each label", row.size(), counts.size()));
  constexpr double left = 70, top = 44, cell = 46;
  constexpr Colour white = {1, 1, 1}, right = {0.00, 0.45, 0.70}, wrong = {0.84, 0.37, 0.00};
  const auto side = static_cast<double>(counts.size()) * cell;
  save_drawing(stem, std::max(left + side + margin, 360.0), top + side + 50, [&](Canvas& canvas) {
    canvas.text({margin, 26}, title, {.size = 15, .weight = Weight::bold});
    for (std::size_t label = 0; label < counts.size(); ++label) {
      const double y = top + static_cast<double>(label) * cell;
      const auto total = static_cast<double>(std::reduce(counts[label].begin(), counts[label].end()));
      canvas.text({left - 10, y + cell / 2 + 4}, std::to_string(label), {.align = Align::right});
      canvas.text({left + (static_cast<double>(label) + 0.5) * cell, top + side + 18}, std::to_string(label),
                  {.align = Align::centre});
      for (std::size_t prediction = 0; prediction < counts.size(); ++prediction) {
        const std::int64_t count = counts[label][prediction];
        const double share = total > 0 ? static_cast<double>(count) / total : 0;
        const bool is_right = label == prediction;
        // Mistakes are few: a root makes them visible.
        const double depth = is_right ? 0.15 + 0.75 * share : std::min(1.0, 3 * std::sqrt(share) * (count > 0 ? 1 : 0));
        const double x = left + static_cast<double>(prediction) * cell;
        canvas.fill({x + 1, y + 1, cell - 2, cell - 2}, between(white, is_right ? right : wrong, depth));
        if (count > 0)
          canvas.text({x + cell / 2, y + cell / 2 + 4}, std::to_string(count),
                      {.align = Align::centre, .colour = depth > 0.55 ? white : Colour{0.13, 0.13, 0.13}});
      }
    }
    canvas.text({left + side / 2, top + side + 40}, "prediction", {.size = 13, .align = Align::centre});
    canvas.text({margin, top + side / 2}, "label",
                {.size = 13, .align = Align::centre, .direction = Direction::upwards});
  });
}

}  // namespace xgrad::apps
