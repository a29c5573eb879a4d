#include <apps/common/canvas.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <memory>
#include <numbers>
#include <string>

#include <cairo-svg.h>
#include <cairo.h>
#include <fmt/format.h>

#include <autograd/error.hpp>
#include <autograd/io/file.hpp>

namespace xgrad::apps {

namespace {

using Surface = std::unique_ptr<cairo_surface_t, decltype(&cairo_surface_destroy)>;
using Context = std::unique_ptr<cairo_t, decltype(&cairo_destroy)>;

constexpr double pixels_per_point = 2;

void check(cairo_status_t status, const std::string& path) {
  if (status != CAIRO_STATUS_SUCCESS) fail(path, fmt::format("cannot be drawn: {}", cairo_status_to_string(status)));
}

cairo_status_t append(void* bytes, const unsigned char* data, unsigned int length) {
  static_cast<std::string*>(bytes)->append(reinterpret_cast<const char*>(data), length);
  return CAIRO_STATUS_SUCCESS;
}

void draw_on(cairo_surface_t* surface, const std::string& path, const std::function<void(Canvas&)>& draw) {
  const Context context(cairo_create(surface), cairo_destroy);
  cairo_set_source_rgb(context.get(), 1, 1, 1);
  cairo_paint(context.get());
  Canvas canvas(context.get());
  draw(canvas);
  check(cairo_status(context.get()), path);
}

void set_colour(cairo_t* context, Colour colour) {
  cairo_set_source_rgba(context, colour.red, colour.green, colour.blue, colour.opacity);
}

/// Texts have the same width on every kind of surface.
void set_font(cairo_t* context, const TextStyle& style) {
  static const std::unique_ptr<cairo_font_options_t, decltype(&cairo_font_options_destroy)> options = [] {
    auto* made = cairo_font_options_create();
    cairo_font_options_set_hint_metrics(made, CAIRO_HINT_METRICS_OFF);
    return std::unique_ptr<cairo_font_options_t, decltype(&cairo_font_options_destroy)>(made,
                                                                                        cairo_font_options_destroy);
  }();
  const auto weight = style.weight == Weight::bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL;
  cairo_select_font_face(context, "sans-serif", CAIRO_FONT_SLANT_NORMAL, weight);
  cairo_set_font_size(context, style.size);
  cairo_set_font_options(context, options.get());
}

double text_width(cairo_t* context, std::string_view text, const TextStyle& style) {
  set_font(context, style);
  cairo_text_extents_t extents;
  cairo_text_extents(context, std::string(text).c_str(), &extents);
  return extents.x_advance;
}

}  // namespace

double text_width(std::string_view text, const TextStyle& style) {
  const Surface surface(cairo_image_surface_create(CAIRO_FORMAT_A8, 1, 1), cairo_surface_destroy);
  const Context context(cairo_create(surface.get()), cairo_destroy);
  return text_width(context.get(), text, style);
}

void Canvas::line(Point from, Point to, Colour colour, double width) { polyline({{from, to}}, colour, width); }

void Canvas::polyline(std::span<const Point> points, Colour colour, double width, Dash dash) {
  constexpr double dashes[] = {6, 4};
  cairo_new_path(context_);
  for (const Point& point : points) cairo_line_to(context_, point.x, point.y);
  set_colour(context_, colour);
  cairo_set_line_width(context_, width);
  cairo_set_line_join(context_, CAIRO_LINE_JOIN_ROUND);
  cairo_set_dash(context_, dashes, dash == Dash::dashed ? 2 : 0, 0);
  cairo_stroke(context_);
}

void Canvas::area(std::span<const Point> outline, Colour colour) {
  cairo_new_path(context_);
  for (const Point& point : outline) cairo_line_to(context_, point.x, point.y);
  cairo_close_path(context_);
  set_colour(context_, colour);
  cairo_fill(context_);
}

void Canvas::dot(Point centre, double radius, Colour colour) {
  cairo_new_path(context_);
  cairo_arc(context_, centre.x, centre.y, radius, 0, 2 * std::numbers::pi);
  set_colour(context_, colour);
  cairo_fill(context_);
}

void Canvas::fill(Box box, Colour colour) {
  cairo_new_path(context_);
  cairo_rectangle(context_, box.left, box.top, box.width, box.height);
  set_colour(context_, colour);
  cairo_fill(context_);
}

void Canvas::hatch(Box box, Colour colour) {
  constexpr double apart = 5;
  clipped(box, [&] {
    // Where x + y is a multiple of their distance, so that the lines of neighbouring boxes meet.
    for (double sum = apart * std::ceil((box.left + box.top) / apart); sum < box.right() + box.bottom(); sum += apart)
      line({sum - box.bottom(), box.bottom()}, {sum - box.top, box.top}, colour, 1);
  });
}

void Canvas::image(Box box, int columns, int rows, const std::function<Colour(int row, int column)>& colour) {
  const Surface pixels(cairo_image_surface_create(CAIRO_FORMAT_RGB24, columns, rows), cairo_surface_destroy);
  if (cairo_surface_status(pixels.get()) != CAIRO_STATUS_SUCCESS) return;
  for (int row = 0; row < rows; ++row) {
    unsigned char* line =
        cairo_image_surface_get_data(pixels.get()) + row * cairo_image_surface_get_stride(pixels.get());
    for (int column = 0; column < columns; ++column) {
      const Colour here = colour(row, column);
      const auto byte = [](double part) { return static_cast<std::uint32_t>(std::lround(255 * part)); };
      const std::uint32_t pixel = byte(here.red) << 16 | byte(here.green) << 8 | byte(here.blue);
      std::memcpy(line + 4 * column, &pixel, 4);
    }
  }
  cairo_surface_mark_dirty(pixels.get());
  cairo_save(context_);
  cairo_translate(context_, box.left, box.top);
  cairo_scale(context_, box.width / columns, box.height / rows);
  cairo_set_source_surface(context_, pixels.get(), 0, 0);
  cairo_pattern_set_filter(cairo_get_source(context_), CAIRO_FILTER_NEAREST);
  cairo_rectangle(context_, 0, 0, columns, rows);
  cairo_fill(context_);
  cairo_restore(context_);
}

void Canvas::text(Point anchor, std::string_view text, const TextStyle& style) {
  const double share = style.align == Align::left ? 0 : style.align == Align::centre ? 0.5 : 1;
  const double width = text_width(context_, text, style);
  cairo_save(context_);
  cairo_translate(context_, anchor.x, anchor.y);
  if (style.direction == Direction::upwards) cairo_rotate(context_, -std::numbers::pi / 2);
  cairo_move_to(context_, -share * width, 0);
  set_colour(context_, style.colour);
  cairo_show_text(context_, std::string(text).c_str());
  cairo_restore(context_);
}

void Canvas::clipped(Box box, const std::function<void()>& draw) {
  cairo_save(context_);
  cairo_new_path(context_);
  cairo_rectangle(context_, box.left, box.top, box.width, box.height);
  cairo_clip(context_);
  draw();
  cairo_restore(context_);
}

void save_drawing(const std::filesystem::path& stem, double width, double height,
                  const std::function<void(Canvas&)>& draw) {
  const std::string svg_path = stem.string() + ".svg";
  std::string svg;
  {
    const Surface surface(cairo_svg_surface_create_for_stream(append, &svg, width, height), cairo_surface_destroy);
    cairo_svg_surface_set_document_unit(surface.get(), CAIRO_SVG_UNIT_PX);
    draw_on(surface.get(), svg_path, draw);
    cairo_surface_finish(surface.get());
    check(cairo_surface_status(surface.get()), svg_path);
  }
  io::write_file({"save_drawing", svg_path}, svg);

  const std::string png_path = stem.string() + ".png";
  std::string png;
  const Surface surface(
      cairo_image_surface_create(CAIRO_FORMAT_RGB24, static_cast<int>(std::ceil(width * pixels_per_point)),
                                 static_cast<int>(std::ceil(height * pixels_per_point))),
      cairo_surface_destroy);
  cairo_surface_set_device_scale(surface.get(), pixels_per_point, pixels_per_point);
  draw_on(surface.get(), png_path, draw);
  check(cairo_surface_write_to_png_stream(surface.get(), append, &png), png_path);
  io::write_file({"save_drawing", png_path}, png);
}

}  // namespace xgrad::apps
