#pragma once

#include <string>

#include <data/mnist.hpp>

namespace xgrad::examples {

/// So many digits to train on, and so many others: drawn ones (data::synthetic_digits), or MNIST's from a directory
/// where one is given. Throws Error as data::mnist does, and where that has fewer.
data::Mnist digits(const std::string& mnist_directory, std::int64_t train, std::int64_t test);

}  // namespace xgrad::examples
