#pragma once

#include <numbers>
#include <optional>
#include <utility>
#include <vector>
#include <xtensor/xbuilder.hpp>
#include <xtensor/xmanipulation.hpp>
#include <xtensor/xmath.hpp>
#include <xtensor/xnorm.hpp>
#include <xtensor/xoperation.hpp>
#include <xtensor/xsort.hpp>
#include <xtensor/xview.hpp>

#include <autograd/xtensor.hpp>
#include <autograd/xtensor/dispatch.hpp>

#pragma GCC visibility push(default)
/// xtensor's spellings for tensors, so that a function of arrays becomes one of tensors by another prefix:
///
///     namespace xn = xgrad::xt_names;
///     auto loss = [](const auto& w) { return xn::sum(xn::exp(xn::view(w, xn::all(), xn::range(1, 3))), {0}); };
///
/// Given arrays each is xtensor's function of that name, and gives what that gives (lazy expressions, mostly). Given a
/// tensor it is xgrad's, with xtensor's parameters and defaults; arrays and numbers beside the tensor are constants.
/// Where the values of both libraries differ, for NaN and over no elements, docs/xtensor.md says so.
/// xt::linalg's are in autograd/xtensor/linalg_names.hpp.
namespace xgrad::xt_names {

// What means the same for both.
using xt::arange;
using xt::drop;
using xt::ellipsis;
using xt::eye;
using xt::keep;
using xt::keep_dims;
using xt::linspace;
using xt::newaxis;
using xt::ones;
using xt::range;
using xt::xtuple;
using xt::zeros;
namespace placeholders = xt::placeholders;

// ---------------------------------------------------------------------------------------------- elementwise

inline constexpr detail::Elementwise exp{[](const Operand& x) { return xgrad::exp(x); },
                                         [](auto&&... a) { return xt::exp(std::forward<decltype(a)>(a)...); }};
inline constexpr detail::Elementwise exp2{[](const Operand& x) { return xgrad::exp2(x); },
                                          [](auto&&... a) { return xt::exp2(std::forward<decltype(a)>(a)...); }};
inline constexpr detail::Elementwise expm1{[](const Operand& x) { return xgrad::expm1(x); },
                                           [](auto&&... a) { return xt::expm1(std::forward<decltype(a)>(a)...); }};
inline constexpr detail::Elementwise log{[](const Operand& x) { return xgrad::log(x); },
                                         [](auto&&... a) { return xt::log(std::forward<decltype(a)>(a)...); }};
inline constexpr detail::Elementwise log2{[](const Operand& x) { return xgrad::log2(x); },
                                          [](auto&&... a) { return xt::log2(std::forward<decltype(a)>(a)...); }};
inline constexpr detail::Elementwise log10{[](const Operand& x) { return xgrad::log10(x); },
                                           [](auto&&... a) { return xt::log10(std::forward<decltype(a)>(a)...); }};
inline constexpr detail::Elementwise log1p{[](const Operand& x) { return xgrad::log1p(x); },
                                           [](auto&&... a) { return xt::log1p(std::forward<decltype(a)>(a)...); }};
inline constexpr detail::Elementwise sqrt{[](const Operand& x) { return xgrad::sqrt(x); },
                                          [](auto&&... a) { return xt::sqrt(std::forward<decltype(a)>(a)...); }};
inline constexpr detail::Elementwise cbrt{[](const Operand& x) { return xgrad::cbrt(x); },
                                          [](auto&&... a) { return xt::cbrt(std::forward<decltype(a)>(a)...); }};
inline constexpr detail::Elementwise abs{[](const Operand& x) { return xgrad::abs(x); },
                                         [](auto&&... a) { return xt::abs(std::forward<decltype(a)>(a)...); }};
inline constexpr detail::Elementwise sign{[](const Operand& x) { return xgrad::sign(x); },
                                          [](auto&&... a) { return xt::sign(std::forward<decltype(a)>(a)...); }};
inline constexpr detail::Elementwise sin{[](const Operand& x) { return xgrad::sin(x); },
                                         [](auto&&... a) { return xt::sin(std::forward<decltype(a)>(a)...); }};
inline constexpr detail::Elementwise cos{[](const Operand& x) { return xgrad::cos(x); },
                                         [](auto&&... a) { return xt::cos(std::forward<decltype(a)>(a)...); }};
inline constexpr detail::Elementwise tan{[](const Operand& x) { return xgrad::tan(x); },
                                         [](auto&&... a) { return xt::tan(std::forward<decltype(a)>(a)...); }};
inline constexpr detail::Elementwise asin{[](const Operand& x) { return xgrad::asin(x); },
                                          [](auto&&... a) { return xt::asin(std::forward<decltype(a)>(a)...); }};
inline constexpr detail::Elementwise acos{[](const Operand& x) { return xgrad::acos(x); },
                                          [](auto&&... a) { return xt::acos(std::forward<decltype(a)>(a)...); }};
inline constexpr detail::Elementwise atan{[](const Operand& x) { return xgrad::atan(x); },
                                          [](auto&&... a) { return xt::atan(std::forward<decltype(a)>(a)...); }};
inline constexpr detail::Elementwise sinh{[](const Operand& x) { return xgrad::sinh(x); },
                                          [](auto&&... a) { return xt::sinh(std::forward<decltype(a)>(a)...); }};
inline constexpr detail::Elementwise cosh{[](const Operand& x) { return xgrad::cosh(x); },
                                          [](auto&&... a) { return xt::cosh(std::forward<decltype(a)>(a)...); }};
inline constexpr detail::Elementwise tanh{[](const Operand& x) { return xgrad::tanh(x); },
                                          [](auto&&... a) { return xt::tanh(std::forward<decltype(a)>(a)...); }};
inline constexpr detail::Elementwise asinh{[](const Operand& x) { return xgrad::asinh(x); },
                                           [](auto&&... a) { return xt::asinh(std::forward<decltype(a)>(a)...); }};
inline constexpr detail::Elementwise acosh{[](const Operand& x) { return xgrad::acosh(x); },
                                           [](auto&&... a) { return xt::acosh(std::forward<decltype(a)>(a)...); }};
inline constexpr detail::Elementwise atanh{[](const Operand& x) { return xgrad::atanh(x); },
                                           [](auto&&... a) { return xt::atanh(std::forward<decltype(a)>(a)...); }};
inline constexpr detail::Elementwise erf{[](const Operand& x) { return xgrad::erf(x); },
                                         [](auto&&... a) { return xt::erf(std::forward<decltype(a)>(a)...); }};
inline constexpr detail::Elementwise erfc{[](const Operand& x) { return xgrad::erfc(x); },
                                          [](auto&&... a) { return xt::erfc(std::forward<decltype(a)>(a)...); }};
inline constexpr detail::Elementwise lgamma{[](const Operand& x) { return xgrad::lgamma(x); },
                                            [](auto&&... a) { return xt::lgamma(std::forward<decltype(a)>(a)...); }};
inline constexpr detail::Elementwise ceil{[](const Operand& x) { return xgrad::ceil(x); },
                                          [](auto&&... a) { return xt::ceil(std::forward<decltype(a)>(a)...); }};
inline constexpr detail::Elementwise floor{[](const Operand& x) { return xgrad::floor(x); },
                                           [](auto&&... a) { return xt::floor(std::forward<decltype(a)>(a)...); }};
inline constexpr detail::Elementwise trunc{[](const Operand& x) { return xgrad::trunc(x); },
                                           [](auto&&... a) { return xt::trunc(std::forward<decltype(a)>(a)...); }};
inline constexpr detail::Elementwise square{[](const Operand& x) { return xgrad::square(x); },
                                            [](auto&&... a) { return xt::square(std::forward<decltype(a)>(a)...); }};
inline constexpr detail::Elementwise isnan{[](const Operand& x) { return xgrad::isnan(x); },
                                           [](auto&&... a) { return xt::isnan(std::forward<decltype(a)>(a)...); }};
inline constexpr detail::Elementwise isinf{[](const Operand& x) { return xgrad::isinf(x); },
                                           [](auto&&... a) { return xt::isinf(std::forward<decltype(a)>(a)...); }};
inline constexpr detail::Elementwise isfinite{
    [](const Operand& x) { return xgrad::isfinite(x); },
    [](auto&&... a) { return xt::isfinite(std::forward<decltype(a)>(a)...); }};
inline constexpr detail::Elementwise fabs{[](const Operand& x) { return xgrad::abs(x); },
                                          [](auto&&... a) { return xt::fabs(std::forward<decltype(a)>(a)...); }};
inline constexpr detail::Elementwise nearbyint{
    [](const Operand& x) { return xgrad::round(x); },
    [](auto&&... a) { return xt::nearbyint(std::forward<decltype(a)>(a)...); }};
inline constexpr detail::Elementwise cube{[](const Operand& x) { return x * x * x; },
                                          [](auto&&... a) { return xt::cube(std::forward<decltype(a)>(a)...); }};
inline constexpr detail::Elementwise deg2rad{[](const Operand& x) { return x * (std::numbers::pi / 180); },
                                             [](auto&&... a) { return xt::deg2rad(std::forward<decltype(a)>(a)...); }};
inline constexpr detail::Elementwise rad2deg{[](const Operand& x) { return x * (180 / std::numbers::pi); },
                                             [](auto&&... a) { return xt::rad2deg(std::forward<decltype(a)>(a)...); }};
inline constexpr detail::Elementwise pow{[](const Operand& a, const Operand& b) { return xgrad::pow(a, b); },
                                         [](auto&&... a) { return xt::pow(std::forward<decltype(a)>(a)...); }};
inline constexpr detail::Elementwise maximum{[](const Operand& a, const Operand& b) { return xgrad::maximum(a, b); },
                                             [](auto&&... a) { return xt::maximum(std::forward<decltype(a)>(a)...); }};
inline constexpr detail::Elementwise minimum{[](const Operand& a, const Operand& b) { return xgrad::minimum(a, b); },
                                             [](auto&&... a) { return xt::minimum(std::forward<decltype(a)>(a)...); }};
inline constexpr detail::Elementwise atan2{[](const Operand& a, const Operand& b) { return xgrad::atan2(a, b); },
                                           [](auto&&... a) { return xt::atan2(std::forward<decltype(a)>(a)...); }};
inline constexpr detail::Elementwise hypot{[](const Operand& a, const Operand& b) { return xgrad::hypot(a, b); },
                                           [](auto&&... a) { return xt::hypot(std::forward<decltype(a)>(a)...); }};
inline constexpr detail::Elementwise fmod{[](const Operand& a, const Operand& b) { return xgrad::fmod(a, b); },
                                          [](auto&&... a) { return xt::fmod(std::forward<decltype(a)>(a)...); }};
inline constexpr detail::Elementwise fma{[](const Operand& a, const Operand& b, const Operand& c) { return a * b + c; },
                                         [](auto&&... a) { return xt::fma(std::forward<decltype(a)>(a)...); }};
inline constexpr detail::Elementwise where{
    [](const Operand& condition, const Operand& a, const Operand& b) { return xgrad::where(condition, a, b); },
    [](auto&&... a) { return xt::where(std::forward<decltype(a)>(a)...); }};
inline constexpr detail::OfFirst clip{
    [](const Tensor& x, Number low, Number high) { return xgrad::clip(x, low, high); },
    [](auto&&... a) { return xt::clip(std::forward<decltype(a)>(a)...); }};
inline constexpr detail::Elementwise equal{[](const Operand& a, const Operand& b) { return xgrad::equal(a, b); },
                                           [](auto&&... a) { return xt::equal(std::forward<decltype(a)>(a)...); }};
inline constexpr detail::Elementwise not_equal{
    [](const Operand& a, const Operand& b) { return xgrad::not_equal(a, b); },
    [](auto&&... a) { return xt::not_equal(std::forward<decltype(a)>(a)...); }};
inline constexpr detail::Elementwise isclose{[](const Operand& a, const Operand& b) { return xgrad::isclose(a, b); },
                                             [](auto&&... a) { return xt::isclose(std::forward<decltype(a)>(a)...); }};

// ---------------------------------------------------------------------------------------------- reductions

inline constexpr detail::Reduction sum{
    [](const Tensor& x, const Axes& axes, bool keep) { return xgrad::sum(x, axes, {.keepdims = keep}); },
    [](auto&&... a) { return xt::sum(std::forward<decltype(a)>(a)...); }};
inline constexpr detail::Reduction prod{
    [](const Tensor& x, const Axes& axes, bool keep) { return xgrad::prod(x, axes, {.keepdims = keep}); },
    [](auto&&... a) { return xt::prod(std::forward<decltype(a)>(a)...); }};
inline constexpr detail::Reduction mean{
    [](const Tensor& x, const Axes& axes, bool keep) { return xgrad::mean(x, axes, {.keepdims = keep}); },
    [](auto&&... a) { return xt::mean(std::forward<decltype(a)>(a)...); }};
inline constexpr detail::Reduction amax{
    [](const Tensor& x, const Axes& axes, bool keep) { return xgrad::max(x, axes, {.keepdims = keep}); },
    [](auto&&... a) { return xt::amax(std::forward<decltype(a)>(a)...); }};
inline constexpr detail::Reduction amin{
    [](const Tensor& x, const Axes& axes, bool keep) { return xgrad::min(x, axes, {.keepdims = keep}); },
    [](auto&&... a) { return xt::amin(std::forward<decltype(a)>(a)...); }};
/// With the divisor n, as xtensor and NumPy have it (xgrad's own var and std divide by n - 1, as PyTorch).
inline constexpr detail::Reduction variance{[](const Tensor& x, const Axes& axes, bool keep) {
                                              return xgrad::var(x, axes, {.correction = 0, .keepdims = keep});
                                            },
                                            [](auto&&... a) { return detail::variance_of(a...); }};
inline constexpr detail::Reduction stddev{
    [](const Tensor& x, const Axes& axes, bool keep) {
      return xgrad::stddev(x, axes, {.correction = 0, .keepdims = keep});
    },
    [](auto&&... a) { return xt::xarray<double>(xt::sqrt(detail::variance_of(a...))); }};
inline constexpr detail::Reduction norm_l1{
    [](const Tensor& x, const Axes& axes, bool keep) { return xgrad::sum(xgrad::abs(x), axes, {.keepdims = keep}); },
    [](auto&&... a) { return xt::norm_l1(std::forward<decltype(a)>(a)...); }};
inline constexpr detail::Reduction norm_sq{
    [](const Tensor& x, const Axes& axes, bool keep) { return xgrad::sum(xgrad::square(x), axes, {.keepdims = keep}); },
    [](auto&&... a) { return xt::norm_sq(std::forward<decltype(a)>(a)...); }};
inline constexpr detail::Reduction norm_l2{
    [](const Tensor& x, const Axes& axes, bool keep) { return xgrad::norm(x, 2, axes, {.keepdims = keep}); },
    [](auto&&... a) { return xt::norm_l2(std::forward<decltype(a)>(a)...); }};
inline constexpr detail::Reduction norm_linf{
    [](const Tensor& x, const Axes& axes, bool keep) { return xgrad::max(xgrad::abs(x), axes, {.keepdims = keep}); },
    [](auto&&... a) { return xt::norm_linf(std::forward<decltype(a)>(a)...); }};

// ---------------------------------------------------------------------------------------------- along an axis

inline constexpr detail::OfFirst cumsum{[](const Tensor& x, auto... axis) {
                                          if constexpr (sizeof...(axis) == 0)
                                            return xgrad::cumsum(x.reshape(-1), 0);
                                          else
                                            return xgrad::cumsum(x, static_cast<int>(axis)...);
                                        },
                                        [](auto&&... a) { return xt::cumsum(std::forward<decltype(a)>(a)...); }};
inline constexpr detail::OfFirst cumprod{[](const Tensor& x, auto... axis) {
                                           if constexpr (sizeof...(axis) == 0)
                                             return xgrad::cumprod(x.reshape(-1), 0);
                                           else
                                             return xgrad::cumprod(x, static_cast<int>(axis)...);
                                         },
                                         [](auto&&... a) { return xt::cumprod(std::forward<decltype(a)>(a)...); }};
inline constexpr detail::OfFirst sort{
    [](const Tensor& x, auto... axis) { return xgrad::sort(x, static_cast<int>(axis)...); },
    [](auto&&... a) { return xt::sort(std::forward<decltype(a)>(a)...); }};
inline constexpr detail::OfFirst argsort{
    [](const Tensor& x, auto... axis) { return xgrad::argsort(x, static_cast<int>(axis)...); },
    [](auto&&... a) { return xt::argsort(std::forward<decltype(a)>(a)...); }};
inline constexpr detail::OfFirst argmax{
    [](const Tensor& x, auto... axis) { return xgrad::argmax(x, std::optional<int>(axis)...); },
    [](auto&&... a) { return xt::argmax(std::forward<decltype(a)>(a)...); }};
inline constexpr detail::OfFirst argmin{
    [](const Tensor& x, auto... axis) { return xgrad::argmin(x, std::optional<int>(axis)...); },
    [](auto&&... a) { return xt::argmin(std::forward<decltype(a)>(a)...); }};

// ---------------------------------------------------------------------------------------------- shape

/// Indices, xt::range, all, newaxis, ellipsis, keep and drop. A tensor's view is another tensor: nothing writes to it.
inline constexpr detail::OfFirst view{[](const Tensor& x, const auto&... slices) {
                                        int axis = 0;
                                        return xgrad::at(x, std::vector<Index>{detail::index_of(x, axis, slices)...});
                                      },
                                      [](auto&&... a) { return xt::view(std::forward<decltype(a)>(a)...); }};
inline constexpr detail::OfFirst transpose{
    [](const Tensor& x, const auto&... order) { return xgrad::transpose(x, detail::order_of(order)...); },
    [](auto&&... a) { return xt::transpose(std::forward<decltype(a)>(a)...); }};
inline constexpr detail::OfFirst reshape_view{
    [](const Tensor& x, const auto& shape) { return xgrad::reshape(x, detail::list_of(shape)); },
    [](auto&&... a) { return xt::reshape_view(std::forward<decltype(a)>(a)...); }};
inline constexpr detail::OfFirst broadcast{
    [](const Tensor& x, const auto& shape) { return xgrad::broadcast_to(x, Shape(detail::list_of(shape))); },
    [](auto&&... a) { return xt::broadcast(std::forward<decltype(a)>(a)...); }};
inline constexpr detail::OfFirst ravel{[](const Tensor& x) { return x.reshape(-1); },
                                       [](auto&&... a) { return xt::ravel(std::forward<decltype(a)>(a)...); }};
inline constexpr detail::OfFirst flatten{[](const Tensor& x) { return x.reshape(-1); },
                                         [](auto&&... a) { return xt::flatten(std::forward<decltype(a)>(a)...); }};
inline constexpr detail::OfFirst squeeze{[](const Tensor& x) { return xgrad::squeeze(x); },
                                         [](auto&&... a) { return xt::squeeze(std::forward<decltype(a)>(a)...); }};
inline constexpr detail::OfFirst expand_dims{
    [](const Tensor& x, auto axis) { return xgrad::expand_dims(x, static_cast<int>(axis)); },
    [](auto&& x, auto&&... a) {
      return xt::expand_dims(std::forward<decltype(x)>(x), detail::as_size(std::forward<decltype(a)>(a))...);
    }};
inline constexpr detail::OfFirst flip{
    [](const Tensor& x, auto... axis) { return xgrad::flip(x, static_cast<int>(axis)...); },
    [](auto&& x, auto&&... a) {
      return xt::flip(std::forward<decltype(x)>(x), detail::as_size(std::forward<decltype(a)>(a))...);
    }};
inline constexpr detail::OfFirst roll{[](const Tensor& x, auto shift, auto... axis) {
                                        return xgrad::roll(x, static_cast<std::int64_t>(shift),
                                                           std::optional<int>(axis)...);
                                      },
                                      [](auto&&... a) { return xt::roll(std::forward<decltype(a)>(a)...); }};
inline constexpr detail::OfFirst repeat{
    [](const Tensor& x, auto count, auto axis) {
      return xgrad::repeat(x, static_cast<std::int64_t>(count), static_cast<int>(axis));
    },
    [](auto&& x, auto&&... a) {
      return xt::repeat(std::forward<decltype(x)>(x), detail::as_size(std::forward<decltype(a)>(a))...);
    }};
inline constexpr detail::OfFirst diag{[](const Tensor& x, auto... k) { return xgrad::diag(x, static_cast<int>(k)...); },
                                      [](auto&&... a) { return xt::diag(std::forward<decltype(a)>(a)...); }};
inline constexpr detail::OfFirst diagonal{
    [](const Tensor& x, auto... k) { return xgrad::diagonal(x, static_cast<int>(k)...); },
    [](auto&&... a) { return xt::diagonal(std::forward<decltype(a)>(a)...); }};
inline constexpr detail::OfFirst tril{[](const Tensor& x, auto... k) { return xgrad::tril(x, static_cast<int>(k)...); },
                                      [](auto&&... a) { return xt::tril(std::forward<decltype(a)>(a)...); }};
inline constexpr detail::OfFirst triu{[](const Tensor& x, auto... k) { return xgrad::triu(x, static_cast<int>(k)...); },
                                      [](auto&&... a) { return xt::triu(std::forward<decltype(a)>(a)...); }};
/// Of xtuple(a, b, ...), along an axis.
inline constexpr detail::OfTuple concatenate{
    [](const std::vector<Tensor>& parts, auto... axis) { return xgrad::concatenate(parts, axis...); },
    [](auto&& x, auto&&... a) {
      return xt::concatenate(std::forward<decltype(x)>(x), detail::as_size(std::forward<decltype(a)>(a))...);
    }};
inline constexpr detail::OfTuple stack{
    [](const std::vector<Tensor>& parts, auto... axis) { return xgrad::stack(parts, axis...); },
    [](auto&& x, auto&&... a) {
      return xt::stack(std::forward<decltype(x)>(x), detail::as_size(std::forward<decltype(a)>(a))...);
    }};

// ---------------------------------------------------------------------------------------------- from a tensor or array

inline constexpr detail::OfFirst zeros_like{
    [](const Tensor& x) { return xgrad::zeros_like(x); },
    [](auto&&... a) { return xt::zeros_like(std::forward<decltype(a)>(a)...); }};
inline constexpr detail::OfFirst ones_like{[](const Tensor& x) { return xgrad::ones_like(x); },
                                           [](auto&&... a) { return xt::ones_like(std::forward<decltype(a)>(a)...); }};
/// An array of an expression's values, in place of xt::eval; a tensor as it is. Functions that are called with arrays
/// return it, since an expression refers to their variables.
inline constexpr detail::Elementwise eval{[](const Operand& x) { return Tensor(x.tensor()); },
                                          [](auto&& e) { return detail::ArrayOfT<decltype(e)>(e); }};

/// The slice of a whole axis; or whether all elements are other than 0.
inline constexpr struct All {
  auto operator()() const { return xt::all(); }
  template <class E>
  auto operator()(E&& e) const {
    if constexpr (detail::IsTensor<E>)
      return xgrad::all(e);
    else
      return xt::all(std::forward<E>(e));
  }
} all;
inline constexpr detail::OfFirst any{[](const Tensor& x) { return xgrad::any(x); },
                                     [](auto&&... a) { return xt::any(std::forward<decltype(a)>(a)...); }};

}  // namespace xgrad::xt_names
#pragma GCC visibility pop
