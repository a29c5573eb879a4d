#include <doctest/doctest.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

#include <autograd/autograd.hpp>
#include <nn/nn.hpp>
#include "../autograd/expect.hpp"

namespace xgrad::nn {
namespace {

using test::difference;
using test::error_of;

Sequential small_network() { return Sequential{Linear(6, 16), BatchNorm1d(16), ReLU(), Linear(16, 3)}; }

TEST_CASE("to(bfloat16) converts parameters, and keeps buffers in float32") {
  Sequential net = small_network();
  net.to(bfloat16);
  for (const auto& [name, parameter] : net.named_parameters()) CHECK(parameter.dtype() == bfloat16);
  for (const auto& [name, buffer] : net.named_buffers()) CHECK(buffer.dtype() != bfloat16);
  CHECK(net(randn({5, 6})).dtype() == float32);
  net.to(float32);
  for (const auto& [name, parameter] : net.named_parameters()) CHECK(parameter.dtype() == float32);
}

TEST_CASE("layers of bfloat16 compute what those of float32 do, to the rounding of weights and inputs") {
  manual_seed(4);
  const Tensor images = randn({2, 3, 8, 8}), rows = randn({4, 5, 6});
  const auto check = [](auto&& layer, const Tensor& x) {
    const Tensor expected = layer(x);
    layer.to(bfloat16);
    const Tensor y = layer(x);
    const double size = max(abs(expected)).template item<double>();
    CHECK(difference(y, expected, {0, 0.02 * size}) == "");
  };
  check(Linear(6, 7), rows);
  check(Conv2d(3, 4, 3), images);
  check(Sequential{BatchNorm2d(3), Conv2d(3, 4, 3, {.padding = 1}), ReLU()}, images);
  check(LayerNorm(6), rows);
  check(TransformerEncoderLayer(6, 2, {.dim_feedforward = 12, .dropout = 0}), rows);
}

TEST_CASE("a network of bfloat16 learns as one of float32 does") {
  std::vector<double> last;
  for (const DType dtype : {float32, bfloat16}) {
    manual_seed(5);
    Sequential net = small_network();
    net.to(dtype);
    const Tensor x = randn({32, 6}), y = argmax(matmul(x, randn({6, 3})), 1);
    eval({x, y});
    optim::Adam adam(net.parameters(), {.lr = 1e-2});
    double loss_value = 0;
    for (int i = 0; i < 60; ++i) {
      const Tape tape;
      const Tensor loss = cross_entropy(net(x), y);
      adam.step(tape.gradient(loss, net.parameters()));
      loss_value = loss.item<double>();
    }
    last.push_back(loss_value);
  }
  CHECK(last[0] < 0.2);
  CHECK(std::abs(last[1] - last[0]) < 0.02);
}

TEST_CASE("updates below a parameter's rounding add up") {
  Parameter p(ones({3}, bfloat16));
  optim::SGD sgd({p}, {.lr = 1e-4});
  for (int i = 0; i < 1000; ++i) sgd.step({ones({3})});
  CHECK(p.dtype() == bfloat16);
  CHECK(difference(p.value().to(float32), full({3}, 0.9), {0, 4e-3}) == "");
}

TEST_CASE(
    "optimizers of bfloat16 parameters go on from a saved state to the bit, and skip parameters without gradient") {
  const auto run = [](int stop) {
    Parameter p(full({2}, 1.5, bfloat16)), q(full({2}, -0.5)), unused(ones({1}, bfloat16));
    optim::Adam adam({p, q, unused}, {.lr = 1e-3});
    NamedTensors state;
    std::vector<Tensor> values;
    for (int i = 0; i < 20; ++i) {
      if (i == stop) {
        state = adam.state();
        values = {p.value(), q.value()};
        p = Parameter(values[0]), q = Parameter(values[1]);
        adam = optim::Adam({p, q, unused}, {.lr = 1e-3});
        adam.load_state(state);
      }
      adam.step({sin(p.value() * (i + 1)), cos(q.value()), Tensor()});
    }
    CHECK(unused.value().item() == 1);
    return std::vector<Tensor>{p.value(), q.value()};
  };
  const std::vector<Tensor> straight = run(-1), resumed = run(7);
  for (std::size_t i = 0; i < straight.size(); ++i) CHECK(difference(resumed[i], straight[i]) == "");
}

TEST_CASE("a module that becomes bfloat16 after its optimizer was made is an Error of the step") {
  Linear layer(2, 2);
  optim::SGD sgd(layer.parameters(), {.lr = 0.1});
  layer.to(bfloat16);
  const Tape tape;
  const std::vector<Tensor> gradients = tape.gradient(sum(layer(ones({1, 2}))), layer.parameters());
  CHECK(error_of([&] { sgd.step(gradients); }) ==
        "SGD::step: parameter 'weight' became bfloat16 since the optimizer was made; make a new one");
}

TEST_CASE("bfloat16 modules are saved in half the bytes, loaded, cloned, frozen and averaged") {
  manual_seed(6);
  Sequential net{Linear(40, 50), ReLU(), Linear(50, 4)};
  net.to(bfloat16);
  const std::filesystem::path file = std::filesystem::temp_directory_path() /
                                     ("xgrad_bfloat16_module_test_" + std::to_string(::getpid()) + ".safetensors");
  save(net, file);
  CHECK(std::filesystem::file_size(file) < 2 * (40 * 50 + 50 + 50 * 4 + 4) + 500);
  Sequential other{Linear(40, 50), ReLU(), Linear(50, 4)};
  other.to(bfloat16);
  load(other, file);
  std::filesystem::remove(file);
  const Tensor x = randn({7, 40}), y = net(x);
  CHECK(difference(other(x), y) == "");
  CHECK(difference(clone(net)(x), y) == "");
  CHECK(difference(freeze(net)(x), y, {1e-5, 1e-5}) == "");
  CHECK(difference(freeze(net)(x[0].reshape({1, 40})), y[0].reshape({1, 4}), {1e-4, 1e-4}) == "");
  optim::AveragedModel average(net, {.decay = 0.5});
  average.update_parameters(net);
  average.update_parameters(net);
  CHECK(average.module().parameters()[0].dtype() == float32);
  CHECK(difference(average(x), y, {0.02, 0.02}) == "");
}

}  // namespace
}  // namespace xgrad::nn
