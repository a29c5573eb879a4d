// The cases in libtorch, but for the networks, as its users write them: its own modules, losses, optimizers and fused
// kernels.
#include <cmath>
#include <memory>
#include <vector>

#include "torch.hpp"

extern "C" void openblas_set_num_threads(int);

namespace {

using bench::in_torch::filled;
using bench::in_torch::initialize;
using bench::in_torch::labels;
using torch::Tensor;

/// Forward and backward of f(x), with a given cotangent; gradients of x and of the parameters.
template <class F>
bench::Work differentiate(Tensor x, const std::vector<Tensor>& parameters, const Tensor& cotangent, F f) {
  x.requires_grad_();
  std::vector<Tensor> sources = parameters;
  sources.insert(sources.begin(), x);
  auto results = std::make_shared<std::vector<Tensor>>();
  const auto step = [=] {
    results->clear();
    const Tensor y = f(x);
    *results = torch::autograd::grad({y}, sources, {cotangent});
    results->push_back(y);
  };
  return {step, [results] { return results->front().square().sum().item<double>(); }};
}

bench::Work batch_norm() {
  torch::nn::BatchNorm1d norm(bench::columns);
  return differentiate(filled({bench::rows, bench::columns}, 1), {norm->weight, norm->bias},
                       filled({bench::rows, bench::columns}, 2),
                       [norm = norm.ptr()](const Tensor& x) { return norm->forward(x); });
}

bench::Work layer_norm() {
  const Tensor weight = torch::ones({bench::columns}).requires_grad_();
  const Tensor bias = torch::zeros({bench::columns}).requires_grad_();
  return differentiate(filled({bench::rows, bench::columns}, 1), {weight, bias},
                       filled({bench::rows, bench::columns}, 2),
                       [=](const Tensor& x) { return torch::layer_norm(x, {bench::columns}, weight, bias, 1e-5); });
}

bench::Work cross_entropy() {
  const Tensor y = labels(bench::rows, bench::columns);
  return differentiate(filled({bench::rows, bench::columns}, 1, 4), {}, {},
                       [y](const Tensor& x) { return torch::nn::functional::cross_entropy(x, y); });
}

bench::Work conv() {
  using namespace bench;
  const std::int64_t windows = conv_extent - conv_kernel + 1;
  const Tensor weight = filled({conv_out, conv_in, conv_kernel, conv_kernel}, 2, 0.1).requires_grad_();
  const Tensor bias = filled({conv_out}, 3).requires_grad_();
  return differentiate(filled({conv_batch, conv_in, conv_extent, conv_extent}, 1), {weight, bias},
                       filled({conv_batch, conv_out, windows, windows}, 4),
                       [=](const Tensor& x) { return torch::relu(torch::conv2d(x, weight, bias)); });
}

bench::Work attention(std::int64_t heads, std::int64_t length) {
  const std::vector<std::int64_t> shape{heads, length, bench::attention_width};
  const Tensor k = filled(shape, 2).requires_grad_(), v = filled(shape, 3).requires_grad_();
  const double scale = 1 / std::sqrt(static_cast<double>(bench::attention_width));
  return differentiate(filled(shape, 1), {k, v}, filled(shape, 4), [=](const Tensor& q) {
    return torch::matmul(torch::softmax(torch::matmul(q * scale, k.transpose(-2, -1)), -1), v);
  });
}

bench::Work transformer() {
  using namespace bench;
  torch::nn::TransformerEncoderLayer layer(torch::nn::TransformerEncoderLayerOptions(encoder_width, encoder_heads)
                                               .dim_feedforward(encoder_hidden)
                                               .dropout(0));
  initialize(*layer);
  const std::vector<std::int64_t> shape{encoder_length, encoder_batch, encoder_width};
  return differentiate(filled(shape, 1), layer->parameters(), filled(shape, 2),
                       [layer = layer.ptr()](const Tensor& x) { return layer->forward(x); });
}

bench::Work volume_conv() {
  using namespace bench;
  const Tensor weight =
      filled({volume_out, volume_in, volume_kernel, volume_kernel, volume_kernel}, 2, 0.1).requires_grad_();
  const Tensor bias = filled({volume_out}, 3).requires_grad_();
  return differentiate(filled({volume_batch, volume_in, volume_extent, volume_extent, volume_extent}, 1),
                       {weight, bias},
                       filled({volume_batch, volume_out, volume_extent, volume_extent, volume_extent}, 4),
                       [=](const Tensor& x) { return torch::conv3d(x, weight, bias, 1, 1); });
}

bench::Work conv_transpose() {
  using namespace bench;
  const Tensor weight = filled({small_in, small_out, 4, 4}, 2, 0.1).requires_grad_(),
               bias = filled({small_out}, 3).requires_grad_();
  return differentiate(filled({small_batch, small_in, small_extent, small_extent}, 1), {weight, bias},
                       filled({small_batch, small_out, 2 * small_extent, 2 * small_extent}, 4),
                       [=](const Tensor& x) { return torch::conv_transpose2d(x, weight, bias, 2, 1); });
}

bench::Work max_pool() {
  using namespace bench;
  return differentiate(filled({image_batch, image_channels, image_extent, image_extent}, 1), {},
                       filled({image_batch, image_channels, pooled_extent, pooled_extent}, 2),
                       [](const Tensor& x) { return torch::max_pool2d(x, 3, 2, 0, 1, true); });
}

bench::Work bilinear() {
  using namespace bench;
  return differentiate(filled({image_batch, image_channels, image_extent, image_extent}, 1), {},
                       filled({image_batch, image_channels, 2 * image_extent, 2 * image_extent}, 2),
                       [](const Tensor& x) {
                         return torch::upsample_bilinear2d(x, {2 * image_extent, 2 * image_extent}, false);
                       });
}

bench::Work sampling() {
  using namespace bench;
  const Tensor grid = filled({image_batch, image_extent, image_extent, 2}, 2).requires_grad_();
  return differentiate(filled({image_batch, image_channels, image_extent, image_extent}, 1), {grid},
                       filled({image_batch, image_channels, image_extent, image_extent}, 3),
                       [=](const Tensor& x) { return torch::grid_sampler(x, grid, 0, 0, false); });
}

bench::Work adam() {
  std::vector<Tensor> parameters;
  for (std::int64_t i = 0; i < bench::adam_matrices; ++i) {
    const auto seed = static_cast<std::uint64_t>(2 * i);
    parameters.push_back(filled({bench::adam_extent, bench::adam_extent}, seed + 1).requires_grad_());
    parameters.back().mutable_grad() = filled({bench::adam_extent, bench::adam_extent}, seed + 2);
  }
  auto optimizer = std::make_shared<torch::optim::Adam>(parameters, torch::optim::AdamOptions(bench::adam.rate));
  return {[optimizer] { optimizer->step(); },
          [first = parameters.front()] { return first.square().sum().item<double>(); }};
}

bench::Work tiny() {
  const Tensor x = filled({bench::chain_width}, 1);
  const Tensor w = (1 + filled({bench::chain_width}, 2, bench::chain_spread)).requires_grad_();
  auto gradient = std::make_shared<Tensor>();
  const auto step = [=] {
    Tensor y = x;
    for (std::int64_t i = 0; i < bench::chain_length; i += 2) y = torch::tanh(y) * w;
    *gradient = torch::autograd::grad({y.sum()}, {w}).front();
  };
  return {step, [gradient] { return gradient->abs().sum().item<double>(); }};
}

/// OpenBLAS has threads of its own, which libtorch does not know of.
void set_threads(int count) {
  torch::set_num_threads(count);
  openblas_set_num_threads(count);
}

}  // namespace

int main(int argc, char** argv) {
  bench::Side side{
      .version = "libtorch " TORCH_VERSION,
      .set_threads = &set_threads,
      .warm_up = &bench::in_torch::warm_up,
      .cases = {{"batch-norm", &batch_norm},
                {"layer-norm", &layer_norm},
                {"cross-entropy", &cross_entropy},
                {"conv", &conv},
                {"conv3d", &volume_conv},
                {"conv-transpose", &conv_transpose},
                {"max-pool", &max_pool},
                {"bilinear", &bilinear},
                {"grid-sample", &sampling},
                {"attention", [] { return attention(bench::attention_heads, bench::attention_length); }},
                {"long-attention", [] { return attention(bench::long_attention_heads, bench::long_attention_length); }},
                {"transformer", &transformer},
                {"adam", &adam},
                {"tiny", &tiny}}};
  side.cases.merge(bench::in_torch::network_cases());
  side.cases.merge(bench::in_torch::convolution_cases());
  return bench::run_side(argc, argv, side);
}
