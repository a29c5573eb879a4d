#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <numeric>
#include <set>
#include <string>
#include <vector>

#include <autograd/autograd.hpp>
#include <autograd/ops/common.hpp>
#include <autograd/primitive.hpp>

#include "expect.hpp"

// Integers are exact: no value of int64 passes through a floating-point number unless the result is one. What overflows
// wraps around modulo 2^64. The tables below hold every primitive that can be recorded.
namespace xgrad {
namespace {

using test::error_of;
using test::lacks;
using Integers = std::vector<std::int64_t>;

constexpr std::int64_t least = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t odd = (std::int64_t{1} << 53) + 1;  // no double
constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

/// Numbers that a double does not hold, those at the bounds, and small ones.
const Integers extremes = {odd, -odd, least, most, std::int64_t{1} << 62,      0, least + 1, most - 1,
                           3,   -7,   1,     -1,   (std::int64_t{1} << 62) + 1};

Tensor vector_of(const Integers& values) {
  return tensor(std::span<const std::int64_t>(values), {static_cast<std::int64_t>(values.size())});
}

Integers integers(const Tensor& x) {
  CHECK(x.dtype() == int64);
  return x.to_vector<std::int64_t>();
}

std::uint64_t bits(std::int64_t x) { return static_cast<std::uint64_t>(x); }
std::int64_t wrapped(std::uint64_t x) { return static_cast<std::int64_t>(x); }

using Unary = Tensor (*)(const Operand&);
using Binary = Tensor (*)(const Operand&, const Operand&);

struct ExactUnary {
  Unary f;
  std::function<std::int64_t(std::int64_t)> expected;
};
struct ExactBinary {
  Binary f;
  std::function<std::int64_t(std::int64_t, std::int64_t)> expected;
};

std::int64_t same(std::int64_t x) { return x; }
std::int64_t negated(std::int64_t x) { return wrapped(0 - bits(x)); }
std::int64_t fmod_of(std::int64_t a, std::int64_t b) { return b == 0 || b == -1 ? 0 : a % b; }
std::int64_t remainder_of(std::int64_t a, std::int64_t b) {
  const std::int64_t r = fmod_of(a, b);
  return r != 0 && (r < 0) != (b < 0) ? r + b : r;
}

/// Euclid's algorithm.
std::int64_t gcd_of(std::int64_t a, std::int64_t b) {
  std::uint64_t x = a < 0 ? 0 - bits(a) : bits(a), y = b < 0 ? 0 - bits(b) : bits(b);
  while (y != 0) {
    x %= y;
    std::swap(x, y);
  }
  return wrapped(x);
}
std::int64_t lcm_of(std::int64_t a, std::int64_t b) {
  if (a == 0 || b == 0) return 0;
  const std::uint64_t x = a < 0 ? 0 - bits(a) : bits(a), y = b < 0 ? 0 - bits(b) : bits(b);
  return wrapped(x / bits(gcd_of(a, b)) * y);
}
std::int64_t floor_divide_of(std::int64_t a, std::int64_t b) {
  if (b == 0) return 0;
  __extension__ typedef __int128 Wide;  // -2^63 / -1 needs 65 bits
  const Wide quotient = Wide{a} / b;
  return static_cast<std::int64_t>(quotient * b != a && (a < 0) != (b < 0) ? quotient - 1 : quotient);
}
std::int64_t left_shift_of(std::int64_t a, std::int64_t b) {
  std::uint64_t result = bits(a);
  for (std::int64_t i = 0; i < (b < 0 ? 64 : std::min<std::int64_t>(b, 64)); ++i) result *= 2;
  return wrapped(result);
}
std::int64_t right_shift_of(std::int64_t a, std::int64_t b) {
  for (std::int64_t i = 0; i < (b < 0 ? 64 : std::min<std::int64_t>(b, 64)); ++i) a = floor_divide_of(a, 2);
  return a;
}

const std::map<std::string, ExactUnary> exact_unary = {
    {"negate", {negate, negated}},
    {"abs", {abs, [](std::int64_t x) { return x < 0 ? negated(x) : x; }}},
    {"square", {square, [](std::int64_t x) { return wrapped(bits(x) * bits(x)); }}},
    {"sign", {sign, [](std::int64_t x) { return std::int64_t{x > 0} - std::int64_t{x < 0}; }}},
    {"relu", {relu, [](std::int64_t x) { return std::max<std::int64_t>(x, 0); }}},
    {"floor", {floor, same}},
    {"ceil", {ceil, same}},
    {"round", {round, same}},
    {"trunc", {trunc, same}},
    {"stop_gradient", {stop_gradient, same}},
};

const std::map<std::string, ExactBinary> exact_binary = {
    {"add", {add, [](std::int64_t a, std::int64_t b) { return wrapped(bits(a) + bits(b)); }}},
    {"subtract", {subtract, [](std::int64_t a, std::int64_t b) { return wrapped(bits(a) - bits(b)); }}},
    {"multiply", {multiply, [](std::int64_t a, std::int64_t b) { return wrapped(bits(a) * bits(b)); }}},
    {"maximum", {maximum, [](std::int64_t a, std::int64_t b) { return std::max(a, b); }}},
    {"minimum", {minimum, [](std::int64_t a, std::int64_t b) { return std::min(a, b); }}},
    {"fmod", {fmod, fmod_of}},
    {"remainder", {remainder, remainder_of}},
    {"bitwise_and", {bitwise_and, [](std::int64_t a, std::int64_t b) { return a & b; }}},
    {"bitwise_or", {bitwise_or, [](std::int64_t a, std::int64_t b) { return a | b; }}},
    {"bitwise_xor", {bitwise_xor, [](std::int64_t a, std::int64_t b) { return a ^ b; }}},
    {"bitwise_left_shift", {bitwise_left_shift, left_shift_of}},
    {"bitwise_right_shift", {bitwise_right_shift, right_shift_of}},
    {"gcd", {gcd, gcd_of}},
    {"lcm", {lcm, lcm_of}},
    {"floor_divide", {floor_divide, floor_divide_of}},
};

const std::map<std::string, ExactBinary> comparisons = {
    {"equal", {equal, [](std::int64_t a, std::int64_t b) { return std::int64_t{a == b}; }}},
    {"not_equal", {not_equal, [](std::int64_t a, std::int64_t b) { return std::int64_t{a != b}; }}},
    {"less", {less, [](std::int64_t a, std::int64_t b) { return std::int64_t{a < b}; }}},
    {"less_equal", {less_equal, [](std::int64_t a, std::int64_t b) { return std::int64_t{a <= b}; }}},
    {"greater", {greater, [](std::int64_t a, std::int64_t b) { return std::int64_t{a > b}; }}},
    {"greater_equal", {greater_equal, [](std::int64_t a, std::int64_t b) { return std::int64_t{a >= b}; }}},
};

/// Functions of real numbers: of int64 they are what they are of its float32.
const std::map<std::string, Unary> real_unary = {
    {"exp", exp},         {"log", log},       {"log1p", log1p}, {"sqrt", sqrt},   {"tanh", tanh},
    {"sigmoid", sigmoid}, {"expm1", expm1},   {"exp2", exp2},   {"log2", log2},   {"log10", log10},
    {"cbrt", cbrt},       {"erf", erf},       {"erfc", erfc},   {"sin", sin},     {"cos", cos},
    {"tan", tan},         {"asin", asin},     {"acos", acos},   {"atan", atan},   {"sinh", sinh},
    {"cosh", cosh},       {"asinh", asinh},   {"acosh", acosh}, {"atanh", atanh}, {"lgamma", lgamma},
    {"digamma", digamma}, {"erfinv", erfinv}, {"bessel_i", i0}};
const std::map<std::string, Binary> real_binary = {
    {"divide", divide}, {"pow", pow}, {"atan2", atan2}, {"hypot", hypot}, {"logaddexp", logaddexp}};

/// Calls of int64 whose results are integers, and these.
struct Exact {
  std::function<Tensor(const Tensor&)> f;
  std::function<Integers(const Integers&)> expected;
};

Integers sorted(Integers x) {
  std::sort(x.begin(), x.end());
  return x;
}
Integers reversed(Integers x) {
  std::reverse(x.begin(), x.end());
  return x;
}
template <class F>
Integers scanned(const Integers& x, F f) {
  Integers result = x;
  for (std::size_t i = 1; i < x.size(); ++i) result[i] = wrapped(f(bits(result[i - 1]), bits(x[i])));
  return result;
}
std::int64_t total(const Integers& x) { return scanned(x, std::plus<>()).back(); }
std::int64_t product(const Integers& x) { return scanned(x, std::multiplies<>()).back(); }
Integers twice(Integers x) {
  const Integers once = x;
  x.insert(x.end(), once.begin(), once.end());
  return x;
}
template <class F>
Integers each(Integers x, F f) {
  for (std::int64_t& value : x) value = f(value);
  return x;
}
Tensor backwards(const Tensor& x) { return arange(x.size() - 1, -1, -1); }
Integers identity(const Integers& x) { return x; }
std::int64_t place_of(const Integers& x, std::int64_t value) {
  return std::find(x.begin(), x.end(), value) - x.begin();
}

const std::map<std::string, std::vector<Exact>> exact_calls = {
    {"sum",
     {{[](const Tensor& x) { return sum(x); }, [](const Integers& x) { return Integers{total(x)}; }},
      {[](const Tensor& x) {
         return sum(x * ones({4, 1}, int64), 0);
       },
       [](const Integers& x) { return each(x, [](std::int64_t v) { return wrapped(4 * bits(v)); }); }},
      {[](const Tensor& x) { return trace(diag(x)); }, [](const Integers& x) { return Integers{total(x)}; }}}},
    {"max",
     {{[](const Tensor& x) { return max(x); }, [](const Integers&) { return Integers{most}; }},
      {[](const Tensor& x) { return topk(x, 1).values; }, [](const Integers&) { return Integers{most}; }}}},
    {"min", {{[](const Tensor& x) { return min(x); }, [](const Integers&) { return Integers{least}; }}}},
    {"argmax",
     {{[](const Tensor& x) { return argmax(x); }, [](const Integers& x) { return Integers{place_of(x, most)}; }}}},
    {"argmin",
     {{[](const Tensor& x) { return argmin(x); }, [](const Integers& x) { return Integers{place_of(x, least)}; }}}},
    {"argsort",
     {{[](const Tensor& x) { return sort(x); }, sorted},
      {[](const Tensor& x) { return take(x, argsort(x)); }, sorted},
      {[](const Tensor& x) { return sort(x, 0, {.descending = true}); },
       [](const Integers& x) { return reversed(sorted(x)); }},
      {[](const Tensor& x) { return median(x); },
       [](const Integers& x) { return Integers{sorted(x)[(x.size() - 1) / 2]}; }}}},
    {"cumsum",
     {{[](const Tensor& x) { return cumsum(x, 0); }, [](const Integers& x) { return scanned(x, std::plus<>()); }}}},
    {"extreme_so_far",
     {{[](const Tensor& x) { return cummax(x, 0).values; },
       [](Integers x) {
         for (std::size_t i = 1; i < x.size(); ++i) x[i] = std::max(x[i], x[i - 1]);
         return x;
       }}}},
    {"mode_place",
     {{[](const Tensor& x) {
         return mode(concatenate({x, full({20}, odd, int64)})).values;
       },
       [](const Integers&) { return Integers{odd}; }}}},
    {"searchsorted",
     {{[](const Tensor& x) { return take(sort(x), searchsorted(sort(x), x)); }, identity},
      {[](const Tensor& x) {
         return unique(concatenate({x, x})).values;
       },
       [](const Integers& x) {
         Integers values = sorted(x);
         values.erase(std::unique(values.begin(), values.end()), values.end());
         return values;
       }}}},
    {"scatter_extremum",
     {{[](const Tensor& x) {
         return scatter_reduce(zeros({1}, int64), 0, zeros_like(x), x, ScatterReduction::amax, {.include_self = false});
       },
       [](const Integers&) { return Integers{most}; }}}},
    {"segmented_scan",
     {{[](const Tensor& x) {
         const Tensor factors = where(equal(x, 0), odd, x);
         return scatter_reduce(ones({1}, int64), 0, zeros_like(x), factors, ScatterReduction::prod);
       },
       [](const Integers& x) { return Integers{product(each(x, [](std::int64_t v) { return v == 0 ? odd : v; }))}; }}}},
    {"linear_scan",
     {{[](const Tensor& x) { return cumprod(x, 0); },
       [](const Integers& x) { return scanned(x, std::multiplies<>()); }},
      {[](const Tensor& x) { return prod(where(equal(x, 0), odd, x)); },
       [](const Integers& x) { return Integers{product(each(x, [](std::int64_t v) { return v == 0 ? odd : v; }))}; }}}},
    {"where",
     {{[](const Tensor& x) { return where(less(x, 0), x, odd); },
       [](const Integers& x) { return each(x, [](std::int64_t v) { return v < 0 ? v : odd; }); }},
      {[](const Tensor& x) { return masked_fill(x, equal(x, 0), odd); },
       [](const Integers& x) { return each(x, [](std::int64_t v) { return v == 0 ? odd : v; }); }},
      {[](const Tensor& x) { return clip(x, -odd, odd); },
       [](const Integers& x) { return each(x, [](std::int64_t v) { return std::clamp(v, -odd, odd); }); }},
      {[](const Tensor& x) { return clip(x, {}, most - 1); },
       [](const Integers& x) { return each(x, [](std::int64_t v) { return std::min(v, most - 1); }); }}}},
    {"cast",
     {{[](const Tensor& x) { return cast(x, int64); }, identity},
      {[](const Tensor& x) { return sum(cast(x, boolean)); },
       [](const Integers& x) { return Integers{static_cast<std::int64_t>(x.size()) - 1}; }}}},
    {"take",
     {{[](const Tensor& x) { return take(x, backwards(x)); }, reversed},
      {[](const Tensor& x) { return at(x, {backwards(x)}); }, reversed},
      {[](const Tensor& x) { return masked_select(x, greater(x, odd)); },
       [](Integers x) {
         std::erase_if(x, [](std::int64_t v) { return v <= odd; });
         return x;
       }}}},
    {"add_at", {{[](const Tensor& x) { return ops::add_at(x.shape(), 0, backwards(x), x); }, reversed}}},
    {"index_add",
     {{[](const Tensor& x) { return index_add(x, 0, backwards(x), flip(x)); },
       [](const Integers& x) { return each(x, [](std::int64_t v) { return wrapped(2 * bits(v)); }); }}}},
    {"gather", {{[](const Tensor& x) { return gather(x, 0, backwards(x)); }, reversed}}},
    {"scatter_add",
     {{[](const Tensor& x) { return scatter_add({1}, 0, zeros_like(x), x); },
       [](const Integers& x) { return Integers{total(x)}; }}}},
    {"last_position", {{[](const Tensor& x) { return put_along_axis(zeros_like(x), backwards(x), x, 0); }, reversed}}},
    {"joint_index",
     {{[](const Tensor& x) {
         return at(expand_dims(x, 1), {backwards(x), zeros_like(x)});
       },
       reversed}}},
    {"one_hot", {{[](const Tensor& x) { return sum(one_hot(backwards(x), x.size(), int64) * x, 1); }, reversed}}},
    {"reshape",
     {{[](const Tensor& x) {
         return flatten(reshape(x, {1, -1}));
       },
       identity}}},
    {"transpose",
     {{[](const Tensor& x) {
         return flatten(transpose(reshape(concatenate({x, x}), {2, -1})));
       },
       [](const Integers& x) {
         Integers result;
         for (const std::int64_t v : x) result.insert(result.end(), {v, v});
         return result;
       }}}},
    {"broadcast_to",
     {{[](const Tensor& x) {
         return flatten(broadcast_to(x, {2, x.size()}));
       },
       twice}}},
    {"slice", {{[](const Tensor& x) { return flip(x); }, reversed}}},
    {"embed",  // the derivative of a slice, of which integers have none
     {{[](const Tensor& x) { return slice(x, 0, 0, x.size()); }, identity}}},
    {"concatenate",
     {{[](const Tensor& x) {
         return concatenate({x, x});
       },
       twice},
      {[](const Tensor& x) {
         return pad(x, {{0, 1}}, {.value = odd});
       },
       [](Integers x) {
         x.push_back(odd);
         return x;
       }}}},
    {"arange",
     {{[](const Tensor&) { return arange(odd, odd + 3); },
       [](const Integers&) {
         return Integers{odd, odd + 1, odd + 2};
       }},
      {[](const Tensor&) { return arange(most - 1, most); }, [](const Integers&) { return Integers{most - 1}; }},
      {[](const Tensor&) { return arange(least, most, most); },
       [](const Integers&) {
         return Integers{least, -1, most - 1};
       }},
      {[](const Tensor&) { return full({2}, odd, int64); },
       [](const Integers&) {
         return Integers{odd, odd};
       }}}},
};

/// Operations of real numbers only.
const std::map<std::string, std::function<Tensor(const Tensor&)>> refused = {
    {"matmul", [](const Tensor& x) { return matmul(x, x); }},
    {"window_argmax",
     [](const Tensor& x) {
       return max_pool2d_with_indices(reshape(x, {1, 1, -1, 1}), 1).indices;
     }},
    {"pick_largest",
     [](const Tensor& x) {
       return max_pool2d(reshape(x, {1, 1, -1, 1}), 1);
     }},
    {"adaptive_argmax",
     [](const Tensor& x) {
       return adaptive_max_pool2d(reshape(x, {1, 1, -1, 1}), 1);
     }},
    {"resample",
     [](const Tensor& x) {
       return interpolate(reshape(x, {1, 1, -1}), {.size = {2}});
     }},
    {"sample_points",
     [](const Tensor& x) {
       return grid_sample(reshape(x, {1, 1, -1, 1}), zeros({1, 1, 1, 2}));
     }},
};

/// Of matrices, and like those of real_unary.
const std::map<std::string, std::function<Tensor(const Tensor&)>> real_matrices = {
    {"cholesky", [](const Tensor& x) { return cholesky(x); }},
    {"solve_triangular", [](const Tensor& x) { return solve_triangular(x, x); }},
    {"solve", [](const Tensor& x) { return solve(x, x); }},
    {"det", [](const Tensor& x) { return det(x); }},
    {"slogdet", [](const Tensor& x) { return slogdet(x).logabs; }},
    {"qr", [](const Tensor& x) { return qr(x).q; }},
    {"eigh", [](const Tensor& x) { return eigh(x).values; }},
    {"svd", [](const Tensor& x) { return svd(x).s; }},
    {"logcumsumexp", [](const Tensor& x) { return logcumsumexp(x, 0); }},
    {"lu", [](const Tensor& x) { return lu_factor(x).lu; }},
    {"pinv", [](const Tensor& x) { return pinv(x); }},
    {"matrix_exp", [](const Tensor& x) { return matrix_exp(x * 0.1); }},
    {"rfft", [](const Tensor& x) { return rfft(x); }},
};

/// Primitives that no int64 reaches, and those that hand on what they are given.
const std::set<std::string> others = {"cofactors",
                                      "linspace",
                                      "unfold",
                                      "fold",
                                      "placeholder",
                                      "recompute",
                                      "checkpoint",
                                      "on_gradient",
                                      "ran",
                                      "all_reduce",
                                      "reduce",
                                      "broadcast",
                                      "all_gather",
                                      "reduce_scatter",
                                      "all_to_all",
                                      "replicated",
                                      "member",
                                      "copy_to_group",
                                      "reduce_from_group",
                                      "scatter_to_group",
                                      "gather_from_group",
                                      "random_bernoulli",
                                      "random_uniform",
                                      "random_normal",
                                      "random_truncated_normal",
                                      "random_integers",
                                      "polygamma",
                                      "spread_points",
                                      "match_points",
                                      "mixed_cofactors",
                                      "row_order",
                                      "fft",
                                      "irfft",
                                      "spread_to_largest",
                                      "channel_product",
                                      "channel_correlation",
                                      "window_product",
                                      "window_correlation",
                                      "winograd_product",
                                      "winograd_correlation",
                                      "winograd_data",
                                      "winograd_data_adjoint",
                                      "winograd_result",
                                      "winograd_result_adjoint"};

}  // namespace

TEST_CASE("every primitive is in a table of what it does with int64") {
  for (const Primitive* primitive : primitives()) {
    const std::string name = primitive->name;
    const bool known = exact_unary.contains(name) || exact_binary.contains(name) || comparisons.contains(name) ||
                       real_unary.contains(name) || real_binary.contains(name) || exact_calls.contains(name) ||
                       refused.contains(name) || real_matrices.contains(name) || others.contains(name);
    CHECK_MESSAGE(known, name);
  }
}

TEST_CASE("elementwise operations on int64 are exact and wrap around") {
  const Tensor x = vector_of(extremes), column = expand_dims(x, 1);
  const std::size_t n = extremes.size();
  for (const auto& entry : exact_unary) {
    const auto& name = entry.first;
    const auto& row = entry.second;
    INFO(name);
    CHECK(integers(row.f(x)) == each(extremes, row.expected));
  }
  for (const auto* table : {&exact_binary, &comparisons}) {
    for (const auto& entry : *table) {
      const auto& name = entry.first;
      const auto& row = entry.second;
      INFO(name);
      Integers expected;
      for (const std::int64_t a : extremes)
        for (const std::int64_t b : extremes) expected.push_back(row.expected(a, b));
      const Tensor all = row.f(column, x);
      CHECK(all.dtype() == (table == &comparisons ? boolean : int64));
      CHECK(all.to_vector<std::int64_t>() == expected);
      // Plain numbers on either side, and on both.
      for (std::size_t i = 0; i < n; ++i) {
        const Integers right = row.f(x, extremes[i]).to_vector<std::int64_t>();
        const Integers left = row.f(extremes[i], x).to_vector<std::int64_t>();
        for (std::size_t k = 0; k < n; ++k) {
          CHECK(right[k] == row.expected(extremes[k], extremes[i]));
          CHECK(left[k] == row.expected(extremes[i], extremes[k]));
        }
        CHECK(row.f(extremes[i], extremes[0]).item<std::int64_t>() == row.expected(extremes[i], extremes[0]));
      }
    }
  }
}

TEST_CASE("reductions, selections and rearrangements of int64 are exact and wrap around") {
  const Tensor x = vector_of(extremes);
  for (const auto& entry : exact_calls) {
    const auto& name = entry.first;
    const auto& rows = entry.second;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      INFO(name, " ", i);
      CHECK(integers(rows[i].f(x)) == rows[i].expected(extremes));
    }
  }
}

