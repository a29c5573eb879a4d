#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <random>
#include <string>
#include <type_traits>
#include <vector>

#include <nn/nn.hpp>

#include "../autograd/expect.hpp"

// A member of a module and the entry that it was registered for are one, in every copy of the module; all other handles
// are plain values.
namespace xgrad::nn {
namespace {

using test::difference;
using test::error_of;
using test::lacks;

/// Where a parameter or buffer of a layer is, and a shape for it where the layer was made without.
template <class L>
struct Member {
  std::string name;
  std::function<Parameter&(L&)> in;
  Shape shape;
};

/// Of several layers of a class what assignment to its members does.
template <class L>
void check_members(const std::function<L()>& make, const Tensor& x, const std::vector<Member<L>>& members) {
  for (const Member<L>& member : members) {
    CAPTURE(make().type_name());
    CAPTURE(member.name);
    for (const bool through_copy : {false, true}) {
      L layer = make();
      L copy = layer;
      const Sequential inside{layer, Sequential(layer)};
      const Module plain = layer;
      const L deep = clone(layer);
      const Parameter former = member.in(layer), before = member.in(copy);
      const Parameter fresh(former.defined() ? former.value() * 0.5 + cast(1, former.dtype())
                                             : ones(member.shape, float32) * 0.5);
      member.in(through_copy ? copy : layer) = fresh;

      CHECK(member.in(layer).id() == fresh.id());
      CHECK(member.in(copy).id() == fresh.id());
      CHECK(member.in(layer).id() != member.in(const_cast<L&>(deep)).id());
      CHECK(former.id() == before.id());
      CHECK(former.id() != fresh.id());
      const auto entry_of = [&](const Module& module, const std::string& name) {
        for (const auto& [known, entry] : module.named_state())
          if (known == name) return entry.id();
        return std::uintptr_t{0};
      };
      CHECK(entry_of(layer, member.name) == fresh.id());
      CHECK(entry_of(plain, member.name) == fresh.id());
      CHECK(entry_of(inside, "0." + member.name) == fresh.id());
      CHECK(entry_of(inside, "1.0." + member.name) == fresh.id());
      CHECK(entry_of(deep, member.name) == (former.defined() ? member.in(const_cast<L&>(deep)).id() : 0));

      // What the layer computes is what another layer computes that was given the same state.
      L reference = make();
      if (!former.defined()) member.in(reference) = Parameter(ones(member.shape));
      load_state_dict(reference, state_dict(layer));
      for (Module module : {Module(layer), Module(copy), Module(reference), plain}) module.eval();
      const Tensor expected = reference(x);
      CHECK(difference(layer(x), expected) == "");
      CHECK(difference(copy(x), expected) == "");
      CHECK(difference(plain(x), expected) == "");
      CHECK(difference(Sequential(layer)(x), expected) == "");
      CHECK(difference(clone(layer)(x), expected) == "");

      // A copy of a copy is as good as the first, and taking a parameter away is seen as well.
      L late = copy;
      member.in(late) = former;
      CHECK(member.in(layer).id() == former.id());
      member.in(layer) = Parameter();
      CHECK(!member.in(late).defined());
      CHECK(entry_of(plain, member.name) == 0);
    }
  }
}

template <class L>
Member<L> member(std::string name, Parameter L::*place, const Shape& shape = {}) {
  return {std::move(name), [place](L& layer) -> Parameter& { return layer.*place; }, shape};
}

template <class L>
std::vector<Member<L>> weight_and_bias(const Shape& bias) {
  return {member<L>("weight", &L::weight), member<L>("bias", &L::bias, bias)};
}

template <class L>
std::vector<Member<L>> statistics(const Shape& shape) {
  return {member<L>("weight", &L::weight, shape), member<L>("bias", &L::bias, shape),
          member<L>("running_mean", &L::running_mean, shape), member<L>("running_var", &L::running_var, shape)};
}

template <class L>
std::vector<Member<L>> recurrent(bool bias) {
  std::vector<Member<L>> members;
  for (std::size_t place = 0; place < 4; ++place) {
    const std::string suffix = "_l" + std::to_string(place / 2) + (place % 2 == 0 ? "" : "_reverse");
    const auto add = [&](const std::string& name, Parameter Recurrent::Weights::*of) {
      members.push_back({name + suffix, [=](L& layer) -> Parameter& { return layer.weights[place].*of; }, {}});
    };
    add("weight_ih", &Recurrent::Weights::weight_ih);
    add("weight_hh", &Recurrent::Weights::weight_hh);
    if (bias) add("bias_ih", &Recurrent::Weights::bias_ih);
    if (bias) add("bias_hh", &Recurrent::Weights::bias_hh);
  }
  return members;
}

/// Parts in all the ways that a class may have them.
class Net : public Module {
 public:
  Net() : Module("Net") { body = register_module("body", Sequential{Linear(3, 3), Tanh()}); }

