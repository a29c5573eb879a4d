#include <nn/optim/optimizer.hpp>

#include <algorithm>
#include <limits>
#include <span>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

#include <autograd/ops.hpp>
#include <autograd/out_of_memory.hpp>
#include <autograd/tape.hpp>
#include <nn/registration.hpp>
#include <nn/state_dict.hpp>

namespace xgrad::optim {

namespace {

/// What bfloat16 parameters have lost to rounding.
constexpr const char* residual = "residual";

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
    : name_(std::move(name)),
      parameters_(joined(groups)),
      lr_(groups.size()),
      base_lr_(groups.size()),
      updates_(parameters_.size()),
      kinds_(std::move(remembered)) {
  if (groups.empty()) fail(name_, "there is no group of parameters");
  for (std::size_t g = 0; g < groups.size(); ++g) {
    if (groups[g].empty()) {
      fail(name_, fmt::format("{} has no parameters; a module has those that it registered, by register_parameter and "
                              "register_module",
                              groups.size() == 1 ? "the list" : fmt::format("group {}", g)));
    }
    group_.insert(group_.end(), groups[g].size(), g);
  }
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    if (!parameters_[i].defined()) fail(name_, fmt::format("parameter '{}' is undefined", parameters_.name(i)));
    const auto& entry = nn::ParameterAccess::registration(parameters_[i]);
    replacements_.push_back(entry ? entry->replacements : 0);
  }
  check_distinct(name_);
  const auto is_narrow = [](const nn::Parameter& parameter) { return parameter.dtype() == bfloat16; };
  keeps_residuals_ = std::any_of(parameters_.begin(), parameters_.end(), is_narrow);
  for (std::size_t kind = 0; kind < kinds_.size(); ++kind) {
    std::vector<Tensor>& tensors = remembered_.emplace_back();
    for (const nn::Parameter& parameter : parameters_)
      tensors.push_back(zeros(parameter.shape(), computed_in(parameter.dtype())));
    eval(tensors);
  }
  if (!keeps_residuals_) return;
  kinds_.emplace_back(residual);
  std::vector<Tensor>& residuals = remembered_.emplace_back();
  for (const nn::Parameter& parameter : parameters_)
    residuals.push_back(zeros(is_narrow(parameter) ? parameter.shape() : Shape{0}, bfloat16));
  eval(residuals);
}

Tensor Optimizer::updated_parameter(std::size_t i, const Tensor& parameter, const Tensor& gradient) {
  if (parameter.dtype() != bfloat16) return update(i, parameter, gradient);
  if (!keeps_residuals_ || remembered_.back()[i].shape() != parameter.shape())
    fail(name_ + "::step", fmt::format("parameter '{}' became bfloat16 since the optimizer was made; make a new one",
                                       parameters_.name(i)));
  Tensor& lost = remembered_.back()[i];
  const Tensor whole = update(i, parameter + lost, gradient), rounded = cast(whole, bfloat16);
  lost = cast(whole - rounded, bfloat16);
  return rounded;
}

const std::string& Optimizer::shown_name() const {
  static const std::string unnamed = "Optimizer";
  return name_.empty() ? unnamed : name_;
}

void Optimizer::check_alive(std::string_view what) const {
  if (parameters_.empty()) fail(fmt::format("{}::{}", shown_name(), what), "the optimizer was moved from");
}

void Optimizer::check_distinct(std::string_view where) const {
  std::unordered_map<std::uintptr_t, std::size_t> seen;
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    const auto [first, added] = seen.emplace(parameters_[i].id(), i);
    if (added) continue;
    fail(where,
         fmt::format("parameter '{}' is given twice: it is '{}', too; parameters() of the module that holds both "
                     "gives it once",
                     parameters_.name(i), parameters_.name(first->second)));
  }
}

