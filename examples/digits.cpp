#include <examples/digits.hpp>

#include <data/synthetic.hpp>

namespace xgrad::examples {

data::Mnist digits(const std::string& mnist_directory, std::int64_t train, std::int64_t test) {
  if (mnist_directory.empty()) {
    const data::Splits splits = data::synthetic_splits(1, {.train = train, .validation = 0, .test = test});
    return {.train = splits.train, .test = splits.test};
  }
  const data::Mnist mnist = data::mnist(mnist_directory);
  return {.train = mnist.train.subset(0, train), .test = mnist.test.subset(0, test)};
}

}  // namespace xgrad::examples
