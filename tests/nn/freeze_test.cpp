#include <doctest/doctest.h>

#include <atomic>
#include <cstdlib>
#include <functional>
#include <new>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <autograd/autograd.hpp>
#include <autograd/differentiate/vmap.hpp>
#include <nn/nn.hpp>

#include "../autograd/expect.hpp"

namespace {

/// What this thread has asked operator new for.
thread_local constinit std::size_t allocations = 0;

void* allocated(std::size_t bytes, std::size_t alignment) noexcept {
  ++allocations;
  if (alignment == 0) return std::malloc(bytes);
  return std::aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment);
}

void* allocated_or_throw(std::size_t bytes, std::size_t alignment) {
  void* const memory = allocated(bytes, alignment);
  if (!memory) throw std::bad_alloc();
  return memory;
}

}  // namespace

void* operator new(std::size_t bytes) { return allocated_or_throw(bytes, 0); }
void* operator new(std::size_t bytes, std::align_val_t alignment) {
  return allocated_or_throw(bytes, static_cast<std::size_t>(alignment));
}
void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept { return allocated(bytes, 0); }
void* operator new(std::size_t bytes, std::align_val_t alignment, const std::nothrow_t&) noexcept {
  return allocated(bytes, static_cast<std::size_t>(alignment));
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, const std::nothrow_t&) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t, const std::nothrow_t&) noexcept { std::free(memory); }

namespace xgrad::nn {
namespace {

using test::difference;
using test::error_of;
using test::lacks;

/// Rounding of some hundred products; a fold that is wrong is off by more than a hundredth.
constexpr test::Tolerance close{.rtol = 1e-4, .atol = 1e-4};
constexpr test::Tolerance close64{.rtol = 1e-11, .atol = 1e-11};

/// Running statistics and weights as training leaves them, none of them 0 or 1.
template <class M>
M trained(M module) {
  manual_seed(11);
  for (const auto& [name, entry] : module.named_state()) {
    if (!is_floating(entry.dtype())) continue;
    const Tensor drawn = uniform(0.4, 1.7, entry.shape(), entry.dtype());
    if (name.ends_with("running_mean") || name.ends_with("running_var") || entry.shape().rank() < 2) entry.set(drawn);
  }
  module.eval();
  return module;
}

/// The steps that a call runs, a line each.
std::string steps_of(const std::function<void()>& call) {
  Profile profile;
  call();
  profile.stop();
  std::string titles;
  for (const ProfileEntry& entry : profile.entries()) titles += entry.title + "\n";
  return titles;
}

template <class M>
void check_agrees(const M& module, const Tensor& x, const test::Tolerance& tolerance = close) {
  const FrozenModule frozen = freeze(module);
  const Tensor expected = module(x);
  CHECK(difference(frozen(x), expected, tolerance) == "");
  CHECK(difference(frozen(x), frozen(x)) == "");
}

class Residual : public Module {
 public:
  Residual() : Module("Residual") {}
  Tensor forward(const Tensor& x) const override {
    const Tensor y = linear(x);
    return norm(y) + y * 0.5 + x;
  }
  Linear linear = register_module("linear", Linear(6, 6));
  BatchNorm1d norm = register_module("norm", BatchNorm1d(6));
};

/// Applies one layer twice, with a normalization behind the second time only.
class Twice : public Module {
 public:
  Twice() : Module("Twice") {}
  Tensor forward(const Tensor& x) const override { return norm(linear(relu(linear(x)))); }
  Linear linear = register_module("linear", Linear(6, 6));
  BatchNorm1d norm = register_module("norm", BatchNorm1d(6));
};

class TwoInputs : public Module {
 public:
  TwoInputs() : Module("TwoInputs") {}
  Tensor forward(const Tensor& a, const Tensor& b) const override {
    return b.defined() ? norm(first(a) + second(b)) : norm(first(a));
  }
  Linear first = register_module("first", Linear(4, 5));
  Linear second = register_module("second", Linear(3, 5));
  BatchNorm1d norm = register_module("norm", BatchNorm1d(5));
};

/// A module of one tensor that is a given function.
class Function : public Module {
 public:
  explicit Function(std::function<Tensor(const Tensor&)> f) : Module("Function"), f_(std::move(f)) {}
  Tensor forward(const Tensor& x) const override { return f_(x); }

