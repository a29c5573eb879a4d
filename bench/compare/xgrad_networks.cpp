// The networks in xgrad, as its users write them: its own modules, losses and optimizers.
#include <concepts>
#include <memory>
#include <string>
#include <utility>

#include "../models.hpp"
#include "xgrad.hpp"

namespace {

using namespace xgrad;
using bench::in_xgrad::filled;
using bench::in_xgrad::initialize;
using bench::in_xgrad::labels;

// ----------------------------------------------------------------------------------------------- networks

nn::Sequential network(const bench::Network& network) {
  nn::Sequential model;
  for (std::size_t i = 0; i < network.layers.size(); ++i) {
    const bench::Layer& layer = network.layers[i];
    model.push_back(nn::Linear(layer.in, layer.out, {.bias = !network.normalizes()}));
    if (network.normalizes())
      model.push_back(nn::BatchNorm1d(layer.out, {.eps = bench::norm_eps, .momentum = bench::norm_momentum}));
    if (i + 1 == network.layers.size()) break;
    if (network.activation == bench::Activation::tanh)
      model.push_back(nn::Tanh());
    else
      model.push_back(nn::ReLU());
  }
  return model;
}

nn::Sequential three_convs() {
  nn::Sequential model;
  const auto add_conv = [&model](std::int64_t in, std::int64_t out) {
    model.push_back(nn::Conv2d(in, out, 3, {.padding = 1, .bias = false}));
    model.push_back(nn::BatchNorm2d(out));
    model.push_back(nn::ReLU());
  };
  add_conv(3, 32);
  model.push_back(nn::MaxPool2d(2));
  add_conv(32, 64);
  model.push_back(nn::MaxPool2d(2));
  add_conv(64, 64);
  model.push_back(nn::AdaptiveAvgPool2d(1));
  model.push_back(nn::Flatten());
  model.push_back(nn::Linear(64, bench::classes));
  return model;
}

Tensor last_state(const nn::LSTM& layer, const Tensor& x) { return layer(x, nn::LSTMState{}).state.h; }
Tensor last_state(const nn::GRU& layer, const Tensor& x) { return layer(x, Tensor()).h_n; }

template <class Recurrent>
class Classifier : public nn::Module {
 public:
  Classifier() : Module("Classifier") {}

  Tensor forward(const Tensor& x) const override { return head(squeeze(last_state(layer, x), 0)); }

