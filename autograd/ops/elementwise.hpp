#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <type_traits>

#include <autograd/kernel/formulas.hpp>
#include <autograd/kernel/tile.hpp>
#include <autograd/ops/common.hpp>

/// Shared by the families of elementwise functions: parts of their kernels, samples, and the functions that record.
namespace xgrad::kernels {

using run::kernel::Domain;

/// The ElementwiseTraits that functors state about their functions. Each kind has a base with its defaults.
struct Elementary {
  static constexpr std::uint32_t masks = 0;
  static constexpr MachineOp machine = MachineOp::none;
  static constexpr std::optional<int> right_identity = {};
  static constexpr std::optional<int> left_identity = {};
  static constexpr bool involution = false;
};
struct Unary : Elementary {
  static constexpr int arity = 1;
  static constexpr Domain domain = Domain::real;
};
struct Binary : Elementary {
  static constexpr int arity = 2;
  static constexpr Domain domain = Domain::number;
};
struct Comparison : Elementary {
  static constexpr int arity = 2;
  static constexpr Domain domain = Domain::compare;
};

/// mask ? a : b, for vectors and for plain numbers.
template <class V, class M>
V choose(const M& mask, const V& a, const V& b) noexcept {
  if constexpr (std::is_arithmetic_v<V>)
    return mask ? a : b;
  else
    return xsimd::select(mask, a, b);
}

/// Whether a value is NaN; xsimd's != on AVX does not say so.
template <class V>
auto is_nan(const V& x) noexcept {
  if constexpr (std::is_integral_v<V>)
    return false;
  else if constexpr (std::is_arithmetic_v<V>)
    return x != x;
  else
    return xsimd::isnan(x);
}

/// f of each element of one or two vectors, for functions that have no accurate vector form.
template <class V, class F>
V by_lane(const V& x, F f) noexcept {
  if constexpr (std::is_arithmetic_v<V>) {
    return f(x);
  } else {
    alignas(64) typename V::value_type lanes[V::size];
    x.store_aligned(lanes);
    for (auto& lane : lanes) lane = f(lane);
    return V::load_aligned(lanes);
  }
}

template <class V, class F>
V by_lane(const V& a, const V& b, F f) noexcept {
  if constexpr (std::is_arithmetic_v<V>) {
    return f(a, b);
  } else {
    alignas(64) typename V::value_type lanes[V::size], others[V::size];
    a.store_aligned(lanes);
    b.store_aligned(others);
    for (std::size_t i = 0; i < V::size; ++i) lanes[i] = f(lanes[i], others[i]);
    return V::load_aligned(lanes);
  }
}

/// Vectors, for the formulas of autograd/kernel/formulas.hpp.
template <class V>
struct VectorMachine {
  using Value = V;
  using Element = typename V::value_type;
  using Integer = std::conditional_t<sizeof(Element) == 4, std::int32_t, std::int64_t>;

  static V constant(double value) noexcept { return V(static_cast<Element>(value)); }
  static V add(const V& a, const V& b) noexcept { return a + b; }
  static V subtract(const V& a, const V& b) noexcept { return a - b; }
  static V multiply(const V& a, const V& b) noexcept { return a * b; }
  static V divide(const V& a, const V& b) noexcept { return a / b; }
  static V fma(const V& a, const V& b, const V& c) noexcept { return xsimd::fma(a, b, c); }
  static V negate(const V& x) noexcept { return -x; }
  static V absolute(const V& x) noexcept { return xsimd::abs(x); }
  static V at_most(const V& x, double bound) noexcept { return choose(x > constant(bound), constant(bound), x); }
  static V at_least(const V& x, double bound) noexcept { return choose(x < constant(bound), constant(bound), x); }
  static V with_sign(const V& magnitude, const V& x) noexcept { return magnitude | xsimd::bitofsign(x); }
  /// 2^k of a whole number k to which Constants::magic is added.
  static V power_of_two(const V& shifted) noexcept {
    using Whole = xsimd::batch<Integer, typename V::arch_type>;
    const Whole bits = xsimd::bitwise_cast<Whole>(shifted);
    constexpr int mantissa = std::numeric_limits<Element>::digits - 1;
    return xsimd::bitwise_cast<V>((bits + Whole(std::numeric_limits<Element>::max_exponent - 1)) << mantissa);
  }
};

}  // namespace xgrad::kernels

#ifndef XGRAD_TARGET_AVX2

