#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <autograd/ops.hpp>

namespace xgrad::nn {

/// A place that holds a tensor: a handle to a shared slot. Copies refer to the same slot, so what an optimizer binds to
/// one is seen through all. As with a pointer, a const handle still lets its slot be rebound. Converts to the Tensor
/// it holds, so that it can stand wherever a Tensor can, and has the operations as members, as a Tensor has.
class Parameter : public Members<Parameter> {
 public:
  /// No slot at all; defined() is false, and every use is refused with an Error. A Linear without bias has such a one.
  Parameter() noexcept = default;
  /// A new slot that holds the value, which is computed here.
  explicit Parameter(const Tensor& value);

  bool defined() const noexcept { return slot_ != nullptr; }

  Tensor value() const;
  operator Tensor() const { return value(); }
  Shape shape() const { return value().shape(); }
  DType dtype() const { return value().dtype(); }

  /// Binds the slot to another tensor. Throws Error where its shape or dtype is not the one that the slot holds.
  void set(const Tensor& value) const;
  /// Binds the slot to its value in another dtype.
  void convert(DType dtype) const;

  /// Tells slots apart: equal for handles to the same slot, and only for those.
  std::uintptr_t id() const noexcept { return reinterpret_cast<std::uintptr_t>(slot_.get()); }

 private:
  Tensor& slot(std::string_view where) const;

  std::shared_ptr<Tensor> slot_;
};

/// p += y is p.set(p + y): the slot holds the new tensor, for all handles to it.
inline const Parameter& operator+=(const Parameter& p, const Operand& y) { return p.set(add(p, y)), p; }
inline const Parameter& operator-=(const Parameter& p, const Operand& y) { return p.set(subtract(p, y)), p; }
inline const Parameter& operator*=(const Parameter& p, const Operand& y) { return p.set(multiply(p, y)), p; }
inline const Parameter& operator/=(const Parameter& p, const Operand& y) { return p.set(divide(p, y)), p; }

/// A slot that belongs to a module's state but is not trained, as running statistics are.
using Buffer = Parameter;

/// Parameters or buffers by name, in the order of their registration.
using NamedParameters = std::vector<std::pair<std::string, Parameter>>;

/// Parameters with names, as optimizers take them: a range of Parameter.
class ParameterList {
 public:
  ParameterList() = default;
  ParameterList(const NamedParameters& named);
  /// Parameters that have no names; they are called "0", "1", ...
  ParameterList(std::initializer_list<Parameter> parameters);

  std::size_t size() const noexcept { return parameters_.size(); }
  bool empty() const noexcept { return parameters_.empty(); }
  const Parameter& operator[](std::size_t i) const { return parameters_[i]; }
  const std::string& name(std::size_t i) const { return names_[i]; }

  auto begin() const noexcept { return parameters_.begin(); }
  auto end() const noexcept { return parameters_.end(); }

  /// The values, in order, for `tape.gradient(loss, model.parameters())`.
  operator std::vector<Tensor>() const;

 private:
  std::vector<std::string> names_;
  std::vector<Parameter> parameters_;
};

}  // namespace xgrad::nn
