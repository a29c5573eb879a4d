// xgrad beside libtorch on programs that change from step to step, on one thread, as a table in Markdown with the
// target of each figure:
//
//   bench_dynamic
//     --case NAME      only this case: lstm, gru, lstm-28x128, recurrence, runge-kutta, cartpole, beam-search, programs
//                      or batch-sizes
//     --rounds 3       rounds of each case
//     --clock cpu      or wall; the default is the processor's time, for machines on which others work too
//     --quick          a few steps and one round: whether it works, not how fast it is
//
// A round runs each side once, in a process of its own: many of the figures are those of a process's first steps. The
// table shows the medians of the rounds, and of the ratios within rounds. The judged figure is libtorch's time over
// xgrad's, or what the row says. Sides that were not built leave their columns empty. What the cases compute is in
// cases.hpp and the headers beside it, how they are measured in side.cpp.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <exception>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "../measure.hpp"
#include "../sides/process.hpp"
#include "../sides/table.hpp"

namespace {

using bench::number;

struct Options {
  int rounds;
  std::string clock;
  bool quick;
};

// ----------------------------------------------------------------------------------------------- measuring

/// A side's program, with what is set in its environment, and what it measured in each round.
struct Contender {
  std::string path;  ///< empty where it was not built
  std::string environment = {};
  std::vector<std::map<std::string, double>> rounds = {};

  /// A figure in every round; one NaN where the side was not built.
  std::vector<double> all(const std::string& figure) const {
    std::vector<double> result;
    for (const auto& round : rounds) result.push_back(round.at(figure));
    return result.empty() ? std::vector<double>{NAN} : result;
  }
  double operator[](const std::string& figure) const { return bench::median(all(figure)); }
};

/// Runs a case once.
std::map<std::string, double> measure(const Contender& one, const std::string& name, const Options& options) {
  std::vector<std::string> command{one.path, name, "--clock", options.clock};
  if (options.quick) command.emplace_back("--quick");
  if (!one.environment.empty()) command.insert(command.begin(), {"env", one.environment});
  bench::Process process(command);
  std::map<std::string, double> measured;
  for (std::string line = process.read_line(); line != "end"; line = process.read_line()) {
    std::istringstream words(line);
    std::string figure;
    double value = 0;
    words >> figure >> value;
    measured[figure] = value;
  }
  return measured;
}

/// The median of a's figure over b's, round by round; NaN where a side is missing.
double ratio(const Contender& a, const std::string& of_a, const Contender& b, const std::string& of_b) {
  const std::vector<double> above = a.all(of_a), below = b.all(of_b);
  std::vector<double> ratios;
  for (std::size_t i = 0; i < std::min(above.size(), below.size()); ++i) ratios.push_back(above[i] / below[i]);
  return bench::median(ratios);
}

// ----------------------------------------------------------------------------------------------- table

struct Target {
  enum class Kind { none, at_least, at_most } kind = Kind::none;
  double bound = 0;

  std::string text() const {
    if (kind == Kind::none) return "";
    return (kind == Kind::at_least ? "at least " : "at most ") + number(bound, "%g");
  }
  std::string reached(double value) const {
    if (kind == Kind::none || std::isnan(value)) return "";
    return (kind == Kind::at_least ? value >= bound : value <= bound) ? "yes" : "no";
  }
};

Target at_least(double bound) { return {Target::Kind::at_least, bound}; }
Target at_most(double bound) { return {Target::Kind::at_most, bound}; }

/// A row: the figures of the sides, as texts, and the one that the target is for.
void print_row(const std::string& what, const std::string& of_xgrad, const std::string& of_torch, double judged,
               const Target& target = {}) {
  bench::print_row({what, of_xgrad, of_torch, number(judged), target.text(), target.reached(judged)});
}

std::string seconds(double value) { return number(value, "%.2f s"); }
std::string microseconds(double value) { return number(value * 1e6, "%.1f us"); }
std::string nanoseconds(double value) { return number(value * 1e9, "%.0f ns"); }
std::string mebibytes(double kib) { return number(kib / 1024, "%.1f MiB"); }

// ----------------------------------------------------------------------------------------------- cases

/// xgrad and libtorch after all rounds of a case, and xgrad in other environments.
struct Sides {
  Contender xgrad, torch;
  std::vector<Contender> others;

