#include <apps/common/colours.hpp>

#include <doctest/doctest.h>

#include <cmath>

using namespace xgrad::apps;

namespace {

double linear(double part) { return part <= 0.04045 ? part / 12.92 : std::pow((part + 0.055) / 1.055, 2.4); }

/// CIE's L*, from 0 for black to 100 for white, for which the lightness of greys looks evenly spaced.
double lightness(Colour colour) {
  const double luminance = 0.2126 * linear(colour.red) + 0.7152 * linear(colour.green) + 0.0722 * linear(colour.blue);
  return 116 * std::cbrt(luminance) - 16;
}

}  // namespace

TEST_CASE("the colours of a heat map become lighter in even steps") {
  constexpr int steps = 20;
  const double whole = lightness(heat_colour(1)) - lightness(heat_colour(0));
  CHECK(whole > 70);
  // CIE's lightness and Oklab's are not quite the same.
  for (int i = 0; i < steps; ++i) {
    const double step = lightness(heat_colour((i + 1.0) / steps)) - lightness(heat_colour(1.0 * i / steps));
    CHECK(step > 0.7 * whole / steps);
    CHECK(step < 1.3 * whole / steps);
  }
}

TEST_CASE("places beyond the ends of a heat map's colours have the ends' colours") {
  CHECK(hex(heat_colour(-3)) == hex(heat_colours().front()));
  CHECK(hex(heat_colour(7)) == hex(heat_colours().back()));
  CHECK(hex(heat_colour(1)) == hex(heat_colours().back()));
}

TEST_CASE("colours are written as browsers read them") {
  CHECK(hex({0, 0.45, 0.7}) == "#0073b3");
  CHECK(hex({1, 1, 1, 0.5}) == "#ffffff");
}
