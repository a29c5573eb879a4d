#include <doctest/doctest.h>

#include <xtensor/xbuilder.hpp>
#include <xtensor/xindex_view.hpp>
#include <xtensor/xmanipulation.hpp>
#include <xtensor/xnoalias.hpp>
#include <xtensor/xrepeat.hpp>
#include <xtensor/xstrided_view.hpp>
#include <xtensor/xview.hpp>

#include "judge.hpp"

namespace xgrad::judge {
namespace {

using T = const Tensors&;
using A = const Arrays&;
using namespace xt::placeholders;

constexpr Range whole{.low = -9, .high = 9, .whole = true};

Array shaped(Array a, std::vector<std::size_t> shape) {
  a.reshape(shape);
  return a;
}

std::vector<Ruling> shapes() {
  const auto some = every_shape(1, 1);
  return {
      {"transpose", every_shape(), [](T t) { return transpose(t[0]); },
       [](A a) -> Array { return xt::transpose(a[0]); }, whole, 0},
      {"transpose",
       {{{2, 3, 4}}, {{1, 0, 5}}},
       [](T t) {
         return transpose(t[0], {2, 0, 1});
       },
       [](A a) -> Array {
         return xt::transpose(a[0], {2, 0, 1});
       },
       whole,
       0},
      {"swapaxes",
       {{{2, 3, 4}}, {{1, 0, 5}}},
       [](T t) { return swapaxes(t[0], 0, 2); },
       [](A a) -> Array {
         return xt::transpose(a[0], {2, 1, 0});
       },
       whole,
       0},
      {"reshape",
       {{{2, 6}}, {{3, 4}}, {{12}}, {{2, 3, 2}}, {{1, 12, 1}}},
       [](T t) {
         return reshape(t[0], {4, -1});
       },
       [](A a) -> Array {
         return shaped(a[0], {4, 3});
       },
       whole,
       0},
      {"flatten", every_shape(), [](T t) { return flatten(t[0]); },
       [](A a) -> Array { return shaped(a[0], {a[0].size()}); }, whole, 0},
      {"squeeze", some, [](T t) { return squeeze(t[0]); }, [](A a) -> Array { return xt::squeeze(a[0]); }, whole, 0},
      {"expand_dims", every_shape(), [](T t) { return expand_dims(t[0], 0); },
       [](A a) -> Array { return xt::expand_dims(a[0], 0); }, whole, 0},
      {"broadcast_to",
       {{{3}}, {{1, 3}}, {{2, 1}}, {{}}},
       [](T t) {
         return broadcast_to(t[0], {4, 2, 3});
       },
       [](A a) -> Array {
         return xt::broadcast(a[0], {4, 2, 3});
       },
       whole,
       0},
      {"slice",
       {{{5, 4}}, {{4, 5, 2}}},
       [](T t) {
         return slice(t[0], {{1, 4}, {{}, {}, 2}});
       },
       [](A a) -> Array { return xt::view(a[0], xt::range(1, 4), xt::range(_, _, 2)); },
       whole,
       0},
      {"slice",
       {{{5, 4}}, {{4, 5, 2}}},
       [](T t) {
         return slice(t[0], {{{}, {}, -1}, {-3, {}}});
       },
       [](A a) -> Array {
         return xt::strided_view(a[0], {xt::range(_, _, -1), xt::range(-3, _), xt::ellipsis()});
       },
       whole,
       0},
      {"at",
       {{{5, 4}}, {{4, 5, 2}}},
       [](T t) {
         return at(t[0], {2, newaxis, Slice{1, 3}});
       },
       [](A a) -> Array { return xt::view(a[0], 2, xt::newaxis(), xt::range(1, 3)); },
       whole,
       0},
      {"take",
       {{{3, 4}}, {{3}}, {{4, 2, 2}}},
       [](T t) {
         return take(t[0], tensor({2, 0, 2}, int64), 0);
       },
       [](A a) -> Array { return xt::view(a[0], xt::keep(2, 0, 2)); },
       whole,
       0},
      {"gather",
       {{{3, 2}}, {{4, 2}}},
       [](T t) {
         return gather(t[0], 0, tensor({{2, 0}, {1, 1}}, int64));
       },
       [](A a) -> Array {
         return Array{{a[0](2, 0), a[0](0, 1)}, {a[0](1, 0), a[0](1, 1)}};
       },
       whole,
       0},
      {"masked_select",
       {{{7}}, {{3, 4}}},
       [](T t) { return masked_select(t[0], t[0] > 0); },
       [](A a) -> Array {
         const Array from = a[0];
         const auto chosen = xt::filter(from, from > 0);
         return Array(chosen);
       },
       whole,
       0},
      {"concatenate",
       {{{2, 3}, {4, 3}}, {{1}, {5}}, {{2, 2, 2}, {1, 2, 2}}},
       [](T t) {
         return concatenate({t[0], t[1]}, 0);
       },
       [](A a) -> Array { return xt::concatenate(xt::xtuple(a[0], a[1]), 0); },
       whole,
       0},
      {"concatenate",
       {{{2, 3}, {2, 1}}, {{2, 2, 2}, {2, 5, 2}}},
       [](T t) {
         return concatenate({t[0], t[1]}, 1);
       },
       [](A a) -> Array { return xt::concatenate(xt::xtuple(a[0], a[1]), 1); },
       whole,
       0},
      {"stack",
       {{{2, 3}, {2, 3}}, {{4}, {4}}},
       [](T t) {
         return stack({t[0], t[1]}, 1);
       },
       [](A a) -> Array { return xt::stack(xt::xtuple(a[0], a[1]), 1); },
       whole,
       0},
  };
}

std::vector<Ruling> rearrangements() {
  const auto some = every_shape(1, 1);
  return {
      {"flip", some, [](T t) { return flip(t[0], 0); }, [](A a) -> Array { return xt::flip(a[0], 0); }, whole, 0},
      {"flip", every_shape(2, 1), [](T t) { return flip(t[0], 1); }, [](A a) -> Array { return xt::flip(a[0], 1); },
       whole, 0},
      {"roll", some, [](T t) { return roll(t[0], 2); }, [](A a) -> Array { return xt::roll(a[0], 2); }, whole, 0},
      {"roll", every_shape(2, 1), [](T t) { return roll(t[0], 1, 1); },
       [](A a) -> Array { return xt::roll(a[0], 1, 1); }, whole, 0},
      {"repeat", some, [](T t) { return repeat(t[0], 3, 0); }, [](A a) -> Array { return xt::repeat(a[0], 3, 0); },
       whole, 0},
      // By concatenate: xt::tile assigns views to views, for which xtensor 0.24 makes 4 axes under C++20.
      {"tile",
       {{{2, 3}}, {{1, 4}}, {{5, 5}}},
       [](T t) {
         return tile(t[0], {2, 3});
       },
       [](A a) -> Array {
         const Array wide = xt::concatenate(xt::xtuple(a[0], a[0], a[0]), 1);
         return xt::concatenate(xt::xtuple(wide, wide), 0);
       },
       whole,
       0},
      // Into a view: xt::pad makes 4 axes under C++20, as xt::tile.
      {"pad",
       {{{2, 3}}, {{1, 4}}},
       [](T t) {
         return pad(t[0], {{1, 2}, {0, 3}});
       },
       [](A a) -> Array {
         const int rows = static_cast<int>(a[0].shape()[0]), columns = static_cast<int>(a[0].shape()[1]);
         Array padded = xt::zeros<double>({rows + 3, columns + 3});
         auto place = xt::view(padded, xt::range(1, rows + 1), xt::range(0, columns));
         xt::noalias(place) = a[0];
         return padded;
       },
       whole,
       0},
      {"diag",
       {{{1}}, {{4}}},
       [](T t) { return diag(t[0], 1); },
       [](A a) -> Array { return xt::diag(a[0], 1); },
       whole,
       0},
      {"diagonal",
       {{{2, 3}}, {{5, 5}}, {{4, 1}}, {{3, 4, 2}}},
       [](T t) { return diagonal(t[0]); },
       [](A a) -> Array { return xt::diagonal(a[0]); },
       whole,
       0},
      {"diagonal",
       {{{2, 3}}, {{5, 5}}},
       [](T t) { return diagonal(t[0], 1); },
       [](A a) -> Array { return xt::diagonal(a[0], 1); },
       whole,
       0},
      {"tril", every_shape(2, 1),
       [](T t) {
         return tril(t[0].rank() == 2 ? t[0] : t[0].reshape({t[0].size(0), -1}));
       },
       [](A a) -> Array {
         return xt::tril(shaped(a[0], {a[0].shape()[0], a[0].size() / a[0].shape()[0]}));
       },
       whole, 0},
      {"triu",
       {{{2, 3}}, {{5, 5}}, {{4, 1}}},
       [](T t) { return triu(t[0], 1); },
       [](A a) -> Array { return xt::triu(a[0], 1); },
       whole,
       0},
      {"zeros_like", every_shape(), [](T t) { return zeros_like(t[0]); },
       [](A a) -> Array { return xt::zeros_like(a[0]); }, whole, 0},
      {"meshgrid",
       {{{3}, {4}}},
       [](T t) {
         return stack(meshgrid({t[0], t[1]}));
       },
       [](A a) -> Array {
         const auto grid = xt::meshgrid(a[0], a[1]);
         return xt::stack(xt::xtuple(std::get<0>(grid), std::get<1>(grid)), 0);
       },
       whole,
       0},
  };
}

/// Makers of tensors; the argument is not read.
std::vector<Ruling> makers() {
  const std::vector<Shapes> none{{{}}};
  return {
      {"arange", none, [](T) { return arange(-2, 7, 3); }, [](A) -> Array { return xt::arange<double>(-2, 7, 3); }},
      {"linspace", none, [](T) { return linspace(-1, 2, 7, float64); },
       [](A) -> Array { return xt::linspace<double>(-1, 2, 7); }},
      {"eye", none, [](T) { return eye(3, 4); },
       [](A) -> Array {
         return xt::eye<double>({3, 4});
       }},
      {"full", none,
       [](T) {
         return full({2, 3}, 5);
       },
       [](A) -> Array {
         return Array({2, 3}, 5.);
       }},
  };
}

}  // namespace

std::vector<Ruling> manipulation_rulings() {
  std::vector<Ruling> all = shapes();
  for (Ruling& ruling : rearrangements()) all.push_back(std::move(ruling));
  for (Ruling& ruling : makers()) all.push_back(std::move(ruling));
  return all;
}

TEST_CASE("shapes and rearrangements are what xtensor gives") { check(manipulation_rulings()); }

}  // namespace xgrad::judge
