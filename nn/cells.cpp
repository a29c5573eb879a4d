#include <nn/cells.hpp>

#include <cmath>

#include <fmt/format.h>

#include <autograd/ops.hpp>
#include <nn/affine.hpp>
#include <nn/init.hpp>

namespace xgrad::nn {

RecurrentCell::RecurrentCell(std::string type_name, int gates, std::int64_t input_size, std::int64_t hidden_size,
                             const RecurrentCellOptions& options)
    : Module(std::move(type_name)),
      input_size_(input_size),
      hidden_size_(hidden_size),
      nonlinearity_(options.nonlinearity) {
  if (input_size <= 0 || hidden_size <= 0)
    refuse(fmt::format("sizes ({}, {}) were given; both must be positive", input_size, hidden_size));
  if (nonlinearity_ != RecurrentNonlinearity::tanh && gates != 1)
    refuse("the nonlinearity is relu, an option of RNNCell only");
  const double bound = 1 / std::sqrt(static_cast<double>(hidden_size));
  const auto drawn = [&](const char* name, const Shape& shape, bool present = true) {
    Parameter own(present ? Parameter(zeros(shape, options.dtype)) : Parameter());
    if (present) init::uniform(own, {.low = -bound, .high = bound});
    return register_parameter(name, own);
  };
  const std::int64_t rows = gates * hidden_size;
  weight_ih = drawn("weight_ih", {rows, input_size});
  weight_hh = drawn("weight_hh", {rows, hidden_size});
  bias_ih = drawn("bias_ih", {rows}, options.bias);
  bias_hh = drawn("bias_hh", {rows}, options.bias);
}

RecurrentCell::Step RecurrentCell::begin(const Tensor& x, const std::vector<Tensor>& state) const {
  const auto described = [](const Tensor& t) {
    return fmt::format("{} {}", to_string(t.dtype()), to_string(t.shape()));
  };
  if ((x.rank() != 1 && x.rank() != 2) || x.size(-1) != input_size_ || !is_floating(x.dtype()))
    refuse(fmt::format("the input is {}; floating-point (N, {}) or ({},) was expected", described(x), input_size_,
                       input_size_));
  Step result;
  result.one = x.rank() == 1;
  const Tensor rows = result.one ? expand_dims(x, 0) : x;
  Shape expected = x.shape();
  expected[x.rank() - 1] = hidden_size_;
  for (const Tensor& given : state) {
    if (given.defined() && (given.shape() != expected || !is_floating(given.dtype())))
      refuse(fmt::format("a state is {}; floating-point {} was expected for an input of shape {}", described(given),
                         to_string(expected), to_string(x.shape())));
    const Shape batched{rows.size(0), hidden_size_};
    result.state.push_back(given.defined() ? reshape(given, batched) : zeros(batched, x.dtype()));
  }
  result.from_x = Affine(weight_ih, bias_ih)(rows);
  result.from_h = Affine(weight_hh, bias_hh)(result.state[0]);
  return result;
}

std::string RecurrentCell::arguments() const {
  return fmt::format("{}, {}{}{}", input_size_, hidden_size_, bias_ih.defined() ? "" : ", bias=False",
                     nonlinearity_ == RecurrentNonlinearity::relu ? ", nonlinearity=relu" : "");
}

Tensor RNNCell::forward(const Tensor& x) const { return forward(x, Tensor()); }
Tensor RNNCell::forward(const Tensor& x, const Tensor& h) const {
  const Step step = begin(x, {h});
  const Tensor sum = step.from_x + step.from_h;
  const Tensor next = nonlinearity() == RecurrentNonlinearity::relu ? relu(sum) : tanh(sum);
  return step.one ? squeeze(next, 0) : next;
}

Tensor GRUCell::forward(const Tensor& x) const { return forward(x, Tensor()); }
Tensor GRUCell::forward(const Tensor& x, const Tensor& h) const {
  const Step step = begin(x, {h});
  const std::vector<Tensor> a = chunk(step.from_x, 3, 1), b = chunk(step.from_h, 3, 1);
  const Tensor r = sigmoid(a[0] + b[0]), z = sigmoid(a[1] + b[1]);
  const Tensor n = tanh(a[2] + r * b[2]);
  const Tensor next = (1.0 - z) * n + z * step.state[0];
  return step.one ? squeeze(next, 0) : next;
}

LSTMState LSTMCell::step(const Tensor& x, const LSTMState& state) const {
  const Step step = begin(x, {state.h, state.c});
  const std::vector<Tensor> gates = chunk(step.from_x + step.from_h, 4, 1);
  const Tensor c = sigmoid(gates[1]) * step.state[1] + sigmoid(gates[0]) * tanh(gates[2]);
  const Tensor h = sigmoid(gates[3]) * tanh(c);
  if (!step.one) return {h, c};
  return {squeeze(h, 0), squeeze(c, 0)};
}

LSTMState LSTMCell::operator()(const Operand& x, const LSTMState& state) const {
  return scoped([&] { return step(x, state); });
}
Tensor LSTMCell::forward(const Tensor& x) const { return step(x, {}).h; }

}  // namespace xgrad::nn