TEST_CASE("a chain of operations on int64 is exact, fused or not") {
  const Tensor x = vector_of(extremes), y = (x * 3 - odd) * x + abs(-x);
  Integers expected;
  for (const std::int64_t v : extremes) {
    const std::int64_t size = v < 0 ? negated(v) : v;
    expected.push_back(wrapped((bits(v) * 3 - bits(odd)) * bits(v) + bits(size)));
  }
  CHECK(integers(y) == expected);
  CHECK(integers(sum(y)) == Integers{total(expected)});
}

TEST_CASE("functions of real numbers take int64 as its float32") {
  const Tensor x = vector_of(extremes);
  const auto text_of = [](const Tensor& t) {
    CHECK(t.dtype() == float32);
    return to_string(t.to(float64));
  };
  for (const auto& entry : real_unary) {
    const auto& name = entry.first;
    const auto& f = entry.second;
    INFO(name);
    CHECK(text_of(f(x)) == text_of(f(x.to(float32))));
  }
  for (const auto& entry : real_binary) {
    const auto& name = entry.first;
    const auto& f = entry.second;
    INFO(name);
    CHECK(text_of(f(x, x)) == text_of(f(x.to(float32), x.to(float32))));
  }
  const Tensor matrix = tensor({{2, 1}, {1, 3}}, int64);
  for (const auto& entry : real_matrices) {
    const auto& name = entry.first;
    const auto& f = entry.second;
    INFO(name);
    CHECK(text_of(f(matrix)) == text_of(f(matrix.to(float32))));
  }
}

