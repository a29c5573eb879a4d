#pragma once

#include <span>
#include <string>

#include <apps/common/canvas.hpp>

namespace xgrad::apps {

/// Colours that stay apart for colour-blind readers and in grey (Okabe and Ito, "Color universal design", 2008).
namespace palette {
inline constexpr Colour blue = {0.00, 0.45, 0.70};
inline constexpr Colour vermilion = {0.84, 0.37, 0.00};
inline constexpr Colour green = {0.00, 0.62, 0.45};
inline constexpr Colour purple = {0.80, 0.47, 0.65};
inline constexpr Colour orange = {0.90, 0.62, 0.00};
inline constexpr Colour grey = {0.55, 0.55, 0.55};
inline constexpr Colour sky = {0.34, 0.71, 0.91};
}  // namespace palette

/// Colours of the values of a heat map, from its low end (dark violet) over green to its high one (yellow). In Oklab
/// (Ottosson, "A perceptual color space for image processing", 2020) their lightness rises evenly, and neighbours are
/// about equally far apart.
std::span<const Colour> heat_colours();

/// The colour at a place from 0 to 1 among heat_colours, those between two interpolated; beyond the ends, the ends'.
Colour heat_colour(double place);

/// "#0072b2", without the opacity.
std::string hex(Colour colour);

}  // namespace xgrad::apps
