#include <doctest/doctest.h>

#include <data/cifar.hpp>
#include <data/csv.hpp>
#include <data/npy.hpp>
#include <data/toy.hpp>

#include "data/cifar_files.hpp"
#include "misuse/file_options.hpp"
#include "misuse/lists.hpp"

namespace xgrad::data {

inline auto fields(CsvOptions& o) {
  auto& [separator, quote, header, comment, names, types, categories, number_dtype, missing, fill, fills, max_bytes] =
      o;
  return std::tie(separator, quote, header, comment, names, types, categories, number_dtype, missing, fill, fills,
                  max_bytes);
}
inline auto fields(CsvColumns& o) {
  auto& [label, features, one_hot] = o;
  return std::tie(label, features, one_hot);
}
inline auto fields(CsvTable::Column& o) {
  auto& [name, type, values, categories] = o;
  return std::tie(name, type, values, categories);
}

inline auto fields(NpzNames& o) {
  auto& [data, target] = o;
  return std::tie(data, target);
}
inline auto fields(MoonsOptions& o) {
  auto& [n_samples, shuffle, noise, seed] = o;
  return std::tie(n_samples, shuffle, noise, seed);
}
inline auto fields(CirclesOptions& o) {
  auto& [n_samples, shuffle, noise, factor, seed] = o;
  return std::tie(n_samples, shuffle, noise, factor, seed);
}
inline auto fields(SpiralsOptions& o) {
  auto& [n_samples, n_classes, turns, shuffle, noise, seed] = o;
  return std::tie(n_samples, n_classes, turns, shuffle, noise, seed);
}
inline auto fields(BlobsOptions& o) {
  auto& [n_samples, n_features, centers, cluster_std, center_low, center_high, shuffle, seed] = o;
  return std::tie(n_samples, n_features, centers, cluster_std, center_low, center_high, shuffle, seed);
}
inline auto fields(RegressionOptions& o) {
  auto& [n_samples, n_features, n_informative, n_targets, bias, noise, shuffle, seed] = o;
  return std::tie(n_samples, n_features, n_informative, n_targets, bias, noise, shuffle, seed);
}

}  // namespace xgrad::data

