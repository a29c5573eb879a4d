#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <autograd/number.hpp>
#include <autograd/tensor.hpp>
#include <data/dataset.hpp>

#pragma GCC visibility push(default)
/// Tables of text files: comma-separated values (RFC 4180) and its relatives.
///
/// The parser is our own: libcsv does not say which line a field is in and takes comments for data, fast-cpp-csv-parser
/// wants the columns at compile time and has no line breaks within fields, and Debian has no other.
namespace xgrad::data {

/// What the fields of a column are.
enum class CsvType {
  integer,  ///< int64
  number,   ///< float32, or CsvOptions::number_dtype
  text      ///< int64 codes of the column's different texts
};

/// What is computed from the values of a column that are there.
enum class CsvStatistic { mean };

/// What stands in for missing values: a number, a text (in columns of text), or the mean of the column.
using CsvFill = std::variant<std::string, Number, CsvStatistic>;

struct CsvOptions {
  char separator = ',';
  /// What encloses fields that hold separators, line breaks or quotes, which are doubled there. Unset: no quoting.
  std::optional<char> quote = '"';
  /// Whether the first row has the names of the columns.
  bool header = true;
  /// Lines that begin with it are left out.
  std::optional<char> comment = {};
  /// The names of the columns in place of the header's, or where there is none: "0", "1", ... where they are not given.
  std::vector<std::string> names = {};
  /// Types of columns by name. Other columns are of integers, of numbers or of text, the first that all fields are.
  std::map<std::string, CsvType> types = {};
  /// The texts of a column in the order of their codes, by name; other texts are an Error there, and the column is of
  /// text. For instance those of the training file, for the file of the test.
  std::map<std::string, std::vector<std::string>> categories = {};
  /// The dtype of columns of numbers, float32 or float64.
  DType number_dtype = float32;
  /// Fields that are missing values.
  std::vector<std::string> missing = {"", "NA", "N/A", "n/a", "NaN", "nan", "NULL", "null", "None"};
  /// What stands in for missing values; an Error where it is not given.
  std::optional<CsvFill> fill = {};
  /// The same for single columns, by name.
  std::map<std::string, CsvFill> fills = {};
  /// The most bytes that the file may have, uncompressed.
  std::int64_t max_bytes = std::int64_t{1} << 32;
};

/// The columns of a table, each of one type. Copies share the data.
class CsvTable {
 public:
  struct Column {
    std::string name;
    CsvType type = CsvType::number;
    Tensor values;                        ///< (rows,)
    std::vector<std::string> categories;  ///< of text: the texts in the order of their codes
  };

  /// Throws Error where two columns have one name, or values are not (rows,) in the dtype of the column's type.
  explicit CsvTable(std::vector<Column> columns);

  std::int64_t rows() const noexcept;
  const std::vector<Column>& columns() const noexcept { return columns_; }
  /// The names of the columns, in the order of the file.
  std::vector<std::string> names() const;
  bool has(const std::string& name) const;

  /// The values of a column, (rows,). Throw Error where there is no column of this name, naming those that there are.
  const Tensor& column(const std::string& name) const { return find(name).values; }
  CsvType type(const std::string& name) const { return find(name).type; }
  /// The texts of a column in the order of their codes, which is that of their bytes unless it was given. Throws Error
  /// where the column is not of text.
  const std::vector<std::string>& categories(const std::string& name) const;

 private:
  const Column& find(const std::string& name) const;

  std::vector<Column> columns_;
};

/// Reads a table, plain or compressed by gzip (whatever its name). Rows end with LF, CRLF or CR; empty lines are left
/// out, as is a UTF-8 byte order mark. Spaces around names, numbers and missing values do not count; elsewhere they are
/// part of the text. Quotes say nothing about the type of a field. Integers beyond int64 make a column one of numbers.
///
/// Missing values turn a column of integers into one of numbers if their fill is not written as an integer.
///
/// Throws Error, naming file, line (from 1) and column: a file that cannot be read or has more than max_bytes, is empty
/// or UTF-16; rows of different lengths; quotes that do not end, or that stand within a field without quotes or before
/// more text; a name that comes twice; missing values without a fill, or a fill that the column's type does not take; a
/// field that is not of the type that was asked for; a number beyond number_dtype; options that name no column.
CsvTable read_csv(const std::filesystem::path& path, const CsvOptions& options = {});

/// Which columns of a table are features, and which is the target.
struct CsvColumns {
  std::string label = {};                  ///< the target
  std::vector<std::string> features = {};  ///< by default all but the label, in the order of the file
  /// Features of text, of which each category is a feature of its own, 0 or 1, named "column=category".
  std::vector<std::string> one_hot = {};
};

/// The rows of a table as Examples: data of shape (features,), in the dtype of the table's numbers (float32 where it
/// has none), and a target without axes, int64 where the label is of integers or text (classes), and otherwise the
/// number (regression).
class CsvDataset : public Dataset<Example> {
 public:
  /// Throws Error where there is no such column, where the label is among the features or a feature comes twice, where
  /// there are none, where one is of text and not in one_hot, or in one_hot and no feature of text, and where memory
  /// does not suffice.
  CsvDataset(const CsvTable& table, const CsvColumns& columns);

  const std::vector<std::string>& feature_names() const noexcept { return feature_names_; }
  /// The texts behind the targets 0, 1, ...; none where the label is not of text.
  const std::vector<std::string>& classes() const noexcept { return classes_; }
  /// The targets of classes, as samplers and stratified_split take them. Throws Error where the label is a number.
  std::vector<std::int64_t> targets() const;

 private:
  Tensor targets_;
  std::vector<std::string> feature_names_;
  std::vector<std::string> classes_;
};

/// The rows of a file as Examples: those of read_csv(path, options). Throws Error as read_csv and CsvDataset do.
///
///     auto iris = data::csv_dataset("iris.csv", {.label = "species"});
///     for (auto [x, y] : data::Loader(iris, {.batch_size = 16, .shuffle = true})) ...
CsvDataset csv_dataset(const std::filesystem::path& path, const CsvColumns& columns, const CsvOptions& options = {});

}  // namespace xgrad::data
#pragma GCC visibility pop
