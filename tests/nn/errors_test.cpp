#include <doctest/doctest.h>

#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include <nn/nn.hpp>

#include "autograd/expect.hpp"

// Wrong calls of layers, losses, metrics and optimizers: the text names who refuses, what was given and what was
// expected.
namespace xgrad::nn {
namespace {

using test::error_of;
using test::lacks;

struct WrongCall {
  std::string who;  ///< what the text starts with
  std::function<void()> call;
  std::vector<std::string> parts;
};

void check(const std::vector<WrongCall>& rows) {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    INFO("row ", i, ", ", rows[i].who);
    const std::string text = error_of(rows[i].call);
    CHECK_MESSAGE(text.starts_with(rows[i].who + ": "), text);
    CHECK(lacks(text, rows[i].parts) == "");
  }
}

/// A layer, an input of a rank or extent that it refuses, and what it expects.
struct Layer {
  Module module;
  Shape wrong;
  std::string expected;
};

std::vector<Layer> layers() {
  return {
      {Linear(3, 2), {5, 4}, "(..., 3)"},
      {Conv1d(3, 2, 2), {5, 4, 6}, "(N, 3, L)"},
      {Conv2d(3, 2, 2), {5, 3, 6}, "(N, 3, H, W)"},
      {ConvTranspose2d(3, 2, 2), {5, 4, 6, 6}, "(N, 3, H, W)"},
      {Conv3d(3, 2, 2), {5, 4, 6, 6, 6}, "(N, 3, D, H, W)"},
      {ConvTranspose1d(3, 2, 2), {5, 4, 6}, "(N, 3, L)"},
      {ConvTranspose3d(3, 2, 2), {5, 4, 6, 6, 6}, "(3, D, H, W)"},
      {BatchNorm1d(3), {5, 4}, "(N, 3)"},
      {BatchNorm3d(3), {5, 4, 6, 6, 6}, "(N, 3, D, H, W)"},
      {BatchNorm2d(3), {5, 3}, "(N, 3, H, W)"},
      {LayerNorm(3), {5, 4}, "(..., 3)"},
      {RMSNorm(3), {5, 4}, "(..., 3)"},
      {GroupNorm(3, 6), {5, 4}, "(N, 6, ...)"},
      {InstanceNorm1d(3), {5, 4, 6}, "(N, 3, L)"},
      {InstanceNorm2d(3), {5, 4, 6, 6}, "(N, 3, H, W)"},
      {InstanceNorm3d(3), {5, 4, 6, 6, 6}, "(3, D, H, W)"},
      {LocalResponseNorm(3), {5, 4}, "(N, C, ...)"},
      {MaxPool1d(2), {5}, "(N, C, L)"},
      {MaxPool3d(2), {5, 4}, "(C, D, H, W)"},
      {AvgPool1d(2), {5}, "(N, C, L)"},
      {AvgPool3d(2), {5, 4}, "(C, D, H, W)"},
      {LPPool1d(2, 2), {5}, "(N, C, L)"},
      {LPPool2d(2, 2), {5, 4}, "(C, H, W)"},
      {AdaptiveAvgPool1d(2), {5}, "(N, C, L)"},
      {AdaptiveAvgPool3d(2), {5, 4}, "(C, D, H, W)"},
      {AdaptiveMaxPool1d(2), {5}, "(N, C, L)"},
      {AdaptiveMaxPool2d(2), {5, 4}, "(C, H, W)"},
      {AdaptiveMaxPool3d(2), {5, 4}, "(C, D, H, W)"},
      {Unfold(2), {5, 4}, "(N, C, H, W)"},
      {Fold(3, 2), {5}, "(N, C kh kw, L)"},
      {PixelShuffle(2), {5, 4}, "(..., C, H, W)"},
      {PixelUnshuffle(2), {5, 4}, "(..., C, H, W)"},
      {ChannelShuffle(2), {5, 4}, "(N, C, ...)"},
      {Upsample({.size = {2}}), {5, 4}, "(N, C, H, W)"},
      {UpsamplingNearest2d({.size = {2}}), {5, 4}, "(N, C, H, W)"},
      {UpsamplingBilinear2d({.size = {2}}), {5, 4, 3}, "(N, C, H, W)"},
      {ZeroPad2d(1), {5, 4}, "(N, C, H, W)"},
      {CircularPad1d(1), {5}, "(N, C, L)"},
      {ReflectionPad3d(1), {5, 4}, "(C, D, H, W)"},
      {Dropout1d(), {5}, "(N, C, L)"},
      {Dropout2d(), {5, 4}, "(N, C, H, W)"},
      {Dropout3d(), {5, 4}, "(C, D, H, W)"},
      {FeatureAlphaDropout(), {5}, "(N, C, ...)"},
      {MaxPool2d(2), {5, 4}, "(N, C, H, W)"},
      {AvgPool2d(2), {5, 4}, "(N, C, H, W)"},
      {AdaptiveAvgPool2d(2), {5, 4}, "(N, C, H, W)"},
      {RNN(3, 2), {5, 4, 4}, "(L, N, 3)"},
      {LSTM(3, 2), {5, 4, 4}, "(L, N, 3)"},
      {GRU(3, 2), {5, 4, 4}, "(L, N, 3)"},
      {Flatten(2), {5, 4}, "no axis 2"},
  };
}

/// Activations and others that take every shape.
std::vector<Module> shapeless() {
  return {Tanh(),        ReLU(),      Sigmoid(),    LogSigmoid(),   SiLU(),          Mish(),
          SELU(),        ReLU6(),     Softsign(),   GELU(),         GLU(),           Tanhshrink(),
          Hardsigmoid(), Hardswish(), Softplus(),   ELU(),          CELU(),          PReLU(),
          LeakyReLU(),   Hardtanh(),  Dropout(0.5), AlphaDropout(), Embedding(3, 2), Sequential(Tanh())};
}

}  // namespace

