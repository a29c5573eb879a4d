#include <doctest/doctest.h>

#include <functional>

#include <autograd/autograd.hpp>
#include <autograd/recorder.hpp>
#include <autograd/run/plan/plan.hpp>
#include <autograd/run/plan/planner.hpp>

// The search for sweeps looks at some hundred storages and steps for each step, however these hang together.
namespace xgrad {
namespace {

/// What the plan of a program looked at, in storages and steps.
struct Search {
  std::int64_t work;
  std::size_t steps;   ///< of the plan
  std::size_t sweeps;  ///< found
};

Search search_of(std::vector<Tensor> results) {
  Recorder& list = recorder();
  const ListGuard guard(list);
  run::Needed needed(list, results);
  const run::Program program(needed);
  const std::unique_ptr<run::Plan> plan = run::make_plan(program, false);
  return {plan->sweep_work, plan->steps.size(), plan->sweeps.size()};
}

/// A step of training a long short-term memory over so many steps: products and passes in a chain that is large as a
/// whole and can be cut by examples all along.
Search recurrent(int length) {
  constexpr std::int64_t batch = 32, inputs = 8, units = 64;
  const Tensor x = rand({length, batch, inputs});
  Tensor w = rand({4 * units, inputs}), u = rand({4 * units, units}), b = rand({4 * units});
  eval({x, w, u, b});
  const Tape tape;
  const Tensor from_x = matmul(x, w.T()) + b;
  Tensor h = zeros({batch, units}), c = h;
  std::vector<Tensor> outputs;
  for (int i = 0; i < length; ++i) {
    const Tensor gates = squeeze(slice(from_x, 0, i, i + 1), 0) + matmul(h, u.T());
    const std::vector<Tensor> parts = chunk(gates, 4, 1);
    c = sigmoid(parts[1]) * c + sigmoid(parts[0]) * tanh(parts[2]);
    h = sigmoid(parts[3]) * tanh(c);
    outputs.push_back(h);
  }
  return search_of(tape.gradient(mean(square(stack(outputs))), std::vector<Tensor>{w, u, b}));
}

/// A step of training a chain of convolutions, whose forward passes each have a sweep.
Search convolutional(int layers) {
  Tensor x = rand({96, 8, 32, 32});
  std::vector<Tensor> weights;
  for (int i = 0; i < layers; ++i) weights.push_back(rand({8, 8, 3, 3}));
  eval(weights);
  eval(x);
  const Tape tape;
  for (const Tensor& weight : weights) x = relu(conv2d(x, weight, {}, {.padding = 1}) + 0.1);
  return search_of(tape.gradient(mean(square(x)), weights));
}

}  // namespace

TEST_CASE("the search for sweeps looks at no more for each step of a long program than of a short one") {
  for (const int length : {10, 40, 160, 640}) {
    INFO("length ", length);
    const Search search = recurrent(length);
    CHECK(search.steps > static_cast<std::size_t>(length));
    CHECK(search.work < 150 * static_cast<std::int64_t>(search.steps));
  }
}

TEST_CASE("convolutions in a chain are all found") {
  for (const int layers : {1, 2, 4, 8, 32}) {
    INFO(layers, " layers");
    const Search search = convolutional(layers);
    CHECK(search.sweeps >= static_cast<std::size_t>(layers));
    CHECK(search.work < 400 * layers * 8);
  }
}

}  // namespace xgrad
