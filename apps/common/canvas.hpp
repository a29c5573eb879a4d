#pragma once

#include <filesystem>
#include <functional>
#include <span>
#include <string_view>

typedef struct _cairo cairo_t;  // NOLINT(bugprone-reserved-identifier): the name is cairo's

namespace xgrad::apps {

struct Colour {
  double red = 0, green = 0, blue = 0;
  double opacity = 1;
};

struct Point {
  double x = 0, y = 0;
};

struct Box {
  double left = 0, top = 0, width = 0, height = 0;

  double right() const noexcept { return left + width; }
  double bottom() const noexcept { return top + height; }
};

enum class Align { left, centre, right };
enum class Weight { normal, bold };
enum class Direction { across, upwards };
enum class Dash { none, dashed };

struct TextStyle {
  double size = 12;
  Align align = Align::left;
  Weight weight = Weight::normal;
  Direction direction = Direction::across;
  Colour colour = {0.13, 0.13, 0.13};
};

/// How long a text is on a page, in points.
double text_width(std::string_view text, const TextStyle& style = {});

/// A page to draw on: lengths in points, the origin at the upper left, y downwards.
class Canvas {
 public:
  explicit Canvas(cairo_t* context) noexcept : context_(context) {}

  void line(Point from, Point to, Colour colour, double width = 1);
  void polyline(std::span<const Point> points, Colour colour, double width, Dash dash = Dash::none);
  /// Fills what a closed line runs around.
  void area(std::span<const Point> outline, Colour colour);
  void dot(Point centre, double radius, Colour colour);
  void fill(Box box, Colour colour);
  /// Fills a box with slanting lines, which meet those of boxes beside it.
  void hatch(Box box, Colour colour);
  /// Draws an image of columns x rows pixels, without smoothing, over the whole box.
  void image(Box box, int columns, int rows, const std::function<Colour(int row, int column)>& colour);
  /// Sets text with its baseline at `anchor`, which is where `align` says: at its left end, centre or right end.
  void text(Point anchor, std::string_view text, const TextStyle& style = {});
  /// Draws with everything outside the box cut away.
  void clipped(Box box, const std::function<void()>& draw);

 private:
  cairo_t* context_;
};

/// Draws a page of width x height points on white and writes it as `stem`.svg and, with two pixels a point, `stem`.png,
/// each whole or not at all. Throws Error with cairo's or the system's reason.
void save_drawing(const std::filesystem::path& stem, double width, double height,
                  const std::function<void(Canvas&)>& draw);

}  // namespace xgrad::apps
