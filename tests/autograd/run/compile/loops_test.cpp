#include <doctest/doctest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <vector>

#include <autograd/autograd.hpp>
#include <autograd/run/inspect/profile.hpp>

#include "../../way.hpp"

// Loops of machine code give what the loops give that they stand for, to the last bit.
namespace xgrad {
namespace {

template <class T>
std::vector<T> bits_of(const std::vector<Tensor>& results) {
  std::vector<T> all;
  for (const Tensor& result : results) {
    const auto values = result.to(dtype_of<T>()).template to_vector<T>();
    all.insert(all.end(), values.begin(), values.end());
  }
  return all;
}

/// Whether f gives the same bits compiled and not. NaNs count as equal.
template <class T>
bool same_bits(const std::function<std::vector<Tensor>()>& f) {
  std::vector<T> plain, compiled;
  {
    const test::Way never(true, Planning::always, Compiling::never);
    plain = bits_of<T>(f());
  }
  {
    const test::Way always(true, Planning::always, Compiling::always);
    compiled = bits_of<T>(f());
  }
  REQUIRE(plain.size() == compiled.size());
  for (std::size_t i = 0; i < plain.size(); ++i) {
    const bool both_nan = plain[i] != plain[i] && compiled[i] != compiled[i];
    if (!both_nan && (plain[i] != compiled[i] || std::signbit(plain[i]) != std::signbit(compiled[i]))) {
      MESSAGE("entry " << i << " is " << compiled[i] << " compiled, " << plain[i] << " otherwise");
      return false;
    }
  }
  return true;
}

/// n numbers among which are zeros of both signs, infinities, NaN and denormal ones.
Tensor awkward(std::int64_t n, DType dtype, int seed) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  const double special[] = {0.0, -0.0, 1, -1, infinity, -infinity, std::numeric_limits<double>::quiet_NaN(), 1e-41};
  std::vector<double> values;
  for (std::int64_t i = 0; i < n; ++i)
    values.push_back((i + seed) % 3 == 0 ? special[static_cast<std::size_t>(i + seed) / 3 % 8]
                                         : 0.37 * static_cast<double>((i * 7 + seed * 5) % 23 - 11));
  return tensor(std::span<const double>(values), {n}).to(dtype);
}

}  // namespace

TEST_CASE_TEMPLATE("every compiled operation gives its kernel's bits, zeros, infinities and NaNs included", T, float,
                   double) {
  const DType dtype = dtype_of<T>();
  for (const std::int64_t n : {1, 7, 8, 9, 33, 3000}) {
    CAPTURE(n);
    const Tensor a = awkward(n, dtype, 0), b = awkward(n, dtype, 1), c = awkward(n, dtype, 2);
    const Tensor one = awkward(1, dtype, 1);
    CHECK(same_bits<T>([&] { return std::vector{(a + b) * c - a / b}; }));
    CHECK(same_bits<T>([&] { return std::vector{maximum(a, b) + minimum(b, c) * square(a)}; }));
    CHECK(same_bits<T>([&] { return std::vector{relu(a) - abs(b) + sqrt(abs(c)) * -a}; }));
    CHECK(same_bits<T>([&] { return std::vector{where(less(a, b), a * b, -c), where(equal(a, c), a, b) + 1}; }));
    CHECK(same_bits<T>([&] {
      return std::vector{where(less_equal(a, b), a, b * 2), where(not_equal(a, b), c, a * a)};
    }));
    CHECK(same_bits<T>([&] { return std::vector{cast(less(a, b), dtype) * c - 1}; }));
    CHECK(same_bits<T>([&] { return std::vector{(a * one + b) / (one - 2)}; }));
    CHECK(same_bits<T>([&] { return std::vector{tanh(a) * exp(b * 20) - sigmoid(c), exp(-a) * tanh(b * 1e-3)}; }));
    // A comparison that is a result too, and conditions that come from memory.
    const Tensor truth = less(b, c);
    eval(truth);
    CHECK(same_bits<T>([&] {
      const Tensor smaller = less(a, b);
      return std::vector{where(smaller, a * b, c + 1), smaller, where(truth, a, b) * c,
                         where(logical_not(truth), a, c)};
    }));
    const Tensor all = greater(ones({1}), 0.5);
    eval(all);
    CHECK(same_bits<T>([&] { return std::vector{where(all, a, b) * c, where(logical_not(all), a, b) * c}; }));
  }
}

TEST_CASE("rows, columns and totals go through compiled loops as through others") {
  for (const auto& entry :
       std::vector<std::pair<std::int64_t, std::int64_t>>{{60, 100}, {40, 1500}, {3, 5000}, {500, 3}}) {
    const auto& rows = entry.first;
    const auto& columns = entry.second;
    CAPTURE(rows);
    CAPTURE(columns);
    Generator generator(3);
    const Tensor x = randn({rows, columns}, float32, generator), g = randn({rows, columns}, float32, generator);
    const Tensor row = randn({columns}, float32, generator), column = randn({rows, 1}, float32, generator);
    eval({x, g, row, column});
    CHECK(same_bits<float>([&] {
      const Tensor scaled = (x - row) / (abs(column) + 1);
      return std::vector{sum(scaled * g, 0), sum(scaled, 0), scaled * g + row, sum(scaled * x, 1), sum(g - scaled)};
    }));
    CHECK(same_bits<float>([&] {
      const Tensor centred = x - mean(x, 1, {.keepdims = true});
      return std::vector{centred / sqrt(mean(square(centred), 1, {.keepdims = true}) + 1e-5) * row + row};
    }));
    CHECK(same_bits<float>([&] {
      const Tape tape;
      const Tensor centred = x - mean(x, 0);
      const Tensor y = relu(centred / sqrt(mean(square(centred), 0) + 1e-5) * row + row);
      return tape.gradient(y, {x, row}, {.cotangent = g});
    }));
  }
}

