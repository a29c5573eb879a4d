#include <data/csv.hpp>

#include <algorithm>
#include <new>
#include <set>
#include <stdexcept>

#include <fmt/format.h>

#include <autograd/error.hpp>
#include <autograd/io/text.hpp>
#include <data/read/csv_reading.hpp>

namespace xgrad::data {

CsvTable::CsvTable(std::vector<Column> columns) : columns_(std::move(columns)) {
  std::set<std::string_view> names;
  for (const Column& column : columns_) {
    if (!names.insert(column.name).second) fail("CsvTable", fmt::format("two columns '{}'", io::shown(column.name)));
    if (!column.values.defined() || column.values.rank() != 1 || column.values.size(0) != rows())
      fail("CsvTable",
           fmt::format("column '{}' of {}; expected ({},)", io::shown(column.name),
                       column.values.defined() ? "shape " + to_string(column.values.shape()) : "no values", rows()));
    const bool number = column.type == CsvType::number;
    if (number ? !is_floating(column.values.dtype()) : column.values.dtype() != int64)
      fail("CsvTable", fmt::format("column '{}' of {}; expected {}, by its type", io::shown(column.name),
                                   to_string(column.values.dtype()), number ? "float32 or float64" : "int64"));
  }
}

std::int64_t CsvTable::rows() const noexcept {
  if (columns_.empty() || !columns_[0].values.defined() || columns_[0].values.rank() == 0) return 0;
  return columns_[0].values.size(0);
}

std::vector<std::string> CsvTable::names() const {
  std::vector<std::string> names;
  for (const Column& column : columns_) names.push_back(column.name);
  return names;
}

bool CsvTable::has(const std::string& name) const {
  return std::ranges::find(columns_, name, &Column::name) != columns_.end();
}

const std::vector<std::string>& CsvTable::categories(const std::string& name) const {
  const Column& column = find(name);
  if (column.type != CsvType::text)
    fail("CsvTable.categories", fmt::format("column '{}' is of numbers; expected one of text", io::shown(name)));
  return column.categories;
}

const CsvTable::Column& CsvTable::find(const std::string& name) const {
  const auto found = std::ranges::find(columns_, name, &Column::name);
  if (found == columns_.end())
    fail("CsvTable", fmt::format("there is no column '{}'; {}", io::shown(name), csv_names(names())));
  return *found;
}

CsvTable read_csv(const std::filesystem::path& path, const CsvOptions& options) {
  try {
    return CsvReading(path, options).table();
  } catch (const std::bad_alloc&) {
    fail("read_csv", fmt::format("'{}': no memory for the table", path.string()));
  } catch (const std::length_error&) {
    fail("read_csv", fmt::format("'{}': no memory for the table", path.string()));
  }
}

}  // namespace xgrad::data
