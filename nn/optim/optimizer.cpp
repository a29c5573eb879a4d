#include <nn/optim/optimizer.hpp>

#include <iterator>
#include <span>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>

#include <autograd/ops.hpp>
#include <autograd/tape.hpp>
#include <nn/state_dict.hpp>

namespace xgrad::optim {

namespace {

/// The parameters of all groups under names that tell them apart.
nn::NamedParameters joined(const std::vector<nn::ParameterList>& groups) {
  nn::NamedParameters plain, prefixed;
  std::unordered_map<std::string, std::size_t> first_group;
  bool repeated = false;
  for (std::size_t g = 0; g < groups.size(); ++g)
    for (std::size_t i = 0; i < groups[g].size(); ++i) {
      const std::string& name = groups[g].name(i);
      repeated = repeated || first_group.try_emplace(name, g).first->second != g;
      plain.emplace_back(name, groups[g][i]);
      prefixed.emplace_back(fmt::format("{}.{}", g, name), groups[g][i]);
    }
  return repeated ? prefixed : plain;
}

}  // namespace

Optimizer::Optimizer(std::string name, const std::vector<nn::ParameterList>& groups,
                     std::vector<std::string> remembered)
    : name_(std::move(name)), parameters_(joined(groups)), lr_(groups.size()), kinds_(std::move(remembered)) {
  if (groups.empty()) fail(name_, "there is no group of parameters");
  for (std::size_t g = 0; g < groups.size(); ++g) group_.insert(group_.end(), groups[g].size(), g);
  std::unordered_set<std::uintptr_t> seen;
  for (std::size_t i = 0; i < parameters_.size(); ++i)
    if (!seen.insert(parameters_[i].id()).second)
      fail(name_, fmt::format("parameter '{}' is given twice", parameters_.name(i)));
  for (std::size_t kind = 0; kind < kinds_.size(); ++kind) {
    std::vector<Tensor>& tensors = remembered_.emplace_back();
    for (const nn::Parameter& parameter : parameters_) tensors.push_back(zeros(parameter.shape(), parameter.dtype()));
    eval(tensors);
  }
}

void Optimizer::start(std::size_t kind, std::size_t i, double value) {
  Tensor& tensor = remembered_[kind][i];
  tensor = full(tensor.shape(), value, tensor.dtype());
  eval(tensor);
}

void Optimizer::check_group(std::size_t group) const {
  if (group >= groups()) fail(name_, fmt::format("there is no group {}; there are {} groups", group, groups()));
}

double Optimizer::lr(std::size_t group) const {
  check_group(group);
  return lr_[group];
}

void Optimizer::set_lr(double lr, std::size_t group) {
  check_group(group);
  require(lr >= 0, "lr", lr, "at least 0");
  lr_[group] = lr;
}

void Optimizer::set_lr(double lr) {
  for (std::size_t g = 0; g < groups(); ++g) set_lr(lr, g);
}

void Optimizer::require(bool valid, std::string_view hyper_parameter, double value, std::string_view expected) const {
  if (!valid) fail(name_, fmt::format("{} is {}; it must be {}", hyper_parameter, value, expected));
}

void Optimizer::check_gradients(const std::vector<Tensor>& gradients) const {
  const std::string where = name_ + "::step";
  if (gradients.size() != parameters_.size())
    fail(where, fmt::format("{} gradients were given for {} parameters", gradients.size(), parameters_.size()));
  for (std::size_t i = 0; i < gradients.size(); ++i) {
    if (!gradients[i].defined())
      fail(where, fmt::format("the gradient of parameter '{}' is an undefined Tensor", parameters_.name(i)));
    const Tensor parameter = parameters_[i];
    if (gradients[i].shape() == parameter.shape() && gradients[i].dtype() == parameter.dtype()) continue;
    fail(where, fmt::format("the gradient of parameter '{}' is {} {}; {} {} was expected", parameters_.name(i),
                            to_string(gradients[i].dtype()), to_string(gradients[i].shape()),
                            to_string(parameter.dtype()), to_string(parameter.shape())));
  }
}

void Optimizer::step(const std::vector<Tensor>& gradients) { step(std::vector<Tensor>(gradients)); }

void Optimizer::step(std::vector<Tensor>&& gradients) {
  check_gradients(gradients);
  ++steps_;
  std::vector<Tensor> updated;
  updated.reserve(gradients.size());
  std::vector<std::vector<Tensor>> remembered = remembered_;
  for (std::size_t i = 0; i < gradients.size(); ++i) updated.push_back(update(i, parameters_[i], gradients[i]));
  gradients.clear();
  bind(updated, std::move(remembered));
}

void Optimizer::bind(const std::vector<Tensor>& updated, std::vector<std::vector<Tensor>> remembered) {
  // The old values are kept until the run has succeeded, and offered to it, so that it may work in place. A tape can
  // still ask for the old values of parameters, but never for what was remembered: that is a constant to it.
  std::vector<Tensor> old;
  for (std::vector<Tensor>& kind : remembered) std::move(kind.begin(), kind.end(), std::back_inserter(old));
  std::vector<Tensor> values = parameters_;
  old.insert(old.end(), values.begin(), values.end());
  if (!Tape::alive()) values.clear();

  for (std::vector<Tensor>& kind : remembered_)
    for (Tensor& tensor : kind) tensor = stop_gradient(tensor);
  for (std::size_t i = 0; i < updated.size(); ++i) parameters_[i].set(updated[i]);
  try {
    eval(updated, old);
  } catch (...) {
    --steps_;
    std::size_t next = 0;
    for (std::vector<Tensor>& kind : remembered_)
      for (Tensor& tensor : kind) tensor = old[next++];
    for (std::size_t i = 0; i < updated.size(); ++i) parameters_[i].set(old[next++]);
    throw;
  }
}

NamedTensors Optimizer::state() const {
  const Shape lr_shape = groups() == 1 ? Shape{} : Shape{static_cast<std::int64_t>(groups())};
  NamedTensors state{{"step", tensor(std::span<const std::int64_t>(&steps_, 1), {})},
                     {"lr", tensor(std::span<const double>(lr_), lr_shape)}};
  for (std::size_t kind = 0; kind < kinds_.size(); ++kind)
    for (std::size_t i = 0; i < parameters_.size(); ++i)
      state.emplace_back(fmt::format("{}.{}", kinds_[kind], parameters_.name(i)), remembered_[kind][i]);
  return state;
}

void Optimizer::load_state(const NamedTensors& given) {
  const NamedTensors expected = state();
  const std::vector<Tensor> ordered = nn::matched(name_ + "::load_state", given, expected);
  const auto steps = ordered[0].item<std::int64_t>();
  if (steps < 0) fail(name_ + "::load_state", fmt::format("step is {}; it must be at least 0", steps));
  const std::vector<double> rates = ordered[1].to_vector<double>();
  for (const double rate : rates) require(rate >= 0, "lr", rate, "at least 0");
  lr_ = rates;
  steps_ = steps;
  std::size_t next = 2;
  for (std::vector<Tensor>& kind : remembered_)
    for (Tensor& remembered : kind) remembered = ordered[next++];
}

}  // namespace xgrad::optim
