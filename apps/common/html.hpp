#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <apps/common/table.hpp>

namespace xgrad::apps {

/// A small report: one HTML file without scripts, whose pictures are found by relative links. All text given is
/// escaped.
class HtmlPage {
 public:
  explicit HtmlPage(std::string_view title);

  HtmlPage& heading(std::string_view text);
  HtmlPage& paragraph(std::string_view text);
  HtmlPage& table(const Table& table);
  /// A picture with a caption; `file` is relative to the page.
  HtmlPage& figure(std::string_view file, std::string_view caption);
  /// A line of links to files beside the page.
  HtmlPage& links(const std::vector<std::string>& files);

  /// Writes the page, whole or not at all. Throws Error with the system's reason.
  void save(const std::filesystem::path& path) const;

 private:
  std::string body_;
  std::string title_;
};

}  // namespace xgrad::apps
