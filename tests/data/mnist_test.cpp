#include <doctest/doctest.h>

#include <data/mnist.hpp>

#include "files.hpp"

namespace xgrad::data {
namespace {

using test::Bytes;

constexpr std::size_t pixels = 28 * 28;

/// Labels 0, 1, ..., 9, 0, ...
Bytes some_labels(std::uint32_t count) {
  Bytes labels(count);
  for (std::uint32_t i = 0; i < count; ++i) labels[i] = static_cast<std::uint8_t>(i % 10);
  return labels;
}

/// Images whose pixels are all i % 256 in image i.
Bytes some_images(std::uint32_t count) {
  Bytes images;
  for (std::uint32_t i = 0; i < count; ++i) images.insert(images.end(), pixels, static_cast<std::uint8_t>(i));
  return images;
}

/// The four files of a small MNIST, in a directory of their own.
struct Files : test::TemporaryDirectory {
  explicit Files(std::uint32_t train = 20, std::uint32_t test = 10) {
    write("train-images-idx3-ubyte", test::idx({train, 28, 28}, some_images(train)));
    write("train-labels-idx1-ubyte", test::idx({train}, some_labels(train)));
    write("t10k-images-idx3-ubyte", test::idx({test, 28, 28}, some_images(test)));
    write("t10k-labels-idx1-ubyte", test::idx({test}, some_labels(test)));
  }
  void write(const std::string& name, const Bytes& bytes) const { test::write_file(*this / name, bytes); }
  void remove(const std::string& name) const { std::filesystem::remove(*this / name); }
  std::string refusal() const {
    return test::error_of([&] { mnist(path()); });
  }
};

TEST_CASE("mnist reads both halves, images in [0, 1] and labels") {
  const Files files;
  const auto [train, test] = mnist(files.path());
  CHECK(train.size() == 20);
  CHECK(test.size() == 10);
  CHECK(train.features() == 784);
  CHECK(train.label(13) == 3);
  CHECK(train.image(13)[783] == 13);

  const auto [images, labels] = test.all();
  CHECK(images.shape() == Shape{10, 784});
  CHECK(images.dtype() == float32);
  CHECK(labels.shape() == Shape{10});
  CHECK(labels.dtype() == int64);
  CHECK(labels.data<std::int64_t>()[9] == 9);
  CHECK(images.data<float>()[7 * pixels] == 7.0F / 255.0F);
}

TEST_CASE("files compressed by gzip are found, and plain ones first") {
  const Files files;
  files.remove("train-labels-idx1-ubyte");
  files.write("train-labels-idx1-ubyte.gz", test::gzip(test::idx({20}, Bytes(20, 4))));
  files.write("t10k-labels-idx1-ubyte.gz", {'n', 'o', 't', ' ', 'r', 'e', 'a', 'd'});
  const auto [train, test] = mnist(files.path());
  CHECK(train.label(13) == 4);
  CHECK(test.label(3) == 3);
}

TEST_CASE("missing files are named together with the directory and the command that gets them") {
  const Files files;
  files.remove("train-labels-idx1-ubyte");
  files.remove("t10k-images-idx3-ubyte");
  const std::string text = files.refusal();
  CHECK_MESSAGE(test::holds(text, {"'" + files.path().string() + "'", "train-labels-idx1-ubyte", ".gz",
                                   "t10k-images-idx3-ubyte", "`scripts/fetch-mnist " + files.path().string() + "`"}),
                text);
  CHECK_FALSE(test::holds(text, {"train-images-idx3-ubyte"}));
}

TEST_CASE("a directory that is not there is refused in the same way") {
  const std::string text = test::error_of([] { mnist("no/such/directory"); });
  CHECK_MESSAGE(test::holds(text, {"'no/such/directory'", "train-images-idx3-ubyte", "scripts/fetch-mnist"}), text);
}

TEST_CASE("a label above 9 is refused with its file and offset") {
  const Files files;
  Bytes labels = some_labels(20);
  labels[6] = 10;
  files.write("train-labels-idx1-ubyte", test::idx({20}, labels));
  const std::string text = files.refusal();
  CHECK_MESSAGE(test::holds(text, {"train-labels-idx1-ubyte'", "byte 14", "label 10", "expected 0 to 9"}), text);
}

TEST_CASE("different numbers of images and labels are refused with both files and counts") {
  const Files files;
  files.write("t10k-labels-idx1-ubyte", test::idx({9}, some_labels(9)));
  const std::string text = files.refusal();
  CHECK_MESSAGE(
      test::holds(text, {"t10k-labels-idx1-ubyte'", "byte 4", "9 labels", "expected 10", "t10k-images-idx3-ubyte'"}),
      text);
}

TEST_CASE("images of another size are refused with the offset of the extent") {
  const Files files;
  files.write("train-images-idx3-ubyte", test::idx({20, 28, 27}, Bytes(20 * 28 * 27)));
  const std::string wide = files.refusal();
  CHECK_MESSAGE(test::holds(wide, {"train-images-idx3-ubyte'", "byte 12", "28x27", "expected 28x28"}), wide);
  files.write("train-images-idx3-ubyte", test::idx({20, 32, 28}, Bytes(20 * 32 * 28)));
  const std::string high = files.refusal();
  CHECK_MESSAGE(test::holds(high, {"byte 8", "32x28"}), high);
}

TEST_CASE("labels in the place of images are refused") {
  const Files files;
  files.write("train-images-idx3-ubyte", test::idx({20}, some_labels(20)));
  const std::string text = files.refusal();
  CHECK_MESSAGE(test::holds(text, {"train-images-idx3-ubyte'", "byte 3", "1 dimensions", "expected 3"}), text);
}

TEST_CASE("the first 5,000 training images are for validation, the others for training") {
  const Files files(5003, 10);
  const auto [train, validation, test] = mnist_splits(files.path());
  CHECK(train.size() == 3);
  CHECK(validation.size() == 5000);
  CHECK(test.size() == 10);
  CHECK(validation.image(0)[0] == 0);
  CHECK(validation.image(4999)[0] == 4999 % 256);
  CHECK(train.image(0)[0] == 5000 % 256);
  CHECK(train.image(2)[0] == 5002 % 256);
  CHECK(train.label(2) == 2);
}

TEST_CASE("a training file that validation would use up is refused") {
  const Files files(5000, 10);
  const std::string text = test::error_of([&] { mnist_splits(files.path()); });
  CHECK_MESSAGE(test::holds(text, {"mnist_splits", files.path().string(), "5000 training images", "more than"}), text);
}

TEST_CASE("Fashion-MNIST is read from files of MNIST's names, and errors name it") {
  const Files files(5003, 10);
  const auto [train, test] = fashion_mnist(files.path());
  CHECK(train.size() == 5003);
  CHECK(test.label(9) == 9);
  CHECK(fashion_mnist_splits(files.path()).train.image(1)[0] == 5001 % 256);
  CHECK(fashion_mnist_classes().size() == 10);
  CHECK(fashion_mnist_classes()[9] == "Ankle boot");
  files.remove("t10k-labels-idx1-ubyte");
  const std::string text = test::error_of([&] { fashion_mnist(files.path()); });
  CHECK_MESSAGE(test::holds(text, {"fashion_mnist: ", "t10k-labels-idx1-ubyte", "dataset-fashion-mnist"}), text);
  const Files few;
  CHECK(
      test::holds(test::error_of([&] { fashion_mnist_splits(few.path()); }), {"fashion_mnist_splits", "20 training"}));
}

TEST_CASE("Debian's Fashion-MNIST is found, or its package is named") {
  if (!std::filesystem::exists(fashion_mnist_directory)) {
    CHECK(test::holds(test::error_of([] { fashion_mnist(); }), {fashion_mnist_directory, "dataset-fashion-mnist"}));
    return;
  }
  const Splits splits = fashion_mnist_splits();
  CHECK(splits.train.size() == 55'000);
  CHECK(splits.test.size() == 10'000);
  // Published: 1,000 test images of each class, and the first is an ankle boot.
  std::vector<int> counts(10);
  for (const std::uint8_t label : splits.test.labels()) ++counts[label];
  CHECK(counts == std::vector<int>(10, 1000));
  CHECK(fashion_mnist_classes()[static_cast<std::size_t>(splits.test.label(0))] == "Ankle boot");
}

/// The four files of a small EMNIST split.
struct EmnistFiles : test::TemporaryDirectory {
  EmnistFiles(const std::string& split, const Bytes& labels) {
    Bytes images(labels.size() * pixels);
    for (std::size_t i = 0; i < labels.size(); ++i) images[i * pixels + 1 * 28 + 5] = static_cast<std::uint8_t>(i + 1);
    const auto count = static_cast<std::uint32_t>(labels.size());
    for (const std::string part : {"train", "test"}) {
      const std::string start = "emnist-" + split + "-" + part;
      test::write_file(*this / (start + "-images-idx3-ubyte.gz"), test::gzip(test::idx({count, 28, 28}, images)));
      test::write_file(*this / (start + "-labels-idx1-ubyte"), test::idx({count}, labels));
    }
  }
};

TEST_CASE("EMNIST's images are turned upright") {
  const EmnistFiles files("balanced", {0, 46});
  const auto [train, test] = emnist(files.path(), EmnistSplit::balanced);
  CHECK(train.size() == 2);
  CHECK(test.label(1) == 46);
  CHECK(train.image(1)[5 * 28 + 1] == 2);
  CHECK(train.image(1)[1 * 28 + 5] == 0);
}

TEST_CASE("each split of EMNIST has its labels and classes") {
  const auto check = [](EmnistSplit split, const char* name, std::uint8_t most, std::size_t count, const char* last) {
    CAPTURE(name);
    const EmnistFiles files(name, {most});
    const Mnist set = emnist(files.path(), split);
    CHECK(emnist_classes(split).size() == count);
    CHECK(static_cast<std::size_t>(set.train.label(0)) == count - 1);
    CHECK(emnist_classes(split).back() == last);
    const EmnistFiles beyond(name, {1, static_cast<std::uint8_t>(most + 1)});
    const std::string text = test::error_of([&] { emnist(beyond.path(), split); });
    CHECK_MESSAGE(test::holds(text, {"emnist: ", "labels-idx1-ubyte', byte 9", "label " + std::to_string(most + 1)}),
                  text);
  };
  check(EmnistSplit::byclass, "byclass", 61, 62, "z");
  check(EmnistSplit::bymerge, "bymerge", 46, 47, "t");
  check(EmnistSplit::balanced, "balanced", 46, 47, "t");
  check(EmnistSplit::letters, "letters", 26, 26, "z");
  check(EmnistSplit::digits, "digits", 9, 10, "9");
  check(EmnistSplit::mnist, "mnist", 9, 10, "9");
  CHECK(emnist_classes(EmnistSplit::balanced)[36] == "a");
  CHECK(emnist_classes(EmnistSplit::balanced)[38] == "d");
  CHECK(emnist_classes(EmnistSplit::letters)[0] == "a");
}

TEST_CASE("labels of EMNIST's letters begin with 0, not with 1 as in the file") {
  const EmnistFiles files("letters", {1, 3});
  CHECK(emnist(files.path(), EmnistSplit::letters).train.label(1) == 2);
  const EmnistFiles zero("letters", {1, 0});
  const std::string text = test::error_of([&] { emnist(zero.path(), EmnistSplit::letters); });
  CHECK_MESSAGE(test::holds(text, {"byte 9", "label 0; expected 1 to 26"}), text);
}

TEST_CASE("missing files of EMNIST, and splits that are none, are refused") {
  const EmnistFiles files("digits", {1});
  const std::string text = test::error_of([&] { emnist(files.path(), EmnistSplit::letters); });
  CHECK_MESSAGE(test::holds(text, {"emnist: ", "emnist-letters-train-images-idx3-ubyte", "nist.gov"}), text);
  CHECK(test::holds(test::error_of([&] { emnist(files.path(), EmnistSplit{6}); }), {"emnist: split 6"}));
  CHECK(test::holds(test::error_of([] { emnist_classes(EmnistSplit{-1}); }), {"emnist_classes: split -1"}));
}

}  // namespace
}  // namespace xgrad::data
