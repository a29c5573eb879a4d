// The networks in libtorch, as its users write them: its own modules, losses and optimizers.
#include <memory>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "torch.hpp"

namespace {

using bench::in_torch::filled;
using bench::in_torch::initialize;
using bench::in_torch::labels;
using torch::Tensor;
namespace nn = torch::nn;

// ----------------------------------------------------------------------------------------------- networks

nn::Sequential network(const bench::Network& network) {
  nn::Sequential model;
  for (std::size_t i = 0; i < network.layers.size(); ++i) {
    const bench::Layer& layer = network.layers[i];
    model->push_back(nn::Linear(nn::LinearOptions(layer.in, layer.out).bias(!network.normalizes())));
    if (network.normalizes()) {
      model->push_back(
          nn::BatchNorm1d(nn::BatchNorm1dOptions(layer.out).eps(bench::norm_eps).momentum(bench::norm_momentum)));
    }
    if (i + 1 == network.layers.size()) break;
    if (network.activation == bench::Activation::tanh)
      model->push_back(nn::Tanh());
    else
      model->push_back(nn::ReLU());
  }
  return model;
}

nn::Conv2dOptions convolution(std::int64_t in, std::int64_t out, std::int64_t extent) { return {in, out, extent}; }

/// PyTorch's example for MNIST, without its dropout.
nn::Sequential mnist_cnn() {
  return nn::Sequential(nn::Conv2d(convolution(1, 32, 3)), nn::ReLU(), nn::Conv2d(convolution(32, 64, 3)), nn::ReLU(),
                        nn::MaxPool2d(2), nn::Flatten(), nn::Linear(9216, 128), nn::ReLU(),
                        nn::Linear(128, bench::classes), nn::LogSoftmax(1));
}

nn::Sequential lenet() {
  return nn::Sequential(nn::Conv2d(convolution(1, 6, 5).padding(2)), nn::Tanh(), nn::AvgPool2d(2),
                        nn::Conv2d(convolution(6, 16, 5)), nn::Tanh(), nn::AvgPool2d(2), nn::Flatten(),
                        nn::Linear(400, 120), nn::Tanh(), nn::Linear(120, 84), nn::Tanh(),
                        nn::Linear(84, bench::classes));
}

nn::Sequential three_convs() {
  nn::Sequential model;
  const auto add_conv = [&model](std::int64_t in, std::int64_t out) {
    model->push_back(nn::Conv2d(convolution(in, out, 3).padding(1).bias(false)));
    model->push_back(nn::BatchNorm2d(out));
    model->push_back(nn::ReLU());
  };
  add_conv(3, 32);
  model->push_back(nn::MaxPool2d(2));
  add_conv(32, 64);
  model->push_back(nn::MaxPool2d(2));
  add_conv(64, 64);
  model->push_back(nn::AdaptiveAvgPool2d(nn::AdaptiveAvgPool2dOptions({1, 1})));
  model->push_back(nn::Flatten());
  model->push_back(nn::Linear(64, bench::classes));
  return model;
}

Tensor last_state(nn::LSTM& layer, const Tensor& x) { return std::get<0>(std::get<1>(layer->forward(x))); }
Tensor last_state(nn::GRU& layer, const Tensor& x) { return std::get<1>(layer->forward(x)); }

template <class Recurrent>
class Classifier : public nn::Module {
 public:
  Tensor forward(const Tensor& x) { return head_->forward(last_state(layer_, x).squeeze(0)); }

