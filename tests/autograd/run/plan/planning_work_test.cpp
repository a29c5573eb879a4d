#include <doctest/doctest.h>

#include <functional>
#include <random>

#include <autograd/autograd.hpp>
#include <autograd/recorder.hpp>
#include <autograd/run/plan/plan.hpp>
#include <autograd/run/plan/planner.hpp>
#include <nn/nn.hpp>

// Planning looks at so many vertices, operands and candidates for each node of a program, however long it is.
namespace xgrad {
namespace {

/// What to run, for a number of repetitions to which its nodes are in proportion.
using Record = std::function<std::vector<Tensor>(Tape& tape, int repetitions)>;

double work_per_node(const Record& record, int repetitions) {
  manual_seed(1);
  Tape tape;
  const std::vector<Tensor> results = record(tape, repetitions);
  Recorder& list = recorder();
  const ListGuard guard(list);
  run::Needed needed(list, results);
  const run::Program program(needed);
  const std::unique_ptr<run::Plan> plan = run::make_plan(program, true);
  return static_cast<double>(plan->work) / static_cast<double>(program.nodes().size());
}

/// Fixed: about twice what these programs take.
constexpr double most_work = 100;

void check_work(const Record& record, int repetitions = 30) {
  const double few = work_per_node(record, repetitions), many = work_per_node(record, 16 * repetitions);
  CAPTURE(few);
  CAPTURE(many);
  CHECK(many < 1.5 * few);
  CHECK(many < most_work);
}

Tensor there(Tensor tensor) {
  eval(tensor);
  return tensor;
}

/// The loss of an unrolled network of products and tanh.
Tensor unrolled(const Tensor& w, int length) {
  Tensor h = there(rand({4, 8}));
  const Tensor x = h;
  for (int i = 0; i < length; ++i) h = tanh(matmul(h, w) + x);
  return mean(square(h));
}

template <class Layer>
std::vector<Tensor> recurrent(Tape& tape, int length, std::int64_t batch, std::int64_t units) {
  const Layer layer(8, units);
  const Tensor x = there(rand({length, batch, 8}));
  return tape.gradient(mean(square(layer(x))), layer.parameters());
}

}  // namespace

TEST_CASE("planning a chain takes work in proportion to its length") {
  check_work(
      [](Tape&, int length) {
        const Tensor w = there(rand({8}));
        Tensor y = w;
        for (int i = 0; i < length; ++i) y = tanh(y) * w;
        return std::vector<Tensor>{y};
      },
      1000);
}

TEST_CASE("planning a chain of views and casts takes work in proportion to its length") {
  check_work([](Tape&, int length) {
    Tensor y = there(rand({4, 6}));
    for (int i = 0; i < length; ++i) y = transpose(y.reshape({6, 4})) * transpose(cast(full({6, 4}, 1.0), float32));
    return std::vector<Tensor>{y};
  });
}

TEST_CASE("planning many operations that read one value, and one that reads all of theirs, takes proportional work") {
  check_work(
      [](Tape&, int width) {
        const Tensor middle = matmul(there(rand({4, 4})), there(rand({4, 4})));
        std::vector<Tensor> branches;
        for (int i = 0; i < width; ++i) branches.push_back(tanh(middle * static_cast<double>(i)));
        return std::vector<Tensor>{concatenate(branches, 0)};
      },
      500);
}

TEST_CASE("planning many products that read one value takes work in proportion to their number") {
  check_work(
      [](Tape& tape, int width) {
        const Tensor x = there(rand({4, 4}));
        const Tensor middle = tanh(x);
        Tensor total = x;
        for (int i = 0; i < width; ++i) total = total + matmul(middle, middle * static_cast<double>(i));
        return std::vector<Tensor>{total, tape.gradient(sum(total), x)};
      },
      100);
}

TEST_CASE("planning a sum of losses of an unrolled network takes work in proportion to its length") {
  check_work([](Tape& tape, int length) {
    const Tensor w = there(rand({8, 8}));
    Tensor h = there(rand({4, 8})), total;
    for (int i = 0; i < length; ++i) {
      h = tanh(matmul(h, w));
      const Tensor loss = mean(square(h - 0.5));
      total = i == 0 ? loss : total + loss;
    }
    return std::vector<Tensor>{tape.gradient(total, w)};
  });
}

TEST_CASE("planning recurrent networks takes work in proportion to their length") {
  check_work([](Tape& tape, int length) {
    const Tensor w = there(rand({8, 8}));
    return std::vector<Tensor>{tape.gradient(unrolled(w, length), w)};
  });
  check_work([](Tape& tape, int length) { return recurrent<nn::LSTM>(tape, length, 4, 8); });
  check_work([](Tape& tape, int length) { return recurrent<nn::GRU>(tape, length, 4, 8); });
}

TEST_CASE("planning recurrent networks whose values are large takes work in proportion to their length") {
  check_work([](Tape& tape, int length) { return recurrent<nn::LSTM>(tape, length, 64, 64); });
  check_work([](Tape& tape, int length) { return recurrent<nn::GRU>(tape, length, 64, 64); });
}

TEST_CASE("planning a deep network with batch normalization takes work in proportion to its depth") {
  check_work([](Tape& tape, int depth) {
    nn::Sequential model;
    for (int i = 0; i < depth; ++i) {
      model.push_back(nn::Linear(8, 8));
      model.push_back(nn::BatchNorm1d(8));
      model.push_back(nn::Tanh());
    }
    return tape.gradient(mean(square(model(there(rand({4, 8}))))), model.parameters());
  });
}

TEST_CASE("planning a random graph and its gradient takes work in proportion to its size") {
  check_work(
      [](Tape& tape, int size) {
        const Tensor x = there(rand({8, 8})), w = there(rand({8, 8}));
        std::mt19937 random(1);
        std::vector<Tensor> values{x, w};
        for (int i = 0; i < size; ++i) {
          const Tensor a = values[random() % values.size()];
          const Tensor b = values[values.size() - 1 - random() % std::min<std::size_t>(values.size(), 50)];
          switch (random() % 5) {
            case 0:
              values.push_back(a + b);
              break;
            case 1:
              values.push_back(tanh(a * b));
              break;
            case 2:
              values.push_back(matmul(b, a.T()));
              break;
            case 3:
              values.push_back(b / (1 + sum(square(b), -1, true)));
              break;
            default:
              values.push_back(maximum(a, b));
          }
        }
        return tape.gradient(mean(values.back()), std::vector<Tensor>{x, w},
                             {.allow_unused = true, .materialize_grads = true});
      },
      200);
}

TEST_CASE("planning a gradient of a gradient takes work in proportion to the length of the program") {
  check_work([](Tape& tape, int length) {
    const Tensor w = there(rand({8, 8}));
    const Tensor first = tape.gradient(unrolled(w, length), w);
    return std::vector<Tensor>{tape.gradient(sum(square(first)), w)};
  });
}

}  // namespace xgrad
