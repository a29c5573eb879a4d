#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <thread>

#include <nlohmann/json.hpp>

#include <autograd/autograd.hpp>

#include "../apps/scratch.hpp"
#include "expect.hpp"
#include "fusing.hpp"

namespace xgrad {
namespace {

using test::error_of;
using test::lacks;

/// Settings of runs for the length of a test.
class Runs {
 public:
  explicit Runs(bool fuse, int threads = 1) : fusing_(fuse) { set_num_threads(threads); }
  Runs(const Runs&) = delete;
  Runs& operator=(const Runs&) = delete;
  ~Runs() { set_num_threads(threads_); }

 private:
  test::Fusing fusing_;
  int threads_ = num_threads();
};

Tensor evaluated(const Tensor& x) {
  eval(x);
  return x;
}

std::size_t count_of(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

/// "" where a text is a graph in the DOT language, as far as to_dot() uses it: statements that declare nodes with
/// attributes, and edges between declared nodes. Else what is wrong.
std::string dot_mistake(const std::string& dot) {
  // Quoted strings become "", so that nothing in a label is taken for structure.
  std::string bare;
  bool quoted = false;
  for (std::size_t i = 0; i < dot.size(); ++i) {
    if (dot[i] == '"') quoted = !quoted;
    if (!quoted || dot[i] == '"') bare += dot[i];
    if (quoted && dot[i] == '\n') return "a line break within a string";
    if (quoted && dot[i] == '\\') ++i;
  }
  if (quoted) return "a string without an end";
  std::istringstream lines(bare);
  std::string line;
  if (!std::getline(lines, line) || line != "digraph tape {") return "begins with '" + line + "'";
  std::set<std::string> declared;
  while (std::getline(lines, line) && line != "}") {
    std::istringstream words(line);
    std::string name, next, target;
    words >> name >> next;
    if (line.back() != ';') return "'" + line + "' has no end";
    if (next == "->") {
      words >> target;
      target.pop_back();
      if (!declared.contains(name) || !declared.contains(target)) return "'" + line + "' joins what is not there";
    } else if (next.starts_with("[") && line.ends_with("];") && count_of(line, "[") == 1 && count_of(line, "]") == 1) {
      if (!declared.insert(name).second) return "'" + line + "' is there twice";
    } else {
      return "'" + line + "' is no statement";
    }
  }
  if (line != "}" || std::getline(lines, line)) return "does not end with }";
  return "";
}

/// What f returns on a thread of its own, where the list holds only what f records.
template <class F>
std::string dot_of(F&& f) {
  std::string dot;
  std::thread([&] { dot = f(); }).join();
  return dot;
}

/// The line of a node of the graph by the beginning of its label.
std::string dot_node(const std::string& dot, const std::string& label) {
  const std::size_t at = dot.find("[label=\"" + label);
  if (at == std::string::npos) return "no node '" + label + "'";
  return dot.substr(at, dot.find('\n', at) - at);
}

const ProfileEntry* find(const std::vector<ProfileEntry>& entries, const std::string& title) {
  const auto entry = std::ranges::find(entries, title, &ProfileEntry::title);
  return entry == entries.end() ? nullptr : &*entry;
}

nlohmann::json trace_of(const Profile& profile) {
  const Scratch scratch;
  profile.write_trace(scratch / "trace.json");
  return nlohmann::json::parse(std::ifstream(scratch / "trace.json"));
}

}  // namespace

TEST_CASE("explain shows which operations are fused into a pass, and what it reads and writes") {
  const Tensor x = evaluated(ones({4, 3}));
  const Tensor y = softmax(x * 2);
  const std::string text = explain(y);
  // What a row is reduced to is read on while the row is in the cache. A row that is masked out has other numbers.
  CHECK(lacks(text, {"1 steps (1 passes, 0 blocks)", "workspace 0 bytes",
                     "pass over 12: multiply max equal x2 where x2 subtract exp sum divide", "= exp(r", "in0", "number",
                     "by columns", "out", "bytes", "flops"}) == "");
}

TEST_CASE("rows too long for a tile are reduced in one pass and read on in the next") {
  const Tensor x = evaluated(ones({2, 5000}));
  CHECK(lacks(explain(softmax(x)), {"5 steps (5 passes, 0 blocks)", "pass over 10000: max,",
                                    "pass over 10000: subtract exp sum,", "pass over 10000: divide,"}) == "");
}

TEST_CASE("an optimizer's update of a parameter and its moments is one pass") {
  const Tensor m = evaluated(ones({40, 30})), v = evaluated(ones({40, 30})), g = evaluated(ones({40, 30}));
  const Tensor mean = 0.9 * m + 0.1 * g;
  const Tensor square_mean = 0.99 * v + 0.01 * square(g);
  const Tensor step = mean / (sqrt(square_mean) + 1e-8);
  CHECK(lacks(explain(step), {"1 steps (1 passes, 0 blocks)"}) == "");
}

TEST_CASE("explain shows matrix products as blocks, with the flops of their shapes") {
  const Tensor a = evaluated(ones({5, 7})), b = evaluated(ones({7, 3}));
  CHECK(lacks(explain(matmul(a, b)), {"1 blocks", "matmul (5, 7) (7, 3) -> (5, 3), ", "210 flops"}) == "");
}

TEST_CASE("explain labels operations with their module, and the derivative's as backward") {
  const Tensor x = evaluated(ones({4, 3}));
  const Tape tape;
  const Tensor y = [&] {
    const NameScope scope("encoder");
    return sum(tanh(x) * x);
  }();
  CHECK(lacks(explain(tape.gradient(y, x)), {"[encoder]", "[encoder, backward]"}) == "");
}

TEST_CASE("explain of what has its value says that there is nothing to run") {
  const Tensor x = evaluated(ones({4}) + 1);
  CHECK(explain(x) == "nothing to run: the values are there\n");
  CHECK(lacks(explain(x + 1), {"1 operations in 1 steps"}) == "");
}

TEST_CASE("explain runs nothing and refuses undefined tensors") {
  const Tensor x = evaluated(ones({1 << 16}));
  const Tensor y = tanh(x) * 2;
  const std::size_t live = memory_stats().live;
  const std::string text = explain(y);
  CHECK(memory_stats().live == live);
  CHECK(explain(y) == text);
  CHECK(lacks(error_of([] { explain(Tensor()); }), {"explain", "undefined"}) == "");
}

TEST_CASE("to_dot of an empty list is a graph without nodes") {
  const std::string dot = dot_of([] { return to_dot(); });
  CHECK(dot_mistake(dot) == "");
  CHECK(count_of(dot, "label") == 0);
}

TEST_CASE("to_dot draws operations as boxes, values as ellipses, derivatives in another colour") {
  std::size_t recorded = 0;
  const std::string dot = dot_of([&] {
    const Tensor x = evaluated(ones({4, 3}));
    const Tape tape;
    const Tensor y = [&] {
      const NameScope scope("encoder");
      return tanh(x);
    }();
    const Tensor gradient = tape.gradient(sum(y * 2.5), x);
    recorded = tape.size();
    return to_dot();
  });
  CHECK(dot_mistake(dot) == "");
  CHECK(count_of(dot, " [label=") == recorded + count_of(dot, "shape=ellipse"));
  CHECK(dot_node(dot, "tanh") == "[label=\"tanh\\n(4, 3) float32\\nencoder\"];");
  CHECK(dot_node(dot, "square") == "[label=\"square\\n(4, 3) float32\\nencoder\", fillcolor=\"moccasin\"];");
  CHECK(lacks(dot_node(dot, "(4, 3) float32"), {"shape=ellipse"}) == "");
  CHECK(lacks(dot_node(dot, "2.5"), {"shape=ellipse"}) == "");
}

TEST_CASE("to_dot draws a value once and an edge for each use") {
  const std::string dot = dot_of([] {
    const Tensor x = evaluated(ones({2}));
    const Tensor square = x * x, twice = square + square;
    return to_dot();
  });
  CHECK(dot_mistake(dot) == "");
  CHECK(count_of(dot, "ellipse") == 1);
  CHECK(count_of(dot, "  l0 -> n0;") == 2);
  CHECK(count_of(dot, "  n0 -> n1;") == 2);
  CHECK(count_of(dot, "->") == 4);
}

TEST_CASE("to_dot escapes the names of scopes") {
  const std::string dot = dot_of([] {
    const NameScope scope("a \"quoted\" \\ name]; {\nof two lines");
    const Tensor y = exp(ones({2}));
    return to_dot();
  });
  CHECK(dot_mistake(dot) == "");
  CHECK(lacks(dot, {R"(a \"quoted\" \\ name]; {\nof two lines")"}) == "");
}

TEST_CASE("a profile counts steps, bytes and flops over runs") {
  const Runs runs(true);
  const Tensor a = evaluated(ones({5, 11})), b = evaluated(ones({11, 3}));
  const Profile profile;
  for (int i = 0; i < 4; ++i) eval(tanh(matmul(a, b) + 1));
  const ProfileSummary summary = profile.summary();
  CHECK(summary.runs == 4);
  CHECK(summary.interpreted_runs == 0);
  CHECK(summary.plan_cache.misses == 1);
  CHECK(summary.plan_cache.hits == 3);
  const std::vector<ProfileEntry> entries = profile.entries();
  REQUIRE(entries.size() == 2);
  const ProfileEntry* product = find(entries, "matmul (5, 11) (11, 3) -> (5, 3)");
  REQUIRE(product);
  CHECK(product->count == 4);
  CHECK(product->flops == 4 * 2 * 5 * 11 * 3);
  CHECK(product->bytes == 4 * sizeof(float) * (5 * 11 + 11 * 3 + 5 * 3));
  const ProfileEntry* pass = find(entries, "pass over 15: add tanh");
  REQUIRE(pass);
  CHECK(pass->count == 4);
  CHECK(pass->flops == 4 * 2 * 15);
}

TEST_CASE("a profile names the copies that a pass needs of strided operands") {
  const Tensor image = arange(0, 24, 1, float32).reshape({2, 3, 4});
  eval(image);
  const Runs runs(true);
  const Profile profile;
  eval(relu(swapaxes(image, 0, 1)));
  const std::vector<ProfileEntry> entries = profile.entries();
  CHECK(find(entries, "copy (3, 2, 4) -> (3, 2, 4)") != nullptr);
}

TEST_CASE("a profile's times add up") {
  const Runs runs(true);
  const Tensor x = evaluated(ones({64, 33}));
  Profile profile;
  for (int i = 0; i < 3; ++i) eval(softmax(x * 0.5));
  profile.stop();
  const ProfileSummary summary = profile.summary();
  CHECK(summary.step_seconds > 0);
  CHECK(summary.step_seconds <= summary.run_seconds);
  CHECK(summary.planning_seconds > 0);
  CHECK(summary.recording_seconds > 0);
  CHECK(summary.run_seconds + summary.planning_seconds + summary.recording_seconds <= summary.seconds * (1 + 1e-12));
  double steps = 0;
  for (const ProfileEntry& entry : profile.entries()) {
    CHECK(entry.fastest * static_cast<double>(entry.count) <= entry.seconds * (1 + 1e-12));
    steps += entry.seconds;
  }
  CHECK(steps == doctest::Approx(summary.step_seconds));
}

TEST_CASE("a profile tells modules, and forward from backward, apart") {
  const Runs runs(true);
  const Tensor x = evaluated(ones({6, 7}));
  const Tensor a = evaluated(ones({7, 7}));
  const Profile profile;
  {
    const Tape tape;
    Tensor y = x;
    for (const char* name : {"first", "second"}) {
      const NameScope scope(name);
      y = matmul(y, a);
    }
    const Tensor loss = sum(y);
    eval({loss, tape.gradient(loss, a)});
  }
  std::set<std::string> modules;
  for (const ProfileEntry& entry : profile.entries())
    if (entry.title.starts_with("matmul")) modules.insert(entry.modules);
  CHECK(modules == std::set<std::string>{"first", "first backward", "second", "second backward"});
}

TEST_CASE("a pass across modules names them all") {
  const Runs runs(true);
  const Tensor x = evaluated(ones({9}));
  const Profile profile;
  Tensor y = x;
  for (const char* name : {"first", "second"}) {
    const NameScope scope(name);
    y = exp(-y);
  }
  eval(y);
  REQUIRE(profile.entries().size() == 1);
  CHECK(profile.entries()[0].title == "pass over 9: negate x2 exp x2");
  CHECK(profile.entries()[0].modules == "first, second");
  const nlohmann::json events = trace_of(profile)["traceEvents"];
  CHECK(events.back()["args"]["operations"] == "first: negate, exp; second: negate, exp");
}

TEST_CASE("a profile's peak is that of its own runs") {
  { eval(ones({1 << 20}) + 1); }
  const Tensor x = evaluated(ones({1 << 10}));
  const std::size_t live = memory_stats().live;
  const Profile profile;
  eval(x + 1);
  CHECK(profile.summary().peak_memory >= live + (std::size_t{4} << 10));
  CHECK(profile.summary().peak_memory < live + (std::size_t{4} << 20));
}

TEST_CASE("a profile of runs without plans shows nodes") {
  const Runs runs(false);
  const Tensor a = evaluated(ones({5, 7})), b = evaluated(ones({3, 7}));
  const Profile profile;
  for (int i = 0; i < 2; ++i) eval(sum(matmul(a, b.T()) * 2, 1));
  const ProfileSummary summary = profile.summary();
  CHECK(summary.runs == 2);
  CHECK(summary.interpreted_runs == 2);
  CHECK(summary.plan_cache.hits + summary.plan_cache.misses == 0);
  const std::vector<ProfileEntry> entries = profile.entries();
  const ProfileEntry* product = find(entries, "matmul (5, 7) (7, 3) -> (5, 3)");
  REQUIRE(product);
  CHECK(product->count == 2);
  CHECK(product->flops == 2 * 2 * 5 * 7 * 3);
  const ProfileEntry* reduction = find(entries, "sum (5, 3) -> (5,)");
  REQUIRE(reduction);
  CHECK(reduction->flops == 2 * 15);
  const ProfileEntry* view = find(entries, "transpose (3, 7) -> (7, 3)");
  REQUIRE(view);
  CHECK(view->bytes + view->flops == 0);
  CHECK(lacks(profile.report(), {"2 of the runs went node by node", "multiply (5, 3) -> (5, 3)"}) == "");
}

TEST_CASE("a profile's report lists the steps that took most first") {
  const Runs runs(true);
  const Tensor a = evaluated(ones({5, 13})), b = evaluated(ones({13, 3}));
  Profile profile;
  const NameScope scope("encoder");
  eval(softmax(matmul(a, b)));
  profile.stop();
  const std::vector<ProfileEntry> entries = profile.entries();
  CHECK(std::ranges::is_sorted(entries, std::greater(), &ProfileEntry::seconds));
  const std::string report = profile.report();
  CHECK(lacks(report, {"1 runs in ", "0 found, 1 made, ", "peak memory", "GFLOP/s",
                       "matmul (5, 13) (13, 3) -> (5, 3) [encoder]\n"}) == "");
  CHECK(report.find("node by node") == std::string::npos);
  std::size_t at = 0;
  for (const ProfileEntry& entry : entries) {
    const std::size_t line = report.find("  " + entry.title + " [" + entry.modules + "]\n", at);
    REQUIRE(line != std::string::npos);
    at = line;
  }
}

TEST_CASE("a profile measures its own thread's runs until it is stopped, and does not nest") {
  const Tensor x = evaluated(ones({6}));
  eval(x + 1);
  Profile profile;
  CHECK(lacks(error_of([] { const Profile inner; }), {"Profile", "do not nest"}) == "");
  eval(x + 2);
  std::thread other([&] {
    const Profile own;
    eval(x + 3);
    eval(x + 4);
    CHECK(own.summary().runs == 2);
  });
  other.join();
  CHECK(profile.summary().runs == 1);
  profile.stop();
  eval(x + 5);
  CHECK(profile.summary().runs == 1);
  const std::string report = profile.report();
  const Profile next;
  eval(x + 6);
  profile.stop();
  eval(x + 7);
  CHECK(next.summary().runs == 2);
  CHECK(profile.report() == report);
}

TEST_CASE("an empty profile has a report and a trace") {
  const Profile profile;
  CHECK(profile.entries().empty());
  CHECK(lacks(profile.report(), {"0 runs in "}) == "");
  CHECK(trace_of(profile)["traceEvents"].is_array());
}

TEST_CASE("a profile survives runs that are refused") {
  const Tensor x = evaluated(ones({100, 10}));
  const Profile profile;
  for (int i = 0; i < 3; ++i) CHECK(error_of([&] { eval(take(x, test::i64({100}))); }) != "no Error");
  eval(x + 1);
  CHECK(profile.summary().runs == 4);
  const std::vector<ProfileEntry> entries = profile.entries();
  CHECK(std::ranges::count(entries, std::size_t{1}, &ProfileEntry::count) == 1);
  CHECK(std::ranges::count(entries, std::size_t{3}, &ProfileEntry::count) == 1);
}

TEST_CASE("a trace holds every step within its run, with what it did") {
  const Runs runs(true);
  const Tensor a = evaluated(ones({5, 17})), b = evaluated(ones({17, 3}));
  Profile profile;
  {
    const NameScope scope("a \"quoted\" \\ name\n");
    for (int i = 0; i < 2; ++i) eval(tanh(matmul(a, b)));
  }
  profile.stop();
  struct Span {
    double start, end;
  };
  std::vector<Span> spans;
  std::size_t products = 0, steps = 0;
  const nlohmann::json trace = trace_of(profile);
  for (const auto& event : trace["traceEvents"])
    if (event["ph"] == "X" && event["name"] == "run")
      spans.push_back({event["ts"], event["ts"].get<double>() + event["dur"].get<double>()});
  CHECK(spans.size() == 2);
  for (const auto& event : trace["traceEvents"]) {
    if (event["ph"] != "X" || !event["args"].contains("flops")) continue;
    ++steps;
    const double start = event["ts"], end = start + event["dur"].get<double>();
    CHECK(end <= 1e6 * profile.summary().seconds);
    // Times are written to the nanosecond: 0.001 us.
    CHECK(std::ranges::any_of(spans,
                              [&](const Span& run) { return run.start <= start + 0.0015 && end <= run.end + 0.0015; }));
    if (event["name"] != "matmul (5, 17) (17, 3) -> (5, 3)") continue;
    ++products;
    CHECK(event["args"]["flops"] == 2 * 5 * 17 * 3);
    CHECK(event["args"]["bytes"] == sizeof(float) * (5 * 17 + 17 * 3 + 5 * 3));
    CHECK(event["args"]["operations"] == "a \"quoted\" \\ name\n: matmul");
  }
  CHECK(steps == 4);
  CHECK(products == 2);
}

TEST_CASE("a trace of broken UTF-8 is still JSON") {
  const Runs runs(true);
  const Profile profile;
  const NameScope scope("broken \xff name");
  eval(tanh(evaluated(ones({3}))));
  CHECK(!trace_of(profile)["traceEvents"].empty());
}

TEST_CASE("a trace appears whole or not at all") {
  const Scratch scratch;
  const Profile profile;
  profile.write_trace(scratch / "trace.json");
  profile.write_trace(scratch / "trace.json");
  std::size_t files = 0;
  for (const auto& file : std::filesystem::directory_iterator(scratch / ".")) files += file.exists() ? 1 : 0;
  CHECK(files == 1);
  CHECK(lacks(error_of([&] { profile.write_trace(scratch / "no/such/folder.json"); }),
              {"Profile::write_trace", "no/such/folder.json"}) == "");
}

TEST_CASE("a profile finds the same steps on several threads as on one") {
  const Tensor x = evaluated(ones({128, 256}) * 0.01);
  std::vector<Tensor> weights;
  for (int i = 0; i < 4; ++i) weights.push_back(evaluated(ones({256, 256}) * 0.01));
  const auto profiled = [&](int threads) {
    const Runs runs(true, threads);
    const Profile profile;
    for (int i = 0; i < 3; ++i) {
      const Tape tape;
      Tensor y = x;
      for (const Tensor& weight : weights) y = tanh(matmul(y, weight));
      eval(tape.gradient(mean(square(y)), weights));
    }
    const nlohmann::json trace = trace_of(profile);
    std::multiset<std::string> names;
    for (const auto& event : trace["traceEvents"])
      if (event["ph"] == "X" && event["args"].contains("flops")) names.insert(event["name"]);
    return names;
  };
  const std::multiset<std::string> one = profiled(1);
  CHECK(one.count("matmul (128, 256) (256, 256) -> (128, 256)") == 3 * 7);
  CHECK(one.count("matmul (256, 128) (128, 256) -> (256, 256)") == 3 * 4);
  CHECK(profiled(3) == one);
}

}  // namespace xgrad