 private:
  std::function<Tensor(const Tensor&)> f_;
};

class Counter : public Module {
 public:
  Counter() : Module("Counter") {}
  Tensor forward(const Tensor& x) const override {
    count.set(count + 1);
    return x * count;
  }
  Buffer count = register_buffer("count", zeros({}));
};

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

Sequential mlp() {
  return {Linear(20, 100, {.bias = false}),
          BatchNorm1d(100),
          ReLU(),
          Linear(100, 100),
          BatchNorm1d(100),
          ReLU(),
          Linear(100, 10),
          BatchNorm1d(10)};
}

}  // namespace

TEST_CASE("a frozen module gives what the module gives in evaluation mode") {
  manual_seed(1);
  SUBCASE("linear layers and batch norm") {
    for (const std::int64_t batch : {1, 2, 7, 64}) check_agrees(trained(mlp()), randn({batch, 20}));
  }
  SUBCASE("without bias, without affine, with a mean over time") {
    check_agrees(trained(Sequential{Linear(5, 4, {.bias = false}), BatchNorm1d(4, {.affine = false})}), randn({3, 5}));
    check_agrees(trained(Sequential{Conv1d(3, 8, 3, {.bias = false}), BatchNorm1d(8)}), randn({2, 3, 12}));
  }
  SUBCASE("convolutions") {
    check_agrees(trained(Sequential{Conv1d(3, 8, 3), BatchNorm1d(8), Tanh()}), randn({2, 3, 12}));
    check_agrees(trained(Sequential{Conv2d(3, 8, 3, {.padding = 1}), BatchNorm2d(8), ReLU()}), randn({2, 3, 9, 9}));
    check_agrees(trained(Sequential{Conv2d(4, 8, 3, {.groups = 2}), BatchNorm2d(8), ReLU()}), randn({2, 4, 9, 9}));
    check_agrees(trained(Sequential{Conv2d(4, 8, 1), BatchNorm2d(8)}), randn({1, 4, 9, 9}));
    check_agrees(trained(Sequential{Conv3d(2, 3, 2), BatchNorm3d(3)}), randn({2, 2, 4, 4, 4}));
    check_agrees(trained(Sequential{ConvTranspose2d(4, 3, 3), BatchNorm2d(3)}), randn({2, 4, 5, 5}));
  }
  SUBCASE("convolutions by Winograd's algorithm") {
    check_agrees(trained(Sequential{Conv2d(16, 32, 3, {.padding = 1}), BatchNorm2d(32), ReLU()}),
                 randn({2, 16, 12, 12}));
    check_agrees(trained(Sequential{Conv2d(16, 32, 3, {.bias = false}), BatchNorm2d(32)}), randn({1, 16, 12, 12}));
  }
  SUBCASE("normalizations in other places") {
    check_agrees(trained(Sequential{BatchNorm1d(5), Linear(5, 4)}), randn({3, 5}));
    check_agrees(trained(Sequential{BatchNorm2d(3), Conv2d(3, 4, 3, {.padding = 1})}), randn({2, 3, 6, 6}));
    check_agrees(trained(Sequential{Conv2d(3, 4, 3), AvgPool2d(2), BatchNorm2d(4)}), randn({2, 3, 8, 8}));
    check_agrees(trained(Sequential{Linear(5, 4), LayerNorm(4), BatchNorm1d(4)}), randn({3, 5}));
    check_agrees(trained(BatchNorm1d(5)), randn({3, 5}));
    check_agrees(trained(Sequential{Linear(5, 4), BatchNorm1d(4, {.track_running_stats = false})}), randn({3, 5}));
  }
  SUBCASE("values that are read twice, layers that are applied twice") {
    check_agrees(trained(Residual()), randn({3, 6}));
    check_agrees(trained(Twice()), randn({3, 6}));
  }
  SUBCASE("float64") {
    Sequential model = trained(mlp());
    model.to(float64);
    check_agrees(model, randn({3, 20}, float64), close64);
  }
  SUBCASE("LeNet-5, dropout, softmax") {
    check_agrees(trained(lenet()), randn({1, 1, 28, 28}));
    check_agrees(trained(lenet()), randn({5, 1, 28, 28}));
    check_agrees(trained(Sequential{Linear(5, 4), Dropout(0.5), Softmax(1)}), randn({3, 5}));
  }
  SUBCASE("labels as inputs, recurrent layers, attention") {
    check_agrees(trained(Sequential{Embedding(7, 4), Flatten(), Linear(8, 3)}), tensor({{1, 6}, {0, 2}}, int64));
    check_agrees(trained(TransformerEncoderLayer(8, 2, {.dim_feedforward = 16})), randn({5, 2, 8}));
  }
}

TEST_CASE("two inputs, of which one may be undefined") {
  manual_seed(2);
  const TwoInputs module = trained(TwoInputs());
  const FrozenModule frozen = freeze(module);
  const Tensor a = randn({2, 4}), b = randn({2, 3});
  CHECK(difference(frozen(a, b), module(a, b), close) == "");
  CHECK(difference(frozen(a, Tensor()), module(a, Tensor()), close) == "");
  CHECK(difference(frozen(std::vector<Tensor>{a, b}), module(a, b), close) == "");
  std::vector<float> y(10);
  frozen.run({a, b}, y);
  CHECK(difference(tensor(y, {2, 5}), module(a, b), close) == "");
}

TEST_CASE("results that are an input, a view of one, or a constant") {
  const Tensor x = tensor({{1, 2, 3}, {4, 5, 6}});
  CHECK(difference(freeze(Identity())(x), x) == "");
  CHECK(difference(freeze(Function([](const Tensor& a) { return a.T(); }))(x), x.T()) == "");
  CHECK(difference(freeze(Function([](const Tensor& a) { return a.reshape({3, 2}); }))(x), x.reshape({3, 2})) == "");
  CHECK(difference(freeze(Function([](const Tensor&) { return arange(3) * 2; }))(x), arange(3) * 2) == "");
  CHECK(difference(freeze(Function([](const Tensor& a) { return a - a; }))(zeros({0, 3})), zeros({0, 3})) == "");
  CHECK(freeze(Function([](const Tensor& a) { return a * 2; }))(3).item() == 6);
  std::vector<float> y(6);
  freeze(Identity()).run(x, y);
  CHECK(y == x.to_vector<float>());
}

TEST_CASE("batch norm becomes a part of the layer before it") {
  const auto elementwise = [](const Sequential& model, const Tensor& x) {
    const FrozenModule frozen = freeze(model);
    frozen(x);
    return steps_of([&] { frozen(x); });
  };
  for (const std::string& steps :
       {elementwise(trained(Sequential{Linear(5, 4), BatchNorm1d(4)}), randn({3, 5})),
        elementwise(trained(Sequential{Linear(5, 4, {.bias = false}), BatchNorm1d(4)}), randn({3, 5})),
        elementwise(trained(Sequential{Conv2d(3, 4, 3), BatchNorm2d(4)}), randn({2, 3, 8, 8})),
        elementwise(trained(Sequential{Conv2d(16, 16, 3), BatchNorm2d(16)}), randn({2, 16, 12, 12})),
        elementwise(trained(Sequential{ConvTranspose2d(3, 4, 2), BatchNorm2d(4)}), randn({2, 3, 8, 8}))}) {
    CAPTURE(steps);
    CHECK(steps.find("add") != std::string::npos);
    for (const char* folded : {"multiply", "divide", "subtract", "sqrt"})
      CHECK(steps.find(folded) == std::string::npos);
  }
}

TEST_CASE("what happens to the module later does not change a frozen one") {
  manual_seed(3);
  Sequential model = trained(mlp());
  const Tensor x = randn({4, 20});
  const FrozenModule frozen = freeze(model);
  const Tensor before = model(x);
  model.train();
  optim::SGD sgd(model.parameters(), {.lr = 0.5});
  {
    Tape tape;
    sgd.step(tape.gradient(sum(square(model(x))), model.parameters()));
  }
  CHECK(difference(frozen(x), before, close) == "");
  CHECK(difference(frozen(stack({x, x}).reshape({8, 20}))[0], before[0], close) == "");  // recorded after the step
  CHECK(model.is_training());
}

TEST_CASE("calls allocate nothing, and give the same bits on every thread") {
  manual_seed(4);
  for (const Sequential& model : {trained(mlp()), trained(lenet())}) {
    const bool images = model.size() > 10;
    const Shape shape = images ? Shape{1, 1, 28, 28} : Shape{1, 20};
    const FrozenModule frozen = freeze(model);
    const Tensor x = randn(shape);
    const std::vector<float> values = x.to_vector<float>();
    const std::vector<float> expected = frozen(x).to_vector<float>();
    std::atomic<int> wrong{0};
    std::atomic<std::size_t> allocated{0};
    const auto work = [&] {
      std::vector<float> y(10), z(10);
      frozen.run(values, shape, y);
      frozen.run(x, z);
      const std::size_t before = allocations;
      for (int i = 0; i < 200; ++i) {
        frozen.run(values, shape, y);
        frozen.run(x, z);
        wrong += y != expected || z != expected;
      }
      allocated += allocations - before;
    };
    work();
    CAPTURE(model);
    CHECK(allocated.load() == 0);
    std::vector<std::thread> threads;
    for (int i = 0; i < 8; ++i) threads.emplace_back(work);
    for (std::thread& thread : threads) thread.join();
    CHECK(wrong.load() == 0);
  }
}

TEST_CASE("several threads may be the first to call") {
  manual_seed(5);
  const Sequential model = trained(mlp());
  const FrozenModule frozen = freeze(model);
  std::vector<Tensor> inputs, expected;
  for (std::int64_t n = 1; n <= 6; ++n) {
    inputs.push_back(randn({n, 20}));
    expected.push_back(model(inputs.back()));
  }
  eval(inputs);
  eval(expected);
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      for (std::size_t i = 0; i < inputs.size(); ++i) {
        const std::size_t k = (i + t) % inputs.size();
        wrong += difference(frozen(inputs[k]), expected[k], close) != "";
      }
    });
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong.load() == 0);
}

