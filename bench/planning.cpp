// What planning costs: for programs of 100 to 1,000,000 nodes, the time of each stage in ns for each node, and the
// ratio of the largest program to that of 1,000 nodes. Programs that run in pieces are planned in pieces, each kind of
// them once. Nothing is run but for the last table, which has the costs of whole runs as the library runs these
// programs: the first one, the second one, and the fastest of the next ones.
//
//   bench_planning [--largest 1000000] [--only lstm] [--run-largest 100000]
//     --whole    one plan for all of a program, however long it is
#include <array>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <limits>
#include <random>
#include <set>
#include <vector>

#include <autograd/run/compile/loops.hpp>
#include <autograd/run/plan/pieces.hpp>
#include <autograd/run/plan/planner.hpp>
#include <autograd/run/plan/program.hpp>

#include "common.hpp"

namespace {

using namespace xgrad;

constexpr std::int64_t batch = 4, units = 16;

/// What a program computes, for some number of repetitions that its nodes are in proportion to.
struct Family {
  const char* name;
  std::function<std::vector<Tensor>(Tape& tape, int repetitions)> record;
};

Tensor there(Tensor tensor) {
  eval(tensor);
  return tensor;
}

std::vector<Tensor> chain(Tape&, int repetitions) {
  static const Tensor x = there(rand({batch, units})), w = there(rand({batch, units}));
  Tensor y = x;
  for (int i = 0; i < repetitions; ++i) y = tanh(y) * w;
  return {y};
}

Tensor unrolled(const Tensor& w, int repetitions) {
  static const Tensor x = there(rand({batch, units}));
  Tensor h = x;
  for (int i = 0; i < repetitions; ++i) h = tanh(matmul(h, w) + x);
  return mean(square(h));
}

std::vector<Tensor> unrolled_rnn(Tape& tape, int repetitions) {
  static const Tensor w = there(rand({units, units}));
  return {tape.gradient(unrolled(w, repetitions), w)};
}

template <class Layer>
std::vector<Tensor> recurrent(Tape& tape, int repetitions) {
  static const Layer layer(units, units);
  const Tensor x = there(rand({repetitions, batch, units}));
  return tape.gradient(mean(square(layer(x))), layer.parameters());
}

std::vector<Tensor> batch_norm_network(Tape& tape, int repetitions) {
  static const nn::Linear linear(units, units);
  static const nn::BatchNorm1d norm(units);
  static const Tensor x = there(rand({batch, units}));
  Tensor y = x;
  for (int i = 0; i < repetitions; ++i) y = tanh(norm(linear(y)));
  std::vector<Tensor> sources{linear.weight, linear.bias, norm.weight, norm.bias};
  return tape.gradient(mean(square(y)), sources);
}

/// Many operations read one value, and one operation reads all of their results.
std::vector<Tensor> wide_fan(Tape&, int repetitions) {
  static const Tensor x = there(rand({batch, units})), w = there(rand({units, units}));
  const Tensor middle = matmul(x, w);
  std::vector<Tensor> branches;
  for (int i = 0; i < repetitions; ++i) branches.push_back(tanh(middle * static_cast<double>(i)));
  return {concatenate(branches, 0)};
}

std::vector<Tensor> random_graph(Tape& tape, int repetitions) {
  static const Tensor x = there(rand({units, units})), w = there(rand({units, units}));
  std::mt19937 random(1);
  std::vector<Tensor> values{x, w};
  const auto late = [&] { return values[values.size() - 1 - random() % std::min<std::size_t>(values.size(), 50)]; };
  for (int i = 0; i < repetitions; ++i) {
    const Tensor a = values[random() % values.size()], b = late();
    switch (random() % 6) {
      case 0:
        values.push_back(a + b);
        break;
      case 1:
        values.push_back(a * b);
        break;
      case 2:
        values.push_back(tanh(b));
        break;
      case 3:
        values.push_back(matmul(b, a.T()));
        break;
      case 4:
        values.push_back(b / (1 + sum(square(b), -1, true)));
        break;
      default:
        values.push_back(maximum(a, b));
    }
  }
  Tensor total = mean(values.back());
  return tape.gradient(total, std::vector<Tensor>{x, w}, {.allow_unused = true, .materialize_grads = true});
}

std::vector<Tensor> second_gradient(Tape& tape, int repetitions) {
  static const Tensor w = there(rand({units, units}));
  const Tensor first = tape.gradient(unrolled(w, repetitions), w);
  return {tape.gradient(sum(square(first)), w)};
}

const std::vector<Family>& families() {
  static const std::vector<Family> all{{"chain", chain},
                                       {"rnn", unrolled_rnn},
                                       {"lstm", recurrent<nn::LSTM>},
                                       {"gru", recurrent<nn::GRU>},
                                       {"batch-norm", batch_norm_network},
                                       {"fan", wide_fan},
                                       {"random", random_graph},
                                       {"second", second_gradient}};
  return all;
}

// --------------------------------------------------------------------------------------------------------------------

constexpr std::size_t plan_stages = 8;
constexpr std::size_t first_plan_stage = 4;
constexpr std::array<const char*, 5 + plan_stages> stage_names{"recording", "needed",    "pieces", "program", "graph",
                                                               "grouping",  "recompute", "emit",   "sweeps",  "tasks",
                                                               "workspace", "scratch",   "compile"};
/// Seconds of each stage.
using Times = std::array<double, stage_names.size()>;

class Stopwatch {
 public:
  /// Seconds since the last lap.
  double lap() {
    const auto now = std::chrono::steady_clock::now();
    return std::chrono::duration<double>(now - std::exchange(last_, now)).count();
  }

