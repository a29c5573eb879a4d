#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <data/csv.hpp>
#include <data/read/csv_rows.hpp>

namespace xgrad::data {

/// What is known of a column before its values are made.
struct CsvPlan {
  std::string name;
  CsvType type = CsvType::integer;
  bool asked = false;                                    ///< the type was asked for
  const std::vector<std::string>* categories = nullptr;  ///< that were given
  const CsvFill* fill = nullptr;
  std::int64_t present = 0;
  std::int64_t missing_line = 0;  ///< of the first missing value; 0 where there is none
};

/// One reading of a file. It goes through the text twice: for the types of the columns, and for their values.
class CsvReading {
 public:
  CsvReading(const std::filesystem::path& path, const CsvOptions& options);

  CsvTable table();

  bool missing(std::string_view trimmed) const;
  DType number_dtype() const { return options_.number_dtype; }
  /// The Error of a place in a column.
  [[noreturn]] void refuse(std::int64_t line, std::size_t column, std::string_view message) const;
  [[noreturn]] void refuse(std::int64_t line, std::string_view message) const;
  [[noreturn]] void refuse(std::string_view message) const;

 private:
  void check_options() const;
  void read_text(const std::filesystem::path& path);
  CsvRows rows() const;
  void name_columns();
  CsvPlan* plan(const std::string& name, std::string_view option);
  void take_options();
  void find_types();
  void settle_types();

  std::string file_;
  const CsvOptions& options_;
  bool starts_missing_[256] = {};
  std::string text_;
  std::vector<CsvPlan> plans_;
  std::int64_t names_line_ = 0;  ///< the line that the number of columns is from
  std::int64_t rows_ = 0;
};

/// The values of a column, as they are read.
class CsvValues {
 public:
  virtual ~CsvValues() = default;

  virtual void add(const CsvField& field) = 0;
  virtual void add_missing() = 0;
  /// The whole column.
  virtual CsvTable::Column finish() = 0;
};

/// For the values of a column of this plan, whose type is settled.
std::unique_ptr<CsvValues> csv_values(const CsvReading& reading, const CsvPlan& plan, std::size_t column,
                                      std::int64_t rows);

/// "the columns are 'a', 'b' ...": the first of these names.
std::string csv_names(const std::vector<std::string>& names);

/// A field without spaces and tabs around it.
std::string_view trimmed(std::string_view text) noexcept;
/// Whether a trimmed field is a number, of any size.
bool is_integer(std::string_view text) noexcept;
bool is_number(std::string_view text) noexcept;

}  // namespace xgrad::data