/// Follows assignments to members of modules since the last step.
void Optimizer::follow_members() {
  bool moved = false;
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    const auto& entry = nn::ParameterAccess::registration(parameters_[i]);
    moved = moved || (entry && (entry->slot != nn::ParameterAccess::slot(parameters_[i]) ||
                                entry->replacements != replacements_[i]));
  }
  if (!moved) return;
  const std::string where = name_ + "::step";
  nn::NamedParameters current;
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    const nn::Parameter& parameter = parameters_[i];
    const auto& entry = nn::ParameterAccess::registration(parameter);
    const auto refuse = [&](std::string_view what) {
      fail(where,
           fmt::format("parameter '{}' {} since the optimizer was made; make a new one", parameters_.name(i), what));
    };
    if (entry && entry->replacements != replacements_[i]) refuse("belongs to a module that was replaced by another");
    const nn::Parameter now = entry ? nn::ParameterAccess::of(entry) : parameter;
    if (!now.defined()) refuse("was taken from its module");
    if (now.shape() != parameter.shape() || now.dtype() != parameter.dtype())
      refuse(fmt::format("became {} {}", to_string(now.dtype()), to_string(now.shape())));
    current.emplace_back(parameters_.name(i), now);
  }
  const nn::ParameterList former = std::exchange(parameters_, nn::ParameterList(current));
  try {
    check_distinct(where);
  } catch (...) {
    parameters_ = former;
    throw;
  }
}

void Optimizer::start(std::size_t kind, std::size_t i, double value) {
  Tensor& tensor = remembered_[kind][i];
  tensor = full(tensor.shape(), value, tensor.dtype());
  eval(tensor);
}

void Optimizer::check_group(std::size_t group) const {
  if (group >= groups()) fail(shown_name(), fmt::format("there is no group {}; there are {} groups", group, groups()));
}

double Optimizer::lr(std::size_t group) const {
  check_alive("lr");
  check_group(group);
  return lr_[group];
}

double Optimizer::base_lr(std::size_t group) const {
  check_alive("base_lr");
  check_group(group);
  return base_lr_[group];
}

void Optimizer::set_lr(double lr, std::size_t group) {
  check_alive("set_lr");
  check_group(group);
  require(lr >= 0, "lr", lr, "at least 0");
  lr_[group] = lr;
}

void Optimizer::set_lr(double lr) {
  check_alive("set_lr");
  for (std::size_t g = 0; g < groups(); ++g) set_lr(lr, g);
}

void Optimizer::start_lr(double lr, std::size_t group) {
  set_lr(lr, group);
  base_lr_[group] = lr;
}

void Optimizer::require(bool valid, std::string_view hyper_parameter, double value, std::string_view expected) const {
  if (!valid) fail(shown_name(), fmt::format("{} is {}; it must be {}", hyper_parameter, value, expected));
}

void Optimizer::check_gradients(const std::vector<Tensor>& gradients) const {
  const std::string where = name_ + "::step";
  if (gradients.size() != parameters_.size())
    fail(where, fmt::format("{} gradients were given for {} parameters", gradients.size(), parameters_.size()));
  for (std::size_t i = 0; i < gradients.size(); ++i) {
    if (!gradients[i].defined()) continue;
    const Tensor parameter = parameters_[i].value();
    if (gradients[i].shape() == parameter.shape() && gradients[i].dtype() == computed_in(parameter.dtype())) continue;
    fail(where, fmt::format("the gradient of parameter '{}' is {} {}; {} {} was expected", parameters_.name(i),
                            to_string(gradients[i].dtype()), to_string(gradients[i].shape()),
                            to_string(computed_in(parameter.dtype())), to_string(parameter.shape())));
  }
}

void Optimizer::step(const std::vector<Tensor>& gradients) {
  with_memory(shown_name(), [&] { step(std::vector<Tensor>(gradients)); });
}

void Optimizer::step(std::vector<Tensor>&& gradients) try {
  check_alive("step");
  follow_members();
  check_gradients(gradients);
  if (steps_ == std::numeric_limits<std::int64_t>::max())
    fail(name_ + "::step", "the number of steps is at its largest");
  // Nothing else may hold the old tensors once the updates are recorded: the run may then work in place.
  std::vector<std::vector<Tensor>> remembered = remembered_;
  std::vector<std::int64_t> updates = updates_;
  std::vector<Tensor> values = parameters_, updated(gradients.size());
  ++steps_;
  try {
    for (std::size_t i = 0; i < gradients.size(); ++i) {
      if (!gradients[i].defined()) continue;
      ++updates_[i];
      updated[i] = updated_parameter(i, values[i], gradients[i]);
    }
    gradients.clear();
    bind(updated, std::move(values), remembered);
  } catch (...) {
    --steps_;
    updates_ = std::move(updates);
    for (std::size_t kind = 0; kind < kinds_.size(); ++kind)
      for (std::size_t i = 0; i < updated.size(); ++i)
        if (remembered[kind][i].defined()) remembered_[kind][i] = remembered[kind][i];
    throw;
  }
} catch (const std::bad_alloc&) {
  refuse_lists(shown_name());
}

