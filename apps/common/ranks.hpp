#pragma once

#include <memory>

namespace xgrad::apps {

struct RanksOptions {
  double deadline = 300;       ///< seconds that a rank waits for the others, at most
  bool shares_threads = true;  ///< whether the ranks of a machine divide the threads of a run among them
};

/// The ranks that mpirun, or another launcher of MPI, has started this program as, while it is alive
/// (distributed::world()); this process alone where none has. Ranks but the first say nothing but errors
/// (say_nothing). Throws Error in a build without MPI, and as mpi::Session does.
class Ranks {
 public:
  explicit Ranks(const RanksOptions& options = {});
  ~Ranks();
  Ranks(const Ranks&) = delete;
  Ranks& operator=(const Ranks&) = delete;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace xgrad::apps
