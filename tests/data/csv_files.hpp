#pragma once

#include <string>
#include <string_view>

#include <data/csv.hpp>

#include "files.hpp"

namespace xgrad::test {

inline Bytes bytes_of(std::string_view text) { return {text.begin(), text.end()}; }

/// The table of a file of this text.
inline data::CsvTable table_of(std::string_view text, const data::CsvOptions& options = {}) {
  const TemporaryDirectory directory;
  write_file(directory / "table.csv", bytes_of(text));
  return data::read_csv(directory / "table.csv", options);
}

/// What read_csv says of it.
inline std::string refusal(std::string_view text, const data::CsvOptions& options = {}) {
  return error_of([&] { table_of(text, options); });
}

template <class T>
std::vector<T> values_of(const Tensor& tensor) {
  const auto values = tensor.data<T>();
  return {values.begin(), values.end()};
}

using Integers = std::vector<std::int64_t>;
using Floats = std::vector<float>;
using Doubles = std::vector<double>;
using Texts = std::vector<std::string>;

}  // namespace xgrad::test
