#include <utility>

#include <fmt/format.h>

#include <autograd/differentiate/on_gradient.hpp>
#include <nn/module_state.hpp>

namespace xgrad::nn {

/// One call of a module with backward hooks. It does not keep the module alive.
struct Module::BackwardCall {
  std::vector<std::pair<std::int64_t, BackwardHook>> hooks;
  std::weak_ptr<ModuleState> state;
  std::weak_ptr<const Module> concrete;
  std::string label;
  Tensor grad_output;

  /// The gradient of the input after the hooks have seen it.
  Tensor run(Tensor grad_input) {
    const Tensor given = std::exchange(grad_output, Tensor());
    const std::shared_ptr<ModuleState> own = state.lock();
    if (!own) return grad_input;
    const Module module(own, concrete.lock(), label);
    const OutsideOfModules outside;
    for (const auto& [id, hook] : hooks) {
      Tensor replaced = hook(module, grad_input, given);
      if (!replaced.defined()) continue;
      if (!grad_input.defined())
        module.refuse("a backward hook replaces the gradient of the input, which is not wanted here and not computed");
      grad_input = std::move(replaced);
    }
    return grad_input;
  }
};

const Tensor& Inputs::operator[](std::size_t i) const {
  if (i >= size()) fail("Inputs", fmt::format("input {} was asked for, there are {}", i, size()));
  return tensors_[i];
}

Tensor Module::hooked(std::vector<Tensor> inputs) const {
  const ModuleHooks hooks = *state().hooks;  // a copy: hooks may add hooks, and remove themselves
  const auto outside = [](const auto& hook, const auto&... arguments) {
    const OutsideOfModules scope;
    return hook(arguments...);
  };
  for (const auto& [id, hook] : hooks.before) {
    const Inputs replaced = outside(hook, *this, Inputs(inputs));
    if (replaced.size() == inputs.size()) {
      for (std::size_t i = 0; i < inputs.size(); ++i)
        if (replaced[i].defined()) inputs[i] = replaced[i];
    } else if (replaced.size() == 1) {
      if (replaced[0].defined()) inputs[0] = replaced[0];
    } else if (replaced.size() > 0) {
      refuse(fmt::format("a hook gives {} inputs for {}", replaced.size(), inputs.size()));
    }
  }
  std::shared_ptr<BackwardCall> call;
  Tensor& input = inputs[0];
  if (!hooks.backward.empty()) {
    call = std::make_shared<BackwardCall>(BackwardCall{hooks.backward, state_, concrete_, label_, {}});
    if (is_floating(input.dtype()))
      input = on_gradient(input, [call](const Tensor& grad_input) {
        return call->grad_output.defined() ? call->run(grad_input) : grad_input;
      });
  }
  Tensor output = apply(inputs);
  for (const auto& [id, hook] : hooks.after)
    if (Tensor replaced = outside(hook, *this, Inputs(inputs), output); replaced.defined())
      output = std::move(replaced);
  if (!call || !is_floating(output.dtype())) return output;
  return on_gradient(output, input, [call](const Tensor& grad_output, bool wanted) {
    call->grad_output = grad_output;
    if (!wanted) call->run({});
    return grad_output;
  });
}

template <class Hook>
HookHandle Module::add_hook(std::vector<std::pair<std::int64_t, Hook>> ModuleHooks::*list, Hook hook) const {
  if (!hook) refuse("the hook to be registered is empty");
  std::shared_ptr<ModuleHooks>& hooks = state().hooks;
  if (!hooks) hooks = std::make_shared<ModuleHooks>();
  HookHandle handle;
  handle.hooks_ = hooks;
  handle.id_ = hooks->next_id++;
  ((*hooks).*list).emplace_back(handle.id_, std::move(hook));
  return handle;
}

HookHandle Module::register_forward_pre_hook(ForwardPreHook hook) const {
  return add_hook(&ModuleHooks::before, std::move(hook));
}
HookHandle Module::register_forward_hook(ForwardHook hook) const {
  return add_hook(&ModuleHooks::after, std::move(hook));
}
HookHandle Module::register_full_backward_hook(BackwardHook hook) const {
  return add_hook(&ModuleHooks::backward, std::move(hook));
}

void HookHandle::remove() const {
  const std::shared_ptr<ModuleHooks> hooks = hooks_.lock();
  if (!hooks) return;
  const auto own = [&](const auto& entry) { return entry.first == id_; };
  std::erase_if(hooks->before, own);
  std::erase_if(hooks->after, own);
  std::erase_if(hooks->backward, own);
}

}  // namespace xgrad::nn
