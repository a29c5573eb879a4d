#include <doctest/doctest.h>

#include <sstream>
#include <thread>

#include <autograd/differentiate/gradcheck.hpp>
#include <data/combine.hpp>
#include <data/loader.hpp>
#include <nn/nn.hpp>

#include "../autograd/expect.hpp"

namespace xgrad::nn {

using test::difference;
using test::error_of;
using test::lacks;

namespace {

/// The example of module.hpp.
class Residual : public Module {
 public:
  explicit Residual(std::int64_t features) : Module("Residual"), features_(features) {}

  Tensor forward(const Tensor& x) const override { return x + scale * tanh(inner(x)); }

 private:
  std::int64_t features_;

 public:
  Linear inner = register_module("inner", Linear(features_, features_));
  Parameter scale = register_parameter("scale", ones({features_}));
  Buffer calls = register_buffer("calls", zeros({}, int64));
};

/// Registers what it is told to.
class Registrar : public Module {
 public:
  Registrar() : Module("Registrar") {}
  using Module::register_buffer;
  using Module::register_module;
  using Module::register_parameter;
};

std::vector<std::string> names(const NamedParameters& entries) {
  std::vector<std::string> result;
  for (const auto& [name, entry] : entries) result.push_back(name);
  return result;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("names are hierarchical, a module's own entries before those of its submodules") {
  const Sequential model{Linear(3, 4), Sequential{Residual(4), BatchNorm1d(4)}};
  CHECK(names(model.named_parameters()) ==
        Names{"0.weight", "0.bias", "1.0.scale", "1.0.inner.weight", "1.0.inner.bias", "1.1.weight", "1.1.bias"});
  CHECK(names(model.named_buffers()) ==
        Names{"1.0.calls", "1.1.running_mean", "1.1.running_var", "1.1.num_batches_tracked"});
  CHECK(names(model.named_state()) == Names{"0.weight", "0.bias", "1.0.scale", "1.0.calls", "1.0.inner.weight",
                                            "1.0.inner.bias", "1.1.weight", "1.1.bias", "1.1.running_mean",
                                            "1.1.running_var", "1.1.num_batches_tracked"});
  CHECK(model.parameters().name(2) == "1.0.scale");
}

TEST_CASE("trainable numbers are counted, buffers are not") {
  CHECK(Linear(784, 100).parameter_count() == 78500);
  CHECK(Linear(784, 100, {.bias = false}).parameter_count() == 78400);
  CHECK(Sequential{Linear(10, 4), BatchNorm1d(4), Tanh()}.parameter_count() == 44 + 8);
}

TEST_CASE("what is registered twice is trained once and saved under both names") {
  const Linear shared(2, 2);
  const Sequential model{shared, Tanh(), shared};
  CHECK(names(model.named_parameters()) == Names{"0.weight", "0.bias"});
  CHECK(model.parameter_count() == 6);
  CHECK(names(model.named_state()) == Names{"0.weight", "0.bias", "2.weight", "2.bias"});
}

TEST_CASE("copies share parameters, buffers and the mode") {
  Sequential model{Linear(2, 2), Dropout(0.5)};
  const Sequential copy = model;
  const Module plain = model;
  model.parameters()[0].set(tensor({{1, 2}, {3, 4}}));
  CHECK(difference(copy.parameters()[0], {{1, 2}, {3, 4}}) == "");
  CHECK(difference(plain.parameters()[0], {{1, 2}, {3, 4}}) == "");
  model.eval();
  CHECK_FALSE(copy.is_training());
  CHECK_FALSE(copy[1].is_training());
  CHECK_FALSE(plain.is_training());
}

TEST_CASE("train and eval reach all submodules; modules start in training mode") {
  Sequential model{Sequential{Residual(2)}, BatchNorm1d(2)};
  const Module inner = model[0].children()[0].second.children()[0].second;
  CHECK(inner.type_name() == "Linear");
  CHECK(inner.is_training());
  model.eval();
  CHECK_FALSE(inner.is_training());
  CHECK_FALSE(model[1].is_training());
  model.train();
  CHECK(inner.is_training());
}

TEST_CASE("a module of one's own works by value, wherever a module can stand") {
  Residual residual(3);
  const Tensor x = tensor({{1, 2, 3}, {-1, 0, 1}});
  const Tensor expected = x + residual.scale * tanh(matmul(x, residual.inner.weight.value().T()) + residual.inner.bias);
  const auto close = [&](const Tensor& y) { return difference(y, expected, {.rtol = 1e-6, .atol = 1e-6}); };
  CHECK(close(residual(x)) == "");
  Module module = Tanh();
  CHECK(difference(module(x), tanh(x)) == "");
  module = residual;
  CHECK(close(module(x)) == "");
  const Sequential model{residual, Sequential{}};
  CHECK(close(model(x)) == "");
  const std::vector<Module> modules{Tanh(), residual, model};
  CHECK(close(modules[1](x)) == "");
  residual.scale.set(zeros({3}));
  CHECK(difference(model(x), x) == "");
}

TEST_CASE("a module of one's own has right gradients") {
  const Residual residual(3);
  Module(residual).to(float64);
  const auto f = [&](const std::vector<Tensor>& in) {
    residual.inner.weight.set(in[1]);
    residual.inner.bias.set(in[2]);
    residual.scale.set(in[3]);
    return residual(in[0]);
  };
  Generator generator(1);
  const auto check = gradcheck(f,
                               {randn({2, 3}, float64, generator), randn({3, 3}, float64, generator),
                                randn({3}, float64, generator), randn({3}, float64, generator)},
                               {.order = 2});
  INFO(check.message);
  CHECK(check.passed);
}

TEST_CASE("modules print as in PyTorch") {
  const Sequential model{Linear(784, 100), BatchNorm1d(100), Sequential{Dropout(0.25), Residual(3)}, Tanh()};
  std::ostringstream text;
  text << model;
  CHECK(text.str() ==
        "Sequential(\n"
        "  (0): Linear(in_features=784, out_features=100, bias=True)\n"
        "  (1): BatchNorm1d(100, eps=1e-05, momentum=0.1, affine=True, track_running_stats=True)\n"
        "  (2): Sequential(\n"
        "    (0): Dropout(p=0.25)\n"
        "    (1): Residual(\n"
        "      (inner): Linear(in_features=3, out_features=3, bias=True)\n"
        "    )\n"
        "  )\n"
        "  (3): Tanh()\n"
        ")");
  CHECK(to_string(Sequential()) == "Sequential()");
  CHECK(to_string(Flatten()) == "Flatten(start_axis=1)");
  CHECK(to_string(Flatten(0, 1)) == "Flatten(start_axis=0, end_axis=1)");
  CHECK(to_string(BatchNorm1d(2, {.momentum = {}, .running_variance = RunningVariance::biased})) ==
        "BatchNorm1d(2, eps=1e-05, momentum=None, affine=True, track_running_stats=True, running_variance=biased)");
}

TEST_CASE("a module with arguments and submodules prints both") {
  class Scaled : public Registrar {
   public:
    std::string arguments() const override { return "scale=2"; }
  };
  Scaled scaled;
  scaled.register_module("inner", Tanh());
  CHECK(to_string(Module(scaled)) == "Registrar(\n  scale=2\n  (inner): Tanh()\n)");
}

TEST_CASE("a module converts floating-point entries and leaves the others") {
  Sequential model{Linear(2, 2), BatchNorm1d(2)};
  const Parameter weight = model.parameters()[0];
  const std::vector<float> before = weight.value().to_vector<float>();
  model.eval();
  model.to(float64);
  std::string elsewhere;  // what still waits for its run can be used on one thread only
  std::thread([&] { elsewhere = error_of([&] { eval(model(tensor({{1, 2}, {3, 4}}, float64))); }); }).join();
  CHECK(elsewhere == "no Error");
  for (const auto& [name, entry] : model.named_state())
    CHECK(entry.dtype() == (name == "1.num_batches_tracked" ? int64 : float64));
  CHECK(weight.value().to_vector<float>() == before);
  CHECK(model(tensor({{1, 2}, {3, 4}}, float64)).dtype() == float64);
  CHECK(lacks(error_of([&] { model.to(int64); }), {"Sequential", "int64", "float32, float64 or bfloat16"}) == "");
}

TEST_CASE("names that cannot be looked up are refused") {
  Registrar module;
  module.register_parameter("a", tensor({1}));
  CHECK(lacks(error_of([&] { module.register_parameter("a", tensor({1})); }), {"Registrar", "'a'", "already"}) == "");
  CHECK(lacks(error_of([&] { module.register_buffer("a", tensor({1})); }), {"'a'", "already"}) == "");
  CHECK(lacks(error_of([&] { module.register_module("a", Tanh()); }), {"'a'", "already"}) == "");
  CHECK(lacks(error_of([&] { module.register_module("a.b", Tanh()); }), {"'a.b'", "dot"}) == "");
  CHECK(lacks(error_of([&] { module.register_buffer("", tensor({1})); }), {"''", "empty"}) == "");
  CHECK(lacks(error_of([&] { module.register_parameter("n", tensor({1}, int64)); }), {"'n'", "int64"}) == "");
  CHECK(names(module.named_state()) == Names{"a"});
}

TEST_CASE("a class without forward says so") {
  CHECK(lacks(error_of([] { Registrar()(tensor({1})); }), {"Registrar", "does not override forward"}) == "");
}

TEST_CASE("errors name the place in the network") {
  const Sequential model{Linear(4, 3), Sequential{Tanh(), Linear(5, 2)}};
  CHECK(lacks(error_of([&] { model(zeros({7, 4})); }), {"Linear '1.1'", "(7, 3)", "(..., 5)", "(2, 5)"}) == "");
}

TEST_CASE("a model that does not change answers several threads at once, as it answers one") {
  Sequential model{Linear(4, 8), BatchNorm1d(8), Tanh(), Dropout(0.5), Linear(8, 3)};
  model.eval();
  Generator generator(9);
  const Tensor x = randn({5, 4}, float32, generator);
  const Tensor expected = model(x);
  eval({x, expected});
  std::vector<std::string> results(8);
  std::vector<std::thread> threads;
  for (std::string& result : results)
    threads.emplace_back([&] {
      for (int i = 0; i < 20 && result.empty(); ++i) result = test::difference(model(x), expected);
    });
  for (std::thread& thread : threads) thread.join();
  for (const std::string& result : results) CHECK(result == "");
}

TEST_CASE("eight threads that train at once, with loaders and generators of their own, get the weights of one") {
  Generator generator(4);
  const Tensor images = randn({48, 1, 6, 6}, float32, generator), labels = randint(0, 3, {48}, generator);
  eval({images, labels});
  const auto trained = [&](std::uint64_t number) {
    manual_seed(number);
    Sequential model{Conv2d(1, 4, 3, {.padding = 1}), BatchNorm2d(4), ReLU(), Dropout(0.2), Flatten(), Linear(144, 3)};
    optim::Adam adam(model.parameters(), {.lr = 0.01});
    data::Loader loader(data::TensorDataset(images, labels),
                        {.batch_size = 12, .workers = 1, .sampler = data::RandomSampler(48, {.seed = number})});
    for (int epoch = 0; epoch < 2; ++epoch)
      for (const auto& [x, y] : loader) {
        const Tape tape;
        adam.step(tape.gradient(cross_entropy(model(x), y), model.parameters()));
      }
    std::vector<Tensor> weights;
    for (const auto& parameter : model.parameters()) weights.push_back(parameter);
    for (const auto& [name, buffer] : model.named_buffers()) weights.push_back(buffer);
    eval(weights);
    return weights;
  };
  std::vector<std::vector<Tensor>> expected;
  for (std::uint64_t number = 0; number < 8; ++number) expected.push_back(trained(number));
  std::vector<std::string> results(8);
  std::vector<std::thread> threads;
  for (std::size_t number = 0; number < 8; ++number)
    threads.emplace_back([&, number] {
      const std::vector<Tensor> weights = trained(number);
      for (std::size_t i = 0; i < weights.size() && results[number].empty(); ++i)
        results[number] = test::difference(weights[i], expected[number][i]);
    });
  for (std::thread& thread : threads) thread.join();
  for (const std::string& result : results) CHECK(result == "");
}

}  // namespace xgrad::nn
