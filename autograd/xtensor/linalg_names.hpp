#pragma once

#include <utility>
#include <xtensor-blas/xlinalg.hpp>

#include <autograd/xtensor/names.hpp>

#pragma GCC visibility push(default)
/// xtensor-blas's spellings for tensors, as autograd/xtensor/names.hpp has xtensor's. Needs xtensor-blas and a BLAS and
/// LAPACK to link with. It cannot be included beside OpenBLAS's cblas.h.
namespace xgrad::xt_names::linalg {

/// Of one or two axes each: a number, a matrix with a vector, a product of matrices.
inline constexpr detail::Elementwise dot{
    [](const Operand& a, const Operand& b) {
      if (a.rank() > 2 || b.rank() > 2 || a.rank() == 0 || b.rank() == 0) {
        fail("linalg::dot", "arguments of shapes " + to_string(a.shape()) + " and " + to_string(b.shape()) +
                                "; one or two axes are expected, matmul() takes more");
      }
      return xgrad::matmul(a, b);
    },
    [](auto&&... a) { return xt::linalg::dot(std::forward<decltype(a)>(a)...); }};
inline constexpr detail::Elementwise outer{
    [](const Operand& a, const Operand& b) { return xgrad::outer(a, b); },
    [](auto&&... a) { return xt::linalg::outer(std::forward<decltype(a)>(a)...); }};
inline constexpr detail::Elementwise solve{
    [](const Operand& a, const Operand& b) { return xgrad::solve(a, b); },
    [](auto&&... a) { return xt::linalg::solve(std::forward<decltype(a)>(a)...); }};
inline constexpr detail::Elementwise inv{[](const Operand& x) { return xgrad::inv(x); },
                                         [](auto&&... a) { return xt::linalg::inv(std::forward<decltype(a)>(a)...); }};
inline constexpr detail::Elementwise det{[](const Operand& x) { return xgrad::det(x); },
                                         [](auto&&... a) { return xt::linalg::det(std::forward<decltype(a)>(a)...); }};
inline constexpr detail::Elementwise cholesky{
    [](const Operand& x) { return xgrad::cholesky(x); },
    [](auto&&... a) { return xt::linalg::cholesky(std::forward<decltype(a)>(a)...); }};
inline constexpr detail::OfFirst trace{
    [](const Tensor& x, auto... place) { return xgrad::trace(x, static_cast<int>(place)...); },
    [](auto&&... a) { return xt::linalg::trace(std::forward<decltype(a)>(a)...); }};
/// The Euclidean length of all elements (for a matrix the Frobenius norm).
inline constexpr detail::OfFirst norm{[](const Tensor& x) { return xgrad::norm(x); },
                                      [](auto&&... a) { return xt::linalg::norm(std::forward<decltype(a)>(a)...); }};

}  // namespace xgrad::xt_names::linalg
#pragma GCC visibility pop