TEST_CASE("operations of real numbers alone refuse int64 and name its dtype") {
  const Tensor x = vector_of(extremes);
  for (const auto& entry : refused) {
    const auto& name = entry.first;
    const auto& f = entry.second;
    INFO(name);
    CHECK(lacks(error_of([&] { eval(f(x)); }), {"int64"}) == "");
  }
}

TEST_CASE("int64 is compared with plain floating-point numbers as numbers are") {
  const Tensor x = vector_of(extremes);
  for (const double number : {0.5, -7.25, 9007199254740992.0, -9007199254740992.0, 0x1p62, 0x1p63, -0x1p63, 1e300,
                              -1e300, 3.0, infinity, -infinity, nan}) {
    for (std::size_t i = 0; i < extremes.size(); ++i) {
      // long double holds every int64 and every double.
      const auto a = static_cast<long double>(extremes[i]), b = static_cast<long double>(number);
      INFO(extremes[i], " and ", number);
      CHECK(less(x, number).to_vector<bool>()[i] == (a < b));
      CHECK(less_equal(x, number).to_vector<bool>()[i] == (a <= b));
      CHECK(greater(x, number).to_vector<bool>()[i] == (a > b));
      CHECK(greater_equal(number, x).to_vector<bool>()[i] == (b >= a));
      CHECK(equal(x, number).to_vector<bool>()[i] == (a == b));
      CHECK(not_equal(number, x).to_vector<bool>()[i] == (a != b));
      CHECK(less(extremes[i], number).item<bool>() == (a < b));
      CHECK(equal(number, extremes[i]).item<bool>() == (a == b));
    }
  }
  CHECK(isfinite(x).to_vector<bool>() == std::vector<bool>(extremes.size(), true));
  CHECK(isinf(x).to_vector<bool>() == std::vector<bool>(extremes.size(), false));
}

