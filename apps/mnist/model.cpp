#include <apps/mnist/model.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <apps/mnist/config.hpp>
#include <autograd/error.hpp>
#include <autograd/ops.hpp>

namespace xgrad::apps {

namespace {

constexpr std::int64_t side = 28, pixels = side * side, classes = 10;

nn::BatchNormOptions norm_of(const Config& config) { return {.eps = config.bn_eps, .momentum = config.bn_momentum}; }

void add_dropout(nn::Sequential& model, double share) {
  if (share > 0) model.push_back(nn::Dropout(share));
}

nn::Sequential mlp(const Config& config) {
  nn::Sequential model;
  add_dropout(model, config.input_dropout);
  std::int64_t in = pixels;
  for (const std::int64_t units : config.hidden) {
    model.push_back(nn::Linear(in, units));
    model.push_back(nn::BatchNorm1d(units, norm_of(config)));
    model.push_back(nn::ReLU());
    add_dropout(model, config.dropout);
    in = units;
  }
  model.push_back(nn::Linear(in, classes));
  return model;
}

nn::Sequential of_images() {
  nn::Sequential model;
  model.push_back(nn::Unflatten(1, {1, side, side}));
  return model;
}

nn::Sequential lenet(const Config& config) {
  nn::Sequential model = of_images();
  model.push_back(nn::Conv2d(1, 6, 5, {.padding = 2}));
  model.push_back(nn::Tanh());
  model.push_back(nn::AvgPool2d(2));
  model.push_back(nn::Conv2d(6, 16, 5));
  model.push_back(nn::Tanh());
  model.push_back(nn::AvgPool2d(2));
  model.push_back(nn::Flatten());
  model.push_back(nn::Linear(400, 120));
  model.push_back(nn::Tanh());
  model.push_back(nn::Linear(120, 84));
  model.push_back(nn::Tanh());
  add_dropout(model, config.dropout);
  model.push_back(nn::Linear(84, classes));
  return model;
}

nn::Sequential cnn(const Config& config) {
  nn::Sequential model = of_images();
  const auto convolve = [&](std::int64_t in, std::int64_t out, std::int64_t kernel) {
    model.push_back(nn::Conv2d(in, out, kernel, {.padding = kernel / 2, .bias = false}));
    model.push_back(nn::BatchNorm2d(out, norm_of(config)));
    model.push_back(nn::ReLU());
  };
  convolve(1, 32, 5);
  model.push_back(nn::MaxPool2d(2));
  convolve(32, 64, 3);
  convolve(64, 64, 3);
  model.push_back(nn::MaxPool2d(2));
  model.push_back(nn::Flatten());
  add_dropout(model, config.dropout);
  model.push_back(nn::Linear(64 * 7 * 7, 128, {.bias = false}));
  model.push_back(nn::BatchNorm1d(128, norm_of(config)));
  model.push_back(nn::ReLU());
  add_dropout(model, config.dropout);
  model.push_back(nn::Linear(128, classes));
  return model;
}

nn::Sequential resnet(const Config& config) {
  nn::Sequential model = of_images();
  model.push_back(nn::Conv2d(1, 16, 3, {.padding = 1, .bias = false}));
  model.push_back(nn::BatchNorm2d(16, norm_of(config)));
  model.push_back(nn::ReLU());
  model.push_back(ResidualBlock(16, 16, 1, norm_of(config)));
  model.push_back(ResidualBlock(16, 32, 2, norm_of(config)));
  model.push_back(ResidualBlock(32, 64, 2, norm_of(config)));
  model.push_back(nn::AdaptiveAvgPool2d(1));
  model.push_back(nn::Flatten());
  add_dropout(model, config.dropout);
  model.push_back(nn::Linear(64, classes));
  return model;
}

}  // namespace

const std::vector<std::string>& model_names() {
  static const std::vector<std::string> names = {"mlp", "lenet", "cnn", "resnet"};
  return names;
}

namespace {

nn::Sequential model_of(const Config& config) {
  if (config.model == "mlp") return mlp(config);
  if (config.model == "lenet") return lenet(config);
  if (config.model == "cnn") return cnn(config);
  if (config.model == "resnet") return resnet(config);
  fail("--model",
       fmt::format("there is no model '{}'; expected one of {}", config.model, fmt::join(model_names(), ", ")));
}

}  // namespace

nn::Sequential make_model(const Config& config) {
  nn::Sequential model = model_of(config);
  if (config.dtype == "bfloat16") model.to(bfloat16);
  return model;
}

ResidualBlock::ResidualBlock(std::int64_t in, std::int64_t out, std::int64_t stride, const nn::BatchNormOptions& norm)
    : Module("ResidualBlock"),
      conv1_(register_module("conv1", nn::Conv2d(in, out, 3, {.stride = stride, .padding = 1, .bias = false}))),
      bn1_(register_module("bn1", nn::BatchNorm2d(out, norm))),
      conv2_(register_module("conv2", nn::Conv2d(out, out, 3, {.padding = 1, .bias = false}))),
      bn2_(register_module("bn2", nn::BatchNorm2d(out, norm))) {
  if (in == out && stride == 1) return;
  nn::Sequential downsample;
  downsample.push_back(nn::Conv2d(in, out, 1, {.stride = stride, .bias = false}));
  downsample.push_back(nn::BatchNorm2d(out, norm));
  downsample_ = register_module("downsample", downsample);
}

Tensor ResidualBlock::forward(const Tensor& x) const {
  const Tensor changed = bn2_(conv2_(relu(bn1_(conv1_(x)))));
  return relu(changed + (downsample_ ? (*downsample_)(x) : x));
}

std::string architecture(const Config& config) {
  if (config.model != "mlp") return config.model;
  return fmt::format("{}-{}-{}", pixels, fmt::join(config.hidden, "-"), classes);
}

}  // namespace xgrad::apps
