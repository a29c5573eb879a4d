// What the lines say that bench_scaling wrote (scripts/scaling): how training scales, the latency and bandwidth of each
// link that fit its all_reduce, what they predict for the number of ranks that was held back from the fit, and training
// steps on more nodes than there are.
//
//   bench_scaling_report FILE [--hold-ranks 4] [--gigabits 100] [--latency-us 20] [--batch 64]
//                             [--least-kilobytes 1]
//
// Fits and efficiencies are of the least times of all rounds: on a machine that others share, these are the most alike.
// --least-kilobytes leaves shorter messages out of the fit, where ranks wait longer for a core than for them.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <tuple>
#include <vector>

#include <autograd/error.hpp>

#include "measure.hpp"
#include "scaling_model.hpp"

namespace {

using bench::Algorithm;

struct Row {
  std::string what, network, scaling, link, algorithm;
  int ranks = 0, cores = 0;
  double batch = 0, messages = 0, bytes = 0;
  std::vector<double> medians;  ///< of each round
  double minimum = 0;           ///< of all rounds

  double median() const { return bench::median(medians); }
  bench::Cost cost() const { return all_reduce_cost(bench::algorithm_of(algorithm), ranks, messages, bytes); }
};

/// The rows of a file, those of one kind taken together.
std::vector<Row> read(const std::string& path) {
  std::ifstream file(path);
  if (!file) xgrad::fail("bench_scaling_report", path + " cannot be read");
  std::map<std::string, Row> rows;
  std::vector<std::string> order;
  std::string line;
  std::getline(file, line);
  for (int number = 2; std::getline(file, line); ++number) {
    std::vector<std::string> cells;
    std::istringstream text(line);
    for (std::string cell; std::getline(text, cell, ',');) cells.push_back(cell);
    if (cells.size() != 12)
      xgrad::fail("bench_scaling_report", path + ", line " + std::to_string(number) + ": expected 12 cells, not " +
                                              std::to_string(cells.size()));
    const auto count = [&](std::size_t i) { return std::strtod(cells[i].c_str(), nullptr); };
    const double median = count(10), minimum = count(11);
    cells.resize(10);
    std::string key;
    for (const std::string& cell : cells) key += cell + ',';
    const auto [found, is_new] = rows.try_emplace(key);
    Row& row = found->second;
    if (is_new) {
      order.push_back(key);
      row = {.what = cells[0],
             .network = cells[1],
             .scaling = cells[2],
             .link = cells[3],
             .algorithm = cells[4],
             .ranks = static_cast<int>(count(5)),
             .cores = static_cast<int>(count(6)),
             .batch = count(7),
             .messages = count(8),
             .bytes = count(9),
             .medians = {},
             .minimum = minimum};
    }
    row.medians.push_back(median);
    row.minimum = std::min(row.minimum, minimum);
  }
  std::vector<Row> result;
  for (const std::string& key : order) result.push_back(rows[key]);
  return result;
}

/// The row of one what beside another, such as the computing of a step; null where there is none.
const Row* beside(const std::vector<Row>& rows, const Row& step, const std::string& what) {
  const auto found = std::ranges::find_if(rows, [&](const Row& row) {
    return row.what == what && row.network == step.network && row.scaling == step.scaling && row.link == step.link &&
           row.algorithm == step.algorithm && row.ranks == step.ranks && row.batch == step.batch;
  });
  return found == rows.end() ? nullptr : &*found;
}

/// The step of the same training on one rank.
const Row* alone(const std::vector<Row>& rows, const Row& step) {
  const auto found = std::ranges::find_if(rows, [&](const Row& row) {
    return row.what == "step" && row.ranks == 1 && row.network == step.network && row.scaling == step.scaling &&
           row.batch == (step.scaling == "strong" ? step.batch * step.ranks : step.batch);
  });
  return found == rows.end() ? nullptr : &*found;
}

void print_steps(const std::vector<Row>& rows) {
  std::printf("Training steps: medians, and the least of all rounds, in ms\n");
  std::printf("%-8s %-7s %-10s %-9s %5s %6s %8s %8s %10s %10s %9s %10s\n", "network", "scaling", "link", "algorithm",
              "ranks", "images", "median", "least", "computing", "exchanging", "images/s", "efficiency");
  for (const Row& step : rows) {
    if (step.what != "step") continue;
    const Row* compute = beside(rows, step, "compute");
    const Row* exchange = beside(rows, step, "exchange");
    const Row* one = alone(rows, step);
    if (!compute || !exchange) continue;
    const double work = step.scaling == "strong" ? step.ranks : 1;
    std::printf("%-8s %-7s %-10s %-9s %5d %6.0f %8.2f %8.2f %10.2f %10.2f %9.0f ", step.network.c_str(),
                step.scaling.c_str(), step.link.c_str(), step.algorithm.c_str(), step.ranks, step.batch,
                1e3 * step.median(), 1e3 * step.minimum, 1e3 * compute->minimum, 1e3 * exchange->minimum,
                step.batch * step.ranks / step.minimum);
    if (one)
      std::printf("%8.0f %%\n", 100 * one->minimum / (work * step.minimum));
    else
      std::printf("%10s\n", "");
  }
}

using LinkName = std::pair<std::string, std::string>;  ///< and the algorithm

std::map<LinkName, bench::Link> print_links(const std::vector<Row>& rows, int held, double least_bytes) {
  std::set<LinkName> names;
  for (const Row& row : rows)
    if (row.what == "all_reduce") names.emplace(row.link, row.algorithm);
  std::map<LinkName, bench::Link> links;
  std::printf("\nall_reduce: the fit without %d ranks, and what it says of these\n", held);
  for (const LinkName& name : names) {
    std::vector<bench::Observation> fitted;
    std::vector<const Row*> predicted;
    for (const Row& row : rows) {
      if (row.what != "all_reduce" || LinkName(row.link, row.algorithm) != name) continue;
      if (row.ranks == held)
        predicted.push_back(&row);
      else if (row.bytes >= least_bytes)
        fitted.push_back({row.cost(), row.minimum});
    }
    std::printf("link %s, %s: ", name.first.c_str(), name.second.c_str());
    try {
      const bench::Link link = bench::fit_link(fitted);
      links.emplace(name, link);
      double squares = 0;
      for (const bench::Observation& o : fitted) squares += std::pow(time_of(o.cost, link) / o.seconds - 1, 2);
      std::printf("latency %.1f us, bandwidth %.1f MB/s, root mean square error %.0f %%\n", 1e6 * link.latency,
                  link.bandwidth / 1e6, 100 * std::sqrt(squares / static_cast<double>(fitted.size())));
      for (const Row* row : predicted) {
        const double seconds = time_of(row->cost(), link);
        std::printf("  %d ranks %10.0f KiB: predicted %10.3f ms, measured %10.3f ms, error %+5.0f %%\n", row->ranks,
                    row->bytes / 1024, 1e3 * seconds, 1e3 * row->minimum, 100 * (seconds / row->minimum - 1));
      }
    } catch (const xgrad::Error& error) {
      std::printf("no fit: %s\n", error.what());
    }
  }
  return links;
}

/// By network, of steps on as many ranks as there are cores at most, whatever the link.
std::map<std::string, bench::Compute> fit_computes(const std::vector<Row>& rows, int held) {
  std::map<std::string, std::vector<bench::ComputeObservation>> observations;
  for (const Row& row : rows)
    if (row.what == "compute" && row.ranks <= row.cores && row.ranks != held)
      observations[row.network].push_back({row.batch, row.minimum});
  std::map<std::string, bench::Compute> computes;
  for (const auto& [network, all] : observations) computes.emplace(network, bench::fit_compute(all));
  return computes;
}

void print_step_predictions(const std::vector<Row>& rows, const std::map<std::string, bench::Compute>& computes,
                            const std::map<LinkName, bench::Link>& links, int held) {
  std::printf("\nTraining steps: the model, computing + exchanging, beside the least measured\n");
  for (const Row& row : rows) {
    if (row.what != "step" || row.ranks == 1) continue;
    const auto link = links.find({row.link, row.algorithm});
    const auto compute = computes.find(row.network);
    if (link == links.end() || compute == computes.end()) continue;
    const double computing = time_of(compute->second, row.batch, row.ranks, row.cores);
    const double exchanging = time_of(row.cost(), link->second);
    const double seconds = computing + exchanging;
    std::printf("%-5s %-7s %-10s %-9s %d ranks%s: %.2f + %.2f = %.2f ms, measured %.2f ms, error %+.0f %%\n",
                row.network.c_str(), row.scaling.c_str(), row.link.c_str(), row.algorithm.c_str(), row.ranks,
                row.ranks == held ? " (held back)" : "", 1e3 * computing, 1e3 * exchanging, 1e3 * seconds,
                1e3 * row.minimum, 100 * (seconds / row.minimum - 1));
  }
}

void print_nodes(const std::vector<Row>& rows, const std::map<std::string, bench::Compute>& computes, double batch,
                 const bench::Link& link) {
  std::printf(
      "\nOn nodes that compute like a core of this machine, %.0f images each, %.0f Gb/s and %.1f us a message:\n",
      batch, link.bandwidth * 8 / 1e9, 1e6 * link.latency);
  std::printf("exchanging in ms, and the efficiency\n%-6s %6s", "", "nodes");
  constexpr Algorithm shown[] = {Algorithm::tree, Algorithm::ring, Algorithm::halving};
  for (const Algorithm algorithm : shown) std::printf(" %19s", to_string(algorithm));
  std::printf("\n");
  for (const auto& [network, compute] : computes) {
    const auto step =
        std::ranges::find_if(rows, [&](const Row& row) { return row.what == "step" && row.network == network; });
    if (step == rows.end()) continue;
    const double computing = time_of(compute, batch, 1, 1);
    for (const int nodes : {8, 16, 64, 256, 1024}) {
      std::printf("%-6s %6d", network.c_str(), nodes);
      for (const Algorithm algorithm : shown) {
        const double exchanging = time_of(all_reduce_cost(algorithm, nodes, step->messages, step->bytes), link);
        std::printf(" %10.2f ms %4.0f %%", 1e3 * exchanging, 100 * computing / (computing + exchanging));
      }
      std::printf("\n");
    }
    std::printf("%-6s computing: %.2f ms; %.0f bucket(s), %.2f MB\n", network.c_str(), 1e3 * computing, step->messages,
                step->bytes / 1e6);
  }
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc < 2) {
    std::cerr << "bench_scaling_report: expected the file that bench_scaling wrote\n";
    return 2;
  }
  const std::vector<Row> rows = read(argv[1]);
  const auto number = [&](const char* name, const char* otherwise) {
    return std::strtod(bench::text_flag(argc, argv, name, otherwise).c_str(), nullptr);
  };
  const int held = bench::flag(argc, argv, "--hold-ranks", 4);
  print_steps(rows);
  const std::map<LinkName, bench::Link> links = print_links(rows, held, 1024 * number("--least-kilobytes", "1"));
  const std::map<std::string, bench::Compute> computes = fit_computes(rows, held);
  print_step_predictions(rows, computes, links, held);
  print_nodes(rows, computes, number("--batch", "64"),
              {.latency = number("--latency-us", "20") / 1e6, .bandwidth = number("--gigabits", "100") * 1e9 / 8});
  return 0;
} catch (const xgrad::Error& error) {
  std::cerr << std::string(error.what()) + "\n";
  return 1;
}
