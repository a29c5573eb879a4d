// A program of an outside project that hands xtensor's arrays over and takes them back.
#include <cstdlib>
#include <iostream>

#include <xtensor/xarray.hpp>

#include <autograd/ops.hpp>
#include <autograd/xtensor.hpp>

int main() {
  xt::xarray<float> array{{1, 2}, {3, 4}};
  std::cout << xgrad::sum(xgrad::square(xgrad::tensor(array))) << "\n";
  return EXIT_SUCCESS;
}
