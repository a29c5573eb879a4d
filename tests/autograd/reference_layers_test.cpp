#include <doctest/doctest.h>

#include <nn/nn.hpp>

#include "reference.hpp"

namespace xgrad::reference {
namespace {

template <class Layer>
Layer batch_norm_like(const Case& one, std::int64_t features, bool affine) {
  nn::BatchNormOptions options{.eps = one.number("eps"), .affine = affine, .dtype = float64};
  if (one.given("steps"))
    options.momentum = one.given("momentum") ? std::optional(one.number("momentum")) : std::nullopt;
  return Layer(features, options);
}

/// One call of the layer, with the case's inputs as its parameters and buffers.
template <class Layer>
Outputs batch_norm(const Case& one, const Inputs& in) {
  Layer layer = batch_norm_like<Layer>(one, in["x"].size(1), in.has("weight"));
  if (in.has("weight")) {
    layer.weight.set(in["weight"]);
    layer.bias.set(in["bias"]);
  }
  if (!one.flag("training")) {
    layer.running_mean.set(in["running_mean"]);
    layer.running_var.set(in["running_var"]);
    layer.eval();
  }
  return layer(in["x"]);
}

/// Steps in training mode, each with its gradients and running statistics, then one call in eval mode.
template <class Layer>
void batch_norm_steps(const Case& one) {
  Layer layer = batch_norm_like<Layer>(one, one.array("weight").size(0), true);
  const Tensor weight = one.array("weight"), bias = one.array("bias");
  layer.weight.set(weight);
  layer.bias.set(bias);
  layer.running_mean.set(one.array("running_mean_0"));
  layer.running_var.set(one.array("running_var_0"));
  for (const std::string step : {"_1", "_2", "_3", "_eval"}) {
    if (step == "_eval") layer.eval();
    const Tape tape;
    const Tensor x = one.array("x" + step);
    const Tensor out = layer(x);
    one.expect("out" + step, out);
    const auto gradients = tape.gradient(out, {x, weight, bias}, {.cotangent = one.array("grad_out" + step)});
    one.expect("d_x" + step, gradients[0]);
    one.expect("d_weight" + step, gradients[1]);
    one.expect("d_bias" + step, gradients[2]);
    if (step == "_eval") continue;
    one.expect("running_mean" + step, layer.running_mean);
    one.expect("running_var" + step, layer.running_var);
  }
}

/// The layer applied, with the case's weight and bias where it has them.
template <class Layer>
Outputs with_parameters(Layer layer, const Inputs& in) {
  if (in.has("weight")) {
    layer.weight.set(in["weight"]);
    layer.bias.set(in["bias"]);
  }
  return layer(in["x"]);
}

Outputs layer_norm(const Case& one, const Inputs& in) {
  const Shape shape = in.has("weight") ? in["weight"].shape() : Shape{in["x"].size(-1)};
  return with_parameters(
      nn::LayerNorm(shape, {.eps = one.number("eps"), .elementwise_affine = in.has("weight"), .dtype = float64}), in);
}

Outputs group_norm(const Case& one, const Inputs& in) {
  const nn::GroupNormOptions options{.eps = one.number("eps"), .dtype = float64};
  return with_parameters(nn::GroupNorm(one.integer("groups"), in["x"].size(1), options), in);
}

Outputs instance_norm(const Case& one, const Inputs& in) {
  return nn::InstanceNorm2d(in["x"].size(1), {.eps = one.number("eps")})(in["x"]);
}

/// One recurrent layer from a state of zeros, with the case's weights.
template <class Layer>
Outputs recurrent(const Case& one, const Inputs& in) {
  const Layer layer(in["x"].size(2), in["weight_hh_l0"].size(1),
                    {.batch_first = one.flag("batch_first"), .dtype = float64});
  layer.weights[0].weight_ih.set(in["weight_ih_l0"]);
  layer.weights[0].weight_hh.set(in["weight_hh_l0"]);
  layer.weights[0].bias_ih.set(in["bias_ih_l0"]);
  layer.weights[0].bias_hh.set(in["bias_hh_l0"]);
  return layer(in["x"]);
}

Tensor norm(const Tensor& x, int axis) { return sqrt(sum(square(x), axis, {.keepdims = true})); }

Outputs cosine_similarity(const Case& one, const Inputs& in) {
  const int axis = one.axis();
  const Tensor product = sum(in["a"] * in["b"], axis);
  return product / squeeze(norm(in["a"], axis) * norm(in["b"], axis), axis);
}

Call along_axis(Tensor (*f)(const Operand&, int)) {
  return [f](const Case& one, const Inputs& in) { return f(in["x"], one.given("axis") ? one.axis() : -1); };
}

}  // namespace

Checks layers() {
  Checks checks = derivatives_of({
      {"batch_norm_1d_train_one_call", batch_norm<nn::BatchNorm1d>},
      {"batch_norm_1d_train_no_affine", batch_norm<nn::BatchNorm1d>},
      {"batch_norm_1d_eval", batch_norm<nn::BatchNorm1d>},
      {"batch_norm_2d_train_one_call", batch_norm<nn::BatchNorm2d>},
      {"batch_norm_2d_train_no_affine", batch_norm<nn::BatchNorm2d>},
      {"batch_norm_2d_eval", batch_norm<nn::BatchNorm2d>},
      {"edge_batch_norm_constant_channel", batch_norm<nn::BatchNorm1d>},
      {"layer_norm", layer_norm},
      {"group_norm", group_norm},
      {"instance_norm", instance_norm},
      {"rnn_tanh", recurrent<nn::RNN>},
      {"lstm", recurrent<nn::LSTM>},
      {"gru", recurrent<nn::GRU>},
      {"normalize", [](const Case& one,
                       const Inputs& in) { return in["x"] / maximum(norm(in["x"], one.axis()), one.number("eps")); }},
      {"cosine_similarity", cosine_similarity},
      {"softmax", along_axis(softmax)},
      {"log_softmax", along_axis(log_softmax)},
  });
  for (const std::string momentum : {"0_1", "0_3", "cumulative"}) {
    const std::string steps = "_3_train_steps_then_eval_momentum_";
    checks["batch_norm_1d" + steps + momentum] = batch_norm_steps<nn::BatchNorm1d>;
    checks["batch_norm_2d" + steps + momentum] = batch_norm_steps<nn::BatchNorm2d>;
  }
  return checks;
}

TEST_CASE("layers agree with the reference") { run(layers()); }

}  // namespace xgrad::reference