TEST_CASE("int64 goes into braces, numbers, text and back without loss") {
  for (const std::int64_t v : extremes) {
    CHECK(tensor({v, v}, int64).to_vector<std::int64_t>() == Integers{v, v});
    CHECK(Tensor(v).item<std::int64_t>() == v);
    CHECK(full({}, v, int64).item<std::int64_t>() == v);
    CHECK(cast(v, int64).item<std::int64_t>() == v);
    CHECK(to_string(Tensor(v)).starts_with(std::to_string(v) + "\n"));
    CHECK(to_string(tensor({v}, int64)).starts_with("[" + std::to_string(v) + "]\n"));
    CHECK((Tensor(v) * tensor({1.0}, float64)).item() == static_cast<double>(v));
    CHECK(tensor({v}, float32).item<float>() == static_cast<float>(v));
  }
}

TEST_CASE("int64 refuses numbers that it does not hold") {
  for (const double v : {nan, infinity, -infinity, 1.5, -0.25, 0x1p63, -0x1p64, 1e300}) {
    INFO(v);
    CHECK(lacks(error_of([&] { tensor({1.0, v}, int64); }), {"tensor: value number 1 is ", "int64", "whole"}) == "");
    CHECK(lacks(error_of([&] { full({2}, v, int64); }), {"full: value is ", "int64", "whole"}) == "");
    CHECK(lacks(error_of([&] { arange(v, 10); }), {"arange: ", "expected"}) == "");
    CHECK(lacks(error_of([&] { masked_fill(arange(2), true, v); }), {"masked_fill: ", "value", "int64"}) == "");
    CHECK(lacks(error_of([&] { pad(arange(2), {{1, 0}}, {.value = v}); }), {"pad: ", "int64"}) == "");
  }
  CHECK(tensor({2.0, -0x1p63}, int64).to_vector<std::int64_t>() == Integers{2, least});
  CHECK(lacks(error_of([] { Tensor(~std::uint64_t{0}); }), {"18446744073709551615", "int64"}) == "");
  CHECK(lacks(error_of([] { tensor({~std::uint64_t{0}}, int64); }), {"18446744073709551615", "int64"}) == "");
  CHECK(Tensor(std::uint64_t{1} << 62).item<std::uint64_t>() == std::uint64_t{1} << 62);
  const Tensor half = tensor({0.5});
  CHECK(lacks(error_of([&] { index_add(arange(2), 0, tensor({0}, int64), half); }),
              {"index_add", "source", "float32"}) == "");
  CHECK(lacks(error_of([&] { put_along_axis(arange(1), tensor({0}, int64), half, 0); }),
              {"put_along_axis", "values", "float32"}) == "");
  CHECK(lacks(error_of([&] { masked_fill(equal(half, half), true, 2); }), {"masked_fill", "value", "2", "bool"}) == "");
}

