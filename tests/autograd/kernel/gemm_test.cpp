#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <string>
#include <vector>

#include <autograd/kernel/gemm.hpp>

#include "instruction_sets.hpp"

// The own matrix products against loops over plain numbers, whichever of them this processor runs.
namespace xgrad::ops {
namespace {

template <class T>
struct Kernel {
  std::string name;
  Gemm<T> gemm;
};

template <class T>
std::vector<Kernel<T>> kernels() {
  std::vector<Kernel<T>> all{{"the fastest for the extents", &multiply<T>}, {"baseline", &gemm_baseline}};
#ifdef XGRAD_HAVE_AVX2_LANES
  if (test::has_avx2()) all.push_back({"AVX2", &gemm_avx2});
#endif
#ifdef XGRAD_HAVE_AVX512_LANES
  if (test::has_avx512()) all.push_back({"AVX-512", &gemm_avx512});
#endif
  return all;
}

struct Extents {
  std::int64_t n, m, k;
};

/// Operands of random numbers whose rows (or columns) are `gap` elements further apart than they need be, and a result
/// with such gaps.
template <class T>
struct Case {
  Extents extents;
  bool transposed_a, transposed_b;
  std::int64_t row_a, row_b, leading;
  std::vector<T> a, b, result;

  Case(const Extents& e, bool turned_a, bool turned_b, std::int64_t gap, std::mt19937& generator)
      : extents(e),
        transposed_a(turned_a),
        transposed_b(turned_b),
        row_a((turned_a ? e.n : e.k) + gap),
        row_b((turned_b ? e.k : e.m) + gap),
        leading(e.m + gap),
        a(static_cast<std::size_t>(row_a * (turned_a ? e.k : e.n))),
        b(static_cast<std::size_t>(row_b * (turned_b ? e.m : e.k))),
        result(static_cast<std::size_t>(leading * e.n)) {
    std::uniform_real_distribution<T> values(-1, 1);
    for (auto* all : {&a, &b, &result})
      for (T& value : *all) value = values(generator);
  }