 private:
  std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

struct Measured {
  std::size_t nodes = 0;
  std::size_t plans = 0;
  std::size_t steps = 0;  ///< of them
  Times times{};
};

Measured measure(const Family& family, int repetitions) {
  Tape tape;
  Measured measured;
  Times& times = measured.times;
  Stopwatch watch;
  const std::vector<Tensor> results = family.record(tape, repetitions);
  times[0] = watch.lap();
  Recorder& list = recorder();
  const ListGuard guard(list);
  run::Needed needed(list, results);
  times[1] = watch.lap();
  const run::Pieces pieces = run::pieces_of(needed);
  times[2] = watch.lap();
  const auto plan = [&](const run::Program& program) {
    watch.lap();
    const std::unique_ptr<run::Plan> made = run::make_plan(program, false, [&](run::PlanStage stage) {
      times[first_plan_stage + static_cast<std::size_t>(stage)] += watch.lap();
    });
    measured.steps += made->steps.size();
    watch.lap();
    const std::unique_ptr<run::Plan> compiled = run::with_compiled_loops(*made);
    times.back() += watch.lap();
    ++measured.plans;
  };
  measured.nodes = needed.count();
  if (!pieces.alone) {
    const run::Program program(needed);
    times[3] = watch.lap();
    plan(program);
    return measured;
  }
  std::set<std::vector<std::uint32_t>> known;
  pieces.each([&](std::size_t begin, std::size_t end) {
    watch.lap();
    const run::Program program(needed, begin, end);
    times[3] += watch.lap();
    if (known.emplace(program.key().begin(), program.key().end()).second) plan(program);
  });
  return measured;
}

/// The repetitions that give so many nodes, or somewhat fewer.
int repetitions_for(const Family& family, std::int64_t nodes) {
  const std::int64_t few = static_cast<std::int64_t>(measure(family, 2).nodes);
  const std::int64_t more = static_cast<std::int64_t>(measure(family, 10).nodes);
  return static_cast<int>(std::max<std::int64_t>(1, 2 + (nodes - few) * 8 / (more - few)));
}

/// The fastest of some times for each stage, where there is time for some.
Measured fastest(const Family& family, std::int64_t nodes) {
  const int repetitions = repetitions_for(family, nodes);
  Measured best = measure(family, repetitions);
  for (std::int64_t round = 1; round < std::min<std::int64_t>(20, 200'000 / nodes); ++round) {
    const Measured next = measure(family, repetitions);
    for (std::size_t i = 0; i < best.times.size(); ++i) best.times[i] = std::min(best.times[i], next.times[i]);
  }
  return best;
}

void print_stages(const Family& family, std::int64_t largest) {
  std::printf("\n%s, ns for each node\n\n| nodes | plans | steps |", family.name);
  for (const char* name : stage_names) std::printf(" %s |", name);
  std::printf(" planning |\n|--:|--:|--:|");
  for (std::size_t i = 0; i <= stage_names.size(); ++i) std::printf("--:|");
  std::printf("\n");
  std::array<double, stage_names.size() + 1> thousand{}, last{};
  for (std::int64_t nodes = 100; nodes <= largest; nodes *= 10) {
    const Measured measured = fastest(family, nodes);
    std::printf("| %zu | %zu | %zu |", measured.nodes, measured.plans, measured.steps);
    last = {};
    for (std::size_t i = 0; i < stage_names.size(); ++i) {
      last[i] = measured.times[i] * 1e9 / static_cast<double>(measured.nodes);
      if (i >= first_plan_stage && i < first_plan_stage + plan_stages) last.back() += last[i];
    }
    for (const double time : last) std::printf(" %.0f |", time);
    std::printf("\n");
    std::fflush(stdout);
    if (nodes == 1000) thousand = last;
  }
  std::printf("| ratio | | |");
  for (std::size_t i = 0; i < last.size(); ++i) std::printf(" %.1f |", last[i] / std::max(thousand[i], 1e-9));
  std::printf("\n");
}

void print_runs(const std::vector<const Family*>& chosen, std::int64_t largest) {
  std::printf("\nwhole runs, ns for each node: record and run for the first time, the second time, later\n\n");
  std::printf("| program | nodes | first | second | later |\n|:--|--:|--:|--:|--:|\n");
  for (const Family* family : chosen) {
    for (std::int64_t nodes = 1000; nodes <= largest; nodes *= 10) {
      const int repetitions = repetitions_for(*family, nodes);
      std::array<double, 6> times{};
      for (double& time : times)
        time = bench::seconds([&] {
          Tape tape;
          eval(family->record(tape, repetitions));
        });
      std::printf("| %s | %lld |", family->name, static_cast<long long>(nodes));
      for (const double time : {times[0], times[1], *std::min_element(times.begin() + 2, times.end())})
        std::printf(" %.0f |", time * 1e9 / static_cast<double>(nodes));
      std::printf("\n");
      std::fflush(stdout);
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  const int largest = bench::flag(argc, argv, "--largest", 1'000'000);
  const int largest_run = bench::flag(argc, argv, "--run-largest", std::min(largest, 100'000));
  const std::string only = bench::text_flag(argc, argv, "--only", "");
  if (bench::has_flag(argc, argv, "--whole")) run::lengths().whole = std::numeric_limits<std::size_t>::max() - 1;
  manual_seed(1);
  std::vector<const Family*> chosen;
  for (const Family& family : families())
    if (only.empty() || only == family.name) chosen.push_back(&family);
  std::printf("%s\n", bench::processor().c_str());
  for (const Family* family : chosen) print_stages(*family, largest);
  print_runs(chosen, largest_run);
}
