#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <utility>

#include <autograd/kernel/functors.hpp>
#include <autograd/kernel/integers.hpp>

// ------------------------------------------------------------------------------------------------- kernels
// Functors over vectors (xsimd batches) of float32 or float64, or over plain numbers; compiled for each instruction
// set.

namespace xgrad::kernels {

template <class>
struct Add : Binary {
  template <class V>
  static V apply(const V& a, const V& b) noexcept {
    return kernels::wrapping_add(a, b);
  }
};
template <class>
struct Subtract : Binary {
  template <class V>
  static V apply(const V& a, const V& b) noexcept {
    return kernels::wrapping_subtract(a, b);
  }
};
template <class>
struct Multiply : Binary {
  template <class V>
  static V apply(const V& a, const V& b) noexcept {
    return kernels::wrapping_multiply(a, b);
  }
};
template <class>
struct Divide : Binary {
  static constexpr Domain domain = Domain::real;
  template <class V>
  static V apply(const V& a, const V& b) noexcept {
    return a / b;
  }
};
template <class>
struct Maximum : Binary {
  template <class V>
  static V apply(const V& a, const V& b) noexcept {
    return choose((a > b) | is_nan(a), a, b);
  }
};
template <class>
struct Minimum : Binary {
  template <class V>
  static V apply(const V& a, const V& b) noexcept {
    return choose((a < b) | is_nan(a), a, b);
  }
};
template <class>
struct Pow : Binary {
  static constexpr Domain domain = Domain::scalar;
  template <class T>
  static T apply(T a, T b) noexcept {
    return std::pow(a, b);
  }
};

template <class>
struct Negate : Unary {
  static constexpr Domain domain = Domain::number;
  template <class V>
  static V apply(const V& x) noexcept {
    return kernels::wrapping_negate(x);
  }
};
template <class>
struct Exp : Unary {
  template <class V>
  static V apply(const V& x) noexcept {
    VectorMachine<V> lanes;
    return run::formulas::exp(lanes, x);
  }
};
template <class>
struct Log : Unary {
  template <class V>
  static V apply(const V& x) noexcept {
    return xsimd::log(x);
  }
};
template <class>
struct Log1p : Unary {
  template <class V>
  static V apply(const V& x) noexcept {
    return xsimd::log1p(x);
  }
};
template <class>
struct Sqrt : Unary {
  template <class V>
  static V apply(const V& x) noexcept {
    return xsimd::sqrt(x);
  }
};
template <class>
struct Square : Unary {
  static constexpr Domain domain = Domain::number;
  template <class V>
  static V apply(const V& x) noexcept {
    return kernels::wrapping_multiply(x, x);
  }
};
template <class>
struct Abs : Unary {
  static constexpr Domain domain = Domain::number;
  template <class V>
  static V apply(const V& x) noexcept {
    if constexpr (std::is_arithmetic_v<V>)
      return x < 0 ? kernels::wrapping_negate(x) : x;
    else
      return xsimd::abs(x);
  }
};
template <class>
struct Sign : Unary {
  static constexpr Domain domain = Domain::number;
  template <class V>
  static V apply(const V& x) noexcept {
    const V zero(0);
    return choose(x > zero, V(1), choose(x < zero, V(-1), x));
  }
};
template <class>
struct Tanh : Unary {
  template <class V>
  static V apply(const V& x) noexcept {
    VectorMachine<V> lanes;
    return run::formulas::tanh(lanes, x);
  }
};
template <class>
struct Sigmoid : Unary {
  template <class V>
  static V apply(const V& x) noexcept {
    VectorMachine<V> lanes;
    return run::formulas::sigmoid(lanes, x);
  }
};
template <class>
struct Relu : Unary {
  static constexpr Domain domain = Domain::number;
  template <class V>
  static V apply(const V& x) noexcept {
    return choose(x <= V(0), V(0), x);
  }
};

template <class>
struct Equal : Comparison {
  template <class T>
  static bool apply(T a, T b) noexcept {
    return a == b;
  }
};
template <class>
struct NotEqual : Comparison {
  template <class T>
  static bool apply(T a, T b) noexcept {
    return a != b;
  }
};
template <class>
struct Less : Comparison {
  template <class T>
  static bool apply(T a, T b) noexcept {
    return a < b;
  }
};
template <class>
struct LessEqual : Comparison {
  template <class T>
  static bool apply(T a, T b) noexcept {
    return a <= b;
  }
};

/// An integer of T's size, whose bits select without a branch, so that the compiler can vectorise.
template <class T>
using Bits = std::conditional_t<
    sizeof(T) == 8, std::uint64_t,
    std::conditional_t<sizeof(T) == 4, std::uint32_t, std::conditional_t<sizeof(T) == 2, std::uint16_t, std::uint8_t>>>;

template <class T, class Arch, bool StepA, bool StepB>
void where_vector(T* o, const std::uint8_t* c, const T* a, const T* b, std::int64_t n) {
  const T fixed_a = *a, fixed_b = *b;
  for (std::int64_t i = 0; i < n; ++i) {
    const auto mask = static_cast<Bits<T>>(Bits<T>{0} - static_cast<Bits<T>>(c[i]));
    const auto x = std::bit_cast<Bits<T>>(StepA ? a[i] : fixed_a);
    const auto y = std::bit_cast<Bits<T>>(StepB ? b[i] : fixed_b);
    o[i] = std::bit_cast<T>(static_cast<Bits<T>>((x & mask) | (y & static_cast<Bits<T>>(~mask))));
  }
}

template <class T, class Arch>
void where_loop(void* out, const void* const* in, const std::int64_t* step, std::int64_t n) {
  auto* o = static_cast<T*>(out);
  const auto* c = static_cast<const std::uint8_t*>(in[0]);  // bools, read as bytes
  const auto* a = static_cast<const T*>(in[1]);
  const auto* b = static_cast<const T*>(in[2]);
  if (step[0] == 0) {
    const T* chosen = *c != 0 ? a : b;
    if (step[*c != 0 ? 1 : 2] == 0)
      std::fill_n(o, n, *chosen);
    else if (o != chosen)
      std::copy_n(chosen, n, o);
    return;
  }
  if (step[1] != 0 && step[2] != 0) return where_vector<T, Arch, true, true>(o, c, a, b, n);
  if (step[1] != 0) return where_vector<T, Arch, true, false>(o, c, a, b, n);
  if (step[2] != 0) return where_vector<T, Arch, false, true>(o, c, a, b, n);
  where_vector<T, Arch, false, false>(o, c, a, b, n);
}

template <class Arch>
struct Where {
  static constexpr Domain domain = Domain::own;
  static TileKernel loop_for(DType operand) {
    return visit_dtype(operand, []<class T>(std::type_identity<T>) -> TileKernel {
      return &where_loop<std::conditional_t<std::is_same_v<T, bool>, std::uint8_t, T>, Arch>;  // bools as bytes
    });
  }
};

template struct Compiled<Add, Subtract, Multiply, Divide, Maximum, Minimum, Pow, Negate, Exp, Log, Log1p, Sqrt, Square,
                         Abs, Sign, Tanh, Sigmoid, Relu, Equal, NotEqual, Less, LessEqual, Where>;

}  // namespace xgrad::kernels

