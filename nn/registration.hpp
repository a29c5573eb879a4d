#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <typeinfo>
#include <vector>

#include <autograd/tensor.hpp>
#include <nn/parameter.hpp>

/// Keeps a module's members and its registered entries one and the same. For the files of nn/ only.
///
/// A module is copied like any value: its members are copied one by one. In each copy a member handle must still stand
/// for the registered entry, and a handle that was merely copied from a member must not become one. The difference is
/// the place: in a copy of an object each member lies at the same distance from the object's start.
namespace xgrad::nn {

struct Slot {
  Tensor value;
};

/// The living objects that stand for one module; they are copies of each other.
struct Objects {
  std::vector<const Module*> list;

  void add(const Module* object) { list.push_back(object); }
  void remove(const Module* object) noexcept { std::erase(list, object); }
};

/// Guards Objects and lists of members: copies of a module may come and go on several threads. The slot or module of an
/// entry is changed by one thread, while no other uses the module.
std::mutex& structure() noexcept;

/// The copy of `object`, a living object of the same class, that has `place` where `object` has `from`; null where
/// there is none. `registrar` is the class that registered the member there: while one of its members is copied, the
/// object under construction is of that class. Needs structure() locked.
const Module* object_around(const void* place, const void* from, const Module* object, const Objects& objects,
                            const std::type_info& registrar) noexcept;

/// A parameter or buffer of a module: a name that has a slot, or none.
struct Registration : std::enable_shared_from_this<Registration> {
  std::string module;  ///< its class's name
  std::string name;
  bool trained = true;
  std::shared_ptr<Slot> slot;
  std::shared_ptr<Objects> objects;
  const std::type_info* registrar = nullptr;
  std::vector<Parameter*> members;
  std::int64_t replacements = 0;  ///< how often a module that it belongs to was replaced by another

  /// Gives the entry another slot, and all members with it.
  void bind(const std::shared_ptr<Slot>& other);
};

/// Gives the files of nn/ access to a Parameter.
struct ParameterAccess {
  static const std::shared_ptr<Registration>& registration(const Parameter& parameter) {
    return parameter.registration_;
  }
  static const std::shared_ptr<Slot>& slot(const Parameter& parameter) { return parameter.slot_; }
  /// A plain handle to the entry's slot.
  static Parameter of(const std::shared_ptr<Registration>& registration);
};

/// Tensors that replace those of slots, on this thread, until the end of a scope.
class Overrides {
 public:
  Overrides();
  Overrides(const Overrides&) = delete;
  Overrides& operator=(const Overrides&) = delete;
  ~Overrides();

  void add(const Parameter& parameter, const Tensor& value);
  /// The tensor that replaces a slot's, or null.
  static Tensor* find(const Slot* slot) noexcept;

 private:
  std::vector<std::pair<const Slot*, Tensor>> tensors_;
  Overrides* outer_;
};

/// Throws Error unless a module that is being applied on this thread, if any, registered the parameter.
void check_use(const Parameter& parameter);

/// A deep copy that is under way on this thread: maps old parts to new ones.
struct Cloning;
std::shared_ptr<Slot> cloned(const std::shared_ptr<Slot>& slot);
std::shared_ptr<Registration> cloned(const std::shared_ptr<Registration>& registration);
bool copying_container() noexcept;

}  // namespace xgrad::nn
