#pragma once

#include <string>
#include <vector>

#include <nn/nn.hpp>

/// The networks of `mnist`: each takes images as rows of 784 pixels and gives 10 scores.
namespace xgrad::apps {

struct Config;

/// What --model takes.
///
/// - mlp: Linear, BatchNorm1d, ReLU and Dropout for each hidden layer, then Linear.
/// - lenet: LeNet-5 (LeCun, Bottou, Bengio and Haffner, 1998) with tanh, average pools and 61,706 parameters.
/// - cnn: convolutions of 5 x 5 to 32 and of 3 x 3 to 64 and 64 channels, each with batch norm and relu, max pools
/// behind
///   the first and the last, a hidden layer of 128 units, dropout.
/// - resnet: a convolution and three residual blocks (He, Zhang, Ren and Sun, 2016) of 16, 32 and 64 channels, the mean
///   over places, and a linear layer.
const std::vector<std::string>& model_names();

/// PyTorch's default weights, drawn from the default generator.
nn::Sequential make_model(const Config& config);

/// Two convolutions of 3 x 3 with batch norm, whose result is added to the input; the input itself goes through a
/// convolution of 1 x 1 with batch norm where channels or extents change. Names of parameters are torchvision's.
class ResidualBlock : public nn::Module {
 public:
  ResidualBlock(std::int64_t in, std::int64_t out, std::int64_t stride, const nn::BatchNormOptions& norm = {});

  Tensor forward(const Tensor& x) const override;

 private:
  nn::Conv2d conv1_;
  nn::BatchNorm2d bn1_;
  nn::Conv2d conv2_;
  nn::BatchNorm2d bn2_;
  std::optional<nn::Sequential> downsample_;
};

/// "784-100-100-10", "cnn".
std::string architecture(const Config& config);

}  // namespace xgrad::apps
