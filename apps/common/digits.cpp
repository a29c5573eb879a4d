#include <apps/common/digits.hpp>

#include <filesystem>

#include <fmt/format.h>

#include <autograd/error.hpp>
#include <autograd/fingerprint.hpp>
#include <data/mnist.hpp>

namespace xgrad::apps {

std::uint64_t fingerprint(const data::ImageDataset& images) {
  Fingerprint print;
  for (std::int64_t i = 0; i < images.size(); ++i) {
    for (const std::uint8_t pixel : images.image(i)) print.add(pixel);
    print.add(static_cast<std::uint8_t>(images.label(i)));
  }
  return print.value();
}

data::Splits load_digits(const std::string& data, std::uint64_t seed, const data::SplitSizes& sizes) {
  if (data == synthetic_data) return data::synthetic_splits(seed, sizes);
  if (data == fashion_data) {
    if (!std::filesystem::is_directory(data::fashion_mnist_directory))
      fail("--data", fmt::format("there is no directory '{}'. Install Debian's package dataset-fashion-mnist, or give "
                                 "the directory of Fashion-MNIST's files",
                                 data::fashion_mnist_directory));
    return data::fashion_mnist_splits();
  }
  if (!std::filesystem::is_directory(data))
    fail("--data",
         fmt::format("there is no directory '{0}'. Get MNIST with `scripts/fetch-mnist {0}`, or use the built-in "
                     "digits: --data {1}",
                     data, synthetic_data));
  return data::mnist_splits(data);
}

}  // namespace xgrad::apps
