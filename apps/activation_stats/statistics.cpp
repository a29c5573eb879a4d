#include <apps/activation_stats/statistics.hpp>

#include <apps/common/plot.hpp>
#include <autograd/ops.hpp>
#include <nn/nn.hpp>

namespace xgrad::apps {

namespace {

constexpr int histogram_bins = 40;

LayerStatistics describe(const Tensor& activations) {
  const Tensor mean = xgrad::mean(activations);
  const Tensor std = xgrad::std(activations, {}, {.correction = 0});
  return {.mean = mean.item(),
          .std = std.item(),
          .histogram = count_in_bins(activations.data<float>(), activation_range, histogram_bins)};
}

}  // namespace

std::vector<LayerStatistics> activation_statistics(const Tensor& inputs, Initialization initialization,
                                                   const NetworkOptions& options, Generator& generator) {
  std::vector<LayerStatistics> statistics;
  Tensor x = inputs;
  for (std::int64_t layer = 0; layer < options.layers; ++layer) {
    nn::Linear linear(options.units, options.units, {.bias = false});
    if (initialization == Initialization::xavier)
      nn::init::xavier_normal(linear.weight, {}, generator);
    else
      nn::init::normal(linear.weight, {.std = options.std}, generator);
    x = linear(x);
    if (initialization == Initialization::batch_norm) x = nn::BatchNorm1d(options.units)(x);
    x = tanh(x);
    statistics.push_back(describe(x));
  }
  return statistics;
}

}  // namespace xgrad::apps
