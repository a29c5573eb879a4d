#include <doctest/doctest.h>

#include <limits>
#include <string>

#include <autograd/anomaly.hpp>
#include <nn/nn.hpp>

#include "../autograd/expect.hpp"

namespace xgrad::nn {
namespace {

using test::error_of;
using test::lacks;

std::string at_line(int line) { return std::string(__FILE__) + ":" + std::to_string(line); }

class Logarithm : public Module {
 public:
  Logarithm() : Module("Logarithm") {}
  Tensor forward(const Tensor& x) const override { return log(relu(x) * 0.0); }
  static constexpr int line = __LINE__ - 1;
};

TEST_CASE("an anomaly names the module by its path") {
  const Sequential model{Linear(3, 4), Sequential{Tanh(), Logarithm()}};
  const Tensor x = ones({2, 3});
  const DetectAnomaly detect;
  const Tensor y = model(x);
  CHECK(lacks(error_of([&] { eval(y); }), {"log: made -inf", "module    1.1", at_line(Logarithm::line)}) == "");
}

TEST_CASE("inside the library's modules the line is that of the model's call") {
  const Sequential model{Linear(3, 4), Linear(4, 2)};
  for (const Parameter& p : model.parameters()) p.set(full(p.shape(), 1e30));
  const Tensor x = ones({2, 3});
  const DetectAnomaly detect;
  const Tensor y = model(x);
  CHECK(lacks(error_of([&] { eval(y); }), {"matmul: made inf", "module    1", at_line(__LINE__ - 1)}) == "");
}

TEST_CASE("in a backward pass the module and its call are named") {
  class Root : public Module {
   public:
    Root() : Module("Root") {}
    Tensor forward(const Tensor& x) const override { return sqrt(x); }
  };
  const Sequential model{Root(), Linear(2, 1)};
  const Tensor x = tensor({{0, 1}});
  const DetectAnomaly detect;
  const Tape tape;
  const Tensor gradient = tape.gradient(sum(model(x)), x);
  CHECK(lacks(error_of([&] { eval(gradient); }),
              {"divide: made", "module    0", "backward  of sqrt in module 0, line " + at_line(__LINE__ - 8)}) == "");
}

TEST_CASE("losses report the line of their call") {
  const Tensor large = tensor({{3e38, 1}}), zero = tensor({{0, 0}});
  const DetectAnomaly detect;
  const Tensor loss = mse_loss(large, zero);
  CHECK(lacks(error_of([&] { eval(loss); }), {"square: made inf", at_line(__LINE__ - 1)}) == "");
}

TEST_CASE("training raises no false alarm") {
  manual_seed(1);
  const Sequential model{Linear(6, 8), BatchNorm1d(8), ReLU(), Dropout(0.5), LayerNorm(8), Linear(8, 3)};
  optim::Adam adam(model.parameters(), {.lr = 0.1});
  const Tensor x = rand({10, 6}), labels = argmax(rand({10, 3}), 1);
  const Tensor constant = ones({10, 6});  // batches without variance
  const DetectAnomaly detect;
  for (int step = 0; step < 4; ++step) {
    const Tape tape;
    const Tensor logits = model(step % 2 == 0 ? x : constant) * 1e4;
    const Tensor masked = masked_fill(logits, tensor({0, 0, 1}, boolean), -std::numeric_limits<double>::infinity());
    const Tensor attention = sum(square(softmax(masked)));
    const Tensor loss =
        cross_entropy(logits, labels) + attention + binary_cross_entropy(sigmoid(logits), one_hot(labels, 3));
    CHECK(error_of([&] { adam.step(tape.gradient(loss, model.parameters())); }) == "no Error");
    CHECK(error_of([&] { eval(loss); }) == "no Error");
  }
}

}  // namespace
}  // namespace xgrad::nn
