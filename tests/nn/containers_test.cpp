#include <doctest/doctest.h>

#include <nn/nn.hpp>

#include "../autograd/expect.hpp"

namespace xgrad::nn {
namespace {

using test::difference;
using test::error_of;
using test::lacks;
using Names = std::vector<std::string>;

template <class Entries>
Names names(const Entries& entries) {
  Names result;
  for (const auto& [name, entry] : entries) result.push_back(name);
  return result;
}

class Tower : public Module {
 public:
  explicit Tower(std::int64_t depth) : Module("Tower") {
    for (std::int64_t i = 0; i < depth; ++i) layers.push_back(Linear(3, 3, {.bias = false}));
  }

  Tensor forward(const Tensor& x) const override {
    Tensor y = x;
    for (const Module& layer : layers) y = y + tanh(layer(y));
    return heads["out"](y) * scales["a"];
  }

  ModuleList layers = register_module("layers", ModuleList());
  ModuleDict heads = register_module("heads", ModuleDict{{"out", Linear(3, 2)}, {"other", Identity()}});
  ParameterDict scales = register_module("scales", ParameterDict{{"b", ones({2})}, {"a", ones({2})}});
};

}  // namespace

TEST_CASE("modules in lists and by name belong to the module around them") {
  Tower tower(2);
  CHECK(names(tower.named_parameters()) ==
        Names{"layers.0.weight", "layers.1.weight", "heads.out.weight", "heads.out.bias", "scales.b", "scales.a"});
  CHECK(tower(ones({1, 3})).shape() == Shape{1, 2});
  CHECK(lacks(error_of([&] { tower(ones({1, 4})); }), {"Linear 'layers.0'", "(1, 4)"}) == "");
  CHECK(tower.heads.keys() == Names{"out", "other"});
  CHECK(tower.heads.contains("other"));
  CHECK_FALSE(tower.heads.contains("third"));

  const Tower copy = tower, deep = clone(tower);
  tower.heads.set("out", Linear(3, 4));
  tower.layers.replace(0, Linear(3, 3));
  tower.scales["a"] = Parameter(ones({4}) * 2.0);
  CHECK(copy(ones({1, 3})).shape() == Shape{1, 4});
  CHECK(deep(ones({1, 3})).shape() == Shape{1, 2});
  CHECK(names(copy.named_parameters())[1] == "layers.0.bias");
  tower.scales.set("a", ones({4}) * 3.0);
  CHECK(difference(copy.scales["a"], ones({4}) * 3.0) == "");
  deep.scales["a"] = Parameter(ones({2}) * 5.0);
  CHECK(difference(deep.named_parameters().back().second, ones({2}) * 5.0) == "");
}

TEST_CASE("lists of modules can be extended, and keep their modules' handles") {
  ModuleList list{Linear(2, 3), Tanh()};
  CHECK(list.size() == 2);
  const Linear last = list.push_back(Linear(3, 1));
  CHECK(list[2].parameters()[0].id() == last.weight.id());
  ModuleList twice = list;
  CHECK(twice.size() == 3);
  list.extend(ModuleList{ReLU()});
  CHECK(twice.size() == 4);
  list.extend(list);
  CHECK(list.size() == 8);
  CHECK(list.parameters().size() == 4);
  CHECK(to_string(ModuleList{Tanh()}) == "ModuleList(\n  (0): Tanh()\n)");
}

TEST_CASE("containers refuse what they do not have, and are no functions") {
  ModuleList list{Tanh()};
  CHECK(lacks(error_of([&] { list[1]; }), {"ModuleList", "module 1", "there are 1"}) == "");
  CHECK(lacks(error_of([&] { list.replace(1, Tanh()); }), {"ModuleList", "module 1"}) == "");
  CHECK(lacks(error_of([&] { list(ones({1})); }), {"ModuleList", "does not override forward"}) == "");
  ModuleDict dict{{"a", Tanh()}, {"b", ReLU()}};
  CHECK(lacks(error_of([&] { dict["c"]; }), {"ModuleDict", "'c'", "'a', 'b'"}) == "");
  CHECK(lacks(error_of([&] { dict.set("a.b", Tanh()); }), {"ModuleDict", "'a.b'"}) == "");
  ParameterDict parameters{{"w", ones({2})}};
  CHECK(lacks(error_of([&] { parameters["v"]; }), {"ParameterDict", "'v'", "'w'"}) == "");
  CHECK(lacks(error_of([&] { parameters.set("v", Tensor()); }), {"ParameterDict", "'v'", "undefined"}) == "");
  CHECK(lacks(error_of([&] { parameters.set("v", ones({2}, int64)); }), {"'v'", "int64"}) == "");
  CHECK(lacks(error_of([&] { parameters.set("", ones({2})); }), {"''"}) == "");
}

TEST_CASE("lists of parameters join: one optimizer for two networks") {
  const Linear a(2, 2), b(2, 1);
  const ParameterList both = a.parameters() + b.parameters();
  REQUIRE(both.size() == 4);
  CHECK(both.name(0) == "weight");
  CHECK(both.name(2) == "weight_2");
  CHECK((both + a.parameters()).size() == 4);
  ParameterList list;
  list.append(a.weight, "first");
  list.append(Parameter(ones({1})));
  list.extend(list);
  CHECK(list.size() == 2);
  CHECK(list.name(1) == "1");
  CHECK(lacks(error_of([&] { list.append(Parameter()); }), {"ParameterList::append", "undefined"}) == "");

  optim::Adam optimizer(both, {.lr = 0.1});
  const Tensor before = b.weight;
  const Tape tape;
  optimizer.step(tape.gradient(sum(b(a(ones({1, 2})))), both));
  CHECK(difference(b.weight, before) != "");
  optim::Adam other(both, {.lr = 0.1});
  other.load_state(optimizer.state());
}

}  // namespace xgrad::nn
