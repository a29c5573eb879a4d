#include <apps/common/colours.hpp>

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace xgrad::apps {

std::span<const Colour> heat_colours() {
  // Oklab: lightness from 0.26 to 0.92 in even steps, hue from 296 to 103 degrees, chroma as large as sRGB has there.
  static constexpr Colour colours[] = {
      {0.173, 0.040, 0.344}, {0.177, 0.112, 0.406}, {0.171, 0.176, 0.463}, {0.153, 0.238, 0.514}, {0.122, 0.301, 0.559},
      {0.005, 0.370, 0.587}, {0.006, 0.434, 0.585}, {0.000, 0.496, 0.594}, {0.043, 0.556, 0.601}, {0.009, 0.618, 0.610},
      {0.010, 0.681, 0.607}, {0.173, 0.739, 0.587}, {0.323, 0.792, 0.553}, {0.493, 0.834, 0.496}, {0.656, 0.869, 0.433},
      {0.818, 0.894, 0.371}, {0.977, 0.912, 0.325}};
  return colours;
}

Colour heat_colour(double place) {
  const auto colours = heat_colours();
  const double at = std::clamp(place, 0.0, 1.0) * static_cast<double>(colours.size() - 1);
  const auto below = std::min(static_cast<std::size_t>(at), colours.size() - 2);
  const double share = at - static_cast<double>(below);
  const Colour from = colours[below], to = colours[below + 1];
  return {std::lerp(from.red, to.red, share), std::lerp(from.green, to.green, share),
          std::lerp(from.blue, to.blue, share)};
}

std::string hex(Colour colour) {
  const auto byte = [](double part) { return static_cast<int>(std::lround(255 * std::clamp(part, 0.0, 1.0))); };
  return fmt::format("#{:02x}{:02x}{:02x}", byte(colour.red), byte(colour.green), byte(colour.blue));
}

}  // namespace xgrad::apps
