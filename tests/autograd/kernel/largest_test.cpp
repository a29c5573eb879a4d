#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <tuple>
#include <vector>

#include <autograd/kernel/largest.hpp>

#include "instruction_sets.hpp"

// The largest elements of windows against plain loops, for each instruction set.
namespace xgrad::ops {
namespace {

template <class T>
struct Target {
  std::string name;
  LargestKernel<T> kernel;
};

template <class T>
std::vector<Target<T>> targets() {
  std::vector<Target<T>> all{{"this processor's", largest_kernel<T>()},
                             {"the baseline", &baseline::largest_of_windows}};
  if (test::has_avx2()) all.push_back({"AVX2", XGRAD_OF_AVX2(largest_of_windows)});
  if (test::has_avx512()) all.push_back({"AVX-512", XGRAD_OF_AVX512(largest_of_windows)});
  return all;
}

/// An image of few different numbers, so that many are equal, with some that are no numbers.
template <class T>
std::vector<T> image(std::int64_t elements, std::mt19937& generator) {
  constexpr T infinity = std::numeric_limits<T>::infinity();
  const T special[] = {std::numeric_limits<T>::quiet_NaN(), infinity, -infinity};
  std::vector<T> x(static_cast<std::size_t>(elements));
  for (T& value : x) {
    const auto number = std::uniform_int_distribution<int>(0, 30)(generator);
    value = number < 3 ? special[number] : static_cast<T>(number % 7 - 3);
  }
  return x;
}

/// Flat positions of the largest elements, window by window.
template <class T>
std::vector<std::int64_t> expected_places(const LargestOfWindows<T>& w) {
  std::vector<std::int64_t> places;
  const auto& [depth, height, width] = w.axes;
  const auto at = [](const auto& axis, std::int64_t i, std::int64_t p) {
    return i * axis.stride - axis.padding + p * axis.dilation;
  };
  const auto inside = [](const auto& axis, std::int64_t place) { return place >= 0 && place < axis.extent; };
  for (std::int64_t d = 0; d < depth.grid; ++d)
    for (std::int64_t i = 0; i < height.grid; ++i)
      for (std::int64_t j = 0; j < width.grid; ++j) {
        std::int64_t best = -1;
        T largest = 0;
        for (std::int64_t p = 0; p < depth.kernel; ++p)
          for (std::int64_t q = 0; q < height.kernel; ++q)
            for (std::int64_t r = 0; r < width.kernel; ++r) {
              const std::int64_t layer = at(depth, d, p), row = at(height, i, q), column = at(width, j, r);
              if (!inside(depth, layer) || !inside(height, row) || !inside(width, column)) continue;
              const T value = w.x[layer * depth.step + row * height.step + column * width.step];
              if (best >= 0 && !(value > largest) && !(std::isnan(value) && !std::isnan(largest))) continue;
              if (best >= 0 && std::isnan(largest)) continue;
              largest = value;
              best = (layer * height.extent + row) * width.extent + column;
            }
        places.push_back(best);
      }
  return places;
}

template <class T>
bool same(T a, T b) {
  return a == b || (std::isnan(a) && std::isnan(b));
}

template <class T>
void check(LargestOfWindows<T> w, const Target<T>& target, std::mt19937& generator) {
  CAPTURE(target.name);
  CAPTURE(w.axes[1].extent);
  CAPTURE(w.axes[2].extent);
  const std::vector<std::int64_t> expected = expected_places(w);
  const std::int64_t elements = w.axes[0].extent * w.axes[1].extent * w.axes[2].extent;
  std::vector<char> memory(static_cast<std::size_t>(largest_workspace(w)) + 64);
  w.workspace = memory.data() + (64 - reinterpret_cast<std::uintptr_t>(memory.data()) % 64) % 64;

  std::vector<std::int64_t> places(expected.size(), -7);
  w.use = LargestUse::places;
  w.places = places.data();
  target.kernel(w);
  CHECK(places == expected);

  const std::vector<T> others = image<T>(elements, generator);
  std::vector<T> picked(expected.size());
  w.use = LargestUse::pick;
  w.values = others.data();
  w.to = picked.data();
  target.kernel(w);
  bool agrees = true;
  for (std::size_t i = 0; i < picked.size(); ++i)
    agrees = agrees && same(picked[i], others[static_cast<std::size_t>(expected[i])]);
  CHECK(agrees);

  if (w.axes[2].step == 1 && w.axes[1].step == w.axes[2].extent) {
    w.values = w.x;
    target.kernel(w);
    for (std::size_t i = 0; i < picked.size(); ++i)
      agrees = agrees && same(picked[i], w.x[static_cast<std::size_t>(expected[i])]);
    CHECK(agrees);
  }

  std::vector<T> values(expected.size()), spread(static_cast<std::size_t>(elements), T(9)), sums(spread.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = static_cast<T>(i % 5);
    sums[static_cast<std::size_t>(expected[i])] += values[i];
  }
  w.use = LargestUse::spread;
  w.values = values.data();
  w.to = spread.data();
  target.kernel(w);
  CHECK(spread == sums);
}

template <class T>
void check_all() {
  std::mt19937 generator(17);
  const auto from = [&](std::int64_t low, std::int64_t high) {
    return std::uniform_int_distribution<std::int64_t>(low, high)(generator);
  };
  using Axis = typename LargestOfWindows<T>::Axis;
  const auto windows = [](std::int64_t extent, std::int64_t kernel, std::int64_t stride, std::int64_t padding,
                          std::int64_t dilation) {
    const std::int64_t reach = dilation * (kernel - 1) + 1;
    return Axis{extent, 1, kernel, (extent + 2 * padding - reach) / stride + 1, stride, padding, dilation};
  };
  for (const Target<T>& target : targets<T>()) {
    for (int round = 0; round < 60; ++round) {
      LargestOfWindows<T> w{};
      if (round % 2 == 0) {
        // Pairs side by side, in images of any height.
        const std::int64_t kernel = from(1, 3);
        w.axes[0] = windows(1, 1, 1, 0, 1);
        w.axes[1] = windows(from(kernel, 12), kernel, from(1, 3), 0, 1);
        w.axes[2] = windows(2 * from(1, 20), 2, 2, 0, 1);
      } else {
        for (Axis& axis : w.axes) {
          const std::int64_t kernel = from(1, 3), dilation = from(1, 2), reach = dilation * (kernel - 1) + 1;
          axis = windows(from(reach, 9 + reach), kernel, from(1, 3), dilation == 1 ? from(0, kernel / 2) : 0, dilation);
        }
      }
      // Every other image lies in memory with its rows and columns exchanged.
      const bool exchanged = round % 4 == 3;
      const auto [depth, height, width] = std::tuple(w.axes[0].extent, w.axes[1].extent, w.axes[2].extent);
      w.axes[0].step = height * width;
      w.axes[1].step = exchanged ? 1 : width;
      w.axes[2].step = exchanged ? height : 1;
      const std::vector<T> x = image<T>(depth * height * width, generator);
      w.x = x.data();
      check(w, target, generator);
    }
  }
}

TEST_CASE(
    "the largest elements of windows are found, picked and spread to as loops do it, with NaN, ties and padding") {
  check_all<float>();
  check_all<double>();
}

}  // namespace
}  // namespace xgrad::ops
