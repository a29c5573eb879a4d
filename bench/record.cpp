// What recording costs: a chain of operations on tensors of 8 elements is recorded, differentiated and run, and the
// time is given for each operation of the chain.
//
//   bench_record [--rounds 200] [--length 1000]
#include <cstdio>

#include "common.hpp"

int main(int argc, char** argv) {
  using namespace xgrad;
  const int rounds = bench::flag(argc, argv, "--rounds", 200);
  const int length = bench::flag(argc, argv, "--length", 1000);
  manual_seed(1);
  const Tensor x = randn({8});
  const Tensor w = randn({8});
  eval({x, w});

  std::vector<double> recording;
  std::vector<double> differentiating;
  std::vector<double> running;
  for (int round = 0; round < rounds; ++round) {
    Tape tape;
    Tensor y = x;
    recording.push_back(bench::seconds([&] {
      for (int i = 0; i < length; i += 2) y = tanh(y) * w;
    }));
    Tensor gradient;
    const Tensor loss = sum(y);
    differentiating.push_back(bench::seconds([&] { gradient = tape.gradient(loss, w); }));
    running.push_back(bench::seconds([&] { eval({gradient}); }));
  }
  std::printf("%s, chain of %d operations on 8 elements, median of %d, ns for each operation\n",
              bench::processor().c_str(), length, rounds);
  const auto print = [&](const char* what, const std::vector<double>& times) {
    std::printf("%-14s %8.0f\n", what, bench::median(times) * 1e9 / length);
  };
  print("record", recording);
  print("differentiate", differentiating);
  print("run both", running);
}
