#include <data/cifar.hpp>

#include <span>
#include <sstream>
#include <utility>

#include <fmt/format.h>

#include <autograd/error.hpp>
#include <data/read/byte_reader.hpp>
#include <data/read/cifar_records.hpp>
#include <data/read/find_files.hpp>

namespace xgrad::data {

using std::filesystem::path;

ImageDataset read_cifar_images(const CifarForm& form, std::span<const path> files, std::uint64_t images_each) {
  constexpr std::uint64_t pixels_each = 3 * 32 * 32;
  std::vector<std::uint8_t> pixels, labels;
  for (const path& file : files) {
    ByteReader reader(form.where, file);
    const std::string what = fmt::format("{} images of {} bytes each", images_each, form.labels + pixels_each);
    std::vector<std::uint8_t> record(form.labels);
    for (std::uint64_t image = 0; image < images_each; ++image) {
      const std::uint64_t offset = reader.offset() + form.taken;
      reader.read(record, what);
      if (record[form.taken] >= form.classes)
        reader.refuse(
            offset, fmt::format("label {} of image {}; expected 0 to {}", record[form.taken], image, form.classes - 1));
      labels.push_back(record[form.taken]);
      reader.read(pixels, pixels_each, what);
    }
    const std::uint64_t end = reader.offset();
    if (!reader.at_end())
      reader.refuse(end, fmt::format("bytes after the last image; expected the end of the file after {}", what));
  }
  return ImageDataset(std::move(pixels), std::move(labels), {32, 32}, 3);
}

std::vector<std::string> read_cifar_names(const CifarForm& form, const path& file) {
  std::error_code unreadable;  // counts as missing
  if (!exists(file, unreadable)) return {};
  ByteReader reader(form.where, file);
  std::istringstream text(reader.read_rest(1 << 20));
  std::vector<std::string> names;
  for (std::string line; std::getline(text, line);) {
    if (line.ends_with('\r')) line.pop_back();
    if (!line.empty()) names.push_back(line);
  }
  if (std::ssize(names) != form.classes)
    reader.refuse(fmt::format("{} names of classes; expected {}, one on each line", names.size(), form.classes));
  return names;
}

Cifar cifar10(const path& directory) {
  const CifarForm form{.where = "cifar10", .labels = 1, .taken = 0, .classes = 10};
  const std::vector<path> files =
      find_files(form.where, directory,
                 {"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin", "data_batch_5.bin",
                  "test_batch.bin"},
                 "they are in cifar-10-binary.tar.gz at https://www.cs.toronto.edu/~kriz/cifar.html");
  return {.train = read_cifar_images(form, std::span(files).first(5), 10'000),
          .test = read_cifar_images(form, std::span(files).last(1), 10'000),
          .classes = read_cifar_names(form, directory / "batches.meta.txt")};
}

Cifar cifar100(const path& directory, CifarLabels labels) {
  if (labels != CifarLabels::fine && labels != CifarLabels::coarse)
    fail("cifar100", fmt::format("labels {} are neither fine nor coarse", static_cast<int>(labels)));
  const bool fine = labels == CifarLabels::fine;
  const CifarForm form{
      .where = "cifar100", .labels = 2, .taken = fine ? std::size_t{1} : 0, .classes = fine ? 100 : 20};
  const std::vector<path> files =
      find_files(form.where, directory, {"train.bin", "test.bin"},
                 "they are in cifar-100-binary.tar.gz at https://www.cs.toronto.edu/~kriz/cifar.html");
  return {.train = read_cifar_images(form, std::span(files).first(1), 50'000),
          .test = read_cifar_images(form, std::span(files).last(1), 10'000),
          .classes = read_cifar_names(form, directory / (fine ? "fine_label_names.txt" : "coarse_label_names.txt"))};
}

}  // namespace xgrad::data