  Tensor forward(const Tensor& x) const override { return head(body(x)) * scale + offsets[0] + offsets[1]; }

  Parameter scale = register_parameter("scale", ones({2}));
  Sequential body;
  Linear head = register_module("head", Linear(3, 2));
  Shared<std::vector<Parameter>> offsets{std::vector<Parameter>(2)};

  void fill() {
    for (std::size_t i = 0; i < 2; ++i) offsets[i] = register_parameter("offset" + std::to_string(i), zeros({2}));
  }
};

Net make_net() {
  Net net;
  net.fill();
  return net;
}

template <class M>
std::vector<std::string> names(const M& entries) {
  std::vector<std::string> result;
  for (const auto& [name, entry] : entries) result.push_back(name);
  return result;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("what is assigned to a layer's member is its entry, for every layer") {
  const Tensor x = arange(0, 12, 1, float32).reshape({4, 3}) * 0.25 - 1.0;
  for (const bool has : {true, false}) {
    check_members<Linear>([&] { return Linear(3, 2, {.bias = has}); }, x, weight_and_bias<Linear>({2}));
    check_members<Conv1d>([&] { return Conv1d(3, 2, 2, {.bias = has}); }, x.reshape({1, 3, 4}),
                          weight_and_bias<Conv1d>({2}));
    check_members<Conv2d>([&] { return Conv2d(3, 2, 2, {.bias = has}); }, x.reshape({1, 3, 2, 2}),
                          weight_and_bias<Conv2d>({2}));
    check_members<ConvTranspose2d>([&] { return ConvTranspose2d(3, 2, 2, {.bias = has}); }, x.reshape({1, 3, 2, 2}),
                                   weight_and_bias<ConvTranspose2d>({2}));
    check_members<BatchNorm1d>([&] { return BatchNorm1d(3, {.affine = has}); }, x, statistics<BatchNorm1d>({3}));
    check_members<BatchNorm2d>([&] { return BatchNorm2d(3, {.affine = has, .track_running_stats = has}); },
                               x.reshape({1, 3, 2, 2}), statistics<BatchNorm2d>({3}));
    check_members<InstanceNorm1d>([&] { return InstanceNorm1d(3, {.affine = has, .track_running_stats = has}); },
                                  x.reshape({1, 3, 4}), statistics<InstanceNorm1d>({3}));
    check_members<InstanceNorm2d>([&] { return InstanceNorm2d(3, {.affine = has}); }, x.reshape({1, 3, 2, 2}),
                                  statistics<InstanceNorm2d>({3}));
    check_members<LayerNorm>(
        [&] { return LayerNorm(3, {.elementwise_affine = has}); }, x,
        {member<LayerNorm>("weight", &LayerNorm::weight, {3}), member<LayerNorm>("bias", &LayerNorm::bias, {3})});
    check_members<RMSNorm>([&] { return RMSNorm(3, {.elementwise_affine = has}); }, x,
                           {member<RMSNorm>("weight", &RMSNorm::weight, {3})});
    check_members<GroupNorm>(
        [&] { return GroupNorm(1, 3, {.affine = has}); }, x,
        {member<GroupNorm>("weight", &GroupNorm::weight, {3}), member<GroupNorm>("bias", &GroupNorm::bias, {3})});
    const RecurrentOptions options{.num_layers = 2, .bias = has, .bidirectional = true};
    check_members<RNN>([&] { return RNN(3, 2, options); }, x, recurrent<RNN>(has));
    check_members<LSTM>([&] { return LSTM(3, 2, options); }, x, recurrent<LSTM>(has));
    check_members<GRU>([&] { return GRU(3, 2, options); }, x, recurrent<GRU>(has));
  }
  check_members<PReLU>([] { return PReLU(3); }, x, {member("weight", &PReLU::weight)});
  check_members<Embedding>([] { return Embedding(4, 3); }, tensor({0, 3, 1}, int64),
                           {member<Embedding>("weight", &Embedding::weight)});
}

TEST_CASE("weights are tied by assignment: one parameter, saved once, and optimizers know") {
  class Decoder : public Module {
   public:
    Decoder() : Module("Decoder") {}
    Tensor forward(const Tensor& x) const override { return head(wte(x)); }
    Embedding wte = register_module("wte", Embedding(5, 4));
    Linear head = register_module("head", Linear(4, 5, {.bias = false}));
  };
  Decoder model;
  const Sequential wrapped{model};
  optim::SGD before(model.parameters(), {.lr = 0.1});
  model.head.weight = model.wte.weight;
  CHECK(names(model.named_parameters()) == Names{"wte.weight"});
  CHECK(names(wrapped.named_parameters()) == Names{"0.wte.weight"});
  CHECK(names(model.named_state()) == Names{"wte.weight", "head.weight"});
  optim::SGD after(wrapped.parameters(), {.lr = 0.1});
  const Tensor tokens = tensor({1, 2, 3}, int64), expected = model.wte.weight.value();
  {
    const Tape tape;
    const Tensor loss = sum(square(wrapped(tokens)));
    after.step(tape.gradient(loss, wrapped.parameters()));
  }
  CHECK(difference(model.head.weight, model.wte.weight) == "");
  CHECK(difference(model.head.weight, expected) != "");
  const std::vector<Tensor> two{zeros({5, 4}), zeros({5, 4})};
  CHECK(lacks(error_of([&] { before.step(two); }), {"SGD::step", "'head.weight'", "'wte.weight'", "twice"}) == "");
  // And apart again, by another parameter.
  model.head.weight = Parameter(ones({5, 4}));
  CHECK(wrapped.parameters().size() == 2);
}

TEST_CASE("an optimizer follows what is assigned to a member, and says so where it cannot") {
  Linear layer(2, 2);
  const Module other = layer;
  optim::Adam adam(layer.parameters(), {.lr = 0.5});
  layer.weight = Parameter(tensor({{1, 0}, {0, 1}}));
  adam.step({ones({2, 2}), zeros({2})});
  CHECK(difference(layer.weight, {{0.5, -0.5}, {-0.5, 0.5}}, {.rtol = 1e-5}) == "");
  layer.weight = Parameter(ones({2, 3}));
  CHECK(lacks(error_of([&] {
                adam.step({ones({2, 3}), zeros({2})});
              }),
              {"Adam::step", "'weight' became float32 (2, 3)", "make a new one"}) == "");
  layer.weight = Parameter(ones({2, 2}));
  layer.bias = Parameter();
  CHECK(lacks(error_of([&] { adam.step({ones({2, 2}), zeros({2})}); }), {"'bias' was taken from its module"}) == "");

  Net net = make_net();
  optim::SGD sgd(net.parameters());
  std::vector<Tensor> gradients;
  for (const Parameter& parameter : net.parameters()) gradients.push_back(zeros_like(parameter.value()));
  sgd.step(gradients);
  net.head = Linear(3, 2);
  CHECK(lacks(error_of([&] { sgd.step(gradients); }), {"'head.weight'", "replaced by another", "make a new one"}) ==
        "");
}

TEST_CASE("handles that are no members are plain values, whatever is done to them") {
  const Linear layer(2, 2), twin = layer;
  const Module plain = layer;
  struct {
    Module slice;
    Parameter behind;  // lies where the weight of a Linear would
  } next{layer, layer.weight};
  std::mt19937 draw(7);
  const auto below = [&](std::size_t n) { return static_cast<std::size_t>(draw() % n); };
  std::vector<Parameter> slots{layer.weight, layer.bias};
  for (int i = 0; i < 6; ++i) slots.emplace_back(ones({2, 2}) * i);
  std::vector<Parameter> handles = slots;
  std::vector<std::size_t> model{0, 1, 2, 3, 4, 5, 6, 7};
  Parameter best;
  for (int step = 0; step < 2000; ++step) {
    const std::size_t i = below(handles.size()), j = below(handles.size());
    switch (below(7)) {
      case 0:
        handles[i] = handles[j];
        model[i] = model[j];
        break;
      case 1:
        std::swap(handles[i], handles[j]);
        std::swap(model[i], model[j]);
        break;
      case 2:
        if (handles.size() < 4) break;
        handles.erase(handles.begin() + static_cast<std::ptrdiff_t>(i));
        model.erase(model.begin() + static_cast<std::ptrdiff_t>(i));
        break;
      case 3:
        handles.push_back(slots[i % slots.size()]);
        model.push_back(i % slots.size());
        break;
      case 4: {
        const auto order = [&](const Parameter& p) {
          return std::ranges::find(slots, p.id(), &Parameter::id) - slots.begin();
        };
        std::ranges::sort(handles, {}, order);
        std::ranges::sort(model);
        break;
      }
      case 5:
        best = handles[i];
        handles[j] = best;
        model[j] = model[i];
        break;
      default:
        next.behind = handles[i];
        handles[j] = next.behind;
        model[j] = model[i];
        break;
    }
    for (std::size_t k = 0; k < handles.size(); ++k) REQUIRE(handles[k].id() == slots[model[k]].id());
    REQUIRE(layer.weight.id() == slots[0].id());
    REQUIRE(twin.bias.id() == slots[1].id());
  }
  CHECK(plain.parameters()[0].id() == slots[0].id());
}

TEST_CASE("members can be swapped, and a handle to a former parameter keeps it") {
  Linear a(2, 2), b(2, 2);
  const Module plain_a = a, plain_b = b;
  const std::uintptr_t first = a.weight.id(), second = b.weight.id();
  const Parameter kept = a.weight;
  std::swap(a.weight, b.weight);
  CHECK(a.weight.id() == second);
  CHECK(plain_a.parameters()[0].id() == second);
  CHECK(plain_b.parameters()[0].id() == first);
  CHECK(kept.id() == first);
  std::swap(a, b);
  CHECK(a.weight.id() == first);
  CHECK(a.parameters()[0].id() == first);
  a.weight = Parameter(zeros({2, 2}));
  CHECK(difference(plain_b.parameters()[0], zeros({2, 2})) == "");
  CHECK(plain_a.parameters()[0].id() == second);
}

TEST_CASE("a module that is assigned takes on the other's entries, and its members with them") {
  Linear a(2, 2), b(3, 1);
  const std::uintptr_t former = a.weight.id();
  const Module plain_a = a;
  a = b;
  CHECK(a.weight.id() == b.weight.id());
  Net first = make_net(), second = make_net();
  const Net kept = first;
  std::swap(first, second);
  first.scale = Parameter(zeros({2}));
  first.head.bias = Parameter(zeros({2}));
  first.head = Linear(3, 2);
  CHECK(difference(kept.scale, ones({2})) == "");
  CHECK(second.head.weight.id() == kept.head.weight.id());
  CHECK(first.head.weight.id() != kept.head.weight.id());
  CHECK(first.parameters()[3].id() == first.head.weight.id());
  second.head = Linear(3, 2);
  CHECK(second.head.weight.id() == kept.head.weight.id());
  CHECK(plain_a.parameters()[0].id() == former);
  a.weight = Parameter(ones({1, 3}));
  CHECK(b.weight.id() == a.weight.id());
  CHECK(plain_a.parameters()[0].id() == former);
  BatchNorm1d c(2), d(3);
  c = d;
  c.running_mean = Buffer(ones({3}));
  CHECK(d.running_mean.id() == c.running_mean.id());
  CHECK(d.named_buffers()[0].second.id() == c.running_mean.id());
}

TEST_CASE("a member module that is assigned replaces the registered one, in all copies") {
  const Tensor x = tensor({{1, 2, 3}});
  Net net = make_net();
  Net copy = net;
  const Sequential inside{net};
  const Module plain = net;
  net.head = Linear(3, 4);
  CHECK(lacks(error_of([&] { eval(net(x)); }), {"(1, 4)", "(2,)"}) == "");
  net.head = Linear(3, 2);
  CHECK(copy.head.weight.id() == net.head.weight.id());
  CHECK(difference(copy(x), net(x)) == "");
  CHECK(difference(inside(x), net(x)) == "");
  CHECK(difference(plain(x), net(x)) == "");
  const NamedParameters parameters = inside.named_parameters();
  CHECK(names(parameters) ==
        Names{"0.scale", "0.offset0", "0.offset1", "0.head.weight", "0.head.bias", "0.body.0.weight", "0.body.0.bias"});
  CHECK(parameters[3].second.id() == net.head.weight.id());
  copy.head.weight = Parameter(zeros({2, 3}));
  copy.body = Sequential{Tanh()};
  CHECK(difference(net(x), zeros({1, 2}) + net.head.bias.value()) == "");
  CHECK(difference(inside(x), net(x)) == "");
  CHECK(names(net.named_parameters()) == Names{"scale", "offset0", "offset1", "head.weight", "head.bias"});
  net.eval();
  CHECK(!copy.body.is_training());
  // The member that was assigned from stays a module of its own.
  Linear apart = net.head;
  apart = Linear(3, 7);
  CHECK(net.head.weight.shape() == Shape{2, 3});
  CHECK(lacks(error_of([&] { net.body = Sequential{net}; }), {"Net", "'body'", "contains"}) == "");
}

TEST_CASE("elements of a shared container are members, in copies and clones, too") {
  const Tensor x = tensor({{1, 2, 3}});
  Net net = make_net();
  Net copy = net;
  const Module plain = net;
  const Tensor before = net(x);
  copy.offsets[1] = Parameter(ones({2}));
  CHECK(difference(net(x), before + 1) == "");
  CHECK(difference(plain(x), before + 1) == "");
  Net deep = clone(net);
  deep.offsets[0] = Parameter(ones({2}));
  CHECK(difference(net(x), before + 1) == "");
  CHECK(difference(deep(x), before + 2, {.rtol = 1e-6}) == "");
  CHECK(difference(Module(deep)(x), deep(x)) == "");
}

TEST_CASE("a registered value cannot be kept as a tensor, and a registered parameter shares its slot") {
  static_assert(!std::is_convertible_v<Registered, Tensor>);
  static_assert(std::is_convertible_v<Registered, Parameter>);
  class Alias : public Module {
   public:
    explicit Alias(const Parameter& shared) : Module("Alias"), own(register_parameter("alias", shared)) {}
    Tensor forward(const Tensor& x) const override { return x * own; }
    Parameter own;
  };
  const Parameter shared(ones({2}));
  Alias a(shared), b(shared);
  CHECK(a.parameters()[0].id() == shared.id());
  CHECK(b.own.id() == shared.id());
  a.own = Parameter(zeros({2}));
  CHECK(b.own.id() == shared.id());
  CHECK(lacks(error_of([&] { a.own = Parameter(zeros({2}, int64)); }), {"Alias", "int64 (2,)", "'alias'"}) == "");
}

TEST_CASE("parts that were not registered are refused at their first use") {
  class Parts : public Module {
   public:
    Parts() : Module("Parts") {}
    Tensor forward(const Tensor& x) const override {
      switch (which) {
        case 0:
          return fc(x);
        case 1:
          return drop(x);
        case 2:
          return x * weight;
        case 3:
          return drop.forward(x) + weight.value();
        case 4:
          return alone(ReLU()(Sequential{}(x)));
        default:
          return recurrent(x);
      }
    }
    int which = 0;
    Linear fc{2, 2};
    Dropout drop{0.5};
    Parameter weight{ones({2})};
    Linear alone = standalone(Linear(2, 2));
    GRU recurrent = register_module("recurrent", GRU(2, 2, {.num_layers = 2, .dropout = 0.5}));
  };
  Parts parts;
  const Tensor x = tensor({{1, 2}});
  const auto error = [&](int which) {
    parts.which = which;
    return error_of([&] { eval(parts(x)); });
  };
  CHECK(lacks(error(0), {"Parts: ", "Linear", "register_module", "standalone"}) == "");
  CHECK(lacks(error(1), {"Parts: ", "Dropout", "register_module", "train() and eval()"}) == "");
  CHECK(lacks(error(2), {"Parts: ", "Parameter, float32 (2,)", "register_parameter", "value()"}) == "");
  for (const int fine : {3, 4, 5}) CHECK(error(fine) == "no Error");
  CHECK(difference(parts.fc(x), parts.fc.forward(x)) == "");  // outside of any module they are modules like others
  parts.which = 0;
  const Sequential outer{parts, Tanh()};
  CHECK(lacks(error_of([&] { outer(x); }), {"Parts '0': "}) == "");
  CHECK(error_of([&] { eval(parts.fc(x)); }) == "no Error");  // nothing counts as applied after an exception
}

TEST_CASE("a part may be applied by any module around it, and by hooks") {
  class Outer : public Module {
   public:
    Outer() : Module("Outer") {}
    Tensor forward(const Tensor& x) const override {
      return body.inner(x) + matmul(x, static_cast<Tensor>(body.inner.weight).T());
    }
    class Body : public Module {
     public:
      Body() : Module("Body") {}
      Linear inner = register_module("inner", Linear(2, 2));
    } body = register_module("body", Body());
  };
  const Outer outer;
  CHECK(error_of([&] { eval(outer(ones({1, 2}))); }) == "no Error");
  const Linear probe(2, 2);
  outer.body.inner.register_forward_hook([&](const Module&, const Tensor&, const Tensor& y) {
    eval(probe(y));
    return Tensor();
  });
  CHECK(error_of([&] { eval(outer(ones({1, 2}))); }) == "no Error");
}

TEST_CASE("an optimizer without parameters is refused") {
  CHECK(lacks(error_of([] { optim::Adam(Tanh().parameters()); }), {"Adam", "no parameters", "register_module"}) == "");
  CHECK(lacks(error_of([] {
                optim::SGD({{Linear(1, 1).parameters(), {}}, {Tanh().parameters(), {}}});
              }),
              {"SGD", "group 1 has no parameters"}) == "");
}

TEST_CASE("a module cannot contain itself, and one that was moved from is refused") {
  Sequential model{Linear(2, 2)};
  CHECK(lacks(error_of([&] { model.push_back(model); }), {"Sequential", "this module"}) == "");
  Sequential outer{model};
  CHECK(lacks(error_of([&] { model.push_back(outer); }), {"Sequential", "contains"}) == "");
  CHECK(lacks(error_of([&] { model.replace(0, outer); }), {"Sequential", "contains"}) == "");
  CHECK(model.size() == 1);
  const Sequential taken = std::move(model);
  const std::vector<std::function<void()>> uses{
      [&] {
        model(ones({1, 2}));
      },
      [&] { model.parameters(); },
      [&] { model.train(); },
      [&] { model.is_training(); },
      [&] { model.push_back(Tanh()); },
      [&] { model.children(); },
      [&] { to_string(Module(model)); },
      [&] { clone(model); },
      [&] { model.to(float64); },
      [&] {
        Sequential{model, Tanh()};
      },
      [&] { state_dict(model); },
      [&] { model.type_name(); },
      [&] { model.register_forward_hook([](const Module&, const Tensor&, const Tensor& y) { return y; }); }};
  for (std::size_t i = 0; i < uses.size(); ++i) {
    CAPTURE(i);
    CHECK(lacks(error_of(uses[i]), {"moved from"}) == "");
  }
  CHECK(taken.size() == 1);
  model = taken;
  CHECK(model.size() == 1);
}

TEST_CASE("several modules can be returned as a Sequential, and one replaced") {
  const auto make = []() -> Sequential { return {Linear(2, 3), Tanh()}; };
  Sequential model = make();
  const Sequential copy = model;
  model.replace(1, Linear(3, 1));
  CHECK(copy(ones({4, 2})).shape() == Shape{4, 1});
  CHECK(names(copy.named_parameters()) == Names{"0.weight", "0.bias", "1.weight", "1.bias"});
  CHECK(lacks(error_of([&] { model.replace(2, Tanh()); }), {"Sequential", "module 2", "there are 2"}) == "");
  static_assert(!std::is_assignable_v<Module, Module>);  // model[1] = ... would change a copy
}

TEST_CASE("a clone shares nothing with its original") {
  Net net = make_net();
  net.head.weight = Parameter(ones({2, 3}));
  const Tensor x = tensor({{1, 2, 3}});
  net.eval();
  Net copy = clone(net);
  const Sequential wrapped = clone(Sequential{net, BatchNorm1d(2)});
  CHECK(!copy.is_training());
  CHECK(difference(copy(x), net(x)) == "");
  const NamedParameters own = net.named_state(), cloned = copy.named_state();
  REQUIRE(names(own) == names(cloned));
  for (std::size_t i = 0; i < own.size(); ++i) {
    CHECK(own[i].second.id() != cloned[i].second.id());
    CHECK(own[i].second.value().same_as(cloned[i].second.value()));
    CHECK(wrapped.named_state()[i].second.id() != own[i].second.id());
  }
  const Tensor before = net(x);
  for (const Parameter& parameter : copy.parameters()) parameter.set(zeros_like(parameter.value()));
  CHECK(difference(net(x), before) == "");
  CHECK(difference(copy(x), zeros({1, 2})) == "");
  CHECK(difference(wrapped[0](x), before) == "");
  copy.head.bias = Parameter(ones({2}));
  copy.scale = Parameter(ones({2}));
  CHECK(difference(copy(x), ones({1, 2})) == "");
  CHECK(difference(Module(copy)(x), ones({1, 2})) == "");
  copy.head = Linear(3, 2);
  CHECK(difference(net(x), before) == "");
  net.train();
  CHECK(!copy.is_training());
  const Module& base = net;
  CHECK(lacks(error_of([&] { clone(base); }), {"clone", "Net", "base"}) == "");
}

TEST_CASE("a clone keeps what is tied, also in modules of a container") {
  class Stack : public Module {
   public:
    Stack() : Module("Stack") {
      for (int i = 0; i < 3; ++i) layers.push_back(register_module(std::to_string(i), Linear(2, 2)));
      layers[2].weight = layers[0].weight;
    }
    Tensor forward(const Tensor& x) const override {
      Tensor y = x;
      for (const Linear& layer : layers) y = tanh(layer(y));
      return y;
    }
    std::vector<Linear> layers;
  };
  const Stack stack;
  Stack copy = clone(stack);
  CHECK(copy.parameters().size() == 5);
  CHECK(copy.layers[2].weight.id() == copy.layers[0].weight.id());
  CHECK(copy.layers[2].weight.id() != stack.layers[0].weight.id());
  const Tensor x = tensor({{1, -2}});
  CHECK(difference(copy(x), stack(x)) == "");
  for (const Parameter& parameter : copy.parameters()) parameter.set(zeros_like(parameter.value()));
  CHECK(difference(copy(x), zeros({1, 2})) == "");
  CHECK(difference(Sequential(copy)(x), zeros({1, 2})) == "");
}

}  // namespace xgrad::nn