TEST_CASE("every layer refuses an undefined input in its own name") {
  std::vector<Module> modules = shapeless();
  for (const Layer& layer : layers()) modules.push_back(layer.module);
  for (const Module& module : modules)
    check({{module.type_name(), [&] { module(Tensor()); }, {"the input is an undefined Tensor"}}});
}

TEST_CASE("every layer that expects a shape refuses others, with both") {
  for (const Layer& layer : layers())
    check({{layer.module.type_name(),
            [&] { layer.module(zeros(layer.wrong)); },
            {to_string(layer.wrong), layer.expected}}});
  check({
      {"Embedding", [] { Embedding(3, 2)(zeros({2})); }, {"float32 (2,)", "int64 indices were expected"}},
      {"embedding",
       [] {
         eval(Embedding(3, 2)(tensor({0, 3}, int64)));
       },
       {"index 3", "position 1", "-3 to 2"}},
  });
}

TEST_CASE("what any layer refuses begins with its name, whichever operation finds it") {
  std::vector<Module> modules = shapeless();
  for (const Layer& layer : layers()) modules.push_back(layer.module);
  const std::vector<Shape> shapes{{},        {3},          {2, 3},       {0, 3},       {2, 3, 4},    {2, 2, 3},
                                  {2, 3, 0}, {2, 3, 4, 5}, {2, 3, 1, 1}, {0, 3, 4, 4}, {2, 3, 0, 4}, {1, 1, 1, 1, 3}};
  int refused = 0;
  for (const Module& module : modules) {
    for (const Shape& shape : shapes) {
      for (const DType dtype : {float32, float64, int64, boolean}) {
        CAPTURE(shape);
        CAPTURE(to_string(dtype));
        const Tensor x = zeros(shape, dtype);
        const std::string alone = error_of([&] { module(x); }), inside = error_of([&] { Sequential{module}(x); });
        if (alone == "no Error") continue;
        ++refused;
        CHECK_MESSAGE(alone.starts_with(module.type_name() + ": "), alone);
        CHECK_MESSAGE(inside.starts_with(module.type_name() + " '0': "), inside);
        CHECK(alone.substr(alone.find(": ")) == inside.substr(inside.find(": ")));
      }
    }
  }
  CHECK(refused > 500);
}

