#include <doctest/doctest.h>

#include <string>
#include <vector>

#include <autograd/differentiate/gradcheck.hpp>
#include <nn/nn.hpp>

#include "../autograd/expect.hpp"

// Sequences of several lengths in one batch. Numbers with ten digits are PyTorch 1.13's, of packed sequences.
namespace xgrad::nn {
namespace {

using test::difference;
using test::error_of;
using test::f64;
using test::i64;
using test::lacks;
using test::Tolerance;

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

TEST_CASE("recurrent layers end each sequence where it ends, and begin the reverse direction there") {
  const GRU gru = filled(GRU(2, 2, {.num_layers = 2, .bidirectional = true, .dtype = float64}));
  const auto [output, h_n] = gru(input(), {}, i64({1, 3}));
  CHECK(difference(output,
                   f64({{{0.1160278006, 0.0622111698, 0.0375485186, -0.1249376723},
                         {0.2646912026, 0.1391805962, 0.4454243135, -0.2589654159}},
                        {{0, 0, 0, 0}, {0.4092292676, 0.2145251852, 0.3687617619, -0.1547796973}},
                        {{0, 0, 0, 0}, {0.4633122332, 0.2178121622, 0.2081335000, -0.0612015559}}}),
                   digits) == "");
  CHECK(difference(h_n,
                   f64({{{0.0526943776, 0.0261483755}, {0.3755417135, 0.2983069493}},
                        {{0.0326582840, -0.0484092431}, {0.3168883339, 0.2502858494}},
                        {{0.1160278006, 0.0622111698}, {0.4633122332, 0.2178121622}},
                        {{0.0375485186, -0.1249376723}, {0.4454243135, -0.2589654159}}}),
                   digits) == "");
  const LSTM lstm = filled(LSTM(2, 2, {.proj_size = 1, .dtype = float64}));
  const auto [projected, state] =
      lstm(input(), {.h = f64({{{0.3}, {-0.2}}}), .c = f64({{{0.1, 0.5}, {-1, 0.4}}})}, i64({2, 3}));
  CHECK(difference(projected,
                   f64({{{0.2502436029}, {0.2057445566}}, {{0.6233701925}, {0.4532314816}}, {{0}, {0.4363979608}}}),
                   digits) == "");
  CHECK(difference(state.h, f64({{{0.6233701925}, {0.4363979608}}}), digits) == "");
  CHECK(difference(state.c, f64({{{0.8853990349, 1.1400522616}, {0.9818871122, 1.9967680798}}}), digits) == "");
}

TEST_CASE("a batch of several lengths gives what its sequences give one by one") {
  const RNN rnn = filled(RNN(2, 3, {.num_layers = 2, .batch_first = true, .bidirectional = true, .dtype = float64}));
  const std::vector<Tensor> sequences{randn({2, 2}, float64), randn({4, 2}, float64), randn({1, 2}, float64)};
  const Tensor lengths = i64({2, 4, 1}), h_0 = randn({4, 3, 3}, float64);
  // What stands behind the ends does not matter.
  const auto [output, h_n] = rnn(pad_sequence(sequences, {.batch_first = true, .padding_value = 7}), h_0, lengths);
  const std::vector<Tensor> parts = unpad_sequence(output, lengths, {.batch_first = true});
  for (std::int64_t n = 0; n < 3; ++n) {
    const auto place = static_cast<std::size_t>(n);
    const auto [own, last] = rnn(sequences[place], h_0.transpose(0, 1)[n]);
    CHECK(difference(parts[place], own, {.rtol = 1e-13, .atol = 1e-14}) == "");
    CHECK(difference(h_n.transpose(0, 1)[n], last, {.rtol = 1e-13, .atol = 1e-14}) == "");
  }
  CHECK(difference(rnn(ones({1, 4, 2}, float64), ones({4, 1, 3}, float64), i64({0})).h_n, ones({4, 1, 3}, float64)) ==
        "");
}

TEST_CASE("what stands behind the end of a sequence gets no gradient") {
  const GRU gru = filled(GRU(2, 2, {.bidirectional = true, .dtype = float64}));
  const auto f = [&](const Tensor& x) {
    const auto [output, h_n] = gru(x, {}, i64({1, 3}));
    return concatenate({flatten(output), flatten(h_n)});
  };
  const auto check = gradcheck(TensorFunction(f), input());
  INFO(check.message);
  CHECK(check.passed);
  const Tensor gradient = test::gradient_of(f, input());
  CHECK(difference(gradient.transpose(0, 1)[0].slice(0, 1, 3), zeros({2, 2}, float64)) == "");
  CHECK(sum(abs(gradient[0])).item() > 0.01);
}

TEST_CASE("sequences are padded, and taken out again") {
  const Tensor a = f64({{1, 2}}), b = f64({{3, 4}, {5, 6}});
  CHECK(difference(pad_sequence({a, b}), f64({{{1, 2}, {3, 4}}, {{0, 0}, {5, 6}}})) == "");
  CHECK(difference(pad_sequence({a, b}, {.batch_first = true, .padding_value = -1}),
                   f64({{{1, 2}, {-1, -1}}, {{3, 4}, {5, 6}}})) == "");
  const Tensor labels = pad_sequence({i64({1, 2, 3}), i64({4})}, {.padding_value = -100});
  CHECK(difference(labels, i64({{1, 4}, {2, -100}, {3, -100}})) == "");
  const std::vector<Tensor> back = unpad_sequence(labels, i64({3, 1}));
  REQUIRE(back.size() == 2);
  CHECK(difference(back[0], i64({1, 2, 3})) == "");
  CHECK(difference(back[1], i64({4})) == "");
}

TEST_CASE("sequences and lengths that do not fit are refused") {
  const auto refused = [](const auto& call, const std::vector<std::string>& parts) {
    CHECK(lacks(error_of([&] { call(); }), parts) == "");
  };
  const Tensor x = ones({3, 2, 2});
  refused([] { pad_sequence({}); }, {"pad_sequence", "empty"});
  refused([] { pad_sequence({ones({2, 3}), Tensor()}); }, {"pad_sequence", "sequence 1", "undefined"});
  refused([] { pad_sequence({ones({2, 3}), ones({2, 4})}); }, {"sequence 1 is float32 (2, 4)", "float32 (2, 3)"});
  refused([] { pad_sequence({ones({2}), ones({2}, int64)}); }, {"sequence 1 is int64 (2,)", "float32 (2,)"});
  refused([] { pad_sequence({tensor(1.0)}); }, {"sequence 0", "()"});
  refused([] { unpad_sequence(ones({3}), i64({1})); }, {"unpad_sequence", "(3,)", "(L, N, ...)"});
  refused([&] { unpad_sequence(x, i64({1})); }, {"'lengths' is int64 (1,)", "(2,)", "(3, 2, 2)"});
  refused([&] { unpad_sequence(x, i64({1, 4})); }, {"length 1 is 4", "0 to 3"});
  refused([&] { unpad_sequence(x, Tensor()); }, {"'lengths'", "undefined"});
  const GRU gru(2, 2);
  refused([&] { gru(x, {}, i64({1, 4})); }, {"GRU", "a length is 4", "0 to 3"});
  refused([&] { gru(x, {}, i64({1, -1})); }, {"GRU", "a length is -1"});
  refused([&] { gru(x, {}, i64({1})); }, {"GRU", "int64 (1,)", "int64 (2,)", "(3, 2, 2)"});
  refused([&] { gru(x, {}, ones({2})); }, {"GRU", "float32 (2,)"});
  refused([&] { gru(ones({3, 2}), {}, i64({1})); }, {"GRU", "(3, 2)", "without a batch"});
}

}  // namespace xgrad::nn
