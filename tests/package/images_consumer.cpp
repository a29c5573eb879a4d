// A program of an outside project: scales an image, and asks for a file that is not there.
#include <cstdlib>
#include <iostream>

#include <autograd/autograd.hpp>
#include <data/images/image_folder.hpp>

using namespace xgrad;

int main() {
  const data::Image image{.height = 1, .width = 2, .channels = 1, .pixels = {0, 255}};
  const Tensor x = data::fit(image, {.height = 2, .width = 2});
  std::cout << "an image has the shape " << x.shape() << "\n";
  try {
    data::ImageFolder("no/such/folder");
  } catch (const Error&) {
    return x.shape() == Shape{1, 2, 2} ? EXIT_SUCCESS : EXIT_FAILURE;
  }
  return EXIT_FAILURE;
}
