#include <cmath>
#include <cstdint>
#include <numeric>

#include <autograd/kernel/functors.hpp>
#include <autograd/kernel/integers.hpp>

// ------------------------------------------------------------------------------------------------- kernels

namespace xgrad::kernels {
namespace {

/// f of single integers; never called with other numbers.
template <class V, class F>
V of_integers(const V& a, const V& b, F f) noexcept {
  if constexpr (std::is_integral_v<V>)
    return static_cast<V>(f(a, b));
  else
    return a;
}

constexpr std::uint64_t magnitude(std::int64_t x) noexcept {
  return x < 0 ? std::uint64_t{0} - static_cast<std::uint64_t>(x) : static_cast<std::uint64_t>(x);
}

template <class T>
T floor_quotient(T a, T b) noexcept {
  if constexpr (std::is_integral_v<T>) {
    if (b == 0) return 0;
    if (b == -1) return kernels::wrapping_negate(a);
    const T quotient = a / b;
    return quotient * b != a && (a < 0) != (b < 0) ? quotient - 1 : quotient;
  } else {
    if (b == 0 || !std::isfinite(a) || std::isinf(b)) return std::floor(a / b);
    // Of what divides exactly but for the remainder, the quotient is a whole number but for rounding.
    T rest = std::fmod(a, b);
    if (rest != 0 && (rest < 0) != (b < 0)) rest += b;
    const T quotient = (a - rest) / b;
    return std::copysign(std::nearbyint(quotient), a / b);
  }
}

}  // namespace

template <class>
struct BitwiseAnd : Binary {
  template <class V>
  static V apply(const V& a, const V& b) noexcept {
    return of_integers(a, b, [](auto p, auto q) { return p & q; });
  }
};
template <class>
struct BitwiseOr : Binary {
  template <class V>
  static V apply(const V& a, const V& b) noexcept {
    return of_integers(a, b, [](auto p, auto q) { return p | q; });
  }
};
template <class>
struct BitwiseXor : Binary {
  template <class V>
  static V apply(const V& a, const V& b) noexcept {
    return of_integers(a, b, [](auto p, auto q) { return p ^ q; });
  }
};
template <class>
struct LeftShift : Binary {
  template <class V>
  static V apply(const V& a, const V& b) noexcept {
    return of_integers(a, b, [](std::int64_t p, std::int64_t q) {
      return q < 0 || q > 63 ? 0 : static_cast<std::int64_t>(static_cast<std::uint64_t>(p) << q);
    });
  }
};
template <class>
struct RightShift : Binary {
  template <class V>
  static V apply(const V& a, const V& b) noexcept {
    return of_integers(a, b, [](std::int64_t p, std::int64_t q) { return p >> (q < 0 || q > 63 ? 63 : q); });
  }
};
template <class>
struct Gcd : Binary {
  template <class V>
  static V apply(const V& a, const V& b) noexcept {
    return of_integers(a, b, [](std::int64_t p, std::int64_t q) {
      return static_cast<std::int64_t>(std::gcd(magnitude(p), magnitude(q)));
    });
  }
};
template <class>
struct Lcm : Binary {
  template <class V>
  static V apply(const V& a, const V& b) noexcept {
    return of_integers(a, b, [](std::int64_t p, std::int64_t q) {
      const std::uint64_t x = magnitude(p), y = magnitude(q);
      return x == 0 || y == 0 ? std::int64_t{0} : static_cast<std::int64_t>(x / std::gcd(x, y) * y);
    });
  }
};
template <class>
struct FloorDivide : Binary {
  template <class V>
  static V apply(const V& a, const V& b) noexcept {
    return by_lane(a, b, [](auto p, auto q) { return floor_quotient(p, q); });
  }
};

template struct Compiled<BitwiseAnd, BitwiseOr, BitwiseXor, LeftShift, RightShift, Gcd, Lcm, FloorDivide>;

}  // namespace xgrad::kernels

#ifndef XGRAD_TARGET_AVX2

#include <autograd/ops/elementwise.hpp>