TEST_CASE("item refuses integer types that do not hold the value") {
  CHECK(Tensor(odd).item<std::int64_t>() == odd);
  CHECK(lacks(error_of([] { (void)Tensor(odd).item<int>(); }), {"item", "9007199254740993"}) == "");
  CHECK(lacks(error_of([] { (void)Tensor(-1).item<std::uint8_t>(); }), {"item", "-1"}) == "");
  CHECK(lacks(error_of([] { (void)tensor({0x1p63}, float64).item<std::int64_t>(); }),
              {"item", "9.223372036854776e+18"}) == "");
  CHECK(Tensor(0.5).item<bool>());
  CHECK(Tensor(nan).item<bool>());
  CHECK(tensor({0.25}).item<bool>());
}

TEST_CASE("casts of floating-point numbers to int64 truncate, saturate, and make 0 of NaN") {
  const std::vector<double> given = {nan,   infinity, -infinity, 0x1p63, -0x1p63, -0x1p64,
                                     1e300, 2.75,     -2.75,     0x1p62, 0.0};
  const Integers expected = {0, most, least, most, least, least, most, 2, -2, std::int64_t{1} << 62, 0};
  const Tensor x = tensor(std::span<const double>(given), {static_cast<std::int64_t>(given.size())});
  CHECK(integers(cast(x, int64)) == expected);
  CHECK(integers(cast(x.to(float32), int64)) == expected);
  for (std::size_t i = 0; i < given.size(); ++i) CHECK(cast(given[i], int64).item<std::int64_t>() == expected[i]);
  CHECK(cast(x, boolean).to_vector<bool>() ==
        std::vector<bool>{true, true, true, true, true, true, true, true, true, true, false});
}

TEST_CASE("clip keeps int64 within integer bounds, and gives float32 by others") {
  const Tensor x = tensor({-5, 0, 5}, int64);
  CHECK(test::difference(clip(x, -1, 2), test::i64({-1, 0, 2})) == "");
  CHECK(clip(x, -1, {}).dtype() == int64);
  CHECK(clip(x, std::nullopt, 2).dtype() == int64);
  CHECK(test::difference(clip(x, -0.5, 2.0), tensor({-0.5, 0, 2})) == "");
  CHECK(lacks(error_of([&] { clip(x, odd, odd - 1); }), {"clip", "9007199254740993", "9007199254740992"}) == "");
}

TEST_CASE("means, variances and deviations of int64 are those of its float64, rounded to float32") {
  const Tensor large = tensor({1000000001, 1000000002, 1000000003}, int64);
  CHECK(test::difference(var(large), tensor(1)) == "");
  CHECK(test::difference(std(large), tensor(1)) == "");
  CHECK(mean(large).dtype() == float32);
  const std::int64_t many = 1 << 20;
  CHECK(test::difference(mean(16777217 + zeros({many}, int64)), tensor(16777217, float32)) == "");
}

}  // namespace xgrad
