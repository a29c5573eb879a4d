#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace xgrad::data {

/// The characters that divide a text into rows and fields.
struct CsvMarks {
  char separator = ',';
  std::optional<char> quote = '"';
  std::optional<char> comment = {};
};

struct CsvField {
  std::string_view text;  ///< without its quotes
  std::int64_t line = 0;  ///< in which it begins, from 1
};

/// The rows of a text, one after the other.
class CsvRows {
 public:
  /// Throws an Error that names the line.
  using Refuse = std::function<void(std::int64_t line, std::string_view message)>;

  /// The text lives as long as this.
  CsvRows(std::string_view text, const CsvMarks& marks, Refuse refuse);

  /// Goes to the next row that is not empty and not a comment; false where there is none.
  bool next();
  /// The fields of the row, one or more, which live until next() is called.
  const std::vector<CsvField>& fields() const noexcept { return fields_; }
  /// The line in which the row begins.
  std::int64_t line() const noexcept { return fields_.front().line; }

 private:
  bool at_end() const noexcept { return at_ == text_.size(); }
  bool at_line_end() const noexcept { return text_[at_] == '\n' || text_[at_] == '\r'; }
  void end_line() noexcept;
  void skip_lines() noexcept;
  void read_field();
  void read_quoted();

  std::string_view text_;
  CsvMarks marks_;
  Refuse refuse_;
  std::size_t at_ = 0;
  std::int64_t line_ = 1;
  bool ends_field_[256] = {};
  std::vector<CsvField> fields_;
  std::deque<std::string> unescaped_;  ///< of the fields of this row
};

}  // namespace xgrad::data
