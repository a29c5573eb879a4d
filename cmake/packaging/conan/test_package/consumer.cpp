#include <cstdlib>
#include <iostream>

#include <nn/nn.hpp>

using namespace xgrad;

int main() {
  const Tensor x = tensor({1, 2, 3});
  Tape tape;
  const Tensor gradient = tape.gradient(sum(square(x)), x);
  std::cout << gradient << "\n";
  return all(equal(gradient, 2 * x)).item<bool>() ? EXIT_SUCCESS : EXIT_FAILURE;
}