TEST_CASE("layers refuse sizes and options without a meaning when they are made") {
  static constexpr double nan = NAN;
  check({
      {"Linear", [] { Linear(-1, 2); }, {"(-1, 2)", "must not be negative"}},
      {"Conv1d", [] { Conv1d(3, 2, 0); }, {"kernel_size", "0", "must be"}},
      {"Conv2d", [] { Conv2d(3, 2, 2, {.stride = 0}); }, {"stride", "(0, 0)", "must be"}},
      {"Conv2d", [] { Conv2d(3, 2, 2, {.padding = -1}); }, {"padding is (-1, -1)", "must not be negative"}},
      {"Conv2d", [] { Conv2d(3, 2, 2, {.groups = 2}); }, {"group", "2", "3", "must"}},
      {"ConvTranspose2d", [] { ConvTranspose2d(3, 2, 2, {.dilation = 0}); }, {"dilation", "(0, 0)", "must be"}},
      {"BatchNorm1d", [] { BatchNorm1d(-1); }, {"-1 features", "must not be negative"}},
      {"BatchNorm1d", [] { BatchNorm1d(2, {.eps = nan}); }, {"eps is nan", "must not be negative"}},
      {"BatchNorm2d", [] { BatchNorm2d(2, {.momentum = nan}); }, {"momentum is nan", "[0, 1]"}},
      {"LayerNorm", [] { LayerNorm(Shape{}); }, {"normalized_shape is ()", "expected"}},
      {"LayerNorm", [] { LayerNorm(2, {.eps = nan}); }, {"eps is nan", "must not be negative"}},
      {"RMSNorm", [] { RMSNorm(Shape{}); }, {"normalized_shape is ()", "expected"}},
      {"RMSNorm", [] { RMSNorm(2, {.eps = -1.0}); }, {"eps is -1", "must not be negative"}},
      {"GroupNorm", [] { GroupNorm(2, 3); }, {"2 groups of 3 channels", "must be positive and divide"}},
      {"GroupNorm", [] { GroupNorm(0, 3); }, {"0 groups of 3 channels", "must be positive and divide"}},
      {"InstanceNorm1d", [] { InstanceNorm1d(2, {.momentum = 2}); }, {"momentum is 2", "[0, 1]"}},
      {"MaxPool2d", [] { MaxPool2d(0); }, {"kernel_size is (0, 0)", "must be positive"}},
      {"AvgPool2d", [] { AvgPool2d(-1); }, {"kernel_size is (-1, -1)", "must be positive"}},
      {"AdaptiveAvgPool2d", [] { AdaptiveAvgPool2d(0); }, {"output_size is (0, 0)", "must be positive"}},
      {"Conv3d",
       [] {
         Conv3d(3, 2, 2, {.stride = {1, 0, 1}});
       },
       {"stride", "(1, 0, 1)", "must be"}},
      {"ConvTranspose1d", [] { ConvTranspose1d(3, 2, 2, {.padding = -1}); }, {"padding is -1", "not be negative"}},
      {"MaxPool1d", [] { MaxPool1d(0); }, {"kernel_size is 0", "must be positive"}},
      {"AvgPool3d", [] { AvgPool3d(0); }, {"kernel_size is (0, 0, 0)", "must be positive"}},
      {"MaxUnpool2d", [] { MaxUnpool2d(0); }, {"kernel_size is (0, 0)", "must be positive"}},
      {"LPPool1d", [] { LPPool1d(nan, 2); }, {"norm_type is nan", "must be positive"}},
      {"LPPool2d", [] { LPPool2d(2, 0); }, {"kernel_size is (0, 0)", "must be positive"}},
      {"AdaptiveMaxPool2d",
       [] {
         AdaptiveMaxPool2d({std::nullopt, 0});
       },
       {"output_size is (None, 0)", "must be positive"}},
      {"LocalResponseNorm", [] { LocalResponseNorm(0); }, {"size is 0", "must be positive"}},
      {"PixelShuffle", [] { PixelShuffle(0); }, {"upscale_factor is 0", "must be positive"}},
      {"PixelUnshuffle", [] { PixelUnshuffle(-1); }, {"downscale_factor is -1", "must be positive"}},
      {"ChannelShuffle", [] { ChannelShuffle(0); }, {"groups is 0", "must be positive"}},
      {"Unfold", [] { Unfold(0); }, {"kernel_size is (0, 0)", "must be positive"}},
      {"Fold", [] { Fold(3, 0); }, {"kernel_size is (0, 0)", "must be positive"}},
      {"Upsample", [] { Upsample({}); }, {"neither size nor scale_factor", "expected"}},
      {"UpsamplingNearest2d", [] { UpsamplingNearest2d({.size = {2}, .scale_factor = {2}}); }, {"both given"}},
      {"ZeroPad2d",
       [] {
         ZeroPad2d({1, 2, 3});
       },
       {"padding is (1, 2, 3)", "4 (two for each axis)"}},
      {"FeatureAlphaDropout", [] { FeatureAlphaDropout(-1); }, {"p is -1", "[0, 1]"}},
      {"Dropout", [] { Dropout(1.5); }, {"p is 1.5", "[0, 1]"}},
      {"Dropout", [] { Dropout{nan}; }, {"p is nan", "[0, 1]"}},
      {"Embedding", [] { Embedding(3, -1); }, {"(3, -1)", "must not be negative"}},
      {"Embedding", [] { Embedding(3, 2, {.padding_idx = 3}); }, {"padding_idx is 3", "3 rows", "from -3 to 2"}},
      {"RNN", [] { RNN(0, 2); }, {"input_size 0", "must be positive"}},
      {"LSTM", [] { LSTM(3, 2, {.num_layers = 0}); }, {"num_layers is 0", "must be positive"}},
      {"GRU", [] { GRU(3, 2, {.dropout = nan}); }, {"dropout is nan", "[0, 1]"}},
      {"Softplus", [] { Softplus{nan}; }, {"beta is nan", "must be positive"}},
      {"CELU", [] { CELU(0); }, {"alpha is 0", "must not be 0"}},
      {"Hardtanh", [] { Hardtanh(1, 1); }, {"min is 1 and max is 1", "must be less"}},
      {"PReLU", [] { PReLU(0); }, {"num_parameters is 0", "must be positive"}},
  });
}

