#include <fmt/format.h>

#include <nn/onnx/graph.hpp>

namespace xgrad::onnx {

void Call::refuse(std::string_view message) const { fail(operation_.type, message); }

const Tensor& Call::operator[](std::size_t i) const {
  if (!has(i)) refuse(fmt::format("input {} is missing", i));
  return inputs_[i];
}

std::vector<std::int64_t> Call::integers_of(std::size_t i) const {
  const Tensor& values = (*this)[i];
  if (values.dtype() != int64)
    refuse(fmt::format("input {} has dtype {}; integers are expected", i, to_string(values.dtype())));
  return values.to_vector<std::int64_t>();
}

std::vector<double> Call::numbers_of(std::size_t i) const { return (*this)[i].to(float64).to_vector<double>(); }

template <class T>
const T* Call::find(std::string_view name) const {
  const auto found = operation_.attributes.find(name);
  if (found == operation_.attributes.end()) return nullptr;
  const T* value = std::get_if<T>(&found->second);
  if (!value) refuse(fmt::format("attribute '{}' has another type than it should", name));
  return value;
}

std::int64_t Call::integer(std::string_view name, std::int64_t otherwise) const {
  const auto* value = find<std::int64_t>(name);
  return value ? *value : otherwise;
}

double Call::number(std::string_view name, double otherwise) const {
  const auto* value = find<double>(name);
  return value ? *value : otherwise;
}

std::string Call::text(std::string_view name, std::string_view otherwise) const {
  const auto* value = find<std::string>(name);
  return value ? *value : std::string(otherwise);
}

std::vector<std::int64_t> Call::integers(std::string_view name) const {
  const auto* value = find<std::vector<std::int64_t>>(name);
  return value ? *value : std::vector<std::int64_t>();
}

std::vector<std::string> Call::texts(std::string_view name) const {
  const auto* value = find<std::vector<std::string>>(name);
  return value ? *value : std::vector<std::string>();
}

Tensor Call::tensor(std::string_view name) const {
  const auto* value = find<Tensor>(name);
  return value ? *value : Tensor();
}

int Call::axis(std::int64_t given, int rank) const {
  if (given < -rank || given >= rank) refuse(fmt::format("axis {} is out of range for {} axes", given, rank));
  return static_cast<int>(given < 0 ? given + rank : given);
}

std::vector<int> Call::axes(const std::vector<std::int64_t>& given, int rank) const {
  std::vector<int> result;
  for (const std::int64_t one : given) result.push_back(axis(one, rank));
  return result;
}

std::optional<std::vector<std::int64_t>> Call::listed(std::string_view name, std::size_t input) const {
  if (has(input)) return integers_of(input);
  if (says(name)) return integers(name);
  return {};
}

}  // namespace xgrad::onnx
