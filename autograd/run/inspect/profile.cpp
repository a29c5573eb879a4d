#include <autograd/run/inspect/profile.hpp>

#include <algorithm>
#include <map>
#include <tuple>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <autograd/io/file.hpp>
#include <autograd/per_thread.hpp>
#include <autograd/run/inspect/profile_sink.hpp>

namespace xgrad {
namespace {

/// The profile that run::own_profile points to.
thread_local constinit PerThread<std::shared_ptr<run::ProfileSink>> owned_by_thread;

double share(double part, double whole) { return whole > 0 ? part / whole : 0; }

std::string escaped(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

/// A slice of the trace: microseconds, written to the nanosecond.
std::string slice(const std::string& name, int thread, std::int64_t start, std::int64_t end,
                  const std::string& arguments) {
  const auto [ts, dur] = std::pair(1e-3 * static_cast<double>(start), 1e-3 * static_cast<double>(end - start));
  return fmt::format(R"({{"ph":"X","pid":1,"tid":{},"ts":{:.3f},"dur":{:.3f},"name":{},"args":{{{}}}}})", thread, ts,
                     dur, escaped(name), arguments);
}

std::string thread_name(int thread) {
  return fmt::format(R"({{"ph":"M","pid":1,"tid":{},"name":"thread_name","args":{{"name":"{}"}}}})", thread,
                     thread == 0 ? "runs" : fmt::format("helper {}", thread));
}

}  // namespace

Profile::Profile() {
  if (run::active_profile()) fail("Profile", "this thread has a profile already; they do not nest");
  sink_ = std::make_shared<run::ProfileSink>();
  *owned_by_thread = sink_;
  run::own_profile = sink_.get();
}

Profile::~Profile() {
  if (run::own_profile == sink_.get())
    stop();
  else
    sink_->abandon();
}

void Profile::stop() {
  if (sink_->stopped()) return;
  if (run::own_profile != sink_.get())
    fail("Profile::stop", "the profile belongs to another thread, whose runs it measures; stop it there");
  sink_->stop();
  run::own_profile = nullptr;
  owned_by_thread->reset();
}

ProfileSummary Profile::summary() const { return sink_->summary(); }

std::vector<ProfileEntry> Profile::entries() const {
  std::map<std::pair<std::string_view, std::string_view>, ProfileEntry> merged;
  for (const run::ProfiledStep& step : sink_->steps()) {
    const run::ProfiledWork& work = *step.work;
    ProfileEntry& entry = merged[{work.title, work.modules}];
    const double seconds = 1e-9 * static_cast<double>(step.end - step.start);
    entry.fastest = entry.count == 0 ? seconds : std::min(entry.fastest, seconds);
    entry.seconds += seconds;
    ++entry.count;
    entry.bytes += work.bytes;
    entry.flops += work.flops;
  }
  std::vector<ProfileEntry> entries;
  for (auto& [key, entry] : merged) {
    std::tie(entry.title, entry.modules) = key;
    entries.push_back(std::move(entry));
  }
  std::ranges::stable_sort(entries, std::greater(), &ProfileEntry::seconds);
  return entries;
}

std::string Profile::report() const {
  const ProfileSummary total = summary();
  std::string text =
      fmt::format("{} runs in {:.3f} ms: running {:.3f} ms (steps {:.3f} ms), planning {:.3f} ms, ", total.runs,
                  1e3 * total.seconds, 1e3 * total.run_seconds, 1e3 * total.step_seconds, 1e3 * total.planning_seconds);
  text += fmt::format("between runs {:.3f} ms\n", 1e3 * total.recording_seconds);
  text += fmt::format("plans: {} found, {} made, {} evicted; peak memory {:.3f} MB\n", total.plan_cache.hits,
                      total.plan_cache.misses, total.plan_cache.evictions, 1e-6 * double(total.peak_memory));
  if (total.interpreted_runs > 0)
    text += fmt::format("{} of the runs went node by node, without a plan\n", total.interpreted_runs);
  if (total.pieces > total.runs)
    text += fmt::format("long runs were cut: {} pieces in all, {} of them node by node\n", total.pieces,
                        total.interpreted_pieces);
  text += fmt::format("\n{:>10} {:>6} {:>8} {:>10} {:>10} {:>8} {:>8}  step [modules]\n", "total ms", "%", "count",
                      "mean us", "min us", "GB/s", "GFLOP/s");
  for (const ProfileEntry& entry : entries()) {
    text += fmt::format("{:>10.3f} {:>6.1f} {:>8} {:>10.2f} {:>10.2f} {:>8.2f} {:>8.2f}  {}", 1e3 * entry.seconds,
                        100 * share(entry.seconds, total.step_seconds), entry.count,
                        1e6 * share(entry.seconds, double(entry.count)), 1e6 * entry.fastest,
                        1e-9 * share(double(entry.bytes), entry.seconds),
                        1e-9 * share(double(entry.flops), entry.seconds), entry.title);
    text += entry.modules.empty() ? "\n" : fmt::format(" [{}]\n", entry.modules);
  }
  return text;
}

void Profile::write_trace(const std::string& path) const {
  const std::vector<run::ProfiledStep> steps = sink_->steps();
  int threads = 1;
  for (const run::ProfiledStep& step : steps) threads = std::max(threads, step.thread + 1);

  std::string json = R"({"displayTimeUnit":"ms","traceEvents":[)";
  json += R"({"ph":"M","pid":1,"name":"process_name","args":{"name":"xgrad"}})";
  for (int thread = 0; thread < threads; ++thread) json += ",\n" + thread_name(thread);
  for (const run::ProfiledRun& run : sink_->runs()) {
    json += ",\n" + slice("plan", 0, run.begin, run.planned, "");
    json += ",\n" + slice(run.interpreted == run.pieces ? "run node by node" : "run", 0, run.start, run.end, "");
  }
  for (const run::ProfiledStep& step : steps) {
    const run::ProfiledWork& work = *step.work;
    json += ",\n" + slice(work.title, step.thread, step.start, step.end,
                          fmt::format(R"("bytes":{},"flops":{},"operations":{})", work.bytes, work.flops,
                                      escaped(work.operations)));
  }
  json += "]}\n";
  io::write_file({.function = "Profile::write_trace", .file = path}, json);
}

}  // namespace xgrad
