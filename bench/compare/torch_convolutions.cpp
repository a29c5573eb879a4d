#include "convolutions.hpp"
#include "torch.hpp"

namespace bench::in_torch {
namespace {

Work convolution(const Convolution& c, const std::string& direction) {
  const std::int64_t batch = convolution_batch, extent = c.result();
  const torch::Tensor x = filled({batch, c.in, c.extent, c.extent}, 1);
  const torch::Tensor weight = filled({c.out, c.in / c.groups, c.kernel, c.kernel}, 2, 0.1);
  const torch::Tensor cotangent = filled({batch, c.out, extent, extent}, 3);
  auto result = std::make_shared<torch::Tensor>();
  const std::vector<std::int64_t> stride{c.stride, c.stride}, padding{c.padding, c.padding}, dilation{1, 1};
  const auto step = [=] {
    const torch::NoGradGuard none;
    if (direction == "forward") {
      *result = torch::conv2d(x, weight, {}, stride, padding, dilation, c.groups);
      return;
    }
    const bool data = direction == "data";
    const auto gradients = at::convolution_backward(cotangent, x, weight, at::nullopt, stride, padding, dilation, false,
                                                    {0, 0}, c.groups, {data, !data, false});
    *result = data ? std::get<0>(gradients) : std::get<1>(gradients);
  };
  return {step, [result] { return result->square().sum().item<double>(); }};
}

Work peak() {
  const torch::Tensor a = filled({peak_extent, peak_extent}, 1), b = filled({peak_extent, peak_extent}, 2);
  auto product = std::make_shared<torch::Tensor>();
  return {[=] { *product = torch::matmul(a, b); }, [product] { return product->abs().sum().item<double>(); }};
}

}  // namespace

Cases convolution_cases() { return bench::convolution_cases(&convolution, &peak); }

}  // namespace bench::in_torch
