#include <doctest/doctest.h>

#include <functional>

#include <autograd/autograd.hpp>

#include "../../fusing.hpp"

// Equal structure means equal plan, and nothing else does.
namespace xgrad {
namespace {

using test::Fusing;

/// Plans made while f's result is computed.
std::size_t plans_made(const std::function<std::vector<Tensor>()>& f) {
  eval(ones({1}) + 1);  // whatever waits from elsewhere runs along here
  const std::size_t before = plan_cache_stats().misses;
  eval(f());
  return plan_cache_stats().misses - before;
}

}  // namespace

TEST_CASE("a program that is recorded again finds its plan, whatever the values") {
  const Fusing fusing(true);
  const auto program = [](double low) {
    return [=] { return std::vector<Tensor>{tanh(full({3, 5}, low) + arange(0, 5, 1, float32)) * (low + 0.5)}; };
  };
  plans_made(program(0.3));
  CHECK(plans_made(program(0.3)) == 0);
  CHECK(plans_made(program(0.7)) == 0);
  // 0 and 1 may be simplified away, so they are part of the structure.
  CHECK(plans_made(program(1)) == 1);
  CHECK(plans_made(program(0)) == 1);
}

TEST_CASE("programs that differ in one attribute, shape, dtype, operand or result have plans of their own") {
  const Fusing fusing(true);
  const Tensor x = reshape(arange(0, 24, 1, float32), {4, 6});
  const Tensor y = x * 0.25;
  eval({x, y});
  using Program = std::function<std::vector<Tensor>()>;
  const std::vector<Program> programs = {
      [&] { return std::vector<Tensor>{exp(-x) * sum(y, 0)}; },
      [&] { return std::vector<Tensor>{exp(-x) * sum(y, 1, {.keepdims = true})}; },
      [&] { return std::vector<Tensor>{exp(-x) * max(y, 0)}; },
      [&] { return std::vector<Tensor>{exp(-y) * sum(y, 0)}; },
      [&] { return std::vector<Tensor>{exp(-x) - sum(y, 0)}; },
      [&] { return std::vector<Tensor>{exp(-x.to(float64)) * sum(y, 0)}; },
      [&] {
        const Tensor total = sum(y, 0);
        return std::vector<Tensor>{exp(-x) * total, total};
      },
      [&] { return std::vector<Tensor>{slice(x, 1, 0, 3) * 2}; },
      [&] { return std::vector<Tensor>{slice(x, 1, 1, 4) * 2}; },
      [&] { return std::vector<Tensor>{slice(x, 1, 0, 6, 2) * 2}; },
      [&] { return std::vector<Tensor>{slice(x, 0, 0, 3) * 2}; },
      [&] { return std::vector<Tensor>{transpose(x) * 2}; },
      [&] {
        return std::vector<Tensor>{x.reshape({6, 4}) * 2};
      },
      [&] {
        return std::vector<Tensor>{x.reshape({2, 12}) * 2};
      },
      // Shapes like and unlike that of the operation recorded before.
      [&] {
        return std::vector<Tensor>{exp(x), exp(reshape(y, {24}))};
      },
      [&] {
        return std::vector<Tensor>{exp(x), exp(reshape(y, {3, 8}))};
      },
      [&] {
        return std::vector<Tensor>{exp(x), reshape(exp(y), {3, 8})};
      },
      [&] { return std::vector<Tensor>{where(x > y, x, y)}; },
      [&] { return std::vector<Tensor>{where(y > x, x, y)}; },
  };
  std::vector<std::vector<Tensor>> fused;
  for (std::size_t i = 0; i < programs.size(); ++i) {
    INFO("program ", i);
    CHECK(plans_made(programs[i]) == 1);
    fused.push_back(programs[i]());
    eval(fused.back());
  }
  set_fusing(false);
  for (std::size_t i = 0; i < programs.size(); ++i) {
    INFO("program ", i);
    const std::vector<Tensor> expected = programs[i]();
    for (std::size_t k = 0; k < expected.size(); ++k)
      CHECK(max(abs(fused[i][k] - expected[k])).item() <= 1e-6 * (1 + max(abs(expected[k])).item()));
  }
}

TEST_CASE("the cache is bounded: old plans make room") {
  const Fusing fusing(true);
  const std::size_t evictions = plan_cache_stats().evictions;
  for (std::int64_t n = 1; n <= 1500; ++n) eval(sum(full({n}, 0.5) * 3));
  CHECK(plan_cache_stats().plans <= 1024);
  CHECK(plan_cache_stats().evictions > evictions);
}

}  // namespace xgrad
