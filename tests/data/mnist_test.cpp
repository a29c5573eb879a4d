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

}  // namespace
}  // namespace xgrad::data
