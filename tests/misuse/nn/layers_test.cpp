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

template <class M>
Probe padding(const std::string& name, const Tensor& x, const std::vector<std::int64_t>& sides) {
  return probe(
      std::vector<std::string>{name, "pad"},
      [](const std::vector<std::int64_t>& padding, const Tensor& input) { return M(padding)(input); }, sides, x);
}

/// The layers that pad signals, images or volumes.
template <class Constant, class Zero, class Reflection, class Replication, class Circular>
Probes padding(const std::string& axes, const Tensor& x, const std::vector<std::int64_t>& sides) {
  return {probe(
              std::vector<std::string>{"ConstantPad" + axes, "pad"},
              [](const std::vector<std::int64_t>& padding, const Number& value, const Tensor& input) {
                return Constant(padding, value)(input);
              },
              sides, Number(1.5), x),
          padding<Zero>("ZeroPad" + axes, x, sides), padding<Reflection>("ReflectionPad" + axes, x, sides),
          padding<Replication>("ReplicationPad" + axes, x, sides), padding<Circular>("CircularPad" + axes, x, sides)};
}

}  // namespace

Probes layer_probes() {
  using I = std::int64_t;
  const Tensor rows = tensor({{1, 2, 3, 4}, {0, 1, 0, 2}}), images = ones({2, 4, 3, 3}), signals = ones({2, 4, 5});
  const Tensor volumes = ones({2, 4, 3, 3, 3});
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
          {"ConvTranspose2d", "conv_transpose2d"},
          [](const Tensor& x, const Pair& output_size) {
            return nn::ConvTranspose2d(4, 2, 2, {.stride = 2})(x, output_size);
          },
          images, Pair(7, 6)),
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
          {"Embedding::from_pretrained", "Embedding", "embedding"},
          [](const Tensor& table, const nn::EmbeddingFromPretrainedOptions& options, const Tensor& x) {
            return Tensor(nn::Embedding::from_pretrained(table, options)(x));
          },
          ones({4, 2}), nn::EmbeddingFromPretrainedOptions{}, tensor({1, 3}, int64)),
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
          [](const AdaptiveSize2d& size, const Tensor& x) { return nn::AdaptiveAvgPool2d(size)(x); }, AdaptiveSize2d(2),
          images),
      probe(
          {"Conv3d", "conv3d"},
          [](I in, I out, const Triple& kernel, const nn::Conv3dOptions& options, const Tensor& x) {
            return is_large({in, out, kernel.depth, kernel.height, kernel.width})
                       ? x
                       : Tensor(nn::Conv3d(in, out, kernel, options)(x));
          },
          four, two, Triple(2, 2, 2), nn::Conv3dOptions{}, volumes),
      probe(
          {"ConvTranspose1d", "conv_transpose1d"},
          [](I in, I out, I kernel, const nn::ConvTranspose1dOptions& options, const Tensor& x) {
            return is_large({in, out, kernel}) ? x : Tensor(nn::ConvTranspose1d(in, out, kernel, options)(x));
          },
          four, two, two, nn::ConvTranspose1dOptions{}, signals),
      probe(
          {"ConvTranspose3d", "conv_transpose3d"},
          [](I in, I out, const Triple& kernel, const nn::ConvTranspose3dOptions& options, const Tensor& x) {
            return is_large({in, out, kernel.depth, kernel.height, kernel.width})
                       ? x
                       : Tensor(nn::ConvTranspose3d(in, out, kernel, options)(x));
          },
          four, two, Triple(2, 2, 2), nn::ConvTranspose3dOptions{}, volumes),
      probe(
          {"BatchNorm3d", "its parts"},
          [](I features, const nn::BatchNormOptions& options, const Tensor& x) {
            return is_large({features}) ? x : Tensor(nn::BatchNorm3d(features, options)(x));
          },
          four, nn::BatchNormOptions{}, volumes),
      probe(
          {"InstanceNorm3d", "its parts"},
          [](I features, const nn::InstanceNormOptions& options, const Tensor& x) {
            return is_large({features}) ? x : Tensor(nn::InstanceNorm3d(features, options)(x));
          },
          four, nn::InstanceNormOptions{}, volumes),
      probe(
          {"LocalResponseNorm", "its parts"},
          [](I size, const LocalResponseNormOptions& options, const Tensor& x) {
            return nn::LocalResponseNorm(size, options)(x);
          },
          two, LocalResponseNormOptions{}, images),
      probe(
          {"Dropout1d", "its parts"}, [](double p, const Tensor& x) { return nn::Dropout1d(p)(x); }, 0.5, signals),
      probe(
          {"Dropout2d", "its parts"}, [](double p, const Tensor& x) { return nn::Dropout2d(p)(x); }, 0.5, images),
      probe(
          {"Dropout3d", "its parts"}, [](double p, const Tensor& x) { return nn::Dropout3d(p)(x); }, 0.5, volumes),
      probe(
          {"AlphaDropout", "its parts"}, [](double p, const Tensor& x) { return nn::AlphaDropout(p)(x); }, 0.5, rows),
      probe(
          {"FeatureAlphaDropout", "its parts"}, [](double p, const Tensor& x) { return nn::FeatureAlphaDropout(p)(x); },
          0.5, rows),
      probe(
          {"dropout1d", "its parts"},
          [](const Tensor& x, const nn::DropoutOptions& options) { return nn::dropout1d(x, options); }, signals,
          nn::DropoutOptions{}),
      probe(
          {"dropout2d", "its parts"},
          [](const Tensor& x, const nn::DropoutOptions& options) { return nn::dropout2d(x, options); }, images,
          nn::DropoutOptions{}),
      probe(
          {"dropout3d", "its parts"},
          [](const Tensor& x, const nn::DropoutOptions& options) { return nn::dropout3d(x, options); }, volumes,
          nn::DropoutOptions{}),
      probe(
          {"alpha_dropout", "its parts"},
          [](const Tensor& x, const nn::DropoutOptions& options) { return nn::alpha_dropout(x, options); }, rows,
          nn::DropoutOptions{}),
      probe(
          {"feature_alpha_dropout", "its parts"},
          [](const Tensor& x, const nn::DropoutOptions& options) { return nn::feature_alpha_dropout(x, options); },
          rows, nn::DropoutOptions{}),
      probe(
          {"MaxPool1d", "max_pool1d"},
          [](const I& kernel, const MaxPool1dOptions& options, const Tensor& x) {
            return nn::MaxPool1d(kernel, options)(x);
          },
          two, MaxPool1dOptions{}, signals),
      probe(
          {"AvgPool1d", "avg_pool1d"},
          [](const I& kernel, const AvgPool1dOptions& options, const Tensor& x) {
            return nn::AvgPool1d(kernel, options)(x);
          },
          two, AvgPool1dOptions{}, signals),
      probe(
          {"MaxPool3d", "max_pool3d"},
          [](const Triple& kernel, const MaxPool3dOptions& options, const Tensor& x) {
            return nn::MaxPool3d(kernel, options)(x);
          },
          Triple(2), MaxPool3dOptions{}, volumes),
      probe(
          {"AvgPool3d", "avg_pool3d"},
          [](const Triple& kernel, const AvgPool3dOptions& options, const Tensor& x) {
            return nn::AvgPool3d(kernel, options)(x);
          },
          Triple(2), AvgPool3dOptions{}, volumes),
      probe(
          {"with_indices", "MaxPool1d"}, [](const Tensor& x) { return nn::MaxPool1d(2).with_indices(x); }, signals),
      probe(
          {"with_indices", "AdaptiveMaxPool1d"},
          [](const Tensor& x) { return nn::AdaptiveMaxPool1d(2).with_indices(x); }, signals),
      probe(
          {"MaxUnpool1d", "max_unpool1d"},
          [](const I& kernel, const nn::MaxUnpoolOptions1d& options, const Tensor& x, const Tensor& at) {
            return nn::MaxUnpool1d(kernel, options)(x, at);
          },
          two, nn::MaxUnpoolOptions1d{}, signals, zeros(signals.shape(), int64)),
      probe(
          {"with_indices", "MaxPool2d"}, [](const Tensor& x) { return nn::MaxPool2d(2).with_indices(x); }, images),
      probe(
          {"with_indices", "AdaptiveMaxPool2d"},
          [](const Tensor& x) { return nn::AdaptiveMaxPool2d(2).with_indices(x); }, images),
      probe(
          {"MaxUnpool2d", "max_unpool2d"},
          [](const Pair& kernel, const nn::MaxUnpoolOptions2d& options, const Tensor& x, const Tensor& at) {
            return nn::MaxUnpool2d(kernel, options)(x, at);
          },
          Pair(2), nn::MaxUnpoolOptions2d{}, images, zeros(images.shape(), int64)),
      probe(
          {"with_indices", "MaxPool3d"}, [](const Tensor& x) { return nn::MaxPool3d(2).with_indices(x); }, volumes),
      probe(
          {"with_indices", "AdaptiveMaxPool3d"},
          [](const Tensor& x) { return nn::AdaptiveMaxPool3d(2).with_indices(x); }, volumes),
      probe(
          {"MaxUnpool3d", "max_unpool3d"},
          [](const Triple& kernel, const nn::MaxUnpoolOptions3d& options, const Tensor& x, const Tensor& at) {
            return nn::MaxUnpool3d(kernel, options)(x, at);
          },
          Triple(2), nn::MaxUnpoolOptions3d{}, volumes, zeros(volumes.shape(), int64)),
      probe(
          {"LPPool1d", "lp_pool1d"},
          [](double norm, const I& kernel, const LPPool1dOptions& options, const Tensor& x) {
            return nn::LPPool1d(norm, kernel, options)(x);
          },
          2.0, two, LPPool1dOptions{}, signals),
      probe(
          {"LPPool2d", "lp_pool2d"},
          [](double norm, const Pair& kernel, const LPPool2dOptions& options, const Tensor& x) {
            return nn::LPPool2d(norm, kernel, options)(x);
          },
          2.0, Pair(2), LPPool2dOptions{}, images),
      probe(
          {"AdaptiveAvgPool1d", "adaptive_avg_pool1d"},
          [](const I& size, const Tensor& x) { return nn::AdaptiveAvgPool1d(size)(x); }, two, signals),
      probe(
          {"AdaptiveAvgPool3d", "adaptive_avg_pool3d"},
          [](const AdaptiveSize3d& size, const Tensor& x) { return nn::AdaptiveAvgPool3d(size)(x); }, AdaptiveSize3d(2),
          volumes),
      probe(
          {"AdaptiveMaxPool1d", "adaptive_max_pool1d"},
          [](const I& size, const Tensor& x) { return nn::AdaptiveMaxPool1d(size)(x); }, two, signals),
      probe(
          {"AdaptiveMaxPool2d", "adaptive_max_pool2d"},
          [](const AdaptiveSize2d& size, const Tensor& x) { return nn::AdaptiveMaxPool2d(size)(x); }, AdaptiveSize2d(2),
          images),
      probe(
          {"AdaptiveMaxPool3d", "adaptive_max_pool3d"},
          [](const AdaptiveSize3d& size, const Tensor& x) { return nn::AdaptiveMaxPool3d(size)(x); }, AdaptiveSize3d(2),
          volumes),
      probe(
          {"Unfold", "unfold"},
          [](const Pair& kernel, const UnfoldOptions& options, const Tensor& x) {
            return nn::Unfold(kernel, options)(x);
          },
          Pair(2), UnfoldOptions{}, images),
      probe(
          {"Fold", "fold"},
          [](const Pair& size, const Pair& kernel, const UnfoldOptions& options, const Tensor& x) {
            return nn::Fold(size, kernel, options)(x);
          },
          Pair(3), Pair(2), UnfoldOptions{}, ones({2, 8, 4})),
      probe(
          {"PixelShuffle", "pixel_shuffle"}, [](I r, const Tensor& x) { return nn::PixelShuffle(r)(x); }, two, images),
      probe(
          {"PixelUnshuffle", "pixel_unshuffle"}, [](I r, const Tensor& x) { return nn::PixelUnshuffle(r)(x); }, two,
          ones({1, 4, 2, 4})),
      probe(
          {"ChannelShuffle", "channel_shuffle"}, [](I n, const Tensor& x) { return nn::ChannelShuffle(n)(x); }, two,
          images),
      probe(
          {"Upsample", "interpolate"},
          [](const InterpolateOptions& options, const Tensor& x) { return nn::Upsample(options)(x); },
          InterpolateOptions{.size = {4, 4}}, images),
      probe(
          {"UpsamplingNearest2d", "interpolate"},
          [](const nn::UpsamplingOptions& options, const Tensor& x) { return nn::UpsamplingNearest2d(options)(x); },
          nn::UpsamplingOptions{.scale_factor = {2}}, images),
      probe(
          {"UpsamplingBilinear2d", "interpolate"},
          [](const nn::UpsamplingOptions& options, const Tensor& x) { return nn::UpsamplingBilinear2d(options)(x); },
          nn::UpsamplingOptions{.size = {4}}, images),
  };
  append(probes,
         padding<nn::ConstantPad1d, nn::ZeroPad1d, nn::ReflectionPad1d, nn::ReplicationPad1d, nn::CircularPad1d>(
             "1d", signals, {1, 2}));
  append(probes,
         padding<nn::ConstantPad2d, nn::ZeroPad2d, nn::ReflectionPad2d, nn::ReplicationPad2d, nn::CircularPad2d>(
             "2d", images, {1, 2, 0, 1}));
  append(probes,
         padding<nn::ConstantPad3d, nn::ZeroPad3d, nn::ReflectionPad3d, nn::ReplicationPad3d, nn::CircularPad3d>(
             "3d", volumes, {1, 2, 0, 1, 1, 1}));
  const auto recurrent = [](const nn::RecurrentOptions& o, I in, I hidden) {
    return o.num_layers > 20 || is_large({in, hidden}) || in > 1000 || hidden > 1000;
  };
  append(
      probes,
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
           {"GRU", "its parts"},
           [](const Tensor& x, const Tensor& h, const Tensor& lengths) { return nn::GRU(4, 2)(x, h, lengths).output; },
           sequence, state, full({sequence.size(1)}, 1, int64)),
       probe(
           "pad_sequence",
           [](const std::vector<Tensor>& sequences, const nn::PadSequenceOptions& o) {
             return nn::pad_sequence(sequences, o);
           },
           std::vector<Tensor>{rows, rows}, nn::PadSequenceOptions{}),
       probe(
           "unpad_sequence",
           [](const Tensor& x, const Tensor& lengths, const nn::UnpadSequenceOptions& o) {
             return nn::unpad_sequence(x, lengths, o);
           },
           sequence, full({sequence.size(1)}, 1, int64), nn::UnpadSequenceOptions{}),
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