TEST_CASE("more shapes than are kept, and the number of threads") {
  const Sequential model = trained(Sequential{Linear(2, 3), BatchNorm1d(3)});
  const FrozenModule frozen = freeze(model);
  for (std::int64_t n = 1; n <= 140; ++n) {
    const Tensor x = ones({n, 2});
    CHECK(difference(frozen(x), model(x), close) == "");
    std::vector<float> y(static_cast<std::size_t>(3 * n));
    frozen.run(std::vector<float>(static_cast<std::size_t>(2 * n), 1.0f), {n, 2}, y);
    CHECK(difference(tensor(y, {n, 3}), model(x), close) == "");
  }
  const Sequential larger = trained(lenet());
  const FrozenModule images = freeze(larger);
  const Tensor x = randn({64, 1, 28, 28});
  const Tensor alone = images(x);
  set_num_threads(2);
  const Tensor together = images(x);
  set_num_threads(1);
  CHECK(difference(together, alone) == "");
}

TEST_CASE("programs for several shapes share their constants") {
  manual_seed(6);
  const Sequential model = trained(Sequential{Linear(400, 500), BatchNorm1d(500), ReLU(), Linear(500, 10)});
  const FrozenModule frozen = freeze(model);
  const std::size_t weights = 4 * (400 * 500 + 500 * 10);
  frozen(ones({1, 400}));
  const std::size_t before = memory_stats().live;
  for (std::int64_t n = 2; n < 12; ++n) frozen(ones({n, 400}));
  CHECK(memory_stats().live < before + weights);
}

