#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include <autograd/autograd.hpp>
#include <autograd/recorder.hpp>
#include <autograd/run/compile/code.hpp>
#include <autograd/run/inspect/profile.hpp>
#include <autograd/run/plan/pieces.hpp>
#include <autograd/run/plan/program.hpp>
#include <nn/nn.hpp>

#include "../../expect.hpp"
#include "../../fusing.hpp"
#include "../../way.hpp"

// Long programs run in pieces, and what repeats inside them becomes equal pieces.
namespace xgrad {
namespace {

using test::difference;
using test::error_of;
using test::Fusing;
using test::lacks;
using test::Way;

using Targets = std::vector<Tensor>;

/// The pieces of what waits.
struct Cut {
  std::size_t nodes = 0;
  std::size_t pieces = 0;
  std::size_t kinds = 0;  ///< pieces whose keys differ
  std::int64_t work = 0;  ///< of the search
  bool alone = false;
};

Cut cut(const Targets& targets, std::set<std::vector<std::uint32_t>>* known = nullptr) {
  Recorder& list = recorder();
  const ListGuard guard(list);
  run::Needed needed(list, targets);
  const run::Pieces pieces = run::pieces_of(needed);
  std::set<std::vector<std::uint32_t>> own;
  if (!known) known = &own;
  const std::size_t before = known->size();
  REQUIRE(needed.count() > 0);
  CHECK(pieces.ends.back() == needed.count());
  pieces.each([&](std::size_t begin, std::size_t end) {
    const run::Program program(needed, begin, end);
    known->emplace(program.key().begin(), program.key().end());
  });
  return {needed.count(), pieces.ends.size(), known->size() - before, pieces.work, pieces.alone};
}

Targets recurrence(int steps) {
  const Tensor w = full({8, 8}, 0.1), x = full({4, 8}, 0.2);
  eval({w, x});
  const Tape tape;
  Tensor h = x;
  for (int i = 0; i < steps; ++i) h = tanh(matmul(h, w) + x);
  return {tape.gradient(sum(h), w)};
}

/// A step of training without the update.
template <class Network>
Targets gradients(const Network& network, std::int64_t length, std::int64_t batch = 4) {
  const Tensor x = full({length, batch, 8}, 0.3);
  eval(x);
  const Tape tape;
  return tape.gradient(mean(square(network(x))), network.parameters());
}

/// Plans made, and loops compiled, while f's results are computed.
struct Made {
  std::size_t plans, loops;
};
Made made_by(const std::function<Targets()>& f) {
  const std::size_t plans = plan_cache_stats().misses, loops = run::codes_made();
  eval(f());
  return {plan_cache_stats().misses - plans, run::codes_made() - loops};
}

}  // namespace

TEST_CASE("the bodies of an unrolled loop become equal pieces, however many there are") {
  const Tape waiting;  // what is long waits
  std::set<std::vector<std::uint32_t>> known;
  const Cut first = cut(recurrence(1000), &known);
  CHECK(first.alone);
  CHECK(first.pieces > 50);
  CHECK(first.kinds < 16);
  // Another length has the same pieces but for some at the ends.
  CHECK(cut(recurrence(1001), &known).kinds <= 4);
  CHECK(cut(recurrence(1234), &known).kinds <= 6);
  const Cut longer = cut(recurrence(4000), &known);
  CHECK(longer.kinds <= 4);
  CHECK(longer.pieces > 3 * first.pieces);
}

TEST_CASE("the search for repetitions looks at each node a few times, however long the program is") {
  const Tape waiting;
  const Tensor x = full({4}, 0.5);
  eval(x);
  const auto chain = [&](int n) {
    Tensor y = x;
    for (int i = 0; i < n; ++i) y = tanh(y) * 0.5;
    return Targets{y};
  };
  // No two bodies alike, and many that begin alike.
  const auto irregular = [&](int n) {
    Tensor y = x;
    std::uint32_t state = 1;
    for (int i = 0; i < n; ++i) {
      state = state * 1664525u + 1013904223u;
      y = state >> 30 == 0 ? tanh(y) : state >> 30 == 1 ? y * 0.5 : state >> 30 == 2 ? y + x : sigmoid(y);
    }
    return Targets{y};
  };
  const auto gradient_of_gradient = [&](int n) {
    const Tape tape;
    Tensor y = x;
    for (int i = 0; i < n; ++i) y = tanh(y) * x;
    const Tensor slope = tape.gradient(sum(y), x);
    return Targets{tape.gradient(sum(square(slope)), x)};
  };
  const auto nested = [&](int n) {
    Tensor y = x;
    for (int i = 0; i < n / 40; ++i) {
      for (int k = 0; k < 20; ++k) y = tanh(y) + x;
      y = sigmoid(y) * 0.5;
    }
    return Targets{y};
  };
  for (const auto& f : std::vector<std::function<Targets(int)>>{chain, irregular, gradient_of_gradient, nested,
                                                                [&](int n) { return recurrence(n); }}) {
    const Cut small = cut(f(500)), large = cut(f(8000));
    const auto each = [](const Cut& c) { return static_cast<double>(c.work) / static_cast<double>(c.nodes); };
    CHECK(each(small) < 16);
    CHECK(each(large) < 16);
    CHECK(each(large) < 1.5 * each(small));
  }
}

TEST_CASE("recurrent networks of other lengths need next to no new plans and loops") {
  const Way compiled(true, Planning::always, Compiling::always);
  const nn::LSTM lstm(8, 16);
  const nn::GRU gru(8, 16);
  made_by([&] { return gradients(lstm, 8); });  // initial values of parameters
  made_by([&] { return gradients(gru, 8); });
  const auto check = [&](const auto& network) {
    for (const std::int64_t length : {200, 201, 202, 203}) made_by([&] { return gradients(network, length); });
    for (const std::int64_t length : {207, 260, 333}) {
      INFO("length ", length);
      const Made made = made_by([&] { return gradients(network, length); });
      // What stacks the outputs, and the ends of the loops.
      CHECK(made.plans <= 8);
      CHECK(made.loops <= 12);
    }
  };
  check(lstm);
  check(gru);
}

TEST_CASE("programs of structures that never come again leave no plans") {
  if (!fusing() || planning() == Planning::always || compiling() == Compiling::always) return;
  eval(ones({1}) + 1);
  const std::size_t plans = plan_cache_stats().plans;
  for (std::int64_t n = 1; n <= 300; ++n) eval(tanh(full({n}, 0.5) * 3) + 1);
  CHECK(plan_cache_stats().plans == plans);
}

TEST_CASE("a structure that comes again is planned once that has cost less than its runs") {
  if (!fusing()) return;
  const Tensor x = full({37, 3}, 0.25);
  eval(x);
  const auto run = [&] {
    const Tensor y = tanh(x * 2) + sigmoid(x) * x;
    eval(y);
    return y;
  };
  const Tensor expected = run();
  const std::size_t hits = plan_cache_stats().hits;
  int runs = 0;
  while (plan_cache_stats().hits == hits && ++runs < 1000) CHECK(difference(run(), expected) == "");
  CHECK(runs < 1000);
}

TEST_CASE("views of what earlier pieces computed are read where they lie") {
  const Tensor x = arange(0, 24, 1, float64).reshape({4, 6});
  eval(x);
  const auto program = [&] {
    const Tensor base = x * 2;
    Tensor total = zeros({4}, float64);
    for (int i = 0; i < 30; ++i) {
      const Tensor row = transpose(base)[i % 6];  // strided
      const Tensor part = reshape(slice(base, 0, i % 4, i % 4 + 1), {6});
      total = total + row * 0.5 + sum(part);
      if (i % 5 == 0) total = tanh(broadcast_to(reshape(total, {1, 4}), {2, 4})[1]);
    }
    return Targets{total, transpose(base), base[2]};
  };
  Targets expected;
  {
    const Fusing node_by_node(false);
    expected = program();
    eval(expected);
  }
  for (const std::size_t piece : {3U, 8U, 20U, 50U}) {
    const Way in_pieces(true, Planning::always, compiling(), {.whole = 0, .piece = piece});
    const Targets actual = program();
    eval(actual);
    for (std::size_t i = 0; i < expected.size(); ++i) CHECK(difference(actual[i], expected[i]) == "");
  }
}

TEST_CASE("what a checkpoint in a checkpoint is computed from stays until its last reader") {
  const Tensor w = tensor({{0.5, 1}, {-1, 2}}, float64), x = tensor({{0.1, -0.2}, {0.3, 0.5}}, float64);
  const auto layer = [](const std::vector<Tensor>& in) { return tanh(matmul(in[0], in[1])); };
  const auto block = [&](const std::vector<Tensor>& in) {
    return checkpoint(layer, {checkpoint(layer, in) * in[0], in[1]}) + in[0];
  };
  const auto result = [&] {
    const Tape tape;
    Tensor h = x;
    for (int i = 0; i < 12; ++i) h = checkpoint(block, {sin(h), w});
    eval(h);
    return h;
  };
  const Fusing on(true);
  const Tensor expected = result();
  for (std::size_t piece = 2; piece < 24; ++piece) {
    INFO("pieces of ", piece, " nodes");
    const Way in_pieces(true, Planning::always, compiling(), {.whole = 0, .piece = piece});
    CHECK(difference(result(), expected) == "");
  }
}

TEST_CASE("where a later piece refuses, no value is left, and none is lost") {
  const Way in_pieces(true, Planning::always, compiling(), {.whole = 0, .piece = 16});
  const Tensor x = full({1000}, 0.5);
  const Tensor index = full({1}, 2000, int64);
  eval({x, index});
  const std::size_t live = memory_stats().live;
  {
    Tensor y = x;
    for (int i = 0; i < 40; ++i) y = tanh(y) * 0.9;
    const Tensor good = y + 1, bad = take(y, index);
    Tensor z = bad;
    for (int i = 0; i < 40; ++i) z = tanh(z) * 0.9;
    const std::size_t before = memory_stats().live;
    CHECK(lacks(error_of([&] { eval({good, z}); }), {"take", "2000"}) == "");
    CHECK(memory_stats().live == before);
    double expected = 0.5;
    for (int i = 0; i < 40; ++i) expected = std::tanh(expected) * 0.9;
    CHECK(good.to(float64).to_vector<double>()[7] == doctest::Approx(expected + 1).epsilon(1e-5));
  }
  CHECK(memory_stats().live == live);
}

TEST_CASE("explain and a profile say how a long program is cut") {
  const Fusing planned(true);
  const Tape waiting;
  const Targets targets = recurrence(3000);
  CHECK(lacks(explain(targets), {"operations run in", "pieces with", "different plans", "matmul (4, 8) (8, 8)"}) == "");
  const Profile profile;
  eval(targets);
  const ProfileSummary summary = profile.summary();
  CHECK(summary.runs == 1);
  CHECK(summary.pieces > 100);
  CHECK(summary.interpreted_pieces == 0);
  CHECK(summary.interpreted_runs == 0);
  CHECK(lacks(profile.report(), {"long runs were cut"}) == "");
}

}  // namespace xgrad
