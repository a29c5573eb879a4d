#pragma once

#include <string>
#include <vector>

#include <nn/module.hpp>

#pragma GCC visibility push(default)
namespace xgrad::nn {

/// The function that gives an RNN's state.
enum class RecurrentNonlinearity { tanh, relu };

struct RecurrentOptions {
  /// The number of layers; each takes the outputs of the one below.
  std::int64_t num_layers = 1;
  /// For RNN only; LSTM and GRU refuse relu.
  RecurrentNonlinearity nonlinearity = RecurrentNonlinearity::tanh;
  bool bias = true;
  /// Whether batches are (N, L, ...) rather than (L, N, ...).
  bool batch_first = false;
  /// Probability with which entries between layers are dropped in training mode.
  double dropout = 0;
  /// Whether each layer also runs from the last step to the first. Outputs of that direction follow those of the other.
  bool bidirectional = false;
  /// For LSTM only: where it is not 0, h is projected to as many numbers (Sak et al., 2014), fewer than hidden_size.
  std::int64_t proj_size = 0;
  DType dtype = float32;
};

/// The base of RNN, LSTM and GRU: a state of hidden_size numbers that is updated with each entry of a sequence.
///
/// x: (L, N, input_size), or (N, L, input_size) with batch_first, or one sequence (L, input_size); L is 1 or more. The
/// output holds the top layer's h after every step: x's shape with D * hidden_size at the end, D being 2 for
/// bidirectional layers, else 1. States, given and returned, are (D * num_layers, N, hidden_size), or
/// (D * num_layers, hidden_size) for one sequence: layer by layer, forward before reverse, batch_first or not. States
/// that are undefined tensors are zeros. With proj_size, h has that many numbers in outputs and states, c hidden_size.
///
/// Sequences of a batch may have lengths of their own: int64 (N,), from 0 to L, which are run. A state stays as it is
/// after the end of its sequence, the reverse direction begins there, and outputs behind it are 0: what PyTorch's
/// packed sequences give. pad_sequence makes such a batch.
///
/// Parameters have PyTorch's names, weight_ih_l0, weight_hh_l0, bias_ih_l0, bias_hh_l0, with proj_size weight_hr_l0,
/// and so on for every layer, with "_reverse" behind them for the other direction. They start as U(-k, k) with
/// k = 1 / sqrt(hidden_size), drawn from the default generator, as PyTorch's do.
///
/// Throws Error where sizes or num_layers are not positive, dropout lies outside [0, 1], proj_size is negative or not
/// less than hidden_size, an option is another layer's, and on inputs and states of another shape or dtype.
class Recurrent : public Module {
 public:
  /// The parameters of one layer in one direction, where G is the number of gates: 1, 4 for LSTM, 3 for GRU; and P the
  /// size of h: hidden_size, or proj_size where it is not 0.
  struct Weights {
    Parameter weight_ih;  ///< (G * hidden_size, input_size), above layer 0 (G * hidden_size, D * P)
    Parameter weight_hh;  ///< (G * hidden_size, P)
    Parameter bias_ih;    ///< (G * hidden_size,); undefined without bias
    Parameter bias_hh;    ///< (G * hidden_size,); undefined without bias
    Parameter weight_hr;  ///< (P, hidden_size); undefined without proj_size
  };

  Tensor operator()(const Operand& x) const { return Module::operator()(x); }
  /// The output, for states that start as zeros.
  Tensor forward(const Tensor& x) const override;
  std::string arguments() const override;

  Shared<std::vector<Weights>> weights;  ///< layer by layer, forward before reverse

 protected:
  /// The tensors of a state, h first.
  using State = std::vector<Tensor>;
  struct Result {
    Tensor output;
    State last;
  };

  Recurrent(std::string type_name, int gates, int state_tensors, std::int64_t input_size, std::int64_t hidden_size,
            const RecurrentOptions& options);

  Result run(const Tensor& x, const State& initial, const Tensor& lengths = {}) const;
  /// The state after a step of one layer, before h is projected. state: tensors (N, P) and (N, hidden_size); from_x and
  /// from_h: (N, G * hidden_size), the products of the weights with the step's input and with h, plus biases.
  virtual State step(const Tensor& from_x, const Tensor& from_h, const State& state) const = 0;
  const RecurrentOptions& options() const noexcept { return options_; }

