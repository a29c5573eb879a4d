// What crosses the border between a program and the shared library: exceptions and their types both ways, classes of
// the one that the other derives from, types of attributes, and variables of headers that both sides use.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>
#include <typeinfo>
#include <vector>

#include <autograd/autograd.hpp>
#include <autograd/kernel/array.hpp>
#include <autograd/recorder.hpp>
#include <autograd/vjp.hpp>
#include <data/loader.hpp>
#include <data/synthetic.hpp>
#include <nn/nn.hpp>

using namespace xgrad;

namespace {

template <class F>
std::string error_of(F f) {
  try {
    f();
  } catch (const Error& error) {
    return error.what();
  }
  return "no Error";
}

/// x times a number, which stands in attributes of a type of the library's.
Tensor scaled(const Tensor& x, std::uint64_t factor);

void scaled_kernel(const run::Call& call) {
  run::BufferHandle storage;
  const run::Array x = run::contiguous(call.inputs[0], storage);
  const auto factor = static_cast<float>(call.attributes.as<ReducedAxes>().mask);
  if (factor == 13) throw std::logic_error("13 is refused");
  for (std::int64_t i = 0; i < x.shape.elements(); ++i) call.result.as<float>()[i] = factor * x.as<float>()[i];
}

void scaled_vjp(Vjp& v) { v.give(0, scaled(v.cotangent(), v.attributes().as<ReducedAxes>().mask)); }

const Primitive scaled_primitive{.name = "scaled",
                                 .doc = "a multiple",
                                 .vjp = &scaled_vjp,
                                 .reads = 0,
                                 .traits = BlockTraits{.kernel = &scaled_kernel}};

Tensor scaled(const Tensor& x, std::uint64_t factor) {
  return record1(scaled_primitive, x, x.shape(), x.dtype(), ReducedAxes{factor});
}

/// A layer of the program's.
class Doubled : public nn::Module {
 public:
  Doubled() : Module("Doubled") {}
  Tensor forward(const Tensor& x) const override { return 2 * inner_(x); }

 private:
  nn::Linear inner_ = register_module("inner", nn::Linear(3, 2));
};

}  // namespace

TEST_CASE("an Error of the library is caught as what it is, and as what it derives from") {
  CHECK(error_of([] { ones({2}) + ones({3}); }).find("shapes (2,) and (3,)") != std::string::npos);
  CHECK_THROWS_AS(eval(log(ones({2})).reshape({3})), std::runtime_error);
  try {
    tensor({1, 2}).item();
  } catch (const std::exception& error) {
    CHECK(typeid(error) == typeid(Error));
  }
}

TEST_CASE("an exception of the program's passes through a run of the library") {
  CHECK_THROWS_AS(eval(scaled(ones({2}), 13)), std::logic_error);
}

TEST_CASE("a primitive of the program's has a kernel, a derivative, and attributes of a type of the library's") {
  const Tensor x = tensor({1, 2, 3});
  Tape tape;
  const Tensor y = sum(square(scaled(x, 3)));
  CHECK(y.item() == 9 * 14);
  CHECK(tape.gradient(y, x).to_vector<float>() == std::vector<float>{18, 36, 54});
}

TEST_CASE("modules derive from the library's, and are told apart by their types") {
  manual_seed(1);
  const nn::Sequential model{Doubled(), nn::Tanh()};
  const Tensor x = ones({4, 3});
  CHECK(model(x).shape() == Shape{4, 2});
  CHECK(model.parameters().size() == 2);
  CHECK(error_of([&] { model(ones({4, 5})); }).starts_with("Linear '0.inner'"));
  const nn::Linear layer(3, 2);
  const nn::Module& module = layer;
  CHECK(dynamic_cast<const nn::Linear*>(&module) != nullptr);
  CHECK(dynamic_cast<const nn::Conv2d*>(&module) == nullptr);
}

TEST_CASE("variables of headers are one on both sides") {
  CHECK(!detecting_anomaly());
  {
    const DetectAnomaly detect;
    CHECK(detecting_anomaly());
    CHECK(error_of([] { eval(log(tensor({0, 1}))); }).find("log") != std::string::npos);
  }
  const Called called("the_program");
  CHECK(error_of([] { ones({2}) + ones({3}); }).starts_with("the_program"));
}

TEST_CASE("a network trains") {
  manual_seed(1);
  nn::Sequential model{nn::Linear(784, 20), nn::BatchNorm1d(20), nn::Tanh(), nn::Linear(20, 10)};
  optim::Adam adam(model.parameters(), {.lr = 0.01});
  double first = std::numeric_limits<double>::quiet_NaN(), last = first;
  for (int epoch = 0; epoch < 3; ++epoch) {
    for (auto [x, y] : data::Loader(data::synthetic_digits(200, 1), {.batch_size = 50, .shuffle = true, .seed = 1})) {
      Tape tape;
      const Tensor loss = nn::cross_entropy(model(x), y);
      adam.step(tape.gradient(loss, model.parameters()));
      last = loss.item();
      if (std::isnan(first)) first = last;
    }
  }
  CHECK(last < first / 2);
}
