// A program of an outside project that hands xtensor's arrays over and takes them back.
#include <cstdlib>
#include <iostream>

#include <xtensor/xarray.hpp>

#include <autograd/ops.hpp>
#include <autograd/xtensor.hpp>
#include <data/xtensor.hpp>

int main() {
  xt::xarray<float> array{{1, 2}, {3, 4}};
  std::cout << xgrad::sum(xgrad::square(xgrad::tensor(array))) << "\n";
  const auto f = [](const auto& x) { return sum(x * x); };
  if (xgrad::value_and_gradient(f, array).gradient(1, 1) != 8) return EXIT_FAILURE;
  const xgrad::data::BatchSource source = xgrad::data::source(array, xt::xarray<int>{0, 1});
  if (source.size != 2) return EXIT_FAILURE;
  return EXIT_SUCCESS;
}
