// xgrad beside libtorch and the floor, measured in turns on the same cases, as tables in Markdown:
//
//   bench_compare [speed] [threads] [memory] [compile] [convolutions]   what to measure; all of it by default
//     --case NAME      only this case
//     --rounds 15      turns of each side
//     --turn 0.2       seconds of a turn
//     --clock wall     or cpu, the processor's time: for machines on which others work too
//
// A round gives each side a turn in a process of its own, a turn gives the median time of a step. The tables show the
// medians of the turns, and of the ratios within rounds.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <exception>
#include <memory>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "../measure.hpp"
#include "../sides/process.hpp"
#include "../sides/table.hpp"
#include "convolutions.hpp"

namespace {

using bench::number;
using bench::print_head;
using bench::print_row;

struct Options {
  std::string clock;
  std::string turn;
  int rounds;
  std::vector<std::string> cases;
};

/// Whether bench_floor has a case.
enum class Floor { none, there };

struct Case {
  std::string name;
  std::string what;
  Floor floor = Floor::none;
};

const std::vector<Case> all_cases{
    {"tanh-bn", "784-100x9-10 tanh, batch norm, batch 60, SGD step", Floor::there},
    {"relu-bn", "784-100x9-10 relu, batch norm, batch 60, SGD step", Floor::there},
    {"tanh", "784-100x9-10 tanh, batch 60, SGD step", Floor::there},
    {"wide-adam", "784-1024-1024-10 relu, batch 128, Adam step", Floor::there},
    {"mlp-4096", "784-4096-4096-10 relu, batch 256, Adam step", Floor::there},
    {"mnist-cnn", "CNN of PyTorch's MNIST example, batch 64, Adam step"},
    {"three-convs", "three convolutions with batch norm on (32, 3, 32, 32), Adam step"},
    {"lenet", "LeNet-5 with tanh, batch 64, Adam step"},
    {"lstm", "LSTM 28-128 over 28 steps, batch 64, Adam step"},
    {"gru", "GRU 28-128 over 28 steps, batch 64, Adam step"},
    {"encoder", "transformer encoder layer (128, 8, 256), 4 heads, 1024 hidden, Adam step"},
    {"embedding", "embedding 20,000 x 64, linear 64-20,000, batch 256, SGD step"},
    {"mnist-cnn-1", "CNN of PyTorch's MNIST example, inference of one image"},
    {"mnist-cnn-64", "CNN of PyTorch's MNIST example, inference of 64 images"},
    {"mlp-bn-1", "784-100-100-10 relu, batch norm, inference of one image"},
    {"lenet-1", "LeNet-5 with tanh, inference of one image"},
    {"mnist-cnn-1-frozen", "CNN of PyTorch's MNIST example, frozen, inference of one image"},
    {"mlp-bn-1-frozen", "784-100-100-10 relu, batch norm, frozen, inference of one image"},
    {"lenet-1-frozen", "LeNet-5 with tanh, frozen, inference of one image"},
    {"batch-norm", "batch norm (4096, 1024), forward + backward", Floor::there},
    {"layer-norm", "layer norm (4096, 1024), forward + backward", Floor::there},
    {"cross-entropy", "softmax cross-entropy (4096, 1024), forward + backward", Floor::there},
    {"conv", "conv2d (64, 16, 28, 28) to 32 channels, 3 x 3, bias, relu, forward + backward", Floor::there},
    {"conv3d", "conv3d (4, 8, 20, 20, 20) to 16 channels, 3 x 3 x 3, padding 1, bias, forward + backward"},
    {"conv-transpose", "conv_transpose2d (16, 32, 14, 14) to (16, 16, 28, 28), 4 x 4, bias, forward + backward"},
    {"max-pool", "max_pool2d (8, 32, 64, 64), 3 x 3, stride 2, ceil_mode, forward + backward"},
    {"bilinear", "interpolate (8, 32, 64, 64) to (8, 32, 128, 128), bilinear, forward + backward"},
    {"grid-sample", "grid_sample (8, 32, 64, 64) at (8, 64, 64, 2), bilinear, forward + backward"},
    {"attention", "attention, 16 heads of 512 x 64, forward + backward"},
    {"long-attention", "attention, one head of 4096 x 64, forward + backward"},
    {"transformer", "transformer encoder layer (128, 16, 256), 4 heads, 1024 hidden, forward + backward"},
    {"adam", "Adam update of 10 million parameters", Floor::there},
    {"tiny", "chain of 1,000 ops on 8 elements, forward + backward"},
};

/// The cases that are measured with two threads as well.
const std::set<std::string> threaded_cases{"tanh-bn", "wide-adam", "mlp-4096", "mnist-cnn", "three-convs", "lenet",
                                           "lstm",    "gru",       "encoder",  "embedding", "mnist-cnn-64"};

const Case& case_of(const std::string& name) {
  const auto found = std::find_if(all_cases.begin(), all_cases.end(), [&](const Case& c) { return c.name == name; });
  if (found == all_cases.end()) throw std::runtime_error("there is no case '" + name + "'");
  return *found;
}
const std::string& what(const std::string& name) { return case_of(name).what; }

/// Empty where the side was not built.
std::string program(const std::string& side) { return bench::beside("bench_" + side); }

// ----------------------------------------------------------------------------------------------- measuring

/// A side at a case, waiting for its turns.
struct Contender {
  std::unique_ptr<bench::Process> process;
  std::vector<double> times;  ///< of its turns
  double value = 0;

