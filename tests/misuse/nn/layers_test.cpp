#include <doctest/doctest.h>

#include "misuse/lists.hpp"
#include "options.hpp"

namespace xgrad::test {
namespace {

/// Layers are made and applied in one call. A large layer is not made: its weights would be drawn.
bool is_large(std::initializer_list<std::int64_t> sizes) {
  double product = 1;
  for (const std::int64_t size : sizes) product *= static_cast<double>(size < 1 ? 1 : size);
  return product > 1e6 && product < 1e14;
}

template <class M>
Probe activation(const char* name) {
  return probe(
      {name, "its parts"}, [](const Tensor& x) { return M()(x); }, tensor({{0.5, -1, 2}}));
}

}  // namespace

Probes layer_probes() {
  using I = std::int64_t;
  const Tensor rows = tensor({{1, 2, 3, 4}, {0, 1, 0, 2}}), images = ones({2, 4, 3, 3}), signals = ones({2, 4, 5});
  const Tensor sequence = ones({3, 2, 4}), state = zeros({1, 2, 2});
  const I two = 2, four = 4;
  Probes probes{
      activation<nn::Tanh>("Tanh"),
      activation<nn::ReLU>("ReLU"),
      activation<nn::Sigmoid>("Sigmoid"),
      activation<nn::LogSigmoid>("LogSigmoid"),
      activation<nn::SiLU>("SiLU"),
      activation<nn::Mish>("Mish"),
      activation<nn::SELU>("SELU"),
      activation<nn::ReLU6>("ReLU6"),
      activation<nn::Hardsigmoid>("Hardsigmoid"),
      activation<nn::Hardswish>("Hardswish"),
      activation<nn::Softsign>("Softsign"),
      activation<nn::Tanhshrink>("Tanhshrink"),
      probe(
          {"GELU", "its parts"}, [](GeluApproximation how, const Tensor& x) { return nn::GELU(how)(x); },
          GeluApproximation::tanh, rows),
      probe(
          {"Softplus", "its parts"}, [](double b, double t, const Tensor& x) { return nn::Softplus(b, t)(x); }, 1.0,
          20.0, rows),
      probe(
          {"ELU", "its parts"}, [](double alpha, const Tensor& x) { return nn::ELU(alpha)(x); }, 1.0, rows),
      probe(
          {"CELU", "its parts"}, [](double alpha, const Tensor& x) { return nn::CELU(alpha)(x); }, 1.0, rows),
      probe(
          {"LeakyReLU", "its parts"}, [](double slope, const Tensor& x) { return nn::LeakyReLU(slope)(x); }, 0.1, rows),
      probe(
          {"Hardtanh", "its parts"}, [](double min, double max, const Tensor& x) { return nn::Hardtanh(min, max)(x); },
          -1.0, 1.0, rows),
      probe(
          {"PReLU", "its parts"},
          [](I n, double init, const Tensor& x) { return is_large({n}) ? x : Tensor(nn::PReLU(n, init)(x)); }, four,
          0.25, rows),
      probe(
          {"GLU", "glu"}, [](int axis, const Tensor& x) { return nn::GLU(axis)(x); }, -1, rows),
      probe(
          {"Linear", "its parts"},
          [](I in, I out, const nn::LinearOptions& options, const Tensor& x) {
            return is_large({in, out}) ? x : Tensor(nn::Linear(in, out, options)(x));
          },
          four, two, nn::LinearOptions{}, rows),
      probe(
          {"Conv1d", "conv1d"},
          [](I in, I out, I kernel, const nn::Conv1dOptions& options, const Tensor& x) {
            return is_large({in, out, kernel}) ? x : Tensor(nn::Conv1d(in, out, kernel, options)(x));
          },
          four, two, two, nn::Conv1dOptions{}, signals),
      probe(
          {"Conv2d", "conv2d"},
          [](I in, I out, const Pair& kernel, const nn::Conv2dOptions& options, const Tensor& x) {
            if (is_large({in, out, kernel.height, kernel.width})) return x;
            return Tensor(nn::Conv2d(in, out, kernel, options)(x));
          },
          four, two, Pair(2, 2), nn::Conv2dOptions{}, images),
      probe(
          {"ConvTranspose2d", "conv_transpose2d"},
          [](I in, I out, const Pair& kernel, const nn::ConvTranspose2dOptions& options, const Tensor& x) {
            if (is_large({in, out, kernel.height, kernel.width})) return x;
            return Tensor(nn::ConvTranspose2d(in, out, kernel, options)(x));
          },
          four, two, Pair(2, 2), nn::ConvTranspose2dOptions{}, images),
      probe(
          {"BatchNorm1d", "its parts"},
          [](I features, const nn::BatchNormOptions& options, const Tensor& x) {
            return is_large({features}) ? x : Tensor(nn::BatchNorm1d(features, options)(x));
          },
          four, nn::BatchNormOptions{}, rows),
      probe(
          {"BatchNorm2d", "its parts"},
          [](I features, const nn::BatchNormOptions& options, const Tensor& x) {
            return is_large({features}) ? x : Tensor(nn::BatchNorm2d(features, options)(x));
          },
          four, nn::BatchNormOptions{}, images),
      probe(
          {"LayerNorm", "its parts"},
          [](const Shape& shape, const nn::LayerNormOptions& options, const Tensor& x) {
            double elements = 1;
            for (const I extent : shape) elements *= static_cast<double>(extent);
            return elements > 1e6 && elements < 1e14 ? x : Tensor(nn::LayerNorm(shape, options)(x));
          },
          Shape{4}, nn::LayerNormOptions{}, rows),
      probe(
          {"RMSNorm", "its parts"},
          [](I features, const nn::RMSNormOptions& options, const Tensor& x) {
            return is_large({features}) ? x : Tensor(nn::RMSNorm(features, options)(x));
          },
          four, nn::RMSNormOptions{}, rows),
      probe(
          {"GroupNorm", "its parts"},
          [](I groups, I channels, const nn::GroupNormOptions& options, const Tensor& x) {
            return is_large({channels}) ? x : Tensor(nn::GroupNorm(groups, channels, options)(x));
          },
          two, four, nn::GroupNormOptions{}, images),
      probe(
          {"InstanceNorm1d", "its parts"},
          [](I features, const nn::InstanceNormOptions& options, const Tensor& x) {
            return is_large({features}) ? x : Tensor(nn::InstanceNorm1d(features, options)(x));
          },
          four, nn::InstanceNormOptions{}, signals),
      probe(
          {"InstanceNorm2d", "its parts"},
          [](I features, const nn::InstanceNormOptions& options, const Tensor& x) {
            return is_large({features}) ? x : Tensor(nn::InstanceNorm2d(features, options)(x));
          },
          four, nn::InstanceNormOptions{.track_running_stats = true}, images),
      probe(
          {"Dropout", "its parts"}, [](double p, const Tensor& x) { return nn::Dropout(p)(x); }, 0.5, rows),
      probe(
          {"dropout", "its parts"},
          [](const Tensor& x, const nn::DropoutOptions& options) { return nn::dropout(x, options); }, rows,
          nn::DropoutOptions{}),
      probe(
          {"Embedding", "embedding"},
          [](I n, I width, const nn::EmbeddingOptions& options, const Tensor& x) {
            return is_large({n, width}) ? x : Tensor(nn::Embedding(n, width, options)(x));
          },
          four, two, nn::EmbeddingOptions{}, tensor({1, 3}, int64)),
      probe(
          {"Flatten", "flatten"}, [](int axis, const Tensor& x) { return nn::Flatten(axis)(x); }, 1, images),
      probe(
          {"MaxPool2d", "max_pool2d"},
          [](const Pair& kernel, const MaxPool2dOptions& options, const Tensor& x) {
            return nn::MaxPool2d(kernel, options)(x);
          },
          Pair(2), MaxPool2dOptions{}, images),
      probe(
          {"AvgPool2d", "avg_pool2d"},
          [](const Pair& kernel, const AvgPool2dOptions& options, const Tensor& x) {
            return nn::AvgPool2d(kernel, options)(x);
          },
          Pair(2), AvgPool2dOptions{}, images),
      probe(
          {"AdaptiveAvgPool2d", "adaptive_avg_pool2d"},
          [](const Pair& size, const Tensor& x) { return nn::AdaptiveAvgPool2d(size)(x); }, Pair(2), images),
  };
  const auto recurrent = [](const nn::RecurrentOptions& o, I in, I hidden) {
    return o.num_layers > 20 || is_large({in, hidden}) || in > 1000 || hidden > 1000;
  };
  append(probes,
         {probe(
              {"RNN", "its parts"},
              [=](I in, I hidden, const nn::RecurrentOptions& o, const Tensor& x, const Tensor& h) {
                return recurrent(o, in, hidden) ? x : nn::RNN(in, hidden, o)(x, h).output;
              },
              four, two, nn::RecurrentOptions{}, sequence, state),
          probe(
              {"GRU", "its parts"},
              [=](I in, I hidden, const nn::RecurrentOptions& o, const Tensor& x, const Tensor& h) {
                return recurrent(o, in, hidden) ? x : nn::GRU(in, hidden, o)(x, h).output;
              },
              four, two, nn::RecurrentOptions{}, sequence, state),
          probe(
              {"LSTM", "its parts"},
              [=](I in, I hidden, const nn::RecurrentOptions& o, const Tensor& x, const nn::LSTMState& initial) {
                return recurrent(o, in, hidden) ? x : nn::LSTM(in, hidden, o)(x, initial).output;
              },
              four, two, nn::RecurrentOptions{}, sequence, nn::LSTMState{state, state})});
  return probes;
}

TEST_CASE("layers stand wrong arguments and wrong inputs") { run(layer_probes()); }

}  // namespace xgrad::test