namespace xgrad::ops {

// ------------------------------------------------------------------------------------------------- samples

template <Tensor (*op)(const Operand&)>
Sample unary_sample(const char* name, double low, double high) {
  return {name, [](const std::vector<Tensor>& x) { return op(x[0]); }, {sample_values({2, 3}, low, high)}};
}

template <Tensor (*op)(const Operand&)>
std::vector<Sample> real_samples() {
  return {unary_sample<op>("over the reals", -2, 2), unary_sample<op>("far out", -6, 5)};
}

template <Tensor (*op)(const Operand&)>
std::vector<Sample> positive_samples() {
  return {unary_sample<op>("above 0", 0.2, 3), unary_sample<op>("large", 10, 50)};
}

template <Tensor (*op)(const Operand&, const Operand&)>
Sample binary_sample(const char* name, const Shape& a, const Shape& b) {
  return {name,
          [](const std::vector<Tensor>& x) { return op(x[0], x[1]); },
          {sample_values(a, 0.3, 2), sample_values(b, 0.5, 1.7)}};
}

template <Tensor (*op)(const Operand&, const Operand&)>
std::vector<Sample> binary_samples() {
  return {
      binary_sample<op>("equal shapes", {2, 3}, {2, 3}), binary_sample<op>("a row", {2, 3}, {3}),
      binary_sample<op>("a column", {2, 1}, {2, 3}),     binary_sample<op>("an outer product", {3, 1}, {1, 2}),
      binary_sample<op>("a scalar", {}, {2, 2}),         binary_sample<op>("size 1 both ways", {1, 1, 2}, {3, 1, 1}),
      binary_sample<op>("no rows", {0, 3}, {1, 3})};
}

// ------------------------------------------------------------------------------------------------- primitives

inline constexpr std::uint32_t reads0 = 1;
inline constexpr std::uint32_t reads1 = 2;

template <class F>
constexpr Primitive elementwise(const char* name, const char* doc, void (*vjp)(Vjp&), std::uint32_t reads,
                                std::vector<Sample> (*samples)()) {
  return {.name = name,
          .doc = doc,
          .vjp = vjp,
          .reads = reads,
          .traits = ElementwiseTraits{.tile = &run::tile<F>,
                                      .masks = F::masks,
                                      .machine = F::machine,
                                      .right_identity = F::right_identity,
                                      .left_identity = F::left_identity,
                                      .involution = F::involution},
          .samples = samples};
}

// ------------------------------------------------------------------------------------------------- recording

/// An operand in the dtype of an operation; plain numbers adapt by themselves. Copies no handle if nothing changes.
class Converted {
 public:
  Converted(const Tensor& x, DType dtype) : operand_(&x) {
    if (x.node()->number || x.node()->dtype == dtype) return;
    converted_ = cast(x, dtype);
    operand_ = &converted_;
  }
  Converted(const Converted&) = delete;
  Converted& operator=(const Converted&) = delete;

  operator const Tensor&() const noexcept { return *operand_; }

 private:
  Tensor converted_;
  const Tensor* operand_;
};

/// The operand whose shape and dtype are those of the result, in the usual case: two tensors that are alike, or a
/// tensor of real numbers and a plain number that adapts to it. Null in other cases.
inline const Node* leading_operand(const Tensor& a, const Tensor& b) {
  const Node *x = a.node(), *y = b.node();
  if (!x || !y) return nullptr;
  if (x->number || y->number) {
    const Node* tensor = x->number ? y : x;
    return tensor->number || !is_floating(tensor->dtype) ? nullptr : tensor;
  }
  return x->dtype == y->dtype && x->shape == y->shape && x->dtype != boolean ? x : nullptr;
}

/// A binary operation on numbers; bools compute in int64.
template <const Primitive& primitive>
Tensor binary(const Tensor& a, const Tensor& b) {
  if (const Node* leading = leading_operand(a, b)) return record2(primitive, a, b, leading->shape, leading->dtype);
  check_defined(primitive.name, "a", a);
  check_defined(primitive.name, "b", b);
  const DType dtype = std::max(promote({&a, &b}), int64);
  const Converted x(a, dtype);
  const Converted y(b, dtype);
  return record2(primitive, x, y, broadcast_shapes(primitive.name, a.shape(), b.shape()), dtype);
}

template <const Primitive& primitive>
Tensor binary_real(const Tensor& a, const Tensor& b) {
  if (const Node* leading = leading_operand(a, b); leading && is_floating(leading->dtype))
    return record2(primitive, a, b, leading->shape, leading->dtype);
  check_defined(primitive.name, "a", a);
  check_defined(primitive.name, "b", b);
  const DType dtype = real(promote({&a, &b}));
  const Converted x(a, dtype);
  const Converted y(b, dtype);
  return record2(primitive, x, y, broadcast_shapes(primitive.name, a.shape(), b.shape()), dtype);
}

template <const Primitive& primitive>
Tensor unary(const Tensor& x, DType dtype) {
  return record1(primitive, x, x.shape(), dtype);
}

template <const Primitive& primitive>
Tensor unary_real(const Tensor& x) {
  check_defined(primitive.name, "x", x);
  const DType dtype = real(x.dtype());
  return unary<primitive>(Converted(x, dtype), dtype);
}

}  // namespace xgrad::ops

#endif
