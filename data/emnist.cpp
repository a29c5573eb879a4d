#include <algorithm>
#include <array>
#include <string_view>

#include <fmt/format.h>

#include <autograd/error.hpp>
#include <data/mnist.hpp>
#include <data/read/find_files.hpp>
#include <data/read/idx_images.hpp>

namespace xgrad::data {
namespace {

struct SplitForm {
  const char* name;
  std::vector<std::string> classes;
  int first_label;
};

std::vector<std::string> each_of(std::string_view characters) {
  std::vector<std::string> texts;
  for (const char character : characters) texts.emplace_back(1, character);
  return texts;
}

const SplitForm& form_of(const char* where, EmnistSplit split) {
  static const std::array<SplitForm, 6> forms = [] {
    const std::string digits = "0123456789";
    const std::string capitals = "ABCDEFGHIJKLMNOPQRSTUVWXYZ", letters = "abcdefghijklmnopqrstuvwxyz";
    const std::vector<std::string> merged = each_of(digits + capitals + "abdefghnqrt");
    return std::array<SplitForm, 6>{{{"byclass", each_of(digits + capitals + letters), 0},
                                     {"bymerge", merged, 0},
                                     {"balanced", merged, 0},
                                     {"letters", each_of(letters), 1},
                                     {"digits", each_of(digits), 0},
                                     {"mnist", each_of(digits), 0}}};
  }();
  const auto index = static_cast<std::size_t>(split);
  if (split < EmnistSplit::byclass || index >= forms.size())
    fail(where, fmt::format("split {} is none of EMNIST's", static_cast<int>(split)));
  return forms[index];
}

}  // namespace

const std::vector<std::string>& emnist_classes(EmnistSplit split) { return form_of("emnist_classes", split).classes; }

Mnist emnist(const std::filesystem::path& directory, EmnistSplit split) {
  const SplitForm& form = form_of("emnist", split);
  const IdxImages set{.where = "emnist",
                      .min_label = form.first_label,
                      .max_label = form.first_label + static_cast<int>(form.classes.size()) - 1,
                      .transposed = true};
  std::vector<std::string> names;
  for (const char* part : {"train", "test"})
    for (const char* kind : {"images-idx3", "labels-idx1"})
      names.push_back(fmt::format("emnist-{}-{}-{}-ubyte", form.name, part, kind));
  const auto files = find_files("emnist", directory, names,
                                "they are in the directory gzip of the archive at "
                                "https://www.nist.gov/itl/products-and-services/emnist-dataset");
  return {.train = read_idx_pair(set, files[0], files[1]), .test = read_idx_pair(set, files[2], files[3])};
}

}  // namespace xgrad::data
