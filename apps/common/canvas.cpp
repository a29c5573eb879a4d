#include <apps/common/canvas.hpp>

#include <algorithm>
#include <cmath>
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
  cairo_set_source_rgb(context, colour.red, colour.green, colour.blue);
}

void set_font(cairo_t* context, const TextStyle& style) {
  const auto weight = style.weight == Weight::bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL;
  cairo_select_font_face(context, "sans-serif", CAIRO_FONT_SLANT_NORMAL, weight);
  cairo_set_font_size(context, style.size);
}

}  // namespace

void Canvas::line(Point from, Point to, Colour colour, double width) { polyline({{from, to}}, colour, width); }

void Canvas::polyline(std::span<const Point> points, Colour colour, double width) {
  cairo_new_path(context_);
  for (const Point& point : points) cairo_line_to(context_, point.x, point.y);
  set_colour(context_, colour);
  cairo_set_line_width(context_, width);
  cairo_set_line_join(context_, CAIRO_LINE_JOIN_ROUND);
  cairo_stroke(context_);
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

void Canvas::image(Box box, std::int64_t height, std::int64_t width, std::span<const float> pixels) {
  if (height < 1 || width < 1 || std::ssize(pixels) != height * width)
    fail("image", fmt::format("{} pixels; expected {} rows of {}, one or more", pixels.size(), height, width));
  const Surface surface(
      cairo_image_surface_create(CAIRO_FORMAT_RGB24, static_cast<int>(width), static_cast<int>(height)),
      cairo_surface_destroy);
  check(cairo_surface_status(surface.get()), "image");
  unsigned char* row = cairo_image_surface_get_data(surface.get());
  for (std::int64_t y = 0; y < height; ++y, row += cairo_image_surface_get_stride(surface.get())) {
    auto* const out = reinterpret_cast<std::uint32_t*>(row);
    for (std::int64_t x = 0; x < width; ++x) {
      const float light = std::clamp(pixels[static_cast<std::size_t>(y * width + x)], 0.0F, 1.0F);
      out[x] = 0x010101U * static_cast<std::uint32_t>(std::lround(255 * light));
    }
  }
  cairo_surface_mark_dirty(surface.get());

  cairo_save(context_);
  cairo_translate(context_, box.left, box.top);
  cairo_scale(context_, box.width / static_cast<double>(width), box.height / static_cast<double>(height));
  cairo_set_source_surface(context_, surface.get(), 0, 0);
  cairo_pattern_set_filter(cairo_get_source(context_), CAIRO_FILTER_NEAREST);
  cairo_paint(context_);
  cairo_restore(context_);
}

void Canvas::text(Point anchor, std::string_view text, const TextStyle& style) {
  const double share = style.align == Align::left ? 0 : style.align == Align::centre ? 0.5 : 1;
  const double width = text_width(text, style);
  cairo_save(context_);
  cairo_translate(context_, anchor.x, anchor.y);
  if (style.direction == Direction::upwards) cairo_rotate(context_, -std::numbers::pi / 2);
  cairo_move_to(context_, -share * width, 0);
  set_colour(context_, style.colour);
  cairo_show_text(context_, std::string(text).c_str());
  cairo_restore(context_);
}

double Canvas::text_width(std::string_view text, const TextStyle& style) {
  set_font(context_, style);
  cairo_text_extents_t extents;
  cairo_text_extents(context_, std::string(text).c_str(), &extents);
  return extents.x_advance;
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
