#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <xtensor-blas/xlinalg.hpp>
#include <xtensor/xbuilder.hpp>
#include <xtensor/xhistogram.hpp>
#include <xtensor/xmanipulation.hpp>
#include <xtensor/xmath.hpp>
#include <xtensor/xsort.hpp>

#include "judge.hpp"

// Functions that are composed of others.
namespace xgrad::judge {
namespace {

using T = const Tensors&;
using A = const Arrays&;

constexpr Range whole{.low = -3, .high = 3, .whole = true};

/// NaN where a number is -2.
Tensor with_nan(const Tensor& x) { return where(x == -2, std::numeric_limits<double>::quiet_NaN(), x.to(float64)); }
Array with_nan(const Array& a) { return xt::where(xt::equal(a, -2.), std::numeric_limits<double>::quiet_NaN(), a); }

std::vector<Ruling> elementwise() {
  const auto all = every_shape();
  return {
      {"deg2rad", all, [](T t) { return deg2rad(t[0]); }, [](A a) -> Array { return xt::deg2rad(a[0]); }},
      {"rad2deg", all, [](T t) { return rad2deg(t[0]); }, [](A a) -> Array { return xt::rad2deg(a[0]); }},
      {"positive", all, [](T t) { return positive(t[0]); }, [](A a) -> Array { return +a[0]; }, whole},
      {"nan_to_num", all, [](T t) { return nan_to_num(with_nan(t[0])); },
       [](A a) -> Array { return xt::nan_to_num(with_nan(a[0])); }, whole},
      {"fmax", broadcasting(), [](T t) { return fmax(t[0], t[1]); }, [](A a) -> Array { return xt::fmax(a[0], a[1]); }},
      {"fmin", broadcasting(), [](T t) { return fmin(t[0], t[1]); }, [](A a) -> Array { return xt::fmin(a[0], a[1]); }},
      {"addcmul", broadcasting3(), [](T t) { return addcmul(t[0], t[1], t[2], 3); },
       [](A a) -> Array { return a[0] + 3. * a[1] * a[2]; }}};
}

std::vector<Ruling> arrangements() {
  return {
      {"rot90",
       {{{2, 3}}, {{1, 4}}, {{3, 3}}},
       [](T t) { return rot90(t[0]); },
       [](A a) -> Array { return xt::rot90(a[0]); },
       whole},
      {"vstack",
       {{{2, 3}, {1, 3}}},
       [](T t) {
         return vstack({t[0], t[1]});
       },
       [](A a) -> Array { return xt::vstack(xt::xtuple(a[0], a[1])); },
       whole},
      {"hstack",
       {{{2, 3}, {2, 1}}},
       [](T t) {
         return hstack({t[0], t[1]});
       },
       [](A a) -> Array { return xt::hstack(xt::xtuple(a[0], a[1])); },
       whole},
      {"flipud", {{{2, 3}}}, [](T t) { return flipud(t[0]); }, [](A a) -> Array { return xt::flip(a[0], 0); }, whole},
      {"fliplr", {{{2, 3}}}, [](T t) { return fliplr(t[0]); }, [](A a) -> Array { return xt::flip(a[0], 1); }, whole},
      {"diff",
       {{{5}}, {{2, 4}}, {{2, 3, 4}}},
       [](T t) { return diff(t[0]); },
       [](A a) -> Array { return xt::diff(a[0]); },
       whole},
      {"trapezoid",
       {{{5}}, {{2}}},
       [](T t) { return trapezoid(t[0], 0.5); },
       [](A a) { return Array(0.5 * (xt::sum(a[0])() - 0.5 * (a[0](0) + a[0](a[0].size() - 1)))); }},
      {"isin",
       {{{5}, {3}}, {{4}, {1}}},
       [](T t) { return isin(t[0], t[1]); },
       [](A a) -> Array {
         Array found = xt::zeros<double>(a[0].shape());
         for (const double element : a[1]) found = xt::where(xt::equal(a[0], element), 1., found);
         return found;
       },
       whole}};
}

std::vector<Ruling> products() {
  const auto three = std::vector<Shapes>{{{3, 3}}, {{2, 2}}, {{1, 1}}};
  return {{"kron",
           {{{2, 3}, {3, 2}}, {{1, 1}, {2, 2}}},
           [](T t) { return kron(t[0], t[1]); },
           [](A a) -> Array { return xt::linalg::kron(a[0], a[1]); }},
          {"vdot",
           {{{4}, {4}}, {{1}, {1}}},
           [](T t) { return vdot(t[0], t[1]); },
           [](A a) { return Array(xt::linalg::vdot(a[0], a[1])); }},
          {"matrix_power", three, [](T t) { return matrix_power(t[0], 3); },
           [](A a) -> Array { return xt::linalg::matrix_power(a[0], 3); }},
          {"cross",
           {{{3}, {3}}},
           [](T t) { return cross(t[0], t[1]); },
           [](A a) -> Array { return xt::linalg::cross(a[0], a[1]); }},
          {"pinv",
           {{{3, 2}}, {{2, 4}}, {{3, 3}}},
           [](T t) { return pinv(t[0]); },
           [](A a) -> Array { return xt::linalg::pinv(a[0]); },
           {},
           1e-9},
          {"mm",
           {{{2, 3}, {3, 4}}},
           [](T t) { return mm(t[0], t[1]); },
           [](A a) -> Array { return xt::linalg::dot(a[0], a[1]); }},
          {"mv",
           {{{2, 3}, {3}}},
           [](T t) { return mv(t[0], t[1]); },
           [](A a) -> Array { return xt::linalg::dot(a[0], a[1]); }}};
}

}  // namespace

std::vector<Ruling> further_rulings() {
  std::vector<Ruling> all = elementwise();
  for (const auto& family : {arrangements(), products()}) all.insert(all.end(), family.begin(), family.end());
  return all;
}

TEST_CASE("xtensor agrees with composed functions") { check(further_rulings()); }

}  // namespace xgrad::judge
