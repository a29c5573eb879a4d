#include <autograd/autograd.hpp>

#include "problems.hpp"

namespace gradbench {

using namespace xgrad;

namespace {

/// The last layer's hidden states, (steps, W). At tick t layer i is at step t - i, so that all layers are one tensor,
/// (L, W), and read what the layer below gave at the tick before.
Tensor hidden_states(const LstmInput& in, const Tensor& main, const Tensor& inputs) {
  // Weights of the gates, then their biases, (8, L, W), each gathered into one place.
  const Tensor gates = take(reshape(main, {8 * in.layers, in.width}), in.gate_place);
  const Tensor forget_weight = select(gates, 0, 0), forget_bias = select(gates, 0, 4);
  const Tensor in_weight = select(gates, 0, 1), in_bias = select(gates, 0, 5);
  const Tensor out_weight = select(gates, 0, 2), out_bias = select(gates, 0, 6);
  const Tensor change_weight = select(gates, 0, 3), change_bias = select(gates, 0, 7);
  const Tensor state = reshape(in.state, {in.layers, 2, in.width});

  Tensor hidden = select(state, 1, 0), cell = select(state, 1, 1);
  std::vector<Tensor> last;
  for (std::int64_t tick = 0; tick < in.steps + in.layers - 1; ++tick) {
    // Layers that are past the last step go on with its input. Nothing reads them.
    const std::int64_t step = std::min(tick, in.steps - 1);
    const Tensor x = concatenate({slice(inputs, 0, step, step + 1), slice(hidden, 0, 0, in.layers - 1)});
    const Tensor forget = sigmoid(x * forget_weight + forget_bias), ingate = sigmoid(hidden * in_weight + in_bias);
    const Tensor outgate = sigmoid(x * out_weight + out_bias), change = tanh(hidden * change_weight + change_bias);
    const Tensor next_cell = cell * forget + ingate * change, next_hidden = outgate * tanh(next_cell);
    const auto begun = [&](const Tensor& next, const Tensor& before) {
      const std::int64_t count = std::min(tick + 1, in.layers);
      return count == in.layers ? next : concatenate({slice(next, 0, 0, count), slice(before, 0, count, in.layers)});
    };
    cell = begun(next_cell, cell);
    hidden = begun(next_hidden, hidden);
    if (tick >= in.layers - 1) last.push_back(select(hidden, 0, in.layers - 1));
  }
  return stack(last);
}

}  // namespace

Tensor lstm_loss(const LstmInput& in, const Tensor& main, const Tensor& extra) {
  const auto rows = [&](std::int64_t first) { return slice(in.sequence, 0, first, first + in.steps); };
  const Tensor hidden = hidden_states(in, main, rows(0) * select(extra, 0, 0));
  const Tensor predicted = hidden * select(extra, 0, 1) + select(extra, 0, 2);
  const Tensor normalized = predicted - log(sum(exp(predicted), 1, {.keepdims = true}) + 2);
  return -mean(rows(1) * normalized);
}

}  // namespace gradbench