  Product<T> product(bool accumulate) {
    return {extents.n,
            extents.m,
            extents.k,
            a.data(),
            transposed_a ? 1 : row_a,
            transposed_a ? row_a : 1,
            b.data(),
            transposed_b ? 1 : row_b,
            transposed_b ? row_b : 1,
            result.data(),
            leading,
            accumulate};
  }
};

/// The largest difference from the product in double, in roundings of T at the size of the sum of absolute products;
/// 1e9 where an element between the rows was touched.
template <class T>
double roundings(const Product<T>& p, const std::vector<T>& before, const std::vector<T>& after) {
  double worst = 0;
  for (std::int64_t i = 0; i < p.n; ++i) {
    for (std::int64_t j = 0; j < p.leading; ++j) {
      const auto at = static_cast<std::size_t>(i * p.leading + j);
      if (at >= before.size()) continue;
      if (j >= p.m) {
        if (before[at] != after[at]) return 1e9;
        continue;
      }
      double sum = p.accumulate ? before[at] : 0, size = std::abs(sum);
      for (std::int64_t l = 0; l < p.k; ++l) {
        const double term = static_cast<double>(p.a[i * p.row_a + l * p.column_a]) * p.b[l * p.row_b + j * p.column_b];
        sum += term;
        size += std::abs(term);
      }
      const double rounding = static_cast<double>(std::numeric_limits<T>::epsilon()) * std::max(size, 1e-30);
      worst = std::max(worst, std::abs(sum - static_cast<double>(after[at])) / rounding);
    }
  }
  return worst;
}

template <class T>
void check(const Extents& extents, std::int64_t gap, std::mt19937& generator) {
  for (const Kernel<T>& kernel : kernels<T>()) {
    for (const bool turned_a : {false, true}) {
      for (const bool turned_b : {false, true}) {
        for (const bool accumulate : {false, true}) {
          CAPTURE(kernel.name);
          CAPTURE(extents.n);
          CAPTURE(extents.m);
          CAPTURE(extents.k);
          CAPTURE(gap);
          CAPTURE(turned_a);
          CAPTURE(turned_b);
          CAPTURE(accumulate);
          Case<T> c(extents, turned_a, turned_b, gap, generator);
          const std::vector<T> before = c.result;
          kernel.gemm(c.product(accumulate));
          CHECK(roundings(c.product(accumulate), before, c.result) < 8 + std::sqrt(static_cast<double>(extents.k)));
        }
      }
    }
  }
}

TEST_CASE("own products are the sums of products, for every number of rows and columns a tile can end at") {
  std::mt19937 generator(1);
  for (std::int64_t n = 1; n <= 30; ++n) check<float>({n, 37, 5}, 0, generator);
  for (std::int64_t m = 16; m <= 66; ++m) {
    check<float>({7, m, 9}, m % 3, generator);
    check<double>({7, m, 9}, m % 3, generator);
  }
  for (std::int64_t k = 1; k <= 12; ++k) check<double>({15, 33, k}, 1, generator);
}

TEST_CASE("products of one row are sums of products, for every number of columns") {
  std::mt19937 generator(5);
  for (std::int64_t m = 16; m <= 300; m += m < 150 ? 1 : 13) {
    check<float>({1, m, 9}, m % 3, generator);
    check<double>({1, m, 9}, m % 3, generator);
  }
  check<float>({1, 100, 1025}, 0, generator);
  const auto narrow = [&]<class T>(T) {
    for (const Kernel<T>& kernel : kernels<T>()) {
      for (std::int64_t m = 4; m < 16; ++m) {
        for (const bool accumulate : {false, true}) {
          CAPTURE(kernel.name);
          CAPTURE(m);
          Case<T> c({1, m, 20}, false, false, m % 2, generator);
          const std::vector<T> before = c.result;
          kernel.gemm(c.product(accumulate));
          CHECK(roundings(c.product(accumulate), before, c.result) < 12);
        }
      }
    }
  };
  narrow(float());
  narrow(double());
}

TEST_CASE("own products are right where packing, copying and blocks of the inner extent set in") {
  std::mt19937 generator(2);
  check<float>({33, 48, 515}, 0, generator);  // two pieces of the inner extent
  check<float>({245, 36, 70}, 0, generator);  // two blocks of rows
  check<float>({29, 512, 40}, 0, generator);  // rows of b far apart
  check<double>({29, 300, 40}, 0, generator);
  check<float>({40, 50, 512}, 0, generator);  // rows of a that collide in the cache
  check<double>({256, 50, 256}, 0, generator);
  check<float>({260, 40, 1025}, 3, generator);
  check<float>({262, 1060, 36}, 0, generator);  // two blocks of columns too; the last panel is narrow
  check<float>({260, 1037, 40}, 0, generator);  // and overlaps the one before
  check<double>({270, 1029, 35}, 1, generator);
}

TEST_CASE("an element of an own product has the same bits whatever else is computed with it") {
  std::mt19937 generator(3);
  for (const Kernel<float>& kernel : kernels<float>()) {
    if (kernel.name == "the fastest for the extents") continue;
    CAPTURE(kernel.name);
    for (const bool turned_a : {false, true}) {
      for (const bool turned_b : {false, true}) {
        for (const Extents& extents : {Extents{61, 100, 600}, {300, 1130, 48}}) {
          Case<float> whole(extents, turned_a, turned_b, 0, generator);
          Product<float> product = whole.product(false);
          kernel.gemm(product);
          const std::vector<float> expected = whole.result;
          std::fill(whole.result.begin(), whole.result.end(), 0.0f);
          // The same in six parts, whose borders are nowhere near a tile's; two of them have one row.
          for (const auto& [row, rows] : {std::pair<std::int64_t, std::int64_t>{0, 5}, {5, 1}, {6, extents.n - 6}}) {
            for (const auto& [column, columns] : {std::pair<std::int64_t, std::int64_t>{0, 83}, {83, extents.m - 83}}) {
              Product<float> part = product;
              part.n = rows;
              part.m = columns;
              part.a += row * part.row_a;
              part.b += column * part.column_b;
              part.result += row * part.leading + column;
              kernel.gemm(part);
            }
          }
          CHECK(whole.result == expected);
        }
      }
    }
  }
}

TEST_CASE("own products carry NaN and infinity where they belong, and nowhere else") {
  std::mt19937 generator(4);
  for (const Kernel<float>& kernel : kernels<float>()) {
    CAPTURE(kernel.name);
    Case<float> c({40, 45, 30}, false, true, 0, generator);
    c.a[3 * 30 + 7] = std::numeric_limits<float>::infinity();    // row 3
    c.b[44 * 30 + 2] = std::numeric_limits<float>::quiet_NaN();  // column 44
    kernel.gemm(c.product(false));
    for (std::int64_t i = 0; i < 40; ++i) {
      for (std::int64_t j = 0; j < 45; ++j) {
        const float value = c.result[static_cast<std::size_t>(i * 45 + j)];
        CHECK(std::isnan(value) == (j == 44));
        CHECK(std::isinf(value) == (i == 3 && j != 44));
      }
    }
  }
}

}  // namespace
}  // namespace xgrad::ops