 private:
  Recurrent layer_ = register_module("layer", Recurrent(bench::sequence_inputs, bench::sequence_units));
  nn::Linear head_ = register_module("head", nn::Linear(bench::sequence_units, bench::classes));
};

// ----------------------------------------------------------------------------------------------- training

std::unique_ptr<torch::optim::Optimizer> optimizer(const bench::Optimizer& optimizer, std::vector<Tensor> parameters) {
  if (optimizer.kind == bench::Optimizer::Kind::adam)
    return std::make_unique<torch::optim::Adam>(std::move(parameters), torch::optim::AdamOptions(optimizer.rate));
  return std::make_unique<torch::optim::SGD>(std::move(parameters), torch::optim::SGDOptions(optimizer.rate));
}

using Loss = Tensor (*)(const Tensor& y, const Tensor& target);

Tensor cross_entropy(const Tensor& y, const Tensor& target) { return nn::functional::cross_entropy(y, target); }
Tensor nll_loss(const Tensor& y, const Tensor& target) { return nn::functional::nll_loss(y, target); }
Tensor mse_loss(const Tensor& y, const Tensor& target) { return nn::functional::mse_loss(y, target); }

/// Steps after which the model gives the target for x.
template <class Model>
bench::Work train(const std::shared_ptr<Model>& model, const bench::Optimizer& how, const Tensor& x,
                  const Tensor& target, Loss loss = &cross_entropy) {
  struct State {
    std::shared_ptr<Model> model;
    std::unique_ptr<torch::optim::Optimizer> optimizer;
    Tensor loss;
  };
  initialize(*model);
  auto state = std::make_shared<State>(State{model, optimizer(how, model->parameters()), {}});
  const auto step = [=] {
    state->optimizer->zero_grad();
    state->loss = loss(state->model->forward(x), target);
    state->loss.backward();
    state->optimizer->step();
  };
  return {step, [state] { return state->loss.template item<double>(); }};
}

bench::Work train(const bench::Training& training) {
  const std::vector<bench::Layer>& layers = training.network.layers;
  return train(network(training.network).ptr(), training.optimizer, filled({training.batch, layers.front().in}, 1),
               labels(training.batch, layers.back().out));
}

auto train_case(const std::string& name) {
  return std::pair(name, [name] { return train(bench::training(name)); });
}

Tensor digits(std::int64_t count) { return filled({count, 1, bench::digit_extent, bench::digit_extent}, 1); }
Tensor classes(std::int64_t count) { return labels(count, bench::classes); }

bench::Work train_mnist_cnn() {
  return train(mnist_cnn().ptr(), bench::adam, digits(bench::digit_batch), classes(bench::digit_batch), &nll_loss);
}

bench::Work train_lenet() {
  return train(lenet().ptr(), bench::adam, digits(bench::digit_batch), classes(bench::digit_batch));
}

bench::Work train_three_convs() {
  return train(three_convs().ptr(), bench::adam,
               filled({bench::color_batch, 3, bench::color_extent, bench::color_extent}, 1),
               classes(bench::color_batch));
}

template <class Recurrent>
bench::Work classify() {
  return train(std::make_shared<Classifier<Recurrent>>(), bench::adam,
               filled({bench::sequence_length, bench::sequence_batch, bench::sequence_inputs}, 1),
               classes(bench::sequence_batch));
}

bench::Work train_encoder() {
  const std::vector<std::int64_t> shape{bench::encoder_length, bench::trained_encoder_batch, bench::encoder_width};
  const nn::TransformerEncoderLayer layer(nn::TransformerEncoderLayerOptions(bench::encoder_width, bench::encoder_heads)
                                              .dim_feedforward(bench::encoder_hidden)
                                              .dropout(0));
  return train(layer.ptr(), bench::adam, filled(shape, 1), filled(shape, 2), &mse_loss);
}

bench::Work train_embedding() {
  const nn::Sequential model(nn::Embedding(bench::vocabulary, bench::embedding_width),
                             nn::Linear(bench::embedding_width, bench::vocabulary));
  const Tensor words = labels(bench::words, bench::vocabulary);
  return train(model.ptr(), bench::embedding_sgd, words, words);
}

// ----------------------------------------------------------------------------------------------- inference

/// Calls in evaluation mode, without a graph.
bench::Work infer(nn::Sequential model, const Tensor& x) {
  initialize(*model);
  model->eval();
  auto y = std::make_shared<Tensor>();
  const auto step = [=, model = model.ptr()] {
    const torch::NoGradGuard constant;
    *y = model->forward(x);
  };
  return {step, [y] { return y->square().sum().item<double>(); }};
}

bench::Work infer_network() {
  const bench::Network applied = bench::applied_network();
  return infer(network(applied), filled({1, applied.layers.front().in}, 1));
}

}  // namespace

namespace bench::in_torch {

void initialize(const nn::Module& model) {
  const torch::NoGradGuard constant;
  std::uint64_t seed = first_weight_seed;
  for (auto& entry : model.named_parameters()) {
    Tensor& parameter = entry.value();
    if (parameter.dim() > 1)
      parameter.copy_(filled(parameter.sizes().vec(), seed++, weight_bound(parameter.numel() / parameter.size(0))));
    else if (entry.key().find("bias") != std::string::npos)
      parameter.zero_();
  }
}

Cases network_cases() {
  return {train_case("tanh-bn"),
          train_case("relu-bn"),
          train_case("tanh"),
          train_case("wide-adam"),
          train_case("mlp-4096"),
          {"mnist-cnn", &train_mnist_cnn},
          {"three-convs", &train_three_convs},
          {"lenet", &train_lenet},
          {"lstm", &classify<nn::LSTM>},
          {"gru", &classify<nn::GRU>},
          {"encoder", &train_encoder},
          {"embedding", &train_embedding},
          {"mnist-cnn-1", [] { return infer(mnist_cnn(), digits(1)); }},
          {"mnist-cnn-64", [] { return infer(mnist_cnn(), digits(digit_batch)); }},
          {"mlp-bn-1", &infer_network},
          {"lenet-1", [] { return infer(lenet(), digits(1)); }},
          // libtorch has no torch::jit::freeze for modules of C++: they are called as before.
          {"mnist-cnn-1-frozen", [] { return infer(mnist_cnn(), digits(1)); }},
          {"mlp-bn-1-frozen", &infer_network},
          {"lenet-1-frozen", [] { return infer(lenet(), digits(1)); }}};
}

void warm_up() {
  const std::vector<Layer> layers{{8, 8}, {8, 8}, {8, 4}};
  train({{layers, Activation::tanh, Normalization::batch}, 8, sgd}).step();
  train({{layers, Activation::relu, Normalization::none}, 8, adam}).step();
}

}  // namespace bench::in_torch
