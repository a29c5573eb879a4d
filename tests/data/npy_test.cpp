#include <doctest/doctest.h>

#include <autograd/ops.hpp>
#include <data/loader.hpp>
#include <data/npy.hpp>

#include "files.hpp"

namespace xgrad::data {
namespace {

using test::holds;

TEST_CASE("two .npy files are examples along their first axis") {
  const test::TemporaryDirectory directory;
  save_npy(directory / "x.npy", tensor({{1, 2}, {3, 4}, {5, 6}}));
  save_npy(directory / "y.npy", tensor({7, 8, 9}, int64), {.dtype = StoredDType::uint8});
  const Dataset<Example> set = npy_dataset(directory / "x.npy", directory / "y.npy");
  CHECK(set.size() == 3);
  const Tensor x1 = set[1].data;
  CHECK(x1.shape() == Shape{2});
  CHECK(x1.data<float>()[1] == 4);
  CHECK(set[2].target.item<std::int64_t>() == 9);
  std::int64_t batches = 0;
  for (const auto& [x, y] : Loader(set, {.batch_size = 2})) {
    CHECK(x.size(0) == y.size(0));
    CHECK(y.dtype() == int64);
    ++batches;
  }
  CHECK(batches == 2);
}

TEST_CASE("two arrays of one .npz file are examples") {
  const test::TemporaryDirectory directory;
  save_npz(directory / "xy.npz", {{"x", ones({2, 3, 4})}, {"y", zeros({2, 5})}, {"t", tensor({1, 2}, int64)}});
  CHECK(npz_dataset(directory / "xy.npz").all().target.shape() == Shape{2, 5});
  CHECK(npz_dataset(directory / "xy.npz", {.target = "t"}).all().target.dtype() == int64);
  CHECK(npz_dataset(directory / "xy.npz", {.data = "t", .target = "x"})[0].target.shape() == Shape{3, 4});
}

TEST_CASE("arrays of different lengths, or without an axis, are refused by name and shape") {
  const test::TemporaryDirectory directory;
  save_npy(directory / "x.npy", ones({3, 2}));
  save_npy(directory / "y.npy", ones({2}));
  save_npy(directory / "one.npy", Tensor(1.0));
  const auto of_files = [&](const char* x, const char* y) {
    return test::error_of([&] { npy_dataset(directory / x, directory / y); });
  };
  CHECK(holds(of_files("x.npy", "y.npy"), {"npy_dataset", "x.npy' has shape (3, 2)", "y.npy' has shape (2,)"}));
  CHECK(holds(of_files("x.npy", "one.npy"), {"npy_dataset", "one.npy' has no axis"}));
  CHECK(holds(of_files("one.npy", "x.npy"), {"npy_dataset", "one.npy' has no axis"}));
  CHECK(holds(of_files("x.npy", "none.npy"), {"load_npy", "none.npy'"}));

  save_npz(directory / "xy.npz", {{"x", ones({3})}, {"y", ones({4})}, {"z", Tensor(1.0)}});
  const auto of_names = [&](const NpzNames& names) {
    return test::error_of([&] { npz_dataset(directory / "xy.npz", names); });
  };
  CHECK(holds(of_names({}), {"npz_dataset", "array 'x' of '", "xy.npz' has shape (3,)", "array 'y'", "(4,)"}));
  CHECK(holds(of_names({.data = "z"}), {"npz_dataset", "array 'z' of '", "no axis"}));
  CHECK(holds(of_names({.data = "x_train"}), {"xy.npz' has no array 'x_train'; it has 'x', 'y', 'z'"}));
}

TEST_CASE("damaged files, and those beyond max_bytes, are refused as the readers do") {
  const test::TemporaryDirectory directory;
  save_npy(directory / "x.npy", ones({3, 2}));
  std::filesystem::resize_file(directory / "x.npy", 100);
  CHECK(holds(test::error_of([&] { npy_dataset(directory / "x.npy", directory / "x.npy"); }), {"load_npy", "x.npy'"}));
  save_npz(directory / "xy.npz", {{"x", ones({300})}, {"y", ones({300})}});
  CHECK(
      holds(test::error_of([&] { npz_dataset(directory / "xy.npz", {}, {.max_bytes = 1000}); }), {"load_npz", "1000"}));
}

}  // namespace
}  // namespace xgrad::data
