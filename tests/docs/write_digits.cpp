// write_digits DIR TRAIN TEST: writes so many synthetic digits as the four IDX files of MNIST, where programs of the
// documentation look for the real ones.
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <data/synthetic.hpp>

namespace {

using namespace xgrad;

void write_header(std::ofstream& file, std::initializer_list<std::int64_t> extents) {
  const auto put = [&](std::int64_t byte) { file.put(static_cast<char>(byte)); };
  for (const std::int64_t byte : {std::int64_t{0}, std::int64_t{0}, std::int64_t{8}, std::ssize(extents)}) put(byte);
  for (const std::int64_t extent : extents)
    for (const int shift : {24, 16, 8, 0}) put(extent >> shift & 0xff);
}

void write_set(const std::filesystem::path& directory, const std::string& name, const data::ImageDataset& digits) {
  std::ofstream images(directory / (name + "-images-idx3-ubyte"), std::ios::binary);
  std::ofstream labels(directory / (name + "-labels-idx1-ubyte"), std::ios::binary);
  write_header(images, {digits.size(), digits.image_size().height, digits.image_size().width});
  write_header(labels, {digits.size()});
  for (std::int64_t i = 0; i < digits.size(); ++i) {
    for (const std::uint8_t pixel : digits.image(i)) images.put(static_cast<char>(pixel));
    labels.put(static_cast<char>(digits.label(i)));
  }
  images.close();
  labels.close();
  if (!images || !labels) throw Error("write_digits: cannot write to " + directory.string());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return EXIT_FAILURE;
  const std::filesystem::path directory = argv[1];
  std::filesystem::create_directories(directory);
  write_set(directory, "train", data::synthetic_digits(std::atoi(argv[2]), 1));
  write_set(directory, "t10k", data::synthetic_digits(std::atoi(argv[3]), 2));
}
