#include <doctest/doctest.h>

#include "misuse/lists.hpp"

namespace xgrad::test {

Probes matrix_probes() {
  const Tensor a = tensor({{2, 1}, {0.5, 3}}, float64), b = tensor({{1, 2, 3}, {4, 5, 6}}, float64);
  const Tensor v = tensor({1, 2}, float64), pivots = tensor({1, 1}, int64);
  return {
      probe(
          "lu", [](const Tensor& x) { return lu(x); }, b),
      probe(
          "lu_factor", [](const Tensor& x) { return lu_factor(x); }, b),
      probe(
          "lu_solve",
          [](const Tensor& x, const Tensor& p, const Tensor& y, const LuSolveOptions& o) {
            return lu_solve(x, p, y, o);
          },
          a, pivots, b, LuSolveOptions{}),
      probe(
          {"cholesky_solve", "solve_triangular"},
          [](const Tensor& y, const Tensor& l, CholeskyOptions o) { return cholesky_solve(y, l, o); }, b, a,
          CholeskyOptions{}),
      probe(
          {"cholesky_inverse", "cholesky_solve", "solve_triangular"},
          [](const Tensor& l, CholeskyOptions o) { return cholesky_inverse(l, o); }, a, CholeskyOptions{}),
      probe(
          "pinv", [](const Tensor& x, const RankOptions& o) { return pinv(x, o); }, a, RankOptions{}),
      probe(
          {"matrix_rank", "svd", "eigh"}, [](const Tensor& x, const RankOptions& o) { return matrix_rank(x, o); }, a,
          RankOptions{}),
      probe(
          {"lstsq", "pinv", "matmul", "svd"},
          [](const Tensor& x, const Tensor& y, LstsqOptions o) { return lstsq(x, y, o); }, a, b, LstsqOptions{}),
      probe(
          {"lstsq", "pinv", "matmul", "svd"}, [](const Tensor& x, const Tensor& y) { return lstsq(x, y); }, a, v),
      probe(
          {"tensorinv", "inv"}, [](const Tensor& x, int ind) { return tensorinv(x, ind); }, a, 1),
      probe(
          {"tensorsolve", "solve"},
          [](const Tensor& x, const Tensor& y, const std::vector<int>& axes) { return tensorsolve(x, y, axes); }, a, v,
          std::vector<int>{0}),
      probe(
          "matrix_norm", [](const Tensor& x, double ord, const MatrixNormOptions& o) { return matrix_norm(x, ord, o); },
          b, 1.0, MatrixNormOptions{}),
      probe(
          {"matrix_norm", "svd"}, [](const Tensor& x, double ord) { return matrix_norm(x, ord); }, b, 2.0),
      probe(
          {"matrix_norm", "norm"}, [](const Tensor& x, const std::string& ord) { return matrix_norm(x, ord); }, b,
          std::string("fro")),
      probe(
          {"vector_norm", "norm"},
          [](const Tensor& x, double p, const Axes& axes, ReduceOptions o) { return vector_norm(x, p, axes, o); }, b,
          2.0, Axes(0), ReduceOptions{}),
      probe(
          {"cond", "svd"}, [](const Tensor& x, double ord) { return cond(x, ord); }, a, 2.0),
      probe(
          {"cond", "svd", "norm"}, [](const Tensor& x, const std::string& ord) { return cond(x, ord); }, a,
          std::string("nuc")),
      probe(
          {"matrix_power", "matmul", "inv"}, [](const Tensor& x, std::int64_t n) { return matrix_power(x, n); }, a,
          std::int64_t{3}),
      probe(
          "matrix_exp", [](const Tensor& x) { return matrix_exp(x); }, a),
      probe(
          {"eigvalsh", "eigh"}, [](const Tensor& x) { return eigvalsh(x); }, a),
      probe(
          {"svdvals", "svd"}, [](const Tensor& x) { return svdvals(x); }, b),
      probe(
          "cross", [](const Tensor& x, const Tensor& y, int axis) { return cross(x, y, axis); }, b, b, 1),
      probe(
          {"multi_dot", "matmul"}, [](const std::vector<Tensor>& xs) { return multi_dot(xs); },
          std::vector<Tensor>{a, b, transpose(b)}),
      probe(
          "vander", [](const Tensor& x, std::optional<std::int64_t> n) { return vander(x, n); }, v,
          std::optional<std::int64_t>(3)),
      probe(
          {"householder_product", "matmul"}, [](const Tensor& x, const Tensor& y) { return householder_product(x, y); },
          a, v),
  };
}

TEST_CASE("factorizations, norms and powers of matrices stand wrong calls") { run(matrix_probes()); }

Probes fft_probes() {
  const Tensor pairs = tensor({{{1, 2}, {3, 4}, {5, 6}}, {{7, 8}, {9, 10}, {11, 12}}}, float64);
  return {
      probe(
          "fft", [](const Tensor& x, const FftOptions& o) { return fft(x, o); }, pairs, FftOptions{}),
      probe(
          "ifft", [](const Tensor& x, const FftOptions& o) { return ifft(x, o); }, pairs, FftOptions{}),
      probe(
          "rfft", [](const Tensor& x, const FftOptions& o) { return rfft(x, o); }, pairs, FftOptions{}),
      probe(
          "irfft", [](const Tensor& x, const FftOptions& o) { return irfft(x, o); }, pairs, FftOptions{}),
      probe(
          "fft2", [](const Tensor& x, const FftnOptions& o) { return fft2(x, o); }, pairs,
          FftnOptions{.s = {{4, 3}}, .axes = {{0, 1}}}),
      probe(
          "ifft2", [](const Tensor& x, const FftnOptions& o) { return ifft2(x, o); }, pairs,
          FftnOptions{.s = {{4, 3}}, .axes = {{0, 1}}}),
      probe(
          "rfft2", [](const Tensor& x, const FftnOptions& o) { return rfft2(x, o); }, pairs,
          FftnOptions{.s = {{4, 3}}, .axes = {{0, 1}}}),
      probe(
          "irfft2", [](const Tensor& x, const FftnOptions& o) { return irfft2(x, o); }, pairs,
          FftnOptions{.s = {{4, 3}}, .axes = {{0, 1}}}),
      probe(
          "fftn", [](const Tensor& x, const FftnOptions& o) { return fftn(x, o); }, pairs,
          FftnOptions{.s = {{4, 3}}, .axes = {{0, 1}}}),
      probe(
          "ifftn", [](const Tensor& x, const FftnOptions& o) { return ifftn(x, o); }, pairs,
          FftnOptions{.s = {{4, 3}}, .axes = {{0, 1}}}),
      probe(
          "rfftn", [](const Tensor& x, const FftnOptions& o) { return rfftn(x, o); }, pairs,
          FftnOptions{.s = {{4, 3}}, .axes = {{0, 1}}}),
      probe(
          "irfftn", [](const Tensor& x, const FftnOptions& o) { return irfftn(x, o); }, pairs,
          FftnOptions{.s = {{4, 3}}, .axes = {{0, 1}}}),
      probe(
          "fftfreq", [](std::int64_t n, double d, DType dtype) { return fftfreq(n, d, dtype); }, std::int64_t{4}, 1.0,
          float64),
      probe(
          "rfftfreq", [](std::int64_t n, double d, DType dtype) { return rfftfreq(n, d, dtype); }, std::int64_t{4}, 1.0,
          float64),
      probe(
          "fftshift", [](const Tensor& x, const Axes& axes) { return fftshift(x, axes); }, pairs, Axes(0)),
      probe(
          "ifftshift", [](const Tensor& x, const Axes& axes) { return ifftshift(x, axes); }, pairs, Axes(0)),
      probe(
          "complex_pair", [](const Tensor& x, const Tensor& y) { return complex_pair(x, y); }, pairs, pairs),
      probe(
          "complex_polar", [](const Tensor& x, const Tensor& y) { return complex_polar(x, y); }, pairs, pairs),
      probe(
          "complex_multiply", [](const Tensor& x, const Tensor& y) { return complex_multiply(x, y); }, pairs, pairs),
      probe(
          "complex_divide", [](const Tensor& x, const Tensor& y) { return complex_divide(x, y); }, pairs, pairs),
      probe(
          "complex_real", [](const Tensor& x) { return complex_real(x); }, pairs),
      probe(
          "complex_imag", [](const Tensor& x) { return complex_imag(x); }, pairs),
      probe(
          "complex_conj", [](const Tensor& x) { return complex_conj(x); }, pairs),
      probe(
          "complex_abs", [](const Tensor& x) { return complex_abs(x); }, pairs),
      probe(
          "complex_angle", [](const Tensor& x) { return complex_angle(x); }, pairs),
  };
}

TEST_CASE("Fourier transforms and complex numbers stand wrong calls") { run(fft_probes()); }

}  // namespace xgrad::test
