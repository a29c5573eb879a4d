#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include <autograd/run/run.hpp>

namespace xgrad::run {  // not public
class ProfileSink;
}

#pragma GCC visibility push(default)
namespace xgrad {

/// Steps of one title and the same modules, summed over all runs of a profile.
struct ProfileEntry {
  std::string title;      ///< operations and extents, as in explain(): "pass over 512: subtract square sum"
  std::string modules;    ///< name scopes of the operations inside: "encoder.1, encoder.2 backward"
  std::size_t count = 0;  ///< steps
  double seconds = 0;
  double fastest = 0;     ///< seconds of the step that took least
  std::size_t bytes = 0;  ///< read and written at least
  std::size_t flops = 0;
};

/// Where the time of a profile went, and what it took.
struct ProfileSummary {
  std::size_t runs = 0;
  std::size_t interpreted_runs = 0;  ///< of these, without a plan: node by node
  std::size_t pieces = 0;            ///< that the runs were cut into; each run is one where none is cut
  std::size_t interpreted_pieces = 0;
  double seconds = 0;            ///< from the profile's beginning until now, or until stop()
  double run_seconds = 0;        ///< in runs, once they are planned
  double step_seconds = 0;       ///< in their steps, of all threads
  double planning_seconds = 0;   ///< finding out what to run and how
  double recording_seconds = 0;  ///< between runs: recording, and whatever else the program does
  PlanCacheStats plan_cache;     ///< of all threads since the profile began; `plans` are those held now
  std::size_t peak_memory = 0;   ///< bytes, of all threads
};

/// Measures every run of this thread until it goes out of scope or is stopped: each step's time, bytes and
/// floating-point operations. Begins with reset_peak_memory(). Throws Error where this thread has a profile already.
///
///     Profile profile;
///     train(model);
///     std::cerr << profile.report();
class Profile {
 public:
  Profile();
  Profile(const Profile&) = delete;
  Profile& operator=(const Profile&) = delete;
  ~Profile();

  /// Ends the measuring; what was measured stays. Throws Error on another thread than the one whose runs it measures.
  void stop();

  ProfileSummary summary() const;
  /// The entries, the one that took most time first.
  std::vector<ProfileEntry> entries() const;

  /// The summary and the entries as a table of text.
  std::string report() const;
  /// Writes every run and step with its times and threads as JSON, for https://ui.perfetto.dev or chrome://tracing.
  /// The file appears when it is complete. Throws Error where it cannot be written.
  void write_trace(const std::string& path) const;

 private:
  std::shared_ptr<run::ProfileSink> sink_;
};

}  // namespace xgrad
#pragma GCC visibility pop