TEST_CASE("what any loss refuses begins with its name, also where values are read") {
  using Loss = Tensor (*)(const Tensor&, const Tensor&);
  const std::vector<std::pair<std::string, Loss>> losses{
      {"binary_cross_entropy", [](const Tensor& a, const Tensor& b) { return binary_cross_entropy(a, b); }},
      {"binary_cross_entropy_with_logits",
       [](const Tensor& a, const Tensor& b) { return binary_cross_entropy_with_logits(a, b); }},
      {"kl_div", [](const Tensor& a, const Tensor& b) { return kl_div(a, b); }},
      {"mse_loss", [](const Tensor& a, const Tensor& b) { return mse_loss(a, b); }},
      {"l1_loss", [](const Tensor& a, const Tensor& b) { return l1_loss(a, b); }},
      {"smooth_l1_loss", [](const Tensor& a, const Tensor& b) { return smooth_l1_loss(a, b); }},
      {"huber_loss", [](const Tensor& a, const Tensor& b) { return huber_loss(a, b); }},
      {"hinge_embedding_loss", [](const Tensor& a, const Tensor& b) { return hinge_embedding_loss(a, b); }},
      {"cross_entropy", [](const Tensor& a, const Tensor& b) { return cross_entropy(a, b); }},
      {"nll_loss", [](const Tensor& a, const Tensor& b) { return nll_loss(a, b); }},
      {"accuracy", [](const Tensor& a, const Tensor& b) { return accuracy(a, b); }},
      {"dropout", [](const Tensor& a, const Tensor&) { return dropout(a); }},
  };
  std::vector<Tensor> arguments{Tensor(), full({2}, 7, int64), full({2}, -1, int64), zeros({2, 0}), zeros({0, 3})};
  for (const DType dtype : {float32, float64, int64, boolean})
    for (const Shape& shape : {Shape{}, Shape{2}, Shape{2, 3}, Shape{2, 3, 4}}) arguments.push_back(ones(shape, dtype));
  for (const auto& entry : losses) {
    const auto& name = entry.first;
    const auto& loss = entry.second;
    for (const Tensor& a : arguments) {
      for (const Tensor& b : arguments) {
        const std::string text = error_of([&] { eval(loss(a, b)); });
        CHECK_MESSAGE((text == "no Error" || text.starts_with(name + ": ")), name, " says ", text);
      }
    }
  }
}

