#include "side.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <numeric>
#include <vector>

#include "../measure.hpp"
#include "cases.hpp"

namespace bench::dynamic {
namespace {

/// How a case is measured.
struct Measuring {
  const Work& work;
  Clock clock;
  bool quick;

  /// `many`, or a few where it is quick.
  int count(int many, int few) const { return quick ? few : many; }

  /// The time of one program.
  double time(std::int64_t argument) const {
    const double start = clock();
    work.step(argument);
    return clock() - start;
  }

  /// The time of some programs, for each step or sample that they report.
  double time_per_unit(const std::vector<std::int64_t>& arguments) const {
    std::int64_t units = 0;
    const double start = clock();
    for (const std::int64_t argument : arguments) units += work.step(argument);
    return (clock() - start) / static_cast<double>(units);
  }
};

void report(const char* name, double value) { std::printf("%s %.9g\n", name, value); }

double sum(const std::vector<double>& values) { return std::accumulate(values.begin(), values.end(), 0.0); }

/// 0, 1, 2, ...
std::vector<std::int64_t> numbers(int count) {
  std::vector<std::int64_t> result(static_cast<std::size_t>(count));
  std::iota(result.begin(), result.end(), 0);
  return result;
}

/// The most that a step's time is above the median of the steps of its length. Where there are fewer than three of a
/// length, those of the nearest lengths count too, until there are three, by their time for each unit of length.
double worst_delay(const std::vector<std::int64_t>& lengths, const std::vector<double>& times) {
  double worst = 0;
  for (std::size_t i = 0; i < lengths.size(); ++i) {
    std::vector<double> similar;
    for (std::int64_t reach = 0; similar.size() < std::min<std::size_t>(3, lengths.size()); ++reach) {
      similar.clear();
      for (std::size_t k = 0; k < lengths.size(); ++k)
        if (std::abs(lengths[k] - lengths[i]) <= reach) similar.push_back(times[k] / static_cast<double>(lengths[k]));
    }
    worst = std::max(worst, times[i] / static_cast<double>(lengths[i]) / median(similar));
  }
  return worst;
}

/// "total": the time of all steps, from the process's first one on. "delay": see worst_delay.
void measure_drawn_lengths(const Measuring& measuring) {
  const std::vector<std::int64_t> lengths =
      drawn(static_cast<std::size_t>(measuring.count(300, 12)), drawn_lengths.shortest, drawn_lengths.longest, 1);
  std::vector<double> times;
  for (const std::int64_t length : lengths) times.push_back(measuring.time(length));
  report("total", sum(times));
  report("delay", worst_delay(lengths, times));
}

/// "step": the time of a step once the first ones are over.
void measure_fixed_length(const Measuring& measuring) {
  std::vector<double> times;
  for (int i = 0; i < measuring.count(10, 4); ++i) measuring.work.step(image_rows.longest);
  for (int i = 0; i < measuring.count(40, 3); ++i) times.push_back(measuring.time(image_rows.longest));
  report("step", median(times));
}

/// "step": the time of a step of the recurrence once five runs are over. "first": the time of these five, in runs.
void measure_recurrence(const Measuring& measuring) {
  const int steps = measuring.count(16000, 400);
  double first = 0;
  for (int i = 0; i < 5; ++i) first += measuring.time(steps);
  std::vector<double> times;
  for (int i = 0; i < 5; ++i) times.push_back(measuring.time(steps));
  report("step", median(times) / steps);
  report("first", first / median(times));
}

/// "repeated", "changing": the time of an integration step, where each integration has the same number of them, and
/// where each has another one that was never seen before.
void measure_runge_kutta(const Measuring& measuring) {
  const auto count = static_cast<std::size_t>(measuring.count(30, 3));
  const std::int64_t middle = (ode_fewest + ode_most) / 2;
  for (int i = 0; i < 5; ++i) measuring.work.step(middle);
  report("repeated", measuring.time_per_unit(std::vector<std::int64_t>(count, middle)));
  std::vector<std::int64_t> changing = distinct(count + 1, ode_fewest, ode_most, 2);
  changing.erase(std::remove(changing.begin(), changing.end(), middle), changing.end());
  report("changing", measuring.time_per_unit(changing));
}

/// "step": the time of a step, of everything from the process's first one on.
void measure_episodes(const Measuring& measuring) {
  report("step", measuring.time_per_unit(numbers(measuring.count(150, 8))));
}

/// "total": the time of all programs, once each. "resident-quarter", "resident-half", "resident": KiB in memory after
/// so many of them.
void measure_programs(const Measuring& measuring) {
  const int count = measuring.count(2000, 40);
  double total = 0;
  for (int i = 1; i <= count; ++i) {
    total += measuring.time(i - 1);
    if (i == count / 4) report("resident-quarter", static_cast<double>(memory_status("VmRSS")));
    if (i == count / 2) report("resident-half", static_cast<double>(memory_status("VmRSS")));
  }
  report("resident", static_cast<double>(memory_status("VmRSS")));
  report("total", total);
}

/// The time of a sample: "whole" and "odd", in epochs whose last batch is as large as the others, or smaller; "fixed"
/// and "drawn", in batches of one size, or of drawn sizes that have it as their mean.
void measure_batch_sizes(const Measuring& measuring) {
  const auto repeated = [](int count, std::vector<std::int64_t> sizes) {
    std::vector<std::int64_t> all;
    for (int i = 0; i < count; ++i) all.insert(all.end(), sizes.begin(), sizes.end());
    return all;
  };
  const int epochs = measuring.count(5, 1);
  const std::vector<std::int64_t> whole(epoch_batches, epoch_batch);
  std::vector<std::int64_t> odd = whole;
  odd.push_back(odd_batch);
  for (const std::int64_t size : whole) measuring.work.step(size);
  report("whole", measuring.time_per_unit(repeated(epochs, whole)));
  report("odd", measuring.time_per_unit(repeated(epochs, odd)));

  const auto steps = static_cast<std::size_t>(measuring.count(400, 20));
  for (int i = 0; i < 5; ++i) measuring.work.step(mean_batch);
  report("fixed", measuring.time_per_unit(std::vector<std::int64_t>(steps, mean_batch)));
  report("drawn", measuring.time_per_unit(drawn(steps, smallest_batch, largest_batch, 3)));
}

const std::map<std::string, void (*)(const Measuring&)> measurements{
    {"lstm", &measure_drawn_lengths},    {"gru", &measure_drawn_lengths},       {"lstm-28x128", &measure_fixed_length},
    {"recurrence", &measure_recurrence}, {"runge-kutta", &measure_runge_kutta}, {"cartpole", &measure_episodes},
    {"beam-search", &measure_episodes},  {"programs", &measure_programs},       {"batch-sizes", &measure_batch_sizes},
};

}  // namespace

int run_side(int argc, char** argv, const Side& side) {
  if (has_flag(argc, argv, "--version")) {
    std::printf("%s\n", side.version.c_str());
    return 0;
  }
  const auto entry = argc > 1 ? side.cases.find(argv[1]) : side.cases.end();
  if (entry == side.cases.end()) {
    std::fprintf(stderr, "usage: %s CASE [--quick] [--clock cpu|wall]\ncases:", argv[0]);
    for (const auto& [name, make] : side.cases) std::fprintf(stderr, " %s", name.c_str());
    std::fprintf(stderr, "\n");
    return 2;
  }
  side.set_threads(1);
  const Work work = entry->second();
  measurements.at(entry->first)({work, clock_flag(argc, argv, "cpu"), has_flag(argc, argv, "--quick")});
  report("value", work.value());
  std::printf("end\n");
  return 0;
}

}  // namespace bench::dynamic
