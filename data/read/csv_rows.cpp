#include <data/read/csv_rows.hpp>

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace xgrad::data {

CsvRows::CsvRows(std::string_view text, const CsvMarks& marks, Refuse refuse)
    : text_(text), marks_(marks), refuse_(std::move(refuse)) {
  if (text_.starts_with("\xef\xbb\xbf")) text_.remove_prefix(3);
  for (const char mark : {'\n', '\r', marks.separator, marks.quote.value_or('\n')})
    ends_field_[static_cast<unsigned char>(mark)] = true;
}

bool CsvRows::next() {
  fields_.clear();
  unescaped_.clear();
  skip_lines();
  if (at_end()) return false;
  for (;;) {
    read_field();
    if (at_end()) return true;
    if (at_line_end()) {
      end_line();
      return true;
    }
    ++at_;  // the separator
  }
}

void CsvRows::end_line() noexcept {
  at_ += text_.substr(at_, 2) == "\r\n" ? 2 : 1;
  ++line_;
}

void CsvRows::skip_lines() noexcept {
  while (!at_end()) {
    if (marks_.comment && text_[at_] == *marks_.comment)
      while (!at_end() && !at_line_end()) ++at_;
    else if (!at_line_end())
      return;
    if (!at_end()) end_line();
  }
}

void CsvRows::read_field() {
  if (marks_.quote && !at_end() && text_[at_] == *marks_.quote) return read_quoted();
  const std::size_t begin = at_;
  while (!at_end() && !ends_field_[static_cast<unsigned char>(text_[at_])]) ++at_;
  if (!at_end() && marks_.quote && text_[at_] == *marks_.quote)
    refuse_(line_, fmt::format("field {}: a quote ({}) within a field that does not begin with one; expected the field "
                               "in quotes, and quotes in it doubled",
                               fields_.size() + 1, *marks_.quote));
  fields_.push_back({text_.substr(begin, at_ - begin), line_});
}

void CsvRows::read_quoted() {
  const char quote = *marks_.quote;
  const std::int64_t line = line_;
  const std::size_t begin = ++at_;
  bool doubled = false;
  for (;; ++at_) {
    if (at_end())
      refuse_(line, fmt::format("field {}: a quote ({}) that opens here is not closed by the end of the file",
                                fields_.size() + 1, quote));
    if (text_[at_] == '\n' || (text_[at_] == '\r' && text_.substr(at_, 2) != "\r\n")) ++line_;
    if (text_[at_] != quote) continue;
    if (at_ + 1 == text_.size() || text_[at_ + 1] != quote) break;
    doubled = true;
    ++at_;
  }
  std::string_view inside = text_.substr(begin, at_ - begin);
  ++at_;
  if (!at_end() && !at_line_end() && text_[at_] != marks_.separator)
    refuse_(line_, fmt::format("field {}: text after the closing quote ({}); expected the separator or the end of the "
                               "line; quotes within a field are doubled",
                               fields_.size() + 1, quote));
  if (doubled) {
    std::string& text = unescaped_.emplace_back();
    for (std::size_t i = 0; i < inside.size(); ++i) {
      text += inside[i];
      if (inside[i] == quote) ++i;
    }
    inside = text;
  }
  fields_.push_back({inside, line});
}

}  // namespace xgrad::data