#ifndef XGRAD_TARGET_AVX2

#include <autograd/kernel/convert.hpp>
#include <autograd/ops/elementwise.hpp>
#include <autograd/text.hpp>

namespace xgrad {
namespace {

using ops::binary;
using ops::binary_real;
using ops::binary_samples;
using ops::Converted;
using ops::elementwise;
using ops::numbers;
using ops::positive_samples;
using ops::reads0;
using ops::reads1;
using ops::real_samples;
using ops::sample_values;
using ops::unary;
using ops::unary_real;
using ops::unary_sample;

// ------------------------------------------------------------------------------------------------- samples

template <Tensor (*op)(const Operand&, const Operand&), std::int64_t... expected>
std::vector<Sample> comparison_samples() {
  return {{"below, equal and above",
           [](const std::vector<Tensor>& x) { return op(x[0], x[1]); },
           {tensor({1, 2, 3}, float64), tensor({2, 2, 2}, float64)},
           tensor({expected...}, boolean)}};
}

// ------------------------------------------------------------------------------------------------- derivatives
// y is the output, g its cotangent.

void add_vjp(Vjp& v) {
  v.give(0, v.cotangent());
  v.give(1, v.cotangent());
}

void subtract_vjp(Vjp& v) {
  v.give(0, v.cotangent());
  if (v.wants(1)) v.give(1, -v.cotangent());
}

void multiply_vjp(Vjp& v) {
  if (v.wants(0)) v.give(0, v.cotangent() * v.input(1));
  if (v.wants(1)) v.give(1, v.cotangent() * v.input(0));
}

void divide_vjp(Vjp& v) {
  const Tensor scaled = v.cotangent() / v.input(1);
  v.give(0, scaled);
  if (v.wants(1)) v.give(1, -(scaled * v.output()));
}

/// 1 where `larger` wins, 1/2 where both tie, 0 elsewhere.
Tensor share(const Tensor& larger, const Tensor& smaller, const Tensor& g) {
  return where(greater(larger, smaller), g, where(equal(larger, smaller), 0.5 * g, 0.0));
}

void maximum_vjp(Vjp& v) {
  if (v.wants(0)) v.give(0, share(v.input(0), v.input(1), v.cotangent()));
  if (v.wants(1)) v.give(1, share(v.input(1), v.input(0), v.cotangent()));
}

void minimum_vjp(Vjp& v) {
  if (v.wants(0)) v.give(0, share(v.input(1), v.input(0), v.cotangent()));
  if (v.wants(1)) v.give(1, share(v.input(0), v.input(1), v.cotangent()));
}

void pow_vjp(Vjp& v) {
  const Tensor a = cast(v.input(0), v.cotangent().dtype());
  const Tensor b = cast(v.input(1), v.cotangent().dtype());
  if (v.wants(0)) {
    // b a^(b-1), but 0 at a = b = 0, in derivatives of every order. The base is replaced there, so that no infinity
    // enters.
    const Tensor vanishes = where(equal(a, 0.0), equal(b, 0.0), false);
    v.give(0, v.cotangent() * where(vanishes, 0.0, b) * pow(where(vanishes, 1.0, a), b - 1.0));
  }
  if (v.wants(1)) {
    // a^b log(a), but 0 at a = 0 for b >= 0.
    const Tensor vanishes = where(equal(a, 0.0), greater_equal(b, 0.0), false);
    v.give(1, v.cotangent() * v.output() * log(where(vanishes, 1.0, a)));
  }
}

void negate_vjp(Vjp& v) { v.give(0, -v.cotangent()); }
void exp_vjp(Vjp& v) { v.give(0, v.cotangent() * v.output()); }
void log_vjp(Vjp& v) { v.give(0, v.cotangent() / v.input(0)); }
void log1p_vjp(Vjp& v) { v.give(0, v.cotangent() / (1.0 + v.input(0))); }

void sqrt_vjp(Vjp& v) {
  const Tensor divisor = ops::masked_divisor(v.cotangent(), v.output());
  v.give(0, numbers().half * v.cotangent() / divisor);
}

void square_vjp(Vjp& v) { v.give(0, v.cotangent() * (numbers().two * v.input(0))); }
void abs_vjp(Vjp& v) { v.give(0, v.cotangent() * sign(v.input(0))); }
void tanh_vjp(Vjp& v) { v.give(0, v.cotangent() * (numbers().one - square(v.output()))); }
void sigmoid_vjp(Vjp& v) {
  const Tensor y = v.output();
  v.give(0, v.cotangent() * (y * (numbers().one - y)));
}
void relu_vjp(Vjp& v) {
  const Tensor& zero = numbers().zero;
  v.give(0, where(less_equal(v.output(), zero), zero, v.cotangent()));
}

void where_vjp(Vjp& v) {
  const Tensor condition = v.input(0);
  if (v.wants(1)) v.give(1, where(condition, v.cotangent(), numbers().zero));
  if (v.wants(2)) v.give(2, where(condition, numbers().zero, v.cotangent()));
}

void cast_vjp(Vjp& v) { v.give(0, v.cotangent()); }

// ------------------------------------------------------------------------------------------------- primitives

}  // namespace

namespace {

constexpr Primitive copying(const char* name, const char* doc, void (*vjp)(Vjp&), std::vector<Sample> (*samples)()) {
  return {.name = name,
          .doc = doc,
          .vjp = vjp,
          .stops_gradient = vjp == nullptr,
          .traits = ElementwiseTraits{.tile = &run::copy_tile, .machine = MachineOp::copy, .copies = true},
          .samples = samples};
}

}  // namespace

constinit const Primitive add_primitive =
    elementwise<kernels::Add>("add", "a + b", &add_vjp, 0, &binary_samples<add>, {.machine = MachineOp::add});
constinit const Primitive maximum_primitive =
    elementwise<kernels::Maximum>("maximum", "the larger of a and b, NaN where either is", &maximum_vjp,
                                  reads0 | reads1, &binary_samples<maximum>, {.machine = MachineOp::maximum});
constinit const Primitive minimum_primitive =
    elementwise<kernels::Minimum>("minimum", "the smaller of a and b, NaN where either is", &minimum_vjp,
                                  reads0 | reads1, &binary_samples<minimum>, {.machine = MachineOp::minimum});

namespace {

constexpr Primitive subtract_primitive =
    elementwise<kernels::Subtract>("subtract", "a - b", &subtract_vjp, 0, &binary_samples<subtract>,
                                   {.machine = MachineOp::subtract, .right_identity = 0});
constexpr Primitive multiply_primitive =
    elementwise<kernels::Multiply>("multiply", "a * b", &multiply_vjp, reads0 | reads1, &binary_samples<multiply>,
                                   {.machine = MachineOp::multiply, .right_identity = 1, .left_identity = 1});
constexpr Primitive divide_primitive =
    elementwise<kernels::Divide>("divide", "a / b", &divide_vjp, reads1 | reads_output, &binary_samples<divide>,
                                 {.machine = MachineOp::divide, .right_identity = 1});
constexpr Primitive pow_primitive = elementwise<kernels::Pow>("pow", "a to the power of b", &pow_vjp,
                                                              reads0 | reads1 | reads_output, &binary_samples<pow>);

constexpr Primitive negate_primitive = elementwise<kernels::Negate>(
    "negate", "-x", &negate_vjp, 0, &real_samples<negate>, {.machine = MachineOp::negate, .involution = true});
constexpr Primitive exp_primitive = elementwise<kernels::Exp>(
    "exp", "e to the power of x", &exp_vjp, reads_output,
    [] { return std::vector<Sample>{unary_sample<exp>("over the reals", -2, 2)}; }, {.machine = MachineOp::exp});
constexpr Primitive log_primitive =
    elementwise<kernels::Log>("log", "natural logarithm of x", &log_vjp, reads0, &positive_samples<log>);
constexpr Primitive log1p_primitive =
    elementwise<kernels::Log1p>("log1p", "log(1 + x), accurate near 0", &log1p_vjp, reads0, [] {
      return std::vector<Sample>{unary_sample<log1p>("above -1", -0.7, 3), unary_sample<log1p>("near 0", -1e-3, 1e-3)};
    });
constexpr Primitive sqrt_primitive = elementwise<kernels::Sqrt>(
    "sqrt", "square root of x", &sqrt_vjp, reads_output, &positive_samples<sqrt>, {.machine = MachineOp::square_root});
constexpr Primitive square_primitive = elementwise<kernels::Square>(
    "square", "x * x", &square_vjp, reads0, &real_samples<square>, {.machine = MachineOp::square});
constexpr Primitive abs_primitive =
    elementwise<kernels::Abs>("abs", "|x|", &abs_vjp, reads0, &real_samples<abs>, {.machine = MachineOp::absolute});
constexpr Primitive sign_primitive =
    elementwise<kernels::Sign>("sign", "-1, 0 or 1 by the sign of x; NaN stays", nullptr, 0, [] {
      return std::vector<Sample>{{"below, at and above 0",
                                  [](const std::vector<Tensor>& x) { return sign(x[0]); },
                                  {tensor({-2.5, 0, 3}, float64)},
                                  tensor({-1, 0, 1}, float64)}};
    });
constexpr Primitive tanh_primitive = elementwise<kernels::Tanh>(
    "tanh", "hyperbolic tangent of x", &tanh_vjp, reads_output, &real_samples<tanh>, {.machine = MachineOp::tanh});
constexpr Primitive sigmoid_primitive =
    elementwise<kernels::Sigmoid>("sigmoid", "1 / (1 + exp(-x))", &sigmoid_vjp, reads_output, &real_samples<sigmoid>,
                                  {.machine = MachineOp::sigmoid});
constexpr Primitive relu_primitive = elementwise<kernels::Relu>("relu", "max(x, 0); NaN stays", &relu_vjp, reads_output,
                                                                &real_samples<relu>, {.machine = MachineOp::relu});

constexpr Primitive equal_primitive = elementwise<kernels::Equal>(
    "equal", "a == b", nullptr, 0, &comparison_samples<equal, 0, 1, 0>, {.machine = MachineOp::equal});
constexpr Primitive not_equal_primitive = elementwise<kernels::NotEqual>(
    "not_equal", "a != b", nullptr, 0, &comparison_samples<not_equal, 1, 0, 1>, {.machine = MachineOp::not_equal});
constexpr Primitive less_primitive = elementwise<kernels::Less>(
    "less", "a < b", nullptr, 0, &comparison_samples<less, 1, 0, 0>, {.machine = MachineOp::less});
constexpr Primitive less_equal_primitive = elementwise<kernels::LessEqual>(
    "less_equal", "a <= b", nullptr, 0, &comparison_samples<less_equal, 1, 1, 0>, {.machine = MachineOp::less_equal});

constexpr Primitive where_primitive = elementwise<kernels::Where>(
    "where", "a where the condition holds, b elsewhere", &where_vjp, reads0,
    [] {
      const auto call = [](const std::vector<Tensor>& x) { return where(x[0], x[1], x[2]); };
      const Tensor condition = tensor({{1, 0, 1}, {0, 0, 1}}, boolean);
      return std::vector<Sample>{
          {"equal shapes", call, {condition, sample_values({2, 3}, -1, 1), sample_values({2, 3}, 1, 2)}},
          {"broadcast branches", call, {condition, sample_values({3}, -1, 1), sample_values({2, 1}, 1, 2)}},
          {"a broadcast condition",
           call,
           {tensor({1, 0, 1}, boolean), sample_values({2, 3}, -1, 1), sample_values({}, 1, 2)}}};
    },
    {.masks = 1, .machine = MachineOp::select});
}  // namespace

constinit const Primitive cast_primitive = copying("cast", "x in another dtype", &cast_vjp, [] {
  // A difference quotient with a step of 1e-6 has no precision in float32, so the cast to float32 and back has loose
  // tolerances.
  return std::vector<Sample>{{"bool to float64, times x",
                              [](const std::vector<Tensor>& x) { return cast(x[0], float64) * x[1]; },
                              {tensor({1, 0, 1}, boolean), sample_values({3}, -1, 1)}}};
});

namespace {

constexpr Primitive stop_gradient_primitive = copying("stop_gradient", "x as a constant", nullptr, [] {
  return std::vector<Sample>{{"the same values",
                              [](const std::vector<Tensor>& x) { return stop_gradient(x[0]); },
                              {tensor({-1.5, 2}, float64)},
                              tensor({-1.5, 2}, float64)}};
});

// ------------------------------------------------------------------------------------------------- recording

/// The number and the dtype in which bool and int64 tensors compare with a plain floating-point number exactly. That is
/// int64 if it holds the number. Otherwise it is float64: int64 is rounded to float64, but never to a number that is
/// not whole, nor across one. Infinity stands for a number out of the range of int64.
std::pair<Number, DType> exactly_comparable(const Number& number) {
  if (number.fits_int64()) return {number.truncated(), int64};
  const double real = number.to_double();
  return {std::abs(real) >= 0x1p63 ? std::copysign(std::numeric_limits<double>::infinity(), real) : real, float64};
}

/// Whether a is a plain floating-point number and b whole, or both are plain and whole.
bool compares_exactly(const Tensor& a, const Tensor& b) {
  return a.node()->number && !is_floating(b.dtype()) && (is_floating(a.dtype()) || b.node()->number);
}

template <const Primitive& primitive>
Tensor comparison(const Tensor& a, const Tensor& b) {
  ops::check_defined(primitive.name, "a", a);
  ops::check_defined(primitive.name, "b", b);
  if (compares_exactly(a, b)) {
    const auto [number, dtype] = exactly_comparable(a.node()->plain_number());
    return record2(primitive, Tensor::of(number), cast(b, dtype), b.shape(), boolean);
  }
  if (compares_exactly(b, a)) {
    const auto [number, dtype] = exactly_comparable(b.node()->plain_number());
    return record2(primitive, cast(a, dtype), Tensor::of(number), a.shape(), boolean);
  }
  const DType dtype = ops::promote({&a, &b});
  const Converted x(a, dtype);
  const Converted y(b, dtype);
  return record2(primitive, x, y, ops::broadcast_shapes(primitive.name, a.shape(), b.shape()), boolean);
}

template <const Primitive& primitive>
Tensor unary_number(const Tensor& x) {
  ops::check_defined(primitive.name, "x", x);
  if (x.dtype() == boolean) return unary<primitive>(cast(x, int64), int64);
  return unary<primitive>(x, x.dtype());
}

}  // namespace

Tensor add(const Operand& a, const Operand& b) { return binary<add_primitive>(a, b); }
Tensor subtract(const Operand& a, const Operand& b) { return binary<subtract_primitive>(a, b); }
Tensor multiply(const Operand& a, const Operand& b) { return binary<multiply_primitive>(a, b); }
Tensor divide(const Operand& a, const Operand& b) { return binary_real<divide_primitive>(a, b); }
Tensor maximum(const Operand& a, const Operand& b) { return binary<maximum_primitive>(a, b); }
Tensor minimum(const Operand& a, const Operand& b) { return binary<minimum_primitive>(a, b); }

Tensor pow(const Operand& a, const Operand& b) {
  const Called called("pow");
  ops::check_defined("pow", "a", a);
  ops::check_defined("pow", "b", b);
  if (b.node()->number && is_floating(a.dtype())) {
    const double exponent = b.node()->plain_number().to_double();
    if (exponent == 2) return square(a);
    if (exponent == -1) return divide(1.0, a);
  }
  return binary_real<pow_primitive>(a, b);
}

Tensor negate(const Operand& x) { return unary_number<negate_primitive>(x); }
Tensor exp(const Operand& x) { return unary_real<exp_primitive>(x); }
Tensor log(const Operand& x) { return unary_real<log_primitive>(x); }
Tensor log1p(const Operand& x) { return unary_real<log1p_primitive>(x); }
Tensor sqrt(const Operand& x) { return unary_real<sqrt_primitive>(x); }
Tensor square(const Operand& x) { return unary_number<square_primitive>(x); }
Tensor abs(const Operand& x) { return unary_number<abs_primitive>(x); }
Tensor sign(const Operand& x) { return unary_number<sign_primitive>(x); }
Tensor tanh(const Operand& x) { return unary_real<tanh_primitive>(x); }
Tensor sigmoid(const Operand& x) { return unary_real<sigmoid_primitive>(x); }
Tensor relu(const Operand& x) { return unary_number<relu_primitive>(x); }

namespace {

/// Whether low <= high, compared as they were written. False for NaN.
bool at_most(const Number& low, const Number& high) {
  if (low.integral() && high.integral()) return low.value().whole <= high.value().whole;
  return low.to_double() <= high.to_double();
}

/// The bound where x is beyond it, else x.
Tensor limited(const Tensor& beyond, const Number& bound, const Tensor& x) {
  return where(beyond, Tensor::of(bound), x);
}

}  // namespace

Tensor clip(const Operand& x, std::optional<Number> low, std::optional<Number> high) {
  const Called called("clip");
  ops::check_defined("clip", "x", x);
  if (low && high && !at_most(*low, *high))
    fail("clip", "low is " + low->text() + " and high is " + high->text() + "; expected low <= high");
  if ((low && std::isnan(low->to_double())) || (high && std::isnan(high->to_double())))
    fail("clip", std::string(low ? "low is nan" : "high is nan") + "; expected a number");
  Tensor result = x;
  if (low) result = limited(less(result, Tensor::of(*low)), *low, result);
  if (high) result = limited(greater(result, Tensor::of(*high)), *high, result);
  return result;
}

Tensor where(const Operand& condition, const Operand& a, const Operand& b) {
  ops::check_defined("where", "condition", condition);
  ops::check_defined("where", "a", a);
  ops::check_defined("where", "b", b);
  if (condition.dtype() != boolean) {
    fail("where", "argument 'condition' has dtype " + std::string(to_string(condition.dtype())) + " and shape " +
                      to_string(condition.shape()) + "; bool is expected, as comparisons give");
  }
  const DType dtype = ops::promote({&a.tensor(), &b.tensor()});
  const Shape shape =
      ops::broadcast_shapes("where", condition.shape(), ops::broadcast_shapes("where", a.shape(), b.shape()));
  const Converted x(a, dtype);
  const Converted y(b, dtype);
  return record3(where_primitive, condition, x, y, shape, dtype);
}

Tensor equal(const Operand& a, const Operand& b) { return comparison<equal_primitive>(a, b); }
Tensor not_equal(const Operand& a, const Operand& b) { return comparison<not_equal_primitive>(a, b); }
Tensor less(const Operand& a, const Operand& b) { return comparison<less_primitive>(a, b); }
Tensor less_equal(const Operand& a, const Operand& b) { return comparison<less_equal_primitive>(a, b); }

Tensor greater(const Operand& a, const Operand& b) {
  const Called called("greater");
  ops::check_operands("greater", a, b);
  return comparison<less_primitive>(b, a);
}

Tensor greater_equal(const Operand& a, const Operand& b) {
  const Called called("greater_equal");
  ops::check_operands("greater_equal", a, b);
  return comparison<less_equal_primitive>(b, a);
}

Tensor cast(const Operand& x, DType dtype) {
  ops::check_defined("cast", "x", x);
  if (x.dtype() == dtype && !x.node()->number) return x;
  return record1(cast_primitive, x, x.shape(), dtype);
}

Tensor stop_gradient(const Operand& x) {
  ops::check_defined("stop_gradient", "x", x);
  return record1(stop_gradient_primitive, x, x.shape(), x.dtype());
}

std::span<const Primitive* const> elementwise_primitives() {
  static constexpr const Primitive* list[] = {
      &add_primitive,     &subtract_primitive,   &multiply_primitive, &divide_primitive, &maximum_primitive,
      &minimum_primitive, &pow_primitive,        &negate_primitive,   &exp_primitive,    &log_primitive,
      &log1p_primitive,   &sqrt_primitive,       &square_primitive,   &abs_primitive,    &sign_primitive,
      &tanh_primitive,    &sigmoid_primitive,    &relu_primitive,     &equal_primitive,  &not_equal_primitive,
      &less_primitive,    &less_equal_primitive, &where_primitive,    &cast_primitive,   &stop_gradient_primitive};
  return list;
}

}  // namespace xgrad

#endif
