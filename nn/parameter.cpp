#include <nn/parameter.hpp>

#include <fmt/format.h>

#include <autograd/members_definitions.hpp>

namespace xgrad {

template class Members<nn::Parameter>;

}  // namespace xgrad

namespace xgrad::nn {
namespace {

std::string describe(const Tensor& tensor) {
  return fmt::format("{} {}", to_string(tensor.dtype()), to_string(tensor.shape()));
}

}  // namespace

Parameter::Parameter(const Tensor& value) : slot_(std::make_shared<Tensor>(value)) { eval(value); }

Tensor& Parameter::slot(std::string_view where) const {
  if (!slot_)
    fail(where, "the Parameter is undefined; it was default-constructed, as the bias of a Linear without one");
  return *slot_;
}

Tensor Parameter::value() const { return slot("Parameter::value"); }

void Parameter::set(const Tensor& value) const {
  Tensor& current = slot("Parameter::set");
  if (value.shape() != current.shape() || value.dtype() != current.dtype())
    fail("Parameter::set", fmt::format("{} was given for a slot of {}", describe(value), describe(current)));
  current = value;
}

void Parameter::convert(DType dtype) const {
  Tensor& current = slot("Parameter::convert");
  current = current.to(dtype);
}

ParameterList::ParameterList(const NamedParameters& named) {
  for (const auto& [name, parameter] : named) {
    names_.push_back(name);
    parameters_.push_back(parameter);
  }
}

ParameterList::ParameterList(std::initializer_list<Parameter> parameters) : parameters_(parameters) {
  for (std::size_t i = 0; i < parameters_.size(); ++i) names_.push_back(std::to_string(i));
}

ParameterList::operator std::vector<Tensor>() const {
  std::vector<Tensor> values;
  values.reserve(size());
  for (const Parameter& parameter : parameters_) values.push_back(parameter);
  return values;
}

}  // namespace xgrad::nn