namespace {

/// Operands of every kind that a pass over rows and columns has, and what is made of them.
template <class T>
class ShortRows {
 public:
  ShortRows(std::int64_t rows, std::int64_t columns) {
    const DType dtype = dtype_of<T>();
    x = awkward(rows * columns, dtype, 0).reshape({rows, columns});
    y = awkward(rows * columns, dtype, 3).reshape({rows, columns});
    row = awkward(columns, dtype, 1), column = awkward(rows, dtype, 2).reshape({rows, 1});
    scalar = awkward(1, dtype, 5);
    truth = less(x, y), row_truth = less(row, 1), column_truth = less(column, 1);
    eval({x, y, row, column, scalar, truth, row_truth, column_truth});
  }

  std::vector<Tensor> totals() const {
    const Tensor product = x * row + column, chosen = where(row_truth, product, where(column_truth, y, x));
    return {sum(product, 0), sum(x, 0), max(chosen * scalar, 0), min(where(truth, chosen, row), 0), chosen, product};
  }
  std::vector<Tensor> by_rows() const { return {(x - row) * scalar, relu(where(truth, row, column)) - y}; }
  std::vector<Tensor> one_total() const { return {sum(y, 0), sum(square(y - row) * column, 0)}; }
  /// What later passes write lies where earlier values were.
  std::vector<Tensor> in_turn() const {
    const Tensor finite = where(less(abs(x), 5), x, 1), centred = finite - mean(finite, 0);
    const Tensor scaled = centred / sqrt(mean(square(centred), 0) + 1) + row;
    return {tanh(scaled - max(scaled, 0)) * column};
  }

  Tensor x, y, row, column, scalar, truth, row_truth, column_truth;
};

template <class T>
void check_short_rows(std::int64_t rows, std::int64_t columns) {
  CAPTURE(rows);
  CAPTURE(columns);
  const ShortRows<T> program(rows, columns);
  CHECK(same_bits<T>([&] { return program.totals(); }));
  CHECK(same_bits<T>([&] { return program.by_rows(); }));
  CHECK(same_bits<T>([&] { return program.one_total(); }));
  CHECK(same_bits<T>([&] { return program.in_turn(); }));
}

}  // namespace

TEST_CASE_TEMPLATE("short rows of every length, whose last vector is full or not", T, float, double) {
  for (std::int64_t columns = 1; columns <= 33; ++columns)
    for (const std::int64_t rows : {1, 2, 11, 70}) check_short_rows<T>(rows, columns);
  for (const std::int64_t columns : {100, 127, 255, 511}) check_short_rows<T>(23, columns);
}

TEST_CASE_TEMPLATE("any number of short rows, which blocks and tiles divide or do not", T, float, double) {
  for (std::int64_t rows = 1; rows <= 70; ++rows) check_short_rows<T>(rows, 12);
  for (const std::int64_t rows : {500, 4099}) {
    check_short_rows<T>(rows, 20);  // 51 rows in a tile
    check_short_rows<T>(rows, 16);  // 64
    check_short_rows<T>(rows, 100);
  }
}

TEST_CASE("sums down the columns of many rows do not depend on threads") {
  Generator generator(5);
  const Tensor x = randn({6000, 50}, float32, generator), row = randn({50}, float32, generator);
  eval({x, row});
  const auto sums = [&] { return std::vector{sum(x, 0), sum(square(x - row), 0)}; };
  const int before = num_threads();
  const auto alone = bits_of<float>(sums());
  set_num_threads(2);
  CHECK(same_bits<float>(sums));
  CHECK(bits_of<float>(sums()) == alone);
  set_num_threads(before);
}

TEST_CASE("what a loop reads in one width is not overwritten in another while the loop runs") {
  const Tensor a = awkward(2000, float64, 0), b = awkward(2000, float64, 1);
  eval({a, b});
  CHECK(same_bits<double>([&] {
    const Tensor truth = logical_and(less(a, b), less(b, 1.0));  // bytes in a register
    const Tensor product = a * b + 1;
    return std::vector{where(truth, product * a, product - b) * product};
  }));
}

TEST_CASE("a program is compiled when it repeats, and the plan that it had makes room") {
  const test::Way repeated(true, Planning::always, Compiling::repeated);
  const Tensor x = arange(0, 77, 1, float32);
  eval(x);
  const auto program = [&] { return (x * 3 + 1) * (x - 5) / (x + 2); };
  const Tensor first = program();
  eval(first);
  const PlanCacheStats before = plan_cache_stats();
  for (int i = 0; i < 6; ++i) {
    const Tensor again = program();
    CHECK(again.to_vector<float>() == first.to_vector<float>());
  }
  CHECK(plan_cache_stats().misses == before.misses);
  CHECK(plan_cache_stats().plans == before.plans);
}

}  // namespace xgrad
