#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <xtensor/xmath.hpp>
#include <xtensor/xoperation.hpp>

#include "judge.hpp"

namespace xgrad::judge {
namespace {

using T = const Tensors&;
using A = const Arrays&;

constexpr Range positive{.low = 0.1, .high = 3}, inside{.low = -0.9, .high = 0.9}, above{.low = 1.1, .high = 4},
    whole{.low = -4, .high = 4, .whole = true}, counts{.low = 1, .high = 5, .whole = true};

std::vector<Ruling> unary() {
  const auto all = every_shape();
  // Tolerances: float32 and float64 functions are within a few ulp (docs/edges.md); cancellation in lgamma near 1, 2.
  return {
      {"exp", all, [](T t) { return exp(t[0]); }, [](A a) -> Array { return xt::exp(a[0]); }},
      {"exp2", all, [](T t) { return exp2(t[0]); }, [](A a) -> Array { return xt::exp2(a[0]); }},
      {"expm1", all, [](T t) { return expm1(t[0]); }, [](A a) -> Array { return xt::expm1(a[0]); }},
      {"log", all, [](T t) { return log(t[0]); }, [](A a) -> Array { return xt::log(a[0]); }, positive},
      {"log2", all, [](T t) { return log2(t[0]); }, [](A a) -> Array { return xt::log2(a[0]); }, positive},
      {"log10", all, [](T t) { return log10(t[0]); }, [](A a) -> Array { return xt::log10(a[0]); }, positive},
      {"log1p", all, [](T t) { return log1p(t[0]); }, [](A a) -> Array { return xt::log1p(a[0]); }, inside},
      {"sqrt", all, [](T t) { return sqrt(t[0]); }, [](A a) -> Array { return xt::sqrt(a[0]); }, positive},
      {"rsqrt", all, [](T t) { return rsqrt(t[0]); }, [](A a) -> Array { return 1 / xt::sqrt(a[0]); }, positive},
      {"cbrt", all, [](T t) { return cbrt(t[0]); }, [](A a) -> Array { return xt::cbrt(a[0]); }},
      {"square", all, [](T t) { return square(t[0]); }, [](A a) -> Array { return xt::square(a[0]); }, whole},
      {"negate", all, [](T t) { return -t[0]; }, [](A a) -> Array { return -a[0]; }, whole},
      {"abs", all, [](T t) { return abs(t[0]); }, [](A a) -> Array { return xt::abs(a[0]); }, whole},
      {"sign", all, [](T t) { return sign(t[0]); }, [](A a) -> Array { return xt::sign(a[0]); }, whole},
      {"reciprocal", all, [](T t) { return reciprocal(t[0]); }, [](A a) -> Array { return 1 / a[0]; }, positive},
      {"sin", all, [](T t) { return sin(t[0]); }, [](A a) -> Array { return xt::sin(a[0]); }},
      {"cos", all, [](T t) { return cos(t[0]); }, [](A a) -> Array { return xt::cos(a[0]); }},
      {"tan", all, [](T t) { return tan(t[0]); }, [](A a) -> Array { return xt::tan(a[0]); }, inside},
      {"asin", all, [](T t) { return asin(t[0]); }, [](A a) -> Array { return xt::asin(a[0]); }, inside},
      {"acos", all, [](T t) { return acos(t[0]); }, [](A a) -> Array { return xt::acos(a[0]); }, inside},
      {"atan", all, [](T t) { return atan(t[0]); }, [](A a) -> Array { return xt::atan(a[0]); }},
      {"sinh", all, [](T t) { return sinh(t[0]); }, [](A a) -> Array { return xt::sinh(a[0]); }},
      {"cosh", all, [](T t) { return cosh(t[0]); }, [](A a) -> Array { return xt::cosh(a[0]); }},
      {"tanh", all, [](T t) { return tanh(t[0]); }, [](A a) -> Array { return xt::tanh(a[0]); }},
      {"asinh", all, [](T t) { return asinh(t[0]); }, [](A a) -> Array { return xt::asinh(a[0]); }},
      {"acosh", all, [](T t) { return acosh(t[0]); }, [](A a) -> Array { return xt::acosh(a[0]); }, above},
      {"atanh", all, [](T t) { return atanh(t[0]); }, [](A a) -> Array { return xt::atanh(a[0]); }, inside},
      {"sigmoid", all, [](T t) { return sigmoid(t[0]); }, [](A a) -> Array { return 1 / (1 + xt::exp(-a[0])); }},
      {"erf", all, [](T t) { return erf(t[0]); }, [](A a) -> Array { return xt::erf(a[0]); }},
      {"erfc", all, [](T t) { return erfc(t[0]); }, [](A a) -> Array { return xt::erfc(a[0]); }},
      {"lgamma", all, [](T t) { return lgamma(t[0]); }, [](A a) -> Array { return xt::lgamma(a[0]); }, positive},
      {"floor", all, [](T t) { return floor(t[0]); }, [](A a) -> Array { return xt::floor(a[0]); }},
      {"ceil", all, [](T t) { return ceil(t[0]); }, [](A a) -> Array { return xt::ceil(a[0]); }},
      {"trunc", all, [](T t) { return trunc(t[0]); }, [](A a) -> Array { return xt::trunc(a[0]); }},
      // Halves go to the even neighbour.
      {"round", all, [](T t) { return round(t[0] / 2); }, [](A a) -> Array { return xt::nearbyint(a[0] / 2); }, whole},
      {"isnan", all, [](T t) { return isnan(t[0] / t[0]); }, [](A a) -> Array { return xt::isnan(a[0] / a[0]); },
       whole},
      {"isinf", all, [](T t) { return isinf(1 / t[0]); }, [](A a) -> Array { return xt::isinf(1 / a[0]); }, whole},
      {"isfinite", all, [](T t) { return isfinite(1 / t[0]); }, [](A a) -> Array { return xt::isfinite(1 / a[0]); },
       whole},
      {"logical_not", all, [](T t) { return logical_not(t[0]); }, [](A a) -> Array { return !xt::cast<bool>(a[0]); },
       whole},
      {"clip", all, [](T t) { return clip(t[0], -1, 2); }, [](A a) -> Array { return xt::clip(a[0], -1., 2.); }, whole},
      {"cast", all, [](T t) { return cast(t[0], int64); },
       [](A a) -> Array { return xt::cast<double>(xt::cast<std::int64_t>(a[0])); }, whole},
  };
}

std::vector<Ruling> binary() {
  const auto two = broadcasting();
  return {
      {"add", two, [](T t) { return t[0] + t[1]; }, [](A a) -> Array { return a[0] + a[1]; }, whole},
      {"subtract", two, [](T t) { return t[0] - t[1]; }, [](A a) -> Array { return a[0] - a[1]; }, whole},
      {"multiply", two, [](T t) { return t[0] * t[1]; }, [](A a) -> Array { return a[0] * a[1]; }, whole},
      {"divide", two, [](T t) { return t[0] / t[1]; }, [](A a) -> Array { return a[0] / a[1]; }, positive},
      {"pow", two, [](T t) { return pow(t[0], t[1]); }, [](A a) -> Array { return xt::pow(a[0], a[1]); }, positive},
      {"maximum", two, [](T t) { return maximum(t[0], t[1]); }, [](A a) -> Array { return xt::maximum(a[0], a[1]); },
       whole},
      {"minimum", two, [](T t) { return minimum(t[0], t[1]); }, [](A a) -> Array { return xt::minimum(a[0], a[1]); },
       whole},
      {"atan2", two, [](T t) { return atan2(t[0], t[1]); }, [](A a) -> Array { return xt::atan2(a[0], a[1]); }},
      {"hypot", two, [](T t) { return hypot(t[0], t[1]); }, [](A a) -> Array { return xt::hypot(a[0], a[1]); }},
      {"fmod", two, [](T t) { return fmod(t[0], t[1]); }, [](A a) -> Array { return xt::fmod(a[0], a[1]); }, counts},
      {"xlogy", two, [](T t) { return xlogy(t[0], t[1]); }, [](A a) -> Array { return a[0] * xt::log(a[1]); },
       positive},
      {"equal", two, [](T t) { return equal(t[0], t[1]); }, [](A a) -> Array { return xt::equal(a[0], a[1]); }, whole},
      {"not_equal", two, [](T t) { return not_equal(t[0], t[1]); },
       [](A a) -> Array { return xt::not_equal(a[0], a[1]); }, whole},
      {"less", two, [](T t) { return less(t[0], t[1]); }, [](A a) -> Array { return xt::less(a[0], a[1]); }, whole},
      {"less_equal", two, [](T t) { return less_equal(t[0], t[1]); },
       [](A a) -> Array { return xt::less_equal(a[0], a[1]); }, whole},
      {"greater", two, [](T t) { return greater(t[0], t[1]); }, [](A a) -> Array { return xt::greater(a[0], a[1]); },
       whole},
      {"greater_equal", two, [](T t) { return greater_equal(t[0], t[1]); },
       [](A a) -> Array { return xt::greater_equal(a[0], a[1]); }, whole},
      {"logical_and", two, [](T t) { return logical_and(t[0] > 0, t[1] > 0); },
       [](A a) -> Array { return (a[0] > 0) && (a[1] > 0); }, whole},
      {"logical_or", two, [](T t) { return logical_or(t[0] > 0, t[1] > 0); },
       [](A a) -> Array { return (a[0] > 0) || (a[1] > 0); }, whole},
      {"where", broadcasting3(), [](T t) { return where(t[0] > 0, t[1], t[2]); },
       [](A a) -> Array { return xt::where(a[0] > 0, a[1], a[2]); }, whole},
      {"lerp", broadcasting3(), [](T t) { return lerp(t[0], t[1], t[2]); },
       [](A a) -> Array { return a[0] + a[2] * (a[1] - a[0]); }},
      {"isclose", two, [](T t) { return isclose(t[0], t[1]); }, [](A a) -> Array { return xt::isclose(a[0], a[1]); },
       counts},
  };
}

}  // namespace

std::vector<Ruling> elementwise_rulings() {
  std::vector<Ruling> all = unary();
  for (Ruling& ruling : binary()) all.push_back(std::move(ruling));
  return all;
}

TEST_CASE("elementwise operations give what xtensor gives") { check(elementwise_rulings()); }

// NaN is no matter of xtensor's: its maximum(NaN, 0) is 0, ours NaN (docs/edges.md).

}  // namespace xgrad::judge
