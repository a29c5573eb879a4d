#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <sstream>
#include <string>
#include <vector>

#include <autograd/autograd.hpp>
#include <autograd/primitive.hpp>
#include <nn/nn.hpp>

#include "../autograd/expect.hpp"

namespace xgrad::nn {
namespace {

using test::difference;
using test::error_of;
using test::lacks;
using I = std::int64_t;

const SummaryRow& row(const Summary& summary, const std::string& name) {
  for (const SummaryRow& one : summary.rows)
    if (one.name == name) return one;
  fail("row", "there is none named " + name);
}

Sequential lenet() {
  return {Conv2d(1, 6, 5, {.padding = 2}),
          Tanh(),
          AvgPool2d(2),
          Conv2d(6, 16, 5),
          Tanh(),
          AvgPool2d(2),
          Flatten(),
          Linear(400, 120),
          Tanh(),
          Linear(120, 84),
          Tanh(),
          Linear(84, 10)};
}

/// A block that applies one layer twice, and adds its input.
class Twice : public Module {
 public:
  explicit Twice(I features) : Module("Twice"), features_(features) {}

  Tensor forward(const Tensor& x) const override { return x + inner(tanh(inner(x))); }

 private:
  I features_;
  Linear inner = register_module("inner", Linear(features_, features_));
};

/// Applies what is in a list, of which it is not the parent itself, and products of its own.
class OfList : public Module {
 public:
  OfList() : Module("OfList") {}

  Tensor forward(const Tensor& x, const Tensor& y) const override {
    Tensor z = x;
    for (std::size_t i = 0; i < layers.size(); ++i) z = layers[i](z);
    return matmul(z, y);
  }

 private:
  ModuleList layers = register_module("layers", ModuleList{Linear(4, 4), Linear(4, 8)});
};

/// Asks for the values of its input.
class Asking : public Module {
 public:
  Asking() : Module("Asking") {}
  Tensor forward(const Tensor& x) const override { return sum(x).item() > 0 ? inner(x) : x; }

 private:
  Linear inner = register_module("inner", Linear(2, 3));
};

/// Applies a module that is no part of it.
class Student : public Module {
 public:
  explicit Student(const Sequential& teacher) : Module("Student"), teacher_(standalone(teacher)) {}
  Tensor forward(const Tensor& x) const override { return own(x) - teacher_(x); }

