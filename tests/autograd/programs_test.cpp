#include <doctest/doctest.h>

#include <cstdlib>
#include <limits>
#include <string>

#include <autograd/autograd.hpp>
#include <autograd/run/plan/pieces.hpp>

#include "expect.hpp"
#include "fusing.hpp"
#include "kernel/instruction_sets.hpp"
#include "random_program.hpp"
#include "way.hpp"

// Random programs: planned and fused they must give what they give node by node, and their gradients must be right.
namespace xgrad {
namespace {

using test::difference;
using test::Fusing;
using test::RandomProgram;
using test::Way;

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

struct Size {
  std::int64_t rows, columns;
};
/// How many programs are tried: the environment variable XGRAD_TEST_PROGRAMS says so for long runs.
unsigned programs() {
  const char* asked = std::getenv("XGRAD_TEST_PROGRAMS");
  return asked ? static_cast<unsigned>(std::stoul(asked)) : 2000;
}

constexpr Size sizes[] = {{1, 1}, {3, 4}, {2, 7}, {17, 33}, {64, 100}, {5, 1}, {1, 300}};

/// Values and gradients of a random program, some of them asked for on the way.
std::vector<Tensor> values_and_gradients(unsigned seed, Size size, DType dtype) {
  RandomProgram program(seed, size.rows, size.columns);
  const std::vector<Tensor> inputs = program.inputs(dtype);
  const Tape tape;
  std::vector<Tensor> results = program(inputs, 12);
  if (program.below(2) == 0) eval(results[program.below(results.size())]);
  const std::vector<Tensor> more = program(results, 8);
  results.insert(results.end(), more.begin(), more.end());
  const Tensor y = sum(tanh(results.back())) + mean(results[program.below(results.size())]);
  const std::vector<Tensor> gradients = tape.gradient(y, inputs, {.materialize_grads = true});
  results.insert(results.end(), gradients.begin(), gradients.end());
  if (program.below(2) == 0) {
    const std::vector<Tensor> second =
        tape.gradient(sum(square(gradients[0])) + sum(gradients[1]), inputs, {.materialize_grads = true});
    results.insert(results.end(), second.begin(), second.end());
  }
  eval(results);
  return results;
}

}  // namespace

TEST_CASE("random programs give the same values planned and node by node") {
  for (unsigned seed = 0; seed < programs(); ++seed) {
    // Now and then larger than the caches, where values are computed again instead of being read back; in float64,
    // since sums over so many float32 values cancel to anything.
    const bool large = seed % 41 == 7;
    const Size size = large ? Size{260, 300} : sizes[seed % std::size(sizes)];
    const DType dtype = large || seed % 2 == 0 ? float64 : float32;
    INFO("seed ", seed, ", ", size.rows, " rows, ", size.columns, " columns, ", std::string(to_string(dtype)));
    std::vector<Tensor> expected;
    {
      const Fusing off(false);
      expected = values_and_gradients(seed, size, dtype);
    }
    const Fusing on(true);
    const std::vector<Tensor> actual = values_and_gradients(seed, size, dtype);
    REQUIRE(actual.size() == expected.size());
    // Products of large matrices may be added up part by part, and BLAS's by the extents. All else is in one order,
    // whoever runs it.
    const double of_blas = dtype == float64 ? 1e-12 : 1e-5;
    const double precision = large ? 1e-12 : test::has_own_products() ? 0 : of_blas;
    for (std::size_t i = 0; i < actual.size(); ++i) {
      INFO("result ", i, " of ", actual.size());
      const double scale = 1 + std::sqrt(mean(square(expected[i].to(float64))).item());
      CHECK(difference(actual[i], expected[i], {.rtol = precision, .atol = precision * scale}) == "");
    }
  }
}

namespace {

/// A body that is repeated, each time on what it gave before, and the gradient of what comes out: with respect to the
/// inputs, and the gradient of that.
std::vector<Tensor> repeated_bodies(unsigned seed, Size size, int times) {
  RandomProgram program(seed, size.rows, size.columns, RandomProgram::Operations::differentiable);
  const std::vector<Tensor> inputs = program.inputs(float64);
  const Tape tape;
  std::vector<Tensor> pool = inputs, asked;
  for (int i = 0; i < times; ++i) {
    RandomProgram body = program;
    std::vector<Tensor> results = body(pool, 7);
    if (i % 4 == 1) asked.push_back(results[2]);
    std::copy(inputs.begin(), inputs.end(), pool.begin());
    // Where shapes allow it, the next body begins with what this one gives.
    for (Tensor& entry : pool)
      for (const Tensor& result : results)
        if (result.shape() == entry.shape() && body.below(2) == 0) entry = 0.5 * result;
    if (i + 1 == times) pool = std::move(results);
  }
  const Tensor y = sum(tanh(pool.back())) + mean(pool.front());
  const std::vector<Tensor> first = tape.gradient(y, inputs, {.materialize_grads = true});
  const std::vector<Tensor> second =
      tape.gradient(sum(square(first[0])) + sum(first[1]), inputs, {.materialize_grads = true});
  asked.insert(asked.end(), first.begin(), first.end());
  asked.insert(asked.end(), second.begin(), second.end());
  asked.push_back(y);
  eval(asked);
  return asked;
}

}  // namespace

TEST_CASE("random bodies that repeat, on shapes that change, give the same bits whichever way they run") {
  const run::Lengths usual{}, cut{.whole = 0, .piece = 24}, long_pieces{.whole = 0, .piece = 1000},
      whole{.whole = 1'000'000, .piece = 256};
  for (unsigned seed = 0; seed < programs() / 20; ++seed) {
    const int times = 2 + static_cast<int>(seed % 11);
    const Size size{1 + (seed * 7) % 19, sizes[seed % std::size(sizes)].columns};
    INFO("seed ", seed, ", ", size.rows, " rows, ", size.columns, " columns, ", times, " times");
    std::vector<Tensor> expected;
    {
      const Way node_by_node(false, Planning::repeated, Compiling::never, usual);
      expected = repeated_bodies(seed, size, times);
    }
    const auto check = [&](const char* name, Planning plan, Compiling compile, const run::Lengths& lengths, int runs) {
      const Way way(true, plan, compile, lengths);
      for (int run = 0; run < runs; ++run) {
        INFO(name, ", run ", run);
        const std::vector<Tensor> actual = repeated_bodies(seed, size, times);
        REQUIRE(actual.size() == expected.size());
        for (std::size_t i = 0; i < actual.size(); ++i) CHECK(difference(actual[i], expected[i]) == "");
      }
    };
    check("planned as a whole", Planning::always, Compiling::never, whole, 1);
    check("planned in pieces", Planning::always, Compiling::never, cut, 1);
    check("planned in long pieces", Planning::always, Compiling::never, long_pieces, 1);
    check("compiled in pieces", Planning::always, Compiling::always, cut, 1);
    check("as pays, in pieces", Planning::repeated, Compiling::repeated, cut, 4);
    check("as pays", Planning::repeated, Compiling::repeated, usual, 3);
  }
}

TEST_CASE("random programs repeat bit by bit, whatever the number of threads") {
  const int before = num_threads();
  for (unsigned seed = 1000; seed < 1040; ++seed) {
    INFO("seed ", seed);
    set_num_threads(1);
    const std::vector<Tensor> once = values_and_gradients(seed, {64, 100}, float32);
    set_num_threads(3);
    const std::vector<Tensor> again = values_and_gradients(seed, {64, 100}, float32);
    REQUIRE(once.size() == again.size());
    for (std::size_t i = 0; i < once.size(); ++i) CHECK(difference(again[i], once[i]) == "");
  }
  set_num_threads(before);
}

TEST_CASE("gradients of random programs agree with central differences") {
  for (unsigned seed = 2000; seed < 2100; ++seed) {
    INFO("seed ", seed);
    RandomProgram program(seed, 2, 3, RandomProgram::Operations::differentiable);
    const std::vector<Tensor> inputs = program.inputs(float64);
    const auto f = [&](const std::vector<Tensor>& x) {
      RandomProgram copy = program;
      return tanh(copy(x, 10).back());
    };
    // Chains of ten operations lose a few digits of a difference quotient.
    const GradcheckResult result = gradcheck(f, inputs, {.eps = 1e-5, .atol = 1e-6, .rtol = 1e-5});
    CHECK_MESSAGE(result.passed, result.message);
  }
}

TEST_CASE("a program of the same structure finds its plan") {
  const Fusing on(true);
  const Tensor x = ones({6, 5}), w = ones({5, 4});
  eval({x, w});
  const auto step = [&](double rate) {
    const Tape tape;
    const Tensor loss = mean(square(tanh(matmul(x, w)) * rate));
    eval(tape.gradient(loss, w) * rate);
  };
  step(0.1);
  const PlanCacheStats before = plan_cache_stats();
  for (int i = 2; i < 12; ++i) step(0.11 * i);
  CHECK(plan_cache_stats().misses == before.misses);
  CHECK(plan_cache_stats().hits >= before.hits + 10);
}

TEST_CASE("programs that differ in their numbers alone do not share what depends on these") {
  const Tensor x = tensor({-2, 0, nan, infinity});
  for (const double number : {1.0, 0.0, 2.0, -0.0, 1.0}) {
    INFO("number ", number);
    std::vector<double> product, total, quotient;
    for (const double value : {-2.0, 0.0, nan, infinity}) {
      product.push_back(value * number);
      total.push_back(value + number);
      quotient.push_back(value / number);
    }
    const auto expected = [](const std::vector<double>& values) {
      return tensor(std::span<const double>(values), {4}).to(float32);
    };
    CHECK(difference(x * number, expected(product)) == "");
    CHECK(difference(x + number, expected(total)) == "");
    CHECK(difference(x / number, expected(quotient)) == "");
  }
}

TEST_CASE("another shape, dtype, axis or wiring is another program") {
  const Fusing on(true);
  const auto value = [](const Tensor& x) { return sum(tanh(x) * 2, 0); };
  const Tensor a = reshape(arange(0, 6, 1, float32), {2, 3}), b = reshape(arange(0, 6, 1, float32), {3, 2});
  CHECK(difference(value(a),
                   tensor({tanh(tensor(3)).item() * 2, (tanh(tensor(1)) + tanh(tensor(4))).item() * 2,
                           (tanh(tensor(2)) + tanh(tensor(5))).item() * 2}),
                   {.rtol = 1e-6}) == "");
  CHECK(value(b).shape() == Shape{2});
  CHECK(value(a.to(float64)).dtype() == float64);
  CHECK(difference(a + a * 2, a * 3) == "");
  CHECK(difference(a * 2 + a, a * 3) == "");
  CHECK(difference(a - a * 2, -a) == "");
  CHECK(difference(a * 2 - a, a) == "");
  CHECK(difference(sum(a, 0), {3, 5, 7}) == "");
  CHECK(difference(sum(a, 1), {3, 12}) == "");
}

}  // namespace xgrad
