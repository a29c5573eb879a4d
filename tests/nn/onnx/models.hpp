#pragma once

#include <functional>
#include <string>
#include <vector>

#include <autograd/autograd.hpp>
#include <nn/nn.hpp>

/// The networks that the tests export, each with inputs of any batch size.
namespace xgrad::test {

struct ExportedModel {
  std::string name;
  nn::Module module;
  int batch_axis;
  std::function<Tensor(std::int64_t batch)> input;
};

class ResidualBlock : public nn::Module {
 public:
  explicit ResidualBlock(std::int64_t channels) : Module("ResidualBlock"), channels_(channels) {}

  Tensor forward(const Tensor& x) const override { return relu(bn2(conv2(relu(bn1(conv1(x))))) + x); }

 private:
  std::int64_t channels_;
  nn::Conv2d conv1 = register_module("conv1", nn::Conv2d(channels_, channels_, 3, {.padding = 1, .bias = false}));
  nn::BatchNorm2d bn1 = register_module("bn1", nn::BatchNorm2d(channels_));
  nn::Conv2d conv2 = register_module("conv2", nn::Conv2d(channels_, channels_, 3, {.padding = 1, .bias = false}));
  nn::BatchNorm2d bn2 = register_module("bn2", nn::BatchNorm2d(channels_));
};

/// Networks with running statistics that a few training steps have made.
inline std::vector<ExportedModel> exported_models() {
  manual_seed(7);
  const auto rows = [](Shape shape, int axis) {
    return [=](std::int64_t batch) mutable {
      shape[axis] = batch;
      return randn(shape);
    };
  };
  std::vector<ExportedModel> models;
  models.push_back({"mlp",
                    nn::Sequential{nn::Linear(6, 8), nn::BatchNorm1d(8), nn::Tanh(), nn::Linear(8, 3), nn::Softmax(1)},
                    0, rows({1, 6}, 0)});
  models.push_back({"cnn",
                    nn::Sequential{nn::Conv2d(1, 4, 3, {.padding = 1}), nn::ReLU(), nn::MaxPool2d(2),
                                   nn::Conv2d(4, 6, 3, {.stride = 2, .groups = 2}), nn::GELU(), nn::AvgPool2d(2),
                                   nn::Flatten(), nn::Linear(6, 5), nn::LogSoftmax(1)},
                    0, rows({1, 1, 12, 12}, 0)});
  models.push_back(
      {"resnet",
       nn::Sequential{nn::Conv2d(3, 4, 1), ResidualBlock(4), nn::AdaptiveAvgPool2d(1), nn::Flatten(), nn::Linear(4, 2)},
       0, rows({1, 3, 6, 6}, 0)});
  models.push_back({"winograd",
                    nn::Sequential{nn::Conv2d(16, 18, 3, {.padding = 1}), nn::ReLU(),
                                   nn::Conv2d(18, 16, 3, {.bias = false}), nn::AdaptiveAvgPool2d(1), nn::Flatten()},
                    0, rows({1, 16, 6, 9}, 0)});
  models.push_back(
      {"decoder",
       nn::Sequential{nn::ConvTranspose2d(3, 4, 3, {.stride = 2, .padding = 1, .output_padding = 1}), nn::ReLU(),
                      nn::Upsample({.scale_factor = {2.0}, .mode = InterpolationMode::bilinear}),
                      nn::Conv2d(4, 1, 3, {.padding = 1})},
       0, rows({1, 3, 4, 4}, 0)});
  nn::Sequential narrow{nn::Linear(6, 8), nn::BatchNorm1d(8), nn::Tanh(), nn::Linear(8, 3)};
  narrow.to(bfloat16);
  models.push_back({"bfloat16", narrow, 0, rows({1, 6}, 0)});
  nn::TransformerEncoderLayer narrow_layer(8, 2, {.dim_feedforward = 16, .batch_first = true});
  narrow_layer.to(bfloat16);
  models.push_back({"bfloat16_transformer", narrow_layer, 0, rows({1, 5, 8}, 0)});
  nn::Sequential narrow_cnn{nn::Conv2d(1, 4, 3, {.padding = 1}), nn::ReLU(), nn::Flatten(), nn::Linear(144, 5)};
  narrow_cnn.to(bfloat16);
  models.push_back({"bfloat16_cnn", narrow_cnn, 0, rows({1, 1, 6, 6}, 0)});
  models.push_back({"lstm", nn::LSTM(4, 5, {.num_layers = 2, .bidirectional = true}), 1, rows({3, 1, 4}, 1)});
  models.push_back({"gru", nn::GRU(4, 5, {.batch_first = true}), 0, rows({1, 3, 4}, 0)});
  models.push_back(
      {"transformer",
       nn::TransformerEncoderLayer(8, 2, {.dim_feedforward = 16, .activation = "gelu", .batch_first = true}), 0,
       rows({1, 5, 8}, 0)});
  models.push_back({"embedding", nn::Sequential{nn::Embedding(11, 4), nn::LayerNorm(4), nn::Linear(4, 2)}, 0,
                    [](std::int64_t batch) {
                      return randint(0, 11, {batch, 3});
                    }});
  for (ExportedModel& model : models) {
    model.module.train();
    for (int step = 0; step < 3; ++step) eval(model.module(model.input(4)));
    model.module.eval();
  }
  return models;
}

}  // namespace xgrad::test
