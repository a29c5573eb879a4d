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

namespace xgrad::nn {  // not public
struct ParameterAccess;
struct Registration;
struct Slot;
}  // namespace xgrad::nn

#pragma GCC visibility push(default)
namespace xgrad::nn {

class Module;
class Registered;

/// A place that holds a tensor: a handle to a shared slot. Copies refer to the same slot, so all of them see a tensor
/// that an optimizer binds to one. As with a pointer, a const handle still lets its slot be rebound. Converts to the
/// Tensor it holds, so that it can stand wherever a Tensor can, and has the operations as members, as a Tensor has.
///
/// A handle that is a member of a module (`weight` of a Linear) stands for the entry that the module registered. An
/// assignment to it is an assignment to the entry: the module, all its copies, its parameters and its state then have
/// the other slot.
///
///     head.weight = wte.weight;                 // one parameter with two names, trained and saved once
///     linear.weight = nn::Parameter(eye(2));    // another parameter
///     linear.bias = nn::Parameter(zeros({2}));  // also where the layer was made without
///     linear.bias = nn::Parameter();            // none
///
/// All other handles are plain values: an assignment changes only the handle. Moving is copying.
class Parameter : public Members<Parameter> {
 public:
  /// A handle without a slot: defined() is false, and every use is an Error. The bias of a Linear without bias is one.
  Parameter() noexcept = default;
  /// A new slot that holds the value, which is computed here.
  explicit Parameter(const Tensor& value);

  Parameter(const Parameter& other);
  /// Throws Error if this is a member for a trained parameter, and `other` is not floating-point.
  Parameter& operator=(const Parameter& other);
  ~Parameter();

  /// The member for which a module registers a parameter or a buffer.
  Parameter(const Registered& registered);
  Parameter& operator=(const Registered& registered);

  bool defined() const noexcept { return slot_ != nullptr; }

  Tensor value() const;
  /// value(). While a module is applied by operator(), throws Error unless that module, or one around it, registered
  /// the parameter: it would be neither trained nor saved. value() takes any parameter.
  operator Tensor() const;
  Shape shape() const { return value().shape(); }
  DType dtype() const { return value().dtype(); }

  /// Binds the slot to another tensor. Throws Error where its shape or dtype is not the one that the slot holds.
  void set(const Tensor& value) const;
  /// Binds the slot to its value in another dtype.
  void convert(DType dtype) const;

  /// Tells slots apart: equal for handles to the same slot, and only for those.
  std::uintptr_t id() const noexcept { return reinterpret_cast<std::uintptr_t>(slot_.get()); }

 private:
  friend class Registered;
  friend struct Registration;
  friend struct ParameterAccess;

  Tensor& slot(std::string_view where) const;
  void join(std::shared_ptr<Registration> registration, const Module* object);
  void leave() noexcept;
  bool assigned_with_its_module(const Parameter& other) const noexcept;
  void take(const Parameter& other);

  std::shared_ptr<Slot> slot_;
  std::shared_ptr<Registration> registration_;  ///< the entry that it is a member for, or was copied from
  const Module* object_ = nullptr;              ///< the module whose member it is; null for plain handles
};

/// The result of Module::register_parameter and register_buffer: a Parameter that makes the variable it is stored in a
/// member.
class Registered : public Parameter {
 public:
  operator Tensor() const& { return Parameter::operator Tensor(); }
  // Write `nn::Parameter weight = register_parameter("weight", ...)`: a Tensor would keep the first value for ever.
  operator Tensor() && = delete;

 private:
  friend class Module;
  friend class Parameter;
  Registered(std::shared_ptr<Registration> registration, const Module* owner);