namespace xgrad {
namespace {

using ops::elementwise;

// ------------------------------------------------------------------------------------------------- samples

template <Tensor (*op)(const Operand&, const Operand&)>
std::vector<Sample> integer_samples(const std::vector<std::int64_t>& expected) {
  const auto call = [](const std::vector<Tensor>& x) { return op(x[0], x[1]); };
  const Tensor a = tensor({12, -12, 7, 0}, int64), b = tensor({10, 2, -3, 5}, int64);
  return {{"pairs", call, {a, b}, tensor(std::span(expected), {4})}};
}

// ------------------------------------------------------------------------------------------------- primitives

constexpr Primitive and_primitive =
    elementwise<kernels::BitwiseAnd>("bitwise_and", "a and b, bit by bit", nullptr, 0, [] {
      return integer_samples<bitwise_and>({8, 0, 5, 0});
    });
constexpr Primitive or_primitive = elementwise<kernels::BitwiseOr>("bitwise_or", "a or b, bit by bit", nullptr, 0, [] {
  return integer_samples<bitwise_or>({14, -10, -1, 5});
});
constexpr Primitive xor_primitive =
    elementwise<kernels::BitwiseXor>("bitwise_xor", "either a or b, bit by bit", nullptr, 0, [] {
      return integer_samples<bitwise_xor>({6, -10, -6, 5});
    });
constexpr Primitive left_primitive = elementwise<kernels::LeftShift>("bitwise_left_shift", "a 2^b", nullptr, 0, [] {
  return integer_samples<bitwise_left_shift>({12288, -48, 0, 0});
});
constexpr Primitive right_primitive =
    elementwise<kernels::RightShift>("bitwise_right_shift", "floor(a / 2^b)", nullptr, 0, [] {
      return integer_samples<bitwise_right_shift>({0, -3, 0, 0});
    });
constexpr Primitive gcd_primitive = elementwise<kernels::Gcd>("gcd", "greatest common divisor", nullptr, 0, [] {
  return integer_samples<gcd>({2, 2, 1, 5});
});
constexpr Primitive lcm_primitive = elementwise<kernels::Lcm>("lcm", "least common multiple", nullptr, 0, [] {
  return integer_samples<lcm>({60, 12, 21, 0});
});
constexpr Primitive floor_divide_primitive =
    elementwise<kernels::FloorDivide>("floor_divide", "floor(a / b)", nullptr, 0, [] {
      return integer_samples<floor_divide>({1, -6, -3, 0});
    });

void check_integers(const char* op, const char* argument, const Tensor& x) {
  ops::check_defined(op, argument, x);
  if (is_floating(x.dtype())) {
    fail(op, std::string("argument '") + argument + "' has dtype " + std::string(to_string(x.dtype())) + " and shape " +
                 to_string(x.shape()) + "; int64 or bool is expected");
  }
}

template <const Primitive& primitive>
Tensor of_integers(const Tensor& a, const Tensor& b) {
  check_integers(primitive.name, "a", a);
  check_integers(primitive.name, "b", b);
  return ops::binary<primitive>(a, b);
}

template <const Primitive& primitive>
Tensor bitwise(const Tensor& a, const Tensor& b) {
  const Tensor result = of_integers<primitive>(a, b);
  return a.dtype() == boolean && b.dtype() == boolean ? cast(result, boolean) : result;
}

}  // namespace

Tensor bitwise_and(const Operand& a, const Operand& b) { return bitwise<and_primitive>(a, b); }
Tensor bitwise_or(const Operand& a, const Operand& b) { return bitwise<or_primitive>(a, b); }
Tensor bitwise_xor(const Operand& a, const Operand& b) { return bitwise<xor_primitive>(a, b); }

Tensor bitwise_not(const Operand& x) {
  const Called called("bitwise_not");
  check_integers("bitwise_not", "x", x);
  return x.dtype() == boolean ? logical_not(x) : -1 - x;
}

Tensor bitwise_left_shift(const Operand& a, const Operand& b) { return of_integers<left_primitive>(a, b); }
Tensor bitwise_right_shift(const Operand& a, const Operand& b) { return of_integers<right_primitive>(a, b); }
Tensor gcd(const Operand& a, const Operand& b) { return of_integers<gcd_primitive>(a, b); }
Tensor lcm(const Operand& a, const Operand& b) { return of_integers<lcm_primitive>(a, b); }
Tensor floor_divide(const Operand& a, const Operand& b) { return ops::binary<floor_divide_primitive>(a, b); }

namespace {

std::vector<Sample> bitwise_not_samples() {
  return {{"integers",
           [](const std::vector<Tensor>& x) { return bitwise_not(x[0]); },
           {tensor({5, 0, -3}, int64)},
           tensor({-6, -1, 2}, int64)}};
}
constexpr Composition bitwise_not_composition{"bitwise_not", &bitwise_not_samples, false};

}  // namespace

std::span<const Primitive* const> integer_primitives() {
  static constexpr const Primitive* list[] = {&and_primitive,  &or_primitive,          &xor_primitive,
                                              &left_primitive, &right_primitive,       &gcd_primitive,
                                              &lcm_primitive,  &floor_divide_primitive};
  return list;
}

std::span<const Composition* const> integer_compositions() {
  static constexpr const Composition* list[] = {&bitwise_not_composition};
  return list;
}

}  // namespace xgrad

#endif