TEST_CASE("derivatives take a frozen module's results as constants") {
  const FrozenModule frozen = freeze(trained(Sequential{Linear(2, 3), BatchNorm1d(3)}));
  const Tensor x = tensor({{1, 2}});
  Tape tape;
  const Tensor w = ones({3});
  const Tensor features = frozen(x * 2);
  const Tensor loss = sum(features * w);
  CHECK(difference(tape.gradient(loss, w), features[0]) == "");
  CHECK(lacks(error_of([&] { tape.gradient(loss, x); }), {"gradient"}) == "");
}

TEST_CASE("a frozen module in a module of one's own, with a Tape and without") {
  class Head : public Module {
   public:
    explicit Head(FrozenModule body) : Module("Head"), body_(std::move(body)) {}
    Tensor forward(const Tensor& x) const override { return linear(body_(x)); }
    FrozenModule body_;
    Linear linear = register_module("linear", Linear(3, 1));
  };
  const Sequential body = trained(Sequential{Linear(2, 3), BatchNorm1d(3)});
  const Head head{freeze(body)};
  const Tensor x = tensor({{1, 2}});
  CHECK(difference(head(x), head.linear(body(x)), close) == "");
  Tape tape;
  CHECK(difference(tape.gradient(sum(head(x)), head.linear.weight), body(x), close) == "");
  CHECK(difference(freeze(head)(x), head(x), close) == "");
  CHECK(difference(vmap(TensorFunction(head.body_))(x.reshape({1, 1, 2})), body(x).reshape({1, 1, 3}), close) == "");
}

