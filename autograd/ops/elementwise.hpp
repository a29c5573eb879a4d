#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include <autograd/kernel/functors.hpp>
#include <autograd/ops/common.hpp>

/// What the families of elementwise functions share beside their kernels: samples and the ways to record.
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

/// A function by its functor, with the traits that it has beside the loops.
template <template <class> class F>
constexpr Primitive elementwise(const char* name, const char* doc, void (*vjp)(Vjp&), std::uint32_t reads,
                                std::vector<Sample> (*samples)(), ElementwiseTraits traits = {}) {
  traits.tile = &run::tile<F>;
  return {.name = name, .doc = doc, .vjp = vjp, .reads = reads, .traits = traits, .samples = samples};
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
