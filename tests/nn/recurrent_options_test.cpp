#include <doctest/doctest.h>

#include <string>
#include <vector>

#include <autograd/differentiate/gradcheck.hpp>
#include <autograd/ops.hpp>
#include <nn/cells.hpp>
#include <nn/recurrent.hpp>
#include <nn/state_dict.hpp>

#include "../autograd/expect.hpp"

// nonlinearity and proj_size, which belong to one kind of recurrent layer each. The numbers are PyTorch 1.13's, for
// parameters and inputs that simple formulas give.
namespace xgrad::nn {
namespace {

using test::difference;
using test::error_of;
using test::f64;
using test::lacks;
using test::Tolerance;

/// Of numbers that are written with ten digits behind the point.
constexpr Tolerance digits{.rtol = 0, .atol = 1e-10};

/// Entry i of the k-th parameter becomes 0.8 sin(0.37 i + 0.11 k).
template <class Layer>
Layer filled(const Layer& layer) {
  double k = 0;
  for (const Parameter& parameter : layer.parameters()) {
    const Shape shape = parameter.shape();
    const Tensor places = arange(0, static_cast<double>(shape.elements()), 1, float64);
    parameter.set(reshape(0.8 * sin(0.37 * places + 0.11 * k), shape));
    ++k;
  }
  return layer;
}

Tensor input() { return cos(0.7 * arange(0, 12, 1, float64)).reshape({3, 2, 2}); }

}  // namespace

TEST_CASE("an LSTM with proj_size hands on projected states, through layers and directions") {
  const LSTM lstm = filled(LSTM(2, 3, {.num_layers = 2, .bidirectional = true, .proj_size = 2, .dtype = float64}));
  const auto [output, state] = lstm(input(), {});
  CHECK(output.shape() == Shape{3, 2, 4});
  CHECK(state.h.shape() == Shape{4, 2, 2});
  CHECK(state.c.shape() == Shape{4, 2, 3});
  CHECK(difference(output[2],
                   f64({{-0.3707074398, 0.0545719155, -0.2736832468, 0.3033942773},
                        {-0.3335126718, -0.0123981781, -0.2464236030, 0.1923836584}}),
                   digits) == "");
  CHECK(difference(state.h.transpose(0, 1)[0],
                   f64({{-0.3225343737, -0.3381746975},
                        {-0.6115034673, -0.4197597101},
                        {-0.3707074398, 0.0545719155},
                        {-0.3398156999, 0.3627104061}}),
                   digits) == "");
  CHECK(difference(state.c.transpose(0, 1)[1],
                   f64({{0.7519927355, 0.2190865559, -0.4026402607},
                        {0.3954583694, -0.7404646272, -1.4588558011},
                        {-0.8537110218, -1.4512715500, -1.3810880665},
                        {-1.2985200412, -1.1586053856, -0.8393691589}}),
                   digits) == "");
}

TEST_CASE("weight_hr stands in the state behind the biases, as in PyTorch") {
  const auto names = [](const LSTM& lstm) {
    std::string text;
    for (const auto& [name, value] : state_dict(lstm)) text += name + to_string(value.shape()) + ' ';
    return text;
  };
  CHECK(names(LSTM(2, 3, {.bidirectional = true, .proj_size = 2})) ==
        "weight_ih_l0(12, 2) weight_hh_l0(12, 2) bias_ih_l0(12,) bias_hh_l0(12,) weight_hr_l0(2, 3) "
        "weight_ih_l0_reverse(12, 2) weight_hh_l0_reverse(12, 2) bias_ih_l0_reverse(12,) bias_hh_l0_reverse(12,) "
        "weight_hr_l0_reverse(2, 3) ");
  CHECK(names(LSTM(4, 3, {.num_layers = 2, .bias = false, .bidirectional = true, .proj_size = 2}))
            .find("weight_ih_l1(12, 4) weight_hh_l1(12, 2) weight_hr_l1(2, 3)") != std::string::npos);
}

TEST_CASE("a projected state goes on where it was left, in batches and without") {
  const LSTM lstm = filled(LSTM(2, 3, {.batch_first = true, .proj_size = 1, .dtype = float64}));
  const Tensor x = input().transpose(0, 1);  // (2, 3, 2)
  const auto [whole, last] = lstm(x, {});
  const auto [start, state] = lstm(x.slice(1, 0, 1), {});
  const auto [end, same] = lstm(x.slice(1, 1, 3), state);
  CHECK(difference(concatenate({start, end}, 1), whole, {.rtol = 1e-13, .atol = 1e-14}) == "");
  CHECK(difference(same.c, last.c, {.rtol = 1e-13, .atol = 1e-14}) == "");
  const auto [one, of_one] = lstm(x[1], {.h = zeros({1, 1}, float64), .c = zeros({1, 3}, float64)});
  CHECK(difference(one, whole[1], {.rtol = 1e-13, .atol = 1e-14}) == "");
  CHECK(of_one.h.shape() == Shape{1, 1});
}

TEST_CASE("an LSTM with proj_size has right gradients in its parameters") {
  const LSTM lstm = filled(LSTM(2, 3, {.bidirectional = true, .proj_size = 2, .dtype = float64}));
  const ParameterList parameters = lstm.parameters();
  const auto f = [&](const std::vector<Tensor>& values) {
    for (std::size_t i = 0; i < parameters.size(); ++i) parameters[i].set(values[i]);
    return lstm(input());
  };
  const auto check = gradcheck(f, std::vector<Tensor>(parameters));
  INFO(check.message);
  CHECK(check.passed);
}

TEST_CASE("an RNN of relu") {
  const RNN rnn =
      filled(RNN(2, 2, {.nonlinearity = RecurrentNonlinearity::relu, .bidirectional = true, .dtype = float64}));
  const auto [output, h_n] = rnn(input(), {});
  CHECK(difference(output[0],
                   f64({{0.6550811115, 2.0479478109, 5.2973628776, 7.7770527878},
                        {0.2877700074, 0.6903964061, 4.5331935417, 6.5040940854}}),
                   digits) == "");
  CHECK(difference(h_n,
                   f64({{{1.4418695333, 3.9697825085}, {1.1076427610, 3.0815974213}},
                        {{5.2973628776, 7.7770527878}, {4.5331935417, 6.5040940854}}}),
                   digits) == "");
  const RNNCell cell = filled(RNNCell(2, 2, {.nonlinearity = RecurrentNonlinearity::relu, .dtype = float64}));
  CHECK(difference(cell(input()[0]), f64({{0.6550811115, 2.0479478109}, {0.2877700074, 0.6903964061}}), digits) == "");
}

TEST_CASE("the options are printed, and refused where they are another layer's") {
  CHECK(to_string(LSTM(4, 3, {.num_layers = 2, .bias = false, .proj_size = 2})) ==
        "LSTM(4, 3, proj_size=2, num_layers=2, bias=False)");
  const RecurrentNonlinearity rectified = RecurrentNonlinearity::relu;
  CHECK(to_string(RNN(4, 3, {.nonlinearity = rectified})) == "RNN(4, 3, nonlinearity=relu)");
  CHECK(to_string(RNNCell(4, 3, {.nonlinearity = rectified})) == "RNNCell(4, 3, nonlinearity=relu)");
  const auto refused = [](const auto& make, const std::vector<std::string>& parts) {
    CHECK(lacks(error_of([&] { make(); }), parts) == "");
  };
  refused([&] { LSTM(4, 3, {.nonlinearity = rectified}); }, {"LSTM", "nonlinearity is relu", "RNN only"});
  refused([&] { GRU(4, 3, {.nonlinearity = rectified}); }, {"GRU", "nonlinearity is relu"});
  refused([&] { GRUCell(4, 3, {.nonlinearity = rectified}); }, {"GRUCell", "nonlinearity is relu", "RNNCell only"});
  refused([] { RNN(4, 3, {.proj_size = 2}); }, {"RNN", "proj_size is 2", "LSTM only"});
  refused([] { LSTM(4, 3, {.proj_size = 3}); }, {"LSTM", "proj_size is 3", "less than hidden_size, 3"});
  refused([] { LSTM(4, 3, {.proj_size = -1}); }, {"LSTM", "proj_size is -1"});
  const LSTM lstm(2, 3, {.proj_size = 2});
  refused([&] { lstm(ones({4, 1, 2}), {.h = zeros({1, 1, 3})}); }, {"initial h is float32 (1, 1, 3)", "(1, 1, 2)"});
  refused([&] { lstm(ones({4, 1, 2}), {.c = zeros({1, 1, 2})}); }, {"initial c is float32 (1, 1, 2)", "(1, 1, 3)"});
}

}  // namespace xgrad::nn
