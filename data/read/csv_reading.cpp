#include <data/read/csv_reading.hpp>

#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <autograd/error.hpp>
#include <autograd/io/text.hpp>
#include <data/read/byte_reader.hpp>

namespace xgrad::data {
namespace {

constexpr const char* function = "read_csv";

}  // namespace

CsvReading::CsvReading(const std::filesystem::path& path, const CsvOptions& options)
    : file_(path.string()), options_(options) {
  check_options();
  for (const std::string& text : options.missing)
    if (!text.empty()) starts_missing_[static_cast<unsigned char>(text[0])] = true;
  read_text(path);
}

CsvTable CsvReading::table() {
  name_columns();
  take_options();
  find_types();
  settle_types();

  std::vector<std::unique_ptr<CsvValues>> values;
  for (std::size_t column = 0; column < plans_.size(); ++column)
    values.push_back(csv_values(*this, plans_[column], column, rows_));
  for (CsvRows rows = this->rows(); rows.next();) {
    for (std::size_t column = 0; column < plans_.size(); ++column) {
      const CsvField& field = rows.fields()[column];
      if (missing(trimmed(field.text)))
        values[column]->add_missing();
      else
        values[column]->add(field);
    }
  }
  std::vector<CsvTable::Column> columns;
  for (const auto& column : values) columns.push_back(column->finish());
  return CsvTable(std::move(columns));
}

bool CsvReading::missing(std::string_view trimmed) const {
  if (!trimmed.empty() && !starts_missing_[static_cast<unsigned char>(trimmed[0])]) return false;
  return std::ranges::find(options_.missing, trimmed) != options_.missing.end();
}

void CsvReading::refuse(std::int64_t line, std::size_t column, std::string_view message) const {
  refuse(line, fmt::format("column '{}' ({}): {}", io::shown(plans_[column].name), column + 1, message));
}
void CsvReading::refuse(std::int64_t line, std::string_view message) const {
  fail(function, fmt::format("'{}', line {}, {}", file_, line, message));
}
void CsvReading::refuse(std::string_view message) const { fail(function, fmt::format("'{}': {}", file_, message)); }

void CsvReading::check_options() const {
  std::set<char> marks;
  const auto check = [&](const char* name, std::optional<char> mark) {
    if (!mark) return;
    if (*mark == '\n' || *mark == '\r' || *mark == '\0')
      refuse(fmt::format("{} is the character {}; expected one that is not of line ends", name, int{*mark}));
    if (!marks.insert(*mark).second)
      refuse(fmt::format("{} is '{}', and another of .separator, .quote and .comment, too", name, *mark));
  };
  check(".separator", options_.separator);
  check(".quote", options_.quote);
  check(".comment", options_.comment);
  if (options_.number_dtype != float32 && options_.number_dtype != float64)
    refuse(fmt::format(".number_dtype is {}; expected float32 or float64", to_string(options_.number_dtype)));
  if (options_.max_bytes < 0)
    refuse(fmt::format(".max_bytes is {}; a number of bytes was expected", options_.max_bytes));
  for (const auto& [name, type] : options_.types)
    if (type < CsvType::integer || type > CsvType::text)
      refuse(fmt::format(".types['{}'] is {}, no type of a column", io::shown(name), static_cast<int>(type)));
}

void CsvReading::read_text(const std::filesystem::path& path) {
  ByteReader reader(function, path);
  text_ = reader.read_rest(static_cast<std::uint64_t>(options_.max_bytes));
  if (text_.starts_with("\xff\xfe") || text_.starts_with("\xfe\xff"))
    reader.refuse(0, "a byte order mark of UTF-16; expected UTF-8");
  if (const std::size_t at = text_.find('\0'); at != std::string::npos)
    reader.refuse(at, "a byte 0, which text does not have");
}

CsvRows CsvReading::rows() const {
  CsvRows rows(text_, {options_.separator, options_.quote, options_.comment},
               [this](std::int64_t line, std::string_view message) { refuse(line, message); });
  if (options_.header) rows.next();
  return rows;
}

void CsvReading::name_columns() {
  CsvRows rows(text_, {options_.separator, options_.quote, options_.comment},
               [this](std::int64_t line, std::string_view message) { refuse(line, message); });
  if (!rows.next()) refuse(options_.header ? "no rows; expected one with names" : "no rows; expected one or more");
  names_line_ = rows.line();
  const std::size_t count = rows.fields().size();
  if (!options_.names.empty() && options_.names.size() != count)
    refuse(names_line_, fmt::format("{} fields; expected {}, as .names has", count, options_.names.size()));
  std::set<std::string> seen;
  for (std::size_t column = 0; column < count; ++column) {
    std::string name = !options_.names.empty() ? options_.names[column]
                       : options_.header       ? std::string(trimmed(rows.fields()[column].text))
                                               : std::to_string(column);
    if (!seen.insert(name).second)
      refuse(rows.fields()[column].line,
             fmt::format("column {}: the name '{}' comes twice", column + 1, io::shown(name)));
    plans_.push_back({.name = std::move(name)});
  }
}

CsvPlan* CsvReading::plan(const std::string& name, std::string_view option) {
  const auto found = std::ranges::find(plans_, name, &CsvPlan::name);
  if (found != plans_.end()) return &*found;
  std::vector<std::string> names;
  for (const CsvPlan& column : plans_) names.push_back(column.name);
  refuse(fmt::format("{} names a column '{}' that is not there; {}", option, io::shown(name), csv_names(names)));
}

void CsvReading::take_options() {
  if (options_.fill)
    for (CsvPlan& column : plans_) column.fill = &*options_.fill;
  for (const auto& [name, fill] : options_.fills) plan(name, ".fills")->fill = &fill;
  for (const auto& [name, type] : options_.types) {
    CsvPlan& column = *plan(name, ".types");
    column.type = type;
    column.asked = true;
  }
  for (const auto& [name, categories] : options_.categories) {
    CsvPlan& column = *plan(name, ".categories");
    if (column.asked && column.type != CsvType::text)
      refuse(fmt::format("column '{}' has .categories, and .types that is not text", io::shown(name)));
    column.type = CsvType::text;
    column.asked = true;
    column.categories = &categories;
  }
}

void CsvReading::find_types() {
  for (CsvRows rows = this->rows(); rows.next(); ++rows_) {
    if (rows.fields().size() != plans_.size())
      refuse(rows.line(),
             fmt::format("{} fields; expected {}, as in line {}", rows.fields().size(), plans_.size(), names_line_));
    for (std::size_t i = 0; i < plans_.size(); ++i) {
      CsvPlan& column = plans_[i];
      const auto& [field, line] = rows.fields()[i];
      const std::string_view text = trimmed(field);
      if (missing(text)) {
        if (column.missing_line == 0) column.missing_line = line;
        continue;
      }
      ++column.present;
      if (column.asked) continue;
      if (column.type == CsvType::integer && !is_integer(text)) column.type = CsvType::number;
      if (column.type == CsvType::number && !is_number(text)) column.type = CsvType::text;
    }
  }
}

void CsvReading::settle_types() {
  std::optional<std::size_t> unfilled;
  for (std::size_t i = 0; i < plans_.size(); ++i) {
    CsvPlan& column = plans_[i];
    if (!column.asked && column.present == 0)
      column.type = column.fill && std::holds_alternative<std::string>(*column.fill) ? CsvType::text : CsvType::number;
    if (column.missing_line == 0) continue;
    if (!column.fill) {
      if (!unfilled || column.missing_line < plans_[*unfilled].missing_line) unfilled = i;
      continue;
    }
    const Number* number = std::get_if<Number>(column.fill);
    const bool whole = number && number->integral();
    if (!column.asked && column.type == CsvType::integer && !whole) column.type = CsvType::number;
    const auto disagree = [&](const char* expected) {
      refuse(column.missing_line, i,
             fmt::format("a missing value; its fill is {}; expected {}",
                         number                                              ? "a number"
                         : std::holds_alternative<std::string>(*column.fill) ? "a text"
                                                                             : "the mean",
                         expected));
    };
    if (column.type == CsvType::integer && !whole) disagree("an integer, the column being of integers");
    if (column.type == CsvType::number && std::holds_alternative<std::string>(*column.fill))
      disagree("a number or the mean, the column being of numbers");
    if (column.type == CsvType::text && !std::holds_alternative<std::string>(*column.fill))
      disagree("a text, the column being of text");
    if (std::holds_alternative<CsvStatistic>(*column.fill) && column.present == 0)
      refuse(column.missing_line, i, "a missing value; its fill is the mean, and the column has no values");
  }
  if (unfilled)
    refuse(plans_[*unfilled].missing_line, *unfilled,
           "a missing value; expected a value, or a .fill for those that are missing");
}

}  // namespace xgrad::data
