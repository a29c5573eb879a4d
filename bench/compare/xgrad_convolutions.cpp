#include <autograd/autograd.hpp>

#include "convolutions.hpp"
#include "xgrad.hpp"

namespace bench::in_xgrad {
namespace {

using namespace xgrad;

Work convolution(const Convolution& c, const std::string& direction) {
  const std::int64_t batch = convolution_batch, extent = c.result();
  const Tensor x = filled({batch, c.in, c.extent, c.extent}, 1);
  const Tensor weight = filled({c.out, c.in / c.groups, c.kernel, c.kernel}, 2, 0.1);
  const Tensor cotangent = filled({batch, c.out, extent, extent}, 3);
  const Conv2dOptions options{.stride = c.stride, .padding = c.padding, .groups = c.groups};
  auto result = std::make_shared<Tensor>();
  const auto convolved = [=](const Tensor& images, const Tensor& kernels) {
    return conv2d(images, kernels, {}, options);
  };
  const auto step = [=] {
    if (direction == "forward") {
      *result = convolved(x, weight);
    } else {
      const Tape tape;
      const Tensor& wanted = direction == "data" ? x : weight;
      *result = tape.gradient(sum(convolved(x, weight) * cotangent), wanted);
    }
    eval(*result);
  };
  return {step, [result] { return sum(square(*result)).item(); }};
}

Work peak() {
  const Tensor a = filled({peak_extent, peak_extent}, 1), b = filled({peak_extent, peak_extent}, 2);
  auto product = std::make_shared<Tensor>();
  return {[=] {
            *product = matmul(a, b);
            eval(*product);
          },
          [product] { return sum(abs(*product)).item(); }};
}

}  // namespace

Cases convolution_cases() { return bench::convolution_cases(&convolution, &peak); }

}  // namespace bench::in_xgrad
