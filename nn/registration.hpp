#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <typeinfo>
#include <vector>

#include <autograd/tensor.hpp>
#include <nn/parameter.hpp>

/// How a module's members and its registered entries stay one and the same, for the files of nn/ only.
///
/// A module is copied like any value: its members are copied one by one. A member handle must remain what it is in each
/// copy, a stand-in for the registered entry, and a handle that merely was copied from a member must not become one.
/// The difference is the place: in a copy of an object each member lies at the same distance from the object's start.
namespace xgrad::nn {

struct Slot {
  Tensor value;
};

/// The objects that stand for one module, copies of each other, while they live.
struct Objects {
  std::vector<const Module*> list;

  void add(const Module* object) { list.push_back(object); }
  void remove(const Module* object) noexcept { std::erase(list, object); }
};

/// Guards Objects and lists of members: copies of a module may come and go on several threads. Which slot or module an
/// entry has is changed by one thread, while no other uses the module.
std::mutex& structure() noexcept;

/// The copy of `object`, a living object of the same class, that has `place` where `object` has `from`; null where
/// there is none. `registrar` is the class that registered what lies there: while one of its members is copied, the
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

/// What the files of nn/ may see of a Parameter.
struct ParameterAccess {
  static const std::shared_ptr<Registration>& registration(const Parameter& parameter) {
    return parameter.registration_;
  }
  static const std::shared_ptr<Slot>& slot(const Parameter& parameter) { return parameter.slot_; }
  /// A plain handle to the entry's slot.
  static Parameter of(const std::shared_ptr<Registration>& registration);
};

/// Tensors that stand in for those of slots, on this thread, until the end of a scope.
class Overrides {
 public:
  Overrides();
  Overrides(const Overrides&) = delete;
  Overrides& operator=(const Overrides&) = delete;
  ~Overrides();

  void add(const Parameter& parameter, const Tensor& value);
  /// The tensor that stands in for a slot's, null where none does.
  static Tensor* find(const Slot* slot) noexcept;

 private:
  std::vector<std::pair<const Slot*, Tensor>> tensors_;
  Overrides* outer_;
};

/// Throws Error unless a module that is being applied on this thread, if any, registered the parameter.
void check_use(const Parameter& parameter);

/// A deep copy that is under way on this thread: which new parts stand for which old ones.
struct Cloning;
std::shared_ptr<Slot> cloned(const std::shared_ptr<Slot>& slot);
std::shared_ptr<Registration> cloned(const std::shared_ptr<Registration>& registration);
bool copying_container() noexcept;

}  // namespace xgrad::nn
