#include <doctest/doctest.h>

#include <nn/activations.hpp>
#include <nn/linear.hpp>
#include <nn/sequential.hpp>

#include <autograd/ops.hpp>

#include "../autograd/expect.hpp"

namespace xgrad::nn {

using test::difference;
using test::error_of;
using test::lacks;

TEST_CASE("modules are applied in order") {
  const Sequential model{ReLU(), Tanh()};
  const Tensor x = tensor({-1, 0.5, 2});
  CHECK(difference(model(x), tanh(relu(x))) == "");
  CHECK(difference(Sequential()(x), x) == "");
}

TEST_CASE("modules can be appended, and are shared with the caller's handle") {
  Sequential model;
  const Linear layer(2, 3);
  model.push_back(layer);
  model.push_back(Tanh());
  CHECK(model.size() == 2);
  CHECK(model.named_parameters()[0].first == "0.weight");
  CHECK(model.parameters()[0].id() == layer.weight.id());
  CHECK(model[1].type_name() == "Tanh");
}

TEST_CASE("a sequential of one sequential is a copy; appended, it is nested") {
  const Sequential inner{Linear(2, 2)};
  CHECK(Sequential{inner}.named_parameters()[0].first == "0.weight");
  Sequential outer;
  outer.push_back(inner);
  CHECK(outer.named_parameters()[0].first == "0.0.weight");
}

TEST_CASE("a module that is not there is an error") {
  const Sequential model{Tanh()};
  CHECK(lacks(error_of([&] { model[1]; }), {"Sequential", "module 1", "there are 1"}) == "");
}

TEST_CASE("modules have names of their own, in the state and where they are printed") {
  Sequential model{{"hidden", Linear(2, 3)}, {"squash", Tanh()}};
  model.push_back("out", Linear(3, 1));
  CHECK(model.size() == 3);
  CHECK(model.named_parameters()[0].first == "hidden.weight");
  CHECK(model.named_parameters()[2].first == "out.weight");
  CHECK(to_string(model).find("  (squash): Tanh()") != std::string::npos);
  const Tensor x = randn({4, 2});
  CHECK(difference(model(x), model[2](tanh(model[0](x)))) == "");
  CHECK(lacks(error_of([&] { model.push_back("out", Tanh()); }), {"Sequential", "'out'"}) == "");
  CHECK(lacks(error_of([&] { model.push_back("a.b", Tanh()); }), {"Sequential", "'a.b'"}) == "");
  CHECK(lacks(error_of([] { Sequential{{"a", Tanh()}, {"a", Tanh()}}; }), {"Sequential", "'a'"}) == "");
}

TEST_CASE("a sequential takes on the modules of another, or of itself") {
  Sequential model{Linear(2, 2)};
  model.extend({Tanh(), Linear(2, 2)});
  model.extend(model);
  CHECK(model.size() == 6);
  CHECK(model.parameters().size() == 4);  // shared
  const Tensor x = randn({4, 2});
  CHECK(difference(model(x), model[2](tanh(model[0](model[2](tanh(model[0](x))))))) == "");
}

}  // namespace xgrad::nn
