#pragma once

#include <chrono>
#include <memory>

#include <autograd/distributed/communicator.hpp>

#pragma GCC visibility push(default)
namespace xgrad::mpi {

struct SessionOptions {
  /// The longest that a collective waits for the other ranks. It has to cover whatever one rank does alone meanwhile,
  /// such as writing a checkpoint.
  std::chrono::duration<double> deadline = std::chrono::minutes(5);
  /// Whether each collective first compares what all ranks call, so that a rank that calls another one is an Error at
  /// once. It takes an exchange of a few bytes more. Without it such ranks are found where they wait for each other
  /// until the deadline, or where MPI refuses the call.
  bool check_calls = false;
  /// Whether SIGTERM, by which mpirun ends the other processes when one has ended, makes this one say on stderr which
  /// ranks have ended or are stopped, and exit with 143. Where the program handles SIGTERM itself, it stays so. Ranks
  /// on other hosts are not looked at.
  bool report_lost_ranks = true;
};

/// MPI, from its initialization to its end: make one in main, before all else that uses ranks. Its group is the default
/// world (distributed::set_default_world). A process that was not started by mpirun, or another launcher, is a group of
/// one rank, and MPI is left alone.
///
///     mpi::Session session;
///     ...
///     if (session.rank() == 0) std::cout << loss << "\n";
///
/// A collective that waits longer than the deadline is an Error, on every rank that waits, which names the ranks that
/// did not come. A program that ends by it, or any other error, has to end with a code that is not 0, as by `return 1`
/// from main: mpirun then ends the other ranks. The Session does not wait for them then.
class Session {
 public:
  /// Throws Error where MPI does not start, was started before, or lets no other thread than the main one use it;
  /// where Slurm has started several tasks without MPI (srun without --mpi=pmix); and unless deadline > 0.
  explicit Session(const SessionOptions& options = {});
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  /// Waits until all ranks are here and ends MPI; not where an exception is on its way, or a collective has failed.
  ~Session();

  int rank() const noexcept { return world_.rank(); }
  int size() const noexcept { return world_.size(); }
  const distributed::Communicator& world() const noexcept { return world_; }

 private:
  struct State;
  std::unique_ptr<State> state_;  ///< null where MPI is left alone
  distributed::Communicator world_;
  int exceptions_;
};

}  // namespace xgrad::mpi
#pragma GCC visibility pop
