#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <vector>

#include <nn/nn.hpp>

#include "autograd/distributed/ranks.hpp"
#include "autograd/expect.hpp"

namespace xgrad {
namespace {

using distributed::world;
using Rows = std::vector<std::vector<double>>;

Tensor input() { return sin(arange(24).to(float64)).reshape({3, 8}); }

double largest_difference(const std::vector<double>& a, const std::vector<double>& b) {
  double most = a.size() == b.size() ? 0 : INFINITY;
  for (std::size_t i = 0; i < a.size() && i < b.size(); ++i) most = std::max(most, std::abs(a[i] - b[i]));
  return most;
}

/// A layer drawn with one seed, on all ranks alike.
template <class Make>
auto drawn(Make make) {
  Generator generator(4);
  const GeneratorScope scope(generator);
  return make();
}

/// y, the gradient of a loss in x, a derivative of that, and the gradients in weight and bias.
std::vector<Tensor> results(const nn::Module& layer, const nn::Parameter& weight, const nn::Parameter& bias) {
  const Tape tape;
  const Tensor x = input() * 1;
  const Tensor y = layer(x);
  const std::vector<Tensor> first = tape.gradient(sum(pow(y, 3)), std::vector<Tensor>{x, weight, bias});
  const std::vector<Tensor> second = tape.gradient(sum(square(first[0])), std::vector<Tensor>{x, weight});
  return {y, first[0], second[0], first[1], first[2], second[1]};
}

Tensor part_of(const Tensor& whole, int axis) {
  const std::int64_t part = whole.size(axis) / world().size(), start = part * world().rank();
  return slice(whole, axis, start, start + part);
}

}  // namespace

TEST_CASE("a layer whose output features are divided gives what the plain one gives, with derivatives") {
  const nn::Linear plain = drawn([] { return nn::Linear(8, 6, {.dtype = float64}); });
  std::vector<Tensor> expected = results(plain, plain.weight, plain.bias);
  eval(expected);
  const Rows differences = test::on_ranks(3, [&] {
    const nn::ColumnParallelLinear layer = drawn([] { return nn::ColumnParallelLinear(8, 6, {.dtype = float64}); });
    const std::vector<Tensor> actual = results(layer, layer.weight, layer.bias);
    std::vector<Tensor> own = expected;
    for (const std::size_t i : {3u, 4u, 5u}) own[i] = part_of(expected[i], 0);
    std::vector<Tensor> most;
    for (std::size_t i = 0; i < own.size(); ++i) most.push_back(max(abs(actual[i] - own[i])).reshape({1}));
    return concatenate(most, 0);
  });
  for (const std::vector<double>& of_rank : differences)
    for (const double difference : of_rank) CHECK(difference < 1e-12);
}

TEST_CASE("a layer whose input features are divided gives what the plain one gives, with derivatives") {
  const nn::Linear plain = drawn([] { return nn::Linear(8, 6, {.dtype = float64}); });
  std::vector<Tensor> expected = results(plain, plain.weight, plain.bias);
  eval(expected);
  const Rows differences = test::on_ranks(4, [&] {
    const nn::RowParallelLinear layer = drawn([] { return nn::RowParallelLinear(8, 6, {.dtype = float64}); });
    const std::vector<Tensor> actual = results(layer, layer.weight, layer.bias);
    std::vector<Tensor> own = expected;
    for (const std::size_t i : {3u, 5u}) own[i] = part_of(expected[i], 1);
    std::vector<Tensor> most;
    for (std::size_t i = 0; i < own.size(); ++i) most.push_back(max(abs(actual[i] - own[i])).reshape({1}));
    return concatenate(most, 0);
  });
  for (const std::vector<double>& of_rank : differences)
    for (const double difference : of_rank) CHECK(difference < 1e-12);
}

TEST_CASE("a perceptron of both layers trains as the plain one, with one collective in each direction") {
  const auto train = [](const nn::Module& model) {
    optim::SGD sgd(model.parameters(), {.lr = 0.1, .momentum = 0.9});
    std::vector<Tensor> losses;
    for (int step = 0; step < 20; ++step) {
      const Tape tape;
      const Tensor loss = nn::cross_entropy(model(input()), tensor({0, 1, 2}).to(int64));
      sgd.step(tape.gradient(loss, model.parameters()));
      losses.push_back(loss.reshape({1}));
      eval(losses.back());
    }
    return concatenate(losses, 0);
  };
  const nn::Sequential plain = drawn([] {
    return nn::Sequential{nn::Linear(8, 12, {.dtype = float64}), nn::Tanh(), nn::Linear(12, 3, {.dtype = float64})};
  });
  const std::vector<double> expected = train(plain).to_vector<double>();
  const Rows losses = test::on_ranks(2, [&] {
    const nn::Sequential model = drawn([] {
      return nn::Sequential{nn::ColumnParallelLinear(8, 12, {.gather_output = false, .dtype = float64}), nn::Tanh(),
                            nn::RowParallelLinear(12, 3, {.input_is_parallel = true, .dtype = float64})};
    });
    return train(model);
  });
  for (const std::vector<double>& of_rank : losses) CHECK(largest_difference(of_rank, expected) < 1e-12);
}

TEST_CASE("divided layers refuse what does not divide, and inputs of other features") {
  const auto refused = [](const std::function<void()>& f) { return test::error_of_ranks(2, f); };
  CHECK(test::lacks(refused([] { nn::ColumnParallelLinear(4, 3); }), {"3 output features", "ranks, 2"}) == "");
  CHECK(test::lacks(refused([] { nn::RowParallelLinear(3, 4); }), {"3 input features", "ranks, 2"}) == "");
  CHECK(test::lacks(refused([] { nn::ColumnParallelLinear(4, 2)(ones({1, 3})); }), {"(1, 3)", "(..., 4)"}) == "");
  CHECK(test::lacks(refused([] {
                      nn::RowParallelLinear(4, 2, {.input_is_parallel = true})(ones({1, 4}));
                    }),
                    {"(1, 4)", "(..., 2)"}) == "");
  CHECK(test::lacks(refused([] { nn::ColumnParallelLinear(-4, 2); }), {"-4"}) == "");
}

}  // namespace xgrad
