#pragma once

#include <string>
#include <vector>

namespace xgrad::apps {

/// A table of text: printed on a terminal by text(), set into a report by Page.
class Table {
 public:
  explicit Table(std::vector<std::string> columns) : columns_(std::move(columns)) {}

  /// Throws Error where the number of cells is not the number of columns.
  void add(std::vector<std::string> cells);

  const std::vector<std::string>& columns() const noexcept { return columns_; }
  const std::vector<std::vector<std::string>>& rows() const noexcept { return rows_; }

  /// Columns in line, the first one flush left, the others flush right, with a rule below the header.
  std::string text() const;

 private:
  std::vector<std::string> columns_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace xgrad::apps
