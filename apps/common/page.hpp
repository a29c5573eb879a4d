#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <apps/common/figure.hpp>
#include <apps/common/table.hpp>

namespace xgrad::apps {

/// A report as one HTML file that needs no other and no network: its style and the script that draws its plots stand in
/// it. Plots show their values where they are pointed at, curves can be hidden, and each figure has its numbers as a
/// table, which is all there is where scripts are off. It is light or dark as the reader's system is. All text given is
/// escaped.
class Page {
 public:
  explicit Page(std::string_view title);

  Page& heading(std::string_view text);
  Page& paragraph(std::string_view text);
  /// Long tables scroll, their header stays.
  Page& table(const Table& table);
  /// Text with its spaces and line breaks, all letters equally wide.
  Page& preformatted(std::string_view text);
  /// A picture, as the bytes of a PNG file, with a caption that also describes it to those who cannot see it.
  Page& picture(std::string_view png, std::string_view caption);
  /// Throws Error as figure_json does.
  Page& figure(const Figure& figure);

  std::string html() const;
  /// Writes the page, whole or not at all. Throws Error with the system's reason.
  void save(const std::filesystem::path& path) const;

 private:
  std::string title_;
  std::string body_;
  bool draws_ = false;
};

/// A page whose figures and progress come from the program that serves it (LiveView).
std::string live_page(std::string_view title);

}  // namespace xgrad::apps
