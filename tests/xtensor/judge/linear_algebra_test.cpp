#include <doctest/doctest.h>

#include <xtensor-blas/xlinalg.hpp>
#include <xtensor/xmath.hpp>
#include <xtensor/xsort.hpp>

#include "judge.hpp"

namespace xgrad::judge {
namespace {

using T = const Tensors&;
using A = const Arrays&;

/// A well-conditioned matrix: near a multiple of the identity, symmetric and positive definite where that is asked for.
Tensor conditioned(const Tensor& x) { return x + 6 * eye(x.size(0), {}, x.dtype()); }
Array conditioned(const Array& a) { return a + 6. * xt::eye<double>(a.shape()[0]); }
Tensor definite(const Tensor& x) { return matmul(x, transpose(x)) + eye(x.size(0), {}, x.dtype()); }
Array definite(const Array& a) { return xt::linalg::dot(a, Array(xt::transpose(a))) + xt::eye<double>(a.shape()[0]); }
Tensor symmetric(const Tensor& x) { return x + transpose(x); }
Array symmetric(const Array& a) { return a + xt::transpose(a); }

Array dot(const Array& a, const Array& b) { return xt::linalg::dot(a, b); }
Array scalar(double value) { return Array(value); }

std::vector<Ruling> products() {
  return {
      {"matmul",
       {{{2, 3}, {3, 4}}, {{1, 5}, {5, 1}}, {{5, 5}, {5, 5}}, {{4, 1}, {1, 2}}},
       [](T t) { return matmul(t[0], t[1]); },
       [](A a) { return dot(a[0], a[1]); }},
      {"matmul",
       {{{2, 3}, {3}}, {{5, 1}, {1}}},
       [](T t) { return matmul(t[0], t[1]); },
       [](A a) { return dot(a[0], a[1]); }},
      {"matmul",
       {{{3}, {3, 2}}, {{5}, {5, 1}}},
       [](T t) { return matmul(t[0], t[1]); },
       [](A a) { return dot(a[0], a[1]); }},
      {"dot",
       {{{3}, {3}}, {{1}, {1}}, {{5}, {5}}},
       [](T t) { return dot(t[0], t[1]); },
       [](A a) { return scalar(dot(a[0], a[1])()); }},
      {"outer",
       {{{3}, {2}}, {{1}, {5}}},
       [](T t) { return outer(t[0], t[1]); },
       [](A a) -> Array { return xt::linalg::outer(a[0], a[1]); }},
      {"tensordot",
       {{{2, 3, 4}, {3, 4, 5}}, {{1, 2, 2}, {2, 2, 3}}},
       [](T t) { return tensordot(t[0], t[1], 2); },
       [](A a) -> Array { return xt::linalg::tensordot(a[0], a[1], 2); }},
      {"einsum",
       {{{2, 3}, {3, 4}}},
       [](T t) { return einsum("ij,jk->ik", t[0], t[1]); },
       [](A a) { return dot(a[0], a[1]); }},
      {"trace", square(), [](T t) { return trace(t[0]); }, [](A a) { return scalar(xt::linalg::trace(a[0])()); }},
      {"norm",
       {{{3}}, {{2, 3}}, {{5, 5}}},
       [](T t) { return norm(t[0]); },
       [](A a) { return scalar(xt::linalg::norm(a[0])); }},
  };
}

std::vector<Ruling> decompositions() {
  constexpr double loose = 1e-10;  // what the conditions of these matrices leave
  return {
      {"inv",
       square(),
       [](T t) { return inv(conditioned(t[0])); },
       [](A a) -> Array { return xt::linalg::inv(conditioned(a[0])); },
       {},
       loose},
      {"det",
       square(),
       [](T t) { return det(conditioned(t[0])); },
       [](A a) { return scalar(xt::linalg::det(conditioned(a[0]))); },
       {},
       loose},
      {"slogdet",
       square(),
       [](T t) { return slogdet(conditioned(t[0])).logabs; },
       [](A a) { return scalar(std::get<1>(xt::linalg::slogdet(conditioned(a[0])))); },
       {},
       loose},
      {"solve",
       {{{3, 3}, {3}}, {{1, 1}, {1}}, {{5, 5}, {5, 2}}},
       [](T t) { return solve(conditioned(t[0]), t[1]); },
       [](A a) -> Array { return xt::linalg::solve(conditioned(a[0]), a[1]); },
       {},
       loose},
      {"solve_triangular",
       {{{3, 3}, {3, 2}}, {{5, 5}, {5, 1}}},
       [](T t) { return solve_triangular(conditioned(t[0]), t[1]); },
       [](A a) -> Array { return xt::linalg::solve(Array(xt::tril(conditioned(a[0]))), a[1]); },
       {},
       loose},
      {"cholesky",
       square(),
       [](T t) { return cholesky(definite(t[0])); },
       [](A a) -> Array { return xt::linalg::cholesky(definite(a[0])); },
       {},
       loose},
      {"eigenvalues",
       square(),
       [](T t) { return eigh(symmetric(t[0])).values; },
       [](A a) -> Array { return std::get<0>(xt::linalg::eigh(symmetric(a[0]))); },
       {},
       loose},
      {"singular values",
       {{{3, 3}}, {{5, 5}}, {{1, 1}}},
       [](T t) { return svd(t[0]).s; },
       [](A a) -> Array { return std::get<1>(xt::linalg::svd(a[0])); },
       {},
       loose},
      // Signs of columns differ between implementations of QR; that of R's diagonal is divided out.
      {"R of qr",
       {{{3, 3}}, {{5, 5}}},
       [](T t) {
         const Tensor r = qr(t[0]).r;
         return r * expand_dims(sign(diagonal(r)), 1);
       },
       [](A a) -> Array {
         const Array r = std::get<1>(xt::linalg::qr(a[0]));
         Array signs = xt::sign(Array(xt::diagonal(r)));
         signs.reshape({r.shape()[0], std::size_t{1}});
         return r * signs;
       },
       {},
       loose},
  };
}

}  // namespace

std::vector<Ruling> linear_algebra_rulings() {
  std::vector<Ruling> all = products();
  for (Ruling& ruling : decompositions()) all.push_back(std::move(ruling));
  return all;
}

TEST_CASE("linear algebra gives what xtensor-blas gives") { check(linear_algebra_rulings()); }

}  // namespace xgrad::judge