  /// How much faster xgrad is than libtorch.
  double faster(const std::string& figure) const { return ratio(torch, figure, xgrad, figure); }
};

/// Gives all rounds of a case. Says so where a side did not compute what xgrad did, to a tolerance that leaves room for
/// rounding, which grows over the steps of an optimizer.
Sides compete(const std::string& name, const Options& options, const std::vector<std::string>& environments = {}) {
  std::vector<Contender> all{{bench::beside("bench_dynamic_xgrad")}, {bench::beside("bench_dynamic_torch")}};
  for (const std::string& environment : environments) all.push_back({all.front().path, environment});
  for (int round = 0; round < options.rounds; ++round)
    for (Contender& one : all)
      if (!one.path.empty()) one.rounds.push_back(measure(one, name, options));
  for (std::size_t i = 1; i < all.size(); ++i)
    if (!all[i].rounds.empty()) bench::check_values(name, all.front()["value"], all[i]["value"], 1e-3);
  return {all[0], all[1], {all.begin() + 2, all.end()}};
}

void drawn_lengths(const std::string& name, const std::string& what, const Options& options) {
  const Sides sides = compete(name, options);
  print_row(what + " of 8 inputs, 64 units, batch 32, lengths 10..100, Adam: all steps from the first on",
            seconds(sides.xgrad["total"]), seconds(sides.torch["total"]), sides.faster("total"), at_least(1.5));
  print_row(what + ": slowest step / median step of its length", number(sides.xgrad["delay"]),
            number(sides.torch["delay"]), sides.xgrad["delay"], at_most(5));
}

void lstm(const Options& options) { drawn_lengths("lstm", "LSTM", options); }
void gru(const Options& options) { drawn_lengths("gru", "GRU", options); }

void fixed_length(const Options& options) {
  const Sides sides = compete("lstm-28x128", options);
  print_row("LSTM of 28 inputs, 28 steps, 128 units, batch 64, Adam: a step", microseconds(sides.xgrad["step"]),
            microseconds(sides.torch["step"]), sides.faster("step"), at_least(2));
}

void recurrence(const Options& options) {
  const Sides sides = compete("recurrence", options, {"XGRAD_FUSE=0"});
  const Contender& by_node = sides.others.front();
  print_row("tanh recurrence, 16,000 steps, forward + backward: a step", microseconds(sides.xgrad["step"]),
            microseconds(sides.torch["step"]), sides.faster("step"));
  print_row("the same node by node, XGRAD_FUSE=0; node by node / planned", microseconds(by_node["step"]), "",
            ratio(by_node, "step", sides.xgrad, "step"), at_least(1.5));
  print_row("the first five planned runs together / a later one", number(sides.xgrad["first"]),
            number(sides.torch["first"]), sides.xgrad["first"], at_most(6));
}

void runge_kutta(const Options& options) {
  const Sides sides = compete("runge-kutta", options);
  print_row("Bogacki-Shampine steps of a neural ODE, 125 in each integration, gradient: a step",
            microseconds(sides.xgrad["repeated"]), microseconds(sides.torch["repeated"]), sides.faster("repeated"));
  print_row("another number in each integration, 50..200: a step", microseconds(sides.xgrad["changing"]),
            microseconds(sides.torch["changing"]), sides.faster("changing"));
  print_row("another number each time / the same", number(ratio(sides.xgrad, "changing", sides.xgrad, "repeated")),
            number(ratio(sides.torch, "changing", sides.torch, "repeated")),
            ratio(sides.xgrad, "changing", sides.xgrad, "repeated"), at_most(1.2));
}

void cartpole(const Options& options) {
  const Sides sides = compete("cartpole", options);
  print_row("policy gradient on CartPole, Adam after each episode: a step of the environment",
            microseconds(sides.xgrad["step"]), microseconds(sides.torch["step"]), sides.faster("step"), at_least(2));
}

void beam_search(const Options& options) {
  const Sides sides = compete("beam-search", options);
  print_row("beam search with a GRU of 64 units, 64 tokens, 4 beams: a token", microseconds(sides.xgrad["step"]),
            microseconds(sides.torch["step"]), sides.faster("step"), at_least(2));
}

void programs(const Options& options) {
  const Sides sides = compete("programs", options, {"XGRAD_FUSE=0", "XGRAD_PLAN=always"});
  const Contender &xgrad = sides.xgrad, &torch = sides.torch, &by_node = sides.others[0], &planned = sides.others[1];
  print_row("2,000 different networks, forward + backward once each", seconds(xgrad["total"]), seconds(torch["total"]),
            sides.faster("total"));
  print_row("the same node by node, XGRAD_FUSE=0; default / node by node", seconds(by_node["total"]), "",
            ratio(xgrad, "total", by_node, "total"), at_most(1.15));
  print_row("the same with XGRAD_PLAN=always; default / always", seconds(planned["total"]), "",
            ratio(xgrad, "total", planned, "total"), at_most(1.15));
  for (const auto& [figure, count] : {std::pair("resident-quarter", "500"), std::pair("resident-half", "1,000")})
    print_row("resident memory after " + std::string(count), mebibytes(xgrad[figure]), mebibytes(torch[figure]), NAN);
  print_row("resident memory after 2,000; after 2,000 / after 1,000", mebibytes(xgrad["resident"]),
            mebibytes(torch["resident"]), ratio(xgrad, "resident", xgrad, "resident-half"), at_most(1.05));
}

void batch_sizes(const Options& options) {
  const Sides sides = compete("batch-sizes", options);
  const auto row = [&](const std::string& what, const std::string& figure) {
    print_row(what, nanoseconds(sides.xgrad[figure]), nanoseconds(sides.torch[figure]), sides.faster(figure));
  };
  const auto compared = [&](const std::string& what, const std::string& a, const std::string& b) {
    const double of_xgrad = ratio(sides.xgrad, a, sides.xgrad, b), of_torch = ratio(sides.torch, a, sides.torch, b);
    print_row(what, number(of_xgrad), number(of_torch), NAN);
  };
  row("64-128-128-10 relu, batch norm, SGD: a sample in an epoch of 50 batches of 60", "whole");
  row("the same with a last batch of 37", "odd");
  compared("with the odd batch / without", "odd", "whole");
  row("the same network: a sample in batches of 129", "fixed");
  row("in batches of drawn sizes, 2..256", "drawn");
  compared("drawn / fixed", "drawn", "fixed");
}

const std::vector<std::pair<std::string, void (*)(const Options&)>> cases{
    {"lstm", &lstm},
    {"gru", &gru},
    {"lstm-28x128", &fixed_length},
    {"recurrence", &recurrence},
    {"runge-kutta", &runge_kutta},
    {"cartpole", &cartpole},
    {"beam-search", &beam_search},
    {"programs", &programs},
    {"batch-sizes", &batch_sizes},
};

}  // namespace

