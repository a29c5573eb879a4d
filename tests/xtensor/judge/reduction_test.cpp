#include <doctest/doctest.h>

#include <xtensor/xaccumulator.hpp>
#include <xtensor/xmath.hpp>
#include <xtensor/xnorm.hpp>
#include <xtensor/xset_operation.hpp>
#include <xtensor/xsort.hpp>
#include <xtensor/xview.hpp>

#include "judge.hpp"

namespace xgrad::judge {
namespace {

using T = const Tensors&;
using A = const Arrays&;

constexpr Range whole{.low = -3, .high = 3, .whole = true};

/// The last axis, and the first with the last one.
std::size_t last(const Array& a) { return a.dimension() - 1; }

constexpr auto lazy = xt::evaluation_strategy::lazy;

/// xtensor's lazy reducer of some axes with extents of 1, in a shape of the caller's: its keep_dims reads beyond the
/// end where it is broadcast.
Array kept(Array reduced, const Array& a, std::size_t axis) {
  std::vector<std::size_t> shape(a.shape().begin(), a.shape().end());
  shape[axis] = 1;
  reduced.reshape(shape);
  return reduced;
}

/// Over all elements, over the last axis, over the first, and over all axes but the first.
template <class Ours, class Theirs>
void add(std::vector<Ruling>& rulings, const std::string& name, int least_extent, Range range, double tolerance,
         const Ours& ours, const Theirs& theirs) {
  using Places = std::vector<std::size_t>;
  rulings.push_back({name, every_shape(0, least_extent), [=](T t) { return ours(t[0], Axes()); },
                     [=](A a) -> Array {
                       if (a[0].dimension() == 0) return theirs(Array({1}, a[0]()), Places{0});
                       Places all;
                       for (std::size_t i = 0; i < a[0].dimension(); ++i) all.push_back(i);
                       return theirs(a[0], all);
                     },
                     range, tolerance});
  rulings.push_back({name, every_shape(1, least_extent), [=](T t) { return ours(t[0], -1); },
                     [=](A a) -> Array { return theirs(a[0], Places{last(a[0])}); }, range, tolerance});
  rulings.push_back({name, every_shape(1, least_extent), [=](T t) { return ours(t[0], 0); },
                     [=](A a) -> Array { return theirs(a[0], Places{0}); }, range, tolerance});
  rulings.push_back({name, every_shape(3, least_extent),
                     [=](T t) {
                       return ours(t[0], {0, -1});
                     },
                     [=](A a) -> Array {
                       return theirs(a[0], Places{0, last(a[0])});
                     },
                     range, tolerance});
}

Array centred(const Array& a, const std::vector<std::size_t>& axes) {
  Array mean = xt::mean(a, axes);
  std::vector<std::size_t> shape(a.shape().begin(), a.shape().end());
  for (const std::size_t axis : axes) shape[axis] = 1;
  mean.reshape(shape);
  return a - mean;
}

Array shifted_exp(const Array& a) { return xt::exp(a - kept(xt::amax(a, {last(a)}), a, last(a))); }

std::vector<Ruling> over_axes() {
  std::vector<Ruling> all;
  using Places = const std::vector<std::size_t>&;
  add(
      all, "sum", 0, whole, 1e-12, [](const Tensor& x, const Axes& axes) { return sum(x, axes); },
      [](const Array& a, Places axes) -> Array { return xt::sum(a, axes); });
  add(
      all, "prod", 0, whole, 1e-12, [](const Tensor& x, const Axes& axes) { return prod(x, axes); },
      [](const Array& a, Places axes) -> Array { return xt::prod(a, axes); });
  // xtensor's amax of no elements is the lowest number, ours an Error; its mean of none is not asked for either.
  add(
      all, "max", 1, whole, 0, [](const Tensor& x, const Axes& axes) { return max(x, axes); },
      [](const Array& a, Places axes) -> Array { return xt::amax(a, axes); });
  add(
      all, "min", 1, whole, 0, [](const Tensor& x, const Axes& axes) { return min(x, axes); },
      [](const Array& a, Places axes) -> Array { return xt::amin(a, axes); });
  add(
      all, "mean", 1, Range{}, 1e-12, [](const Tensor& x, const Axes& axes) { return mean(x, axes); },
      [](const Array& a, Places axes) -> Array { return xt::mean(a, axes); });
  add(
      all, "var", 1, Range{}, 1e-12, [](const Tensor& x, const Axes& axes) { return var(x, axes, {.correction = 0}); },
      [](const Array& a, Places axes) -> Array { return xt::mean(xt::square(centred(a, axes)), axes); });
  add(
      all, "std", 1, Range{}, 1e-12,
      [](const Tensor& x, const Axes& axes) { return stddev(x, axes, {.correction = 0}); },
      [](const Array& a, Places axes) -> Array {
        return xt::sqrt(Array(xt::mean(xt::square(centred(a, axes)), axes)));
      });
  add(
      all, "norm", 0, Range{}, 1e-12, [](const Tensor& x, const Axes& axes) { return norm(x, 2, axes); },
      [](const Array& a, Places axes) -> Array { return xt::norm_l2(a, axes, lazy); });
  add(
      all, "norm", 0, Range{}, 1e-12, [](const Tensor& x, const Axes& axes) { return norm(x, 1, axes); },
      [](const Array& a, Places axes) -> Array { return xt::norm_l1(a, axes, lazy); });
  add(
      all, "norm", 1, Range{}, 1e-12,
      [](const Tensor& x, const Axes& axes) { return norm(x, std::numeric_limits<double>::infinity(), axes); },
      [](const Array& a, Places axes) -> Array { return xt::norm_linf(a, axes, lazy); });
  add(
      all, "norm", 0, Range{}, 1e-12, [](const Tensor& x, const Axes& axes) { return norm(x, 3, axes); },
      [](const Array& a, Places axes) -> Array { return xt::norm_lp(a, 3., axes, lazy); });
  add(
      all, "logsumexp", 1, Range{}, 1e-12, [](const Tensor& x, const Axes& axes) { return logsumexp(x, axes); },
      [](const Array& a, Places axes) -> Array { return xt::log(Array(xt::sum(xt::exp(a), axes))); });
  return all;
}

std::vector<Ruling> along_an_axis() {
  const auto some = every_shape(1, 1);  // xtensor's accumulators and sorts of no elements read what is not there
  return {
      {"cumsum", some, [](T t) { return cumsum(t[0], -1); },
       [](A a) -> Array { return xt::cumsum(a[0], static_cast<std::ptrdiff_t>(last(a[0]))); }, whole},
      {"cumsum", some, [](T t) { return cumsum(t[0], 0); }, [](A a) -> Array { return xt::cumsum(a[0], 0); }, whole},
      {"cumprod", some, [](T t) { return cumprod(t[0], 0); }, [](A a) -> Array { return xt::cumprod(a[0], 0); }, whole},
      {"sort", some, [](T t) { return sort(t[0]); }, [](A a) -> Array { return xt::sort(a[0]); }, whole},
      {"sort", some, [](T t) { return sort(t[0], 0); }, [](A a) -> Array { return xt::sort(a[0], 0); }, whole},
      // xt::argmax of a vector along its axis finds the least element.
      {"argmax", every_shape(2, 1), [](T t) { return argmax(t[0], 0); },
       [](A a) -> Array { return xt::argmax(a[0], 0); }},
      {"argmax", some, [](T t) { return argmax(t[0]); },
       [](A a) -> Array { return Array(double(xt::argmax(a[0])())); }},
      {"argmin", some, [](T t) { return argmin(t[0], -1); },
       [](A a) -> Array { return xt::argmin(a[0], static_cast<std::ptrdiff_t>(last(a[0]))); }},
      {"softmax", some, [](T t) { return softmax(t[0]); },
       [](A a) -> Array {
         const Array e = shifted_exp(a[0]);
         return e / kept(xt::sum(e, {last(e)}), e, last(e));
       }},
      {"log_softmax", some, [](T t) { return log_softmax(t[0]); },
       [](A a) -> Array {
         const Array e = shifted_exp(a[0]);
         return xt::log(e / kept(xt::sum(e, {last(e)}), e, last(e)));
       }},
      {"any", some, [](T t) { return any(t[0]); }, [](A a) -> Array { return Array(xt::any(a[0]) ? 1. : 0.); }, whole},
      {"all", some, [](T t) { return all(t[0]); }, [](A a) -> Array { return Array(xt::all(a[0]) ? 1. : 0.); }, whole},
      // Of an odd number: of an even one xtensor's is the mean of two, ours the lower one, as PyTorch's.
      {"median",
       {{{1}}, {{5}}, {{3, 1}}, {{3, 5}}},
       [](T t) { return median(t[0]); },
       [](A a) -> Array { return Array(xt::median(a[0])); }},
  };
}

}  // namespace

std::vector<Ruling> reduction_rulings() {
  std::vector<Ruling> all = over_axes();
  for (Ruling& ruling : along_an_axis()) all.push_back(std::move(ruling));
  return all;
}

TEST_CASE("reductions, accumulators and orders give what xtensor gives") { check(reduction_rulings()); }

}  // namespace xgrad::judge
