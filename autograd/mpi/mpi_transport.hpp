#pragma once

#include <mpi.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <autograd/distributed/transport.hpp>
#include <autograd/mpi/lost_ranks.hpp>

namespace xgrad::mpi {

/// "300 s": as short as tells it, whatever the locale.
std::string text_of(std::chrono::duration<double> seconds);

/// What the groups of a program have in common.
struct Job {
  std::chrono::duration<double> deadline;
  bool check_calls;
  std::vector<RankProcess> processes;  ///< by rank of the world
  bool shares_cores;                   ///< whether this host has more ranks than cores
  std::atomic<bool> failed = false;    ///< whether a collective has

  Job(std::chrono::duration<double> longest, bool checks, int rank, std::vector<RankProcess> all)
      : deadline(longest),
        check_calls(checks),
        processes(std::move(all)),
        shares_cores(ranks_beside(rank, processes) > cores_of_host()) {}
};

/// A group of MPI's processes. Collectives are MPI's non-blocking ones, tested until they are done. A rank that waits
/// long tells the others where it is, by messages beside the collectives, so that each knows who has not come when the
/// deadline is over: MPI itself never says.
class MpiTransport final : public distributed::Transport {
 public:
  /// A copy of a communicator, whose ranks are `ranks` of the world. Collective.
  MpiTransport(MPI_Comm group, std::shared_ptr<Job> job, std::vector<int> ranks);
  ~MpiTransport() override;

  int rank() const noexcept override { return rank_; }
  int size() const noexcept override { return static_cast<int>(ranks_.size()); }
  void run(const distributed::Exchange& exchange) override;
  std::shared_ptr<distributed::Transport> split(int color, int key) override;

  Job& job() const noexcept { return *job_; }

 private:
  using Clock = std::chrono::steady_clock;

  /// Where a rank is: which call of the group, and what it calls.
  struct Report {
    std::int64_t number = 0;  ///< 0: it has not said
    std::int64_t gave_up = 0;
    std::int64_t collective = 0;
    std::int64_t dtype = 0;
    std::int64_t root = 0;
    std::int64_t bytes = 0;

    bool same_call(const Report& other) const noexcept {
      return collective == other.collective && dtype == other.dtype && root == other.root && bytes == other.bytes;
    }
  };

  MPI_Request start(const distributed::Exchange& exchange) const;
  void wait(MPI_Request& request, const distributed::Exchange& exchange);
  void compare_calls(const distributed::Exchange& exchange);
  Report own_report(const distributed::Exchange& exchange) const;
  void tell(const Report& report);
  void read_reports();
  void check_reports(const distributed::Exchange& exchange, const Report& own);
  [[noreturn]] void give_up(const distributed::Exchange& exchange, Report own);
  std::string name_of(int rank) const;
  [[noreturn]] void refuse(const std::string& reason) const;
  void check(int code, const distributed::Exchange& exchange) const;

  MPI_Comm values_ = MPI_COMM_NULL;
  MPI_Comm messages_ = MPI_COMM_NULL;
  std::shared_ptr<Job> job_;
  std::vector<int> ranks_;  ///< of the world
  int rank_;
  std::int64_t number_ = 0;      ///< of the current call
  std::vector<Report> reports_;  ///< by rank, the latest
};

}  // namespace xgrad::mpi
