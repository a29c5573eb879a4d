#pragma once

#include <cmath>
#include <sstream>
#include <string>
#include <vector>

#include <autograd/differentiate/gradient.hpp>
#include <autograd/ops.hpp>
#include <autograd/tensor.hpp>

/// What the tests of this folder say about tensors and errors, in words that a failed check prints.
namespace xgrad::test {

/// How far two numbers may lie apart: |actual - expected| <= atol + rtol |expected|.
struct Tolerance {
  double rtol = 0;
  double atol = 0;

  /// NaN agrees with NaN, an infinity with itself.
  bool holds(double actual, double expected) const {
    if (std::isnan(actual) || std::isnan(expected)) return std::isnan(actual) && std::isnan(expected);
    if (std::isinf(actual) || std::isinf(expected)) return actual == expected;
    return std::abs(actual - expected) <= atol + rtol * std::abs(expected);
  }
};

/// "" where both tensors have one shape and dtype and their values agree, else the first difference.
inline std::string difference(const Tensor& actual, const Tensor& expected, const Tolerance& tolerance = {}) {
  std::ostringstream text;
  text.precision(17);
  if (!actual.defined() || !expected.defined()) return "an undefined tensor";
  if (actual.shape() != expected.shape()) {
    text << "shape " << actual.shape() << " instead of " << expected.shape();
    return text.str();
  }
  if (actual.dtype() != expected.dtype()) {
    text << "dtype " << to_string(actual.dtype()) << " instead of " << to_string(expected.dtype());
    return text.str();
  }
  const std::vector<double> a = actual.to_vector<double>(), e = expected.to_vector<double>();
  for (std::size_t i = 0; i < e.size(); ++i) {
    if (tolerance.holds(a[i], e[i])) continue;
    text << "entry " << i << " of shape " << actual.shape() << " is " << a[i] << " instead of " << e[i];
    return text.str();
  }
  return "";
}

/// The same against numbers in nested braces, of the actual tensor's dtype.
inline std::string difference(const Tensor& actual, const NestedList& expected, const Tolerance& tolerance = {}) {
  return difference(actual, tensor(expected, actual.dtype()), tolerance);
}

/// The text of the Error that a call throws.
template <class F>
std::string error_of(F&& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.what();
  }
  return "no Error";
}

/// "" where a text contains all of the parts, else the text and the first part that it lacks.
inline std::string lacks(const std::string& text, const std::vector<std::string>& parts) {
  for (const std::string& part : parts)
    if (text.find(part) == std::string::npos) return "'" + text + "' lacks '" + part + "'";
  return "";
}

/// Shorthand for the float64 tensors of these tests.
inline Tensor f64(const NestedList& values) { return tensor(values, float64); }
inline Tensor i64(const NestedList& values) { return tensor(values, int64); }

/// The gradient of the sum of f's entries.
inline Tensor gradient_of(const TensorFunction& f, const Tensor& x) {
  const Tape tape;
  const Tensor gradient = tape.gradient(sum(f(x)), x);
  eval(gradient);
  return gradient;
}

}  // namespace xgrad::test
