#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <string>
#include <type_traits>
#include <vector>

#include <autograd/differentiate/gradcheck.hpp>
#include <autograd/ops.hpp>
#include <nn/recurrent.hpp>
#include <nn/sequential.hpp>

#include "../autograd/expect.hpp"

namespace xgrad::nn {

using test::difference;
using test::error_of;
using test::f64;
using test::lacks;
using test::Tolerance;

namespace {

constexpr Tolerance rounding{.rtol = 1e-12, .atol = 1e-13};

using Numbers = std::vector<double>;

/// The values of a parameter by its name in the state dict.
Numbers values(const Module& layer, const std::string& name) {
  for (const auto& [own, parameter] : layer.named_parameters())
    if (own == name) return parameter.value().to_vector<double>();
  FAIL("there is no parameter " << name);
  return {};
}

/// weight x + bias, row by row.
Numbers affine(const Numbers& weight, const Numbers& bias, const Numbers& x) {
  Numbers y = bias;
  for (std::size_t row = 0; row < y.size(); ++row)
    for (std::size_t column = 0; column < x.size(); ++column) y[row] += weight[row * x.size() + column] * x[column];
  return y;
}

double sigmoid_of(double x) { return 1 / (1 + std::exp(-x)); }

/// One step of a layer of one sample, as the papers write it, in plain numbers. a: what weights and bias make of the
/// input, b: what they make of h.
using PlainStep = std::function<void(const Numbers& a, const Numbers& b, Numbers& h, Numbers& c)>;

void rnn_step(const Numbers& a, const Numbers& b, Numbers& h, Numbers&) {
  for (std::size_t i = 0; i < h.size(); ++i) h[i] = std::tanh(a[i] + b[i]);
}

void lstm_step(const Numbers& a, const Numbers& b, Numbers& h, Numbers& c) {
  const std::size_t n = h.size();
  const auto gate = [&](std::size_t k, std::size_t i) { return a[k * n + i] + b[k * n + i]; };
  for (std::size_t i = 0; i < n; ++i) {
    c[i] = sigmoid_of(gate(1, i)) * c[i] + sigmoid_of(gate(0, i)) * std::tanh(gate(2, i));
    h[i] = sigmoid_of(gate(3, i)) * std::tanh(c[i]);
  }
}

void gru_step(const Numbers& a, const Numbers& b, Numbers& h, Numbers&) {
  const std::size_t n = h.size();
  for (std::size_t i = 0; i < n; ++i) {
    const double r = sigmoid_of(a[i] + b[i]), z = sigmoid_of(a[n + i] + b[n + i]);
    const double candidate = std::tanh(a[2 * n + i] + r * b[2 * n + i]);
    h[i] = (1 - z) * candidate + z * h[i];
  }
}

/// The outputs of layer 0 for a sequence (L, inputs) from a state, which is taken on.
Numbers plain_layer(const Module& layer, const PlainStep& step, const Tensor& x, Numbers& h, Numbers& c,
                    const std::string& suffix = "_l0", bool reverse = false) {
  const Numbers weight_ih = values(layer, "weight_ih" + suffix), weight_hh = values(layer, "weight_hh" + suffix);
  const Numbers bias_ih = values(layer, "bias_ih" + suffix), bias_hh = values(layer, "bias_hh" + suffix);
  const auto length = static_cast<std::size_t>(x.size(0)), width = static_cast<std::size_t>(x.size(1));
  const Numbers all = x.to_vector<double>();
  Numbers outputs(length * h.size());
  for (std::size_t k = 0; k < length; ++k) {
    const std::size_t t = reverse ? length - 1 - k : k;
    const auto start = all.begin() + static_cast<std::ptrdiff_t>(t * width);
    const Numbers entry(start, start + static_cast<std::ptrdiff_t>(width));
    step(affine(weight_ih, bias_ih, entry), affine(weight_hh, bias_hh, h), h, c);
    for (std::size_t i = 0; i < h.size(); ++i) outputs[t * h.size() + i] = h[i];
  }
  return outputs;
}

Tensor as_tensor(const Numbers& numbers, const Shape& shape) { return tensor(std::span<const double>(numbers), shape); }

/// The output against plain loops, for one sequence from zeros.
template <class Layer>
void check_against_loops(const PlainStep& step) {
  manual_seed(3);
  Generator generator(4);
  const Layer layer(3, 2, {.dtype = float64});
  const Tensor x = randn({5, 3}, float64, generator);
  Numbers h(2), c(2);
  CHECK(difference(layer(x), as_tensor(plain_layer(layer, step, x, h, c), {5, 2}), rounding) == "");
}

/// Derivatives in x, the states (for RNN and GRU the first one) and all parameters.
template <class Layer>
void check_gradients(const RecurrentOptions& options, std::int64_t length, int order) {
  manual_seed(5);
  Generator generator(6);
  const Layer layer(2, 2, options);
  const ParameterList parameters = layer.parameters();
  const auto rows = static_cast<std::int64_t>(layer.weights.size());
  std::vector<Tensor> inputs{randn({length, 2, 2}, float64, generator), randn({rows, 2, 2}, float64, generator),
                             randn({rows, 2, 2}, float64, generator)};
  for (const Parameter& parameter : parameters) inputs.push_back(parameter);
  const auto f = [&](const std::vector<Tensor>& in) {
    for (std::size_t i = 0; i < parameters.size(); ++i) parameters[i].set(in[i + 3]);
    if constexpr (std::is_same_v<Layer, LSTM>) {
      const auto [output, state] = layer(in[0], {in[1], in[2]});
      return concatenate({flatten(output), flatten(state.h), flatten(state.c)});
    } else {
      const auto [output, h_n] = layer(in[0], in[1]);
      return concatenate({flatten(output), flatten(h_n)});
    }
  };
  const auto check = gradcheck(f, inputs, {.order = order});
  INFO(to_string(layer), ": ", check.message);
  CHECK(check.passed);
}

}  // namespace

TEST_CASE("RNN, LSTM and GRU are their papers' formulas, step by step") {
  check_against_loops<RNN>(rnn_step);
  check_against_loops<LSTM>(lstm_step);
  check_against_loops<GRU>(gru_step);
}

TEST_CASE("states are taken on and given back, layer by layer") {
  Generator generator(7);
  const LSTM lstm(3, 2, {.num_layers = 2, .dtype = float64});
  const Tensor x = randn({4, 3}, float64, generator);
  const auto [output, state] = lstm(x, {f64({{0.1, 0.2}, {0.3, 0.4}}), f64({{-1, 1}, {2, 3}})});
  Numbers h0{0.1, 0.2}, h1{0.3, 0.4}, c0{-1, 1}, c1{2, 3};
  const Tensor between = as_tensor(plain_layer(lstm, lstm_step, x, h0, c0), {4, 2});
  CHECK(difference(output, as_tensor(plain_layer(lstm, lstm_step, between, h1, c1, "_l1"), {4, 2}), rounding) == "");
  CHECK(difference(state.h, f64({{h0[0], h0[1]}, {h1[0], h1[1]}}), rounding) == "");
  CHECK(difference(state.c, f64({{c0[0], c0[1]}, {c1[0], c1[1]}}), rounding) == "");
}

TEST_CASE("a sequence in two parts, the state handed on, is the sequence as a whole") {
  Generator generator(8);
  const GRU gru(3, 2, {.num_layers = 2, .dtype = float64});
  const LSTM lstm(3, 2, {.dtype = float64});
  const Tensor x = randn({5, 4, 3}, float64, generator);
  const Tensor start = slice(x, 0, 0, 2), end = slice(x, 0, 2, 5);
  const auto [first, h] = gru(start, {});
  const auto [second, h_n] = gru(end, h);
  CHECK(difference(concatenate({first, second}), gru(x), rounding) == "");
  CHECK(difference(h_n, gru(x, {}).h_n, rounding) == "");
  const auto [lstm_first, state] = lstm(start, {});
  CHECK(difference(concatenate({lstm_first, lstm(end, state).output}), lstm(x), rounding) == "");
}

TEST_CASE("batches are columns of sequences, or rows with batch_first") {
  Generator generator(9);
  const RNN columns(3, 2, {.dtype = float64}), rows(3, 2, {.batch_first = true, .dtype = float64});
  for (std::size_t i = 0; i < 4; ++i) rows.parameters()[i].set(columns.parameters()[i]);
  const Tensor x = randn({5, 4, 3}, float64, generator), h_0 = randn({1, 4, 2}, float64, generator);
  const auto [output, h_n] = columns(x, h_0);
  CHECK(output.shape() == Shape{5, 4, 2});
  CHECK(h_n.shape() == Shape{1, 4, 2});
  const auto [swapped, same] = rows(swapaxes(x, 0, 1), h_0);
  CHECK(difference(swapped, swapaxes(output, 0, 1), rounding) == "");
  CHECK(difference(same, h_n, rounding) == "");
  const Tensor one = squeeze(slice(x, 1, 2, 3), 1), h_one = squeeze(slice(h_0, 1, 2, 3), 1);
  CHECK(difference(columns(one, h_one).output, squeeze(slice(output, 1, 2, 3), 1), rounding) == "");
  CHECK(difference(rows(one, h_one).h_n, squeeze(slice(h_n, 1, 2, 3), 1), rounding) == "");
  CHECK(columns(zeros({5, 0, 3}, float64)).shape() == Shape{5, 0, 2});
}

TEST_CASE("bidirectional layers put the outputs of the reverse direction behind the others") {
  Generator generator(10);
  const GRU gru(3, 2, {.num_layers = 2, .bidirectional = true, .dtype = float64});
  const Tensor x = randn({4, 3}, float64, generator);
  Numbers c(2), last;
  Tensor inputs = x;
  for (const std::string layer : {"_l0", "_l1"}) {
    Numbers forward(2), reverse(2);
    const Numbers ahead = plain_layer(gru, gru_step, inputs, forward, c, layer);
    const Numbers back = plain_layer(gru, gru_step, inputs, reverse, c, layer + "_reverse", true);
    inputs = concatenate({as_tensor(ahead, {4, 2}), as_tensor(back, {4, 2})}, 1);
    last.insert(last.end(), forward.begin(), forward.end());
    last.insert(last.end(), reverse.begin(), reverse.end());
  }
  const auto [output, h_n] = gru(x, {});
  CHECK(difference(output, inputs, rounding) == "");
  CHECK(difference(h_n, as_tensor(last, {4, 2}), rounding) == "");
}

TEST_CASE("parameters have PyTorch's names, order and shapes") {
  const auto shapes = [](const Module& layer) {
    std::string text;
    for (const auto& [name, parameter] : layer.named_parameters()) text += name + to_string(parameter.shape()) + ' ';
    return text;
  };
  CHECK(shapes(RNN(3, 2)) == "weight_ih_l0(2, 3) weight_hh_l0(2, 2) bias_ih_l0(2,) bias_hh_l0(2,) ");
  CHECK(shapes(LSTM(3, 2, {.num_layers = 2, .bias = false})) ==
        "weight_ih_l0(8, 3) weight_hh_l0(8, 2) weight_ih_l1(8, 2) weight_hh_l1(8, 2) ");
  CHECK(shapes(GRU(3, 2, {.num_layers = 2, .bias = false, .bidirectional = true})) ==
        "weight_ih_l0(6, 3) weight_hh_l0(6, 2) weight_ih_l0_reverse(6, 3) weight_hh_l0_reverse(6, 2) "
        "weight_ih_l1(6, 4) weight_hh_l1(6, 2) weight_ih_l1_reverse(6, 4) weight_hh_l1_reverse(6, 2) ");
}

TEST_CASE("parameters start uniformly between -1 / sqrt(hidden_size) and that") {
  manual_seed(11);
  const LSTM lstm(20, 25);
  double largest = 0;
  for (const Parameter& parameter : lstm.parameters()) {
    const std::vector<double> drawn = parameter.value().to_vector<double>();
    for (const double value : drawn) largest = std::max(largest, std::abs(value));
  }
  CHECK(largest <= 0.2);
  CHECK(largest > 0.199);  // of 4700 numbers
}

TEST_CASE("dropout falls between layers, in training mode only") {
  Generator generator(12);
  const Tensor x = randn({4, 2, 3}, float64, generator);
  RNN layer(3, 2, {.num_layers = 2, .dropout = 1, .dtype = float64});
  // All that layer 1 gets is dropped: it is as if its weight_ih were zeros.
  const Tensor dropped = layer(x);
  layer.eval();
  const Tensor whole = layer(x);
  const Tensor weight = layer.weights[1].weight_ih;
  layer.weights[1].weight_ih.set(zeros_like(weight));
  CHECK(difference(dropped, layer(x), rounding) == "");
  CHECK(difference(dropped, whole, rounding) != "");
  const RNN single(3, 2, {.dropout = 1, .dtype = float64});
  CHECK(sum(abs(single(x))).item() > 0.1);
}

TEST_CASE("recurrent layers have right gradients in inputs, states and parameters") {
  const RecurrentOptions deep{.num_layers = 2, .bidirectional = true, .dtype = float64};
  check_gradients<RNN>(deep, 3, 1);
  check_gradients<LSTM>(deep, 3, 1);
  check_gradients<GRU>(deep, 3, 1);
}

TEST_CASE("recurrent layers have right gradients of second order") {
  const RecurrentOptions plain{.dtype = float64};
  check_gradients<RNN>(plain, 2, 2);
  check_gradients<LSTM>(plain, 2, 2);
  check_gradients<GRU>(plain, 2, 2);
}

TEST_CASE("a recurrent layer in a network gives its output on, and its name to what is recorded") {
  const Sequential net{LSTM(3, 2)};
  CHECK(net(zeros({4, 1, 3})).shape() == Shape{4, 1, 2});
  CHECK(lacks(error_of([&] { net(zeros({4, 1, 5})); }), {"LSTM '0'", "(4, 1, 5)"}) == "");
}

TEST_CASE("recurrent layers print as PyTorch's") {
  CHECK(to_string(RNN(3, 4)) == "RNN(3, 4)");
  CHECK(to_string(GRU(3, 4, {.bias = false, .batch_first = true})) == "GRU(3, 4, bias=False, batch_first=True)");
  CHECK(to_string(LSTM(3, 4, {.num_layers = 2, .dropout = 0.5, .bidirectional = true})) ==
        "LSTM(3, 4, num_layers=2, dropout=0.5, bidirectional=True)");
}

TEST_CASE("recurrent layers refuse inputs and states that do not fit") {
  const GRU gru(3, 2);
  const auto call = [&](const Tensor& x, const Tensor& h) { return error_of([&] { gru(x, h); }); };
  CHECK(lacks(call(zeros({4, 1, 5}), {}), {"GRU", "float32 (4, 1, 5)", "(L, N, 3) or (L, 3)"}) == "");
  CHECK(lacks(call(zeros({3}), {}), {"(3,)"}) == "");
  CHECK(lacks(call(zeros({0, 2, 3}), {}), {"(0, 2, 3)", "L not 0"}) == "");
  CHECK(lacks(call(zeros({4, 1, 3}, int64), {}), {"int64 (4, 1, 3)", "floating-point"}) == "");
  CHECK(lacks(call(zeros({4, 5, 3}), zeros({1, 4, 2})), {"initial h is float32 (1, 4, 2)", "(1, 5, 2)", "(4, 5, 3)"}) ==
        "");
  CHECK(lacks(call(zeros({4, 3}), zeros({1, 1, 2})), {"(1, 1, 2)", "(1, 2)"}) == "");
  CHECK(lacks(call(zeros({4, 3}), zeros({1, 2}, int64)), {"initial h is int64 (1, 2)"}) == "");
  const LSTM lstm(3, 2, {.batch_first = true});
  CHECK(lacks(error_of([&] {
                lstm(zeros({4, 1, 3}), {zeros({1, 4, 2}), zeros({1, 3, 2})});
              }),
              {"LSTM", "initial c is float32 (1, 3, 2)", "(1, 4, 2)"}) == "");
  CHECK(lacks(error_of([&] { lstm(zeros({4, 1, 5})); }), {"(N, L, 3)"}) == "");
}

TEST_CASE("recurrent layers refuse arguments out of range") {
  CHECK(lacks(error_of([] { RNN(0, 2); }), {"RNN", "input_size 0"}) == "");
  CHECK(lacks(error_of([] { LSTM(3, -2); }), {"LSTM", "hidden_size -2"}) == "");
  CHECK(lacks(error_of([] { GRU(3, 2, {.num_layers = 0}); }), {"GRU", "num_layers is 0"}) == "");
  CHECK(lacks(error_of([] { RNN(3, 2, {.dropout = 1.5}); }), {"dropout is 1.5", "[0, 1]"}) == "");
}

}  // namespace xgrad::nn
