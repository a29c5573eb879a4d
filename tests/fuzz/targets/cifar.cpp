// The binary files of CIFAR, here of two images each, and the names of classes.
#include <data/read/cifar_records.hpp>

#include "data/files.hpp"
#include "fuzz/target.hpp"

namespace xgrad::fuzz {
namespace {

constexpr data::CifarForm ten{.where = "cifar10", .labels = 1, .taken = 0, .classes = 10};
constexpr data::CifarForm hundred{.where = "cifar100", .labels = 2, .taken = 1, .classes = 100};
constexpr std::uint64_t images = 2;

void run(std::string_view bytes) {
  for (const data::CifarForm& form : {ten, hundred}) {
    reads(bytes, [&](const auto& path) {
      const data::ImageDataset set = data::read_cifar_images(form, std::span(&path, 1), images);
      if (set.size() != images || set.pixels().size() != images * 3072) found("another number of images");
      for (const std::int64_t label : set.targets())
        if (label < 0 || label >= form.classes) found("a label of no class");
    });
    reads(bytes, [&](const auto& path) {
      if (std::ssize(data::read_cifar_names(form, path)) != form.classes) found("another number of names");
    });
  }
}

std::vector<std::string> seeds() {
  std::vector<std::string> list;
  for (const std::size_t labels : {1U, 2U}) {
    test::Bytes records(images * (labels + 3072), 7);
    records[labels - 1] = 3;
    list.emplace_back(records.begin(), records.end());
    const test::Bytes packed = test::gzip(records);
    list.emplace_back(packed.begin(), packed.end());
  }
  std::string names;
  for (int i = 0; i < 10; ++i) names += "class " + std::to_string(i) + (i % 2 == 0 ? "\n" : "\r\n\n");
  list.push_back(names);
  return list;
}

const Registered target({.name = "cifar", .run = run, .seeds = seeds});

}  // namespace
}  // namespace xgrad::fuzz
