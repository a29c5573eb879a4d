#pragma once

#include <nn/recurrent.hpp>

#pragma GCC visibility push(default)
namespace xgrad::nn {

struct RecurrentCellOptions {
  bool bias = true;
  /// For RNNCell only; LSTMCell and GRUCell refuse relu.
  RecurrentNonlinearity nonlinearity = RecurrentNonlinearity::tanh;
  DType dtype = float32;
};

/// The base of RNNCell, LSTMCell and GRUCell: one step of one layer of RNN, LSTM and GRU, with their formulas.
///
/// x: (N, input_size), or (input_size,) for one example; states: (N, hidden_size) or (hidden_size,), zeros where they
/// are undefined. Parameters: weight_ih (G * hidden_size, input_size), weight_hh (G * hidden_size, hidden_size),
/// bias_ih and bias_hh (G * hidden_size,), for G gates: 1, 4 for LSTMCell, 3 for GRUCell. They start as those of RNN
/// do. Throws Error where sizes are not positive or an option is another cell's, and on inputs and states of other
/// shapes and dtypes.
class RecurrentCell : public Module {
 public:
  std::string arguments() const override;

  Parameter weight_ih;
  Parameter weight_hh;
  Parameter bias_ih;  ///< undefined without bias
  Parameter bias_hh;  ///< undefined without bias

 protected:
  /// The products of the weights with x and with h, plus biases: (N, G * hidden_size).
  struct Step {
    Tensor from_x, from_h;
    std::vector<Tensor> state;  ///< (N, hidden_size), h first
    bool one = false;           ///< whether the input has no batch
  };

  RecurrentCell(std::string type_name, int gates, std::int64_t input_size, std::int64_t hidden_size,
                const RecurrentCellOptions& options);

  Step begin(const Tensor& x, const std::vector<Tensor>& state) const;
  RecurrentNonlinearity nonlinearity() const noexcept { return nonlinearity_; }

 private:
  std::int64_t input_size_;
  std::int64_t hidden_size_;
  RecurrentNonlinearity nonlinearity_;
};

/// One step of RNN: tanh (or relu) of W_ih x + b_ih + W_hh h + b_hh.
class RNNCell : public RecurrentCell {
 public:
  RNNCell(std::int64_t input_size, std::int64_t hidden_size, const RecurrentCellOptions& options = {})
      : RecurrentCell("RNNCell", 1, input_size, hidden_size, options) {}

  using Module::operator();
  /// h after the step; without h, from zeros.
  Tensor forward(const Tensor& x) const override;
  Tensor forward(const Tensor& x, const Tensor& h) const override;
};

/// One step of GRU, with its three gates r, z, n.
class GRUCell : public RecurrentCell {
 public:
  GRUCell(std::int64_t input_size, std::int64_t hidden_size, const RecurrentCellOptions& options = {})
      : RecurrentCell("GRUCell", 3, input_size, hidden_size, options) {}

  using Module::operator();
  /// h after the step; without h, from zeros.
  Tensor forward(const Tensor& x) const override;
  Tensor forward(const Tensor& x, const Tensor& h) const override;
};

/// One step of LSTM, with its four gates i, f, g, o: `auto [h, c] = cell(x, {h_0, c_0})`.
class LSTMCell : public RecurrentCell {
 public:
  LSTMCell(std::int64_t input_size, std::int64_t hidden_size, const RecurrentCellOptions& options = {})
      : RecurrentCell("LSTMCell", 4, input_size, hidden_size, options) {}

  Tensor operator()(const Operand& x) const { return Module::operator()(x); }
  LSTMState operator()(const Operand& x, const LSTMState& state) const;
  /// h after a step from zeros.
  Tensor forward(const Tensor& x) const override;

 private:
  LSTMState step(const Tensor& x, const LSTMState& state) const;
};

}  // namespace xgrad::nn
#pragma GCC visibility pop
