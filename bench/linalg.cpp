// Factorizations, beside the same of xtensor-blas: medians of calls in turns, of one matrix. One thread.
//
//   bench_linalg [--runs 20]

#include <cmath>
#include <cstdio>
#include <functional>
#include <string>
#include <vector>

#include <autograd/autograd.hpp>
#include <xtensor-blas/xlinalg.hpp>
#include <xtensor/xadapt.hpp>
#include <xtensor/xarray.hpp>

#include "measure.hpp"

extern "C" [[gnu::weak]] void openblas_set_num_threads(int);

namespace {

struct Row {
  std::string name;
  std::function<void()> own, theirs;
};

/// A run of an operation on data, as a user asks for it.
template <class F>
std::function<void()> run(const xgrad::Tensor& x, F f) {
  return [x, f] { xgrad::eval(f(x)); };
}

std::vector<Row> rows(std::int64_t n) {
  using xgrad::Tensor;
  const Tensor any = xgrad::randn({n, n}, xgrad::float64) +
                     2.0 * std::sqrt(static_cast<double>(n)) * xgrad::eye(n, {}, xgrad::float64);
  const Tensor positive = xgrad::matmul(any, xgrad::transpose(any));
  const auto array = [n](const Tensor& x) {
    const std::vector<double> values = x.to_vector<double>();
    const auto extent = static_cast<std::size_t>(n);
    return xt::xarray<double>(xt::adapt(values, std::vector<std::size_t>{extent, extent}));
  };
  const auto a = array(any), p = array(positive);
  return {{"cholesky", run(positive, [](const Tensor& x) { return cholesky(x); }), [p] { xt::linalg::cholesky(p); }},
          {"solve", run(any, [](const Tensor& x) { return solve(x, x); }), [a] { xt::linalg::solve(a, a); }},
          {"inv", run(any, [](const Tensor& x) { return inv(x); }), [a] { xt::linalg::inv(a); }},
          {"qr", run(any, [](const Tensor& x) { return qr(x).q; }), [a] { xt::linalg::qr(a); }},
          {"eigh", run(positive, [](const Tensor& x) { return eigh(x).vectors; }), [p] { xt::linalg::eigh(p); }},
          {"svd", run(any, [](const Tensor& x) { return svd(x).u; }), [a] { xt::linalg::svd(a, false); }},
          {"det", run(any, [](const Tensor& x) { return det(x); }), [a] { xt::linalg::det(a); }}};
}

}  // namespace

int main(int argc, char** argv) {
  const int runs = bench::flag(argc, argv, "--runs", 20);
  if (openblas_set_num_threads) openblas_set_num_threads(1);
  std::printf("%s, float64, microseconds\n%-10s %5s %10s %12s %6s\n", bench::processor().c_str(), "operation", "n",
              "xgrad", "xtensor-blas", "ratio");
  for (const std::int64_t n : {8, 32, 128, 512}) {
    for (const Row& row : rows(n)) {
      std::vector<double> own, theirs;
      for (int i = 0; i < (n == 512 ? std::min(runs, 3) : runs); ++i) {
        own.push_back(bench::seconds(row.own));
        theirs.push_back(bench::seconds(row.theirs));
      }
      const double mine = bench::median(own), peer = bench::median(theirs);
      std::printf("%-10s %5d %10.1f %12.1f %6.2f\n", row.name.c_str(), static_cast<int>(n), mine * 1e6, peer * 1e6,
                  mine / peer);
    }
  }
}