 private:
  /// The size of h.
  std::int64_t output_size() const noexcept { return options_.proj_size > 0 ? options_.proj_size : hidden_size_; }
  void check_options(int gates) const;
  void check_input(const Tensor& x) const;
  void check_state(std::string_view name, const Tensor& state, const Shape& expected, const Tensor& x) const;
  std::vector<Tensor> lasting_steps(const Tensor& x, const Tensor& lengths) const;
  std::vector<Tensor> direction(const std::vector<Tensor>& inputs, const std::vector<Tensor>& lasting,
                                const Weights& own, State& state, bool reverse) const;

  int state_tensors_;
  std::int64_t input_size_;
  std::int64_t hidden_size_;
  RecurrentOptions options_;
};

/// The result of RNN and GRU.
struct RecurrentResult {
  Tensor output;
  Tensor h_n;  ///< the states after the last step
};

/// Elman's network (1990): h' = tanh(W_ih x + b_ih + W_hh h + b_hh), or with relu in the place of tanh.
///
///     auto [output, h_n] = rnn(x, h_0);
class RNN : public Recurrent {
 public:
  RNN(std::int64_t input_size, std::int64_t hidden_size, const RecurrentOptions& options = {})
      : Recurrent("RNN", 1, 1, input_size, hidden_size, options) {}

  using Recurrent::operator();
  RecurrentResult operator()(const Operand& x, const Operand& h_0) const;
  RecurrentResult operator()(const Operand& x, const Operand& h_0, const Operand& lengths) const;

 protected:
  State step(const Tensor& from_x, const Tensor& from_h, const State& state) const override;
};

/// The states of an LSTM, h of the output's features and c of the hidden ones; zeros where they are undefined.
struct LSTMState {
  Tensor h = {};
  Tensor c = {};
};
/// What an LSTM gives.
struct LSTMResult {
  Tensor output;
  LSTMState state;  ///< h_n and c_n: the states after the last step
};

/// Long short-term memory (Hochreiter and Schmidhuber, 1997, with the forget gate of Gers et al., 2000). The rows of
/// the weights are the gates i, f, g, o; each gate is W_ih x + b_ih + W_hh h + b_hh, and
///
///     c' = sigmoid(f) c + sigmoid(i) tanh(g),   h' = sigmoid(o) tanh(c'),
///
/// with proj_size h' = W_hr (sigmoid(o) tanh(c')).
///
///     auto [output, state] = lstm(x, {h_0, c_0});
class LSTM : public Recurrent {
 public:
  LSTM(std::int64_t input_size, std::int64_t hidden_size, const RecurrentOptions& options = {})
      : Recurrent("LSTM", 4, 2, input_size, hidden_size, options) {}

  using Recurrent::operator();
  LSTMResult operator()(const Operand& x, const LSTMState& initial) const;
  LSTMResult operator()(const Operand& x, const LSTMState& initial, const Operand& lengths) const;

 protected:
  State step(const Tensor& from_x, const Tensor& from_h, const State& state) const override;
};

/// Gated recurrent unit (Cho et al., 2014), with the reset gate applied after the product, as in PyTorch and cuDNN. The
/// rows of the weights are the gates r, z, n, and
///
///     r = sigmoid(W_ir x + b_ir + W_hr h + b_hr),   z = sigmoid(W_iz x + b_iz + W_hz h + b_hz),
///     n = tanh(W_in x + b_in + r (W_hn h + b_hn)),  h' = (1 - z) n + z h.
///
///     auto [output, h_n] = gru(x, h_0);
///     auto [output, h_n] = gru(x, {}, lengths);
class GRU : public Recurrent {
 public:
  GRU(std::int64_t input_size, std::int64_t hidden_size, const RecurrentOptions& options = {})
      : Recurrent("GRU", 3, 1, input_size, hidden_size, options) {}

  using Recurrent::operator();
  RecurrentResult operator()(const Operand& x, const Operand& h_0) const;
  RecurrentResult operator()(const Operand& x, const Operand& h_0, const Operand& lengths) const;

 protected:
  State step(const Tensor& from_x, const Tensor& from_h, const State& state) const override;
};

}  // namespace xgrad::nn
#pragma GCC visibility pop