  const Module* owner_;
};

/// p += y is p.set(p + y): the slot holds the new tensor, for all handles to it.
inline const Parameter& operator+=(const Parameter& p, const Operand& y) { return p.set(add(p, y)), p; }
inline const Parameter& operator-=(const Parameter& p, const Operand& y) { return p.set(subtract(p, y)), p; }
inline const Parameter& operator*=(const Parameter& p, const Operand& y) { return p.set(multiply(p, y)), p; }
inline const Parameter& operator/=(const Parameter& p, const Operand& y) { return p.set(divide(p, y)), p; }

/// A slot that belongs to a module's state but is not trained, such as running statistics.
using Buffer = Parameter;

/// Parameters or buffers by name, in the order of their registration.
using NamedParameters = std::vector<std::pair<std::string, Parameter>>;

/// Parameters with names, as optimizers take them: a range of Parameter. Lists can be joined:
///
///     optim::Adam optimizer(generator.parameters() + discriminator.parameters());
class ParameterList {
 public:
  ParameterList() = default;
  ParameterList(const NamedParameters& named);
  /// Parameters that have no names; they are called "0", "1", ...
  ParameterList(std::initializer_list<Parameter> parameters);

  std::size_t size() const noexcept { return parameters_.size(); }
  bool empty() const noexcept { return parameters_.empty(); }
  /// Throw Error where there are fewer.
  const Parameter& operator[](std::size_t i) const;
  const std::string& name(std::size_t i) const;

  /// Adds a parameter, or those of another list, but for those that are here already, maybe by other names. The name is
  /// the place by default; a name that is taken gets "_2" behind it, or "_3" and so on. Throws Error on an undefined
  /// Parameter.
  void append(const Parameter& parameter, std::string name = "");
  void extend(const ParameterList& other);
  friend ParameterList operator+(ParameterList a, const ParameterList& b);

  auto begin() const noexcept { return parameters_.begin(); }
  auto end() const noexcept { return parameters_.end(); }

  /// The values, in order, for `tape.gradient(loss, model.parameters())`.
  operator std::vector<Tensor>() const;

 private:
  std::vector<std::string> names_;
  std::vector<Parameter> parameters_;
};

namespace detail {
/// Whether this thread makes a deep copy of a module (nn::clone).
bool cloning() noexcept;
/// While it is alive, handles that are copied from members are members too, wherever they lie.
class ContainerCopy {
 public:
  ContainerCopy() noexcept;
  ContainerCopy(const ContainerCopy&) = delete;
  ContainerCopy& operator=(const ContainerCopy&) = delete;
  ~ContainerCopy();
};
[[noreturn]] void refuse_element(std::size_t i, std::size_t size);
}  // namespace detail

/// A container of parameters as a member of a module, which copies of the module share; so its elements are members,
/// too, and can be assigned to. Make it as large as it will be, then fill it:
///
///     nn::Shared<std::vector<nn::Parameter>> scales{std::vector<nn::Parameter>(3)};
///     ...
///     for (std::size_t i = 0; i < 3; ++i) scales[i] = register_parameter("scale" + std::to_string(i), ones({4}));
///
/// In a plain container they are plain handles. No module has registered a parameter that is assigned to one of them,
/// and its use in a forward is an Error.
template <class Container>
class Shared {
 public:
  explicit Shared(Container container = {}) : container_(std::make_shared<Container>(std::move(container))) {}
  Shared(const Shared& other) : container_(other.container_) {
    if (!detail::cloning()) return;
    const detail::ContainerCopy copying;
    container_ = std::make_shared<Container>(*other.container_);
  }
  Shared& operator=(const Shared&) = default;
  ~Shared() = default;

  Container& operator*() const noexcept { return *container_; }
  Container* operator->() const noexcept { return container_.get(); }
  /// Throws Error where there are fewer.
  decltype(auto) operator[](std::size_t i) const {
    if (i >= size()) detail::refuse_element(i, size());
    return (*container_)[i];
  }
  std::size_t size() const noexcept { return container_->size(); }
  auto begin() const noexcept { return container_->begin(); }
  auto end() const noexcept { return container_->end(); }

 private:
  std::shared_ptr<Container> container_;
};

}  // namespace xgrad::nn
#pragma GCC visibility pop
