#pragma once

/// Formulas of elementary functions, written once and built twice: from vectors, for the loops of the kernels, and from
/// registers of the processor, for compiled loops, so that both give the same bits. A Machine has a type Value of
/// float32 or float64 lanes, an element type Element, and the operations used here.
namespace xgrad::run::formulas {

/// Constants that depend on the floating-point type.
template <class T>
struct Constants;

template <>
struct Constants<float> {
  static constexpr double magic = 12582912;        ///< 1.5 * 2^23: adding it leaves an integer in the low bits
  static constexpr double ln2_high = 0.693359375;  ///< few bits, so that multiples are exact
  static constexpr double ln2_low = -2.12194440054690583e-4;
  static constexpr double largest = 89;     ///< exp gives inf from here on
  static constexpr double smallest = -104;  ///< and 0
  static constexpr double saturated = 9.1;  ///< tanh rounds to 1 from here on
  static constexpr int degree = 7;          ///< of the polynomial for exp(r) - 1, |r| <= log(2) / 2
};

template <>
struct Constants<double> {
  static constexpr double magic = 6755399441055744;  // 1.5 * 2^52
  static constexpr double ln2_high = 0x1.62e42fefa3800p-1;
  static constexpr double ln2_low = 0x1.ef35793c76730p-45;
  static constexpr double largest = 710;
  static constexpr double smallest = -746;
  static constexpr double saturated = 19.2;
  static constexpr int degree = 13;
};

/// exp(x) = 2^n (1 + q): the integer n, also with `magic` added to it, and q = exp(r) - 1 for what is left of x.
template <class Machine>
struct Reduced {
  typename Machine::Value n, shifted, q;
};

/// Cody and Waite's reduction and the Taylor polynomial, whose error at log(2) / 2 is below half a unit in the last
/// place.
template <class Machine>
Reduced<Machine> reduce(Machine& m, const typename Machine::Value& x) {
  using Value = typename Machine::Value;
  using C = Constants<typename Machine::Element>;
  const Value shifted = m.fma(x, m.constant(1.4426950408889634), m.constant(C::magic));
  const Value n = m.subtract(shifted, m.constant(C::magic));
  const Value r = m.fma(n, m.constant(-C::ln2_low), m.fma(n, m.constant(-C::ln2_high), x));
  double factorial = 1;
  for (int k = 2; k <= C::degree; ++k) factorial *= k;
  Value sum = m.constant(1 / factorial);
  for (int k = C::degree - 1; k >= 2; --k) {
    factorial /= k + 1;
    sum = m.fma(sum, r, m.constant(1 / factorial));
  }
  return {n, shifted, m.fma(m.multiply(sum, r), r, r)};
}

/// e to the power of x, to about one unit in the last place, results that are denormal included. NaN stays.
template <class Machine>
typename Machine::Value exp(Machine& m, const typename Machine::Value& x) {
  using Value = typename Machine::Value;
  using C = Constants<typename Machine::Element>;
  const Value bounded = m.at_least(m.at_most(x, C::largest), C::smallest);
  const Reduced<Machine> e = reduce(m, bounded);
  if constexpr (requires { m.scale(e.q, e.n); })
    if (m.scales()) return m.scale(m.add(m.constant(1), e.q), e.n);  // the same bits: powers of 2 round nothing
  // 2^n in two factors, since n leaves the range of exponents on both sides.
  const Value half = m.fma(e.n, m.constant(0.5), m.constant(C::magic));
  const Value rest = m.add(m.subtract(e.n, m.subtract(half, m.constant(C::magic))), m.constant(C::magic));
  const Value scaled = m.power_of_two(half);
  return m.multiply(m.fma(scaled, e.q, scaled), m.power_of_two(rest));
}

/// tanh(x) = e / (e + 2) with e = exp(2 |x|) - 1, and the sign of x. NaN stays.
template <class Machine>
typename Machine::Value tanh(Machine& m, const typename Machine::Value& x) {
  using Value = typename Machine::Value;
  using C = Constants<typename Machine::Element>;
  const Value bounded = m.at_most(m.absolute(x), C::saturated);
  const Reduced<Machine> twice = reduce(m, m.add(bounded, bounded));
  const Value power = m.power_of_two(twice.shifted);
  const Value e = m.fma(power, twice.q, m.subtract(power, m.constant(1)));
  return m.with_sign(m.divide(e, m.add(e, m.constant(2))), x);
}

/// 1 / (1 + exp(-x)).
template <class Machine>
typename Machine::Value sigmoid(Machine& m, const typename Machine::Value& x) {
  return m.divide(m.constant(1), m.add(m.constant(1), exp(m, m.negate(x))));
}

}  // namespace xgrad::run::formulas
