#include <doctest/doctest.h>

#include <cmath>

#include <autograd/ops.hpp>
#include <data/images/image_folder.hpp>
#include <data/loader.hpp>

#include "image_files.hpp"

namespace xgrad::data {
namespace {

using test::Bytes;
using test::holds;

Image grey(std::int64_t height, std::int64_t width, const Bytes& pixels) { return {height, width, 1, pixels}; }

void check_values(const Tensor& tensor, const std::vector<double>& expected) {
  const auto values = tensor.data<float>();
  REQUIRE(values.size() == expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    CAPTURE(i);
    CHECK(values[i] == doctest::Approx(expected[i]).epsilon(1e-6).scale(1));
  }
}

TEST_CASE("an image becomes channels of rows in [0, 1]") {
  const Tensor x = to_tensor({1, 2, 3, {0, 51, 102, 153, 204, 255}});
  CHECK(x.shape() == Shape{3, 1, 2});
  CHECK(x.dtype() == float32);
  check_values(x, {0, 0.6, 0.2, 0.8, 0.4, 1});
}

TEST_CASE("an image is scaled bilinearly, over the area of a new pixel") {
  const Image image = grey(4, 4, {0, 51, 102, 255, 255, 204, 0, 51, 10, 20, 30, 40, 200, 150, 100, 50});
  // torch.nn.functional.interpolate(x, size=s, mode="bilinear", antialias=True)
  check_values(fit(image, {2, 2}), {0.40144059, 0.37350944, 0.41512609, 0.22785115});
  check_values(fit(image, {3, 3}),
               {0.324, 0.33, 0.616, 0.49549019, 0.24901961, 0.14254904, 0.52313733, 0.37254909, 0.2219608});
  const Tensor larger = fit(image, {6, 6});
  check_values(larger[0][0], {0, 0.1, 0.23333335, 0.3666667, 0.7, 1});
  check_values(larger[0][3], {0.19934626, 0.19901948, 0.18191712, 0.1148148, 0.13104576, 0.1640523});
  CHECK(fit(image, {4, 4}).shape() == Shape{1, 4, 4});
  const Tensor same = fit(image, {4, 4}), plain = to_tensor(image);
  for (std::size_t i = 0; i < 16; ++i) CHECK(same.data<float>()[i] == doctest::Approx(plain.data<float>()[i]));
}

TEST_CASE("of an image of other proportions the middle is taken") {
  check_values(fit(grey(2, 4, {255, 0, 51, 255, 255, 102, 153, 255}), {2, 2}), {0, 0.2, 0.4, 0.6});
  check_values(fit(grey(4, 1, {255, 51, 153, 255}), {2, 1}), {0.2, 0.6});
}

TEST_CASE("channels are scaled each by itself, and what is even stays so") {
  Bytes pixels;
  for (int i = 0; i < 7 * 5; ++i) pixels.insert(pixels.end(), {51, 102, 255});
  const Tensor x = fit({7, 5, 3, pixels}, {3, 4});
  CHECK(x.shape() == Shape{3, 3, 4});
  std::vector<double> expected(36, 0.2);
  std::fill(expected.begin() + 12, expected.end(), 0.4);
  std::fill(expected.begin() + 24, expected.end(), 1.0);
  check_values(x, expected);
}

TEST_CASE("images that do not fit together, and sizes that there are not, are refused") {
  CHECK(holds(test::error_of([] { to_tensor(grey(2, 2, Bytes(3))); }),
              {"to_tensor: an image of 3 bytes for 1 channels of 2x2"}));
  CHECK(holds(test::error_of([] { to_tensor({}); }), {"to_tensor: an image of 0 bytes"}));
  CHECK(holds(test::error_of([] { to_tensor({INT64_MAX, INT64_MAX, 4, {}}); }), {"to_tensor: "}));
  CHECK(holds(test::error_of([] { to_tensor({-1, -1, 1, {1}}); }), {"to_tensor: "}));
  CHECK(holds(test::error_of([] { fit(grey(1, 1, {1}), {0, 5}); }), {"fit: a size of 0x5"}));
  CHECK(holds(test::error_of([] { fit(grey(1, 1, {1}), {INT64_MAX, 2}); }), {"fit: "}));
  CHECK(holds(test::error_of([] { fit(grey(1, 2, {1}), {1, 1}); }), {"fit: an image of 1 bytes"}));
}

/// root/cat/b.png, root/cat/a.JPG, root/cat/more/c.png, root/dog/d.jpeg, and what is no image.
struct Folders : test::TemporaryDirectory {
  Folders() {
    for (const char* folder : {"dog", "cat", "cat/more"}) std::filesystem::create_directories(*this / folder);
    test::write_png(*this / "cat/b.png", 2, {}, {{255, 0, 0, 0, 255, 0}, {0, 0, 255, 51, 51, 51}});
    test::write_jpeg(*this / "cat/a.JPG", 2, 2, Bytes(4, 153), {.color_space = JCS_GRAYSCALE, .channels = 1});
    test::write_png(*this / "cat/more/c.png", 2, {.color_type = PNG_COLOR_TYPE_GRAY}, {{0, 51}, {102, 153}});
    test::write_jpeg(*this / "dog/d.jpeg", 2, 2, Bytes(12, 204), {});
    test::write_file(*this / "cat/notes.txt", {'x'});
    test::write_file(*this / "outside.png", {'x'});
  }
};

TEST_CASE("folders are classes, sorted, and their files the images") {
  const Folders folders;
  const ImageFolder set(folders.path());
  CHECK(set.size() == 4);
  CHECK(set.classes() == std::vector<std::string>{"cat", "dog"});
  CHECK(set.targets() == std::vector<std::int64_t>{0, 0, 0, 1});
  CHECK(set.files() == std::vector<std::filesystem::path>{folders / "cat/a.JPG", folders / "cat/b.png",
                                                          folders / "cat/more/c.png", folders / "dog/d.jpeg"});
  const auto [images, labels] = set.all();
  CHECK(images.shape() == Shape{4, 3, 2, 2});
  CHECK(images.dtype() == float32);
  CHECK(labels.shape() == Shape{4});
  CHECK(labels.dtype() == int64);
  check_values(set[1].images, {1, 0, 0, 0.2, 0, 1, 0, 0.2, 0, 0, 1, 0.2});
  check_values(set[2].images, {0, 0.2, 0.4, 0.6, 0, 0.2, 0.4, 0.6, 0, 0.2, 0.4, 0.6});
}

TEST_CASE("channels, size and extensions are as the options say") {
  const Folders folders;
  CHECK(ImageFolder(folders.path(), {.channels = 1})[1].images.shape() == Shape{1, 2, 2});
  CHECK(ImageFolder(folders.path(), {.channels = {}})[2].images.shape() == Shape{1, 2, 2});
  CHECK(ImageFolder(folders.path(), {.size = ImageSize{5, 4}})[0].images.shape() == Shape{3, 5, 4});
  std::filesystem::rename(folders / "cat/notes.txt", folders / "dog/notes.TXT");
  CHECK(ImageFolder(folders.path(), {.extensions = {".png", ".txt"}}).size() == 3);
}

TEST_CASE("the threads of a loader read the files") {
  const Folders folders;
  const ImageFolder set(folders.path(), {.size = ImageSize{3, 3}});
  std::int64_t seen = 0;
  for (const auto& [images, labels] : Loader(set, {.batch_size = 3, .shuffle = true, .workers = 2})) {
    CHECK(images.shape() == Shape{labels.size(0), 3, 3, 3});
    seen += labels.size(0);
  }
  CHECK(seen == 4);
}

TEST_CASE("a file that is damaged is an Error when its image is asked for") {
  const Folders folders;
  test::write_file(folders / "cat/b.png", {1, 2, 3});
  const ImageFolder set(folders.path());
  CHECK(set[0].images.defined());
  CHECK(holds(test::error_of([&] { set[1]; }), {"read_image: '", "cat/b.png'", "neither a PNG nor a JPEG"}));
  CHECK(holds(test::error_of([&] { set[4]; }), {"Dataset.get: index 4 of 4"}));
  CHECK(holds(test::error_of([&] { ImageFolder(folders.path(), {.max_pixels = 3})[0]; }), {"a.JPG'", "2x2 pixels"}));
  test::write_png(folders / "cat/b.png", 1, {}, {{1, 2, 3}});
  CHECK(holds(test::error_of([&] { set.all(); }), {"Dataset.batch", "(3, 2, 2)", "(3, 1, 1)"}));
}

TEST_CASE("directories without classes or images, and options out of range, are refused") {
  const test::TemporaryDirectory directory;
  const auto refusal = [&](const ImageFolderOptions& options = {}) {
    return test::error_of([&] { ImageFolder(directory.path(), options); });
  };
  CHECK(holds(refusal(), {"ImageFolder: '" + directory.path().string() + "': has no folders"}));
  std::filesystem::create_directory(directory / "cat");
  std::filesystem::create_directory(directory / "dog");
  test::write_file(directory / "dog/x.png", {});
  CHECK(holds(refusal(), {"no images in the folders 'cat';", ".jpg, .jpeg, .png"}));
  CHECK(holds(test::error_of([] { ImageFolder("no/such"); }), {"ImageFolder: 'no/such': cannot be read"}));
  CHECK(holds(refusal({.channels = 4}), {"ImageFolder: .channels is 4"}));
  CHECK(holds(refusal({.size = ImageSize{0, 2}}), {"ImageFolder: .size is 0x2"}));
  CHECK(holds(refusal({.extensions = {}}), {"ImageFolder: .extensions has none"}));
  CHECK(holds(refusal({.max_pixels = 0}), {"ImageFolder: .max_pixels is 0"}));
  // A folder that leads into itself has no end.
  std::filesystem::create_directory_symlink(directory / "dog", directory / "dog/again");
  std::filesystem::remove(directory / "cat");
  CHECK(holds(refusal(), {"ImageFolder: '", "dog/again': a link to '", "dog', a folder that it is in"}));
}

}  // namespace
}  // namespace xgrad::data
