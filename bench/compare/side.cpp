#include "side.hpp"

#ifdef __GLIBC__
#include <malloc.h>
#endif

#include <cstdio>
#include <iostream>
#include <vector>

#include "../measure.hpp"

namespace bench {
namespace {

constexpr int settling_steps = 5;

/// The median time of a step, over as many as fit into the given seconds, and three at least. Caches that others have
/// filled since the last turn are warmed by a step that does not count.
double turn(const Work& work, double seconds, Clock clock) {
  work.step();
  std::vector<double> times;
  const double end = wall_clock() + seconds;
  while (times.size() < 3 || wall_clock() < end) {
    const double start = clock();
    work.step();
    times.push_back(clock() - start);
  }
  return median(times);
}

int measure_memory(const Side& side, const std::function<Work()>& make) {
  side.warm_up();
  const long idle = memory_status("VmRSS");
  const Work work = make();
#ifdef __GLIBC__
  malloc_trim(0);  // what making the data has freed is not the step's
#endif
  std::ofstream("/proc/self/clear_refs") << "5";  // the peak starts again from what is resident now
  for (int i = 0; i < settling_steps; ++i) work.step();
  std::printf("%ld\n", memory_status("VmHWM") - idle);
  return 0;
}

}  // namespace

int run_side(int argc, char** argv, const Side& side) {
  if (has_flag(argc, argv, "--version")) {
    std::printf("%s\n", side.version.c_str());
    return 0;
  }
  const auto entry = argc > 1 ? side.cases.find(argv[1]) : side.cases.end();
  if (entry == side.cases.end()) {
    std::fprintf(stderr,
                 "usage: %s CASE [--seconds 1] [--threads 1] [--clock wall|cpu] [--turns | --memory]\ncases:", argv[0]);
    for (const auto& [name, make] : side.cases) std::fprintf(stderr, " %s", name.c_str());
    std::fprintf(stderr, "\n");
    return 3;
  }
  side.set_threads(flag(argc, argv, "--threads", 1));
  if (has_flag(argc, argv, "--memory")) return measure_memory(side, entry->second);

  const Clock clock = clock_flag(argc, argv, "wall");
  const Work work = entry->second();
  for (int i = 0; i < settling_steps; ++i) work.step();
  const double value = work.value();
  if (!has_flag(argc, argv, "--turns")) {
    std::printf("%.9g %.9g\n", turn(work, std::stod(text_flag(argc, argv, "--seconds", "1")), clock), value);
    return 0;
  }
  for (double seconds = 0; std::cin >> seconds;) {
    std::printf("%.9g %.9g\n", turn(work, seconds, clock), value);
    std::fflush(stdout);
  }
  return 0;
}

}  // namespace bench
