#include <nn/optim/zero_redundancy.hpp>

#include <algorithm>
#include <map>
#include <numeric>
#include <set>
#include <string>

#include <fmt/format.h>

#include <autograd/autograd.hpp>
#include <autograd/distributed/collectives.hpp>
#include <nn/gather_state.hpp>

namespace xgrad::optim {
namespace {

constexpr const char* name = "ZeroRedundancyOptimizer";

std::size_t place(int rank) { return static_cast<std::size_t>(rank); }

/// The parameter whose remembered tensor an entry "<what>.<parameter>" of a state is, or "".
std::string parameter_of(const std::string& entry) {
  const std::size_t dot = entry.find('.');
  return dot == std::string::npos ? "" : entry.substr(dot + 1);
}

}  // namespace

ShardedUpdates::ShardedUpdates(const nn::ParameterList& parameters, const distributed::Communicator& group)
    : parameters_(parameters), group_(group) {
  const auto ranks = static_cast<std::size_t>(group.size());
  if (parameters.size() < ranks)
    fail(name, fmt::format("{} parameters were given for {} ranks; expected one for each at least", parameters.size(),
                           ranks));
  std::vector<std::size_t> order(parameters.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, std::ranges::greater(), [&](std::size_t i) { return parameters_[i].value().size(); });
  // Elements and one for the parameter itself, so that empty ones go round too.
  std::vector<std::int64_t> load(ranks, 0);
  owners_.resize(parameters.size());
  for (const std::size_t i : order) {
    const auto least = std::ranges::min_element(load);
    owners_[i] = static_cast<int>(least - load.begin());
    *least += 1 + parameters_[i].value().size();
  }
}

nn::ParameterList ShardedUpdates::own() const {
  nn::ParameterList own;
  for (std::size_t i = 0; i < parameters_.size(); ++i)
    if (owners_[i] == group_.rank()) own.append(parameters_[i], parameters_.name(i));
  return own;
}

std::vector<Tensor> ShardedUpdates::own_gradients(std::vector<Tensor>&& gradients) const {
  const std::string where = fmt::format("{}::step", name);
  if (gradients.size() != parameters_.size())
    fail(where, fmt::format("{} gradients were given for {} parameters", gradients.size(), parameters_.size()));
  std::vector<Tensor> own;
  for (std::size_t i = 0; i < gradients.size(); ++i) {
    if (!gradients[i].defined()) fail(where, fmt::format("the gradient of '{}' is undefined", parameters_.name(i)));
    if (owners_[i] == group_.rank()) own.push_back(std::move(gradients[i]));
  }
  gradients.clear();
  return own;
}

void ShardedUpdates::exchange() const {
  if (group_.size() == 1) return;
  // What an owner has of one dtype goes as one message.
  std::vector<std::map<DType, std::vector<std::size_t>>> of(place(group_.size()));
  for (std::size_t i = 0; i < parameters_.size(); ++i) of[place(owners_[i])][parameters_[i].dtype()].push_back(i);
  std::vector<Tensor> values(parameters_.size());
  for (int owner = 0; owner < group_.size(); ++owner) {
    for (const auto& [dtype, indices] : of[place(owner)]) {
      std::vector<Tensor> parts;
      for (const std::size_t i : indices) {
        const Tensor value = stop_gradient(parameters_[i].value());
        parts.push_back(value.reshape({value.size()}));
      }
      const Tensor all = distributed::broadcast(concatenate(parts, 0), owner, group_);
      std::int64_t start = 0;
      for (std::size_t k = 0; k < indices.size(); ++k) {
        const std::int64_t end = start + parts[k].size();
        values[indices[k]] = slice(all, 0, start, end).reshape(NewShape(parameters_[indices[k]].shape()));
        start = end;
      }
    }
  }
  std::vector<Tensor> received;
  for (std::size_t i = 0; i < values.size(); ++i)
    if (owners_[i] != group_.rank()) received.push_back(values[i]);
  eval(received);
  for (std::size_t i = 0; i < values.size(); ++i)
    if (owners_[i] != group_.rank()) parameters_[i].set(values[i]);
}

NamedTensors ShardedUpdates::joined(const NamedTensors& own) const {
  const std::vector<NamedTensors> states = nn::gather_state(own, group_);
  NamedTensors all;
  for (const auto& [entry, tensor] : states.front())
    if (parameter_of(entry).empty()) all.emplace_back(entry, tensor);
  // In the order of an optimizer of all parameters: kind by kind, and by the parameters' order.
  std::vector<std::string> kinds;
  std::map<std::string, Tensor> by_name;
  for (const NamedTensors& state : states) {
    for (const auto& [entry, tensor] : state) {
      if (parameter_of(entry).empty()) continue;
      const std::string kind = entry.substr(0, entry.find('.'));
      if (std::ranges::find(kinds, kind) == kinds.end()) kinds.push_back(kind);
      by_name.emplace(entry, tensor);
    }
  }
  for (const std::string& kind : kinds) {
    for (std::size_t i = 0; i < parameters_.size(); ++i) {
      const std::string entry = fmt::format("{}.{}", kind, parameters_.name(i));
      const auto found = by_name.find(entry);
      if (found != by_name.end()) {
        all.push_back(*found);
        continue;
      }
      // Ranks without a parameter of bfloat16 keep no residuals, where an optimizer of all keeps empty ones.
      all.emplace_back(entry, zeros({0}, bfloat16));
    }
  }
  return all;
}

NamedTensors ShardedUpdates::part_of(const NamedTensors& state) const {
  std::set<std::string> own, narrow;
  bool any_narrow = false;
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    if (owners_[i] != group_.rank()) continue;
    own.insert(parameters_.name(i));
    any_narrow = any_narrow || parameters_[i].dtype() == bfloat16;
  }
  std::set<std::string> known;
  for (std::size_t i = 0; i < parameters_.size(); ++i) known.insert(parameters_.name(i));
  NamedTensors part;
  for (const auto& [entry, tensor] : state) {
    const std::string parameter = parameter_of(entry);
    // What is nobody's stays, and is refused by the optimizer.
    if (known.contains(parameter) && !own.contains(parameter)) continue;
    if (own.contains(parameter) && entry.starts_with("residual.") && !any_narrow) continue;
    part.emplace_back(entry, tensor);
  }
  return part;
}

}  // namespace xgrad::optim