TEST_CASE("inputs that a module does not take, and modules that cannot be frozen") {
  const FrozenModule frozen = freeze(mlp());
  CHECK(error_of([&] {
          frozen(ones({1, 21}));
        }) == error_of([&] {
          Sequential model = mlp();
          model.eval();
          model(ones({1, 21}));
        }));
  CHECK(lacks(error_of([&] { frozen(Tensor()); }), {"undefined"}) == "");
  std::vector<float> y(9);
  CHECK(lacks(error_of([&] { frozen.run(ones({1, 20}), y); }), {"9 numbers", "(1, 10)", "float32"}) == "");
  std::vector<double> y64(10);
  CHECK(lacks(error_of([&] { frozen.run(ones({1, 20}), y64); }), {"float64", "float32"}) == "");
  CHECK(lacks(error_of([&] { frozen.run(std::vector<float>(19), {1, 20}, y); }), {"19", "(1, 20)"}) == "");
  CHECK(lacks(error_of([&] { freeze(Function([](const Tensor& x) { return x * x.sum().item(); }))(ones({2})); }),
              {"freeze", "depends on the inputs", "(2,)"}) == "");
  CHECK(lacks(error_of([&] { freeze(Function([](const Tensor& x) { return x + rand({2}); }))(ones({2})); }),
              {"freeze", "random numbers", "Function"}) == "");
  CHECK(lacks(error_of([&] { freeze(Counter())(ones({2})); }), {"freeze", "'count'", "Counter"}) == "");
  Sequential gone = mlp();
  const Sequential other = std::move(gone);
  CHECK(lacks(error_of([&] { freeze(gone); }), {"freeze", "moved from"}) == "");
  FrozenModule first = freeze(other);
  const FrozenModule second = std::move(first);
  CHECK(lacks(error_of([&] { first(ones({1, 20})); }), {"moved from"}) == "");
  // After a refusal a frozen module works as before.
  CHECK(frozen(ones({1, 20})).shape() == Shape{1, 10});
}

TEST_CASE("kernels that refuse a value, in a module that is frozen") {
  const FrozenModule frozen = freeze(Embedding(4, 3));
  const std::vector<std::int64_t> good{3}, bad{4};
  std::vector<float> y(3), expected(3);
  frozen.run(good, {1}, expected);
  CHECK(error_of([&] { frozen.run(bad, {1}, y); }) != "");
  frozen.run(good, {1}, y);
  CHECK(y == expected);
}

TEST_CASE("frozen modules are printed") {
  std::ostringstream text;
  text << freeze(Linear(2, 3));
  CHECK(text.str() == "FrozenModule(Linear(in_features=2, out_features=3, bias=True))");
}

TEST_CASE("calls of a frozen module compute nothing else that waits") {
  const FrozenModule frozen = freeze(trained(mlp()));
  const Tensor x = eye(20);
  eval(x);
  const Tensor waiting = Embedding(4, 3)(tensor({9}, int64));  // would be refused
  CHECK(frozen(x).shape() == Shape{20, 10});
  CHECK(error_of([&] { eval(waiting); }) != "");
}

}  // namespace xgrad::nn