TEST_CASE("losses refuse undefined tensors, shapes that differ and integers, by name") {
  using Loss = Tensor (*)(const Tensor&, const Tensor&);
  struct Named {
    std::string name, first, second;
    Loss f;
  };
  const std::vector<Named> elementwise = {
      {"binary_cross_entropy", "p", "target",
       [](const Tensor& x, const Tensor& t) { return binary_cross_entropy(x, t); }},
      {"binary_cross_entropy_with_logits", "logits", "target",
       [](const Tensor& x, const Tensor& t) { return binary_cross_entropy_with_logits(x, t); }},
      {"kl_div", "log_probabilities", "target", [](const Tensor& x, const Tensor& t) { return kl_div(x, t); }},
      {"mse_loss", "prediction", "target", [](const Tensor& x, const Tensor& t) { return mse_loss(x, t); }},
      {"l1_loss", "prediction", "target", [](const Tensor& x, const Tensor& t) { return l1_loss(x, t); }},
      {"smooth_l1_loss", "prediction", "target", [](const Tensor& x, const Tensor& t) { return smooth_l1_loss(x, t); }},
      {"huber_loss", "prediction", "target", [](const Tensor& x, const Tensor& t) { return huber_loss(x, t); }},
      {"hinge_embedding_loss", "x", "target",
       [](const Tensor& x, const Tensor& t) { return hinge_embedding_loss(x, t); }},
  };
  const std::vector<Named> of_classes = {
      {"cross_entropy", "logits", "target", [](const Tensor& x, const Tensor& t) { return cross_entropy(x, t); }},
      {"nll_loss", "log_probabilities", "labels", [](const Tensor& x, const Tensor& t) { return nll_loss(x, t); }},
      {"accuracy", "logits", "labels", [](const Tensor& x, const Tensor& t) { return accuracy(x, t); }},
  };
  const Tensor none, x = zeros({2, 3}), labels = zeros({2}, int64);
  for (const auto& [name, first, second, f] : elementwise) {
    check({
        {name, [&, f = f] { f(none, x); }, {first, "undefined"}},
        {name, [&, f = f] { f(x, none); }, {second, "undefined"}},
        {name,
         [&, f = f] {
           f(x, zeros({2, 1}));
         },
         {"'" + first + "'", "(2, 3)", "(2, 1)", "one shape was expected"}},
        {name, [&, f = f] { f(labels, labels); }, {"'" + first + "'", "int64 (2,)", "floating-point"}},
    });
  }
  for (const auto& [name, first, second, f] : of_classes) {
    check({
        {name, [&, f = f] { f(none, labels); }, {first, "undefined"}},
        {name, [&, f = f] { f(x, none); }, {second, "undefined"}},
        {name, [&, f = f] { f(x, zeros({3}, int64)); }, {"int64 (3,)", "int64", "expected"}},
        {name, [&, f = f] { f(zeros({3}), zeros({}, int64)); }, {"(3,)", "(N, C", "expected"}},
    });
  }
  check({
      {"smooth_l1_loss", [&] { smooth_l1_loss(x, x, {.beta = -1}); }, {"beta is -1", "must not be negative"}},
      {"smooth_l1_loss", [&] { smooth_l1_loss(x, x, {.beta = NAN}); }, {"beta is nan", "must not be negative"}},
      {"huber_loss", [&] { huber_loss(x, x, {.delta = 0}); }, {"delta is 0", "must be positive"}},
      {"hinge_embedding_loss", [&] { hinge_embedding_loss(x, x, {.margin = NAN}); }, {"margin is nan", "a number"}},
      {"cross_entropy", [&] { cross_entropy(x, labels, {.label_smoothing = 2}); }, {"label_smoothing is 2", "[0, 1]"}},
      {"cross_entropy", [&] { cross_entropy(x, labels, {.weight = x}); }, {"'weight'", "(2, 3)", "(3,) was expected"}},
      {"cross_entropy",
       [&] {
         cross_entropy(x, tensor({0, 3}, int64)).item();
       },
       {"label 3", "position 1", "0 to 2"}},
      {"nll_loss",
       [&] {
         nll_loss(x, tensor({0, -1}, int64)).item();
       },
       {"label -1", "position 1", "0 to 2"}},
  });
}

