// A program of an outside project: writes a layer to an ONNX file and reads it back.
#include <cstdlib>
#include <iostream>

#include <nn/nn.hpp>
#include <nn/onnx/onnx.hpp>

using namespace xgrad;

int main() {
  onnx::save(nn::Linear(2, 3), "linear.onnx", {{"x", ones({2, 2})}});
  const Tensor y = onnx::load("linear.onnx")(ones({5, 2}));
  std::cout << "an ONNX file gives " << y.shape() << "\n";
  return y.shape() == Shape{5, 3} ? EXIT_SUCCESS : EXIT_FAILURE;
}
