#include <doctest/doctest.h>

#include <data/loader.hpp>

#include "csv_files.hpp"

namespace xgrad::data {
namespace {

using test::Floats;
using test::holds;
using test::Integers;
using test::table_of;
using test::Texts;
using test::values_of;

constexpr const char* flowers =
    "length,width,colour,species\n5.1,3,red,setosa\n7,3.2,blue,virginica\n6.5,2,red,setosa\n";

TEST_CASE("rows are examples: features, and the class of the label's text") {
  const CsvDataset set(table_of(flowers), {.label = "species", .features = {"width", "length"}});
  CHECK(set.size() == 3);
  CHECK(set.feature_names() == Texts{"width", "length"});
  CHECK(set.classes() == Texts{"setosa", "virginica"});
  CHECK(set.targets() == Integers{0, 1, 0});
  const auto [x, y] = set.all();
  CHECK(x.shape() == Shape{3, 2});
  CHECK(values_of<float>(x) == Floats{3, 5.1F, 3.2F, 7, 2, 6.5F});
  CHECK(y.shape() == Shape{3});
  CHECK(values_of<std::int64_t>(y) == Integers{0, 1, 0});
  CHECK(set[1].data.shape() == Shape{2});
  CHECK(set[1].target.shape() == Shape{});
}

TEST_CASE("features of text become one for each category where that is asked for") {
  const CsvDataset set(table_of(flowers), {.label = "species", .one_hot = {"colour"}});
  CHECK(set.feature_names() == Texts{"length", "width", "colour=blue", "colour=red"});
  CHECK(values_of<float>(set[1].data) == Floats{7, 3.2F, 1, 0});
  CHECK(values_of<float>(set[2].data) == Floats{6.5F, 2, 0, 1});
}

TEST_CASE("a label of numbers is the target of a regression, one of integers a class") {
  const CsvTable table = table_of("a,b,c\n1,0.5,3\n2,1.5,4\n");
  const CsvDataset regression(table, {.label = "b"});
  CHECK(regression.all().target.dtype() == float32);
  CHECK(values_of<float>(regression.all().target) == Floats{0.5F, 1.5F});
  CHECK(regression.classes().empty());
  CHECK(holds(test::error_of([&] { regression.targets(); }), {"CsvDataset.targets", "float32", "expected classes"}));
  CHECK(values_of<float>(regression.all().data) == Floats{1, 3, 2, 4});
  const CsvDataset classes(table, {.label = "c"});
  CHECK(classes.targets() == Integers{3, 4});
  CHECK(classes.all().target.dtype() == int64);
}

TEST_CASE("features have the dtype of the table's numbers") {
  const CsvTable table = table_of("a,b,c\n1,0.5,3\n", {.number_dtype = float64});
  CHECK(CsvDataset(table, {.label = "c"}).all().data.dtype() == float64);
  CHECK(CsvDataset(table, {.label = "c", .features = {"a"}}).all().data.dtype() == float32);
}

TEST_CASE("a file is read and loaded in batches") {
  const test::TemporaryDirectory directory;
  std::string text = "x;y\n";
  for (int i = 0; i < 10; ++i) text += std::to_string(i) + ";" + std::to_string(i % 2) + "\n";
  test::write_file(directory / "x.csv", test::bytes_of(text));
  const CsvDataset set = csv_dataset(directory / "x.csv", {.label = "y"}, {.separator = ';'});
  Floats seen;
  for (const auto& [x, y] : Loader(set, {.batch_size = 4}))
    for (const float value : x.data<float>()) seen.push_back(value);
  CHECK(seen == Floats{0, 1, 2, 3, 4, 5, 6, 7, 8, 9});
}

TEST_CASE("columns that cannot be features or label are refused") {
  const CsvTable table = table_of(flowers);
  const auto refusal = [&](const CsvColumns& columns) { return test::error_of([&] { CsvDataset(table, columns); }); };
  CHECK(holds(refusal({}), {"no column ''", "'length', 'width', 'colour', 'species'"}));
  CHECK(holds(refusal({.label = "specie"}), {"no column 'specie'"}));
  CHECK(holds(refusal({.label = "species"}), {"CsvDataset: the feature 'colour' is of text", ".one_hot", "2 texts"}));
  CHECK(holds(refusal({.label = "species", .features = {"lenght"}}), {"no column 'lenght'"}));
  CHECK(holds(refusal({.label = "species", .features = {"species"}}), {"the label 'species' is among the features"}));
  CHECK(holds(refusal({.label = "species", .features = {"width", "width"}}), {"'width' comes twice"}));
  CHECK(holds(refusal({.label = "species", .features = {"width"}, .one_hot = {"colour"}}), {".one_hot has 'colour'"}));
  CHECK(holds(refusal({.label = "species", .features = {"width"}, .one_hot = {"width"}}), {"a column of numbers"}));
  CHECK(holds(test::error_of([] { CsvDataset(table_of("a\n1\n"), {.label = "a"}); }), {"no columns beside the label"}));
}

}  // namespace
}  // namespace xgrad::data
