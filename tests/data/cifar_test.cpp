#include <doctest/doctest.h>

#include <autograd/ops.hpp>
#include <data/cifar.hpp>

#include "cifar_files.hpp"

namespace xgrad::data {
namespace {

using test::cifar100_bytes;
using test::cifar10_bytes;
using test::holds;
using test::write_sparse;

void write_text(const std::filesystem::path& path, const std::string& text) {
  test::write_file(path, test::Bytes(text.begin(), text.end()));
}

std::string lines(int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += "class " + std::to_string(i) + "\n";
  return text + "\n";  // as the published files end
}

TEST_CASE("CIFAR-10's images are red, green and blue planes behind their labels") {
  const test::CifarFiles files;
  // Image 1 of the second file: label 7, red of pixel (0, 2), green of (1, 0), blue of the last.
  write_sparse(files / "data_batch_2.bin", cifar10_bytes,
               {{3073, 7}, {3074 + 2, 51}, {3074 + 1024 + 32, 102}, {3074 + 3071, 255}});
  write_sparse(files / "test_batch.bin", cifar10_bytes, {{cifar10_bytes - 3073, 9}});
  write_text(files / "batches.meta.txt", lines(10));
  const Cifar set = cifar10(files.path());
  CHECK(set.train.size() == 50'000);
  CHECK(set.test.size() == 10'000);
  CHECK(set.train.sample_shape() == Shape{3, 32, 32});
  CHECK(set.train.label(10'001) == 7);
  CHECK(set.train.label(10'000) == 0);
  CHECK(set.test.label(9'999) == 9);
  const Tensor image = set.train[10'001].images;
  CHECK(image[{0, 0, 2}].item<float>() == 0.2F);
  CHECK(image[{1, 1, 0}].item<float>() == 0.4F);
  CHECK(image[{2, 31, 31}].item<float>() == 1.0F);
  CHECK(set.classes.size() == 10);
  CHECK(set.classes[9] == "class 9");
}

TEST_CASE("CIFAR-100 has fine labels and coarse ones") {
  const test::CifarFiles files;
  write_sparse(files / "train.bin", 5 * cifar100_bytes, {{3074, 19}, {3075, 99}, {3076, 255}});
  write_text(files / "coarse_label_names.txt", lines(20));
  const Cifar fine = cifar100(files.path());
  CHECK(fine.train.size() == 50'000);
  CHECK(fine.train.label(1) == 99);
  CHECK(fine.train.image(1)[0] == 255);
  CHECK(fine.classes.empty());
  const Cifar coarse = cifar100(files.path(), CifarLabels::coarse);
  CHECK(coarse.train.label(1) == 19);
  CHECK(coarse.train.image(1)[0] == 255);
  CHECK(coarse.classes[19] == "class 19");
}

TEST_CASE("files of another size are refused with the byte") {
  const test::CifarFiles files;
  const auto refusal = [&] { return test::error_of([&] { cifar10(files.path()); }); };
  for (const std::uintmax_t size : {std::uintmax_t{0}, std::uintmax_t{3073}, cifar10_bytes - 1}) {
    write_sparse(files / "data_batch_3.bin", size);
    CHECK_MESSAGE(holds(refusal(), {"cifar10: ", "data_batch_3.bin', byte " + std::to_string(size), "truncated",
                                    "10000 images of 3073 bytes"}),
                  refusal());
  }
  write_sparse(files / "data_batch_3.bin", cifar10_bytes + 1);
  CHECK_MESSAGE(holds(refusal(), {"data_batch_3.bin', byte 30730000", "bytes after the last image"}), refusal());
}

TEST_CASE("labels that there are not are refused with the byte") {
  const test::CifarFiles files;
  write_sparse(files / "test_batch.bin", cifar10_bytes, {{2 * 3073, 10}});
  CHECK(holds(test::error_of([&] { cifar10(files.path()); }),
              {"cifar10: ", "test_batch.bin', byte 6146", "label 10 of image 2; expected 0 to 9"}));
  write_sparse(files / "test.bin", cifar100_bytes, {{3074, 20}, {3075, 100}});
  CHECK(holds(test::error_of([&] { cifar100(files.path()); }),
              {"cifar100: ", "test.bin', byte 3075", "label 100 of image 1; expected 0 to 99"}));
  CHECK(holds(test::error_of([&] { cifar100(files.path(), CifarLabels::coarse); }), {"byte 3074", "expected 0 to 19"}));
  CHECK(holds(test::error_of([&] { cifar100(files.path(), CifarLabels{2}); }), {"cifar100: labels 2"}));
}

TEST_CASE("missing files are named, and where to get them") {
  const test::CifarFiles files;
  std::filesystem::remove(files / "data_batch_4.bin");
  CHECK(holds(test::error_of([&] { cifar10(files.path()); }),
              {"cifar10: ", "lacks data_batch_4.bin,", "cifar-10-binary.tar.gz", "https://"}));
  CHECK(holds(test::error_of([] { cifar100("no/such"); }), {"cifar100: ", "'no/such'", "train.bin, test.bin"}));
}

TEST_CASE("a wrong number of names is refused") {
  const test::CifarFiles files;
  write_text(files / "batches.meta.txt", lines(9));
  CHECK(holds(test::error_of([&] { cifar10(files.path()); }),
              {"cifar10: ", "batches.meta.txt'", "9 names of classes; expected 10"}));
}

}  // namespace
}  // namespace xgrad::data
