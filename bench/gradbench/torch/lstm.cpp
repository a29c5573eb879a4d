#include <algorithm>
#include "problems.hpp"

namespace gradbench {

namespace {

/// The last layer's hidden states, (steps, W). At tick t layer i is at step t - i, so that all layers are one tensor,
/// (L, W), and read what the layer below gave at the tick before.
Tensor hidden_states(const LstmInput& in, const Tensor& main, const Tensor& inputs) {
  // Weights of the gates, then their biases, 8 of (L, W).
  const std::vector<Tensor> gates = main.view({in.layers, 8, in.width}).transpose(0, 1).contiguous().unbind();
  const std::vector<Tensor> state = in.state.view({in.layers, 2, in.width}).unbind(1), input = inputs.split(1);

  Tensor hidden = state[0], cell = state[1];
  std::vector<Tensor> last;
  for (std::int64_t tick = 0; tick < in.steps + in.layers - 1; ++tick) {
    // Layers that are past the last step go on with its input. Nothing reads them.
    const auto step = static_cast<std::size_t>(std::min(tick, in.steps - 1));
    const Tensor x = torch::cat({input[step], hidden.narrow(0, 0, in.layers - 1)});
    const Tensor forget = torch::addcmul(gates[4], x, gates[0]).sigmoid();
    const Tensor ingate = torch::addcmul(gates[5], hidden, gates[1]).sigmoid();
    const Tensor outgate = torch::addcmul(gates[6], x, gates[2]).sigmoid();
    const Tensor change = torch::addcmul(gates[7], hidden, gates[3]).tanh();
    const Tensor next_cell = torch::addcmul(cell * forget, ingate, change), next_hidden = outgate * next_cell.tanh();
    const std::int64_t begun = std::min(tick + 1, in.layers), waiting = in.layers - begun;
    const auto advance = [&](Tensor& now, const Tensor& next) {
      now = waiting == 0 ? next : torch::cat({next.narrow(0, 0, begun), now.narrow(0, begun, waiting)});
    };
    advance(cell, next_cell);
    advance(hidden, next_hidden);
    if (waiting == 0) last.push_back(hidden[-1]);
  }
  return torch::stack(last);
}

}  // namespace

Tensor lstm_loss(const LstmInput& in, const Tensor& main, const Tensor& extra) {
  const auto rows = [&](std::int64_t first) { return in.sequence.narrow(0, first, in.steps); };
  const Tensor hidden = hidden_states(in, main, rows(0) * extra[0]);
  const Tensor predicted = torch::addcmul(extra[2], hidden, extra[1]);
  const Tensor normalized = predicted - (predicted.exp().sum(1, true) + 2).log();
  return -(rows(1) * normalized).mean();
}

}  // namespace gradbench
