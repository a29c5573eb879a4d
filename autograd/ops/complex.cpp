#include <autograd/ops/complex.hpp>

#include <autograd/ops/common.hpp>
#include <autograd/ops/math.hpp>
#include <autograd/ops/pairs.hpp>

namespace xgrad {

Tensor ops::checked_pairs(const char* op, const char* argument, const Tensor& x) {
  check_defined(op, argument, x);
  if (x.rank() == 0 || x.size(-1) != 2) {
    fail(op, std::string("argument '") + argument + "' has shape " + to_string(x.shape()) +
                 "; complex numbers, pairs in a last axis of extent 2, are expected");
  }
  return cast(x, real(x.dtype()));
}

Tensor ops::real_parts(const Tensor& x) { return slice(x, -1, 0, 1); }
Tensor ops::imaginary_parts(const Tensor& x) { return slice(x, -1, 1, 2); }

namespace {

/// Two operands of complex numbers in one dtype.
struct Two {
  Tensor a_real, a_imag, b_real, b_imag;

  Two(const char* op, const Tensor& given_a, const Tensor& given_b) {
    const Tensor a = ops::checked_pairs(op, "a", given_a), b = ops::checked_pairs(op, "b", given_b);
    ops::broadcast_shapes(op, a.shape(), b.shape());
    const DType dtype = ops::promote({&a, &b});
    a_real = ops::real_parts(cast(a, dtype));
    a_imag = ops::imaginary_parts(cast(a, dtype));
    b_real = ops::real_parts(cast(b, dtype));
    b_imag = ops::imaginary_parts(cast(b, dtype));
  }
};

/// Both of real tensors in one floating-point dtype and shape, with an axis for pairs.
struct Aligned {
  Tensor first, second;

  Aligned(const char* op, const char* first_name, const Tensor& x, const char* second_name, const Tensor& y) {
    ops::check_defined(op, first_name, x);
    ops::check_defined(op, second_name, y);
    const Shape shape = ops::broadcast_shapes(op, x.shape(), y.shape());
    ops::check_rank(op, shape.rank() + 1, {&x, &y});
    const DType dtype = ops::real(ops::promote({&x, &y}));
    first = expand_dims(broadcast_to(cast(x, dtype), shape), -1);
    second = expand_dims(broadcast_to(cast(y, dtype), shape), -1);
  }
};

}  // namespace

Tensor complex_pair(const Operand& real, const Operand& imag) {
  const Called called("complex_pair");
  const Aligned parts("complex_pair", "real", real, "imag", imag);
  return concatenate({parts.first, parts.second}, -1);
}

Tensor complex_polar(const Operand& abs, const Operand& angle) {
  const Called called("complex_polar");
  const Aligned parts("complex_polar", "abs", abs, "angle", angle);
  return concatenate({parts.first * cos(parts.second), parts.first * sin(parts.second)}, -1);
}

Tensor complex_real(const Operand& x) {
  const Called called("complex_real");
  return squeeze(ops::real_parts(ops::checked_pairs("complex_real", "x", x)), -1);
}

Tensor complex_imag(const Operand& x) {
  const Called called("complex_imag");
  return squeeze(ops::imaginary_parts(ops::checked_pairs("complex_imag", "x", x)), -1);
}

Tensor complex_conj(const Operand& x) {
  const Called called("complex_conj");
  const Tensor pairs = ops::checked_pairs("complex_conj", "x", x);
  return concatenate({ops::real_parts(pairs), -ops::imaginary_parts(pairs)}, -1);
}

Tensor complex_multiply(const Operand& a, const Operand& b) {
  const Called called("complex_multiply");
  const auto [ar, ai, br, bi] = Two("complex_multiply", a, b);
  return concatenate({ar * br - ai * bi, ar * bi + ai * br}, -1);
}

Tensor complex_divide(const Operand& a, const Operand& b) {
  const Called called("complex_divide");
  const auto [ar, ai, br, bi] = Two("complex_divide", a, b);
  return concatenate({ar * br + ai * bi, ai * br - ar * bi}, -1) / (square(br) + square(bi));
}

Tensor complex_abs(const Operand& x) {
  const Called called("complex_abs");
  const Tensor pairs = ops::checked_pairs("complex_abs", "x", x);
  return squeeze(hypot(ops::real_parts(pairs), ops::imaginary_parts(pairs)), -1);
}

Tensor complex_angle(const Operand& x) {
  const Called called("complex_angle");
  const Tensor pairs = ops::checked_pairs("complex_angle", "x", x);
  return squeeze(atan2(ops::imaginary_parts(pairs), ops::real_parts(pairs)), -1);
}

namespace {

using Inputs = const std::vector<Tensor>&;

template <Tensor (*f)(const Operand&)>
std::vector<Sample> unary_samples() {
  return {{"pairs", [](Inputs x) { return f(x[0]); }, {ops::sample_values({3, 2}, -1, 2)}}};
}

template <Tensor (*f)(const Operand&, const Operand&)>
std::vector<Sample> binary_samples() {
  const auto call = [](Inputs x) { return f(x[0], x[1]); };
  return {{"pairs", call, {ops::sample_values({3, 2}, -1, 2), ops::sample_values({3, 2}, 2, -0.5)}},
          {"broadcast", call, {ops::sample_values({2, 1, 2}, -1, 2), ops::sample_values({2}, 0.5, 2)}}};
}

constexpr Composition pair_composition{"complex_pair", &binary_samples<complex_pair>};
constexpr Composition polar_composition{"complex_polar", &binary_samples<complex_polar>};
constexpr Composition real_composition{"complex_real", &unary_samples<complex_real>};
constexpr Composition imag_composition{"complex_imag", &unary_samples<complex_imag>};
constexpr Composition conj_composition{"complex_conj", &unary_samples<complex_conj>};
constexpr Composition multiply_composition{"complex_multiply", &binary_samples<complex_multiply>};
constexpr Composition divide_composition{"complex_divide", &binary_samples<complex_divide>};
constexpr Composition abs_composition{"complex_abs", &unary_samples<complex_abs>};
constexpr Composition angle_composition{"complex_angle", &unary_samples<complex_angle>};

}  // namespace

std::span<const Composition* const> complex_compositions() {
  static constexpr const Composition* list[] = {&pair_composition,   &polar_composition, &real_composition,
                                                &imag_composition,   &conj_composition,  &multiply_composition,
                                                &divide_composition, &abs_composition,   &angle_composition};
  return list;
}

}  // namespace xgrad
