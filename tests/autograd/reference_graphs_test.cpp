#include <doctest/doctest.h>

#include "reference.hpp"

namespace xgrad::reference {
namespace {

Outputs ladder(const Case&, const Inputs& in) {
  Tensor y = in["x"];
  for (int i = 0; i < 10; ++i) y = (y + y) * 0.5 + y * y * 0.1;
  return y;
}

Outputs chain(const Case&, const Inputs& in) {
  Tensor y = in["x"];
  for (int i = 0; i < 1000; ++i) y = sin(y) + 0.001;
  return y;
}

Outputs doubling(const Case&, const Inputs& in) {
  Tensor y = in["x"];
  for (int i = 0; i < 60; ++i) y = y + y;
  return y;
}

Outputs shared_cotangent(const Case&, const Inputs& in) {
  const Tensor b = in["a"] + 1;
  const Tensor c = b + 1.5;
  const Tensor d = in["a"] + b;
  return d + c;
}

Outputs shared_cotangent_of_an_entry(const Case&, const Inputs& in) {
  const Tensor b = in["a"] + 1;
  const Tensor c = take(b, 0) + 1.5;
  const Tensor d = in["a"] + b;
  return d + c;
}

Outputs rosenbrock(const Case&, const Inputs& in) {
  const Tensor head = slice(in["x"], {{.stop = -1}}), tail = slice(in["x"], {{.start = 1}});
  return sum(100 * square(tail - square(head)) + square(1 - head));
}

/// What other frameworks accumulate into a leaf is a sum of gradients here.
void accumulation(const Case& one) {
  const Tape tape;
  const Tensor x = one.array("x");
  const Tensor out = x * exp(x);
  one.expect("out", out);
  const Tensor first = tape.gradient(out, x, {.cotangent = one.array("g1")});
  const Tensor second = tape.gradient(out, x, {.cotangent = one.array("g2")});
  one.expect("grad_after_1", first);
  one.expect("grad_after_2", first + second);
  one.expect("grad_after_zero_and_3", tape.gradient(out, x, {.cotangent = one.array("g1")}));
}

/// Derivatives of order 0 to 5 of a function applied to each entry.
void higher_order(const Case& one) {
  const std::map<std::string, TensorFunction> functions = {
      {"tanh", [](const Tensor& x) { return tanh(x); }},
      {"sigmoid", [](const Tensor& x) { return sigmoid(x); }},
      {"cube", [](const Tensor& x) { return x * x * x; }},
      {"reciprocal_shift", [](const Tensor& x) { return 1 / (x + 4); }},
      {"softplus", [](const Tensor& x) { return softplus(x); }},
      {"sin_exp", [](const Tensor& x) { return sin(x) * exp(0.5 * x); }},
  };
  const Tape tape;
  const Tensor x = one.array("x");
  std::vector<Tensor> derivatives = {functions.at(one.text("function"))(x)};
  while (derivatives.size() < 6)
    derivatives.push_back(tape.gradient(sum(derivatives.back()), x, {.materialize_grads = true}));
  one.expect("derivatives", stack(derivatives));
}

/// Row i of the Jacobian of y at x: the gradient of y's entry i.
Tensor jacobian(const Tape& tape, const Tensor& y, const Tensor& x) {
  std::vector<Tensor> rows;
  for (std::int64_t i = 0; i < y.size(); ++i) rows.push_back(tape.gradient(take(y, i), x, {.materialize_grads = true}));
  return stack(rows);
}

void hessian(const Case& one) {
  const Tape tape;
  const Tensor parameters = one.array("params");
  const Tensor w1 = reshape(slice(parameters, 0, 0, 12), {4, 3});
  const Tensor b1 = slice(parameters, 0, 12, 16), w2 = slice(parameters, 0, 16, 20);
  const Tensor prediction = matmul(tanh(matmul(one.array("X"), w1.T()) + b1), w2);
  const Tensor loss = mean(square(prediction - one.array("Y")));
  one.expect("loss", loss);
  const Tensor gradient = tape.gradient(loss, parameters);
  one.expect("gradient", gradient);
  one.expect("hessian", jacobian(tape, gradient, parameters));
}

void softmax_jacobian(const Case& one) {
  const Tape tape;
  const Tensor x = one.array("x");
  const Tensor out = softmax(x) * sum(x);
  one.expect("out", out);
  one.expect("jacobian", jacobian(tape, out, x));
}

void gradient_penalty(const Case& one) {
  const Tape tape;
  const std::vector<std::string> names = {"w1", "b1", "w2", "x"};
  std::vector<Tensor> sources;
  for (const std::string& name : names) sources.push_back(one.array(name));
  const Tensor &w1 = sources[0], &b1 = sources[1], &w2 = sources[2], &x = sources[3];
  const Tensor out = matmul(tanh(matmul(x, w1.T()) + b1), w2.T());
  one.expect("out", out);
  const Tensor gx = tape.gradient(sum(out), x);
  one.expect("gx", gx);
  const Tensor penalty = mean(square(sqrt(sum(square(gx), 1)) - 1));
  one.expect("penalty", penalty);
  const std::vector<Tensor> gradients = tape.gradient(penalty, sources, {.materialize_grads = true});
  for (std::size_t i = 0; i < names.size(); ++i) one.expect("d_" + names[i], gradients[i]);
}

}  // namespace

Checks graphs() {
  Checks checks = derivatives_of({
      {"graph_x_times_x", [](const Case&, const Inputs& in) { return in["x"] * in["x"]; }},
      {"graph_x_minus_x", [](const Case&, const Inputs& in) { return in["x"] - in["x"]; }},
      {"graph_x_div_x", [](const Case&, const Inputs& in) { return in["x"] / in["x"]; }},
      {"graph_diamond",
       [](const Case&, const Inputs& in) {
         const Tensor a = 2 * in["x"];
         return sin(a) * cos(a) + a;
       }},
      {"graph_detach", [](const Case&, const Inputs& in) { return sin(in["x"]) * stop_gradient(cos(in["x"])); }},
      {"graph_chain_1000", chain},
      {"graph_fanout_ladder_10", ladder},
      {"graph_doubling_60", doubling},
      {"graph_bias_broadcast_twice", [](const Case&, const Inputs& in) { return (in["x"] + in["b"]) * in["b"]; }},
      {"graph_outgrad_not_mutated", shared_cotangent},
      {"graph_outgrad_not_mutated_index", shared_cotangent_of_an_entry},
      {"graph_two_outputs",
       [](const Case&, const Inputs& in) -> Outputs {
         return {exp(in["x"]), in["x"] * in["y"]};
       }},
      {"graph_rosenbrock_10", rosenbrock},
  });
  checks["graph_accumulate_retain"] = accumulation;
  checks["higher_order"] = higher_order;
  checks["hessian"] = hessian;
  checks["jacobian"] = softmax_jacobian;
  checks["gradient_penalty"] = gradient_penalty;
  return checks;
}

TEST_CASE("graphs with shared tensors, several outputs and high orders agree with the reference") { run(graphs()); }

}  // namespace xgrad::reference
