#pragma once

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <string>
#include <vector>

/// A clock, medians, flags and the machine's name, for all benchmarks. Depends on no framework.
namespace bench {

/// Seconds that f takes.
template <class F>
double seconds(F&& f) {
  const auto start = std::chrono::steady_clock::now();
  f();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// The upper median; values must not be empty.
inline double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

/// The text after a flag on the command line, as in `--clock cpu`.
inline std::string text_flag(int argc, char** argv, const std::string& name, const std::string& otherwise) {
  for (int i = 1; i + 1 < argc; ++i)
    if (argv[i] == name) return argv[i + 1];
  return otherwise;
}

/// The number after a flag on the command line, as in `--steps 300`.
inline int flag(int argc, char** argv, const std::string& name, int otherwise) {
  return std::max(1, std::atoi(text_flag(argc, argv, name, std::to_string(otherwise)).c_str()));
}

/// Whether a word stands on the command line.
inline bool has_flag(int argc, char** argv, const std::string& name) {
  return std::find(argv + 1, argv + argc, name) != argv + argc;
}

/// A clock in seconds: the wall's, or the processor's, which counts the time of all threads.
using Clock = double (*)();

template <clockid_t id>
double read_clock() {
  timespec time{};
  clock_gettime(id, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

inline double wall_clock() { return read_clock<CLOCK_MONOTONIC>(); }
inline double processor_clock() { return read_clock<CLOCK_PROCESS_CPUTIME_ID>(); }

/// The clock of `--clock wall` or `--clock cpu`.
inline Clock clock_flag(int argc, char** argv, const std::string& otherwise) {
  return text_flag(argc, argv, "--clock", otherwise) == "cpu" ? &processor_clock : &wall_clock;
}

/// What the first line of a file says after its colon, where that line starts with `key`.
inline std::string line_of(const std::string& path, const std::string& key, const std::string& otherwise) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);)
    if (line.starts_with(key)) return line.substr(std::min(line.size(), line.find(':') + 2));
  return otherwise;
}

/// KiB of the process's memory, as /proc/self/status says: "VmRSS" now, "VmHWM" at its peak.
inline long memory_status(const std::string& key) { return std::stol(line_of("/proc/self/status", key, "0")); }

inline std::string processor() { return line_of("/proc/cpuinfo", "model name", "an unknown processor"); }

}  // namespace bench
