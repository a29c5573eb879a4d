#include <doctest/doctest.h>

#include <filesystem>
#include <unordered_set>

#include <nn/checkpoint.hpp>
#include <nn/freeze.hpp>
#include <nn/state_dict.hpp>

#include "misuse/lists.hpp"
#include "options.hpp"

namespace xgrad::test {
namespace {

nn::Sequential net() { return nn::Sequential{nn::Linear(3, 2), nn::Tanh(), nn::Linear(2, 1)}; }

/// A module of a user's own, with parts of any name and value.
class Own : public nn::Module {
 public:
  Own(const std::string& parameter, const std::string& buffer, const std::string& child, const Tensor& value)
      : Module("Own") {
    register_parameter(parameter, value);
    register_buffer(buffer, value);
    register_module(child, nn::Tanh());
  }
};

}  // namespace

Probes module_probes() {
  using I = std::int64_t;
  const Tensor x = ones({2, 3}), value = ones({2});
  const auto path = [](const std::string& name) {
    return std::filesystem::temp_directory_path() / "xgrad-none" / name;
  };
  const nn::ForwardPreHook before = [](const nn::Module&, const Tensor& input) { return input; };
  const nn::ForwardHook after = [](const nn::Module&, const Tensor&, const Tensor& output) { return output; };
  const nn::BackwardHook back = [](const nn::Module&, const Tensor& gradient, const Tensor&) { return gradient; };
  // Errors of hooked calls speak of the layer that gets what the hook gave.
  const std::vector<std::string> layers{"Sequential", "Linear", "on_gradient", "gradient", "matmul"};
  const auto named = [&](const std::string& name) {
    std::vector<std::string> names{name};
    names.insert(names.end(), layers.begin(), layers.end());
    return names;
  };
  return {
      probe(
          {"Own", "Module", "Parameter"},
          [](const std::string& p, const std::string& b, const std::string& c, const Tensor& v) {
            const Own own(p, b, c, v);
            to_string(own);
            return own.parameter_count();
          },
          std::string("p"), std::string("b"), std::string("c"), value),
      probe(
          named("Sequential"), [](const Tensor& a) { return net()(a); }, x),
      probe(
          {"Sequential", "Sequential::push_back"},
          [](std::size_t i) {
            const nn::Sequential model = net();
            return to_string(model[i]);
          },
          std::size_t{1}),
      probe(
          {"Sequential", "Sequential::push_back", "Sequential::extend"},
          [](const std::string& name, int which) {
            nn::Sequential model{{"first", nn::Tanh()}};
            if (which == 1)
              model.push_back(name, model);
            else
              model.push_back(name, nn::ReLU());
            model.extend(model);
            return to_string(model);
          },
          std::string("second"), 0),
      probe(
          {"Sequential", "Sequential::replace"},
          [](std::size_t i, int which) {
            nn::Sequential model = net(), other = net();
            if (which == 1) const nn::Sequential gone = std::move(other);
            model.replace(i, which > 1 ? model : other);
            return to_string(model);
          },
          std::size_t{1}, 0),
      probe(
          named("freeze"),
          [](int which, const Tensor& a) {
            nn::Sequential model = net();
            if (which != 0) const nn::Sequential gone = std::move(model);
            return nn::freeze(model)(a);
          },
          0, x),
      probe(
          {"summary", "ExampleInput", "ExampleInputs", "Sequential", "Linear", "matmul"},
          [](const Shape& shape, DType dtype, const nn::SummaryOptions& options) {
            return nn::summary(net(), {shape, dtype}, options).text().size();
          },
          Shape{2, 3}, float32, nn::SummaryOptions{.depth = 1}),
      probe(
          {"summary", "ExampleInput", "ExampleInputs", "Sequential", "Linear", "matmul"},
          [](int which, const std::vector<Tensor>& inputs) {
            nn::Sequential model = net();
            if (which != 0) const nn::Sequential gone = std::move(model);
            return nn::summary(model, inputs).rows.size();
          },
          0, std::vector<Tensor>{x}),
      probe(
          {"freeze", "FrozenModule::run", "tensor", "Sequential", "Linear", "matmul"},
          [](std::size_t n, const Tensor& a, std::size_t m, const Shape& shape) {
            const nn::FrozenModule frozen = nn::freeze(net());
            std::vector<float> y(std::min<std::size_t>(n, 1000));
            frozen.run(a, y);
            frozen.run(std::vector<float>(std::min<std::size_t>(m, 1000)), shape, y);
            return y.size();
          },
          std::size_t{2}, x, std::size_t{6}, Shape{2, 3}),
      probe(
          {"clone", "standalone", "Module"},
          [](int which, const Tensor& a) {
            nn::Sequential model = net();
            if (which != 0) const nn::Sequential gone = std::move(model);
            const nn::Sequential copy = nn::clone(model);
            return nn::standalone(copy)(a);
          },
          0, x),
      probe(
          named("functional_call"),
          [](const NamedTensors& tensors, const std::vector<Tensor>& inputs) {
            return nn::functional_call(net(), tensors, inputs);
          },
          NamedTensors{{"0.weight", ones({2, 3})}, {"2.bias", ones({1})}}, std::vector<Tensor>{x}),
      probe(
          named("functional_call"),
          [](const std::vector<Tensor>& parameters, const Tensor& a) {
            return nn::functional_call(net(), parameters, a);
          },
          std::vector<Tensor>{ones({2, 3}), ones({2}), ones({1, 2}), ones({1})}, x),
      probe(
          {"Inputs", "Inputs::operator[]"},
          [](const std::vector<Tensor>& tensors, std::size_t i) {
            const nn::Inputs inputs(tensors);
            return inputs[i];
          },
          std::vector<Tensor>{x, value}, std::size_t{1}),
      probe(
          {"Shared", "ParameterList", "ParameterList::name"},
          [](std::size_t count, std::size_t i) {
            const nn::ParameterList list = net().parameters();
            const nn::Shared<std::vector<nn::Parameter>> shared{std::vector<nn::Parameter>(count % 100)};
            return shared[i].defined() || list[i].defined() || list.name(i).empty();
          },
          std::size_t{2}, std::size_t{1}),
      probe(
          named("checkpoint_sequential"),
          [](std::size_t segments, const Tensor& a) { return nn::checkpoint_sequential(net(), segments, a); },
          std::size_t{2}, x),
      probe(
          {"Linear", "Module::to"},
          [](DType dtype) {
            nn::Linear layer(3, 2);
            layer.to(dtype);
            return layer.weight.value();
          },
          float64),
      probe(
          named("Module::register_forward_pre_hook"),
          [](const nn::ForwardPreHook& hook, const Tensor& a) {
            nn::Linear layer(3, 2);
            const nn::HookHandle handle = layer.register_forward_pre_hook(hook);
            const Tensor y = layer(a);
            handle.remove();
            handle.remove();
            return y;
          },
          before, x),
      probe(
          named("Module::register_forward_hook"),
          [](const nn::ForwardHook& hook, const Tensor& a) {
            nn::Linear layer(3, 2);
            layer.register_forward_hook(hook);
            return layer(a);
          },
          after, x),
      probe(
          named("Module::register_full_backward_hook"),
          [](const nn::BackwardHook& hook, const Tensor& a) {
            nn::Linear layer(3, 2);
            layer.register_full_backward_hook(hook);
            const Tape tape;
            const Tensor input = a + 0;
            return tape.gradient(sum(layer(input)), input);
          },
          back, x),
      probe(
          {"load_state_dict", "state_dict"},
          [](const NamedTensors& state) {
            const nn::Sequential model = net();
            NamedTensors entries = nn::state_dict(model);
            entries.insert(entries.end(), state.begin(), state.end());
            nn::load_state_dict(model, entries);
          },
          NamedTensors{}),
      probe(
          {"load_state_dict", "its parts"},
          [](const NamedTensors& state) { nn::load_state_dict(nn::Linear(3, 2), state); },
          nn::state_dict(nn::Linear(3, 2))),
      probe(
          "matched",
          [](const std::string& where, const NamedTensors& given) {
            try {
              return nn::matched(where, given, nn::state_dict(nn::Linear(3, 2)));
            } catch (const Error& error) {
              if (std::string(error.what()).starts_with(where.c_str())) throw Thrown();
              throw;
            }
          },
          std::string("matched"), nn::state_dict(nn::Linear(3, 2))),
      probe(
          {"save", "load", "save_safetensors", "load_safetensors"},
          [=](const std::string& name) {
            try {
              nn::save(net(), path(name));
            } catch (const Error&) {
            }
            try {
              nn::load(net(), path(name));
            } catch (const Error&) {
            }
          },
          std::string("none")),
      probe(
          {"Optimizer::lr", "Optimizer::base_lr", "Optimizer::set_lr", "Optimizer::load_state", "SGD"},
          [](double lr, I group, const NamedTensors& state) {
            optim::SGD sgd({nn::Parameter(ones({2}))}, {.lr = 0.1});
            sgd.set_lr(lr, static_cast<std::size_t>(group));
            sgd.load_state(state);
            return sgd.lr(static_cast<std::size_t>(group)) + sgd.base_lr(static_cast<std::size_t>(group));
          },
          0.1, I{0}, optim::SGD({nn::Parameter(ones({2}))}, {.lr = 0.1}).state()),
      probe(
          {"SGD::set_momentum", "SGD"},
          [](double momentum) { optim::SGD({nn::Parameter(ones({2}))}, {.momentum = 0.9}).set_momentum(momentum); },
          0.5),
  };
}

TEST_CASE("modules, hooks, states and groups stand wrong calls") { run(module_probes()); }

TEST_CASE("handles that stand for nothing are refused") {
  const nn::HookHandle none;
  CHECK_NOTHROW(none.remove());
  nn::HookHandle gone;
  {
    const nn::Tanh layer;
    gone = layer.register_forward_hook([](const nn::Module&, const Tensor&, const Tensor& y) { return y; });
  }
  CHECK_NOTHROW(gone.remove());
  const nn::Parameter parameter;
  CHECK_FALSE(parameter.defined());
  CHECK_THROWS_AS(parameter.value(), Error);
  CHECK_THROWS_AS(parameter.shape(), Error);
  CHECK_THROWS_AS(parameter.dtype(), Error);
  CHECK_THROWS_AS(parameter.set(ones({1})), Error);
  CHECK_THROWS_AS(parameter.convert(float64), Error);
  CHECK_THROWS_AS(parameter + 1, Error);
  CHECK_THROWS_AS(nn::init::ones(parameter), Error);
}

}  // namespace xgrad::test