void Optimizer::bind(const std::vector<Tensor>& updated, std::vector<Tensor> values,
                     std::vector<std::vector<Tensor>>& remembered) {
  // The old values are kept until the run has succeeded, and offered to it, so that it may work in place. A tape can
  // still ask for the old values of parameters, but never for remembered tensors, which are constants to it.
  std::vector<Tensor> old, results;
  old.reserve((kinds_.size() + 1) * updated.size());  // what follows the first change must not fail
  results.reserve(updated.size());
  for (std::size_t kind = 0; kind < kinds_.size(); ++kind)
    for (std::size_t i = 0; i < updated.size(); ++i)
      if (updated[i].defined()) remembered_[kind][i] = stop_gradient(remembered_[kind][i]);
  for (std::size_t kind = 0; kind < kinds_.size(); ++kind)
    for (std::size_t i = 0; i < updated.size(); ++i)
      if (updated[i].defined()) old.push_back(std::exchange(remembered[kind][i], Tensor()));
  for (std::size_t i = 0; i < updated.size(); ++i) {
    if (!updated[i].defined()) continue;
    old.push_back(values[i]);
    results.push_back(updated[i]);
  }
  if (!Tape::alive()) values.clear();
  try {
    for (std::size_t i = 0; i < updated.size(); ++i)
      if (updated[i].defined()) parameters_[i].set(updated[i]);
    eval(results, old);
  } catch (...) {
    std::size_t next = 0;
    for (std::size_t kind = 0; kind < kinds_.size(); ++kind)
      for (std::size_t i = 0; i < updated.size(); ++i)
        if (updated[i].defined()) remembered[kind][i] = old[next++];
    for (std::size_t i = 0; i < updated.size(); ++i)
      if (updated[i].defined()) parameters_[i].set(old[next++]);
    throw;
  }
}

NamedTensors Optimizer::lasting_state() const {
  const Shape lr_shape = groups() == 1 ? Shape{} : Shape{static_cast<std::int64_t>(groups())};
  NamedTensors state{{"step", tensor(std::span<const std::int64_t>(&steps_, 1), {})},
                     {"lr", tensor(std::span<const double>(lr_), lr_shape)}};
  for (std::size_t kind = 0; kind < kinds_.size(); ++kind)
    for (std::size_t i = 0; i < parameters_.size(); ++i)
      state.emplace_back(fmt::format("{}.{}", kinds_[kind], parameters_.name(i)), remembered_[kind][i]);
  return state;
}

NamedTensors Optimizer::state() const {
  check_alive("state");
  NamedTensors state = lasting_state();
  const bool even = std::ranges::all_of(updates_, [&](std::int64_t count) { return count == steps_; });
  if (!even) state.emplace_back("updates", tensor(std::span(updates_), {static_cast<std::int64_t>(updates_.size())}));
  return state;
}

void Optimizer::load_state(const NamedTensors& given) {
  check_alive("load_state");
  const std::string where = name_ + "::load_state";
  NamedTensors expected = lasting_state();
  const auto is_updates = [](const auto& entry) { return entry.first == "updates"; };
  const bool uneven = std::ranges::any_of(given, is_updates);
  if (uneven)
    expected.emplace_back("updates", tensor(std::span(updates_), {static_cast<std::int64_t>(updates_.size())}));
  const std::vector<Tensor> ordered = nn::matched(where, given, expected);
  const auto steps = ordered[0].item<std::int64_t>();
  if (steps < 0) fail(where, fmt::format("step is {}; it must be at least 0", steps));
  const std::vector<double> rates = ordered[1].to_vector<double>();
  for (const double rate : rates) require(rate >= 0, "lr", rate, "at least 0");
  std::vector<std::int64_t> updates(parameters_.size(), steps);
  if (uneven) updates = ordered.back().to_vector<std::int64_t>();
  for (const std::int64_t count : updates)
    if (count < 0 || count > steps) fail(where, fmt::format("updates holds {}; it must lie in [0, {}]", count, steps));
  lr_ = rates;
  steps_ = steps;
  updates_ = std::move(updates);
  std::size_t next = 2;
  for (std::vector<Tensor>& kind : remembered_)
    for (Tensor& remembered : kind) remembered = ordered[next++];
}

}  // namespace xgrad::optim
