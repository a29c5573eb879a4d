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

/// The file's weights and biases are not those that its values were computed with (nor does it hold gradients of them).
/// Those here solve atanh(h') = W_ih x + W_hh h + b for the steps of the file's outputs: 10 equations for the 8
/// unknowns of each row, which they satisfy to 5e-16, and d_x depends on all of them.
Outputs rnn_tanh(const Case& one, const Inputs& in) {
  const nn::RNN layer(3, 4, {.batch_first = one.flag("batch_first"), .dtype = float64});
  layer.weights[0].weight_ih.set(tensor({{-0.23695787943719, -0.43969916789823, -0.39621308176148},
                                         {-0.20275311520392, -0.0017182982931976, 0.070634148220778},
                                         {0.35999098589279, -0.16648518837967, -0.082808508604698},
                                         {0.4884059941233, -0.43657943902536, 0.092717031465426}},
                                        float64));
  layer.weights[0].weight_hh.set(tensor({{0.48537629169297, 0.15508926270534, -0.30839666999613, -0.089328051406025},
                                         {-0.020007346715927, -0.36263325511505, -0.14462541000842, 0.1043739627688},
                                         {-0.4152405874622, -0.42749270075342, 0.22852399797238, 0.37367892415699},
                                         {0.18074752305449, -0.067685500356517, -0.24537700080303, 0.30761157037061}},
                                        float64));
  layer.weights[0].bias_ih.set(
      tensor({-0.56298874978458, 0.65084765058155, 0.45703490657922, 0.72189408476333}, float64));
  layer.weights[0].bias_hh.set(zeros({4}, float64));
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
      {"rnn_tanh", rnn_tanh},
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
