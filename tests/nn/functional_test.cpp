#include <doctest/doctest.h>

#include <string>
#include <thread>
#include <vector>

#include <autograd/autograd.hpp>
#include <nn/nn.hpp>

#include "../autograd/expect.hpp"

namespace xgrad::nn {
namespace {

using test::difference;
using test::error_of;
using test::lacks;

/// Of two tensors, with a mask that may be left out.
class Form : public Module {
 public:
  Form() : Module("Form") {}
  Tensor forward(const Tensor& a, const Tensor& b) const override { return matmul(matmul(a, weight), b.T()); }
  Tensor forward(const Tensor& a, const Tensor& b, const Tensor& mask) const override {
    const Tensor y = forward(a, b);
    return mask.defined() ? y * mask : y;
  }
  Parameter weight = register_parameter("weight", tensor({{1, 2}, {3, 4}}));
};

/// Of as many as it gets.
class Total : public Module {
 public:
  Total() : Module("Total") {}
  Tensor forward(const std::vector<Tensor>& inputs) const override {
    Tensor total = zeros({2});
    for (const Tensor& x : inputs) total = total + x;
    return total;
  }
};

class Pair2 : public Module {
 public:
  Pair2() : Module("Pair2") {}
  Tensor forward(const Tensor& x) const override { return score(x, x * 2, Tensor()); }
  Form score = register_module("score", Form());
};

const Tensor& ab() {
  static const Tensor x = tensor({{1, 0}, {0.5, -1}});
  return x;
}

}  // namespace

TEST_CASE("a module is called with other tensors, and does not change") {
  manual_seed(3);
  const Sequential model{Linear(3, 4), Tanh(), Linear(4, 2)};
  const Tensor x = randn({5, 3});
  const Tensor before = model(x);
  const Sequential other{Linear(3, 4), Tanh(), Linear(4, 2)};
  const std::vector<Tensor> weights = other.parameters();
  CHECK(difference(functional_call(model, weights, x), other(x)) == "");
  CHECK(difference(functional_call(model, state_dict(other), x), other(x)) == "");
  const Tensor mixed = functional_call(model, {{"2.weight", weights[2]}, {"2.bias", weights[3]}}, x);
  CHECK(difference(mixed, other[2](model[1](model[0](x)))) == "");
  CHECK(difference(model(x), before) == "");
  CHECK(error_of([&] { functional_call(model, weights, ones({2, 7})); }) != "no Error");
  CHECK(difference(model(x), before) == "");
  std::string elsewhere;
  eval({x, before});
  class Calls : public Module {
   public:
    explicit Calls(std::function<Tensor(const Tensor&)> f) : Module("Calls"), f_(std::move(f)) {}
    Tensor forward(const Tensor& t) const override { return f_(t); }
    std::function<Tensor(const Tensor&)> f_;
  };
  // Also from within another module, and while another thread uses the model.
  const Calls calls([&](const Tensor& t) {
    return functional_call(Sequential{Calls([&](const Tensor& u) {
                             std::thread([&] { elsewhere = difference(model.forward(x), before); }).join();
                             return functional_call(model, weights, u);
                           })},
                           NamedTensors{}, t);
  });
  CHECK(difference(calls(x), other(x)) == "");
  CHECK(elsewhere == "");
}

TEST_CASE("calls with other tensors are differentiated in them, and batched over them") {
  manual_seed(4);
  const Sequential model{Linear(2, 3), Tanh(), Linear(3, 1)};
  const Tensor x = randn({4, 2}), y = randn({4, 1});
  const auto loss = [&](const std::vector<Tensor>& w) { return mse_loss(functional_call(model, w, x), y); };
  std::vector<Tensor> expected;
  {
    const Tape tape;
    expected = tape.gradient(mse_loss(model(x), y), model.parameters());
    eval(expected);
  }
  const std::vector<Tensor> slopes = gradient(loss, model.parameters());
  for (std::size_t i = 0; i < slopes.size(); ++i) CHECK(difference(slopes[i], expected[i], {.rtol = 1e-5}) == "");

  // An ensemble: one call for three sets of parameters.
  std::vector<Sequential> members;
  std::vector<Tensor> stacked;
  for (int m = 0; m < 3; ++m) members.push_back(Sequential{Linear(2, 3), Tanh(), Linear(3, 1)});
  for (std::size_t i = 0; i < 4; ++i) {
    std::vector<Tensor> values;
    for (const Sequential& member : members) values.push_back(member.parameters()[i].value());
    stacked.push_back(stack(values));
  }
  const TensorsFunction each = [&](const std::vector<Tensor>& w) { return functional_call(model, w, x); };
  const Tensor all = vmap(each)(stacked);
  for (std::int64_t m = 0; m < 3; ++m)
    CHECK(difference(squeeze(slice(all, 0, m, m + 1), 0), members[static_cast<std::size_t>(m)](x),
                     {.rtol = 1e-5, .atol = 1e-6}) == "");
}

TEST_CASE("buffers that are given move instead of the module's") {
  BatchNorm1d layer(2);
  const Tensor x = tensor({{1, 2}, {3, 6}});
  functional_call(layer, {{"running_mean", zeros({2})}, {"running_var", ones({2})}}, x);
  CHECK(difference(layer.running_mean, {0, 0}) == "");
  CHECK(difference(layer.num_batches_tracked, tensor(1, int64)) == "");
  functional_call(layer, NamedTensors{}, x);
  CHECK(difference(layer.running_mean, {0.2, 0.4}) == "");
  layer.eval();
  CHECK(difference(functional_call(layer, {{"running_mean", tensor({1, 2})}, {"running_var", ones({2}) - 1e-5}}, x),
                   {{0, 0}, {2, 4}}, {.rtol = 1e-5}) == "");
}

TEST_CASE("tensors that do not fit a call are refused, by name") {
  Linear layer(2, 2);
  const Tensor x = ones({1, 2}), w = ones({2, 2}), none;
  const auto error = [&](const NamedTensors& given) { return error_of([&] { functional_call(layer, given, x); }); };
  CHECK(lacks(error({{"wieght", w}}), {"functional_call", "'wieght' is unexpected", "Linear"}) == "");
  CHECK(lacks(error({{"weight", ones({2})}}), {"functional_call", "'weight' is float32 (2,)", "(2, 2)"}) == "");
  CHECK(lacks(error({{"weight", none}}), {"'weight' is an undefined Tensor"}) == "");
  CHECK(lacks(error({{"weight", w.to(int64)}}), {"'weight' is int64"}) == "");
  CHECK(lacks(error({{"weight", w}, {"weight", w}}), {"'weight' is given twice"}) == "");
  CHECK(lacks(error_of([&] { functional_call(layer, std::vector<Tensor>{w}, x); }), {"1 tensors", "2 parameters"}) ==
        "");
  CHECK(lacks(error_of([&] { functional_call(layer, NamedTensors{}, std::vector<Tensor>{}); }), {"no inputs"}) == "");
  Sequential tied{layer, Linear(2, 2)};
  layer.weight = tied[1].parameters()[0];
  CHECK(lacks(error_of([&] {
                functional_call(tied, NamedTensors{{"0.weight", w}, {"1.weight", w}}, x);
              }),
              {"'0.weight' and '1.weight' are tied"}) == "");
}

TEST_CASE("modules take several tensors, with hooks and names") {
  const Form bilinear;
  const Tensor& x = ab();
  const auto row = [&](std::int64_t i) { return slice(x, 0, i, i + 1).reshape({2}); };
  const Tensor expected = matmul(matmul(x, bilinear.weight), x.T());
  CHECK(difference(bilinear(x, x), expected) == "");
  CHECK(difference(bilinear(x, x, x), expected * x) == "");
  CHECK(difference(bilinear(x, x, Tensor()), expected) == "");
  CHECK(difference(bilinear({x, x}), expected) == "");
  CHECK(difference(Module(bilinear)(x, x), expected) == "");
  CHECK(difference(Total()({row(0), row(1), row(0), row(1)}), 2 * (row(0) + row(1))) == "");
  CHECK(difference(Module(Total())({row(0), row(1)}), row(0) + row(1)) == "");
  CHECK(lacks(error_of([&] { bilinear(x); }), {"Form", "forward for one input"}) == "");
  CHECK(lacks(error_of([&] { Linear(2, 2)(x, x); }), {"Linear", "forward for two inputs"}) == "");
  CHECK(lacks(error_of([&] { Linear(2, 2)({x, x, x, x}); }), {"Linear", "forward for 4 inputs"}) == "");
  CHECK(lacks(error_of([&] { bilinear(Tensor(), x); }), {"Form", "undefined"}) == "");
  CHECK(lacks(error_of([&] { bilinear(std::vector<Tensor>{}); }), {"Form", "no inputs"}) == "");

  const Pair2 outer;
  std::string seen;
  outer.score.register_forward_pre_hook([&](const Module& module, const std::vector<Tensor>& inputs) {
    seen = module.type_name() + std::to_string(inputs.size()) + (inputs[2].defined() ? "" : "-");
    return std::vector<Tensor>{inputs[1], inputs[0], inputs[2]};
  });
  outer.score.register_forward_pre_hook([](const Module&, const Tensor& first) { return first * 3; });
  outer.score.register_forward_hook([&](const Module&, const Inputs& inputs, const Tensor& y) {
    CHECK(inputs.size() == 3);
    return y + inputs[1].size();
  });
  Tensor slope;
  outer.score.register_full_backward_hook([&](const Module&, const Tensor& grad_input, const Tensor&) {
    slope = grad_input;
    return Tensor();
  });
  const Tape tape;
  const Tensor y = outer(x);
  CHECK(seen == "Form3-");
  CHECK(difference(y, matmul(matmul(x * 6, outer.score.weight.value()), x.T()) + 4, {.rtol = 1e-6}) == "");
  tape.gradient(sum(y), x);
  CHECK(slope.shape() == x.shape());
  const HookHandle wrong = outer.score.register_forward_pre_hook([](const Module&, const Tensor& in) {
    return std::vector<Tensor>{in, in};
  });
  CHECK(lacks(error_of([&] { outer(x); }), {"Form 'score'", "2 inputs for 3"}) == "");
}

TEST_CASE("a state that matches in part is loaded where that is allowed, and says what did not") {
  const Linear layer(2, 2), reference(2, 2);
  load_state_dict(reference, state_dict(layer));
  const NamedTensors part{{"weight", ones({2, 2})}, {"scale", ones({2})}};
  CHECK(lacks(error_of([&] { load_state_dict(layer, part); }), {"2 mismatches", "'bias' is missing", "'scale'"}) == "");
  CHECK(difference(layer.weight, reference.weight) == "");
  const LoadResult result = load_state_dict(layer, part, {.strict = false});
  CHECK(result.missing_keys == std::vector<std::string>{"bias"});
  CHECK(result.unexpected_keys == std::vector<std::string>{"scale"});
  CHECK(difference(layer.weight, ones({2, 2})) == "");
  CHECK(difference(layer.bias, reference.bias) == "");
  CHECK(lacks(error_of([&] {
                load_state_dict(layer, {{"weight", ones({3, 2})}}, {.strict = false});
              }),
              {"'weight' has shape (3, 2), (2, 2) was expected"}) == "");
  CHECK(lacks(error_of([&] {
                load_state_dict(layer, {{"bias", ones({2})}, {"bias", ones({2})}}, {.strict = false});
              }),
              {"'bias' is given twice"}) == "");
  const LoadResult full = load_state_dict(layer, state_dict(reference));
  CHECK(full.missing_keys.empty());
  CHECK(full.unexpected_keys.empty());
}

}  // namespace xgrad::nn
