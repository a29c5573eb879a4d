#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include <autograd/kernel/channel_product.hpp>

#include "instruction_sets.hpp"

// Windows of a plane times weights, against loops over plain numbers, for every instruction set here.
namespace xgrad::ops {
namespace {

using test::random_numbers;

template <class T>
auto all_kernels() {
  using Kernels = ChannelKernels<T>;
  if constexpr (std::is_same_v<T, float>)
    return test::instruction_sets<Kernels>(&baseline::channel_kernels_float, XGRAD_OF_AVX2(channel_kernels_float),
                                           XGRAD_OF_AVX512(channel_kernels_float));
  else
    return test::instruction_sets<Kernels>(&baseline::channel_kernels_double, XGRAD_OF_AVX2(channel_kernels_double),
                                           XGRAD_OF_AVX512(channel_kernels_double));
}

template <class T>
void check_planes() {
  std::mt19937 generator(1);
  for (const auto& set : all_kernels<T>()) {
    CAPTURE(set.name);
    const auto* kernels = set.kernels;
    for (std::int64_t columns = 1; columns <= 70; ++columns) {
      CAPTURE(columns);
      for (const std::int64_t lines : {1, 3, 4, 9}) {
        CAPTURE(lines);
        for (const std::int64_t depth : {1, 8, 9, 25}) {
          CAPTURE(depth);
          const std::int64_t step = columns + 7;
          std::vector<std::int64_t> table;
          for (std::int64_t j = 0; j < depth; ++j) table.push_back(j / 5 * step + j % 5);
          const std::vector<T> plane = random_numbers<T>((lines + 6) * step, generator);
          const PlaneWindows<T> windows{lines, step, columns, plane.data(), table.data(), depth};
          const auto at = [&](std::int64_t i, std::int64_t k, std::int64_t j) {
            return static_cast<double>(
                plane[static_cast<std::size_t>(i * step + k + table[static_cast<std::size_t>(j)])]);
          };
          const std::vector<T> weights = random_numbers<T>(depth, generator);
          // What lies behind the last row is not touched.
          std::vector<T> result(static_cast<std::size_t>(lines * columns + 1), T(7));
          kernels->weigh(windows, weights.data(), result.data());
          double worst = std::abs(static_cast<double>(result.back()) - 7);
          for (std::int64_t i = 0; i < lines; ++i) {
            for (std::int64_t k = 0; k < columns; ++k) {
              double sum = 0;
              for (std::int64_t j = 0; j < depth; ++j)
                sum += static_cast<double>(weights[static_cast<std::size_t>(j)]) * at(i, k, j);
              worst = std::max(worst,
                               std::abs(sum - static_cast<double>(result[static_cast<std::size_t>(i * columns + k)])));
            }
          }
          const double rounding = static_cast<double>(std::numeric_limits<T>::epsilon());
          CHECK(worst < 8 * rounding * static_cast<double>(depth));

          const std::vector<T> values = random_numbers<T>(lines * columns, generator),
                               before = random_numbers<T>(depth, generator);
          std::vector<T> sums = before;
          kernels->correlate(windows, values.data(), sums.data());
          worst = 0;
          for (std::int64_t j = 0; j < depth; ++j) {
            double sum = before[static_cast<std::size_t>(j)];
            for (std::int64_t i = 0; i < lines; ++i)
              for (std::int64_t k = 0; k < columns; ++k)
                sum += static_cast<double>(values[static_cast<std::size_t>(i * columns + k)]) * at(i, k, j);
            worst = std::max(worst, std::abs(sum - static_cast<double>(sums[static_cast<std::size_t>(j)])));
          }
          CHECK(worst < rounding * static_cast<double>(8 + lines * columns));
        }
      }
    }
  }
}

}  // namespace

TEST_CASE("windows of a plane are weighted and correlated, for every number of rows, columns and weights") {
  check_planes<float>();
  check_planes<double>();
}

}  // namespace xgrad::ops