int main(int argc, char** argv) try {
  const bool quick = bench::has_flag(argc, argv, "--quick");
  const Options options{.rounds = bench::flag(argc, argv, "--rounds", quick ? 1 : 3),
                        .clock = bench::text_flag(argc, argv, "--clock", "cpu"),
                        .quick = quick};
  if (options.clock != "cpu" && options.clock != "wall")
    throw std::runtime_error("there is no clock '" + options.clock + "'; cpu or wall was expected");
  const std::string only = bench::text_flag(argc, argv, "--case", "");
  const auto wanted = [&](const auto& entry) { return only.empty() || entry.first == only; };
  if (std::none_of(cases.begin(), cases.end(), wanted)) throw std::runtime_error("there is no case '" + only + "'");

  bench::print_machine(std::to_string(options.rounds) + " rounds, one thread, " +
                       (options.clock == "cpu" ? "processor" : "wall-clock") + " time" +
                       (quick ? ", few steps: figures mean nothing" : ""));
  bench::print_versions({bench::beside("bench_dynamic_xgrad"), bench::beside("bench_dynamic_torch")});
  bench::print_head({"one thread", "xgrad", "libtorch", "judged", "target", "reached"});
  for (const auto& entry : cases)
    if (wanted(entry)) entry.second(options);
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "bench_dynamic: %s\n", error.what());
  return 1;
}
