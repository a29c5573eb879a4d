#include <doctest/doctest.h>

#include <limits>

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

}  // namespace

Checks models() {
  Checks checks = derivatives_of({{"attention", attention}});
  checks["model_mlp_relu_10_steps_sgd_nesterov"] = [](const Case& one) {
    train<optim::SGD>(one, optim::SGDOptions{.lr = 0.1, .momentum = 0.9, .weight_decay = 1e-3, .nesterov = true});
  };
  checks["model_mlp_relu_10_steps_adam"] = [](const Case& one) {
    train<optim::Adam>(one, optim::AdamOptions{.lr = 0.01});
  };
  return checks;
}

TEST_CASE("small models train and differentiate as in the reference") { run(models()); }

}  // namespace xgrad::reference
