#include <nn/optim/optimizer.hpp>

#include <iterator>
#include <span>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>

#include <autograd/ops.hpp>
#include <autograd/tape.hpp>
#include <nn/state_dict.hpp>

namespace xgrad::optim {

Optimizer::Optimizer(std::string name, nn::ParameterList parameters, double lr, std::vector<std::string> remembered)
    : name_(std::move(name)), parameters_(std::move(parameters)), kinds_(std::move(remembered)) {
  set_lr(lr);
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

void Optimizer::set_lr(double lr) {
  require(lr >= 0, "lr", lr, "at least 0");
  lr_ = lr;
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

void Optimizer::step(const std::vector<Tensor>& gradients) {
  check_gradients(gradients);
  ++steps_;
  std::vector<Tensor> updated;
  updated.reserve(gradients.size());
  std::vector<std::vector<Tensor>> remembered = remembered_;
  for (std::size_t i = 0; i < gradients.size(); ++i) updated.push_back(update(i, parameters_[i], gradients[i]));
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
  NamedTensors state{{"step", tensor(std::span<const std::int64_t>(&steps_, 1), {})},
                     {"lr", tensor(std::span<const double>(&lr_, 1), {})}};
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
  set_lr(ordered[1].item());
  steps_ = steps;
  std::size_t next = 2;
  for (std::vector<Tensor>& kind : remembered_)
    for (Tensor& remembered : kind) remembered = ordered[next++];
}

}  // namespace xgrad::optim