namespace xgrad::test {

template <>
struct Wrong<std::variant<std::int64_t, Tensor>> {
  static std::vector<std::variant<std::int64_t, Tensor>> of(const std::variant<std::int64_t, Tensor>&) {
    std::vector<std::variant<std::int64_t, Tensor>> values;
    for (const std::int64_t count : wrong(std::int64_t{3})) values.emplace_back(count);
    for (const Tensor& centers : wrong(ones({3, 2}))) values.emplace_back(centers);
    return values;
  }
};

template <>
struct Wrong<data::CsvFill> {
  static std::vector<data::CsvFill> of(const data::CsvFill&) {
    return {0,
            0.5,
            std::numeric_limits<double>::quiet_NaN(),
            "text",
            data::CsvStatistic::mean,
            static_cast<data::CsvStatistic>(7)};
  }
};

namespace {

using I = std::int64_t;

/// Files for the calls, written when the first of them is made.
const TemporaryDirectory& directory() {
  static const TemporaryDirectory files;
  return files;
}

std::string file(const std::string& name, const Bytes& bytes) {
  write_file(directory() / name, bytes);
  return (directory() / name).string();
}
std::string file(const std::string& name, const std::string& text) {
  return file(name, Bytes(text.begin(), text.end()));
}

std::string npy(const std::string& name, const Tensor& array) {
  save_npy(directory() / name, array);
  return (directory() / name).string();
}
std::string npz(const std::string& name, const std::map<std::string, Tensor>& arrays) {
  save_npz(directory() / name, arrays);
  return (directory() / name).string();
}

/// The tensors of a table.
std::vector<Tensor> tensors(const data::CsvTable& table) {
  std::vector<Tensor> columns;
  for (const auto& column : table.columns()) columns.push_back(column.values);
  return columns;
}

/// Whether one of these is a number that memory can hold but a test need not.
bool any_large(std::initializer_list<I> counts) {
  return std::ranges::any_of(counts, [](I count) { return count > 1000 && count < I{1} << 60; });
}

}  // namespace

Probes set_probes() {
  static const CifarFiles cifar_files;
  const std::string cifar = cifar_files.path().string();
  return {
      probe(
          "read_csv",
          [](const std::string& path, const data::CsvOptions& options) {
            return tensors(data::read_csv(path, options));
          },
          file("table.csv", "a,b,c\n1,2.5,x\nNA,3,\"y\"\n"), data::CsvOptions{.fill = 0}),
      probe(
          {"CsvTable", "CsvTable::has", "CsvTable::column", "CsvTable::type", "CsvTable.categories"},
          [](const std::vector<data::CsvTable::Column>& columns, const std::string& name) {
            const data::CsvTable table(columns);
            const bool text = table.has(name) && table.type(name) == data::CsvType::text;
            return text ? table.categories(name).size() : static_cast<std::size_t>(table.column(name).size(0));
          },
          std::vector<data::CsvTable::Column>{{"a", data::CsvType::number, ones({3}), {}},
                                              {"b", data::CsvType::integer, ones({3}, int64), {}}},
          std::string("b")),
      probe(
          {"csv_dataset", "CsvDataset", "CsvTable", "read_csv", "Dataset.get"},
          [](const std::string& path, const data::CsvColumns& columns, I index) {
            return data::csv_dataset(path, columns).get(index).data;
          },
          file("examples.csv", "a,b,c,d\n1,2.5,x,0\n3,4,y,1\n"),
          data::CsvColumns{.label = "d", .features = {"a", "c"}, .one_hot = {"c"}}, I{1}),
      probe(
          {"npy_dataset", "load_npy", "Dataset.get"},
          [](const std::string& data, const std::string& target, const LoadOptions& options, I index) {
            return data::npy_dataset(data, target, options).get(index).data;
          },
          npy("x.npy", ones({3, 2})), npy("y.npy", ones({3}, int64)), LoadOptions{}, I{1}),
      probe(
          {"npz_dataset", "load_npz", "Dataset.get"},
          [](const std::string& path, const data::NpzNames& names, const LoadOptions& options, I index) {
            return data::npz_dataset(path, names, options).get(index).data;
          },
          npz("xy.npz", {{"x", ones({3, 2})}, {"y", ones({3}, int64)}, {"namex", Tensor(1)}}), data::NpzNames{},
          LoadOptions{}, I{1}),
      probe(
          "cifar10", [](const std::string& path) { return data::cifar10(path).train[3].images; }, cifar),
      probe(
          "cifar100",
          [](const std::string& path, data::CifarLabels labels) { return data::cifar100(path, labels).test[3].images; },
          cifar, data::CifarLabels::coarse),
      probe(
          "make_moons",
          [](const data::MoonsOptions& options) {
            return any_large({options.n_samples}) ? Tensor() : data::make_moons(options).all().data;
          },
          data::MoonsOptions{.n_samples = 5, .noise = 0.1}),
      probe(
          "make_circles",
          [](const data::CirclesOptions& options) {
            return any_large({options.n_samples}) ? Tensor() : data::make_circles(options).all().data;
          },
          data::CirclesOptions{.n_samples = 5, .noise = 0.1}),
      probe(
          "make_spirals",
          [](const data::SpiralsOptions& options) {
            return any_large({options.n_samples}) ? Tensor() : data::make_spirals(options).all().data;
          },
          data::SpiralsOptions{.n_samples = 5, .noise = 0.1}),
      probe(
          {"make_blobs", "Blobs"},
          [](const data::BlobsOptions& options) {
            const I* centers = std::get_if<I>(&options.centers);
            if (any_large({options.n_samples, options.n_features, centers ? *centers : 1})) return Tensor();
            return data::make_blobs(options).all().data;
          },
          data::BlobsOptions{.n_samples = 5}),
      probe(
          {"make_regression", "Regression"},
          [](const data::RegressionOptions& options) {
            if (any_large({options.n_samples, options.n_features, options.n_targets})) return Tensor();
            return data::make_regression(options).all().target;
          },
          data::RegressionOptions{.n_samples = 5, .n_features = 3}),
  };
}

TEST_CASE("data sets of files and of formulas stand wrong calls") { run(set_probes()); }

}  // namespace xgrad::test
