#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include <autograd/autograd.hpp>

#include "../../fusing.hpp"

// Values that a plan computes again instead of reading them.
namespace xgrad {
namespace {

/// The largest difference between what f gives by a plan and node by node.
template <class F>
double difference(F&& f) {
  std::vector<double> planned, alone;
  {
    const test::Fusing fusing(true);
    planned = f().template to_vector<double>();
  }
  {
    const test::Fusing fusing(false);
    alone = f().template to_vector<double>();
  }
  REQUIRE(planned.size() == alone.size());
  double largest = 0;
  for (std::size_t i = 0; i < planned.size(); ++i) {
    const double apart = std::abs(planned[i] - alone[i]);
    largest = apart <= largest ? largest : apart;  // NaN stays
  }
  return largest;
}

/// Each row with mean 0 and variance 1.
Tensor normalized(const Tensor& rows) {
  const Tensor centred = rows - mean(rows, 1).reshape({-1, 1});
  return centred / sqrt(mean(square(centred), 1).reshape({-1, 1}) + 1e-5);
}

}  // namespace

TEST_CASE("a value of one shape is not computed again among values of the shape that it is viewed as") {
  const Tensor x = rand({8, 60, 13, 13}), bias = rand({8, 1, 1, 1});
  eval({x, bias});
  // Large enough to be worth computing again: an addition over planes, then operations over the rows they are.
  CHECK(difference([&] { return normalized((x + bias).reshape({8, -1})); }) < 1e-4);
  CHECK(difference([&] { return normalized((x * bias + 1).reshape({8, -1})); }) < 1e-4);
  CHECK(difference([&] { return normalized((x + 1).reshape({60, -1})).reshape({8, -1}) * 2; }) < 1e-4);
}

TEST_CASE("a convolution with a bias and batch statistics run by one plan as they do node by node") {
  const Tensor images = rand({60, 1, 28, 28}), kernel = randn({8, 1, 3, 3}), bias = randn({8});
  eval({images, kernel, bias});
  for (const std::int64_t stride : {1, 2}) {
    CAPTURE(stride);
    CHECK(difference([&] {
            const Tensor y = conv2d(images, kernel, bias, {.stride = stride});
            const Tensor rows = swapaxes(y, 0, 1).reshape({8, -1});
            return relu(normalized(rows)) * 0.5;
          }) < 1e-4);
  }
}

}  // namespace xgrad
