#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "../expect.hpp"
#include "ranks.hpp"

namespace xgrad {
namespace {

using distributed::ReduceOp;
using distributed::world;
using Rows = std::vector<std::vector<double>>;
using OfOneRank = std::function<Tensor(const Tensor&)>;

/// A rank's x: numbers that no other rank has.
Tensor own(const Shape& shape) {
  return arange(shape.elements()).to(float64).reshape(NewShape(shape)) + 100 * world().rank();
}

// ---------------------------------------------------------------------------------- derivatives across ranks

/// The sum over all ranks of f of each one's x, with a weight for each number.
double total(const std::vector<Tensor>& xs, const OfOneRank& f) {
  const Rows values = test::on_ranks(static_cast<int>(xs.size()), [&] {
    const Tensor y = f(xs[static_cast<std::size_t>(world().rank())]);
    const Tensor weight = cos(own(y.shape()));
    return sum(y * weight);
  });
  double sum_of_all = 0;
  for (const std::vector<double>& value : values) sum_of_all += value.front();
  return sum_of_all;
}

/// The gradient of that in this rank's x.
Tensor gradient_of_total(const Tensor& x, const OfOneRank& f) {
  return gradient(
      [&](const Tensor& at) {
        const Tensor y = f(at);
        return sum(y * cos(own(y.shape())));
      },
      x);
}

/// "" where the derivative of f across ranks is what central differences give, in each number of each rank's x.
std::string wrong_derivative(int ranks, const Shape& shape, const OfOneRank& f) {
  std::vector<Tensor> xs;
  for (int r = 0; r < ranks; ++r) {
    xs.push_back(0.5 * sin(arange(shape.elements()).to(float64).reshape(NewShape(shape)) + 1.7 * r));
    eval(xs.back());
  }
  const Rows analytic =
      test::on_ranks(ranks, [&] { return gradient_of_total(xs[static_cast<std::size_t>(world().rank())], f); });
  constexpr double step = 1e-5;
  for (std::size_t r = 0; r < xs.size(); ++r) {
    for (std::int64_t i = 0; i < shape.elements(); ++i) {
      const auto moved = [&](double by) {
        std::vector<Tensor> at = xs;
        std::vector<double> numbers = xs[r].to_vector<double>();
        numbers[static_cast<std::size_t>(i)] += by;
        at[r] = tensor(std::span<const double>(numbers), shape);
        return total(at, f);
      };
      const double numeric = (moved(step) - moved(-step)) / (2 * step);
      const double given = analytic[r][static_cast<std::size_t>(i)];
      // The error of a central difference of step 1e-5 of numbers of about 1 is about 1e-10 / 1e-5 / 2^-52.
      if (!(std::abs(numeric - given) <= 1e-7 * (1 + std::abs(numeric))))
        return "rank " + std::to_string(r) + ", number " + std::to_string(i) + ": " + std::to_string(given) +
               " instead of " + std::to_string(numeric);
    }
  }
  return "";
}

/// The same of f, and of its derivative.
std::string wrong_derivatives(int ranks, const Shape& shape, const OfOneRank& f) {
  const std::string first = wrong_derivative(ranks, shape, f);
  if (!first.empty()) return "first order, " + first;
  const std::string second = wrong_derivative(ranks, shape, [&](const Tensor& x) { return gradient_of_total(x, f); });
  return second.empty() ? "" : "second order, " + second;
}

}  // namespace

TEST_CASE("collectives give every rank what their definitions say") {
  const auto all_reduced = [](ReduceOp op) {
    return test::on_ranks(3, [op] { return distributed::all_reduce(own({2}), op); });
  };
  CHECK(all_reduced(ReduceOp::sum) == Rows(3, {300, 303}));
  CHECK(all_reduced(ReduceOp::mean) == Rows(3, {100, 101}));
  CHECK(test::on_ranks(3, [] { return distributed::reduce(own({2}), 1); }) == Rows{{0, 0}, {300, 303}, {0, 0}});
  CHECK(test::on_ranks(3, [] { return distributed::broadcast(own({2}), 2); }) == Rows(3, {200, 201}));
  CHECK(test::on_ranks(2, [] { return distributed::all_gather(own({2})); }) == Rows(2, {0, 1, 100, 101}));
  CHECK(test::on_ranks(2, [] {
          return distributed::all_gather(own({2, 2}), 1);
        }) == Rows(2, {0, 1, 100, 101, 2, 3, 102, 103}));
  CHECK(test::on_ranks(2, [] { return distributed::all_gather(own({})); }) == Rows(2, {0, 100}));
  CHECK(test::on_ranks(2, [] { return distributed::reduce_scatter(own({4})); }) == Rows{{100, 102}, {104, 106}});
  CHECK(test::on_ranks(2, [] {
          return distributed::reduce_scatter(own({2, 4}), -1);
        }) == Rows{{100, 102, 108, 110}, {104, 106, 112, 114}});
  CHECK(test::on_ranks(2, [] { return distributed::all_to_all(own({4})); }) ==
        Rows{{0, 1, 100, 101}, {2, 3, 102, 103}});
  CHECK(test::on_ranks(2, [] { return distributed::replicated(own({2})); }) == Rows{{0, 1}, {100, 101}});
}

TEST_CASE("all_to_all divides one axis and multiplies another") {
  for (const auto& entry : {std::pair(0, 1), std::pair(1, 0), std::pair(1, 1), std::pair(2, 0)}) {
    const auto& split = entry.first;
    const auto& concat = entry.second;
    CAPTURE(split);
    CAPTURE(concat);
    const Shape shape{2, 4, 6};
    const Rows actual = test::on_ranks(2, [=] { return distributed::all_to_all(own(shape), split, concat); });
    const Rows expected = test::on_ranks(2, [=] {
      const std::int64_t part = shape[split] / 2, start = part * world().rank();
      const Tensor x = arange(shape.elements()).to(float64).reshape(NewShape(shape));
      return concatenate({slice(x, split, start, start + part), slice(x + 100, split, start, start + part)}, concat);
    });
    CHECK(actual == expected);
  }
}

TEST_CASE("the derivative of a collective, to the second order, is that of the sum of all ranks' results") {
  const auto of = [](const OfOneRank& collective) {
    return OfOneRank([=](const Tensor& x) { return sin(collective(square(x) + x)); });
  };
  CHECK(wrong_derivatives(3, {2}, of([](const Tensor& x) { return distributed::all_reduce(x); })) == "");
  CHECK(wrong_derivatives(2, {2}, of([](const Tensor& x) { return distributed::all_reduce(x, ReduceOp::mean); })) ==
        "");
  CHECK(wrong_derivatives(3, {2}, of([](const Tensor& x) { return distributed::reduce(x, 1); })) == "");
  CHECK(wrong_derivatives(3, {2}, of([](const Tensor& x) { return distributed::broadcast(x, 2); })) == "");
  CHECK(wrong_derivatives(3, {2}, of([](const Tensor& x) { return distributed::all_gather(x); })) == "");
  CHECK(wrong_derivatives(2, {2, 2}, of([](const Tensor& x) { return distributed::all_gather(x, 1); })) == "");
  CHECK(wrong_derivatives(2, {4}, of([](const Tensor& x) { return distributed::reduce_scatter(x); })) == "");
  CHECK(wrong_derivatives(2, {4}, of([](const Tensor& x) { return distributed::all_to_all(x); })) == "");
  CHECK(wrong_derivatives(2, {2, 2}, of([](const Tensor& x) { return distributed::all_to_all(x, 0, 1); })) == "");
}

TEST_CASE("a gradient in a replicated tensor is the average of all ranks'") {
  const Rows gradients = test::on_ranks(4, [] {
    const auto loss = [](const Tensor& w) { return sum(square(distributed::replicated(w)) * (world().rank() + 1)); };
    return gradient(loss, test::f64({3, -1}));
  });
  CHECK(gradients == Rows(4, {15, -5}));  // 2 w times the mean of 1, 2, 3, 4
  const Rows seconds = test::on_ranks(4, [] {
    const auto loss = [](const Tensor& w) { return sum(pow(distributed::replicated(w), 3) * (world().rank() + 1)); };
    return hvp(loss, test::f64({3, -1}), test::f64({1, 1}));
  });
  CHECK(seconds == Rows(4, {45, -15}));  // 6 w times that mean
}

TEST_CASE("integers, bool and bfloat16 are exchanged as they are") {
  CHECK(test::on_ranks(2, [] { return distributed::all_reduce(tensor(std::int64_t{1} << 60)); }) ==
        Rows(2, {std::ldexp(1.0, 61)}));
  CHECK(test::on_ranks(2, [] {
          return distributed::all_gather(tensor({true, world().rank() == 0}));
        }) == Rows(2, {1, 1, 1, 0}));
  std::vector<DType> dtypes(2);
  distributed::run_ranks(2, [&] {
    const Tensor y = distributed::all_gather(cast(own({2}), bfloat16));
    eval(y);
    dtypes[static_cast<std::size_t>(world().rank())] = y.dtype();
  });
  CHECK(dtypes == std::vector<DType>(2, bfloat16));
}

TEST_CASE("collectives go through vmap and jacobian") {
  const Rows mapped = test::on_ranks(2, [] {
    return vmap([](const Tensor& x) { return distributed::all_gather(x) + distributed::all_reduce(sum(x)); })(
        own({3, 2}));
  });
  const Rows expected = test::on_ranks(2, [] {
    std::vector<Tensor> rows;
    for (const Tensor& x : own({3, 2})) rows.push_back(distributed::all_gather(x) + distributed::all_reduce(sum(x)));
    return stack(rows);
  });
  CHECK(mapped == expected);
  // Each rank's result is the mean of all ranks' squares, and the Jacobian that of the sum of both ranks' results.
  const Rows jacobians = test::on_ranks(2, [] {
    return jacobian([](const Tensor& x) { return distributed::all_reduce(square(x), ReduceOp::mean); }, own({2}));
  });
  CHECK(jacobians == Rows{{0, 0, 0, 2}, {200, 0, 0, 202}});
}

TEST_CASE("groups of some of the ranks") {
  const Rows sums = test::on_ranks(4, [] {
    const int rank = world().rank();
    const distributed::Communicator evens_and_odds = world().split(rank % 2, -rank);  // in reverse order
    const Tensor inner = distributed::all_gather(tensor(static_cast<double>(rank)), 0, evens_and_odds);
    const Tensor outer = distributed::all_reduce(tensor(static_cast<double>(evens_and_odds.rank())));
    return concatenate({inner, outer.reshape({1})}, 0);
  });
  CHECK(sums == Rows{{2, 0, 2}, {3, 1, 2}, {2, 0, 2}, {3, 1, 2}});
}

TEST_CASE("ranks that call different collectives are told so") {
  const std::string error = test::error_of_ranks(2, [] {
    if (world().rank() == 0)
      distributed::all_reduce(own({2})).to_vector<double>();
    else
      distributed::all_reduce(own({3})).to_vector<double>();
  });
  CHECK(test::lacks(error, {"rank 0", "all_reduce of 2 float64", "rank 1", "all_reduce of 3 float64", "same order"}) ==
        "");
}

TEST_CASE("a rank that does not come, has failed or has returned is named") {
  std::mutex mutex;
  std::vector<std::string> errors;
  const auto waiting = [&] {
    try {
      eval(distributed::all_reduce(own({2})));
    } catch (const Error& error) {
      const std::lock_guard lock(mutex);
      errors.emplace_back(error.what());
      throw;
    }
  };
  distributed::Communicator others;
  test::error_of_ranks(3,
                       [&] {
                         const distributed::Communicator pair = world().split(world().rank() == 2 ? 1 : 0);
                         if (world().rank() != 2) return waiting();
                         // Waits for the two others, who wait for this one in another group.
                         eval(distributed::all_reduce(own({2}), ReduceOp::sum, pair));
                         try {
                           world().barrier();
                         } catch (const Error&) {
                         }
                       },
                       {.deadline = std::chrono::milliseconds(50)});
  REQUIRE(errors.size() == 2);
  for (const std::string& error : errors) CHECK(test::lacks(error, {"rank"}) == "");

  errors.clear();
  CHECK(test::error_of_ranks(2, [&] {
          if (world().rank() == 0) return waiting();
          fail("test", "on purpose");
        }) == "test: on purpose");
  CHECK(errors == std::vector<std::string>{"distributed: rank 1 has failed"});

  errors.clear();
  CHECK(test::error_of_ranks(2, [&] {
          if (world().rank() == 0) waiting();
        }) == "distributed: rank 1 has returned");
}

TEST_CASE("without others a rank is a group of its own") {
  CHECK(world().rank() == 0);
  CHECK(world().size() == 1);
  CHECK(test::difference(distributed::all_reduce(test::f64({1, 2})), {1, 2}) == "");
  CHECK(distributed::all_gather(test::f64({1, 2})).shape() == Shape{2});
  world().barrier();
  CHECK_THROWS_WITH_AS(distributed::Communicator(nullptr), "Communicator: there is no transport", Error);
}

}  // namespace xgrad
