// How far apart two cores are: the time a cache line takes from one to the other and back, several times, since virtual
// machines move their cores about. What steps shared by two threads gain depends on it (docs/performance.md).

#include <atomic>
#include <cstdio>
#include <thread>

#include "measure.hpp"

namespace {

/// Seconds of a round trip, on the mean of so many.
double round_trip(int trips) {
  alignas(64) std::atomic<int> turn{0};
  std::thread other([&] {
    for (int i = 0; i < trips; ++i) {
      while (turn.load() != 2 * i + 1) {
      }
      turn.store(2 * i + 2);
    }
  });
  const double taken = bench::seconds([&] {
    for (int i = 0; i < trips; ++i) {
      turn.store(2 * i + 1);
      while (turn.load() != 2 * i + 2) {
      }
    }
  });
  other.join();
  return taken / trips;
}

}  // namespace

int main(int argc, char** argv) {
  if (std::thread::hardware_concurrency() < 2) {
    std::printf("This machine has one core.\n");
    return 0;
  }
  const int turns = bench::flag(argc, argv, "--turns", 10);
  std::printf("%s, a cache line between two threads and back, ns:", bench::processor().c_str());
  for (int i = 0; i < turns; ++i) {
    std::printf(" %.0f", 1e9 * round_trip(200'000));
    std::fflush(stdout);
  }
  std::printf("\n");
  return 0;
}
