#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <apps/common/plot.hpp>

/// Pieces that the drawings of all plots are made of.
namespace xgrad::apps {

inline constexpr Colour ink = {0.13, 0.13, 0.13};
inline constexpr Colour muted = {0.35, 0.35, 0.35};
inline constexpr Colour axis_colour = {0.35, 0.35, 0.35};
inline constexpr Colour grid_colour = {0.90, 0.90, 0.90};

inline constexpr TextStyle title_style = {.size = 15, .weight = Weight::bold};
inline constexpr TextStyle label_style = {.size = 13, .align = Align::centre};
inline constexpr TextStyle tick_style = {.size = 12};

/// Where boxes of these widths begin that follow each other in lines of at most `room`: x from the left, y the number
/// of the line, from 0. A box wider than the room has a line to itself.
std::vector<Point> flow(std::span<const double> widths, double gap, double room);

/// For each stretch of a line, in order, the lowest level (from 0) on which it touches none of those before it.
std::vector<std::size_t> levels(std::span<const Interval> stretches, double gap);

/// The text, or as much of its beginning as is not wider than `room`, with an ellipsis.
std::string fitted(std::string_view text, double room, const TextStyle& style = {});

/// The text in lines that are not wider than `room`, broken between words.
std::vector<std::string> text_lines(std::string_view text, double room, const TextStyle& style = {});

/// As many ticks, of at most `count`, as have room for their labels beside each other on a length of `room`.
std::vector<Tick> ticks_across(Range range, Scale scale, int count, double room, const TextStyle& style = tick_style);

/// The width of the widest label.
double widest(const std::vector<Tick>& ticks, const TextStyle& style = tick_style);

/// Draws the lines of a title downwards, with the first baseline at `anchor`.
void draw_title(Canvas& canvas, Point anchor, const std::vector<std::string>& lines);
inline constexpr double title_line = 19;

/// Draws ticks and their labels below an area, and the axis' label below them.
void draw_x_axis(Canvas& canvas, Box area, Range range, Scale scale, const std::string& label);

}  // namespace xgrad::apps