  explicit operator bool() const { return process != nullptr; }
};

/// Nothing where the side was not built, or does not have the case.
Contender contender(const std::string& side, const std::string& name, int threads, const Options& options) {
  const std::string path = program(side);
  if (path.empty() || (side == "floor" && case_of(name).floor == Floor::none)) return {};
  return {std::make_unique<bench::Process>(std::vector<std::string>{path, name, "--turns", "--threads",
                                                                    std::to_string(threads), "--clock", options.clock}),
          {},
          0};
}

/// Gives all their turns, round by round.
void compete(std::vector<Contender>& contenders, const Options& options) {
  for (int round = 0; round < options.rounds; ++round) {
    for (Contender& one : contenders) {
      if (!one) continue;
      one.process->write_line(options.turn);
      std::istringstream answer(one.process->read_line());
      double time = 0;
      answer >> time >> one.value;
      one.times.push_back(time);
    }
  }
}

/// The median of a's time over b's, round by round; NaN where one of them is missing.
double ratio(const Contender& a, const Contender& b) {
  if (!a || !b) return NAN;
  std::vector<double> ratios;
  for (std::size_t i = 0; i < a.times.size(); ++i) ratios.push_back(a.times[i] / b.times[i]);
  return bench::median(ratios);
}

std::string microseconds(const Contender& one) { return one ? number(bench::median(one.times) * 1e6, "%.0f us") : ""; }

/// Says so where two sides did not compute the same.
void check_values(const std::string& name, const Contender& a, const Contender& b) {
  if (a && b) bench::check_values(name, a.value, b.value, 1e-3);
}

// ----------------------------------------------------------------------------------------------- tables

void compare_speed(const Options& options) {
  print_head({"one thread", "xgrad", "libtorch", "floor", "xgrad / floor", "libtorch / floor", "libtorch / xgrad"});
  for (const std::string& name : options.cases) {
    std::vector<Contender> sides;
    for (const char* side : {"xgrad", "torch", "floor"}) sides.push_back(contender(side, name, 1, options));
    compete(sides, options);
    const auto& [xgrad, torch, floor] = std::tie(sides[0], sides[1], sides[2]);
    print_row({what(name), microseconds(xgrad), microseconds(torch), microseconds(floor), number(ratio(xgrad, floor)),
               number(ratio(torch, floor)), number(ratio(torch, xgrad))});
    check_values(name, xgrad, torch);
    if (floor && floor.value != 0) check_values(name + " (floor)", xgrad, floor);
  }
}

/// "32 to 64 channels of 14 x 14, 3 x 3, padding 1".
std::string shape_of(const bench::Convolution& c) {
  const auto square = [](std::int64_t n) { return std::to_string(n) + " x " + std::to_string(n); };
  std::string text = std::to_string(c.in) + " to " + std::to_string(c.out) + " channels of " + square(c.extent) + ", " +
                     square(c.kernel);
  if (c.stride > 1) text += ", stride " + std::to_string(c.stride);
  if (c.padding > 0) text += ", padding " + std::to_string(c.padding);
  if (c.groups > 1) text += ", " + std::to_string(c.groups) + " groups";
  return text;
}

void compare_threads(const Options& options) {
  print_head({"two threads", "xgrad, one", "xgrad, two", "faster by", "libtorch, one", "libtorch, two", "faster by"});
  for (const std::string& name : options.cases) {
    if (!threaded_cases.contains(name) && options.cases.size() > 1) continue;
    std::vector<Contender> sides;
    for (const char* side : {"xgrad", "torch"})
      for (const int threads : {1, 2}) sides.push_back(contender(side, name, threads, options));
    compete(sides, options);
    print_row({what(name), microseconds(sides[0]), microseconds(sides[1]), number(ratio(sides[0], sides[1])),
               microseconds(sides[2]), microseconds(sides[3]), number(ratio(sides[2], sides[3]))});
  }
}

/// Each direction of each convolution: xgrad's speed in GFLOP/s of the definition, as a share of the peak, and how
/// often it is libtorch's.
void compare_convolutions(const Options& options) {
  std::vector<Contender> peak;
  peak.push_back(contender("xgrad", "peak", 1, options));
  compete(peak, options);
  if (!peak[0]) return;
  const auto extent = static_cast<double>(bench::peak_extent);
  const double best = 2e-9 * extent * extent * extent / bench::median(peak[0].times);
  std::printf("\npeak: %.1f GFLOP/s, a product of two matrices of %ld x %ld; batches of %ld\n", best,
              static_cast<long>(bench::peak_extent), static_cast<long>(bench::peak_extent),
              static_cast<long>(bench::convolution_batch));
  std::vector<std::string> head{"convolution"};
  for (const std::string& direction : bench::convolution_directions())
    for (const char* column : {"GFLOP/s", "of the peak", "libtorch / xgrad"}) head.push_back(direction + ", " + column);
  print_head(head);
  for (const bench::Convolution& c : bench::convolutions()) {
    std::vector<std::string> row{c.name + ": " + shape_of(c)};
    for (const std::string& direction : bench::convolution_directions()) {
      const std::string name = c.name + "-" + direction;
      std::vector<Contender> sides;
      for (const char* side : {"xgrad", "torch"}) sides.push_back(contender(side, name, 1, options));
      compete(sides, options);
      const double speed = 1e-9 * c.flops(bench::convolution_batch) / bench::median(sides[0].times);
      row.insert(row.end(), {number(speed, "%.0f"), number(speed / best), number(ratio(sides[1], sides[0]))});
      check_values(name, sides[0], sides[1]);
    }
    print_row(row);
  }
}

/// MiB by which a side's process grows; NaN where it was not built.
double growth(const std::string& side, const std::string& name) {
  const std::string path = program(side);
  if (path.empty()) return NAN;
  std::vector<double> kib;
  for (int i = 0; i < 3; ++i) kib.push_back(std::stod(bench::Process({path, name, "--memory"}).read_line()));
  return bench::median(kib) / 1024;
}

void compare_memory(const Options& options) {
  print_head({"peak growth over the idle process", "xgrad", "libtorch", "xgrad / libtorch"});
  for (const std::string& name : options.cases) {
    const double xgrad = growth("xgrad", name);
    const double torch = growth("torch", name);
    print_row({what(name), number(xgrad, "%.1f MiB"), number(torch, "%.1f MiB"), number(xgrad / torch)});
  }
}

/// Seconds that the compiler takes for a file; NaN where it fails.
double compile_time(const std::string& command) {
  std::vector<double> times;
  int status = 0;
  for (int i = 0; i < 3; ++i) times.push_back(bench::seconds([&] { status |= std::system(command.c_str()); }));
  return status == 0 ? bench::median(times) : NAN;
}

void compare_compile_time() {
  const double xgrad = compile_time(XGRAD_BENCH_COMPILE_XGRAD);
  const std::string torch_command = XGRAD_BENCH_COMPILE_TORCH;
  const double torch = torch_command.empty() ? NAN : compile_time(torch_command);
  print_head({"compile time, -O2", "xgrad", "libtorch", "libtorch / xgrad"});
  print_row({"a file that uses a network, an optimizer and data", number(xgrad, "%.1f s"), number(torch, "%.1f s"),
             number(torch / xgrad, "%.0f")});
}

}  // namespace