TEST_CASE("optimizers refuse hyperparameters and gradients without a meaning, by name") {
  const ParameterList parameters = Linear(3, 2).parameters();
  check({
      {"SGD", [&] { optim::SGD(parameters, {.lr = NAN}); }, {"lr is nan", "must be"}},
      {"SGD", [&] { optim::SGD(parameters, {.momentum = NAN}); }, {"momentum is nan", "must be"}},
      {"SGD", [&] { optim::SGD(parameters, {.weight_decay = NAN}); }, {"weight_decay is nan", "must be"}},
      {"Adam", [&] { optim::Adam(parameters, {.lr = -1}); }, {"lr is -1", "must be"}},
      {"Adam", [&] { optim::Adam(parameters, {.beta1 = 1}); }, {"beta1 is 1", "must be"}},
      {"Adam", [&] { optim::Adam(parameters, {.eps = NAN}); }, {"eps is nan", "must be"}},
      {"AdamW", [&] { optim::AdamW(parameters, {.beta2 = NAN}); }, {"beta2 is nan", "must be"}},
      {"Adamax", [&] { optim::Adamax(parameters, {.eps = -1}); }, {"eps is -1", "must be"}},
      {"NAdam", [&] { optim::NAdam(parameters, {.momentum_decay = NAN}); }, {"momentum_decay is nan", "must be"}},
      {"RAdam", [&] { optim::RAdam(parameters, {.beta1 = -0.5}); }, {"beta1 is -0.5", "must be"}},
      {"Adagrad", [&] { optim::Adagrad(parameters, {.lr_decay = NAN}); }, {"lr_decay is nan", "must be"}},
      {"Adadelta", [&] { optim::Adadelta(parameters, {.rho = 2}); }, {"rho is 2", "must be"}},
      {"RMSprop", [&] { optim::RMSprop(parameters, {.alpha = NAN}); }, {"alpha is nan", "must be"}},
      {"Rprop", [&] { optim::Rprop(parameters, {.eta_minus = 1}); }, {"eta_minus is 1", "must be"}},
  });
  optim::SGD sgd(parameters, {});
  const Tensor weight = zeros({2, 3}), bias = zeros({2});
  check({
      {"SGD::step", [&] { sgd.step({weight}); }, {"1 gradients were given for 2 parameters"}},
      {"SGD::step",
       [&] {
         sgd.step({weight, weight});
       },
       {"float32 (2, 3)", "float32 (2,) was expected"}},
      {"SGD::step",
       [&] {
         sgd.step({weight, bias.to(float64)});
       },
       {"float64 (2,)", "float32 (2,) was expected"}},
      {"SGD", [&] { sgd.set_lr(NAN); }, {"lr is nan", "must be"}},
  });
}

}  // namespace xgrad::nn
