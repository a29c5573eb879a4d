#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include <autograd/kernel/narrow_gemm.hpp>
#include <autograd/kernel/processor.hpp>

// Products of bfloat16 matrices against loops over plain numbers.
namespace xgrad::ops {
namespace {

struct Kernel {
  std::string name;
  void (*multiply)(const NarrowProduct&);
};

std::vector<Kernel> kernels() {
  std::vector<Kernel> all{{"the fastest", &multiply}, {"widened", &widened_gemm}};
#ifdef XGRAD_HAVE_AVX512_LANES
  if (run::has_avx512_bf16()) all.push_back({"AVX-512 BF16", &narrow_gemm});
#endif
  return all;
}

std::size_t as_size(std::int64_t count) { return static_cast<std::size_t>(count); }

std::vector<BFloat16> numbers(std::int64_t count, std::mt19937& generator) {
  std::uniform_real_distribution<float> values(-1, 1);
  std::vector<BFloat16> all(as_size(count));
  for (BFloat16& value : all) value = BFloat16(values(generator));
  return all;
}

/// The product of random matrices whose rows (or columns) are `gap` elements further apart than they need be, by every
/// kernel.
void check(std::int64_t n, std::int64_t m, std::int64_t k, std::int64_t gap, std::mt19937& generator) {
  for (const Kernel& kernel : kernels()) {
    for (const bool turned_a : {false, true}) {
      for (const bool turned_b : {false, true}) {
        for (const bool accumulate : {false, true}) {
          CAPTURE(kernel.name);
          CAPTURE(n);
          CAPTURE(m);
          CAPTURE(k);
          CAPTURE(gap);
          CAPTURE(turned_a);
          CAPTURE(turned_b);
          CAPTURE(accumulate);
          const std::int64_t step_a = (turned_a ? n : k) + gap, step_b = (turned_b ? k : m) + gap, leading = m + gap;
          const std::vector<BFloat16> a = numbers(step_a * (turned_a ? k : n), generator);
          const std::vector<BFloat16> b = numbers(step_b * (turned_b ? m : k), generator);
          const std::vector<float> before(as_size(leading * n), 0.5f);
          std::vector<float> result = before;
          const NarrowProduct p{n,
                                m,
                                k,
                                a.data(),
                                turned_a ? 1 : step_a,
                                turned_a ? step_a : 1,
                                b.data(),
                                turned_b ? 1 : step_b,
                                turned_b ? step_b : 1,
                                result.data(),
                                leading,
                                accumulate};
          kernel.multiply(p);
          double worst = 0;
          for (std::int64_t i = 0; i < n; ++i) {
            for (std::int64_t j = 0; j < leading; ++j) {
              const std::size_t at = as_size(i * leading + j);
              if (j >= m) {
                REQUIRE(result[at] == 0.5f);
                continue;
              }
              double sum = accumulate ? 0.5 : 0, size = std::abs(sum);
              for (std::int64_t l = 0; l < k; ++l) {
                const double term = static_cast<double>(a[as_size(i * p.row_a + l * p.column_a)]) *
                                    b[as_size(l * p.row_b + j * p.column_b)];
                sum += term;
                size += std::abs(term);
              }
              const double rounding =
                  static_cast<double>(std::numeric_limits<float>::epsilon()) * std::max(size, 1e-30);
              worst = std::max(worst, std::abs(sum - static_cast<double>(result[at])) / rounding);
            }
          }
          CHECK(worst < 8 + std::sqrt(static_cast<double>(k)));
        }
      }
    }
  }
}

TEST_CASE("bfloat16 products are the sums of products, for every number of rows and columns a tile can end at") {
  std::mt19937 generator(1);
  for (std::int64_t n = 1; n <= 30; ++n) check(n, 37, 5, n % 2, generator);
  for (std::int64_t m = 1; m <= 67; ++m) check(5, m, 9, m % 3, generator);
  for (std::int64_t m = 1; m <= 67; m += 3) check(1, m, 35, m % 3, generator);
}

TEST_CASE("bfloat16 products are the sums of products, for odd and even depths and more than one block") {
  std::mt19937 generator(2);
  for (std::int64_t k = 1; k <= 70; ++k) check(15, 33, k, k % 2, generator);
  for (std::int64_t k = 1; k <= 70; k += 3) check(2, 19, k, k % 2, generator);
  check(180, 70, 1100, 1, generator);
  check(3, 70, 1100, 0, generator);
  check(7, 4200, 40, 0, generator);
}

TEST_CASE("rows of bfloat16 products do not depend on how many there are, from four on") {
  if (!own_gemm<float>()) return;  // OpenBLAS makes no such promise
  std::mt19937 generator(3);
  const std::int64_t n = 40, m = 50, k = 600;
  const std::vector<BFloat16> a = numbers(n * k, generator), b = numbers(k * m, generator);
  std::vector<float> all(as_size(n * m)), some(as_size(n * m));
  multiply(NarrowProduct{n, m, k, a.data(), k, 1, b.data(), m, 1, all.data(), m, false});
  for (const std::int64_t rows : {4, 5, 17}) {
    multiply(NarrowProduct{rows, m, k, a.data(), k, 1, b.data(), m, 1, some.data(), m, false});
    CHECK(std::equal(some.begin(), some.begin() + rows * m, all.begin()));
  }
}

}  // namespace
}  // namespace xgrad::ops