int main(int argc, char** argv) try {
  Options options{.clock = bench::text_flag(argc, argv, "--clock", "wall"),
                  .turn = bench::text_flag(argc, argv, "--turn", "0.2"),
                  .rounds = bench::flag(argc, argv, "--rounds", 15),
                  .cases = {}};
  const std::string only = bench::text_flag(argc, argv, "--case", "");
  for (const Case& entry : all_cases)
    if (only.empty() || entry.name == only) options.cases.push_back(entry.name);
  if (options.cases.empty()) throw std::runtime_error("there is no case '" + only + "'");

  bool all = true;
  for (const char* table : {"speed", "threads", "memory", "compile", "convolutions"})
    all = all && !bench::has_flag(argc, argv, table);
  const auto wanted = [&](const char* table) { return all || bench::has_flag(argc, argv, table); };
  bench::print_machine(std::to_string(options.rounds) + " turns of " + options.turn + " s, " +
                       (options.clock == "cpu" ? "processor" : "wall-clock") + " time");
  bench::print_versions({program("xgrad"), program("torch"), program("floor")});
  if (wanted("speed")) compare_speed(options);
  if (wanted("threads")) compare_threads(options);
  if (wanted("convolutions")) compare_convolutions(options);
  if (wanted("memory")) compare_memory(options);
  if (wanted("compile")) compare_compile_time();
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "bench_compare: %s\n", error.what());
  return 1;
}
