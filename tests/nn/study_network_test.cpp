#include <doctest/doctest.h>

#include <cmath>

#include <autograd/autograd.hpp>
#include <data/synthetic.hpp>
#include <nn/nn.hpp>

// The study's ten-layer network with batch normalization, as a whole.
namespace xgrad {
namespace {

/// inputs-units x 9-10 tanh units, batch norm after every layer, weights N(0, deviation^2) from a seed.
nn::Sequential ten_layer_network(std::int64_t inputs, std::int64_t units, DType dtype, double deviation = 0.1) {
  nn::Sequential model;
  Generator generator(7);
  for (int layer = 0; layer < 10; ++layer) {
    const std::int64_t in = layer == 0 ? inputs : units;
    const std::int64_t out = layer == 9 ? 10 : units;
    nn::Linear linear(in, out, {.bias = false, .dtype = dtype});
    // Drawn in float32 and converted, so that every dtype starts from the same numbers.
    linear.weight.set(cast(randn({out, in}, float32, generator) * deviation, dtype));
    model.push_back(linear);
    model.push_back(nn::BatchNorm1d(out, {.eps = 1e-3, .momentum = 0.01, .dtype = dtype}));
    if (layer < 9) model.push_back(nn::Tanh());
  }
  return model;
}

std::vector<double> first_losses(DType dtype, int steps) {
  nn::Sequential model = ten_layer_network(784, 100, dtype);
  optim::SGD sgd(model.parameters(), {.lr = 0.01});
  const data::ImageDataset digits = data::synthetic_digits(60 * steps, 3);
  std::vector<double> losses;
  for (int step = 0; step < steps; ++step) {
    std::vector<std::int64_t> rows(60);
    for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = step * 60 + static_cast<std::int64_t>(i);
    const auto [x, y] = digits.batch(rows);
    const Tape tape;
    const Tensor loss = nn::cross_entropy(model(x.to(dtype)), y);
    sgd.step(tape.gradient(loss, model.parameters()));
    losses.push_back(loss.item());
  }
  return losses;
}

}  // namespace

TEST_CASE("the first 50 losses of the study's network in float32 agree with those in float64") {
  const std::vector<double> single = first_losses(float32, 50);
  const std::vector<double> reference = first_losses(float64, 50);
  double worst = 0;
  for (std::size_t step = 0; step < reference.size(); ++step)
    worst = std::max(worst, std::abs(single[step] - reference[step]) / reference[step]);
  MESSAGE("largest relative difference: ", worst);
  CHECK(worst < 1e-4);
  CHECK(reference.back() < reference.front());
}

TEST_CASE("200 losses of the study's network are the same bits with 1, 2 and 4 threads") {
  const int before = num_threads();
  set_num_threads(1);
  const std::vector<double> alone = first_losses(float32, 200);
  for (const int threads : {2, 4}) {
    set_num_threads(threads);
    CHECK(first_losses(float32, 200) == alone);
  }
  set_num_threads(before);
}

TEST_CASE("a training step asks the system for no memory once two steps are done") {
  nn::Sequential model = ten_layer_network(784, 100, float32);
  optim::Adam adam(model.parameters(), {.lr = 0.001});
  const auto [x, y] = data::synthetic_digits(60, 3).all();
  const auto step = [&, &images = x, &labels = y] {
    const Tape tape;
    adam.step(tape.gradient(nn::cross_entropy(model(images), labels), model.parameters()));
  };
  for (int i = 0; i < 3; ++i) step();
  const MemoryStats before = memory_stats();
  for (int i = 0; i < 20; ++i) step();
  CHECK(memory_stats().allocations == before.allocations);
  CHECK(memory_stats().live == before.live);
}

TEST_CASE("the gradients of a ten-layer network with batch norm pass gradcheck, all parameters") {
  const nn::Sequential model = ten_layer_network(12, 8, float64, 0.4);
  const nn::ParameterList parameters = model.parameters();
  Generator generator(1);
  const Tensor x = randn({16, 12}, float64, generator);
  const Tensor y = tensor({0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1, 2, 3, 4, 5}, int64);
  const auto loss = [&](const std::vector<Tensor>& values) {
    std::size_t i = 0;
    for (const auto& parameter : parameters) parameter.set(values[i++]);
    return nn::cross_entropy(model(x), y);
  };
  const std::vector<Tensor> values = parameters;
  const GradcheckResult result = gradcheck(loss, values);
  INFO(result.message);
  CHECK(result.passed);
}

}  // namespace xgrad
