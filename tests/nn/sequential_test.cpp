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

}  // namespace xgrad::nn
