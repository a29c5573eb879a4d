#include <doctest/doctest.h>

#include <memory>
#include <string>

#include <autograd/autograd.hpp>
#include <nn/nn.hpp>

#include "../autograd/expect.hpp"

namespace xgrad::nn {

using test::difference;
using test::error_of;
using test::lacks;

TEST_CASE("forward hooks see input and output, in order, and are removed by their handles") {
  const Sequential model{Linear(2, 3), Tanh()};
  std::string order;
  const HookHandle first =
      model[1].register_forward_hook([&](const Module& module, const Tensor& in, const Tensor& out) {
        CHECK(module.type_name() == "Tanh");
        CHECK(difference(out, tanh(in)) == "");
        order += "a";
        return Tensor();
      });
  model[1].register_forward_hook([&](const Module&, const Tensor&, const Tensor& out) {
    order += "b";
    return out;
  });
  model[1].register_forward_pre_hook([&](const Module&, const Tensor&) {
    order += "p";
    return Tensor();
  });
  const Tensor x = rand({4, 2});
  model(x);
  CHECK(order == "pab");
  first.remove();
  first.remove();
  model(x);
  CHECK(order == "pabpb");
}

TEST_CASE("forward hooks may replace input and output") {
  const Tanh layer;
  layer.register_forward_pre_hook([](const Module&, const Tensor& in) { return in * 2; });
  layer.register_forward_hook([](const Module&, const Tensor& in, const Tensor& out) { return out + in; });
  layer.register_forward_hook([](const Module&, const Tensor&, const Tensor& out) { return out * 10; });
  const Tensor x = tensor({0.5, 1});
  CHECK(difference(layer(x), (tanh(x * 2) + x * 2) * 10) == "");
  // Copies share hooks; forward() itself has none.
  const Module copy = layer;
  CHECK(difference(copy(x), layer(x)) == "");
  CHECK(difference(layer.forward(x), tanh(x)) == "");
}

TEST_CASE("backward hooks see the gradients of input and output and may replace that of the input") {
  const Linear linear(2, 2);
  const Tensor x = tensor({{1, 2}});
  Tensor seen_input, seen_output;
  int calls = 0;
  linear.register_full_backward_hook([&](const Module& module, const Tensor& grad_input, const Tensor& grad_output) {
    CHECK(module.type_name() == "Linear");
    CHECK(module.parameters().size() == 2);
    seen_input = grad_input, seen_output = grad_output;
    ++calls;
    return Tensor();
  });
  const HookHandle doubling = linear.register_full_backward_hook(
      [](const Module&, const Tensor& grad_input, const Tensor&) { return grad_input * 2; });
  const auto gradients = [&] {
    const Tape tape;
    const Tensor loss = sum(linear(x) * tensor({{1, 3}}));
    return tape.gradient(loss, {x, linear.weight});
  };
  const std::vector<Tensor> doubled = gradients();
  CHECK(calls == 1);
  CHECK(difference(seen_output, {{1, 3}}) == "");
  CHECK(difference(doubled[0], 2 * seen_input) == "");
  doubling.remove();
  const std::vector<Tensor> plain = gradients();
  CHECK(calls == 2);
  CHECK(difference(plain[0], seen_input) == "");
  CHECK(difference(plain[0], matmul(tensor({{1, 3}}), linear.weight), {.rtol = 1e-6}) == "");
  CHECK(difference(plain[1], doubled[1]) == "");
}

TEST_CASE("a backward hook of a first layer gets no gradient of the input, which nobody wants") {
  const Sequential model{Linear(2, 2), Tanh()};
  int calls = 0;
  const HookHandle handle =
      model[0].register_full_backward_hook([&](const Module&, const Tensor& grad_input, const Tensor& grad_output) {
        CHECK(!grad_input.defined());
        CHECK(grad_output.shape() == Shape{3, 2});
        ++calls;
        return Tensor();
      });
  const Tensor x = rand({3, 2});
  const Tape tape;
  tape.gradient(sum(model(x)), model.parameters());
  CHECK(calls == 1);
  handle.remove();
  model[0].register_full_backward_hook([](const Module&, const Tensor&, const Tensor& out) { return out; });
  CHECK(lacks(error_of([&] { tape.gradient(sum(model(x)), model.parameters()); }), {"Linear", "hook"}) == "");
}

TEST_CASE("hooks of submodules run wherever the module stands, also in a checkpoint") {
  const Linear shared(3, 3);
  int forward = 0, backward = 0;
  shared.register_forward_hook([&](const Module&, const Tensor&, const Tensor&) {
    ++forward;
    return Tensor();
  });
  shared.register_full_backward_hook([&](const Module&, const Tensor&, const Tensor&) {
    ++backward;
    return Tensor();
  });
  const Sequential model{Sequential(shared, Tanh()), shared, Tanh()};
  const Tensor x = rand({2, 3});
  {
    const Tape tape;
    tape.gradient(sum(model(x)), model.parameters());
  }
  CHECK(forward == 2);
  CHECK(backward == 2);
  const Tape tape;
  tape.gradient(sum(checkpoint_sequential(model, 2, x)), model.parameters());
  CHECK(forward == 4);
  CHECK(backward == 4);
}

TEST_CASE("what a backward hook computes is differentiated as well") {
  const Tanh layer;
  const auto f = [&](const Tensor& t) { return sum(layer(t)); };
  const Tensor x = tensor({0.3, -0.5}, float64);
  const auto plain = [](const Tensor& t) { return sum(tanh(t)); };
  const auto slope_of_square = [&](const auto& g) {
    return gradient([&](const Tensor& t) { return sum(square(gradient(g, t))); }, x);
  };
  const HookHandle tripling = layer.register_full_backward_hook(
      [](const Module&, const Tensor& grad_input, const Tensor&) { return grad_input * 3; });
  CHECK(difference(gradient(f, x), 3 * gradient(plain, x), {.rtol = 1e-14}) == "");
  // What comes to the input in the second derivative does not come through the output: it is not tripled again.
  CHECK(difference(slope_of_square(f), 9 * slope_of_square(plain), {.rtol = 1e-13}) == "");
}

TEST_CASE("a hook may remove itself, and nothing refers to a module that is gone") {
  int calls = 0;
  HookHandle handle;
  const auto owned = std::make_shared<int>(0);
  const Tape tape;
  const Tensor x = tensor({0.5, 1});
  Tensor y;
  {
    const Tanh layer;
    handle = layer.register_forward_hook([&, owned](const Module&, const Tensor&, const Tensor&) {
      ++calls;
      handle.remove();
      return Tensor();
    });
    layer.register_full_backward_hook(
        [owned](const Module&, const Tensor& grad_input, const Tensor&) { return grad_input * 7; });
    y = layer(layer(x));
    CHECK(calls == 1);
  }
  handle.remove();
  CHECK(difference(tape.gradient(sum(y), x), gradient([](const Tensor& t) { return sum(tanh(tanh(t))); }, x)) == "");
}

TEST_CASE("an integer input has no gradient to hook, and an empty hook is refused") {
  const Embedding embedding(5, 3);
  int calls = 0;
  embedding.register_full_backward_hook([&](const Module&, const Tensor& grad_input, const Tensor&) {
    CHECK(!grad_input.defined());
    ++calls;
    return Tensor();
  });
  const Tape tape;
  tape.gradient(sum(embedding(tensor({1, 2}, int64))), embedding.parameters());
  CHECK(calls == 1);
  CHECK_THROWS_AS(embedding.register_forward_hook(nullptr), Error);
  CHECK_THROWS_AS(embedding.register_full_backward_hook(nullptr), Error);
}

}  // namespace xgrad::nn
