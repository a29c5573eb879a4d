#include <nn/fully_sharded.hpp>

#include <algorithm>
#include <functional>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>

#include <autograd/autograd.hpp>
#include <autograd/differentiate/checkpoint.hpp>
#include <autograd/distributed/collectives.hpp>
#include <nn/entries_of_ranks.hpp>
#include <nn/module_state.hpp>
#include <nn/registration.hpp>
#include <nn/state_dict.hpp>

namespace xgrad::nn {
namespace {

using distributed::Communicator;

/// A parameter that ranks share.
struct Sharded {
  Parameter parameter;  ///< whose slot holds this rank's part
  Shape shape;          ///< of the whole

  std::int64_t part(const Communicator& group) const { return (shape.elements() + group.size() - 1) / group.size(); }

  /// This rank's part of a whole value.
  Tensor part_of(const Tensor& whole, const Communicator& group) const {
    const std::int64_t size = part(group), missing = size * group.size() - shape.elements();
    const Tensor flat = whole.reshape({shape.elements()});
    const Tensor padded = missing == 0 ? flat : concatenate({flat, zeros({missing}, whole.dtype())}, 0);
    return slice(padded, 0, size * group.rank(), size * (group.rank() + 1));
  }

  /// The whole of the ranks' parts.
  Tensor whole_of(const Tensor& part, const Communicator& group) const {
    return slice(distributed::all_gather(part, 0, group), 0, 0, shape.elements()).reshape(NewShape(shape));
  }
};

}  // namespace

struct FullyShardedDataParallel::State {
  Communicator group;
  std::vector<Sharded> parameters;
};

/// Gives the functions of this file what a wrapped module knows.
struct FullyShardedAccess {
  static const FullyShardedDataParallel* wrapped(const Module& module) {
    return dynamic_cast<const FullyShardedDataParallel*>(&ModuleAccess::concrete(module));
  }

  using See = std::function<void(const Sharded&, const Communicator&)>;
  /// Calls f with all parameters in a module that ranks share.
  static void each(const Module& module, const See& f) {
    if (const FullyShardedDataParallel* own = wrapped(module))
      for (const Sharded& one : own->state_->parameters) f(one, own->state_->group);
    for (const auto& [name, child] : module.children()) each(child, f);
  }

  /// The entries of a module's state by their names without what wraps them.
  static void named(const Module& module, const std::string& prefix, NamedParameters& found) {
    NamedParameters own = module.named_state();
    std::unordered_set<std::string> of_children;
    for (const auto& [name, child] : module.children())
      for (const auto& [entry, parameter] : child.named_state()) of_children.insert(name + "." + entry);
    for (const auto& [name, parameter] : own)
      if (!of_children.contains(name)) found.emplace_back(prefix + name, parameter);
    const bool wraps = wrapped(module) != nullptr;
    for (const auto& [name, child] : module.children()) named(child, wraps ? prefix : prefix + name + ".", found);
  }
};

FullyShardedDataParallel::FullyShardedDataParallel(Module module, const FullyShardedOptions& options)
    : Module("FullyShardedDataParallel"),
      state_(std::make_shared<State>(State{options.group, {}})),
      module_(register_module("module", std::move(module))) {
  const Communicator& group = options.group;
  std::unordered_set<std::uintptr_t> divided;
  FullyShardedAccess::each(module_,
                           [&](const Sharded& one, const Communicator&) { divided.insert(one.parameter.id()); });
  NamedParameters whole, all;
  for (const auto& entry : module_.named_parameters())
    if (!divided.contains(entry.second.id())) whole.push_back(entry);
  if (whole.empty()) refuse("the module has no parameters that are not divided yet");
  all = whole;
  for (const auto& entry : module_.named_buffers()) all.push_back(entry);

  if (const auto rank = rank_with_other_entries(all, group))
    refuse(fmt::format("rank {} has a module of other parameters or buffers than rank 0", *rank));

  // One by one, so that no more than one parameter is there twice.
  for (std::size_t i = 0; i < all.size(); ++i) {
    const Parameter& entry = all[i].second;
    const Tensor of_rank_0 = distributed::broadcast(entry.value(), 0, group);
    if (i >= whole.size()) {
      xgrad::eval(of_rank_0);
      entry.set(of_rank_0);
      continue;
    }
    const Sharded one{entry, entry.shape()};
    const Tensor part = one.part_of(of_rank_0, group) * 1;  // memory of its own
    xgrad::eval(part);
    ParameterAccess::slot(entry)->value = part;
    state_->parameters.push_back(one);
  }
}

Tensor FullyShardedDataParallel::forward(const std::vector<Tensor>& inputs) const {
  const std::vector<Sharded>& parameters = state_->parameters;
  const Communicator& group = state_->group;
  std::vector<Tensor> all;
  for (const Sharded& one : parameters) all.push_back(one.parameter.value());
  for (const Tensor& input : inputs)
    if (input.defined()) all.push_back(input);
  const auto apply = [&](const std::vector<Tensor>& given) {
    Overrides overrides;
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      // The gradient of the whole is the sum of all ranks', that of a part the average.
      const Tensor part = on_gradient(given[i], [n = group.size()](const Tensor& g) { return g / n; });
      overrides.add(parameters[i].parameter, parameters[i].whole_of(part, group));
    }
    std::vector<Tensor> own = inputs;
    std::size_t next = parameters.size();
    for (Tensor& input : own)
      if (input.defined()) input = given[next++];
    return module_(own);
  };
  return checkpoint(TensorsFunction(apply), all);
}

namespace {

/// A parameter or buffer by the name that it has in a plain model, and how it is divided among the ranks.
struct Entry {
  std::string name;
  Parameter held;
  std::optional<std::pair<Sharded, Communicator>> divided;
};

std::vector<Entry> entries_of(const Module& module) {
  std::unordered_map<std::uintptr_t, std::pair<Sharded, Communicator>> divided;
  FullyShardedAccess::each(module, [&](const Sharded& one, const Communicator& group) {
    divided.emplace(one.parameter.id(), std::pair(one, group));
  });
  NamedParameters named;
  FullyShardedAccess::named(module, "", named);
  std::vector<Entry> entries;
  for (const auto& [name, held] : named) {
    entries.push_back({name, held, {}});
    if (const auto found = divided.find(held.id()); found != divided.end()) entries.back().divided = found->second;
  }
  return entries;
}

}  // namespace

NamedTensors full_state_dict(const Module& module) {
  NamedTensors state;
  for (const auto& [name, held, divided] : entries_of(module)) {
    state.emplace_back(name, divided ? divided->first.whole_of(held.value(), divided->second) : held.value());
    eval(state.back().second);
  }
  return state;
}

void load_full_state_dict(const Module& module, const NamedTensors& state) {
  const std::vector<Entry> entries = entries_of(module);
  NamedTensors expected;
  for (const auto& [name, held, divided] : entries)
    expected.emplace_back(name, broadcast_to(zeros({}, held.dtype()), divided ? divided->first.shape : held.shape()));
  const std::vector<Tensor> values = matched("load_full_state_dict", state, expected);
  expected.clear();  // before it runs along
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const auto& [name, held, divided] = entries[i];
    const Tensor own = divided ? divided->first.part_of(values[i], divided->second) * 1 : values[i];
    eval(own);
    held.set(own);
  }
}

}  // namespace xgrad::nn
