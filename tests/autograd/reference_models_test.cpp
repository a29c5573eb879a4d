#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <numbers>

#include <autograd/recorder.hpp>
#include <autograd/vjp.hpp>
#include <nn/nn.hpp>

#include "reference.hpp"

namespace xgrad::reference {
namespace {

/// x + softmax(scale q k^T, causally masked) v wo^T, with q = x wq^T and so on.
Outputs attention(const Case& one, const Inputs& in) {
  const Tensor& x = in["x"];
  const Tensor q = matmul(x, in["wq"].T()), k = matmul(x, in["wk"].T()), v = matmul(x, in["wv"].T());
  const Tensor scores = one.number("scale") * matmul(q, swapaxes(k, -1, -2));
  const Tensor place = arange(static_cast<double>(x.size(1)));
  const Tensor seen = expand_dims(place, 1) >= place;
  const Tensor weights = softmax(where(seen, scores, -std::numeric_limits<double>::infinity()));
  return x + matmul(matmul(weights, v), in["wo"].T());
}

/// Ten steps of a two-layer network: the first gradients, every loss and the final parameters.
template <class Optimizer, class Options>
void train(const Case& one, const Options& options) {
  nn::Linear first(8, 12, {.dtype = float64}), second(12, 4, {.dtype = float64});
  const std::vector<std::string> names = {"w1", "b1", "w2", "b2"};
  std::vector<nn::Parameter> parameters = {first.weight, first.bias, second.weight, second.bias};
  for (std::size_t i = 0; i < names.size(); ++i) parameters[i].set(one.array(names[i] + "_init"));
  nn::Sequential model{first, nn::ReLU(), second};
  Optimizer optimizer(model.parameters(), options);

  std::vector<Tensor> losses;
  for (std::int64_t step = 0; step < 10; ++step) {
    const Tape tape;
    const Tensor loss = nn::cross_entropy(model(take(one.array("X"), step)), take(one.array("y"), step));
    const std::vector<Tensor> gradients = tape.gradient(loss, model.parameters());
    for (std::size_t i = 0; step == 0 && i < names.size(); ++i) one.expect("d_" + names[i] + "_step0", gradients[i]);
    losses.push_back(stop_gradient(loss));
    optimizer.step(gradients);
  }
  one.expect("losses", stack(losses));
  for (std::size_t i = 0; i < names.size(); ++i) one.expect(names[i] + "_final", parameters[i].value());
}

void erf_tile(void* out, const void* const* in, const std::int64_t* step, std::int64_t n) {
  const double* x = static_cast<const double*>(in[0]);
  for (std::int64_t i = 0; i < n; ++i, x += step[0]) static_cast<double*>(out)[i] = std::erf(*x);
}

/// The error function of float64, as a user's own primitive.
const Primitive erf_primitive{
    .name = "erf of the reference",
    .doc = "the error function",
    .vjp = [](Vjp& v) { v.give(0, v.cotangent() * exp(-square(v.input(0))) * (2 * std::numbers::inv_sqrtpi)); },
    .reads = 1,
    .traits = ElementwiseTraits{.tile = [](DType, DType) { return &erf_tile; }}};

/// x Phi(x) for the standard normal distribution.
Tensor exact_gelu(const Tensor& x) {
  const Tensor z = x / std::numbers::sqrt2;
  return x * (record1(erf_primitive, z, z.shape(), z.dtype()) + 1) / 2;
}

/// A small convolutional network: the loss, its gradients, the running statistics, and the logits before and after.
void small_cnn(const Case& one) {
  const nn::Conv2d first(1, 4, 3, {.padding = 1, .dtype = float64}), second(4, 6, 3, {.dtype = float64});
  nn::BatchNorm2d norm(4, {.dtype = float64});
  const nn::Linear last(24, 5, {.dtype = float64});
  const std::vector<std::pair<std::string, nn::Parameter>> parameters = {
      {"c1_weight", first.weight},  {"c1_bias", first.bias},  {"bn_weight", norm.weight}, {"bn_bias", norm.bias},
      {"c2_weight", second.weight}, {"c2_bias", second.bias}, {"fc_weight", last.weight}, {"fc_bias", last.bias}};
  const auto network = [&](const Tensor& x) {
    const Tensor hidden = max_pool2d(relu(norm(first(x))), 2);
    return last(flatten(avg_pool2d(exact_gelu(second(hidden)), 2), 1));
  };

  const Tape tape;
  const Tensor x = one.array("x");
  std::vector<Tensor> sources{x};
  for (const auto& [name, parameter] : parameters) {
    parameter.set(one.array(name + "_init"));
    sources.push_back(parameter);
  }
  const Tensor logits = network(x);
  // Labels smoothed by 0.1: 0.9 of the weight on the target, the rest on all classes alike.
  const Tensor target = one_hot(one.array("target"), 5, float64) * 0.9 + 0.1 / 5;
  const Tensor loss = -mean(sum(target * log_softmax(logits), 1));
  const std::vector<Tensor> gradients = tape.gradient(loss, sources);
  one.expect("logits_train", logits);
  one.expect("loss", loss);
  one.expect("d_x", gradients[0]);
  for (std::size_t i = 0; i < parameters.size(); ++i) one.expect("d_" + parameters[i].first, gradients[i + 1]);
  one.expect("bn_running_mean", norm.running_mean);
  one.expect("bn_running_var", norm.running_var);
  norm.eval();
  one.expect("logits_eval", network(x));
}

}  // namespace

Checks models() {
  Checks checks = derivatives_of({{"attention", attention}});
  checks["cnn"] = small_cnn;
  checks["model_mlp_relu_10_steps_sgd_nesterov"] = [](const Case& one) {
    train<optim::SGD>(one, optim::SGDOptions{.lr = 0.1, .momentum = 0.9, .weight_decay = 1e-3, .nesterov = true});
  };
  checks["model_mlp_relu_10_steps_adam"] = [](const Case& one) {
    train<optim::Adam>(one, optim::AdamOptions{.lr = 0.01});
  };
  checks["model_mlp_relu_10_steps_adamw"] = [](const Case& one) {
    train<optim::AdamW>(one, optim::AdamWOptions{.lr = 0.01, .weight_decay = 0.01});
  };
  checks["model_mlp_relu_10_steps_rmsprop"] = [](const Case& one) {
    train<optim::RMSprop>(one, optim::RMSpropOptions{.lr = 0.005, .alpha = 0.99});
  };
  return checks;
}

TEST_CASE("small models train and differentiate as in the reference") { run(models()); }

}  // namespace xgrad::reference
