#include <nn/recurrent.hpp>

#include <cmath>
#include <utility>

#include <fmt/format.h>

#include <autograd/ops.hpp>
#include <nn/affine.hpp>
#include <nn/dropout.hpp>
#include <nn/init.hpp>

namespace xgrad::nn {
namespace {

std::string described(const Tensor& x) { return fmt::format("{} {}", to_string(x.dtype()), to_string(x.shape())); }

}  // namespace

Recurrent::Recurrent(std::string type_name, int gates, int state_tensors, std::int64_t input_size,
                     std::int64_t hidden_size, const RecurrentOptions& options)
    : Module(std::move(type_name)),
      state_tensors_(state_tensors),
      input_size_(input_size),
      hidden_size_(hidden_size),
      options_(options) {
  check_options(gates);
  const double bound = 1 / std::sqrt(static_cast<double>(hidden_size));
  const auto drawn = [&](Parameter& member, const std::string& name, const Shape& shape, bool present = true) {
    member = register_parameter(name, present ? zeros(shape, options.dtype) : Tensor());
    if (present) init::uniform(member, {.low = -bound, .high = bound});
  };
  const auto directions = static_cast<std::size_t>(options.bidirectional ? 2 : 1);
  weights->resize(static_cast<std::size_t>(options.num_layers) * directions);
  std::size_t place = 0;
  const std::int64_t rows = gates * hidden_size;
  for (std::int64_t layer = 0; layer < options.num_layers; ++layer) {
    for (const char* direction : {"", "_reverse"}) {
      if (*direction != '\0' && !options.bidirectional) continue;
      const std::string suffix = fmt::format("_l{}{}", layer, direction);
      const std::int64_t width = layer == 0 ? input_size : output_size() * (options.bidirectional ? 2 : 1);
      Weights& own = weights[place++];
      drawn(own.weight_ih, "weight_ih" + suffix, {rows, width});
      drawn(own.weight_hh, "weight_hh" + suffix, {rows, output_size()});
      drawn(own.bias_ih, "bias_ih" + suffix, {rows}, options.bias);
      drawn(own.bias_hh, "bias_hh" + suffix, {rows}, options.bias);
      if (options.proj_size > 0) drawn(own.weight_hr, "weight_hr" + suffix, {options.proj_size, hidden_size});
    }
  }
}

void Recurrent::check_options(int gates) const {
  if (input_size_ <= 0 || hidden_size_ <= 0)
    refuse(
        fmt::format("input_size {} and hidden_size {} were given; both must be positive", input_size_, hidden_size_));
  if (options_.num_layers <= 0 || options_.num_layers > 1'000'000)
    refuse(fmt::format("num_layers is {}; it must be positive, and at most a million", options_.num_layers));
  if (!(options_.dropout >= 0 && options_.dropout <= 1))
    refuse(fmt::format("dropout is {}; it must lie in [0, 1]", options_.dropout));
  if (options_.nonlinearity != RecurrentNonlinearity::tanh && gates != 1)
    refuse("the nonlinearity is relu, an option of RNN only");
  if (options_.proj_size != 0 && state_tensors_ != 2)
    refuse(fmt::format("proj_size is {}, an option of LSTM only", options_.proj_size));
  if (options_.proj_size < 0 || options_.proj_size >= hidden_size_)
    refuse(fmt::format("proj_size is {}; it must not be negative, and less than hidden_size, {}", options_.proj_size,
                       hidden_size_));
}

void Recurrent::check_input(const Tensor& x) const {
  const bool one = x.rank() == 2;
  const bool fits = (one || x.rank() == 3) && x.size(-1) == input_size_ && is_floating(x.dtype());
  if (fits && x.size(!one && options_.batch_first ? 1 : 0) > 0) return;
  refuse(fmt::format("the input is {}; floating-point ({}, {}) or (L, {}) was expected, L not 0", described(x),
                     options_.batch_first ? "N, L" : "L, N", input_size_, input_size_));
}

void Recurrent::check_state(std::string_view name, const Tensor& state, const Shape& expected, const Tensor& x) const {
  if (!state.defined() || (state.shape() == expected && is_floating(state.dtype()))) return;
  refuse(fmt::format("the initial {} is {}; floating-point {} was expected for an input of shape {}", name,
                     described(state), to_string(expected), to_string(x.shape())));
}

/// For each step which sequences (N, 1) last so long; nothing without lengths.
std::vector<Tensor> Recurrent::lasting_steps(const Tensor& x, const Tensor& lengths) const {
  if (!lengths.defined()) return {};
  if (x.rank() != 3)
    refuse(fmt::format("lengths are given for an input of shape {} without a batch", to_string(x.shape())));
  const int batch = options_.batch_first ? 0 : 1;
  const std::int64_t most = x.size(1 - batch);
  if (lengths.dtype() != int64 || lengths.shape() != Shape{x.size(batch)})
    refuse(fmt::format("the lengths are {}; int64 ({},) was expected for an input of shape {}", described(lengths),
                       x.size(batch), to_string(x.shape())));
  for (const std::int64_t length : lengths.to_vector<std::int64_t>())
    if (length < 0 || length > most) refuse(fmt::format("a length is {}; 0 to {} was expected", length, most));
  return unstack(expand_dims(less(expand_dims(arange(most), 1), lengths), -1));
}

/// The outputs of all steps, in the order of the inputs. Updates the state.
std::vector<Tensor> Recurrent::direction(const std::vector<Tensor>& inputs, const std::vector<Tensor>& lasting,
                                         const Weights& own, State& state, bool reverse) const {
  const Affine from_x(own.weight_ih, own.bias_ih), from_h(own.weight_hh, own.bias_hh);
  std::vector<Tensor> outputs(inputs.size());
  for (std::size_t k = 0; k < inputs.size(); ++k) {
    const std::size_t t = reverse ? inputs.size() - 1 - k : k;
    State next = step(from_x(inputs[t]), from_h(state[0]), state);
    if (own.weight_hr.defined()) next[0] = Affine(own.weight_hr)(next[0]);
    outputs[t] = lasting.empty() ? next[0] : where(lasting[t], next[0], 0.0);
    for (std::size_t kind = 0; kind < state.size(); ++kind)
      state[kind] = lasting.empty() ? next[kind] : where(lasting[t], next[kind], state[kind]);
  }
  return outputs;
}

Recurrent::Result Recurrent::run(const Tensor& x, const State& initial, const Tensor& lengths) const {
  check_input(x);
  const std::vector<Tensor> lasting = lasting_steps(x, lengths);
  const bool one = x.rank() == 2;
  const int time = !one && options_.batch_first ? 1 : 0;
  const Tensor sequence = one ? expand_dims(x, 1) : time == 1 ? swapaxes(x, 0, 1) : x;
  const auto width = [&](std::size_t kind) { return kind == 0 ? output_size() : hidden_size_; };
  for (std::size_t kind = 0; kind < initial.size(); ++kind) {
    Shape expected{static_cast<std::int64_t>(weights.size())};
    if (!one) expected.push_back(sequence.size(1));
    expected.push_back(width(kind));
    check_state(kind == 0 ? "h" : "c", initial[kind], expected, x);
  }

  std::vector<Tensor> steps = unstack(sequence);
  std::vector<std::vector<Tensor>> last(initial.size());
  const std::size_t directions = options_.bidirectional ? 2 : 1;
  for (std::size_t place = 0; place < weights.size(); place += directions) {
    if (place > 0 && is_training() && options_.dropout > 0)
      for (Tensor& entry : steps) entry = dropout(entry, {.p = options_.dropout});
    std::vector<Tensor> outputs;
    for (std::size_t d = 0; d < directions; ++d) {
      State state;
      for (std::size_t kind = 0; kind < initial.size(); ++kind) {
        const auto row = static_cast<std::int64_t>(place + d);
        const Shape shape{sequence.size(1), width(kind)};
        state.push_back(initial[kind].defined() ? slice(initial[kind], 0, row, row + 1).reshape(shape)
                                                : zeros(shape, x.dtype()));
      }
      const std::vector<Tensor> own = direction(steps, lasting, weights[place + d], state, d == 1);
      for (std::size_t t = 0; t < own.size(); ++t) {
        if (d == 0)
          outputs.push_back(own[t]);
        else
          outputs[t] = concatenate({outputs[t], own[t]}, 1);
      }
      for (std::size_t kind = 0; kind < state.size(); ++kind) last[kind].push_back(state[kind]);
    }
    steps = std::move(outputs);
  }

  const auto shaped = [&](const Tensor& tensor) { return one ? squeeze(tensor, 1) : tensor; };
  Result result{shaped(stack(steps, time)), {}};
  for (const std::vector<Tensor>& states : last) result.last.push_back(shaped(stack(states)));
  return result;
}

Tensor Recurrent::forward(const Tensor& x) const {
  return run(x, State(static_cast<std::size_t>(state_tensors_))).output;
}

std::string Recurrent::arguments() const {
  std::string text = fmt::format("{}, {}", input_size_, hidden_size_);
  if (options_.proj_size != 0) text += fmt::format(", proj_size={}", options_.proj_size);
  if (options_.num_layers != 1) text += fmt::format(", num_layers={}", options_.num_layers);
  if (options_.nonlinearity != RecurrentNonlinearity::tanh) text += ", nonlinearity=relu";
  if (!options_.bias) text += ", bias=False";
  if (options_.batch_first) text += ", batch_first=True";
  if (options_.dropout != 0) text += fmt::format(", dropout={}", options_.dropout);
  if (options_.bidirectional) text += ", bidirectional=True";
  return text;
}

RecurrentResult RNN::operator()(const Operand& x, const Operand& h_0) const {
  const Result result = scoped([&] { return run(x, {h_0}); });
  return {result.output, result.last[0]};
}

RecurrentResult RNN::operator()(const Operand& x, const Operand& h_0, const Operand& lengths) const {
  const Result result = scoped([&] { return run(x, {h_0}, lengths); });
  return {result.output, result.last[0]};
}

RNN::State RNN::step(const Tensor& from_x, const Tensor& from_h, const State&) const {
  const Tensor sum = from_x + from_h;
  return {options().nonlinearity == RecurrentNonlinearity::relu ? relu(sum) : tanh(sum)};
}

LSTMResult LSTM::operator()(const Operand& x, const LSTMState& initial) const {
  const Result result = scoped([&] { return run(x, {initial.h, initial.c}); });
  return {result.output, {result.last[0], result.last[1]}};
}

LSTMResult LSTM::operator()(const Operand& x, const LSTMState& initial, const Operand& lengths) const {
  const Result result = scoped([&] { return run(x, {initial.h, initial.c}, lengths); });
  return {result.output, {result.last[0], result.last[1]}};
}

LSTM::State LSTM::step(const Tensor& from_x, const Tensor& from_h, const State& state) const {
  const std::vector<Tensor> gates = chunk(from_x + from_h, 4, 1);
  const Tensor c = sigmoid(gates[1]) * state[1] + sigmoid(gates[0]) * tanh(gates[2]);
  return {sigmoid(gates[3]) * tanh(c), c};
}

RecurrentResult GRU::operator()(const Operand& x, const Operand& h_0) const {
  const Result result = scoped([&] { return run(x, {h_0}); });
  return {result.output, result.last[0]};
}

RecurrentResult GRU::operator()(const Operand& x, const Operand& h_0, const Operand& lengths) const {
  const Result result = scoped([&] { return run(x, {h_0}, lengths); });
  return {result.output, result.last[0]};
}

GRU::State GRU::step(const Tensor& from_x, const Tensor& from_h, const State& state) const {
  const std::vector<Tensor> x = chunk(from_x, 3, 1), h = chunk(from_h, 3, 1);
  const Tensor r = sigmoid(x[0] + h[0]), z = sigmoid(x[1] + h[1]);
  const Tensor n = tanh(x[2] + r * h[2]);
  return {(1.0 - z) * n + z * state[0]};
}

}  // namespace xgrad::nn
