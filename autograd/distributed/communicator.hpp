#pragma once

#include <memory>

#include <autograd/distributed/transport.hpp>

namespace xgrad {
class Attributes;
}

#pragma GCC visibility push(default)
namespace xgrad::distributed {

/// A group of ranks (processes, or threads of one) that compute together: a cheap handle. Collectives
/// (distributed/collectives.hpp) exchange the values of its ranks.
class Communicator {
 public:
  /// The group of this rank alone.
  Communicator();
  /// Throws Error where there is no transport.
  explicit Communicator(std::shared_ptr<Transport> transport);

  /// Which of the ranks this is, from 0 on.
  int rank() const noexcept;
  int size() const noexcept;

  /// Returns once all ranks have called it, and so have run what they recorded before it. Throws Error as a collective
  /// does.
  void barrier() const;
  /// The group of the ranks that give the same color, in the order of their keys, equal ones in that of this group. All
  /// ranks of this group call it. Throws Error as a collective does.
  Communicator split(int color, int key = 0) const;

  /// The attributes of collectives with a root; 0 for those without.
  const Attributes& attributes(int root) const;

 private:
  struct State;
  std::shared_ptr<const State> state_;
};

/// This thread's group: that of a WorldScope, else that of set_default_world, else this rank alone. Collectives use it
/// where they are given none.
const Communicator& world();

/// Makes a group that of all threads that have none of their own, as mpi::Session does. Call it before they ask.
void set_default_world(const Communicator& world);

/// While it is alive, a group is this thread's.
class WorldScope {
 public:
  explicit WorldScope(Communicator world);
  WorldScope(const WorldScope&) = delete;
  WorldScope& operator=(const WorldScope&) = delete;
  ~WorldScope();

 private:
  Communicator world_;
  const Communicator* outer_;
};

}  // namespace xgrad::distributed
#pragma GCC visibility pop