 private:
  Recurrent layer = register_module("layer", Recurrent(bench::sequence_inputs, bench::sequence_units));
  nn::Linear head = register_module("head", nn::Linear(bench::sequence_units, bench::classes));
};

// ----------------------------------------------------------------------------------------------- training

std::unique_ptr<optim::Optimizer> optimizer(const bench::Optimizer& optimizer, const nn::ParameterList& parameters) {
  if (optimizer.kind == bench::Optimizer::Kind::adam)
    return std::make_unique<optim::Adam>(parameters, optim::AdamOptions{.lr = optimizer.rate});
  return std::make_unique<optim::SGD>(parameters, optim::SGDOptions{.lr = optimizer.rate});
}

using Loss = Tensor (*)(const Tensor& y, const Tensor& target);

Tensor cross_entropy(const Tensor& y, const Tensor& target) { return nn::cross_entropy(y, target); }
Tensor nll_loss(const Tensor& y, const Tensor& target) { return nn::nll_loss(y, target); }
Tensor mse_loss(const Tensor& y, const Tensor& target) { return nn::mse_loss(y, target); }

/// Steps after which the model gives the target for x.
template <std::derived_from<nn::Module> Model>
bench::Work train(const Model& model, const bench::Optimizer& how, const Tensor& x, const Tensor& target,
                  Loss loss = &cross_entropy) {
  struct State {
    Model model;
    std::unique_ptr<optim::Optimizer> optimizer;
    Tensor loss;
  };
  initialize(model);
  auto state =
      std::make_shared<State>(State{.model = model, .optimizer = optimizer(how, model.parameters()), .loss = {}});
  const auto step = [=] {
    Tape tape;
    state->loss = loss(state->model(x), target);
    state->optimizer->step(tape.gradient(state->loss, state->model.parameters()));
  };
  return {step, [state] { return state->loss.item(); }};
}

bench::Work train(const bench::Training& training) {
  const std::vector<bench::Layer>& layers = training.network.layers;
  return train(network(training.network), training.optimizer, filled({training.batch, layers.front().in}, 1),
               labels(training.batch, layers.back().out));
}

auto train_case(const std::string& name) {
  return std::pair(name, [name] { return train(bench::training(name)); });
}

Tensor digits(std::int64_t count) { return filled({count, 1, bench::digit_extent, bench::digit_extent}, 1); }
Tensor classes(std::int64_t count) { return labels(count, bench::classes); }

bench::Work train_mnist_cnn() {
  return train(bench::mnist_cnn(), bench::adam, digits(bench::digit_batch), classes(bench::digit_batch), &nll_loss);
}

bench::Work train_lenet() {
  return train(bench::lenet(), bench::adam, digits(bench::digit_batch), classes(bench::digit_batch));
}

bench::Work train_three_convs() {
  return train(three_convs(), bench::adam, filled({bench::color_batch, 3, bench::color_extent, bench::color_extent}, 1),
               classes(bench::color_batch));
}

template <class Recurrent>
bench::Work classify() {
  return train(Classifier<Recurrent>(), bench::adam,
               filled({bench::sequence_length, bench::sequence_batch, bench::sequence_inputs}, 1),
               classes(bench::sequence_batch));
}

bench::Work train_encoder() {
  const Shape shape{bench::encoder_length, bench::trained_encoder_batch, bench::encoder_width};
  const nn::TransformerEncoderLayer layer(bench::encoder_width, bench::encoder_heads,
                                          {.dim_feedforward = bench::encoder_hidden, .dropout = 0});
  return train(layer, bench::adam, filled(shape, 1), filled(shape, 2), &mse_loss);
}

bench::Work train_embedding() {
  const nn::Sequential model{nn::Embedding(bench::vocabulary, bench::embedding_width),
                             nn::Linear(bench::embedding_width, bench::vocabulary)};
  const Tensor words = labels(bench::words, bench::vocabulary);
  return train(model, bench::embedding_sgd, words, words);
}

// ----------------------------------------------------------------------------------------------- inference

/// Calls in evaluation mode, without a tape.
bench::Work infer(nn::Sequential model, const Tensor& x) {
  initialize(model);
  model.eval();
  auto y = std::make_shared<Tensor>();
  const auto step = [=] {
    *y = model(x);
    eval(*y);
  };
  return {step, [y] { return sum(square(*y)).item(); }};
}

bench::Work infer_frozen(nn::Sequential model, const Tensor& x) {
  initialize(model);
  auto y = std::make_shared<Tensor>();
  const auto step = [x, y, frozen = nn::freeze(model)] { *y = frozen(x); };
  return {step, [y] { return sum(square(*y)).item(); }};
}

using Infer = bench::Work (*)(nn::Sequential model, const Tensor& x);

bench::Work infer_network(Infer how) {
  const bench::Network applied = bench::applied_network();
  return how(network(applied), filled({1, applied.layers.front().in}, 1));
}

}  // namespace

namespace bench::in_xgrad {

void initialize(const nn::Module& model) {
  std::uint64_t seed = first_weight_seed;
  for (const auto& [name, parameter] : model.named_parameters()) {
    const Shape shape = parameter.shape();
    if (shape.size() > 1)
      parameter.set(filled(shape, seed++, weight_bound(shape.elements() / shape[0])));
    else if (name.find("bias") != std::string::npos)
      parameter.set(zeros(shape));
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
          {"mnist-cnn-1", [] { return infer(bench::mnist_cnn(), digits(1)); }},
          {"mnist-cnn-64", [] { return infer(bench::mnist_cnn(), digits(digit_batch)); }},
          {"mlp-bn-1", [] { return infer_network(&infer); }},
          {"lenet-1", [] { return infer(bench::lenet(), digits(1)); }},
          {"mnist-cnn-1-frozen", [] { return infer_frozen(bench::mnist_cnn(), digits(1)); }},
          {"mlp-bn-1-frozen", [] { return infer_network(&infer_frozen); }},
          {"lenet-1-frozen", [] { return infer_frozen(bench::lenet(), digits(1)); }}};
}

void warm_up() {
  const std::vector<Layer> layers{{8, 8}, {8, 8}, {8, 4}};
  train({{layers, Activation::tanh, Normalization::batch}, 8, sgd}).step();
  train({{layers, Activation::relu, Normalization::none}, 8, adam}).step();
}

}  // namespace bench::in_xgrad
