// The cases in xgrad, but for the networks. All mathematics is composed of public operations; gradients derive
// themselves. Besides what every side does, `bench_xgrad CASE --profile` shows where the time of a step goes.
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include <autograd/run/inspect/profile.hpp>
#include <autograd/run/run.hpp>
#include <nn/nn.hpp>

#include "../measure.hpp"
#include "xgrad.hpp"

namespace {

using namespace xgrad;

using bench::in_xgrad::filled;
using bench::in_xgrad::initialize;
using bench::in_xgrad::labels;

/// Forward and backward of f(x, parameters), with a given cotangent. All values and gradients are asked for.
template <class F>
bench::Work differentiate(const Tensor& x, const std::vector<Tensor>& parameters, const Tensor& cotangent, F f) {
  auto sources = std::make_shared<std::vector<Tensor>>(parameters);
  sources->insert(sources->begin(), x);
  auto results = std::make_shared<std::vector<Tensor>>();
  const auto step = [=] {
    results->clear();
    Tape tape;
    const Tensor y = f(x);
    *results = tape.gradient(y, *sources, {.cotangent = cotangent});
    results->push_back(y);
    eval(*results);
  };
  return {step, [results] { return sum(square(results->front())).item(); }};
}

bench::Work batch_norm() {
  const nn::BatchNorm1d norm(bench::columns);
  return differentiate(filled({bench::rows, bench::columns}, 1), {norm.weight, norm.bias},
                       filled({bench::rows, bench::columns}, 2), [norm](const Tensor& x) { return norm(x); });
}

bench::Work layer_norm() {
  const Tensor weight = ones({bench::columns});
  const Tensor bias = zeros({bench::columns});
  eval({weight, bias});
  return differentiate(filled({bench::rows, bench::columns}, 1), {weight, bias},
                       filled({bench::rows, bench::columns}, 2), [=](const Tensor& x) {
                         const Tensor centred = x - mean(x, 1, {.keepdims = true});
                         const Tensor variance = mean(square(centred), 1, {.keepdims = true});
                         return centred / sqrt(variance + 1e-5) * weight + bias;
                       });
}

bench::Work cross_entropy() {
  const Tensor y = labels(bench::rows, bench::columns);
  return differentiate(filled({bench::rows, bench::columns}, 1, 4), {}, {},
                       [y](const Tensor& x) { return nn::cross_entropy(x, y); });
}

bench::Work conv() {
  using namespace bench;
  const std::int64_t windows = conv_extent - conv_kernel + 1;
  const Tensor weight = filled({conv_out, conv_in, conv_kernel, conv_kernel}, 2, 0.1), bias = filled({conv_out}, 3);
  return differentiate(filled({conv_batch, conv_in, conv_extent, conv_extent}, 1), {weight, bias},
                       filled({conv_batch, conv_out, windows, windows}, 4),
                       [=](const Tensor& x) { return relu(conv2d(x, weight, bias)); });
}

bench::Work attention(std::int64_t heads, std::int64_t length) {
  const Shape shape{heads, length, bench::attention_width};
  const Tensor k = filled(shape, 2), v = filled(shape, 3);
  return differentiate(filled(shape, 1), {k, v}, filled(shape, 4),
                       [=](const Tensor& q) { return scaled_dot_product_attention(q, k, v); });
}

bench::Work transformer() {
  using namespace bench;
  const nn::TransformerEncoderLayer layer(encoder_width, encoder_heads,
                                          {.dim_feedforward = encoder_hidden, .dropout = 0});
  initialize(layer);
  std::vector<Tensor> parameters;
  for (const auto& [name, parameter] : layer.named_parameters()) parameters.push_back(parameter);
  const Shape shape{encoder_length, encoder_batch, encoder_width};
  return differentiate(filled(shape, 1), parameters, filled(shape, 2), [layer](const Tensor& x) { return layer(x); });
}

bench::Work volume_conv() {
  using namespace bench;
  const Tensor weight = filled({volume_out, volume_in, volume_kernel, volume_kernel, volume_kernel}, 2, 0.1);
  const Tensor bias = filled({volume_out}, 3);
  return differentiate(filled({volume_batch, volume_in, volume_extent, volume_extent, volume_extent}, 1),
                       {weight, bias},
                       filled({volume_batch, volume_out, volume_extent, volume_extent, volume_extent}, 4),
                       [=](const Tensor& x) { return xgrad::conv3d(x, weight, bias, {.padding = 1}); });
}

bench::Work conv_transpose() {
  using namespace bench;
  const Tensor weight = filled({small_in, small_out, 4, 4}, 2, 0.1), bias = filled({small_out}, 3);
  return differentiate(filled({small_batch, small_in, small_extent, small_extent}, 1), {weight, bias},
                       filled({small_batch, small_out, 2 * small_extent, 2 * small_extent}, 4),
                       [=](const Tensor& x) { return conv_transpose2d(x, weight, bias, {.stride = 2, .padding = 1}); });
}

bench::Work max_pool() {
  using namespace bench;
  return differentiate(filled({image_batch, image_channels, image_extent, image_extent}, 1), {},
                       filled({image_batch, image_channels, pooled_extent, pooled_extent}, 2),
                       [](const Tensor& x) { return max_pool2d(x, 3, {.stride = 2, .ceil_mode = true}); });
}

bench::Work bilinear() {
  using namespace bench;
  return differentiate(
      filled({image_batch, image_channels, image_extent, image_extent}, 1), {},
      filled({image_batch, image_channels, 2 * image_extent, 2 * image_extent}, 2),
      [](const Tensor& x) { return interpolate(x, {.scale_factor = {2}, .mode = InterpolationMode::bilinear}); });
}

bench::Work sampling() {
  using namespace bench;
  const Tensor grid = filled({image_batch, image_extent, image_extent, 2}, 2);
  return differentiate(filled({image_batch, image_channels, image_extent, image_extent}, 1), {grid},
                       filled({image_batch, image_channels, image_extent, image_extent}, 3),
                       [=](const Tensor& x) { return xgrad::grid_sample(x, grid); });
}

bench::Work adam() {
  struct State {
    std::vector<nn::Parameter> parameters;
    std::vector<Tensor> gradients;
    std::unique_ptr<optim::Adam> optimizer;
  };
  auto state = std::make_shared<State>();
  nn::NamedParameters named;
  for (std::int64_t i = 0; i < bench::adam_matrices; ++i) {
    const auto seed = static_cast<std::uint64_t>(2 * i);
    const Shape shape{bench::adam_extent, bench::adam_extent};
    state->parameters.emplace_back(filled(shape, seed + 1));
    state->gradients.push_back(filled(shape, seed + 2));
    named.emplace_back(std::to_string(i), state->parameters.back());
  }
  state->optimizer = std::make_unique<optim::Adam>(named, optim::AdamOptions{.lr = bench::adam.rate});
  return {[state] { state->optimizer->step(state->gradients); },
          [state] { return sum(square(state->parameters.front())).item(); }};
}

bench::Work tiny() {
  const Tensor x = filled({bench::chain_width}, 1);
  const Tensor w = 1 + filled({bench::chain_width}, 2, bench::chain_spread);
  eval(w);
  auto gradient = std::make_shared<Tensor>();
  const auto step = [=] {
    Tape tape;
    Tensor y = x;
    for (std::int64_t i = 0; i < bench::chain_length; i += 2) y = tanh(y) * w;
    const Tensor loss = sum(y);
    *gradient = tape.gradient(loss, w);
    eval({*gradient, loss});
  };
  return {step, [gradient] { return sum(abs(*gradient)).item(); }};
}

/// bench_xgrad CASE --profile: where the time of twenty steps goes.
int profile(const bench::Work& work) {
  for (int i = 0; i < 5; ++i) work.step();
  const Profile measured;
  for (int i = 0; i < 20; ++i) work.step();
  std::cout << measured.report();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  bench::Side side{
      .version = "xgrad " XGRAD_BENCH_VERSION,
      .set_threads = &set_num_threads,
      .warm_up = &bench::in_xgrad::warm_up,
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
  side.cases.merge(bench::in_xgrad::network_cases());
  side.cases.merge(bench::in_xgrad::convolution_cases());
  if (bench::has_flag(argc, argv, "--profile") && side.cases.contains(argv[1]))
    return profile(side.cases.at(argv[1])());
  return bench::run_side(argc, argv, side);
}
