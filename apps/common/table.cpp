#include <apps/common/table.hpp>

#include <algorithm>

#include <fmt/format.h>

#include <autograd/error.hpp>

namespace xgrad::apps {

namespace {

/// Characters of UTF-8 text: bytes that do not continue one.
std::size_t width(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

}  // namespace

void Table::add(std::vector<std::string> cells) {
  if (cells.size() != columns_.size())
    fail("table", fmt::format("a row of {} cells for {} columns", cells.size(), columns_.size()));
  rows_.push_back(std::move(cells));
}

std::string Table::text() const {
  std::vector<std::size_t> widths;
  for (std::size_t column = 0; column < columns_.size(); ++column) {
    widths.push_back(width(columns_[column]));
    for (const auto& row : rows_) widths.back() = std::max(widths.back(), width(row[column]));
  }
  std::string text;
  const auto append = [&](const std::vector<std::string>& cells) {
    for (std::size_t column = 0; column < cells.size(); ++column) {
      const std::string padding(widths[column] - width(cells[column]), ' ');
      text += column == 0 ? cells[column] + padding : "  " + padding + cells[column];
    }
    text.erase(text.find_last_not_of(' ') + 1);
    text += '\n';
  };
  append(columns_);
  std::vector<std::string> rule;
  for (const std::size_t w : widths) rule.emplace_back(w, '-');
  append(rule);
  for (const auto& row : rows_) append(row);
  return text;
}

}  // namespace xgrad::apps
