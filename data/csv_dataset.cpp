#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include <autograd/error.hpp>
#include <autograd/io/text.hpp>
#include <autograd/ops.hpp>
#include <data/combine.hpp>
#include <data/csv.hpp>

namespace xgrad::data {
namespace {

constexpr const char* where = "CsvDataset";

/// A feature, and where it is 0 or 1, the code of its category.
struct Feature {
  const CsvTable::Column* column;
  std::optional<std::int64_t> category;
  std::string name;
};

std::vector<Feature> features_of(const CsvTable& table, const CsvColumns& columns) {
  std::vector<std::string> names = columns.features;
  if (names.empty()) {
    names = table.names();
    std::erase(names, columns.label);
  }
  if (names.empty()) fail(where, "there are no columns beside the label; expected one or more features");
  const std::set<std::string> one_hot(columns.one_hot.begin(), columns.one_hot.end());
  for (const std::string& name : one_hot)
    if (std::ranges::find(names, name) == names.end())
      fail(where, fmt::format(".one_hot has '{}', which is not among the features", io::shown(name)));

  std::map<std::string_view, const CsvTable::Column*> named;
  for (const CsvTable::Column& column : table.columns()) named.emplace(column.name, &column);
  std::vector<Feature> features;
  std::set<std::string> seen;
  for (const std::string& name : names) {
    if (name == columns.label) fail(where, fmt::format("the label '{}' is among the features", io::shown(name)));
    if (!seen.insert(name).second) fail(where, fmt::format("the feature '{}' comes twice", io::shown(name)));
    if (!named.contains(name)) table.column(name);  // throws
    const CsvTable::Column& column = *named[name];
    if (one_hot.contains(name) && column.type != CsvType::text)
      fail(where, fmt::format(".one_hot has '{}', a column of numbers; expected one of text", io::shown(name)));
    if (column.type != CsvType::text) {
      features.push_back({&column, std::nullopt, name});
    } else if (one_hot.contains(name)) {
      for (std::size_t code = 0; code < column.categories.size(); ++code)
        features.push_back({&column, static_cast<std::int64_t>(code), name + "=" + column.categories[code]});
    } else {
      fail(where, fmt::format("the feature '{}' is of text; expected numbers: name it in .one_hot to make a feature of "
                              "each of its {} texts, or leave it out by naming others in .features",
                              io::shown(name), column.categories.size()));
    }
  }
  return features;
}

template <class T>
Tensor matrix(std::int64_t rows, const std::vector<Feature>& features) {
  const auto width = std::ssize(features);
  const Shape shape{rows, width};
  if (!shape.fits()) fail(where, fmt::format("features of shape {} are too large", to_string(shape)));
  return make_tensor<T>(shape, [&](std::span<T> out) {
    for (std::size_t j = 0; j < features.size(); ++j) {
      const auto& [column, category, name] = features[j];
      const auto copy = [&](const auto values, const auto& convert) {
        for (std::size_t i = 0; i < values.size(); ++i) out[i * features.size() + j] = convert(values[i]);
      };
      if (category)
        copy(column->values.template data<std::int64_t>(),
             [code = *category](std::int64_t value) { return value == code ? T{1} : T{0}; });
      else if (column->values.dtype() == int64)
        copy(column->values.template data<std::int64_t>(), [](std::int64_t value) { return static_cast<T>(value); });
      else if (column->values.dtype() == float32)
        copy(column->values.template data<float>(), [](float value) { return static_cast<T>(value); });
      else
        copy(column->values.template data<double>(), [](double value) { return static_cast<T>(value); });
    }
  });
}

/// The features and the targets.
std::vector<Tensor> tensors_of(const CsvTable& table, const CsvColumns& columns) {
  const Tensor& targets = table.column(columns.label);
  const std::vector<Feature> features = features_of(table, columns);
  const bool wide =
      std::ranges::any_of(features, [](const Feature& feature) { return feature.column->values.dtype() == float64; });
  return {wide ? matrix<double>(table.rows(), features) : matrix<float>(table.rows(), features), targets};
}

}  // namespace

CsvDataset::CsvDataset(const CsvTable& table, const CsvColumns& columns)
    : Dataset<Example>(detail::of_tensors(tensors_of(table, columns))), targets_(table.column(columns.label)) {
  for (const Feature& feature : features_of(table, columns)) feature_names_.push_back(feature.name);
  if (table.type(columns.label) == CsvType::text) classes_ = table.categories(columns.label);
}

std::vector<std::int64_t> CsvDataset::targets() const {
  if (targets_.dtype() != int64)
    fail("CsvDataset.targets",
         fmt::format("the label is of numbers ({}); expected classes", to_string(targets_.dtype())));
  const auto values = targets_.data<std::int64_t>();
  return {values.begin(), values.end()};
}

CsvDataset csv_dataset(const std::filesystem::path& path, const CsvColumns& columns, const CsvOptions& options) {
  return CsvDataset(read_csv(path, options), columns);
}

}  // namespace xgrad::data
