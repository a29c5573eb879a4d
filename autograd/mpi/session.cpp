#include <autograd/mpi/session.hpp>

#include <mpi.h>

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <string>
#include <vector>

#include <autograd/error.hpp>
#include <autograd/mpi/lost_ranks.hpp>
#include <autograd/mpi/mpi_transport.hpp>

namespace xgrad::mpi {
namespace {

/// A year: clocks count longer times than that, not all that a double holds.
constexpr std::chrono::duration<double> longest_deadline = std::chrono::hours(24 * 365);

/// Whether a launcher has started this process: Open MPI's, or one that speaks PMIx or PMI.
bool launched() {
  for (const char* variable : {"OMPI_COMM_WORLD_SIZE", "PMIX_RANK", "PMI_RANK", "PMI_SIZE"})
    if (std::getenv(variable)) return true;
  return false;
}

/// Refuses to be the only rank where Slurm has started several tasks, which MPI does not know of each other: each would
/// do all of the work, and write the same files.
void check_tasks_of_slurm() {
  const char* tasks = std::getenv("SLURM_STEP_NUM_TASKS");
  if (!tasks || std::atoi(tasks) < 2) return;
  fail("mpi::Session", std::string("Slurm started ") + tasks +
                           " tasks, but MPI sees one process; expected srun --mpi=pmix, or mpirun in a script for "
                           "sbatch. Where each task shall work alone, unset SLURM_STEP_NUM_TASKS");
}

}  // namespace

struct Session::State {
  std::vector<RankProcess> processes;  ///< by rank
  std::shared_ptr<MpiTransport> transport;
};

Session::Session(const SessionOptions& options) : exceptions_(std::uncaught_exceptions()) {
  if (!(options.deadline.count() > 0))
    fail("mpi::Session", "the deadline is " + text_of(options.deadline) + "; it must be more than 0");
  if (!launched()) {
    check_tasks_of_slurm();
    return;
  }
  int initialized = 0;
  MPI_Initialized(&initialized);
  if (initialized) fail("mpi::Session", "MPI has been started before; a program has one Session");
  int given = MPI_THREAD_SINGLE;
  if (MPI_Init_thread(nullptr, nullptr, MPI_THREAD_MULTIPLE, &given) != MPI_SUCCESS)
    fail("mpi::Session", "MPI did not start");
  if (given < MPI_THREAD_SERIALIZED) fail("mpi::Session", "this MPI lets the main thread only use it");
  state_ = std::make_unique<State>();
  int rank = 0, size = 1;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  const RankProcess own = this_process();
  state_->processes.resize(static_cast<std::size_t>(size));
  constexpr int bytes = sizeof(RankProcess);
  MPI_Allgather(&own, bytes, MPI_BYTE, state_->processes.data(), bytes, MPI_BYTE, MPI_COMM_WORLD);
  if (options.report_lost_ranks) report_on_termination(rank, state_->processes);
  std::vector<int> ranks(static_cast<std::size_t>(size));
  for (int r = 0; r < size; ++r) ranks[static_cast<std::size_t>(r)] = r;
  auto job =
      std::make_shared<Job>(std::min(options.deadline, longest_deadline), options.check_calls, rank, state_->processes);
  state_->transport = std::make_shared<MpiTransport>(MPI_COMM_WORLD, std::move(job), std::move(ranks));
  world_ = distributed::Communicator(state_->transport);
  distributed::set_default_world(world_);
}

Session::~Session() {
  if (!state_) return;
  distributed::set_default_world(distributed::Communicator());
  // The others would be waited for, which may never come.
  if (std::uncaught_exceptions() > exceptions_ || state_->transport->job().failed) return;
  MPI_Barrier(MPI_COMM_WORLD);
  report_no_more();
  MPI_Finalize();
}

}  // namespace xgrad::mpi
