#include <algorithm>

#include <nn/onnx/graph.hpp>

namespace xgrad::onnx {
namespace {

/// One direction of a recurrent operator: its weights and biases, (gates hidden, ...).
struct Direction {
  Tensor from_x, from_h, bias_x = {}, bias_h = {}, peepholes = {};
};

/// The part of a gate of values of all gates, (N, gates hidden).
Tensor gate(const Tensor& all, std::int64_t which, std::int64_t hidden) {
  return slice(all, -1, which * hidden, (which + 1) * hidden);
}

using Step = std::vector<Tensor> (*)(const Call& c, const Tensor& x, const std::vector<Tensor>& state,
                                     const Direction& d);

Tensor product(const Tensor& x, const Tensor& weights, const Tensor& bias) {
  const Tensor y = matmul(x, transpose(weights));
  return bias.defined() ? y + bias : y;
}

std::vector<Tensor> rnn_step(const Call&, const Tensor& x, const std::vector<Tensor>& state, const Direction& d) {
  return {tanh(product(x, d.from_x, d.bias_x) + product(state[0], d.from_h, d.bias_h))};
}

/// Gates in the order update, reset, hidden.
std::vector<Tensor> gru_step(const Call& c, const Tensor& x, const std::vector<Tensor>& state, const Direction& d) {
  const Tensor& h = state[0];
  const std::int64_t n = h.size(-1);
  const Tensor own = product(x, d.from_x, d.bias_x);
  const auto rows = [&](const Tensor& all, std::int64_t from, std::int64_t to) {
    return all.defined() ? slice(all, 0, from * n, to * n) : all;
  };
  const Tensor gates = product(h, rows(d.from_h, 0, 2), rows(d.bias_h, 0, 2));
  const Tensor update = sigmoid(gate(own, 0, n) + gate(gates, 0, n));
  const Tensor reset = sigmoid(gate(own, 1, n) + gate(gates, 1, n));
  const Tensor weights = rows(d.from_h, 2, 3), bias = rows(d.bias_h, 2, 3);
  const Tensor hidden =
      c.integer("linear_before_reset", 0) != 0 ? reset * product(h, weights, bias) : product(reset * h, weights, bias);
  return {(1.0 - update) * tanh(gate(own, 2, n) + hidden) + update * h};
}

/// Gates in the order input, output, forget, cell; peepholes input, output, forget.
std::vector<Tensor> lstm_step(const Call&, const Tensor& x, const std::vector<Tensor>& state, const Direction& d) {
  const std::int64_t n = state[0].size(-1);
  const Tensor gates = product(x, d.from_x, d.bias_x) + product(state[0], d.from_h, d.bias_h);
  const auto seen = [&](const Tensor& before, const Tensor& cell, std::int64_t which) {
    return d.peepholes.defined() ? before + cell * slice(d.peepholes, 0, which * n, (which + 1) * n) : before;
  };
  const Tensor input = sigmoid(seen(gate(gates, 0, n), state[1], 0));
  const Tensor forget = sigmoid(seen(gate(gates, 2, n), state[1], 2));
  const Tensor cell = forget * state[1] + input * tanh(gate(gates, 3, n));
  const Tensor output = sigmoid(seen(gate(gates, 1, n), cell, 1));
  return {output * tanh(cell), cell};
}

void check_activations(const Call& c, const std::vector<std::string>& expected, std::size_t directions) {
  const std::vector<std::string> given = c.texts("activations");
  if (given.empty()) return;
  bool same = given.size() == expected.size() * directions;
  for (std::size_t i = 0; same && i < given.size(); ++i) same = given[i] == expected[i % expected.size()];
  if (!same) c.refuse("its activations are not the usual ones, and not supported");
}

/// x (L, N, in), or (N, L, in) with layout 1, to outputs (L, directions, N, hidden) and the last states.
Results recurrent(const Call& c, std::int64_t gates, std::size_t states, const std::vector<std::string>& activations,
                  Step step) {
  const bool batch_first = c.integer("layout", 0) != 0;
  if (c[0].rank() != 3 || c[1].rank() != 3 || c[2].rank() != 3) c.refuse("inputs and weights need three axes");
  const Tensor x = batch_first ? swapaxes(c[0], 0, 1) : c[0];
  const std::int64_t length = x.size(0), batch = x.size(1), hidden = c[2].size(2);
  const std::string way = c.text("direction", "forward");
  if (way != "forward" && way != "reverse" && way != "bidirectional")
    c.refuse("attribute 'direction' is '" + way + "'");
  const std::int64_t directions = way == "bidirectional" ? 2 : 1;
  if (c.says("clip") || c.integer("input_forget", 0) != 0) c.refuse("clip and input_forget are not supported");
  check_activations(c, activations, static_cast<std::size_t>(directions));
  if (c[1].size(0) != directions || c[2].size(0) != directions || c[1].size(1) != gates * hidden)
    c.refuse("the weights have shapes " + to_string(c[1].shape()) + " and " + to_string(c[2].shape()) +
             ", which do not fit");
  if (c.has(4)) {
    for (const std::int64_t one : c.integers_of(4))
      if (one != length) c.refuse("sequences of several lengths are not supported");
  }
  std::vector<Tensor> outputs;
  std::vector<std::vector<Tensor>> last(states);
  for (std::int64_t k = 0; k < directions; ++k) {
    Direction d{.from_x = select(c[1], 0, k), .from_h = select(c[2], 0, k)};
    if (c.has(3)) {
      const Tensor both = select(c[3], 0, k);
      d.bias_x = slice(both, 0, 0, gates * hidden);
      d.bias_h = slice(both, 0, gates * hidden, 2 * gates * hidden);
    }
    if (states == 2 && c.has(7)) d.peepholes = select(c[7], 0, k);
    std::vector<Tensor> state;
    for (std::size_t s = 0; s < states; ++s) {
      if (!c.has(5 + s))
        state.push_back(zeros({batch, hidden}, x.dtype()));
      else
        state.push_back(batch_first ? select(c[5 + s], 1, k) : select(c[5 + s], 0, k));
    }
    const bool reverse = way == "reverse" || k == 1;
    std::vector<Tensor> steps(static_cast<std::size_t>(length));
    for (std::int64_t t = 0; t < length; ++t) {
      const std::int64_t place = reverse ? length - 1 - t : t;
      state = step(c, select(x, 0, place), state, d);
      steps[static_cast<std::size_t>(place)] = state[0];
    }
    if (length == 0) c.refuse("the sequence is empty");
    outputs.push_back(stack(steps, 0));
    for (std::size_t s = 0; s < states; ++s) last[s].push_back(state[s]);
  }
  const Tensor y = stack(outputs, 1);
  Results results{batch_first ? transpose(y, {2, 0, 1, 3}) : y};
  for (const std::vector<Tensor>& of_directions : last) results.push_back(stack(of_directions, batch_first ? 1 : 0));
  return results;
}

}  // namespace

const Operators& recurrent_operators() {
  static const Operators operators = {
      {"RNN", [](const Call& c) { return recurrent(c, 1, 1, {"Tanh"}, &rnn_step); }},
      {"GRU",
       [](const Call& c) {
         return recurrent(c, 3, 1, {"Sigmoid", "Tanh"}, &gru_step);
       }},
      {"LSTM",
       [](const Call& c) {
         return recurrent(c, 4, 2, {"Sigmoid", "Tanh", "Tanh"}, &lstm_step);
       }},
  };
  return operators;
}

}  // namespace xgrad::onnx
