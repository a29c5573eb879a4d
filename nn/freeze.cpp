#include <nn/freeze.hpp>

#include <ostream>
#include <utility>

#include <fmt/format.h>

#include <autograd/frozen_function.hpp>
#include <autograd/out_of_memory.hpp>
#include <autograd/random.hpp>
#include <nn/module_state.hpp>

namespace xgrad::nn {

struct FrozenModule::State {
  Module module;
  std::vector<std::pair<std::pair<std::string, Parameter>, Tensor>> values;  ///< of all parameters and buffers
  FrozenFunction function;

  explicit State(Module own)
      : module(std::move(own)),
        function("freeze", [this](const std::vector<Tensor>& inputs) { return apply(inputs); }) {
    std::vector<Tensor> tensors;
    for (const auto& entry : module.named_state()) {
      values.emplace_back(entry, entry.second.value());
      tensors.push_back(entry.second.value());
    }
    xgrad::eval(tensors);
  }

  /// The module's forward, on values that are not known yet.
  Tensor apply(const std::vector<Tensor>& inputs) const {
    const OutsideOfModules outside;
    Generator generator;
    const GeneratorScope drawing(generator);
    Tensor y = module(inputs);
    if (generator.position() != 0)
      module_refuses("forward draws random numbers, which a frozen module would repeat in every call");
    check_unchanged();
    return y;
  }

  void check_unchanged() const {
    std::string changed;
    for (const auto& [entry, value] : values) {
      if (entry.second.value().same_as(value)) continue;
      entry.second.set(value);
      changed = entry.first;
    }
    if (!changed.empty())
      module_refuses(fmt::format("forward changes '{}'; a frozen module is a function of its inputs alone", changed));
  }

  [[noreturn]] void module_refuses(const std::string& message) const {
    fail("freeze", fmt::format("{}: {}", module.type_name(), message));
  }
};

const FrozenModule::State& FrozenModule::state() const {
  if (!state_) fail("FrozenModule", "it was moved from");
  return *state_;
}

Tensor FrozenModule::operator()(const std::vector<Tensor>& inputs) const { return state().function(inputs); }
Tensor FrozenModule::operator()(const Operand& x) const {
  return with_memory("freeze", [&] { return (*this)(std::vector<Tensor>{x}); });
}
Tensor FrozenModule::operator()(const Operand& a, const Operand& b) const {
  return with_memory("freeze", [&] { return (*this)(std::vector<Tensor>{a, b}); });
}
Tensor FrozenModule::operator()(const Operand& a, const Operand& b, const Operand& c) const {
  return with_memory("freeze", [&] { return (*this)(std::vector<Tensor>{a, b, c}); });
}

namespace {

template <class T, class Y>
void write(const FrozenFunction& function, std::span<const T> x, const Shape& shape, std::span<Y> y) {
  xgrad::detail::check_count(static_cast<std::int64_t>(x.size()), shape);
  function.write(RawValues{x.data(), shape, dtype_of<T>()}, y.data(), dtype_of<Y>(), y.size());
}

template <class Y>
void write(const FrozenFunction& function, std::span<const Tensor> inputs, std::span<Y> y) {
  function.write(inputs, y.data(), dtype_of<Y>(), y.size());
}

}  // namespace

void FrozenModule::run(std::span<const float> x, const Shape& shape, std::span<float> y) const {
  write(state().function, x, shape, y);
}
void FrozenModule::run(std::span<const double> x, const Shape& shape, std::span<double> y) const {
  write(state().function, x, shape, y);
}
void FrozenModule::run(std::span<const std::int64_t> x, const Shape& shape, std::span<float> y) const {
  write(state().function, x, shape, y);
}
void FrozenModule::run(const Tensor& x, std::span<float> y) const {
  write(state().function, std::span<const Tensor>(&x, 1), y);
}
void FrozenModule::run(const Tensor& x, std::span<double> y) const {
  write(state().function, std::span<const Tensor>(&x, 1), y);
}
void FrozenModule::run(const std::vector<Tensor>& inputs, std::span<float> y) const {
  write(state().function, inputs, y);
}
void FrozenModule::run(const std::vector<Tensor>& inputs, std::span<double> y) const {
  write(state().function, inputs, y);
}

struct Freezing {
  static FrozenModule of(Module module) {
    return FrozenModule(std::make_shared<const FrozenModule::State>(std::move(module)));
  }
  static const Module& module_of(const FrozenModule& frozen) { return frozen.state().module; }
};

std::string to_string(const FrozenModule& frozen) {
  return fmt::format("FrozenModule({})", to_string(Freezing::module_of(frozen)));
}
std::ostream& operator<<(std::ostream& out, const FrozenModule& frozen) { return out << to_string(frozen); }

namespace detail {

void check_frozen(const Module& module) {
  if (!ModuleAccess::state(module)) fail("freeze", "the module was moved from");
}

FrozenModule frozen(Module copy) {
  copy.eval();
  return Freezing::of(std::move(copy));
}

}  // namespace detail
}  // namespace xgrad::nn
