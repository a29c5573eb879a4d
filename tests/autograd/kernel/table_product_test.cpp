#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include <autograd/kernel/table_product.hpp>

#include "instruction_sets.hpp"

// Products that read one operand by a table, against loops over plain numbers, for every instruction set here.
namespace xgrad::ops {
namespace {

using test::random_numbers;

template <class T>
auto all_kernels() {
  using Kernels = TableKernels<T>;
  if constexpr (std::is_same_v<T, float>)
    return test::instruction_sets<Kernels>(&baseline::table_kernels_float, XGRAD_OF_AVX2(table_kernels_float),
                                           XGRAD_OF_AVX512(table_kernels_float));
  else
    return test::instruction_sets<Kernels>(&baseline::table_kernels_double, XGRAD_OF_AVX2(table_kernels_double),
                                           XGRAD_OF_AVX512(table_kernels_double));
}

/// The largest difference of a product from its definition, in roundings of numbers of the size of its depth.
template <class T>
double roundings(const TableKernels<T>& kernels, std::int64_t lines, std::int64_t rows, std::int64_t row_step,
                 int width, bool accumulate, std::mt19937& generator) {
  const std::int64_t depth = 13, line_step = rows * row_step + 3;
  const std::vector<T> a = random_numbers<T>(lines * line_step + 100, generator),
                       b = random_numbers<T>(depth * width, generator);
  std::vector<std::int64_t> table;
  for (std::int64_t j = 0; j < depth; ++j) table.push_back(j * 29 % 97);
  std::vector<T> result = random_numbers<T>(lines * rows * width, generator);
  const std::vector<T> before = result;
  kernels.multiply(
      {lines, line_step, rows, row_step, a.data(), table.data(), depth, b.data(), width, result.data(), accumulate});
  double worst = 0;
  for (std::int64_t i = 0; i < lines * rows; ++i) {
    for (int v = 0; v < width; ++v) {
      const auto at = static_cast<std::size_t>(i * width + v);
      double sum = accumulate ? before[at] : 0;
      for (std::int64_t j = 0; j < depth; ++j)
        sum += static_cast<double>(a[static_cast<std::size_t>(i / rows * line_step + i % rows * row_step +
                                                              table[static_cast<std::size_t>(j)])]) *
               b[static_cast<std::size_t>(j * width + v)];
      worst = std::max(worst, std::abs(sum - static_cast<double>(result[at])));
    }
  }
  return worst / static_cast<double>(std::numeric_limits<T>::epsilon()) / static_cast<double>(depth);
}

template <class T>
void check_products() {
  std::mt19937 generator(1);
  for (const auto& set : all_kernels<T>()) {
    CAPTURE(set.name);
    const auto* kernels = set.kernels;
    for (const int width : kernels->widths) {
      CAPTURE(width);
      for (std::int64_t rows = 1; rows <= 30; ++rows) {
        CAPTURE(rows);
        for (const std::int64_t row_step : {1, 2, 5}) {
          CAPTURE(row_step);
          for (const std::int64_t lines : {1, 2, 3, 17}) {
            CAPTURE(lines);
            CHECK(roundings<T>(*kernels, lines, rows, row_step, width, rows % 2 == 0, generator) < 2);
          }
        }
      }
    }
  }
}

template <class T>
void check_transposes() {
  std::mt19937 generator(2);
  for (const auto& set : all_kernels<T>()) {
    CAPTURE(set.name);
    const auto* kernels = set.kernels;
    for (const std::int64_t rows : {0, 1, 3, 4, 9, 40}) {
      CAPTURE(rows);
      for (const std::int64_t columns : {0, 1, 2, 8, 17, 70}) {
        CAPTURE(columns);
        for (const bool accumulate : {false, true}) {
          // Rows further apart on either side.
          for (const std::int64_t gap : {0, 100}) {
            const std::int64_t from_step = columns + gap, to_step = rows + 50;
            const std::vector<T> from = random_numbers<T>(rows * from_step + 1, generator);
            std::vector<T> to = random_numbers<T>(columns * to_step + 1, generator), expected = to;
            for (std::int64_t r = 0; r < rows; ++r) {
              for (std::int64_t c = 0; c < columns; ++c) {
                T& place = expected[static_cast<std::size_t>(c * to_step + r)];
                place = (accumulate ? place : T(0)) + from[static_cast<std::size_t>(r * from_step + c)];
              }
            }
            kernels->transpose({rows, columns, from.data(), from_step, to.data(), to_step, accumulate});
            CHECK(to == expected);
          }
        }
      }
    }
  }
}

}  // namespace

TEST_CASE("products by a table are the sums of products, for every number of rows, lines and columns") {
  check_products<float>();
  check_products<double>();
}

TEST_CASE("transposes by squares write every element once, and nothing between rows") {
  check_transposes<float>();
  check_transposes<double>();
}

}  // namespace xgrad::ops
