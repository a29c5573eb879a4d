#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace xgrad::mpi {

/// The process of a rank.
struct RankProcess {
  std::uint64_t host;  ///< equal for ranks on one host
  std::int64_t id;
};

/// What is known of a process from outside.
enum class Fate : std::uint8_t { unknown, running, stopped, ended };

/// Safe in a signal handler.
Fate fate_of(const RankProcess& process, std::uint64_t own_host) noexcept;

RankProcess this_process();

/// How many of the processes are on a rank's host, with itself.
std::int64_t ranks_beside(int rank, std::span<const RankProcess> ranks) noexcept;
std::int64_t cores_of_host() noexcept;

/// "rank 2 has ended", "rank 2 is stopped", or "rank 2"
std::string described(int rank, Fate fate);

/// Installs the handler of SIGTERM that names ranks which have ended or are stopped, and exits, unless the program has
/// one.
void report_on_termination(int rank, std::span<const RankProcess> ranks);
/// This process is about to end by an error that says more: SIGTERM need not. mpirun kills it where it does not end.
void end_by_itself() noexcept;
/// Puts back what was before.
void report_no_more() noexcept;

}  // namespace xgrad::mpi