 private:
  Sequential teacher_;
  Linear own = register_module("own", Linear(3, 2));
};

}  // namespace

TEST_CASE("a summary of a perceptron has the figures that its sizes give") {
  const Sequential model{Linear(784, 100), Tanh(), Linear(100, 10)};
  const Summary found = summary(model, {60, 784});
  REQUIRE(found.rows.size() == 4);
  CHECK(found.rows[0].name == "");
  CHECK(found.rows[0].type == "Sequential");
  CHECK(found.rows[0].depth == 0);
  CHECK(found.rows[0].parameters == 0);
  CHECK(found.rows[0].multiply_adds == 0);
  CHECK(found.rows[0].calls == 1);
  CHECK(found.rows[0].inputs == std::vector<Shape>{{60, 784}});
  CHECK(found.rows[0].output == Shape{60, 10});
  const SummaryRow& first = found.rows[1];
  CHECK(first.name == "0");
  CHECK(first.type == "Linear");
  CHECK(first.depth == 1);
  CHECK(first.inputs == std::vector<Shape>{{60, 784}});
  CHECK(first.output == Shape{60, 100});
  CHECK(first.parameters == 784 * 100 + 100);
  CHECK(first.trained_parameters == first.parameters);
  CHECK(first.multiply_adds == 60 * 784 * 100);
  CHECK(first.state_bytes == 4 * first.parameters);
  CHECK(first.output_bytes == 4 * 60 * 100);
  CHECK(found.parameters == 78500 + 1010);
  CHECK(found.trained_parameters == found.parameters);
  CHECK(found.frozen_parameters() == 0);
  CHECK(found.multiply_adds == 60 * (78400 + 1000));
  CHECK(found.input_bytes == 4 * 60 * 784);
  CHECK(found.output_bytes == 4 * 60 * (100 + 100 + 10));
  CHECK(found.forward_backward_bytes() == 2 * found.output_bytes);
  CHECK(found.state_bytes == 4 * 79510);
  CHECK(found.total_bytes() == found.input_bytes + found.forward_backward_bytes() + found.state_bytes);
}

TEST_CASE("a summary of LeNet-5 has the figures of its convolutions, and views take no memory") {
  const Summary found = summary(lenet(), {64, 1, 28, 28});
  CHECK(found.parameters == 156 + 2416 + 48120 + 10164 + 850);
  CHECK(row(found, "0").output == Shape{64, 6, 28, 28});
  CHECK(row(found, "0").multiply_adds == 64 * 28 * 28 * 6 * 25);
  CHECK(row(found, "3").output == Shape{64, 16, 10, 10});
  CHECK(row(found, "3").multiply_adds == 64 * 10 * 10 * 16 * 6 * 25);
  CHECK(row(found, "2").multiply_adds == 0);
  CHECK(row(found, "6").output == Shape{64, 400});
  CHECK(row(found, "6").output_bytes == 0);
  CHECK(found.multiply_adds == 64 * (117600 + 240000 + 48000 + 10080 + 840));
  CHECK(found.output_bytes == 4 * 64 * (2 * 6 * 784 + 6 * 196 + 2 * 16 * 100 + 16 * 25 + 2 * 120 + 2 * 84 + 10));
}

TEST_CASE("convolutions count what their definition takes, whatever algorithm computes them") {
  // 3 x 3 with 16 channels would run by Winograd's algorithm, on 13 x 14 with tiles that reach out.
  const Sequential model{Conv2d(16, 32, 3, {.padding = 1, .bias = false}), BatchNorm2d(32), ReLU(),
                         Conv2d(32, 32, 3, {.groups = 32, .bias = false}), ConvTranspose2d(32, 8, 2, {.stride = 2})};
  const Summary found = summary(model, {2, 16, 13, 14});
  CHECK(row(found, "0").multiply_adds == 2 * 32 * 13 * 14 * 16 * 9);
  CHECK(row(found, "1").parameters == 64);
  CHECK(row(found, "1").buffers == 64 + 1);  // running mean and variance, num_batches_tracked
  CHECK(row(found, "1").state_bytes == 4 * 128 + 8);
  CHECK(row(found, "1").multiply_adds == 0);
  CHECK(row(found, "3").output == Shape{2, 32, 11, 12});
  CHECK(row(found, "3").multiply_adds == 2 * 32 * 11 * 12 * 9);
  CHECK(row(found, "4").output == Shape{2, 8, 22, 24});
  CHECK(row(found, "4").multiply_adds == 2 * 32 * 11 * 12 * 8 * 4);
  CHECK(found.buffers == 65);
  // A call counts as a summary does afterwards, too: the algorithm is chosen again.
  Tape tape;
  const Tensor y = conv2d(zeros({1, 16, 8, 8}), zeros({16, 16, 3, 3}));
  const std::vector<std::string> names = recorded_primitives();
  CHECK(std::find(names.begin(), names.end(), "winograd_product") != names.end());
}

TEST_CASE("a summary of an LSTM counts all of its steps") {
  const Summary found = summary(LSTM(28, 128), {5, 2, 28});
  REQUIRE(found.rows.size() == 1);
  CHECK(found.rows[0].type == "LSTM");
  CHECK(found.rows[0].output == Shape{5, 2, 128});
  CHECK(found.parameters == 4 * 128 * (28 + 128) + 2 * 4 * 128);
  CHECK(found.multiply_adds == 5 * 2 * 4 * 128 * (28 + 128));
  CHECK(found.output_bytes == 4 * 5 * 2 * 128);
}

TEST_CASE("a summary of a Transformer's encoder counts attention, and has the layers within layers") {
  const TransformerEncoderLayer layer(8, 2, {.dim_feedforward = 16});
  const Summary one = summary(layer, {5, 3, 8});
  CHECK(one.parameters == (3 * 8 * 8 + 24) + (8 * 8 + 8) + (8 * 16 + 16) + (16 * 8 + 8) + 2 * 16);
  const I tokens = 5 * 3, attention = tokens * 4 * 8 * 8 + 2 * (3 * 5 * 5 * 8);
  CHECK(one.multiply_adds == attention + tokens * 2 * 8 * 16);
  CHECK(row(one, "linear1").multiply_adds == tokens * 8 * 16);
  CHECK(row(one, "self_attn").multiply_adds + row(one, "self_attn.out_proj").multiply_adds == attention);
  CHECK(row(one, "norm1").multiply_adds == 0);
  CHECK(row(one, "self_attn").output == Shape{5, 3, 8});

  const Summary encoder = summary(TransformerEncoder(layer, 3), {5, 3, 8});
  CHECK(encoder.parameters == 3 * one.parameters);
  CHECK(encoder.multiply_adds == 3 * one.multiply_adds);
  CHECK(row(encoder, "layers.2.linear2").depth == 3);
  CHECK(row(encoder, "layers.2.linear2").output == Shape{5, 3, 8});
}

TEST_CASE("calls that give several tensors are in a summary too") {
  class Decoder : public Module {
   public:
    Decoder() : Module("Decoder") {}
    Tensor forward(const Tensor& x) const override {
      const Tensor h = zeros({1, x.size(1), 6});
      const Tensor c = cell(x[0], {h[0], h[0]}).h;
      return lstm(x, {h, h}).output + c;
    }

   private:
    LSTM lstm = register_module("lstm", LSTM(4, 6));
    LSTMCell cell = register_module("cell", LSTMCell(4, 6));
  };
  const Summary found = summary(Decoder(), {5, 2, 4});
  CHECK(row(found, "lstm").calls == 1);
  CHECK(row(found, "lstm").output == Shape{5, 2, 6});
  CHECK(row(found, "lstm").multiply_adds == 5 * 2 * 4 * 6 * (4 + 6));
  CHECK(row(found, "cell").output == Shape{2, 6});
  CHECK(row(found, "cell").multiply_adds == 2 * 4 * 6 * (4 + 6));
}

TEST_CASE("modules that run several times count each call, and their parameters once") {
  const Sequential model{Twice(4), Linear(4, 2)};
  const Summary found = summary(model, {3, 4});
  CHECK(row(found, "0.inner").calls == 2);
  CHECK(row(found, "0.inner").parameters == 20);
  CHECK(row(found, "0.inner").multiply_adds == 2 * 3 * 16);
  CHECK(row(found, "0.inner").output_bytes == 2 * 4 * 12);
  CHECK(row(found, "0.inner").depth == 2);
  CHECK(row(found, "0").output == Shape{3, 4});
  CHECK(found.parameters == 20 + 10);
}

TEST_CASE("a module that is registered under two names counts once and is recursive the second time") {
  const Linear shared(4, 4);
  const Sequential part{shared, Tanh()};
  const Sequential model{part, shared, part};
  const Summary found = summary(model, {3, 4});
  CHECK_FALSE(row(found, "0").recursive);
  CHECK(row(found, "1").recursive);
  CHECK(row(found, "2").recursive);
  CHECK(found.rows.size() == 6);
  CHECK(row(found, "0.0").parameters == 20);
  CHECK(row(found, "1").parameters == 0);
  CHECK(found.parameters == 20);
  CHECK(row(found, "0.0").calls == 2);  // of its own name, and within the part's second name
  CHECK(row(found, "1").calls == 1);
  CHECK(row(found, "1").multiply_adds == 3 * 16);
  CHECK(row(found, "2").calls == 1);
  CHECK(found.multiply_adds == 3 * 3 * 16);

  // A parameter that two modules share counts where it comes first.
  Linear tied(4, 4);
  tied.weight = shared.weight;
  const Summary two = summary(Sequential{shared, tied}, {3, 4});
  CHECK(row(two, "0").parameters == 20);
  CHECK(row(two, "1").parameters == 4);
}

TEST_CASE("modules of a list belong to the list, and products of a forward to the module itself") {
  const Summary found = summary(OfList(), {{3, 4}, {8, 2}});
  CHECK(found.rows[0].inputs == std::vector<Shape>{{3, 4}, {8, 2}});
  CHECK(found.rows[0].multiply_adds == 3 * 8 * 2);
  CHECK(row(found, "layers").calls == 0);
  CHECK_FALSE(row(found, "layers").output);
  CHECK(row(found, "layers.1").calls == 1);
  CHECK(row(found, "layers.1").multiply_adds == 3 * 4 * 8);
  CHECK(found.multiply_adds == 3 * (16 + 32 + 16));
  CHECK(found.input_bytes == 4 * (12 + 16));
}

TEST_CASE("inputs are of any dtype, tensors, and may be left out") {
  const Sequential words{Embedding(100, 16), Linear(16, 100)};
  const Summary found = summary(words, {{2, 7}, int64});
  CHECK(found.rows[0].output == Shape{2, 7, 100});
  CHECK(found.input_bytes == 8 * 14);
  CHECK(row(found, "0").parameters == 1600);
  CHECK(row(found, "0").multiply_adds == 0);
  CHECK(row(found, "1").multiply_adds == 14 * 1600);
  CHECK(summary(words, zeros({2, 7}, int64)).text() == found.text());
  CHECK(summary(words, {ExampleInput({2, 7}, int64)}).text() == found.text());

  const MultiheadAttention attention(8, 2);
  const Tensor memory = rand({6, 3, 8});
  const Summary crossed = summary(attention, {{5, 3, 8}, memory, memory});
  CHECK(crossed.rows[0].inputs == std::vector<Shape>{{5, 3, 8}, {6, 3, 8}, {6, 3, 8}});
  const Summary masked = summary(TransformerEncoderLayer(8, 2), {{5, 3, 8}, {5, 5}});
  CHECK(masked.rows[0].output == Shape{5, 3, 8});
  CHECK(summary(Linear(4, 2), {4}).rows[0].output == Shape{2});
  CHECK(summary(Linear(4, 2), Shape{3, 4}).rows[0].output == Shape{3, 2});
  CHECK(summary(Linear(4, 2, {.dtype = float64}), {{3, 4}, float64}).state_bytes == 8 * 10);
}

TEST_CASE("parameters that no optimizer is given are frozen") {
  const Sequential model{Linear(4, 3), Linear(3, 2)};
  const Summary found = summary(model, {1, 4}, {.trained = model[1].parameters()});
  CHECK(found.parameters == 15 + 8);
  CHECK(found.trained_parameters == 8);
  CHECK(found.frozen_parameters() == 15);
  CHECK(row(found, "0").trained_parameters == 0);
  CHECK(row(found, "1").trained_parameters == 8);
}

TEST_CASE("rows below the depth are part of the one around them") {
  const Sequential model{Twice(4), Linear(4, 2)};
  const Summary all = summary(model, {3, 4}), some = summary(model, {3, 4}, {.depth = 1});
  REQUIRE(some.rows.size() == 3);
  CHECK(row(some, "0").parameters == 20);
  CHECK(row(some, "0").multiply_adds == 2 * 3 * 16);
  CHECK(some.parameters == all.parameters);
  CHECK(some.multiply_adds == all.multiply_adds);
  CHECK(some.output_bytes == all.output_bytes);
  CHECK(some.state_bytes == all.state_bytes);
  CHECK(summary(model, {3, 4}, {.depth = 0}).rows[0].parameters == all.parameters);
}

TEST_CASE("what a forward computes in vain, and modules that are no part, add nothing or belong to the caller") {
  const Sequential teacher{Linear(3, 2), BatchNorm1d(2)};
  const Student student(teacher);
  const NamedTensors before = state_dict(teacher);
  std::size_t place = 0;
  const Summary found = summary(student, {4, 3});
  CHECK(found.rows.size() == 2);
  CHECK(found.parameters == 8);
  CHECK(found.rows[0].multiply_adds == 4 * 6);
  CHECK(row(found, "own").multiply_adds == 4 * 6);
  for (const auto& entry : state_dict(teacher)) {
    const auto& name = entry.first;
    const auto& tensor = entry.second;
    CAPTURE(name);
    CHECK(tensor.same_as(before[place++].second));
  }

  class Wasteful : public Module {
   public:
    Wasteful() : Module("Wasteful") {}
    Tensor forward(const Tensor& x) const override {
      matmul(x, x.T());
      return x * 2;
    }
  };
  CHECK(summary(Wasteful(), {4, 3}).multiply_adds == 0);
}

TEST_CASE("a summary leaves the module, the generator and the tape as they are") {
  Sequential model{Linear(4, 4), BatchNorm1d(4), Dropout(0.5), Linear(4, 2)};
  eval(model(rand({8, 4})));  // the statistics move
  std::vector<Tensor> before;
  for (const auto& [name, entry] : model.named_state()) before.push_back(entry.value());
  manual_seed(3);
  const Tensor drawn = rand({4});
  manual_seed(3);
  int hooked = 0;
  model[0].register_forward_hook([&](const Module&, const Tensor&, const Tensor&) {
    ++hooked;
    return Tensor();
  });
  {
    const Tape tape;
    const std::size_t size = tape.size();
    summary(model, {8, 4});
    CHECK(tape.size() > size);
  }
  const std::string text = summary(model, {8, 4}).text();
  std::size_t place = 0;
  for (const auto& named : model.named_state()) {
    CAPTURE(named.first);
    CHECK(named.second.value().same_as(before[place++]));
  }
  CHECK(difference(rand({4}), drawn) == "");
  CHECK(model.is_training());
  CHECK(hooked == 0);
  CHECK(summary(model, {8, 4}).text() == text);
  model.eval();  // in which Dropout gives its input
  CHECK(row(summary(model, {8, 4}), "2").output_bytes == 0);
  CHECK_FALSE(model.is_training());
  model(rand({8, 4}));
  CHECK(hooked == 1);
  // An error leaves it so, too.
  model.train();
  CHECK_THROWS_AS(summary(model, {8, 5}), Error);
  place = 0;
  for (const auto& [name, entry] : model.named_state()) CHECK(entry.value().same_as(before[place++]));
  model(rand({8, 4}));
  CHECK(hooked == 2);
}

TEST_CASE("a summary says which module refuses its input, and what it expected") {
  const Sequential model{Linear(784, 100), Tanh(), Sequential{Linear(99, 10)}};
  CHECK(lacks(error_of([&] { summary(model, {60, 784}); }), {"Linear '2.0'", "(60, 100)", "99"}) == "");
  CHECK(lacks(error_of([&] { summary(lenet(), {64, 3, 28, 28}); }), {"Conv2d '0'", "(64, 3, 28, 28)"}) == "");
  CHECK(lacks(error_of([&] { summary(model, ExampleInputs(std::vector<Tensor>())); }), {"summary: no inputs"}) == "");
  CHECK(lacks(error_of([&] { summary(model, Tensor()); }), {"summary: the first input"}) == "");
  CHECK(lacks(error_of([&] { summary(model, {60, 784}, {.depth = -1}); }), {"summary: depth is -1"}) == "");
  CHECK(lacks(error_of([&] { summary(model, {60, 784, 10, 5}); }), {"Linear '0'"}) == "");
  CHECK(lacks(error_of([&] { summary(model, {{60, 784}, {3, 4}}); }), {"Sequential", "two inputs"}) == "");
}

TEST_CASE("a forward that asks for values needs a tensor that has them") {
  CHECK(lacks(error_of([] { summary(Asking(), {2, 2}); }), {"Asking", "summary", "value", "(2, 2)"}) == "");
  CHECK(summary(Asking(), ones({2, 2})).parameters == 9);
  CHECK(summary(Asking(), ones({2, 2})).multiply_adds == 2 * 2 * 3);
  CHECK(summary(Asking(), zeros({2, 2})).multiply_adds == 0);
}

TEST_CASE("the text of a summary is a table") {
  const Sequential model{{"body", Sequential{Linear(784, 1200), ReLU()}}, {"head", Linear(1200, 10)}};
  const Summary found = summary(model, {64, 784});
  CHECK(found.text() == R"(module              output      parameters  multiply-adds
---------------------------------------------------------
Sequential          (64, 10)             -              -
  body: Sequential  (64, 1200)           -              -
    0: Linear       (64, 1200)     942,000     60,211,200
    1: ReLU         (64, 1200)           -              -
  head: Linear      (64, 10)        12,010        768,000

parameters                                 954,010
  trained                                  954,010
  frozen                                         0
buffers                                          0
multiply-adds                           60,979,200
bytes of input                             200,704
bytes of outputs, forward and backward   1,233,920
bytes of parameters and buffers          3,816,040
bytes together                           5,250,664
)");
  const Linear twice(2, 2);
  CHECK(summary(Sequential{twice, twice}, {1, 2}, {.trained = ParameterList()}).text() ==
        R"(module       output  parameters  multiply-adds
----------------------------------------------
Sequential   (1, 2)           -              -
  0: Linear  (1, 2)           6              4
  1: Linear  (1, 2)   recursive              4

parameters                               6
  trained                                0
  frozen                                 6
buffers                                  0
multiply-adds                            8
bytes of input                           8
bytes of outputs, forward and backward  32
bytes of parameters and buffers         24
bytes together                          64
)");
  std::ostringstream out;
  out << found;
  CHECK(out.str() == found.text());
}

}  // namespace xgrad::nn
